"""Families of q that are known by their parameters: Gaussian, diagonal or full, and categorical."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.distributions as td
from torch import Tensor


def location_and_scale(q: td.Distribution) -> tuple[Tensor, Tensor]:
    """Return the mean [N, d] and the lower-triangular scale [N, d, d] of a Gaussian q.

    Raises:
        TypeError: q is neither ``Independent(Normal, 1)`` nor ``MultivariateNormal``.
    """
    if isinstance(q, td.MultivariateNormal):
        return q.loc, q.scale_tril
    if isinstance(q, td.Independent) and isinstance(q.base_dist, td.Normal):
        return q.base_dist.loc, torch.diag_embed(q.base_dist.scale)
    raise TypeError(
        f"q(z|x) must be Gaussian, Independent(Normal, 1) or MultivariateNormal, got {type(q).__name__}: "
        "use a function that draws samples"
    )


def detached(q: td.Distribution) -> td.Distribution:
    """Return a Gaussian q whose parameters carry no gradient; ``log_prob(z)`` still differentiates in z.

    Raises:
        TypeError: q is not Gaussian.
    """
    if isinstance(q, td.Independent) and isinstance(q.base_dist, td.Normal):
        normal = td.Normal(q.base_dist.loc.detach(), q.base_dist.scale.detach(), validate_args=False)
        return td.Independent(normal, 1, validate_args=False)
    loc, scale_tril = location_and_scale(q)
    return td.MultivariateNormal(loc.detach(), scale_tril=scale_tril.detach(), validate_args=False)


def joined(parts: Sequence[td.Distribution]) -> td.Distribution | None:
    """Return one distribution with the batches of all parts after another, or None of a family that is not known here.

    Known are ``Independent(Normal, 1)``, ``MultivariateNormal`` and ``OneHotCategorical``.
    """
    if all(type(q) is td.MultivariateNormal for q in parts):
        loc, scale_tril = (torch.cat([getattr(q, name) for q in parts]) for name in ("loc", "scale_tril"))
        return td.MultivariateNormal(loc, scale_tril=scale_tril, validate_args=False)
    if all(type(q) is td.OneHotCategorical for q in parts):
        logits = torch.cat([getattr(q, "logits") for q in parts])  # noqa: B009
        return td.OneHotCategorical(logits=logits, validate_args=False)
    bases = [getattr(q, "base_dist", None) for q in parts]
    if all(type(q) is td.Independent for q in parts) and all(type(base) is td.Normal for base in bases):
        loc, scale = (torch.cat([getattr(base, name) for base in bases]) for name in ("loc", "scale"))
        return td.Independent(td.Normal(loc, scale, validate_args=False), 1, validate_args=False)
    return None


def rows_of(q: td.Distribution, rows: slice) -> td.Distribution:
    """Return a Gaussian q for some of its rows.

    Raises:
        TypeError: q is not Gaussian.
    """
    if isinstance(q, td.Independent) and isinstance(q.base_dist, td.Normal):
        normal = td.Normal(q.base_dist.loc[rows], q.base_dist.scale[rows], validate_args=False)
        return td.Independent(normal, 1, validate_args=False)
    loc, scale_tril = location_and_scale(q)
    return td.MultivariateNormal(loc[rows], scale_tril=scale_tril[rows], validate_args=False)
