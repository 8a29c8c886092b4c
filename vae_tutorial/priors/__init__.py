"""Priors p(z): modules whose ``forward()`` returns a distribution over z, with batch [] and event [d]."""

from vae_tutorial.priors.standard_normal import StandardNormal
from vae_tutorial.priors.uniform_categorical import UniformCategorical

__all__ = ["StandardNormal", "UniformCategorical"]
