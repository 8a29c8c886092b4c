"""Say of an estimate of log p(x), example by example, whether it can be believed, and by which rule."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

Verdict = Literal["trust", "doubt", "refuse"]
LEAST_SAMPLES = 100  # of fewer draws neither k̂ nor the standard error is known well
LEAST_EFFECTIVE = 100  # the standard error is then at most 0.1 nats, and the bias a tenth of that
FINITE_VARIANCE, FINITE_MEAN = 0.5, 1.0  # of k̂
HARDLY_ANY_EFFECTIVE = 5
EQUAL = 1e-4  # squared coefficient of variation of weights that are all alike: a tail of rounding has no shape
SMALL_ERROR, LARGE_ERROR = 0.1, 1.0  # of a quadrature or a sum, in nats


def of_samples(
    log_prob: Tensor, pareto_k: Tensor, effective_sample_size: Tensor, num_samples: int, *, from_above: bool
) -> list[Verdict]:
    """Judge each example by k̂, the effective sample size and the number of draws; all tensors [N]."""
    few = num_samples < LEAST_SAMPLES
    no_tail = pareto_k.isinf() & (not few)  # the largest weights are equal: they have a bound, and have met it
    alike = num_samples / effective_sample_size - 1 < EQUAL
    heavy = ~((pareto_k < FINITE_VARIANCE) | no_tail | alike)
    hopeless = ~((pareto_k < FINITE_MEAN) | pareto_k.isinf() | alike) | (effective_sample_size < HARDLY_ANY_EFFECTIVE)
    refused = hopeless | ~log_prob.isfinite()
    doubted = heavy | (effective_sample_size < LEAST_EFFECTIVE) | few | from_above
    return _words(refused, doubted)


def of_numerical_error(log_prob: Tensor, numerical_error: Tensor) -> list[Verdict]:
    """Judge each example by the reported error of a quadrature or a sum; both tensors [N]."""
    refused = ~(numerical_error < LARGE_ERROR) | ~log_prob.isfinite()
    return _words(refused, ~(numerical_error <= SMALL_ERROR))


def _words(refused: Tensor, doubted: Tensor) -> list[Verdict]:
    pairs = zip(refused.tolist(), doubted.tolist(), strict=True)
    return ["refuse" if bad else "doubt" if poor else "trust" for bad, poor in pairs]
