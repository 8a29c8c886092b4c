"""How heavy the tail of weights is: k̂ of a generalised Pareto distribution, from the largest weights of a stream."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vae_tutorial.numerics.chunks import items_at_once, slices

LEAST_TAIL = 5  # of fewer weights no shape is fitted
SMALLEST = math.log(torch.finfo(torch.float64).tiny)  # a weight that is smaller, beside the largest, counts as zero
PRIOR_WEIGHT, PRIOR_SHAPE = 10, 0.5  # k̂ is drawn to 1/2 as if ten weights more had said so
GRID, GRID_SCALE = 30, 3.0
ELEMENTS = 2**16  # of the grid of tails that is worked on at once: half a megabyte, which stays near the processor
FOLDS = 3  # of eight factors one logarithm is taken
LARGEST_FACTOR = 1e30  # whose eighth power float64 still holds


def tail_size(num_samples: int) -> int:
    """Return how many of K weights make the tail: the smaller of K / 5 and 3 √K, rounded up."""
    return math.ceil(min(num_samples / 5, 3 * math.sqrt(num_samples)))


class Tail:
    """Keep the largest of a stream of log-weights, and tell how heavy their tail is.

    The tail is that of Vehtari et al., with the weight below it.  Weights are gathered, and sought through where a
    piece of them is full.  So what is kept grows with √K and not with K, where it is more than one piece.

    Args:
        like: tensor [N] that gives number of examples, dtype and device.
        num_samples: K, how many will come in all.
    """

    def __init__(self, like: Tensor, num_samples: int) -> None:
        self._size = tail_size(num_samples) + 1
        rows = min(num_samples, max(2 * self._size, items_at_once(len(like))))
        self._kept = like.new_empty(rows, len(like))  # the largest, and what has come since they were sought
        self._rows = 0

    def update(self, log_weights: Tensor) -> None:
        """Add log-weights [k, N]."""
        rows = self._rows + len(log_weights)
        if rows <= len(self._kept):
            self._kept[self._rows : rows] = log_weights
            self._rows = rows
        else:
            everything = torch.cat([self._kept[: self._rows], log_weights])
            self._kept[: self._size] = everything.topk(self._size, dim=0).values
            self._rows = self._size

    def shape(self) -> Tensor:
        """Return k̂ [N] of what has come, in the dtype and on the device of the weights."""
        count = min(self._size, self._rows)
        found = []
        for rows in slices(self._kept.shape[1], _examples_at_once(self._size)):
            largest = self._kept[: self._rows, rows].T.contiguous().topk(count).values
            found.append(pareto_shape(largest.cpu()))  # small, and not every device has float64
        return torch.cat(found).to(self._kept)


def pareto_shape(largest: Tensor) -> Tensor:
    """Estimate the shape k̂ [N] of the tail of weights from the largest log-weights [N, M + 1], falling.

    ::

        P(w − w_c > y | w > w_c)  =  (1 + k y / σ)^(−1/k)

    w_c is the last of the M + 1.  The mean of such weights is finite for k < 1, their variance for k < ½.  The fit is
    the posterior mean of Zhang and Stephens on a grid, drawn slightly to ½, as in Vehtari et al.: the number that
    ArviZ, loo and posterior print.

    Returns:
        k̂ in float64, and infinity where fewer than five weights are larger than w_c (few draws, or equal weights).

    References:
        Vehtari, Simpson, Gelman, Yao and Gabry (2024), https://arxiv.org/abs/1507.02646;
        Zhang and Stephens (2009), https://doi.org/10.1198/tech.2009.08017
    """
    relative = (largest - largest[:, :1]).double()  # of weights that are all zero: NaN, which is larger than nothing
    cutoff = relative[:, -1:].clamp(min=SMALLEST)
    lengths = (relative > cutoff).sum(1)
    found = torch.full_like(relative[:, 0], math.inf)
    for length in lengths.unique().tolist():  # but for equal weights and for those that vanish, all have one length
        if length >= LEAST_TAIL:
            rows = lengths == length
            found[rows] = _fitted(relative[rows, :length].exp() - cutoff[rows].exp())
    return found


def _fitted(excess: Tensor) -> Tensor:
    """Return k̂ [N] of what the weights of the tail exceed the cutoff by [N, M], falling."""
    n = excess.shape[1]
    size = GRID + math.isqrt(n)
    largest, quartile = excess[:, :1], excess[:, n - math.floor(n / 4 + 0.5), None]
    grid = torch.arange(1, size + 1, dtype=excess.dtype, device=excess.device) - 0.5
    b = (1 - (size / grid).sqrt()) / (GRID_SCALE * quartile) + 1 / largest  # [N, size]: −k / σ
    k = _mean_log(b, excess)
    log_likelihood = n * ((-b / k).log() - k - 1)
    weights = log_likelihood.softmax(1)
    weights = weights * (weights >= 10 * torch.finfo(weights.dtype).eps)
    mean_b = (weights * b).sum(1, keepdim=True) / weights.sum(1, keepdim=True)
    shape = _mean_log(mean_b, excess)[:, 0]
    return (n * shape + PRIOR_WEIGHT * PRIOR_SHAPE) / (n + PRIOR_WEIGHT)


def _mean_log(b: Tensor, excess: Tensor) -> Tensor:
    """Return the mean of log (1 − b y) over the tail [N, G], for b [N, G].

    Products are cheaper than logarithms, so one is taken of eight factors, unless those are so large that it overflows.
    """
    if (1 - b.amin(1) * excess[:, 0]).amax() > LARGEST_FACTOR:
        return (-b[:, :, None] * excess[:, None, :]).log1p_().mean(2)
    factors = (-b[:, :, None] * excess[:, None, :]).add_(1)
    for _ in range(FOLDS):
        half = (factors.shape[2] + 1) // 2
        factors[:, :, : factors.shape[2] - half].mul_(factors[:, :, half:])
        factors = factors[:, :, :half]
    return factors.log().sum(2) / excess.shape[1]


def _examples_at_once(size: int) -> int:
    return items_at_once(size * (GRID + math.isqrt(size)), ELEMENTS)
