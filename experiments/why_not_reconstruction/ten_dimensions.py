"""log p(x) in ten dimensions, where no lattice is at hand: importance sampling with proposals fitted for that."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributions as td
from torch import Tensor

import vae_tutorial as vt

DRAWS = 5_000  # importance samples per digit
STARTS, START_DRAWS = 4, 200_000  # for the proposals
ANNEALED_CHAINS, ANNEALED_STEPS = 16, 400  # of the second opinion


@torch.no_grad()
def likely_draws(model: Any, x: Tensor) -> Tensor:
    """Return draws from the prior, resampled for each digit by how well they explain it [STARTS, N, d]."""
    z = model.prior().sample((START_DRAWS,))
    scores = [vt.likelihoods.pairwise_log_prob(model.likelihood(part), x) for part in z.split(20_000)]
    log_weights = torch.cat(scores, 1)
    weights = (log_weights - log_weights.amax(1, keepdim=True)).exp()
    return z[torch.multinomial(weights, STARTS, replacement=True)].transpose(0, 1)


def proposal_for(model: Any, x: Tensor, gaussian: td.Distribution) -> td.MixtureSameFamily:
    """Join, for each digit, Gaussians fitted from several starts and widened, and the prior: 75 and 25 per cent.

    The encoder is not used: one of these models has q(z|x) so narrow that its samples miss the posterior.
    """
    start = likely_draws(model, x)
    d = start.shape[-1]
    q = td.MultivariateNormal(start.flatten(0, 1), scale_tril=0.3 * torch.eye(d).expand(STARTS * len(x), -1, -1))
    easy = vt.models.WithPosterior(vt.models.WithPrior(model, gaussian), q)  # a mixture's density is slow to fit with
    local = vt.inference.fit_posterior(easy, x.repeat(STARTS, 1), full=True, num_steps=200, num_samples=2)
    parts, shares = parts_of(model.prior())
    assert isinstance(local, td.MultivariateNormal)
    loc = [local.loc.unflatten(0, (STARTS, -1)).transpose(0, 1), parts.loc.expand(len(x), -1, -1)]
    tril = [
        1.4 * local.scale_tril.unflatten(0, (STARTS, -1)).transpose(0, 1),
        parts.scale_tril.expand(len(x), -1, -1, -1),
    ]
    weights = torch.cat([torch.full((STARTS,), 0.75 / STARTS), 0.25 * shares]).expand(len(x), -1)
    joint = td.MultivariateNormal(torch.cat(loc, 1), scale_tril=torch.cat(tril, 1))
    return td.MixtureSameFamily(td.Categorical(weights), joint)


def parts_of(prior: td.Distribution) -> tuple[td.MultivariateNormal, Tensor]:
    """Return a prior's full Gaussians, of which a Gaussian prior is one, and their weights."""
    if isinstance(prior, td.MixtureSameFamily):
        assert isinstance(prior.component_distribution, td.MultivariateNormal)
        return prior.component_distribution, prior.mixture_distribution.probs
    tril = prior.scale_tril if isinstance(prior, td.MultivariateNormal) else torch.diag(prior.stddev)
    return td.MultivariateNormal(prior.mean[None], scale_tril=tril[None]), torch.ones(1)


def measure_10d(
    model: vt.models.VAE, x: Tensor, priors: dict[str, td.Distribution], second_opinion: bool
) -> dict[str, float]:
    """Return mean log p(x) under the three priors: stochastic lower bounds, with their own account of their error.

    The second opinion is annealed importance sampling, which uses neither encoder nor fitted proposals.
    """
    result: dict[str, float] = {}
    for name, prior in priors.items():
        with_prior = vt.models.WithPrior(model, prior)
        torch.manual_seed(1)
        stand_in = priors["declared" if name == "declared" else "gaussian"]
        estimate = vt.evidence.importance_sampling(with_prior, x, DRAWS, proposal_for(with_prior, x, stand_in))
        assert estimate.standard_error is not None
        assert estimate.effective_sample_size is not None
        result |= {
            name: float(estimate.log_prob.mean()),
            f"{name}_error": float(estimate.standard_error.square().mean().sqrt()),
            f"{name}_smallest_effective_sample_size": float(estimate.effective_sample_size.min()),
        }
        if second_opinion:
            annealed = vt.evidence.annealed_importance_sampling(with_prior, x, ANNEALED_CHAINS, ANNEALED_STEPS)
            result[f"{name}_annealed"] = float(annealed.log_prob.mean())
    return result
