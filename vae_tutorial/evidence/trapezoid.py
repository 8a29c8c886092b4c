"""log p(x) by the trapezoid rule on nested lattices: the judge of all other estimates, in one or two dimensions."""

from __future__ import annotations

import math

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_positive
from vae_tutorial.evidence.estimate import EvidenceEstimate
from vae_tutorial.inference.hermite import expectation, gauss_hermite
from vae_tutorial.likelihoods import matched_log_prob, pairwise_log_prob
from vae_tutorial.protocol import (
    LatentVariableModel,
    check_observations,
    likelihood_of,
    measuring,
    posterior_of,
    prior_of,
)

COARSEST_STEP = 0.5  # in standard deviations of the prior
HALF_WIDTH = 8.0  # standard deviations kept on each side of the prior and of every q: all but 1e-15 of a Gaussian
LARGEST_EDGE = 0.1  # with more of the mass than this near the edge, nobody can say how much lies beyond
MAX_POINTS = {1: 2**17, 2: 2**21}
ELEMENTS_PER_CHUNK = 2**20  # 8 MB in float64: larger pieces spend their time on fresh memory
DEFAULT_TOLERANCE = {torch.float64: 1e-8, torch.float32: 1e-4}


@torch.no_grad()
def quadrature(model: LatentVariableModel, x: Tensor, tolerance: float | None = None) -> EvidenceEstimate:
    """Compute log p(x) = log ∫ p(x|z) p(z) dz on a lattice that is refined until the number no longer moves.

    The lattice covers the prior and every q(z|x), is enlarged while mass is found on its edge, and its step is halved
    until the estimated error of each example is below ``tolerance`` or the points run out (2^17 in one dimension,
    2^21 in two).  On a smooth integrand that vanishes at the edge the trapezoid rule converges faster than any power
    of the step.  All sums are made in float64.

    The error reported is the largest of three estimates, plus the rounding of a number of that size.  First, the change
    made by the last halving, times the factor by which the changes shrink.  One change may be small by accident, so at
    least two are looked at, each counts as no smaller than the square of the one before, and the worse of the last two
    factors is taken.  Second, the mass in a strip along the lattice's edge, one standard deviation of the prior wide,
    or infinity where that is more than a tenth.  Third, the amount by which the ELBO of the model's Gaussian q, by
    Gauss–Hermite quadrature, exceeds the result: it finds a peak that lies between the points.  A narrow peak that q
    does not know of either can still be missed.

    Args:
        model: anything with the three methods and a continuous z of one or two dimensions.
        x: examples [N, D].
        tolerance: wanted error in nats; None means 1e-8 in float64 and 1e-4 in float32.

    Returns:
        EvidenceEstimate of kind "exact", with ``numerical_error`` [N]: read it, it may be above ``tolerance``.

    Raises:
        ValueError: more than two latent dimensions, a discrete z, bad ``x`` or ``tolerance``.

    References:
        Trefethen and Weideman (2014), https://doi.org/10.1137/130932132

    Example:
        >>> from vae_tutorial.models import LinearGaussian
        >>> model = LinearGaussian(torch.ones(3, 1), torch.zeros(3), noise_scale=0.5)
        >>> x = torch.randn(4, 3)
        >>> torch.allclose(quadrature(model, x).log_prob, model.log_prob(x), atol=1e-4)
        True
    """
    check_observations(model, x)
    if tolerance is None:
        tolerance = DEFAULT_TOLERANCE.get(x.dtype, 1e-2)
    check_positive(tolerance, "tolerance")
    _check_dimension(prior_of(model))
    with measuring(model, x):
        lower_bound = _gauss_hermite_elbo(model, x)
        lattice = _Lattice(model, x)
        for _ in range(8):
            log_prob, change, edge = _refine(lattice, model, x, lower_bound, tolerance)
            if (edge <= tolerance).all():
                break
            lattice.enlarge()
    shortfall = (lower_bound - log_prob).clamp(min=0)
    rounding = torch.finfo(x.dtype).eps * (1 + math.sqrt(x.shape[1])) * (1 + log_prob.abs())  # of a sum of D terms
    return EvidenceEstimate(
        log_prob=log_prob.to(x.dtype),
        standard_error=None,
        effective_sample_size=None,
        numerical_error=(torch.stack([change, edge, shortfall]).amax(0) + rounding).to(x.dtype),
        kind="exact",
    )


