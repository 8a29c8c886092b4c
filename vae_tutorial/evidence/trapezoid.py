"""log p(x) by the trapezoid rule on nested lattices: the judge of all other estimates, in one or two dimensions."""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_positive, checked
from vae_tutorial.evidence.charts import Chart, charts_of
from vae_tutorial.evidence.estimate import EvidenceEstimate
from vae_tutorial.evidence.rounding import rounding_error
from vae_tutorial.likelihoods import pairwise_log_prob, widest
from vae_tutorial.numerics.chunks import rows_at_once
from vae_tutorial.numerics.hermite import expectation, gauss_hermite
from vae_tutorial.numerics.moments import location_and_spread
from vae_tutorial.protocol import (
    LatentVariableModel,
    bounded_support,
    check_observations,
    check_posterior,
    encode,
    likelihood_of,
    measuring,
    prior_of,
    score_at_once,
)

HALF_WIDTH = 8.0  # standard deviations kept on each side of every q
LARGEST_EDGE = 0.1  # with more of the mass than this near the edge, nobody can say how much lies beyond
UNRESOLVED_MASS = 1e-6  # of the prior on its lattice, off from 1: more than the trapezoid rule leaves once it resolves
ENLARGEMENTS = 7
MAX_POINTS = {1: 2**17, 2: 2**21}
POINTS_OF_NEEDLE = 700  # and these for each narrow component: two halvings of its lattice
ELEMENTS_PER_CHUNK = 2**20  # 8 MB in float64: larger pieces spend their time on fresh memory
DEFAULT_TOLERANCE = {torch.float64: 1e-8, torch.float32: 1e-4}


@torch.no_grad()
def quadrature(model: LatentVariableModel, x: Tensor, tolerance: float | None = None) -> EvidenceEstimate:
    """Compute log p(x) = log ∫ p(x|z) p(z) dz on lattices that are refined until the number no longer moves.

    In a prior that is a mixture of Gaussians each narrow component has a lattice of its own, as fine as the component
    is narrow: log p(x) = log Σ_c w_c ∫ p(x|z) N_c(z) dz.  Any other prior has one lattice; one whose support
    has an edge, or whose tail is heavy, is first mapped to coordinates in which it has neither.  A lattice covers the
    prior and every q(z|x), is enlarged while mass is found on its edge, and its step is halved until the estimated
    error of each example is below ``tolerance`` or the points run out (2^17 in one dimension, 2^21 in two).  On a
    smooth integrand that vanishes at the edge the trapezoid rule converges faster than any power of the step.  All sums
    are made in float64.

    The error reported is the largest of four estimates, plus one of rounding: of the parameters that the network
    returns in x's dtype, at the likeliest z, and of the sum over pixels.  First, the change made by the last halving,
    times r + r² + …, where r is the factor by which the changes shrink.  One change may be small by accident, so at
    least two are looked at, each counts as no smaller than the square of the one before, and the worse of the last two
    factors is taken.
    Second, the mass in a strip along the lattice's edge, one unit wide, or infinity where that is more than a tenth.
    Third, the amount by which the ELBO of the model's Gaussian q, by Gauss–Hermite quadrature, exceeds the result: it
    finds a peak that lies between the points.  Fourth, the prior's own mass on the lattice, as far as it is not 1, at
    the largest p(x|z) that was met: it tells of needles of the prior between the points.  A narrow peak of p(x|z) that
    q does not know of either can still be missed.

    Args:
        model: anything with the three methods and a continuous z of one or two dimensions.
        x: examples [N, D].
        tolerance: wanted error in nats, rounding included; None means 1e-8 in float64 and 1e-4 in float32, or twice
            the rounding error where that is more.

    Returns:
        EvidenceEstimate of kind "exact", with ``numerical_error`` [N]: read it, it may be above ``tolerance``.

    Raises:
        ValueError: more than two latent dimensions, a discrete z, a prior whose support cannot be mapped to R^d, a q
            that holds NaN, p(x|z) infinite or NaN at an x on the edge of its support, bad ``x`` or ``tolerance``.

    Warns:
        UserWarning: the reported error of an example is above ``tolerance``.

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
    within_reach = tolerance is None  # then rounding, which no lattice removes, may leave more than the default
    tolerance = DEFAULT_TOLERANCE.get(x.dtype, 1e-2) if tolerance is None else tolerance
    check_positive(tolerance, "tolerance")
    _check_dimension(prior_of(model))
    with measuring(model, x) as x:
        integral = _Integral(model, x, tolerance)
        log_prob, error = integral.settle()
    allowed = (2 * integral.rounding).clamp(min=tolerance) if within_reach else torch.full_like(error, tolerance)
    _warn_above(tolerance, error, allowed)
    return EvidenceEstimate(
        log_prob=log_prob.to(x.dtype),
        standard_error=None,
        effective_sample_size=None,
        numerical_error=error.to(x.dtype),
        kind="exact",
    )


class _Lattice:
    """Points step · 2^-level · (whole numbers) of a chart's coordinates, within a box of whole numbers.

    The points do not depend on the batch; only the extent of the box does.
    """

    def __init__(self, chart: Chart, low: Tensor, high: Tensor) -> None:
        """Cover the chart's own reach and the boxes with corners low, high [N, d], unless these are too far out."""
        self.chart = chart
        own = torch.full_like(low[0], chart.reach / chart.step).ceil().long()
        farthest = MAX_POINTS[1]
        low = (low / chart.step).nan_to_num(nan=0.0).amin(0).floor().clamp(min=-farthest, max=0).long()
        high = (high / chart.step).nan_to_num(nan=0.0).amax(0).ceil().clamp(min=0, max=farthest).long()
        self.low, self.high = torch.minimum(low, -own), torch.maximum(high, own)
        if not chart.follows_q or self.num_points(0) > MAX_POINTS[chart.dimension]:
            self.low, self.high = -own, own

    def enlarge(self) -> None:
        margin = (self.high - self.low) // 4
        self.low, self.high = self.low - margin, self.high + margin

    def num_points(self, level: int) -> int:
        return int(((self.high - self.low) * 2**level + 1).prod())

    def new_points(self, level: int) -> tuple[Tensor, Tensor]:
        """Return the points [G, d] that ``level`` adds to the levels below, and which of them lie on the edge [G]."""
        low, high = self.low * 2**level, self.high * 2**level
        axes = [torch.arange(int(a), int(b) + 1, device=low.device) for a, b in zip(low, high, strict=True)]
        numbers = torch.cartesian_prod(*axes).view(-1, self.chart.dimension)
        if level > 0:
            numbers = numbers[(numbers % 2 == 1).any(1)]
        on_edge = ((numbers == low) | (numbers == high)).any(1)
        return self.chart.step * 2.0**-level * numbers.to(widest(low.device)), on_edge


