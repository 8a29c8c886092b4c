"""The evidence lower bound, its two terms and its weighted relative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_positive, trusted
from vae_tutorial.divergences import known_kl
from vae_tutorial.numerics.families import detached
from vae_tutorial.numerics.hermite import expectation, gauss_hermite
from vae_tutorial.numerics.supports import bounded_support, log_density, within_support
from vae_tutorial.objectives.draw import Draw
from vae_tutorial.protocol import LatentVariableModel, check_observations, posterior_of, prior_of
from vae_tutorial.protocol.in_pieces import score_at_once


@dataclass(frozen=True)
class ElboTerms:
    """Hold the two terms of the ELBO.

    Attributes:
        reconstruction: E_q[log p(x|z)] [N], in nats.
        kl: KL(q(z|x) ‖ p(z)) [N], in nats: the rate; at least 0 where it is analytic.
        kl_kind: "analytic" or "sampled".
    """

    reconstruction: Tensor
    kl: Tensor
    kl_kind: Literal["analytic", "sampled"]

    @property
    def elbo(self) -> Tensor:
        """Return reconstruction − kl [N], a lower bound on log p(x) in nats."""
        return self.reconstruction - self.kl


def elbo_terms(
    model: LatentVariableModel,
    x: Tensor,
    num_samples: int = 1,
    kl: Literal["auto", "analytic", "sampled"] = "auto",
) -> ElboTerms:
    """Estimate the two terms of the ELBO from samples of q(z|x).

    ::

        ELBO(x) = E_q[log p(x|z)] − KL(q(z|x) ‖ p(z))  ≤  log p(x)

    Args:
        model: anything with the three methods.
        x: examples [N, D].
        num_samples: K, samples of z for each example; the terms are means over them.
        kl: "analytic" asks torch for the closed form, "sampled" averages log q(z|x) − log p(z) over the samples,
            "auto" takes the closed form where there is one; ``kl_kind`` says which it was.

    Returns:
        ElboTerms, each term [N].  Both are unbiased; a gradient flows through ``rsample``.

    Raises:
        ValueError: bad ``x``, ``num_samples`` or ``kl``; or a gradient is asked for through a q that has no
            ``rsample``.
        NotImplementedError: ``kl="analytic"`` and torch knows no closed form.

    References:
        Kingma and Welling (2014), https://arxiv.org/abs/1312.6114
    """
    if kl not in ("auto", "analytic", "sampled"):
        raise ValueError(f'kl must be "auto", "analytic" or "sampled", got {kl!r}')
    draw = Draw.of(model, x, num_samples)
    analytic = None if kl == "sampled" else _analytic_kl(draw.q, draw.prior, required=kl == "analytic")
    rate = _mean(draw.log_q - draw.log_prior) if analytic is None else analytic
    return ElboTerms(_mean(draw.log_likelihood), rate, "sampled" if analytic is None else "analytic")


def elbo(model: LatentVariableModel, x: Tensor, num_samples: int = 1) -> Tensor:
    """Estimate the evidence lower bound [N], in nats: ``elbo_terms(…).elbo``."""
    return elbo_terms(model, x, num_samples).elbo


def beta_elbo(model: LatentVariableModel, x: Tensor, beta: float, num_samples: int = 1) -> Tensor:
    """Estimate E_q[log p(x|z)] − β KL(q(z|x) ‖ p(z)) [N], in nats.

    β = 1 is the ELBO; β > 1 is a looser lower bound on log p(x); β < 1 is no bound at all; β = 0 is the
    reconstruction term alone.

    Args:
        model: anything with the three methods.
        x: examples [N, D].
        beta: weight of the KL, finite and at least 0.
        num_samples: samples of z for each example.

    Raises:
        ValueError: bad ``x``, ``beta`` or ``num_samples``.

    References:
        Higgins et al. (2017), https://openreview.net/forum?id=Sy2fzU9gl
    """
    check_positive(beta, "beta", allow_zero=True)
    terms = elbo_terms(model, x, num_samples)
    return terms.reconstruction if beta == 0 else terms.reconstruction - beta * terms.kl


def sticking_the_landing_elbo(model: LatentVariableModel, x: Tensor, num_samples: int = 1) -> Tensor:
    """Estimate the ELBO [N], in nats, with a gradient whose variance vanishes as q approaches the posterior.

    ::

        ELBO ≈ (1/K) Σ_k log p(x|z_k) + log p(z_k) − log q(z_k|x),   z_k = T(ε_k; φ) ~ q(z|x)

    The parameters of q are held fixed inside log q, which leaves out a term of the gradient that is zero on average.

    Args:
        model: anything with the three methods and a Gaussian posterior.
        x: examples [N, D].
        num_samples: K.

    Raises:
        TypeError: q(z|x) is not Gaussian.
        ValueError: bad ``x`` or ``num_samples``.

    References:
        Roeder, Wu and Duvenaud (2017), https://arxiv.org/abs/1703.09194
    """
    draw = Draw.of(model, x, num_samples)
    return (draw.log_likelihood + draw.log_prior - detached(draw.q).log_prob(draw.z)).mean(0)


def elbo_terms_by_quadrature(model: LatentVariableModel, x: Tensor, order: int = 32) -> ElboTerms:
    """Compute the two terms of the ELBO without noise, by Gauss–Hermite quadrature under a Gaussian q(z|x).

    Args:
        model: anything with the three methods, whose posterior is Gaussian, diagonal or full.
        x: examples [N, D].
        order: nodes per latent dimension; order^d evaluations of the decoder for each example.

    Returns:
        ElboTerms, each [N]; the KL is the closed form where torch has one, and the same quadrature elsewhere
        (``kl_kind`` is then "sampled", with nodes in place of samples).

    Raises:
        TypeError: q(z|x) is not Gaussian.
        ValueError: bad ``x`` or ``order``, or more than 2^20 nodes.
    """
    check_observations(model, x)
    with trusted(model, x):
        prior = prior_of(model)
        q = posterior_of(model, x, prior)
        z, weights = gauss_hermite(q, order)
        reconstruction = expectation(lambda z: score_at_once(model, x, within_support(prior, z)), z, weights)
        analytic = _analytic_kl(q, prior, required=False)
        if analytic is not None:
            return ElboTerms(reconstruction, analytic, "analytic")
        if bounded_support(prior) is not None:  # a Gaussian has mass beyond the edge, where p(z) has none
            return ElboTerms(reconstruction, torch.full_like(reconstruction, torch.inf), "sampled")
        rate = expectation(lambda z: q.log_prob(z) - log_density(prior, z), z, weights)
        return ElboTerms(reconstruction, rate, "sampled")


def _mean(values: Tensor) -> Tensor:
    """Return the mean over the samples [N]; of one sample, without an operation."""
    return values.squeeze(0) if len(values) == 1 else values.mean(0)


def _analytic_kl(q: td.Distribution, prior: td.Distribution, *, required: bool) -> Tensor | None:
    rate = known_kl(q, prior)
    if rate is None and required:
        raise NotImplementedError(
            f"no closed form is known for KL({type(q).__name__} ‖ {type(prior).__name__}): "
            'use kl="sampled", or register one with torch.distributions.kl.register_kl'
        )
    return rate
