"""What stands between the ELBO and log p(x): the family of q, and the encoder that serves all examples."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count
from vae_tutorial.divergences import known_kl
from vae_tutorial.models import WithPosterior
from vae_tutorial.numerics.chunks import sample_sizes
from vae_tutorial.numerics.supports import log_density, within_support
from vae_tutorial.protocol import (
    LatentVariableModel,
    check_observations,
    check_posterior,
    measuring,
    posterior_of,
    prior_of,
)
from vae_tutorial.protocol.in_pieces import encode, log_likelihood


@dataclass(frozen=True)
class InferenceGaps:
    """Hold the two parts of log p(x) − ELBO, in nats.

    Attributes:
        approximation: log p(x) − ELBO(q*) [N]: no member of the family is the true posterior.
        amortization: ELBO(q*) − ELBO(q_φ) [N]: one encoder has to serve all examples.
    """

    approximation: Tensor
    amortization: Tensor


@torch.no_grad()
def inference_gaps(
    model: LatentVariableModel, x: Tensor, log_prob: Tensor, best: td.Distribution, num_samples: int = 1000
) -> InferenceGaps:
    """Split log p(x) − ELBO into what the family of q costs and what the shared encoder costs.

    ::

        log p(x) − ELBO(q_φ) = [log p(x) − ELBO(q*)] + [ELBO(q*) − ELBO(q_φ)]

    Args:
        model: anything with the three methods; its posterior is q_φ.
        x: examples [N, D].
        log_prob: log p(x) [N], from ``evidence``; the better its error, the better the approximation gap's.
        best: q*, the best member of the family for each x, batch [N], from ``inference.fit_posterior``.
        num_samples: samples of z for each ELBO.

    Returns:
        InferenceGaps, each [N].  The approximation gap is at least 0 up to the errors of its parts; the amortisation
        gap is so where ``best`` has been fitted to the end.

    References:
        Cremer, Li and Duvenaud (2018), https://arxiv.org/abs/1801.03558
    """
    check_observations(model, x)
    if log_prob.shape != x.shape[:1]:
        raise ValueError(f"log_prob has shape {list(log_prob.shape)}, but must be {list(x.shape[:1])}: one for each x")
    check_count(num_samples, "num_samples")
    with measuring(model, x) as x:
        prior = prior_of(model)
        best_elbo = _elbo(model, x, prior, posterior_of(WithPosterior(model, best), x, prior), num_samples)
        own_elbo = _elbo(model, x, prior, encode(model, x, prior), num_samples)
    return InferenceGaps(approximation=log_prob - best_elbo, amortization=best_elbo - own_elbo)


def _elbo(
    model: LatentVariableModel, x: Tensor, prior: td.Distribution, q: td.Distribution, num_samples: int
) -> Tensor:
    """Return the ELBO [N] of a given q, its samples in pieces; the KL is the closed form where torch has one."""
    check_posterior(q, x.device)
    rate = known_kl(q, prior)
    total = torch.zeros_like(x[:, 0])
    for size in sample_sizes(num_samples, x.numel()):
        z = q.sample((size,))
        total += log_likelihood(model, x, within_support(prior, z)).sum(0)
        if rate is None:
            total += (log_density(prior, z) - q.log_prob(z)).sum(0)
    return total / num_samples - (0 if rate is None else rate)
