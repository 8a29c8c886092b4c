"""Say of an estimate of log p(x), example by example, whether it can be believed, and by which rule."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from vae_tutorial.numerics.pareto import tail_size

Verdict = Literal["trust", "doubt", "refuse"]
LEAST_SAMPLES = 100  # of fewer draws neither k̂ nor the standard error is known well
LEAST_EFFECTIVE = 100  # the standard error is then at most 0.1 nats, and the bias a tenth of that
FINITE_SKEWNESS, FINITE_MEAN = 1 / 3, 1.0  # of k̂: below, weights have a third moment, a first one
STANDARD_ERRORS = 2  # that k̂ must lie below the first: the fewest of 1, 1½, 2, … that kept the promise (see the tests)
HARDLY_ANY_EFFECTIVE = 5
SMALL_ERROR, LARGE_ERROR = 0.1, 1.0  # of a quadrature or a sum, in nats


def of_samples(
    log_prob: Tensor, pareto_k: Tensor, effective_sample_size: Tensor, num_samples: int, *, can_be_trusted: bool
) -> list[Verdict]:
    """Judge each example by k̂, the effective sample size and the number of draws; all tensors [N]."""
    refused = (pareto_k >= FINITE_MEAN) & pareto_k.isfinite() | pareto_k.isnan() | ~log_prob.isfinite()
    refused |= effective_sample_size < HARDLY_ANY_EFFECTIVE
    if num_samples < LEAST_SAMPLES or not can_be_trusted:
        return _words(refused, torch.ones_like(refused))
    return _words(refused, heavy_tails(pareto_k, num_samples) | (effective_sample_size < LEAST_EFFECTIVE))


def heavy_tails(pareto_k: Tensor, num_samples: int) -> Tensor:
    """Tell which of the tails [N] are not surely light: k̂ and two of its standard errors are ⅓ or more.

    A k̂ from M weights has a standard error of about (1 + k̂)/√M, so of many examples with one and the same tail some
    are below ⅓ by luck, and these are the ones whose estimate is too low.  So the k̂ of one call are first drawn
    together, as far as their differences are no larger than that error explains (empirical Bayes).  An infinite k̂ is no
    tail at all: the largest weights are equal.
    """
    known = pareto_k.isfinite()
    heavy = torch.zeros_like(known)
    if known.any():
        k = pareto_k[known].double()
        noise = (1 + k).clamp(min=0.5).square() / tail_size(num_samples)
        spread = (k.var() - noise.mean()).clamp(min=0) if len(k) > 1 else k.new_tensor(math.inf)
        share = 1 / (1 + noise / spread)  # of its own k̂ that each example keeps
        drawn = k.mean() + share * (k - k.mean())
        error = (share * noise + (1 - share) * noise.mean() / len(k)).sqrt()
        heavy[known] = drawn + STANDARD_ERRORS * error >= FINITE_SKEWNESS
    return heavy


def of_numerical_error(log_prob: Tensor, numerical_error: Tensor) -> list[Verdict]:
    """Judge each example by the reported error of a quadrature or a sum; both tensors [N]."""
    refused = ~(numerical_error < LARGE_ERROR) | ~log_prob.isfinite()
    return _words(refused, ~(numerical_error <= SMALL_ERROR))


def _words(refused: Tensor, doubted: Tensor) -> list[Verdict]:
    pairs = zip(refused.tolist(), doubted.tolist(), strict=True)
    return ["refuse" if bad else "doubt" if poor else "trust" for bad, poor in pairs]
