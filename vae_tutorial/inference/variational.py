"""Fit a Gaussian q(z) to each example by itself: variational inference without an encoder."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.checks import check_count, check_positive
from vae_tutorial.divergences import known_kl
from vae_tutorial.numerics.chunks import items_at_once, slices
from vae_tutorial.numerics.families import joined, location_and_scale, rows_of
from vae_tutorial.protocol import (
    LatentVariableModel,
    bounded_support,
    check_observations,
    check_posterior,
    measuring,
    prior_of,
)
from vae_tutorial.protocol.in_pieces import encode, score_at_once


def fit_posterior(
    model: LatentVariableModel,
    x: Tensor,
    *,
    full: bool = False,
    num_steps: int = 500,
    num_samples: int = 16,
    learning_rate: float = 0.05,
) -> td.Distribution:
    """Maximise the ELBO of every example over a Gaussian q of its own, the model held fixed.

    ::

        q*_n = argmax_q  E_q[log p(x_n|z)] − KL(q ‖ p(z))

    Examples are fitted together, as many as memory is set aside for, by Adam on reparameterised samples, from the
    model's own q(z|x) as the start; the step size falls to zero along a cosine, so that the noise of the samples
    averages out.

    Args:
        model: anything with the three methods and a Gaussian posterior.
        x: examples [N, D].
        full: fit a full covariance in place of a diagonal one.
        num_steps: steps of Adam.
        num_samples: samples of z for each example and step.
        learning_rate: the first step size, in units of z (means) and of its logarithm (scales).

    Returns:
        q*, a distribution with batch [N] and event [d], ``Independent(Normal, 1)`` or, where ``full``,
        ``MultivariateNormal``.  It carries no gradient.

    Raises:
        TypeError: the model's posterior, which is the start, is not Gaussian.
        ValueError: bad ``x`` or settings; a start that holds NaN; a prior whose support has an edge, since a Gaussian
            has mass beyond it and its ELBO is −∞.
        RuntimeError: the model's own tensors were made under ``torch.inference_mode()``.

    References:
        Jordan et al. (1999), https://doi.org/10.1023/A:1007665907178;
        Kingma and Welling (2014), https://arxiv.org/abs/1312.6114
    """
    check_count(num_steps, "num_steps")
    check_count(num_samples, "num_samples")
    check_positive(learning_rate, "learning_rate")
    check_observations(model, x)
    with measuring(model, x) as x:
        prior = prior_of(model)
        if bounded_support(prior) is not None:
            raise ValueError(
                f"fit_posterior fits a Gaussian q, which has mass beyond the edge of the prior's support, a "
                f"{type(prior).__name__} ({prior.support}): its ELBO is −∞. Write the model in coordinates without an "
                "edge, such as log z for a positive z"
            )
        start = encode(model, x, prior)
        check_posterior(start, x.device)
        size = items_at_once(num_samples * x.shape[1])
        fits = []
        for rows in slices(len(x), size):
            with torch.enable_grad():
                own = rows_of(start, rows)
                fits.append(_fit(model, x[rows], own, prior, full, num_steps, num_samples, learning_rate))
    whole = joined(fits)
    assert whole is not None, "all parts are Gaussian"
    return whole


def _fit(
    model: LatentVariableModel,
    x: Tensor,
    start: td.Distribution,
    prior: td.Distribution,
    full: bool,
    num_steps: int,
    num_samples: int,
    learning_rate: float,
) -> td.Distribution:
    """Fit a q to each example of one piece, all at once."""
    loc, scale_tril = location_and_scale(start)
    loc = loc.detach().clone().requires_grad_()
    log_scale = scale_tril.detach().diagonal(dim1=-2, dim2=-1).log().requires_grad_()
    off_diagonal = scale_tril.detach().tril(-1).clone().requires_grad_(full)
    parameters = [loc, log_scale, off_diagonal] if full else [loc, log_scale]
    optimizer = torch.optim.Adam(parameters, lr=learning_rate, betas=(0.9, 0.95), fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_steps)
    for _ in range(num_steps):
        q = _gaussian(loc, log_scale, off_diagonal if full else None)
        z = q.rsample((num_samples,))
        reconstruction = score_at_once(model, x, z).mean(0)
        rate = _kl(q, prior, z)
        gradients = torch.autograd.grad(-(reconstruction - rate).sum(), parameters)  # the model's are not touched
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()
        schedule.step()
    return _gaussian(loc.detach(), log_scale.detach(), off_diagonal.detach() if full else None)


def _gaussian(loc: Tensor, log_scale: Tensor, off_diagonal: Tensor | None) -> td.Distribution:
    if off_diagonal is None:
        return td.Independent(td.Normal(loc, log_scale.exp(), validate_args=False), 1, validate_args=False)
    scale_tril = off_diagonal.tril(-1) + torch.diag_embed(log_scale.exp())
    return td.MultivariateNormal(loc, scale_tril=scale_tril, validate_args=False)


def _kl(q: td.Distribution, prior: td.Distribution, z: Tensor) -> Tensor:
    rate = known_kl(q, prior)  # of a mixture prior, say, None: the mean over the samples is unbiased
    return (q.log_prob(z) - prior.log_prob(z)).mean(0) if rate is None else rate
