"""Expectation maximisation: coordinate ascent on the bound, exact in both coordinates."""

from __future__ import annotations

from functools import singledispatch

import torch
from torch import Tensor

from vae_tutorial.checks import check_count, check_positive
from vae_tutorial.models import GaussianMixture, LinearGaussian
from vae_tutorial.protocol import check_observations


@torch.no_grad()
def expectation_maximization(
    model: GaussianMixture | LinearGaussian, x: Tensor, num_steps: int = 100, tolerance: float = 0.0
) -> list[float]:
    """Maximise Σ_n log p(x_n) by EM, in place.

    ::

        E: q(z|x) ← p(z|x)                        the ELBO touches log p(x)
        M: θ ← argmax Σ_n E_q[log p(x_n, z)]      the ELBO rises, and log p(x) with it

    Args:
        model: a mixture of Gaussians or a linear-Gaussian model; its parameters are changed.
        x: examples [N, D].
        num_steps: steps at most.
        tolerance: stop when a step raises the mean log-likelihood by no more than this many nats; 0 stops only where
            it does not rise at all.

    Returns:
        Mean log p(x), in nats per example, before the first step and after each step; it never falls.

    Raises:
        TypeError: no M-step is known for this model.
        ValueError: bad ``x`` or settings; a component that has lost its examples (its covariance is singular, and
            the likelihood has no maximum).

    References:
        Dempster, Laird and Rubin (1977), https://doi.org/10.1111/j.2517-6161.1977.tb01600.x;
        Neal and Hinton (1998), https://doi.org/10.1007/978-94-011-5014-9_12;
        Tipping and Bishop (1999), https://doi.org/10.1111/1467-9868.00196
    """
    if em_step.dispatch(type(model)) is em_step.dispatch(object):
        em_step(model, x)  # says what to use instead
    check_observations(model, x)
    check_count(num_steps, "num_steps")
    check_positive(tolerance, "tolerance", allow_zero=True)
    history = [float(model.log_prob(x).mean())]
    for _ in range(num_steps):
        em_step(model, x)
        history.append(float(model.log_prob(x).mean()))
        if history[-1] - history[-2] <= tolerance:
            break
    return history


@singledispatch
def em_step(model: object, x: Tensor) -> None:
    """Make one E-step and one M-step on ``model``, in place, from examples x [N, D].

    Raises:
        TypeError: no M-step is known for this model.
    """
    raise TypeError(
        f"no M-step is known for {type(model).__name__}: use GaussianMixture or LinearGaussian, register one with "
        "em_step.register, or train by gradient (training.fit)"
    )


@em_step.register
@torch.no_grad()
def _(model: GaussianMixture, x: Tensor) -> None:
    check_observations(model, x)
    responsibilities = model.posterior(x).probs
    counts = responsibilities.sum(0)
    loc = responsibilities.T @ x / counts[:, None]
    centred = x[:, None] - loc
    covariance = torch.einsum("nk,nki,nkj->kij", responsibilities, centred, centred) / counts[:, None, None]
    scale_tril, failed = torch.linalg.cholesky_ex(covariance)
    if failed.any():
        k = int(failed.nonzero()[0])
        raise ValueError(
            f"component {k} has shrunk to {float(counts[k]):.3g} examples in {x.shape[1]} dimensions and its "
            "covariance is singular: use fewer components, more data, or another start"
        )
    model.logits.copy_(counts.log() - counts.sum().log())
    model.loc.copy_(loc)
    model.off_diagonal.copy_(scale_tril.tril(-1))
    model.log_diagonal.copy_(scale_tril.diagonal(dim1=-2, dim2=-1).log())


@em_step.register
@torch.no_grad()
def _(model: LinearGaussian, x: Tensor) -> None:
    check_observations(model, x)
    model.bias.copy_(x.mean(0))  # the maximum in b, whatever W and σ are
    posterior = model.posterior(x)
    centred, z = x - model.bias, posterior.loc
    second_moment = posterior.covariance_matrix.sum(0) + z.T @ z
    weight = torch.linalg.solve(second_moment, z.T @ centred).T
    # At the new W, Σ_n E[(x − b − W z)²] of each coordinate is its sum of squares less what W z explains.
    residual = (centred.square().sum(0) - (weight * (centred.T @ z)).sum(1)) / len(x)
    if model.log_noise_scale.ndim == 0:
        residual = residual.mean()
    if not (residual > 0).all():
        raise ValueError(
            f"x {list(x.shape)} leaves no noise, σ² = {float(residual.min()):.3g}: the likelihood has no maximum; "
            "use fewer latent dimensions or drop the constant coordinates"
        )
    model.weight.copy_(weight)
    model.log_noise_scale.copy_(0.5 * residual.log())