class _Integral:
    """Sum over the lattices of all parts of the prior, for each example as finely as that one asks for."""

    def __init__(self, model: LatentVariableModel, x: Tensor, tolerance: float) -> None:
        prior = prior_of(model)
        q = encode(model, x, prior)
        check_posterior(q, x.device)
        location, spread = location_and_spread(q, x.device, "q(z|x)")
        self.model, self.x, self.tolerance = model, x, tolerance
        self.nothing = torch.full(x.shape[:1], -math.inf, dtype=widest(x.device), device=x.device)
        self.lower_bound = _gauss_hermite_elbo(model, x, prior, q).to(self.nothing)
        charts = charts_of(prior, self.nothing.dtype, x.device)
        self.lattices = [_Lattice(chart, *chart.cover(location, HALF_WIDTH * spread)) for chart in charts]

    def settle(self) -> tuple[Tensor, Tensor]:
        """Return log p(x) and its error, each [N], once there is no mass on an edge and the sum no longer moves."""
        for attempt in range(ENLARGEMENTS + 1):
            self._start()
            if attempt == ENLARGEMENTS or (self.edges().sum(0) <= LARGEST_EDGE).all():
                self._refine()
            crowded = (self.edges() > self.target().clamp(max=LARGEST_EDGE) / len(self.lattices)).any(1)
            if not crowded.any() or attempt == ENLARGEMENTS:
                break
            for lattice, grows in zip(self.lattices, crowded, strict=True):
                if grows:
                    lattice.enlarge()
        return self.log_prob, self._error() + self.rounding

    def target(self) -> Tensor:
        """Return the error [N] that the lattices may leave beside the one of rounding."""
        return torch.maximum(self.tolerance - self.rounding, self.rounding)

    def edges(self) -> Tensor:
        """Return the shares [parts, N] of p(x) in a strip one unit wide along the edge of each lattice."""
        return ((self.log_edges - self.log_sum).exp() * 2.0**self.level).nan_to_num(nan=0.0, posinf=math.inf)

    def _start(self) -> None:
        """Forget all points, and take those of level 0."""
        self.log_sum, self.log_peak, self.log_best = self.nothing.clone(), self.nothing.clone(), self.nothing.clone()
        self.likeliest = self.x.new_zeros(len(self.x), self.lattices[0].chart.dimension)  # z, of those met
        self.log_edges = self.nothing.repeat(len(self.lattices), 1)
        self.log_mass: list[float] = []  # of the prior, over all points up to each level
        self.level = torch.zeros_like(self.nothing)
        self.log_prob, self.missing_mass = self.nothing.clone(), -self.nothing
        self.moved = _Changes(self.nothing)
        self.rounding = torch.zeros_like(self.nothing)
        self._take(0, torch.arange(len(self.x), device=self.x.device))

    def _refine(self) -> None:
        """Halve the step until the error of each example is below the tolerance, or the points run out."""
        most = MAX_POINTS[self.lattices[0].chart.dimension] + POINTS_OF_NEEDLE * (len(self.lattices) - 1)
        rounded = 1e3 * torch.finfo(self.x.dtype).eps  # mass that no finer lattice brings back, close to an edge
        level = 1
        while sum(lattice.num_points(level) for lattice in self.lattices) <= most:
            missed, target = self.lower_bound - self.log_prob, self.target()
            unsettled = (self.moved.error > target) | (missed > target) | (self.missing_mass > rounded)
            if not unsettled.any():
                return
            self._take(level, unsettled.nonzero()[:, 0])
            level += 1

    def _take(self, level: int, rows: Tensor) -> None:
        """Add the points of one level for some of the examples."""
        log_mass = [self.log_mass[level - 1]] if level else []
        x = self.x if len(rows) == len(self.x) else self.x[rows]
        for part, lattice in enumerate(self.lattices):
            sums = _log_sums(self.model, x, lattice, level)
            better = sums.best > self.log_best[rows]
            self.log_best[rows] = torch.maximum(self.log_best[rows], sums.best)
            self.likeliest[rows[better]] = sums.likeliest[better]
            self.log_sum[rows] = torch.logaddexp(self.log_sum[rows], sums.joint)
            self.log_edges[part, rows] = torch.logaddexp(self.log_edges[part, rows], sums.edge)
            self.log_peak[rows] = torch.maximum(self.log_peak[rows], sums.peak)
            log_mass.append(sums.mass)
        self.log_mass.append(float(self.nothing.new_tensor(log_mass).logsumexp(0)))
        log_cell = -level * math.log(2) * self.lattices[0].chart.dimension
        log_prob = self.log_sum[rows] + log_cell
        self.moved.add((log_prob - self.log_prob[rows]).abs(), rows)
        self.log_prob[rows] = log_prob
        self.level[rows] = level
        self.missing_mass[rows] = self._missing(math.exp(self.log_mass[level] + log_cell))
        rounding = rounding_error(self.model, x, self.likeliest[rows]).to(self.nothing)
        self.rounding[rows] = rounding + torch.finfo(x.dtype).eps * (1 + log_prob.abs())

    def _missing(self, mass: float) -> float:
        """Return by how much the prior's mass on the lattices is not 1, as far as that is no accident."""
        if all(lattice.chart.normalized for lattice in self.lattices):
            return 0.0
        resolved = abs(mass - 1) <= max(UNRESOLVED_MASS, 16 * torch.finfo(self.x.dtype).eps)
        return 0.0 if resolved else abs(mass - 1)

    def _error(self) -> Tensor:
        edge = self.edges().sum(0)
        edge = torch.where(edge <= LARGEST_EDGE, edge, math.inf)
        shortfall = (self.lower_bound - self.log_prob).clamp(min=0)
        unseen = (self.missing_mass * (self.log_peak - self.log_prob).exp()).log1p()
        unseen = torch.where(self.missing_mass > 0, unseen, 0.0)
        error = torch.stack([self.moved.error, edge, shortfall, unseen]).amax(0)
        return torch.where(error.isnan(), math.inf, error)  # of an x that has no density at any point


