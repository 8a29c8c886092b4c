"""Approximate posteriors q(z|x): modules whose ``forward(x)`` returns a distribution over z."""

from vae_tutorial.numerics.families import detached, joined, location_and_scale, rows_of
from vae_tutorial.posteriors.categorical import Categorical
from vae_tutorial.posteriors.diagonal_gaussian import DiagonalGaussian
from vae_tutorial.posteriors.full_gaussian import FullGaussian

__all__ = [
    "Categorical",
    "DiagonalGaussian",
    "FullGaussian",
    "detached",
    "joined",
    "location_and_scale",
    "rows_of",
]