class _Lattice:
    """Points prior mean + prior scale · COARSEST_STEP · 2^-level · (whole numbers), within a box of whole numbers.

    The points do not depend on the batch; only the extent of the box does.
    """

    def __init__(self, model: LatentVariableModel, x: Tensor) -> None:
        prior = prior_of(model)
        q = posterior_of(model, x, prior)
        self.origin = prior.mean.double()
        self.step = COARSEST_STEP * prior.stddev.double()
        far = HALF_WIDTH * q.stddev
        low = torch.minimum((q.mean - far).amin(0), prior.mean - HALF_WIDTH * prior.stddev)
        high = torch.maximum((q.mean + far).amax(0), prior.mean + HALF_WIDTH * prior.stddev)
        self.low = ((low - self.origin) / self.step).floor().long()
        self.high = ((high - self.origin) / self.step).ceil().long()

    @property
    def dimension(self) -> int:
        return len(self.origin)

    def enlarge(self) -> None:
        margin = (self.high - self.low) // 4
        self.low, self.high = self.low - margin, self.high + margin

    def num_points(self, level: int) -> int:
        return int(((self.high - self.low) * 2**level + 1).prod())

    def new_points(self, level: int) -> tuple[Tensor, Tensor]:
        """Return the points [G, d] that ``level`` adds to the levels below, and which of them lie on the edge [G]."""
        low, high = self.low * 2**level, self.high * 2**level
        axes = [torch.arange(int(a), int(b) + 1, device=low.device) for a, b in zip(low, high, strict=True)]
        numbers = torch.cartesian_prod(*axes).view(-1, self.dimension)
        if level > 0:
            numbers = numbers[(numbers % 2 == 1).any(1)]
        on_edge = ((numbers == low) | (numbers == high)).any(1)
        return self.origin + self.step * 2.0**-level * numbers, on_edge

    def points_in_a_unit(self, level: int) -> float:
        """Return the number of steps in one standard deviation of the prior."""
        return 2.0**level / COARSEST_STEP

    def log_cell(self, level: int) -> float:
        return float((self.step * 2.0**-level).log().sum())


def _refine(
    lattice: _Lattice, model: LatentVariableModel, x: Tensor, lower_bound: Tensor, tolerance: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Halve the step until every example's error is below the tolerance; return log p(x), its error, and the edge's."""
    log_prob = torch.full(x.shape[:1], -math.inf, dtype=torch.float64, device=x.device)
    log_sum, log_edge = log_prob.clone(), log_prob.clone()
    error = torch.full_like(log_prob, math.inf)
    previous_change, ratio, edge = error.clone(), torch.ones_like(error), error.clone()
    active = torch.arange(len(x), device=x.device)
    level = 0
    while len(active) and (level == 0 or lattice.num_points(level) <= MAX_POINTS[lattice.dimension]):
        new_sum, new_edge = _log_sums(model, x[active], *lattice.new_points(level))
        log_sum[active] = torch.logaddexp(log_sum[active], new_sum)
        log_edge[active] = torch.logaddexp(log_edge[active], new_edge)
        refined = log_sum[active] + lattice.log_cell(level)
        # Halving the step squares the error of a smooth integrand: a change below the last one's square is an accident.
        square = torch.where(previous_change[active] < 1, previous_change[active].square(), 0.0)
        change = (refined - log_prob[active]).abs()
        latest = _ratio(change, previous_change[active])
        error[active] = torch.maximum(change, square) * torch.maximum(latest, ratio[active]) if level > 1 else math.inf
        previous_change[active], ratio[active] = change, latest
        log_prob[active] = refined
        edge[active] = (log_edge[active] - log_sum[active]).exp() * lattice.points_in_a_unit(level)
        missed = lower_bound[active] - refined
        active = active[(error[active] > tolerance) | (missed > tolerance)]
        level += 1
    return log_prob, error, torch.where(edge > LARGEST_EDGE, math.inf, edge)


def _ratio(change: Tensor, previous: Tensor) -> Tensor:
    """Return change / previous, at most 1, and 1 where there is no previous change to compare with."""
    return torch.where(previous.isfinite() & (previous > 0), change / previous, 1.0).clamp(max=1)


def _log_sums(model: LatentVariableModel, x: Tensor, points: Tensor, on_edge: Tensor) -> tuple[Tensor, Tensor]:
    """Return log Σ p(x|z) p(z) over all points and over those on the edge, each [N], in float64."""
    prior = prior_of(model)
    running = torch.full((2, len(x)), -math.inf, dtype=torch.float64, device=x.device)
    size = max(1, ELEMENTS_PER_CHUNK // (x.shape[0] + x.shape[1]))
    for z, edge in zip(points.split(size), on_edge.split(size), strict=True):
        z = z.to(x.dtype)
        log_joint = (pairwise_log_prob(likelihood_of(model, z), x) + prior.log_prob(z)).double()
        parts = torch.stack([log_joint.logsumexp(1), log_joint[:, edge].logsumexp(1)])
        running = torch.logaddexp(running, parts)
    return running[0], running[1]


def _gauss_hermite_elbo(model: LatentVariableModel, x: Tensor, order: int = 8) -> Tensor:
    """Return the ELBO [N] of a Gaussian q in float64, or −∞ where q is not Gaussian."""
    prior = prior_of(model)
    q = posterior_of(model, x, prior)
    try:
        z, weights = gauss_hermite(q, order)
    except TypeError:
        return torch.full(x.shape[:1], -math.inf, dtype=torch.float64, device=x.device)

    def log_weight(z: Tensor) -> Tensor:
        return matched_log_prob(likelihood_of(model, z.flatten(0, 1)), x) + prior.log_prob(z) - q.log_prob(z)

    return expectation(log_weight, z, weights).double()


def _check_dimension(prior: td.Distribution) -> None:
    d = prior.event_shape[-1]
    if d > 2:
        raise ValueError(
            f"quadrature takes a latent dimension of 1 or 2, got {d}: n points an axis are n^{d} points in all; "
            "use importance_sampling, and look at its effective sample size"
        )
    if getattr(prior.support, "is_discrete", False):
        raise ValueError(f"quadrature takes a continuous z, got a discrete prior, {type(prior).__name__}: sum over z")
