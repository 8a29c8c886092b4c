"""log p(x) from weighted samples: the prior as proposal, or any other."""

from __future__ import annotations

import math

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_agrees, check_count
from vae_tutorial.evidence.estimate import EvidenceEstimate, RunningMean
from vae_tutorial.numerics.chunks import sample_sizes
from vae_tutorial.numerics.random import isolated_rng
from vae_tutorial.protocol import (
    LatentVariableModel,
    check_observations,
    check_posterior,
    log_density,
    measuring,
    prior_of,
)
from vae_tutorial.protocol.in_pieces import encode, log_joint, log_likelihood_of_all


@torch.no_grad()
def prior_monte_carlo(model: LatentVariableModel, x: Tensor, num_samples: int) -> EvidenceEstimate:
    """Estimate log p(x) by averaging the likelihood over draws from the prior.

    ::

        p̂(x) = (1/K) Σ_k p(x|z_k),   z_k ~ p(z)

    E[p̂] = p(x), so E[log p̂] ≤ log p(x): unbiased for p(x), a stochastic lower bound for log p(x).  It needs of the
    order of exp(KL(p(z|x) ‖ p(z))) draws.  The same draws serve all examples: each estimate is right on its own,
    but their errors are correlated, so the error of a mean over examples is not the root sum of squares.

    Args:
        model: anything with the three methods; the posterior is not used.
        x: examples [N, D].
        num_samples: K.

    Returns:
        EvidenceEstimate; the standard error is blind to a mode that no draw has found.

    Raises:
        ValueError, TypeError: bad ``x`` or ``num_samples``.

    References:
        Chatterjee and Diaconis (2018), on the number of draws, https://doi.org/10.1214/17-AAP1326
    """
    check_count(num_samples, "num_samples")
    check_observations(model, x)
    running = RunningMean(x[:, 0])
    with measuring(model, x) as x:
        prior = prior_of(model)
        for size in sample_sizes(num_samples, x.shape[0] + x.shape[1]):
            running.update(log_likelihood_of_all(model, x, prior.sample((size,))).T)
    return running.estimate()


@torch.no_grad()
def importance_sampling(
    model: LatentVariableModel,
    x: Tensor,
    num_samples: int,
    proposal: td.Distribution | None = None,
) -> EvidenceEstimate:
    """Estimate log p(x) by importance sampling.

    ::

        p̂(x) = (1/K) Σ_k p(x|z_k) p(z_k) / r(z_k),   z_k ~ r

    E[p̂] = p(x) if r covers the posterior, so E[log p̂] ≤ log p(x).  With r = q(z|x) this is the importance-weighted
    bound; on examples that the encoder does not know its q can miss most of the posterior, and neither the standard
    error nor the effective sample size shows it.  The default is therefore defensive: half of the draws come from
    q(z|x), half from the prior, and each is weighted by the mixture of both, so no weight exceeds p(x|z)·K / K_prior.
    The prior's draws serve all examples, which makes their errors slightly correlated.

    Args:
        model: anything with the three methods.
        x: examples [N, D].
        num_samples: K; of an odd number, the posterior gets one more.
        proposal: r, with batch [N] or [] and event [d]; for the encoder alone, ``model.posterior(x)``.

    Returns:
        EvidenceEstimate.

    Raises:
        ValueError, TypeError: bad ``x``, ``num_samples`` or ``proposal``.

    References:
        Hesterberg (1995), defensive mixtures, https://doi.org/10.1080/00401706.1995.10484303;
        Veach and Guibas (1995), balance heuristic, https://doi.org/10.1145/218380.218498
    """
    check_count(num_samples, "num_samples")
    check_observations(model, x)
    with measuring(model, x) as x:
        if proposal is not None:
            return _one_proposal(model, x, num_samples, _matched_batch(proposal, model, x))
        return _defensive(model, x, num_samples)


def _one_proposal(
    model: LatentVariableModel, x: Tensor, num_samples: int, proposal: td.Distribution
) -> EvidenceEstimate:
    prior = prior_of(model)
    running = RunningMean(x[:, 0])
    check_posterior(proposal, x.device)
    for size in sample_sizes(num_samples, x.numel()):
        z = proposal.sample((size,))
        running.update(log_joint(model, prior, x, z, log_density(prior, z)) - proposal.log_prob(z))
    return running.estimate()


def _defensive(model: LatentVariableModel, x: Tensor, num_samples: int) -> EvidenceEstimate:
    prior = prior_of(model)
    q = encode(model, x, prior)
    check_posterior(q, x.device)
    from_prior = num_samples // 2
    from_posterior = num_samples - from_prior
    running = RunningMean(x[:, 0])

    def log_mixture(log_q: Tensor, log_prior: Tensor) -> Tensor:
        if from_prior == 0:
            return log_q
        return torch.logaddexp(
            log_q + math.log(from_posterior / num_samples), log_prior + math.log(from_prior / num_samples)
        )

    for size in sample_sizes(from_posterior, x.numel()):
        z = q.sample((size,))
        log_prior = log_density(prior, z)
        running.update(log_joint(model, prior, x, z, log_prior) - log_mixture(q.log_prob(z), log_prior))
    for size in sample_sizes(from_prior, x.shape[0] * prior.event_shape[0] + x.shape[1]):
        z = prior.sample((size,))
        log_prior = prior.log_prob(z)[:, None]
        log_joint_of_all = log_likelihood_of_all(model, x, z).T + log_prior
        running.update(log_joint_of_all - log_mixture(log_density(q, z[:, None]), log_prior))
    return running.estimate()


def _matched_batch(proposal: td.Distribution, model: LatentVariableModel, x: Tensor) -> td.Distribution:
    prior = prior_of(model)
    event = prior.event_shape
    if not isinstance(proposal, td.Distribution):
        raise TypeError(f"proposal must be a torch Distribution, got {type(proposal).__name__}")
    if proposal.event_shape != event or proposal.batch_shape not in (torch.Size([]), x.shape[:1]):
        raise ValueError(
            f"proposal has batch {list(proposal.batch_shape)} and event {list(proposal.event_shape)}, but must have "
            f"batch [] or {list(x.shape[:1])}, one for each example, and the prior's event {list(event)}"
        )
    with isolated_rng(x.device):
        check_agrees(proposal.sample(), "a sample of proposal", x)
    return proposal.expand(x.shape[:1])