class _Changes:
    """Tell from the changes that the last halvings made how far a sum is from where it goes, for each example."""

    def __init__(self, nothing: Tensor) -> None:
        self.count = torch.zeros_like(nothing)
        self.last, self.ratio, self.error = -nothing, torch.ones_like(nothing), -nothing

    def add(self, change: Tensor, rows: Tensor) -> None:
        """Take note of one more change for some of the examples; the first sum of all changes from nothing."""
        before = self.last[rows]
        # Halving the step squares the error of a smooth integrand: a change below the last one's square is an accident.
        square = torch.where(before < 1, before.square(), 0.0)
        ratio = torch.where(before.isfinite() & (before > 0), change / before, 1.0).clamp(max=1)
        worse = torch.maximum(ratio, self.ratio[rows])
        rest = worse / (1 - worse.clamp(max=0.5))  # r + r² + r³ + …, and no more than 1
        error = torch.maximum(change, square) * rest.clamp(max=1)
        self.error[rows] = torch.where(self.count[rows] > 1, error, math.inf)
        self.last[rows], self.ratio[rows] = change, ratio
        self.count[rows] += 1


class _LogSums(NamedTuple):
    joint: Tensor  # log Σ p(x|z) p(z) [N] over all points, times the volume of a cell at level 0
    edge: Tensor  # the same [N] over those on the edge, in a strip one unit wide
    best: Tensor  # the largest log p(x|z) p(z) dz/du [N] that was met
    likeliest: Tensor  # and where: z [N, d]
    peak: Tensor  # the largest log p(x|z) [N] that was met
    mass: float  # log Σ p(z), times that volume


