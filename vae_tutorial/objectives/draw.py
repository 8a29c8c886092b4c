"""What every objective is made of: z drawn from q(z|x), and the log-densities of x and z there."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count, trusted
from vae_tutorial.numerics.supports import log_density, within_support
from vae_tutorial.protocol import LatentVariableModel, check_observations, posterior_of, prior_of
from vae_tutorial.protocol.in_pieces import score_at_once


@dataclass(frozen=True)
class Draw:
    """Hold samples z of q(z|x) and their scores; log p(z) and log q(z|x) are computed only where they are asked for.

    Attributes:
        z: K samples for each example [K, N, d].
        log_likelihood: log p(x|z) [K, N].
        prior: p(z).
        q: q(z|x).
    """

    z: Tensor
    log_likelihood: Tensor
    prior: td.Distribution
    q: td.Distribution

    @classmethod
    def of(cls, model: LatentVariableModel, x: Tensor, num_samples: int, *, through_z: bool = True) -> Draw:
        """Draw K samples of q(z|x) for each example, and decode them.

        Args:
            model: anything with the three methods.
            x: examples [N, D].
            num_samples: K.
            through_z: let a gradient reach the parameters of q through z; where it cannot, refuse.
        """
        check_count(num_samples, "num_samples")
        check_observations(model, x)
        with trusted(model, x):
            prior = prior_of(model)
            q = posterior_of(model, x, prior)
            z = sample_posterior(q, num_samples) if through_z else q.sample((num_samples,))
            return cls(z, score_at_once(model, x, within_support(prior, z)), prior, q)

    @property
    def log_prior(self) -> Tensor:
        """Return log p(z) [K, N]."""
        return log_density(self.prior, self.z)

    @property
    def log_q(self) -> Tensor:
        """Return log q(z|x) [K, N]."""
        return self.q.log_prob(self.z)


def sample_posterior(q: td.Distribution, num_samples: int) -> Tensor:
    """Draw z [K, N, d] from q, by ``rsample`` where q has it; refuse a gradient that would be lost silently."""
    if q.has_rsample:
        return q.rsample((num_samples,))
    z = q.sample((num_samples,))
    if torch.is_grad_enabled() and q.log_prob(z).requires_grad:
        raise ValueError(
            f"q(z|x) is a {type(q).__name__}, which has no rsample, so the gradient with respect to its parameters "
            "would be lost: evaluate under torch.no_grad(), sum over z where it can be enumerated, "
            "or use a score-function estimator"
        )
    return z
