"""Look into a trained model: where its rate goes, which prior its codes would like, and in which units to report."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count, check_positive
from vae_tutorial.chunks import ELEMENTS, encode, log_likelihood, sample_sizes
from vae_tutorial.models import WithPosterior
from vae_tutorial.posteriors import location_and_scale, rows_of
from vae_tutorial.protocol import (
    LatentVariableModel,
    check_observations,
    check_posterior,
    log_density,
    measuring,
    posterior_of,
    prior_of,
    within_support,
)


@dataclass(frozen=True)
class RateDecomposition:
    """Hold the two parts of the mean rate, in nats per example.

    Attributes:
        rate: (1/N) Σ_n KL(q(z|x_n) ‖ p(z)), from the same samples as the parts.
        mutual_information: I_q(x; z), at most log N.
        aggregate_kl: KL(q(z) ‖ p(z)), with q(z) = (1/N) Σ_n q(z|x_n): how far codes and prior are apart.
    """

    rate: float
    mutual_information: float
    aggregate_kl: float


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
def rate_per_dimension(model: LatentVariableModel, x: Tensor) -> Tensor:
    """Return the mean over x of KL(q(z_j|x) ‖ p(z_j)) for every latent dimension j [d], in nats.

    Args:
        model: anything with the three methods, whose prior and posterior are ``Independent(Normal, 1)``.
        x: examples [N, D].

    Raises:
        TypeError: prior or posterior does not factorise into Gaussians.
    """
    check_observations(model, x)
    with measuring(model, x) as x:
        prior = prior_of(model)
        q = encode(model, x, prior)
        check_posterior(q, x.device)
        return td.kl_divergence(_factors(q), _factors(prior)).mean(0)


@torch.no_grad()
def active_units(model: LatentVariableModel, x: Tensor, threshold: float = 0.01, num_samples: int = 1000) -> Tensor:
    """Tell which latent dimensions carry information about x: Var_x(E_q[z_j]) above the threshold.

    Args:
        model: anything with the three methods.
        x: examples [N, D], at least two.
        threshold: in squared units of z; 0.01 is the usual one for a prior of unit variance.
        num_samples: samples of z for each example, where no formula for the mean of q is known (a flow) or it is not
            finite: their mean stands in its place, and the part of their variance that is noise is taken off.

    Returns:
        Booleans [d]; their sum is the number of active units.

    References:
        Burda, Grosse and Salakhutdinov (2016), https://arxiv.org/abs/1509.00519
    """
    check_positive(threshold, "threshold", allow_zero=True)
    check_observations(model, x)
    check_count(len(x), "the number of examples", minimum=2)
    with measuring(model, x) as x:
        q = encode(model, x, prior_of(model))
        check_posterior(q, x.device)
        return _variance_of_means(q, num_samples) > threshold


@torch.no_grad()
def rate_decomposition(model: LatentVariableModel, x: Tensor, num_samples: int = 10) -> RateDecomposition:
    """Split the mean rate into mutual information and the KL of the aggregate posterior to the prior.

    ::

        (1/N) Σ_n KL(q(z|x_n) ‖ p(z)) = I_q(x; z) + KL(q(z) ‖ p(z)),   q(z) = (1/N) Σ_n q(z|x_n)

    All three are means over the same samples, so the sum holds exactly; each is known to within its Monte Carlo error.

    Args:
        model: anything with the three methods.
        x: examples [N, D]; q(z) is the mixture of their N posteriors.
        num_samples: samples of z for each example.

    References:
        Hoffman and Johnson (2016), ELBO surgery, http://approximateinference.org/accepted/HoffmanJohnson2016.pdf
    """
    check_count(num_samples, "num_samples")
    check_observations(model, x)
    with measuring(model, x) as x:
        prior = prior_of(model)
        q = encode(model, x, prior)
        check_posterior(q, x.device)
        z = q.sample((num_samples,))
        log_q = q.log_prob(z)
        log_aggregate = _log_aggregate(q, z.flatten(0, 1), len(x)).view_as(log_q)
        log_prior = log_density(prior, z)
    return RateDecomposition(
        rate=float((log_q - log_prior).mean()),
        mutual_information=float((log_q - log_aggregate).mean()),
        aggregate_kl=float((log_aggregate - log_prior).mean()),
    )


@torch.no_grad()
def refit_gaussian_prior(model: LatentVariableModel, x: Tensor) -> td.MultivariateNormal:
    """Fit one Gaussian to the codes of x: the Gaussian p(z) that maximises the ELBO with q(z|x) held fixed.

    Its moments are those of the aggregate posterior: the mean of the means, and the covariance of the means plus the
    mean of the covariances.

    Args:
        model: anything with the three methods and a Gaussian posterior.
        x: training examples [N, D], N above d.

    Returns:
        A distribution with batch [] and event [d]; ``models.WithPrior(model, it)`` puts it in place.

    Raises:
        TypeError: q(z|x) is not Gaussian.
        ValueError: bad ``x``.
    """
    check_observations(model, x)
    with measuring(model, x) as x:
        q = encode(model, x, prior_of(model))
        location_and_scale(rows_of(q, slice(1)))  # refuses a q that is not Gaussian
        check_posterior(q, x.device)
    size = max(1, ELEMENTS // q.event_shape[0] ** 2)
    trils = (location_and_scale(rows_of(q, slice(n, n + size)))[1] for n in range(0, len(x), size))
    within = torch.stack([(tril @ tril.mT).sum(0) for tril in trils]).sum(0)
    centred = q.mean - q.mean.mean(0)
    return td.MultivariateNormal(q.mean.mean(0), (centred.T @ centred + within) / len(x))


@torch.no_grad()
def refit_mixture_prior(
    model: LatentVariableModel, x: Tensor, num_components: int, num_samples: int = 10, seed: int = 0
) -> td.MixtureSameFamily:
    """Fit a mixture of full Gaussians to samples of the codes of x, by EM (scikit-learn).

    Args:
        model: anything with the three methods.
        x: training examples [N, D].
        num_components: of the mixture; more of them fit the codes of x better, and in the end x alone.
        num_samples: samples of q(z|x) for each example.
        seed: of the k-means start.

    Returns:
        A distribution with batch [] and event [d]; ``models.WithPrior(model, it)`` puts it in place.

    Raises:
        ValueError: bad ``x``, or more components than codes.
    """
    check_count(num_components, "num_components")
    check_count(num_samples, "num_samples")
    check_observations(model, x)
    if num_components > len(x):
        raise ValueError(f"num_components must be at most the number of examples, {len(x)}, got {num_components}")
    from sklearn.mixture import GaussianMixture  # a slow import that no other function needs

    with measuring(model, x) as x:
        q = encode(model, x, prior_of(model))
        check_posterior(q, x.device)
        codes = q.sample((num_samples,)).flatten(0, 1)
    mixture = GaussianMixture(num_components, random_state=seed).fit(codes.double().cpu().numpy())
    weights, means, covariances = (
        torch.from_numpy(array).to(x) for array in (mixture.weights_, mixture.means_, mixture.covariances_)
    )
    return td.MixtureSameFamily(td.Categorical(weights), td.MultivariateNormal(means, covariances))


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


def bits_per_dimension(log_prob: Tensor, num_dimensions: int, bin_width: float = 1.0) -> Tensor:
    """Convert log p(x) in nats to bits per dimension.

    ::

        −(log p(x) + D log δ) / (D log 2)

    For a probability of discrete values the bin width δ is 1 and its term vanishes.  For a density of data on a scale
    where neighbouring levels are δ apart (1/255 for 8-bit values in [0, 1], 2/255 in [−1, 1]), δ^D turns the density
    into the probability of a bin, so that numbers on different scales can be compared.

    Args:
        log_prob: log p(x) [N], in nats, summed over dimensions.
        num_dimensions: D.
        bin_width: δ, in the units of x.

    Returns:
        Bits per dimension [N]; lower is better.

    References:
        Theis, van den Oord and Bethge (2016), https://arxiv.org/abs/1511.01844
    """
    check_count(num_dimensions, "num_dimensions")
    check_positive(bin_width, "bin_width")
    return -(log_prob / num_dimensions + math.log(bin_width)) / math.log(2)


def entropy(probabilities: Tensor) -> Tensor:
    """Return H(p) = −Σ p log p [], in nats: no model's mean log-likelihood on fresh data can exceed −H(p_data).

    Args:
        probabilities: non-negative numbers [S] that sum to one.

    Raises:
        ValueError: they do not.
    """
    total = float(probabilities.sum())
    if not (probabilities >= 0).all() or abs(total - 1) > 1e-6:
        raise ValueError(
            f"probabilities must be at least 0 and sum to 1, got minimum {probabilities.min()}, sum {total}"
        )
    return -torch.xlogy(probabilities, probabilities).sum()


def _factors(distribution: td.Distribution) -> td.Normal:
    base = distribution.base_dist if isinstance(distribution, td.Independent) else distribution
    if not isinstance(base, td.Normal):
        raise TypeError(
            f"a rate for each dimension needs Independent(Normal, 1), got {type(distribution).__name__}: "
            "only a distribution that factorises has one"
        )
    return base


def _variance_of_means(q: td.Distribution, num_samples: int) -> Tensor:
    """Return Var_x(E_q[z_j]) [d], from samples where no formula for the mean is known."""
    try:
        mean = q.mean
    except NotImplementedError:
        mean = None
    if mean is not None and mean.isfinite().all():
        return mean.var(0)
    check_count(num_samples, "num_samples", minimum=2)
    total = square = torch.zeros(())
    for size in sample_sizes(num_samples, q.batch_shape.numel() * q.event_shape.numel()):
        z = q.sample((size,))
        total, square = total + z.sum(0), square + z.square().sum(0)
    mean = total / num_samples
    noise = (square / num_samples - mean.square()) / (num_samples - 1)  # of each mean
    return mean.var(0) - noise.mean(0)


def _elbo(
    model: LatentVariableModel, x: Tensor, prior: td.Distribution, q: td.Distribution, num_samples: int
) -> Tensor:
    """Return the ELBO [N] of a given q, its samples in pieces; the KL is the closed form where torch has one."""
    check_posterior(q, x.device)
    try:
        rate: Tensor | None = td.kl_divergence(q, prior)
    except NotImplementedError:
        rate = None
    total = torch.zeros_like(x[:, 0])
    for size in sample_sizes(num_samples, x.numel()):
        z = q.sample((size,))
        total += log_likelihood(model, x, within_support(prior, z)).sum(0)
        if rate is None:
            total += (log_density(prior, z) - q.log_prob(z)).sum(0)
    return total / num_samples - (0 if rate is None else rate)


def _log_aggregate(q: td.Distribution, z: Tensor, num_examples: int) -> Tensor:
    """Return log (1/N) Σ_n q(z_m|x_n) [M] for z [M, d], a few z at a time."""
    size = max(1, ELEMENTS // (num_examples * z.shape[1]))
    parts = [log_density(q, part[:, None]).logsumexp(1) for part in z.split(size)]
    return torch.cat(parts) - math.log(num_examples)
