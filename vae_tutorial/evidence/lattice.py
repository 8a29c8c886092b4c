"""Nested lattices over the coordinates of a chart, and what is summed over the points that a level adds."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from vae_tutorial.checks import checked
from vae_tutorial.evidence.charts import Chart
from vae_tutorial.likelihoods import pairwise_log_prob, widest
from vae_tutorial.numerics.chunks import rows_at_once
from vae_tutorial.protocol import LatentVariableModel, likelihood_of

MAX_POINTS = {1: 2**17, 2: 2**21}
ELEMENTS_PER_CHUNK = 2**20  # 8 MB in float64: larger pieces spend their time on fresh memory


class Lattice:
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
        if not chart.follows_q or self.num_points(0) > self.most_points:
            self.low, self.high = -own, own

    @property
    def most_points(self) -> int:
        """Return how many points a lattice of this dimension may have."""
        return MAX_POINTS[self.chart.dimension]

    def enlarge(self) -> None:
        """Let the box reach half as far again."""
        margin = (self.high - self.low) // 4
        self.low, self.high = self.low - margin, self.high + margin

    def num_points(self, level: int) -> int:
        """Return the number of points of all levels up to this one."""
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


class LogSums(NamedTuple):
    """Hold what the points of one level of one lattice add up to."""

    joint: Tensor  # log Σ p(x|z) p(z) [N] over all points, times the volume of a cell at level 0
    edge: Tensor  # the same [N] over those on the edge, in a strip one unit wide
    best: Tensor  # the largest log p(x|z) p(z) dz/du [N] that was met
    likeliest: Tensor  # and where: z [N, d]
    peak: Tensor  # the largest log p(x|z) [N] that was met
    mass: float  # log Σ p(z), times that volume


def log_sums(model: LatentVariableModel, x: Tensor, lattice: Lattice, level: int) -> LogSums:
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
    return LogSums(joint + log_cell, edge, best, likeliest, peak, float(mass) + log_cell)


def _check_defined(log_sum: Tensor) -> None:
    broken = log_sum.isnan() | (log_sum == math.inf)
    if broken.any():
        row = int(broken.nonzero()[0])
        raise ValueError(
            f"log p(x|z) is {log_sum[row].item()} for row {row} of x ({int(broken.sum())} such rows): the density is "
            "infinite or not defined there, as where x lies on the edge of the support of p(x|z) (a Beta at 0 or 1); "
            "move x off the edge, or look for NaN in the model's parameters"
        )
