"""Look into a trained model: where its rate goes, which prior its codes would like, and in which units to report."""

from vae_tutorial.diagnostics.gaps import InferenceGaps, inference_gaps
from vae_tutorial.diagnostics.rate import RateDecomposition, active_units, rate_decomposition, rate_per_dimension
from vae_tutorial.diagnostics.refitted_priors import refit_gaussian_prior, refit_mixture_prior
from vae_tutorial.diagnostics.units import bits_per_dimension, entropy

__all__ = [
    "InferenceGaps",
    "RateDecomposition",
    "active_units",
    "bits_per_dimension",
    "entropy",
    "inference_gaps",
    "rate_decomposition",
    "rate_per_dimension",
    "refit_gaussian_prior",
    "refit_mixture_prior",
]
