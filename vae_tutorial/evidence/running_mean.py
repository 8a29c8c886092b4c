"""The running sum that the sampling estimators share: log of a mean weight, its error, and what the tail tells."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vae_tutorial.evidence.estimate import EvidenceEstimate, Kind
from vae_tutorial.numerics.pareto import Tail

BATCHES = 64  # of draws that examples share: the error of a mean over examples is read from how their sums differ


class RunningMean:
    """Accumulate log (1/K) Σ_k w_k and its error from chunks of log-weights.

    Memory does not grow with K, but for the tail's 3 √K largest weights.

    Args:
        like: tensor [N] that gives shape, dtype and device.
        num_samples: K, how many weights will come for each example.
    """

    def __init__(self, like: Tensor, num_samples: int) -> None:
        self.num_samples = num_samples
        self._zero = torch.full_like(like, -math.inf)
        self._independent, self._shared = _Sums(self._zero), _Sums(self._zero)
        self._batches = self._zero.expand(BATCHES, -1)
        self._tail = Tail(like, num_samples)

    def update(self, log_weights: Tensor, *, shared: bool = False) -> None:
        """Add log-weights [k, N]; ``shared`` where row k belongs to one draw that serves all examples."""
        self._tail.update(log_weights)
        sums = self._shared if shared else self._independent
        largest = log_weights.amax(0)
        largest = torch.where(largest.isfinite(), largest, torch.zeros_like(largest))  # so that −∞ less itself is −∞
        relative = (log_weights - largest).exp()  # one exponential for all sums
        if shared:
            batches = _by_batch(relative, sums.count).log() + largest
            self._batches = torch.logaddexp(self._batches, batches)
        sums.add(relative, largest)

    def estimate(self, *, covers_prior: bool, kind: Kind = "stochastic lower bound") -> EvidenceEstimate:
        """Return log of the mean weight, its standard error, the effective sample size and k̂.

        With r = K / ESS the standard error is sqrt((r − 1) / (K − 1)): the relative error of the mean weight.  One
        sample says nothing about its own error, so K = 1 gives infinity.
        """
        k = self.num_samples
        log_sum = torch.logaddexp(self._independent.log_sum, self._shared.log_sum)
        log_squares = torch.logaddexp(self._independent.log_squares, self._shared.log_squares)
        effective = (2 * log_sum - log_squares).exp().nan_to_num(0.0)  # no weight above 0: none
        one_sample = torch.full_like(effective, math.inf)
        relative_variance = (k / effective - 1).clamp(min=0) / (k - 1) if k > 1 else one_sample
        shared = self._shared.count > 0
        of_mean = self._error_of_mean(log_sum) if shared else relative_variance.sum().sqrt() / len(log_sum)
        return EvidenceEstimate(
            log_prob=log_sum - math.log(k),
            standard_error=relative_variance.sqrt(),
            effective_sample_size=effective,
            numerical_error=None,
            kind=kind,
            pareto_k=self._tail.shape(),
            num_samples=k,
            standard_error_of_mean=of_mean,
            shared_draws=shared,
            covers_prior=covers_prior,
        )

    def _error_of_mean(self, log_sum: Tensor) -> Tensor:
        """Return the standard error [] of the mean over examples, of draws that are shared and of others.

        ::

            Var(1/N Σ_n log p̂_n)  ≈  Var(Σ_k g_k),   g_k = 1/N Σ_n w_kn / Σ_j w_jn

        The two kinds of draws are strata.  Where a draw is shared, so is g_k, and its variance is read from batches of
        draws; elsewhere the examples' variances add up.
        """
        n, own, common = len(log_sum), self._independent, self._shared
        variance = torch.zeros_like(log_sum[0])
        if own.count:
            squares = (own.log_squares - 2 * log_sum).exp() - (2 * (own.log_sum - log_sum)).exp() / own.count
            variance = squares.clamp(min=0).sum() / n**2 * own.count / (own.count - 1 or math.nan)
        batches = min(BATCHES, common.count)
        g = (self._batches[:batches] - log_sum).exp().mean(1)  # [batches]
        sizes = common.count // BATCHES + (torch.arange(batches, device=g.device) < common.count % BATCHES).to(g)
        spread = (g - sizes / common.count * g.sum()).square().sum()
        variance = variance + spread * batches / (batches - 1 or math.nan)
        return variance.sqrt().nan_to_num(math.inf, posinf=math.inf)


class _Sums:
    """Sums of weights and of their squares, by their logarithms."""

    def __init__(self, zero: Tensor) -> None:
        self.count, self.log_sum, self.log_squares = 0, zero, zero

    def add(self, relative: Tensor, log_scale: Tensor) -> None:
        """Add the weights relative · exp(log_scale) [k, N]."""
        self.count += len(relative)
        self.log_sum = torch.logaddexp(self.log_sum, relative.sum(0).log() + log_scale)
        self.log_squares = torch.logaddexp(self.log_squares, relative.square().sum(0).log() + 2 * log_scale)


def _by_batch(weights: Tensor, before: int) -> Tensor:
    """Return the sums [BATCHES, N] of weights [k, N] that follow ``before`` others: the draws are dealt out in turn."""
    lead = before % BATCHES
    fill = -(lead + len(weights)) % BATCHES
    padded = torch.nn.functional.pad(weights, (0, 0, lead, fill))
    return padded.view(-1, BATCHES, weights.shape[1]).sum(0)
