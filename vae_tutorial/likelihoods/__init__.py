"""Likelihoods p(x|z): modules whose ``forward(z)`` returns a distribution over x, with every constant kept.

Each wraps a network that maps z [M, d] to parameters; an output of more than two axes (images) is flattened to [M, D].
"""

from vae_tutorial.likelihoods.bernoulli import Bernoulli
from vae_tutorial.likelihoods.binomial import Binomial
from vae_tutorial.likelihoods.gaussian import Gaussian
from vae_tutorial.likelihoods.heteroscedastic_gaussian import HeteroscedasticGaussian
from vae_tutorial.likelihoods.scoring import matched_log_prob, pairwise_log_prob, widest

__all__ = [
    "Bernoulli",
    "Binomial",
    "Gaussian",
    "HeteroscedasticGaussian",
    "matched_log_prob",
    "pairwise_log_prob",
    "widest",
]
