"""Approximate posteriors q(z|x): modules whose ``forward(x)`` returns a distribution over z."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.distributions as td
from torch import Tensor, nn
from torch.distributions.kl import register_kl

from vae_tutorial.checks import validate_args


class DiagonalGaussian(nn.Module):
    """Encode x as q(z|x) = N(z; μ(x), diag σ(x)²).

    Args:
        net: maps x [N, D] to [N, 2d]: first the means μ, then the logarithms of the scales, log σ (not log σ²).

    Example:
        >>> q = DiagonalGaussian(nn.Linear(64, 4))(torch.zeros(5, 64))
        >>> q.batch_shape, q.event_shape
        (torch.Size([5]), torch.Size([2]))
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    @property
    def latent_dim(self) -> int:
        """Return d, read off ``net.out_features``."""
        return _latent_dim(self.net, lambda width: width / 2, "2·d")

    def forward(self, x: Tensor) -> td.Independent[td.Normal]:
        """Return q(z|x) for x [N, D]: batch [N], event [d]."""
        output = self.net(x).flatten(1)
        if output.shape[1] % 2:
            raise ValueError(
                f"net returned {output.shape[1]} numbers per example, which is odd: "
                "it must return 2·d of them, d means and d log-scales"
            )
        loc, log_scale = output.chunk(2, dim=-1)
        normal = td.Normal(loc, log_scale.exp(), validate_args=validate_args())
        return td.Independent(normal, 1, validate_args=validate_args())


class FullGaussian(nn.Module):
    """Encode x as q(z|x) = N(z; μ(x), L(x) L(x)ᵀ) with L lower triangular.

    Args:
        net: maps x [N, D] to [N, d + d(d+1)/2]: the means μ, then L row by row, its diagonal as logarithms.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    @property
    def latent_dim(self) -> int:
        """Return d, read off ``net.out_features``."""
        return _latent_dim(self.net, _dimension_of_full, "d + d(d+1)/2")

    def forward(self, x: Tensor) -> td.MultivariateNormal:
        """Return q(z|x) for x [N, D]: batch [N], event [d]."""
        output = self.net(x).flatten(1)
        d = _whole(_dimension_of_full(output.shape[1]), output.shape[1], "d + d(d+1)/2")
        loc, entries = output.split([d, d * (d + 1) // 2], dim=-1)
        rows, columns = torch.tril_indices(d, d, device=output.device)
        every = torch.arange(len(output), device=output.device)[:, None]
        tril = output.new_zeros(len(output), d, d).index_put((every, rows, columns), entries)
        scale_tril = tril.tril(-1) + torch.diag_embed(tril.diagonal(dim1=-2, dim2=-1).exp())
        return td.MultivariateNormal(loc, scale_tril=scale_tril, validate_args=validate_args())


class Categorical(nn.Module):
    """Encode x as a distribution over K categories; z is one-hot [K].

    It has no ``rsample``: train it by summing over z, or with ``objectives.score_function_elbo``.

    Args:
        net: maps x [N, D] to logits [N, K].
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> td.OneHotCategorical:
        """Return q(z|x) for x [N, D]: batch [N], event [K]."""
        return td.OneHotCategorical(logits=self.net(x).flatten(1), validate_args=validate_args())


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


def _dimension_of_full(width: int) -> float:
    return (math.sqrt(9 + 8 * width) - 3) / 2


def _whole(d: float, width: int, rule: str) -> int:
    if d < 1 or d != int(d):
        raise ValueError(f"net returns {width} numbers per example, but it must return {rule} for some d of at least 1")
    return int(d)


def _latent_dim(net: nn.Module, dimension_of: Callable[[int], float], rule: str) -> int:
    width = getattr(net, "out_features", None)
    if not isinstance(width, int):
        raise TypeError(
            f"cannot tell the latent dimension: {type(net).__name__} has no attribute out_features; "
            "pass the prior to the model, prior=StandardNormal(d)"
        )
    return _whole(dimension_of(width), width, rule)


def _as_multivariate(distribution: td.Independent[td.Normal]) -> td.MultivariateNormal:
    normal = distribution.base_dist
    if not isinstance(normal, td.Normal) or distribution.reinterpreted_batch_ndims != 1:
        raise NotImplementedError
    return td.MultivariateNormal(normal.loc, scale_tril=torch.diag_embed(normal.scale), validate_args=False)


# torch has the closed forms for two independent Gaussians and among the full ones, but not for one of each.
@register_kl(td.Independent, td.MultivariateNormal)
@register_kl(td.Independent, td.LowRankMultivariateNormal)
def _kl_independent_full(
    q: td.Independent[td.Normal], p: td.MultivariateNormal | td.LowRankMultivariateNormal
) -> Tensor:
    return td.kl_divergence(_as_multivariate(q), p)


@register_kl(td.MultivariateNormal, td.Independent)
@register_kl(td.LowRankMultivariateNormal, td.Independent)
def _kl_full_independent(
    q: td.MultivariateNormal | td.LowRankMultivariateNormal, p: td.Independent[td.Normal]
) -> Tensor:
    return td.kl_divergence(q, _as_multivariate(p))
