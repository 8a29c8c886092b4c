"""Proposals made from a q(z|x) that is at hand."""

from __future__ import annotations

import torch.distributions as td

from vae_tutorial.checks import check_positive
from vae_tutorial.numerics.families import location_and_scale


def tempered(q: td.Distribution, temperature: float) -> td.Distribution:
    """Flatten q(z|x), or sharpen it: the power 1/T of its density, normalised.

    ::

        r(z) ∝ q(z)^(1/T)

    Of a Gaussian it multiplies every scale by √T and leaves the mean, so T = 4 is twice as wide; of a one-hot
    categorical it divides the logits by T.  As a member of a mixture in ``importance_sampling`` a flattened q takes
    over where q is too narrow.  The price grows with the number of dimensions d: the posterior with its scales
    multiplied by c needs (c² / √(2c² − 1))^d draws for each effective one.

    Args:
        q: Gaussian (``Independent(Normal, 1)`` or ``MultivariateNormal``) or ``OneHotCategorical``, batch [N] or [].
        temperature: T, a positive number without a unit.

    Returns:
        A distribution of the same family, batch and event.

    Raises:
        TypeError: q is of another family.
        ValueError: ``temperature`` is not positive.

    References:
        Owen and Zhou (2000), on wide members of a mixture, https://doi.org/10.1080/01621459.2000.10473909
    """
    check_positive(temperature, "temperature")
    if isinstance(q, td.OneHotCategorical):
        return td.OneHotCategorical(logits=q.logits / temperature, validate_args=False)
    factor = temperature**0.5
    if isinstance(q, td.Independent) and isinstance(q.base_dist, td.Normal):
        normal = td.Normal(q.base_dist.loc, factor * q.base_dist.scale, validate_args=False)
        return td.Independent(normal, 1, validate_args=False)
    loc, scale_tril = location_and_scale(q)
    return td.MultivariateNormal(loc, scale_tril=factor * scale_tril, validate_args=False)
