"""log p(x) from weighted samples: the prior as proposal, or any other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count
from vae_tutorial.evidence.estimate import EvidenceEstimate
from vae_tutorial.evidence.mixture import Mixture
from vae_tutorial.evidence.running_mean import RunningMean
from vae_tutorial.numerics.chunks import sample_sizes
from vae_tutorial.protocol import LatentVariableModel, check_observations, measuring, prior_of
from vae_tutorial.protocol.in_pieces import log_likelihood_of_all


@torch.no_grad()
def prior_monte_carlo(model: LatentVariableModel, x: Tensor, num_samples: int) -> EvidenceEstimate:
    """Estimate log p(x) by averaging the likelihood over draws from the prior.

    ::

        p̂(x) = (1/K) Σ_k p(x|z_k),   z_k ~ p(z)

    E[p̂] = p(x), so E[log p̂] ≤ log p(x): unbiased for p(x), a stochastic lower bound for log p(x).  It needs of the
    order of exp(KL(p(z|x) ‖ p(z))) draws.  The same draws serve all examples: each estimate is right on its own,
    but their errors are correlated, so the error of a mean over examples is not the root sum of squares;
    ``standard_error_of_mean`` is the right one.

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
    with measuring(model, x) as x:
        running = RunningMean(x[:, 0], num_samples)
        prior = prior_of(model)
        for size in sample_sizes(num_samples, x.shape[0] + x.shape[1]):
            running.update(log_likelihood_of_all(model, x, prior.sample((size,))).T, shared=True)
        return running.estimate(covers_prior=True)


@torch.no_grad()
def importance_sampling(
    model: LatentVariableModel,
    x: Tensor,
    num_samples: int,
    proposal: td.Distribution | Sequence[td.Distribution] | None = None,
) -> EvidenceEstimate:
    """Estimate log p(x) by importance sampling, from one proposal or from a mixture of several.

    ::

        p̂(x) = (1/K) Σ_k p(x|z_k) p(z_k) / r(z_k),   r = Σ_j (K_j/K) r_j,   K_j of the z_k from r_j

    E[p̂] = p(x) if r covers the posterior, so E[log p̂] ≤ log p(x).  With r = q(z|x) this is the importance-weighted
    bound; on examples that the encoder does not know its q can miss most of the posterior, and neither the standard
    error nor the effective sample size nor k̂ shows it.  The default is therefore defensive: half of the draws come from
    q(z|x), half from the prior, and each is weighted by the mixture of both, so no weight exceeds p(x|z)·K / K_prior.

    **Where the default stops working**: the prior's half has to land on the posterior now and then, which takes of the
    order of exp(KL(p(z|x) ‖ p(z))) draws.  In ten dimensions and more it often never does.  Then half of the draws are
    spent for nothing, and a mode that q misses stays missed: of a posterior with two mirrored modes in ten dimensions,
    of which q knows one, 1000 draws find log p(x) − log 2, with a small standard error and a good k̂.  ``bracket`` shows
    whether that happens with your model; ``annealed_importance_sampling`` needs no q.

    **A mixture of your own**: a sequence of proposals, which share the draws evenly (one that is listed twice gets
    twice as many).  Every draw is weighted by the whole mixture, whichever member it came from, so one good member is
    enough, at the price of the others' draws.  Members that help where q is too narrow, or knows one mode of two::

        q = model.posterior(x)
        importance_sampling(model, x, 1000, proposal=[q, tempered(q, 4.0)])               # twice as wide
        importance_sampling(model, x, 1000, proposal=[q, model.prior()])                  # the default
        importance_sampling(model, x, 1000, proposal=[q, fit_posterior(model, x, full=True), model.prior()])

    Draws of a member without a batch, such as the prior, serve all examples, which correlates their errors;
    ``standard_error_of_mean`` counts that.

    Args:
        model: anything with the three methods.
        x: examples [N, D].
        num_samples: K; what is left over when it is divided goes to the first members, one for each.
        proposal: r, with batch [N] or [] and event [d]; for the encoder alone, ``model.posterior(x)``.  A sequence is
            a mixture; None is half q(z|x), half prior.

    Returns:
        EvidenceEstimate.

    Raises:
        ValueError, TypeError: bad ``x``, ``num_samples`` or ``proposal``; fewer draws than members.

    References:
        Hesterberg (1995), defensive mixtures, https://doi.org/10.1080/00401706.1995.10484303;
        Veach and Guibas (1995), balance heuristic, https://doi.org/10.1145/218380.218498;
        Owen and Zhou (2000), deterministic mixtures, https://doi.org/10.1080/01621459.2000.10473909
    """
    check_count(num_samples, "num_samples")
    check_observations(model, x)
    with measuring(model, x) as x:
        return Mixture.of(model, x, num_samples, proposal).estimate()
