"""Which prior a model's codes would like."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count
from vae_tutorial.numerics.chunks import items_at_once, slices
from vae_tutorial.numerics.families import location_and_scale, rows_of
from vae_tutorial.protocol import LatentVariableModel, check_observations, check_posterior, measuring, prior_of
from vae_tutorial.protocol.in_pieces import encode


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
    size = items_at_once(q.event_shape[0] ** 2)
    trils = (location_and_scale(rows_of(q, rows))[1] for rows in slices(len(x), size))
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
