"""What is measured of a model and of priors fitted to its codes; log p(x) of two latent dimensions is numerical."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributions as td
from torch import Tensor

import vae_tutorial as vt

PRIOR_DRAWS = 50_000  # of a mixture prior, which needs no lattice


@torch.no_grad()
def terms(model: vt.models.VAE, x: Tensor) -> dict[str, float]:
    """Return means per example of the two terms, and the root mean square of the codes."""
    if model.prior().event_shape[-1] == 2:
        found = vt.objectives.elbo_terms_by_quadrature(model, x, order=16)
    else:
        found = vt.objectives.elbo_terms(model, x, num_samples=300)
    rms = model.posterior(x).mean.square().mean().sqrt()
    return {"reconstruction": float(found.reconstruction.mean()), "rate": float(found.kl.mean()), "rms": float(rms)}


def priors_for(model: vt.models.VAE, train: Tensor, num_components: int) -> dict[str, td.Distribution]:
    """Return the prior as declared and the two that are fitted to the codes of the training set."""
    torch.manual_seed(0)
    return {
        "declared": model.prior(),
        "gaussian": vt.diagnostics.refit_gaussian_prior(model, train),
        "mixture": vt.diagnostics.refit_mixture_prior(model, train, num_components),
    }


def mismatches(model: vt.models.VAE, train: Tensor, priors: dict[str, td.Distribution]) -> dict[str, float]:
    """Return KL(q(z) ‖ p(z)) for each prior, with q(z) the cloud of the training set's codes, and its information."""
    result: dict[str, float] = {}
    for name, prior in priors.items():
        torch.manual_seed(0)
        parts = vt.diagnostics.rate_decomposition(vt.models.WithPrior(model, prior), train, num_samples=3)
        result |= {f"{name}_mismatch": parts.aggregate_kl, "information": parts.mutual_information}
    return result


def by_lattice(model: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return log p(x) and its error by quadrature, with the encoder cut out."""
    encoderless = vt.models.WithPosterior(model, model.prior().expand([len(x)]))
    estimate = vt.evidence.quadrature(encoderless, x, tolerance=0.05)
    assert estimate.numerical_error is not None
    return estimate.log_prob, estimate.numerical_error


def by_prior_draws(model: Any, x: Tensor, draws: int = PRIOR_DRAWS) -> tuple[Tensor, Tensor]:
    """Return log p(x) and its standard error by averaging over draws from the prior."""
    torch.manual_seed(0)
    estimate = vt.evidence.prior_monte_carlo(model, x, draws)
    assert estimate.standard_error is not None
    return estimate.log_prob, estimate.standard_error


def log_p_2d(model: vt.models.VAE, x: Tensor, priors: dict[str, td.Distribution]) -> dict[str, tuple[Tensor, Tensor]]:
    """Return log p(x) [N] under each of the priors, with the error of each."""
    methods = dict.fromkeys(priors, by_lattice) | {"mixture": by_prior_draws}
    return {name: methods[name](vt.models.WithPrior(model, prior), x) for name, prior in priors.items()}


def measure_2d(model: vt.models.VAE, x: Tensor, priors: dict[str, td.Distribution]) -> dict[str, float]:
    """Return mean log p(x) under the three priors, each with the mean of the examples' own errors."""
    result: dict[str, float] = {}
    for name, (log_prob, error) in log_p_2d(model, x, priors).items():
        result |= {name: float(log_prob.mean()), f"{name}_error": float(error.mean())}
    return result