def _log_sums(model: LatentVariableModel, x: Tensor, lattice: _Lattice, level: int) -> _LogSums:
    """Sum over the points that ``level`` adds to a lattice, in pieces."""
    chart = lattice.chart
    points, on_edge = lattice.new_points(level)
    joint = torch.full(x.shape[:1], -math.inf, dtype=points.dtype, device=x.device)
    edge, best, peak, mass = joint, joint, joint, joint[:1]
    likeliest = x.new_zeros(len(x), chart.dimension)
    size = rows_at_once(x.shape[0] + x.shape[1], ELEMENTS_PER_CHUNK)
    for u, at_edge in zip(points.split(size), on_edge.split(size), strict=True):
        z, log_density = chart.points(u)
        with checked(model, x):
            log_likelihood = pairwise_log_prob(likelihood_of(model, z), x)
        log_joint = log_likelihood + log_density
        highest, where = log_joint.max(1)
        likeliest = torch.where((highest > best)[:, None], z[where], likeliest)
        best = torch.maximum(best, highest)
        scaled = log_joint.sub_(highest.nan_to_num(neginf=0.0)[:, None]).exp_()
        joint = torch.logaddexp(joint, highest + scaled.sum(1).log())
        edge = torch.logaddexp(edge, highest + scaled[:, at_edge].sum(1).log())
        if not chart.normalized:
            peak = torch.maximum(peak, log_likelihood.amax(1))
            mass = torch.logaddexp(mass, log_density.logsumexp(0))
    _check_defined(joint)
    log_cell = chart.dimension * math.log(chart.step)
    edge = edge + log_cell - math.log(chart.step)
    return _LogSums(joint + log_cell, edge, best, likeliest, peak, float(mass) + log_cell)


def _gauss_hermite_elbo(
    model: LatentVariableModel, x: Tensor, prior: td.Distribution, q: td.Distribution, order: int = 8
) -> Tensor:
    """Return the ELBO [N] of a Gaussian q, or −∞ where q is not Gaussian, or has mass beyond an edge of the prior."""
    nowhere = torch.full(x.shape[:1], -math.inf, dtype=x.dtype, device=x.device)
    try:
        z, weights = gauss_hermite(q, order)
    except TypeError:
        return nowhere
    if bounded_support(prior) is not None:
        return nowhere

    def log_weight(z: Tensor) -> Tensor:
        return score_at_once(model, x, z) + prior.log_prob(z) - q.log_prob(z)

    try:
        bound = expectation(log_weight, z, weights)
    except ValueError:  # torch's, of a prior that declares a support larger than its own
        return nowhere
    return bound.nan_to_num(nan=-math.inf, neginf=-math.inf)


def _check_defined(log_sum: Tensor) -> None:
    broken = log_sum.isnan() | (log_sum == math.inf)
    if broken.any():
        row = int(broken.nonzero()[0])
        raise ValueError(
            f"log p(x|z) is {log_sum[row].item()} for row {row} of x ({int(broken.sum())} such rows): the density is "
            "infinite or not defined there, as where x lies on the edge of the support of p(x|z) (a Beta at 0 or 1); "
            "move x off the edge, or look for NaN in the model's parameters"
        )


def _warn_above(tolerance: float, error: Tensor, allowed: Tensor) -> None:
    above = (error > allowed) | error.isinf()
    if above.any():
        row = int(error.argmax())
        warnings.warn(
            f"quadrature could not reach its tolerance of {tolerance:g} nats for {int(above.sum())} of {len(error)} "
            f"examples, the worst of them row {row}, whose numerical_error is {float(error[row]):.2g}: read log_prob "
            "of these rows with that error; in float64 rounding is smaller, and prior_monte_carlo needs no lattice",
            stacklevel=3,
        )


def _check_dimension(prior: td.Distribution) -> None:
    d = prior.event_shape[-1]
    if d > 2:
        raise ValueError(
            f"quadrature takes a latent dimension of 1 or 2, got {d}: n points an axis are n^{d} points in all; "
            "use importance_sampling, and look at its effective sample size"
        )
    if _is_discrete(prior):
        raise ValueError(f"quadrature takes a continuous z, got a discrete prior, {type(prior).__name__}: sum over z")


def _is_discrete(distribution: td.Distribution) -> bool:
    try:
        return bool(getattr(distribution.support, "is_discrete", False))
    except NotImplementedError:  # a user's distribution need not declare its support
        return False
