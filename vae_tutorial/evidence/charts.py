"""Coordinates in which a prior, or each part of it, is smooth, fills all of R^d and is about one unit wide.

A lattice that is even in these coordinates is as fine as the part is narrow, and never leaves the prior's support.
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.numerics.moments import location_and_spread
from vae_tutorial.protocol import bounded_support, is_inside

REACH = 8.0  # standard deviations of a Gaussian that a lattice covers at first: all but 1e-15 of its mass
REACH_OF_NEEDLE = 6.0  # of a mixture's narrow component: all but 2e-9
REACHES_OF_SINH = (4.0, 6.0, 9.0, 14.0, 21.0, 31.0)  # from 27 standard deviations to 10^13: as far as the tail asks
REST = 1e-7  # of a prior's mass, beyond the reach
STEP = 0.5
STEP_OF_NEEDLE = 2.0  # at half of it the trapezoid rule already gives a Gaussian's mass to 1e-8
NARROW = 0.125  # standard deviations of the prior: a component this narrow has a chart of its own


class Chart(Protocol):
    """Describe one part w·p(z) of a prior in coordinates u of R^d."""

    reach: float  # the lattice covers −reach … reach at first
    step: float  # and its step is this, at first
    dimension: int
    normalized: bool  # whether the part's mass on a lattice that is fine enough is known to be right
    follows_q: bool  # whether its lattice is to cover every q; a needle leaves that to the other parts

    def points(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """Return z [G, d] for u [G, d], and log w + log p(z) + log |dz/du| [G]."""

    def cover(self, location: Tensor, half_width: Tensor) -> tuple[Tensor, Tensor]:
        """Return the corners [N, d] of boxes in u that hold location ± half_width, each [N, d]; NaN where none does."""


class AffineChart:
    """Take z = loc + L u: N(loc, L Lᵀ) becomes N(0, I), however narrow or tilted it is.

    Args:
        loc, scale_tril: [d] and [d, d].
        dtype: that of u; z keeps the dtype of loc.
        log_weight: log w.
        prior: what to integrate in these coordinates; None means N(loc, L Lᵀ).
    """

    normalized, follows_q = True, True

    def __init__(
        self,
        loc: Tensor,
        scale_tril: Tensor,
        dtype: torch.dtype,
        log_weight: float = 0.0,
        prior: td.Distribution | None = None,
    ) -> None:
        self.reach, self.step, self.dimension = REACH, STEP, len(loc)
        self.loc, self.scale_tril, self.dtype = loc.to(dtype), scale_tril.to(dtype), loc.dtype
        self.log_weight, self.prior = log_weight, prior

    def as_needle(self, width: Tensor) -> AffineChart:
        """Start this chart coarse, but nowhere coarser than a chart of the whole prior, whose scales are ``width``."""
        longest = float((self.scale_tril.norm(dim=1) / width).amax())
        halvings = max(0, math.ceil(math.log2(STEP_OF_NEEDLE * longest / STEP)))
        self.reach, self.step, self.follows_q = REACH_OF_NEEDLE, STEP_OF_NEEDLE / 2**halvings, False
        return self

    def points(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """See ``Chart``."""
        z = (self.loc + u @ self.scale_tril.T).to(self.dtype)
        if self.prior is None:
            return z, self.log_weight - 0.5 * (u.square() + math.log(2 * math.pi)).sum(1)
        return z, self.log_weight + self.prior.log_prob(z).to(u) + self.scale_tril.diagonal().log().sum()

    def cover(self, location: Tensor, half_width: Tensor) -> tuple[Tensor, Tensor]:
        """See ``Chart``."""
        inverse = torch.linalg.inv(self.scale_tril)
        middle, half = (location.to(inverse) - self.loc) @ inverse.T, half_width.to(inverse) @ inverse.abs().T
        return middle - half, middle + half


class TransformedChart:
    """Take z = T(location + spread · sinh u), where T maps R^d onto the support of the prior.

    An edge of the support moves to infinity, and there the prior falls off at least as fast as e^−|u|, even one whose
    tail is too heavy for a variance.  On such an integrand the trapezoid rule converges fast.

    Raises:
        ValueError: torch knows no T for the support, or it does not keep the number of dimensions.
    """

    normalized, follows_q = False, True
    step = STEP

    def __init__(self, prior: td.Distribution, dtype: torch.dtype, device: torch.device) -> None:
        self.prior, self.support = prior, bounded_support(prior)
        self.to_support = td.transforms.identity_transform if self.support is None else _bijection(prior, self.support)
        flat = prior if self.support is None else td.TransformedDistribution(prior, [self.to_support.inv])
        location, spread = location_and_spread(flat, device)
        self.dtype = location.dtype
        self.location, self.scale = location.to(dtype), spread.to(dtype)
        self.centre = self.to_support(self.location)
        self.dimension = len(location)
        self.reach = self._reach()

    def points(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """See ``Chart``; a point that rounding puts on the edge of the support, or beyond, has no mass."""
        flat = self.location + self.scale * u.sinh()
        z = self.to_support(flat)
        log_volume = self.to_support.log_abs_det_jacobian(flat, z)
        log_volume = log_volume.sum(-1) if self.to_support.codomain.event_dim == 0 else log_volume
        log_volume = log_volume + (self.scale.log() + torch.logaddexp(u, -u) - math.log(2)).sum(-1)
        inside = z.to(self.dtype).isfinite().all(-1) & log_volume.isfinite()
        if self.support is not None:
            inside &= is_inside(self.support, z.to(self.dtype))
        z = torch.where(inside[:, None], z, self.centre).to(self.dtype)
        log_density = self._log_prob(z).to(log_volume) + log_volume
        return z, log_density.masked_fill(~(inside & (log_density < math.inf)), -math.inf)

    def cover(self, location: Tensor, half_width: Tensor) -> tuple[Tensor, Tensor]:
        """See ``Chart``."""
        corners = torch.stack([location - half_width, location + half_width]).to(self.location)
        low, high = ((self.to_support.inv(corners) - self.location) / self.scale).asinh()
        return low, high

    def _log_prob(self, z: Tensor) -> Tensor:
        try:
            return self.prior.log_prob(z)
        except ValueError as error:  # of torch's, with all the numbers
            raise ValueError(
                f"the prior, a {type(self.prior).__name__}, refuses to score a z that lies within the support it "
                f"declares ({self.support or 'all real numbers'}): give it a property support that is true, or build "
                "it and its parts with validate_args=False"
            ) from error

    def _reach(self) -> float:
        """Return how far out the lattice has to go until little lies in a strip, one unit wide, along its edge."""
        for reach in REACHES_OF_SINH:
            axis = torch.arange(-reach, reach + STEP / 2, STEP, dtype=self.location.dtype, device=self.location.device)
            u = torch.cartesian_prod(*[axis] * self.dimension).view(-1, self.dimension)
            _, log_density = self.points(u[(u.abs() > reach - STEP / 2).any(1)])
            if float(log_density.exp().sum()) * STEP ** (self.dimension - 1) < REST:
                break
        return reach


def charts_of(prior: td.Distribution, dtype: torch.dtype, device: torch.device) -> list[Chart]:
    """Return charts whose parts add up to the prior: of a mixture of Gaussians, one for each needle, one for the rest.

    Args:
        prior: p(z), continuous, batch [], event [d].
        dtype: that of the coordinates.
        device: where z lies.
    """
    if type(prior) is td.MixtureSameFamily and _gaussian(prior.component_distribution) is not None:
        return _charts_of_mixture(prior, dtype)
    single = _gaussian(prior)
    return [TransformedChart(prior, dtype, device) if single is None else AffineChart(*single, dtype)]


def _charts_of_mixture(prior: td.MixtureSameFamily, dtype: torch.dtype) -> list[Chart]:
    components = _gaussian(prior.component_distribution)
    assert components is not None
    log_weights = prior.mixture_distribution.logits.log_softmax(-1)
    counts = log_weights > -math.inf
    loc, trils, log_weights = components[0][counts], components[1][counts], log_weights[counts]
    width = prior.stddev
    narrow = torch.linalg.svdvals(trils / width[:, None]).amin(-1) < NARROW
    charts: list[Chart] = [
        AffineChart(mean, tril, dtype, float(w)).as_needle(width)
        for mean, tril, w in zip(loc[narrow], trils[narrow], log_weights[narrow], strict=True)
    ]
    if narrow.all():
        return charts
    wide = td.MultivariateNormal(loc[~narrow], scale_tril=trils[~narrow], validate_args=False)
    shares = td.Categorical(logits=log_weights[~narrow], validate_args=False)
    rest = td.MixtureSameFamily(shares, wide, validate_args=False)
    weight = float(log_weights[~narrow].logsumexp(0))
    chart = AffineChart(prior.mean, torch.diag(width), dtype, weight, rest)
    low, high = chart.cover(loc[~narrow], REACH * wide.stddev)  # a component of small weight can lie far out
    chart.reach = max(REACH, float(torch.maximum(-low, high).amax()))
    return [*charts, chart]


def _gaussian(distribution: td.Distribution) -> tuple[Tensor, Tensor] | None:
    """Return mean and triangular scale of torch's own Gaussians, whose log-densities are known to be right."""
    if type(distribution) is td.MultivariateNormal:
        return distribution.loc, distribution.scale_tril
    base = getattr(distribution, "base_dist", None)
    if type(distribution) is td.Independent and type(base) is td.Normal:
        return base.loc, torch.diag_embed(base.scale)
    return None


def _bijection(prior: td.Distribution, support: td.constraints.Constraint) -> td.Transform:
    try:
        bijection = td.biject_to(support)
        if bijection.forward_shape(prior.event_shape) == prior.event_shape:
            return bijection
    except NotImplementedError:
        pass
    raise ValueError(
        f"quadrature cannot lay a lattice on the support of the prior, a {type(prior).__name__} ({support}): it needs "
        "a region of R^d that torch.distributions.biject_to maps R^d onto; use prior_monte_carlo"
    )
