"""Latent-variable models: prior, likelihood and posterior together; a model holds no loss."""

from vae_tutorial.models.gaussian_mixture import GaussianMixture
from vae_tutorial.models.linear_gaussian import LinearGaussian
from vae_tutorial.models.vae import VAE
from vae_tutorial.models.wrappers import WithPosterior, WithPrior
from vae_tutorial.priors import StandardNormal, UniformCategorical

__all__ = [
    "VAE",
    "GaussianMixture",
    "LinearGaussian",
    "StandardNormal",
    "UniformCategorical",
    "WithPosterior",
    "WithPrior",
]
