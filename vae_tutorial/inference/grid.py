"""The true posterior p(z|x) on a grid of its own, so that it can judge log p(x) rather than repeat it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count, trusted
from vae_tutorial.inference.hermite import expectation, gauss_hermite
from vae_tutorial.likelihoods import matched_log_prob, pairwise_log_prob
from vae_tutorial.protocol import (
    LatentVariableModel,
    check_observations,
    likelihood_of,
    posterior_of,
    prior_of,
)

HALF_WIDTH = 6.5  # standard deviations of the prior and of each q; quadrature uses 8
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
        low, high: range of every dimension; by default 6.5 standard deviations around the prior and around every q.

    Returns:
        GridPosterior for N examples and G = num_points^d points; it holds an array [N, G].

    Raises:
        ValueError: more than two latent dimensions, too many points, an empty range, or bad ``x``.
    """
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
    with trusted():
        axes, cell = _axes(model, x, num_points, low, high)
        points = torch.cartesian_prod(*axes).view(-1, d)
        log_joint = pairwise_log_prob(likelihood_of(model, points), x) + prior_of(model).log_prob(points)
    log_normalizer = log_joint.logsumexp(1) + math.log(cell)
    return GridPosterior(axes, points, log_joint - log_normalizer[:, None], log_normalizer, cell)


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
    ``grid_posterior``'s grid, which must resolve p(z|x) but need not resolve q.

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
    log_normalizer = grid_posterior(model, x, num_points).log_normalizer
    with trusted():
        prior = prior_of(model)
        q_of_x = posterior_of(model, x, prior) if q is None else q
        z, weights = gauss_hermite(q_of_x, order)

        def log_ratio(z: Tensor) -> Tensor:
            log_likelihood = matched_log_prob(likelihood_of(model, z.flatten(0, 1)), x)
            return q_of_x.log_prob(z) - log_likelihood - prior.log_prob(z)

        return expectation(log_ratio, z, weights) + log_normalizer


def _axes(
    model: LatentVariableModel, x: Tensor, num_points: int, low: float | None, high: float | None
) -> tuple[tuple[Tensor, ...], float]:
    prior = prior_of(model)
    q = posterior_of(model, x, prior)
    lows = torch.minimum((q.mean - HALF_WIDTH * q.stddev).amin(0), prior.mean - HALF_WIDTH * prior.stddev)
    highs = torch.maximum((q.mean + HALF_WIDTH * q.stddev).amax(0), prior.mean + HALF_WIDTH * prior.stddev)
    lows = lows if low is None else torch.full_like(lows, low)
    highs = highs if high is None else torch.full_like(highs, high)
    if (lows >= highs).any():
        raise ValueError(f"low must be below high, got low = {low} and high = {high}")
    steps = (highs - lows) / num_points
    midpoints = torch.arange(num_points, dtype=x.dtype, device=x.device) + 0.5
    axes = tuple(a + step * midpoints for a, step in zip(lows, steps, strict=True))
    return axes, float(steps.prod())
