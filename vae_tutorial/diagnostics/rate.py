"""Where a model's rate goes: by latent dimension, and into information and mismatch with the prior."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count, check_positive
from vae_tutorial.numerics.chunks import items_at_once, sample_sizes
from vae_tutorial.numerics.log_mean import log_mean
from vae_tutorial.numerics.supports import log_density
from vae_tutorial.protocol import LatentVariableModel, check_observations, check_posterior, measuring, prior_of
from vae_tutorial.protocol.in_pieces import encode


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


def _log_aggregate(q: td.Distribution, z: Tensor, num_examples: int) -> Tensor:
    """Return log (1/N) Σ_n q(z_m|x_n) [M] for z [M, d], a few z at a time."""
    size = items_at_once(num_examples * z.shape[1])
    return torch.cat([log_mean(log_density(q, part[:, None]), 1) for part in z.split(size)])
