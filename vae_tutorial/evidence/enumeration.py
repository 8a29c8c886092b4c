"""log p(x) by summing over every value of a discrete z."""

from __future__ import annotations

import torch
from torch import Tensor

from vae_tutorial.evidence.estimate import EvidenceEstimate
from vae_tutorial.evidence.rounding import rounding_error
from vae_tutorial.numerics.chunks import items_at_once
from vae_tutorial.protocol import LatentVariableModel, check_observations, measuring, prior_of
from vae_tutorial.protocol.in_pieces import log_likelihood_of_all

MAX_VALUES = 2**16


@torch.no_grad()
def enumeration(model: LatentVariableModel, x: Tensor) -> EvidenceEstimate:
    """Compute log p(x) = log Σ_z p(x|z) p(z) over all values of a discrete z.

    Args:
        model: anything with the three methods and a discrete prior that can list its support, such as
            ``OneHotCategorical``.
        x: examples [N, D].

    Returns:
        EvidenceEstimate of kind "exact", its numerical error that of rounding.

    Raises:
        ValueError: z is continuous or cannot be listed, has more than 2^16 values, or bad ``x``.
    """
    check_observations(model, x)
    prior = prior_of(model)
    if not prior.has_enumerate_support:
        raise ValueError(
            f"enumeration needs a prior that lists its values, got {type(prior).__name__}: "
            "for a continuous z use quadrature or importance_sampling"
        )
    z = prior.enumerate_support(expand=False)
    if len(z) > MAX_VALUES:
        raise ValueError(f"z has {len(z)} values, at most {MAX_VALUES} are summed: use prior_monte_carlo")
    with measuring(model, x) as x:
        parts = z.split(items_at_once(len(x) + x.shape[1]))
        log_joint = [log_likelihood_of_all(model, x, part) + prior.log_prob(part) for part in parts]
        log_prob: Tensor = torch.stack([part.logsumexp(1) for part in log_joint]).logsumexp(0)
        likeliest = z[torch.cat(log_joint, 1).argmax(1)]
        error = rounding_error(model, x, likeliest) + torch.finfo(x.dtype).eps * (1 + log_prob.abs())
    return EvidenceEstimate(log_prob, None, None, error, "exact")
