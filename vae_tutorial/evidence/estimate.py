"""What every estimator of log p(x) returns, and the running sum that the sampling ones share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Kind = Literal["exact", "stochastic lower bound", "stochastic upper bound"]


@dataclass(frozen=True)
class EvidenceEstimate:
    """Hold log p(x) and what is known of its error.

    Attributes:
        log_prob: log p(x) [N], in nats.
        standard_error: of ``log_prob`` [N], in nats, by the delta method; None where nothing was sampled.
        effective_sample_size: (Σ w)² / Σ w² [N], between 1 and K; None where nothing was sampled.
        numerical_error: estimated error of a quadrature [N], in nats; None where samples were drawn.
        kind: "exact" up to ``numerical_error``, or on which side of log p(x) the estimate lies on average.

    The standard error and the effective sample size are computed from the weights that were drawn.  Where the
    proposal misses a part of the posterior, no weight tells of it, and both look fine while the estimate is low.
    """

    log_prob: Tensor
    standard_error: Tensor | None
    effective_sample_size: Tensor | None
    numerical_error: Tensor | None
    kind: Kind


class RunningMean:
    """Accumulate log (1/K) Σ_k w_k and its error from chunks of log-weights; memory does not grow with K.

    Args:
        like: tensor [N] that gives shape, dtype and device.
    """

    def __init__(self, like: Tensor) -> None:
        self.num_samples = 0
        self._log_sum = torch.full_like(like, -math.inf)
        self._log_sum_of_squares = torch.full_like(like, -math.inf)

    def update(self, log_weights: Tensor) -> None:
        """Add log-weights [k, N]."""
        self.num_samples += log_weights.shape[0]
        self._log_sum = torch.logaddexp(self._log_sum, log_weights.logsumexp(0))
        self._log_sum_of_squares = torch.logaddexp(self._log_sum_of_squares, (2 * log_weights).logsumexp(0))

    def estimate(self, kind: Kind = "stochastic lower bound") -> EvidenceEstimate:
        """Return log of the mean weight, its standard error and the effective sample size.

        With r = K / ESS the standard error is sqrt((r − 1) / (K − 1)): the relative error of the mean weight.  One
        sample says nothing about its own error, so K = 1 gives infinity.
        """
        k = self.num_samples
        effective = (2 * self._log_sum - self._log_sum_of_squares).exp().nan_to_num(0.0)  # no weight above 0: none
        one_sample = torch.full_like(effective, math.inf)
        relative_variance = (k / effective - 1).clamp(min=0) / (k - 1) if k > 1 else one_sample
        return EvidenceEstimate(
            log_prob=self._log_sum - math.log(k),
            standard_error=relative_variance.sqrt(),
            effective_sample_size=effective,
            numerical_error=None,
            kind=kind,
        )
