"""Compute or approximate the posterior p(z|x), and learn from it."""

from vae_tutorial.inference.expectation_maximization import em_step, expectation_maximization
from vae_tutorial.inference.grid import GridPosterior, grid_posterior, kl_to_posterior
from vae_tutorial.inference.variational import fit_posterior
from vae_tutorial.numerics.hermite import gauss_hermite

__all__ = [
    "GridPosterior",
    "em_step",
    "expectation_maximization",
    "fit_posterior",
    "gauss_hermite",
    "grid_posterior",
    "kl_to_posterior",
]
