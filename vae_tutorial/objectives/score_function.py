"""The ELBO with a score-function gradient, for a q from which only samples can be had."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from vae_tutorial.checks import check_count
from vae_tutorial.objectives.draw import Draw
from vae_tutorial.protocol import LatentVariableModel

Baseline = Literal["none", "leave-one-out"]


def score_function_elbo(
    model: LatentVariableModel, x: Tensor, num_samples: int = 1, baseline: Baseline | Tensor = "none"
) -> Tensor:
    """Estimate the ELBO [N], in nats, with the gradient of the score-function estimator (REINFORCE).

    ::

        f(z)    = log p(x|z) + log p(z) − log q(z|x)
        ∇_φ     ≈ (1/K) Σ_k (f(z_k) − b) ∇_φ log q(z_k|x)
        ∇_θ     ≈ (1/K) Σ_k ∇_θ log p(x, z_k)

    Unbiased for any b that does not depend on z_k, and for any q, discrete or not; the baseline changes the variance.

    Args:
        model: anything with the three methods.
        x: examples [N, D].
        num_samples: K.
        baseline: b: "none" is zero; "leave-one-out" takes for sample k the mean of f over the other K − 1; a tensor
            [N] or [] is used as it is, for instance a running mean of f, and carries no gradient.

    Raises:
        ValueError: bad ``x``, ``num_samples`` or ``baseline``; "leave-one-out" with K = 1.

    References:
        Williams (1992), https://doi.org/10.1007/BF00992696;
        Mnih and Rezende (2016), https://arxiv.org/abs/1602.06725
    """
    check_count(num_samples, "num_samples")
    if isinstance(baseline, str) and baseline == "leave-one-out":
        check_count(num_samples, "num_samples", minimum=2, remedy='baseline "leave-one-out" averages the other samples')
    draw = Draw.of(model, x, num_samples, through_z=False)
    log_joint, log_q = draw.log_likelihood + draw.log_prior, draw.log_q
    signal = (log_joint - log_q).detach()
    weight = signal - _baseline(signal, baseline)
    score = weight.masked_fill(~weight.isfinite(), 0.0) * log_q  # an ELBO of −∞ has no gradient
    # The value is the ELBO; the difference adds nothing to it but the gradient.
    return (log_joint - log_q.detach() + score - score.detach()).mean(0)


def _baseline(signal: Tensor, baseline: Baseline | Tensor) -> Tensor:
    if isinstance(baseline, Tensor):
        if baseline.shape not in (torch.Size([]), signal.shape[1:]):
            raise ValueError(f"baseline has shape {list(baseline.shape)}: it must be [] or {list(signal.shape[1:])}")
        return baseline.detach()
    if baseline == "none":
        return torch.zeros_like(signal)
    if baseline == "leave-one-out":
        return (signal.sum(0) - signal) / (len(signal) - 1)
    raise ValueError(f'baseline must be "none", "leave-one-out" or a tensor, got {baseline!r}')
