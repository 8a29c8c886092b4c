"""Means of what is known by its logarithm."""

from __future__ import annotations

import math

from torch import Tensor


def log_mean(log_values: Tensor, dim: int) -> Tensor:
    """Return log (1/K) Σ_k exp(log_values_k) along an axis of size K."""
    return log_values.logsumexp(dim) - math.log(log_values.shape[dim])
