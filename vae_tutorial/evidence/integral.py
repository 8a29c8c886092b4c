"""The integral over all parts of a prior, refined for each example until it no longer moves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.evidence.charts import charts_of
from vae_tutorial.evidence.lattice import Lattice, LogSums, log_sums
from vae_tutorial.evidence.rounding import rounding_error
from vae_tutorial.likelihoods import widest
from vae_tutorial.numerics.hermite import expectation, gauss_hermite
from vae_tutorial.numerics.moments import location_and_spread
from vae_tutorial.protocol import LatentVariableModel, bounded_support, check_posterior, prior_of
from vae_tutorial.protocol.in_pieces import encode, score_at_once

HALF_WIDTH = 8.0  # standard deviations kept on each side of every q
LARGEST_EDGE = 0.1  # with more of the mass than this near the edge, nobody can say how much lies beyond
UNRESOLVED_MASS = 1e-6  # of the prior on its lattice, off from 1: more than the trapezoid rule leaves once it resolves
MASS_OF_ROUNDING = 16  # and this, in units of the last place
MASS_LOST_TO_ROUNDING = 1e3  # in the same units: what no finer lattice brings back, close to an edge
ENLARGEMENTS = 7
POINTS_OF_NEEDLE = 700  # and these for each narrow component: two halvings of its lattice
NODES_OF_Q = 8  # along each dimension, for the ELBO that no log p(x) can be below


class Integral:
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
        self.lattices = [Lattice(chart, *chart.cover(location, HALF_WIDTH * spread)) for chart in charts]

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
        return ((self.totals.edges - self.totals.joint).exp() * 2.0**self.level).nan_to_num(nan=0.0, posinf=math.inf)

    def _start(self) -> None:
        """Forget all points, and take those of level 0."""
        self.totals = _Totals.nothing(self.nothing, self.x, len(self.lattices), self.lattices[0].chart.dimension)
        self.log_mass: list[float] = []  # of the prior, over all points up to each level
        self.level = torch.zeros_like(self.nothing)
        self.log_prob, self.missing_mass = self.nothing.clone(), -self.nothing
        self.changes = _Changes(self.nothing)
        self.rounding = torch.zeros_like(self.nothing)
        self._take(0, torch.arange(len(self.x), device=self.x.device))

    def _refine(self) -> None:
        """Halve the step until the error of each example is below the tolerance, or the points run out."""
        most = self.lattices[0].most_points + POINTS_OF_NEEDLE * (len(self.lattices) - 1)
        rounded = MASS_LOST_TO_ROUNDING * torch.finfo(self.x.dtype).eps
        level = 1
        while sum(lattice.num_points(level) for lattice in self.lattices) <= most:
            missed, target = self.lower_bound - self.log_prob, self.target()
            unsettled = (self.changes.error > target) | (missed > target) | (self.missing_mass > rounded)
            if not unsettled.any():
                return
            self._take(level, unsettled.nonzero()[:, 0])
            level += 1

    def _take(self, level: int, rows: Tensor) -> None:
        """Add the points of one level for some of the examples."""
        log_mass = [self.log_mass[level - 1]] if level else []
        x = self.x if len(rows) == len(self.x) else self.x[rows]
        for part, lattice in enumerate(self.lattices):
            sums = log_sums(self.model, x, lattice, level)
            self.totals.add(sums, part, rows)
            log_mass.append(sums.mass)
        self.log_mass.append(float(self.nothing.new_tensor(log_mass).logsumexp(0)))
        log_cell = -level * math.log(2) * self.lattices[0].chart.dimension
        log_prob = self.totals.joint[rows] + log_cell
        self.changes.add((log_prob - self.log_prob[rows]).abs(), rows)
        self.log_prob[rows] = log_prob
        self.level[rows] = level
        self.missing_mass[rows] = self._missing(math.exp(self.log_mass[level] + log_cell))
        rounding = rounding_error(self.model, x, self.totals.likeliest[rows]).to(self.nothing)
        self.rounding[rows] = rounding + torch.finfo(x.dtype).eps * (1 + log_prob.abs())

    def _missing(self, mass: float) -> float:
        """Return by how much the prior's mass on the lattices is not 1, as far as that is no accident."""
        if all(lattice.chart.normalized for lattice in self.lattices):
            return 0.0
        resolved = abs(mass - 1) <= max(UNRESOLVED_MASS, MASS_OF_ROUNDING * torch.finfo(self.x.dtype).eps)
        return 0.0 if resolved else abs(mass - 1)

    def _error(self) -> Tensor:
        edge = self.edges().sum(0)
        edge = torch.where(edge <= LARGEST_EDGE, edge, math.inf)
        shortfall = (self.lower_bound - self.log_prob).clamp(min=0)
        unseen = (self.missing_mass * (self.totals.peak - self.log_prob).exp()).log1p()
        unseen = torch.where(self.missing_mass > 0, unseen, 0.0)
        error = torch.stack([self.changes.error, edge, shortfall, unseen]).amax(0)
        return torch.where(error.isnan(), math.inf, error)  # of an x that has no density at any point


@dataclass
class _Totals:
    """What all points so far add up to, and the largest that was met there, for each example.

    Attributes:
        joint: log Σ p(x|z) p(z) dz/du [N], times the volume of a cell at level 0.
        edges: the same [parts, N] over the points on the edge of each lattice, in a strip one unit wide.
        best: the largest log p(x|z) p(z) dz/du [N].
        likeliest: and where: z [N, d].
        peak: the largest log p(x|z) [N].
    """

    joint: Tensor
    edges: Tensor
    best: Tensor
    likeliest: Tensor
    peak: Tensor

    @classmethod
    def nothing(cls, like: Tensor, x: Tensor, num_parts: int, dimension: int) -> _Totals:
        """Begin without a point; ``like`` holds −∞ for each example."""
        return cls(like.clone(), like.repeat(num_parts, 1), like.clone(), x.new_zeros(len(x), dimension), like.clone())

    def add(self, sums: LogSums, part: int, rows: Tensor) -> None:
        """Add the points of one level of one part's lattice for some of the examples."""
        better = sums.best > self.best[rows]
        self.best[rows] = torch.maximum(self.best[rows], sums.best)
        self.likeliest[rows[better]] = sums.likeliest[better]
        self.joint[rows] = torch.logaddexp(self.joint[rows], sums.joint)
        self.edges[part, rows] = torch.logaddexp(self.edges[part, rows], sums.edge)
        self.peak[rows] = torch.maximum(self.peak[rows], sums.peak)


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


def _gauss_hermite_elbo(
    model: LatentVariableModel, x: Tensor, prior: td.Distribution, q: td.Distribution, order: int = NODES_OF_Q
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
