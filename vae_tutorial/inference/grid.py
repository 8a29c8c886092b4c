"""The true posterior p(z|x) on a grid of its own, so that it can judge log p(x) rather than repeat it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count
from vae_tutorial.numerics import chunks
from vae_tutorial.numerics.families import location_and_scale, rows_of
from vae_tutorial.numerics.hermite import expectation, gauss_hermite
from vae_tutorial.numerics.moments import location_and_spread
from vae_tutorial.protocol import (
    LatentVariableModel,
    bounded_support,
    check_observations,
    elementwise,
    log_density,
    measuring,
    prior_of,
    within_support,
)
from vae_tutorial.protocol.in_pieces import encode, log_likelihood, log_likelihood_of_all

HALF_WIDTH = 6.5  # standard deviations of the prior and of each q; quadrature uses 8
HALF_WIDTH_WITH_EDGE = 13.0  # of a prior with an edge: its other tail may be that of an exponential, e^-14
MAX_POINTS = 2**21


@dataclass(frozen=True)
class GridPosterior:
    """Hold the true posterior on the midpoints of a grid of equal cells.

    Attributes:
        axes: the midpoints along each latent dimension: d tensors [num_points].
        points: all midpoints [G, d], the last dimension fastest.
        log_prob: log p(z|x) at the points [N, G], a density, in nats.
        log_normalizer: log Σ_g p(x, z_g) · cell [N]: this grid's own log p(x).
        cell: volume of one cell.
    """

    axes: tuple[Tensor, ...]
    points: Tensor
    log_prob: Tensor
    log_normalizer: Tensor
    cell: float

    @property
    def probabilities(self) -> Tensor:
        """Return the mass of each cell [N, G]; a row sums to one."""
        return self.log_prob.exp() * self.cell

    @property
    def mean(self) -> Tensor:
        """Return E[z|x] [N, d]."""
        return self.probabilities @ self.points

    @property
    def covariance(self) -> Tensor:
        """Return Cov[z|x] [N, d, d]."""
        second = torch.einsum("ng,gi,gj->nij", self.probabilities, self.points, self.points)
        return second - self.mean[:, :, None] * self.mean[:, None, :]

    @torch.no_grad()
    def kl_from(self, q: td.Distribution) -> Tensor:
        """Return KL(q(z|x) ‖ p(z|x)) [N], in nats, as a sum over the cells.

        Args:
            q: batch [N], event [d].

        Raises:
            ValueError: the grid does not resolve q: its mass on the grid is not one within 1e-6.  A sum over such a
                grid is wrong by an amount that nothing shows; use ``kl_to_posterior``.
        """
        log_q = q.log_prob(self.points[:, None]).T
        mass = (log_q.exp() * self.cell).sum(1)
        if ((mass - 1).abs() > 1e-6).any():
            worst = int((mass - 1).abs().argmax())
            raise ValueError(
                f"the grid ({len(self.points)} points) gives q the mass {mass[worst]:.6f} for row {worst}, not 1: its "
                "step or its range does not resolve q; take more points, a wider range, or kl_to_posterior"
            )
        integrand = log_q.exp() * (log_q - self.log_prob)
        return integrand.masked_fill(log_q == -math.inf, 0.0).sum(1) * self.cell


@torch.no_grad()
def grid_posterior(
    model: LatentVariableModel,
    x: Tensor,
    num_points: int = 300,
    low: float | None = None,
    high: float | None = None,
) -> GridPosterior:
    """Compute p(z|x) = p(x|z) p(z) / Σ by Bayes' rule on the midpoints of num_points^d cells.

    Range, spacing and offset differ from those of ``evidence.quadrature`` on purpose: a posterior normalised with the
    very number that claims to be log p(x) would satisfy log p(x) = ELBO + KL for any value of it.

    Args:
        model: anything with the three methods and a continuous z of one or two dimensions.
        x: examples [N, D].
        num_points: cells along each dimension.
        low, high: range of every dimension; by default 6.5 standard deviations around the prior and around every q,
            13 around a prior whose support has an edge.  Where no moments are known or finite (a flow, a Cauchy
            distribution), draws tell location and width: median and half of the central 68 per cent.

    The cells lie within the support of the prior where that is an interval in each dimension.  At an edge where the
    density does not vanish, the error of the sum is of the order of the cell's width squared; at an edge where it is
    infinite, as of a Beta distribution with a parameter below 1, larger: take more points there.

    Returns:
        GridPosterior for N examples and G = num_points^d points; it holds an array [N, G].

    Raises:
        ValueError: more than two latent dimensions, too many points, an empty range, bad ``x``, an x that has no
            density at any point, or a prior or q whose draws are NaN.
    """
    axes, points, cell = _grid(model, x, num_points, low, high)
    with measuring(model, x) as x:
        log_joint = _log_joint_of_all(model, x, points)
        log_normalizer = _checked_normalizer(log_joint.logsumexp(1) + math.log(cell))
    return GridPosterior(axes, points, log_joint - log_normalizer[:, None], log_normalizer, cell)


def _grid(
    model: LatentVariableModel, x: Tensor, num_points: int, low: float | None, high: float | None
) -> tuple[tuple[Tensor, ...], Tensor, float]:
    """Check what was asked for; return the axes, the points [G, d] and the volume of a cell."""
    check_count(num_points, "num_points", minimum=2)
    check_observations(model, x)
    d = prior_of(model).event_shape[-1]
    if d > 2 or num_points**d > MAX_POINTS:
        raise ValueError(
            f"a grid of {num_points}^{d} points was asked for; at most 2 dimensions and {MAX_POINTS} points are "
            "possible: lower num_points, or use samples"
        )
    if getattr(prior_of(model).support, "is_discrete", False):
        raise ValueError(
            f"a grid takes a continuous z, got a discrete prior, {type(prior_of(model)).__name__}: sum over z"
        )
    with measuring(model, x) as x:
        axes, cell = _axes(model, x, num_points, low, high)
        return axes, torch.cartesian_prod(*axes).view(-1, d), cell


def _log_joint_of_all(model: LatentVariableModel, x: Tensor, points: Tensor) -> Tensor:
    """Return log p(x, z) [N, G], −∞ at points outside the support of the prior."""
    prior = prior_of(model)
    return log_likelihood_of_all(model, x, within_support(prior, points)) + log_density(prior, points)


def _checked_normalizer(log_normalizer: Tensor) -> Tensor:
    if not log_normalizer.isfinite().all():
        row = int((~log_normalizer.isfinite()).nonzero()[0])
        raise ValueError(
            f"log p(x) of row {row} is {log_normalizer[row].item()} on this grid: p(x|z) p(z) is zero at every point, "
            "or no number at one of them; look for values of x at the edge of the likelihood's support, where a "
            "density may be 0 or infinite, for NaN in the decoder, or take another range"
        )
    return log_normalizer


@torch.no_grad()
def kl_to_posterior(
    model: LatentVariableModel,
    x: Tensor,
    q: td.Distribution | None = None,
    num_points: int = 300,
    order: int = 32,
) -> Tensor:
    """Compute KL(q(z|x) ‖ p(z|x)) [N], in nats, however narrow q is.

    The expectation under q is taken by Gauss–Hermite quadrature, whose nodes follow q; the posterior is normalised on
    ``grid_posterior``'s grid, which must resolve p(z|x) but need not resolve q.  Where the support of the prior has an
    edge the KL is infinite: a Gaussian q has mass beyond any edge, and p(z|x) has none there.

    Args:
        model: anything with the three methods and a continuous z of one or two dimensions.
        x: examples [N, D].
        q: a Gaussian with batch [N]; None means ``model.posterior(x)``.
        num_points: cells along each dimension of the grid.
        order: Gauss–Hermite nodes along each dimension.

    Raises:
        TypeError: q is not Gaussian.
        ValueError: as ``grid_posterior``.
    """
    _, points, cell = _grid(model, x, num_points, None, None)
    with measuring(model, x) as x:
        q_of_x = encode(model, x, prior_of(model)) if q is None else q
        location_and_scale(q_of_x)  # refuses a q that is not Gaussian
        if bounded_support(prior_of(model)) is not None:
            return torch.full_like(x[:, 0], math.inf)
        size = chunks.rows_at_once(len(x) + x.shape[1])
        sums = [_log_joint_of_all(model, x, part).logsumexp(1) for part in points.split(size)]
        log_normalizer = _checked_normalizer(torch.stack(sums).logsumexp(0) + math.log(cell))
        log_ratios = [
            _expected_log_ratio(model, x[rows], rows_of(q_of_x, rows), order)
            for rows in chunks.slices(len(x), chunks.ENCODED_ROWS)
        ]
        return torch.cat(log_ratios) + log_normalizer


def _expected_log_ratio(model: LatentVariableModel, x: Tensor, q: td.Distribution, order: int) -> Tensor:
    """Return E_q[log q(z|x) − log p(x, z)] [N]."""
    prior = prior_of(model)
    z, weights = gauss_hermite(q, order)

    def log_ratio(z: Tensor) -> Tensor:
        return q.log_prob(z) - log_likelihood(model, x, z) - prior.log_prob(z)

    return expectation(log_ratio, z, weights)


def _axes(
    model: LatentVariableModel, x: Tensor, num_points: int, low: float | None, high: float | None
) -> tuple[tuple[Tensor, ...], float]:
    prior = prior_of(model)
    q = encode(model, x, prior)
    support = bounded_support(prior)
    middle, spread = location_and_spread(prior, x.device)
    middles, spreads = location_and_spread(q, x.device, "q(z|x)")
    reach = (HALF_WIDTH if support is None else HALF_WIDTH_WITH_EDGE) * spread
    lows = torch.minimum((middles - HALF_WIDTH * spreads).amin(0), middle - reach)
    highs = torch.maximum((middles + HALF_WIDTH * spreads).amax(0), middle + reach)
    lows = lows if low is None else torch.full_like(lows, low)
    highs = highs if high is None else torch.full_like(highs, high)
    if support is not None:
        least, most = _ends(support)
        lows, highs = lows.clamp(min=least), highs.clamp(max=most)
    if (lows >= highs).any():
        raise ValueError(
            f"low must be below high within the support of the prior, got low = {low} and high = {high}, and the range "
            f"{lows.tolist()} to {highs.tolist()}"
        )
    steps = (highs - lows) / num_points
    midpoints = torch.arange(num_points, dtype=x.dtype, device=x.device) + 0.5
    axes = tuple(a + step * midpoints for a, step in zip(lows, steps, strict=True))
    return axes, float(steps.prod())


def _ends(support: td.constraints.Constraint) -> tuple[Tensor, Tensor]:
    """Return the ends of a support that is an interval in each dimension, infinite where it has none."""
    base = elementwise(support)
    ends = (getattr(base, "lower_bound", -math.inf), getattr(base, "upper_bound", math.inf))
    low, high = (torch.as_tensor(end) for end in ends)
    return low, high
