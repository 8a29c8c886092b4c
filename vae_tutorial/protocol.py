"""The three methods that everything downstream needs, and all that it needs.

A class of yours that has them works with every objective, estimator and diagnostic; no base class is asked for.
The functions below call the methods and refuse a wrong return at once, with its name, shape and rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import check_agrees, check_matrix, check_support, is_checked, isolated_rng


@runtime_checkable
class LatentVariableModel(Protocol):
    """Describe a model p(x, z) = p(z) p(x|z) together with a distribution q(z|x) over its latent variables."""

    def prior(self) -> td.Distribution:
        """Return p(z): batch [], event [d]."""

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q(z|x) for x [N, D]: batch [N], event [d]."""


class TrainableModel(LatentVariableModel, Protocol):
    """Describe a latent-variable model with parameters; an ``nn.Module`` with the three methods is one."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters to be trained."""


def prior_of(model: LatentVariableModel) -> td.Distribution:
    """Call ``model.prior()`` and check that it is a distribution with batch [] and event [d]."""
    prior = model.prior()
    _check_returned(prior, "prior()", torch.Size([]), None)
    return prior


def likelihood_of(model: LatentVariableModel, z: Tensor) -> td.Distribution:
    """Call ``model.likelihood(z)`` for z [M, d] and check that it has batch [M] and event [D]."""
    likelihood = model.likelihood(z)
    _check_returned(likelihood, f"likelihood(z) for z {list(z.shape)}", z.shape[:1], None)
    return likelihood


def posterior_of(model: LatentVariableModel, x: Tensor, prior: td.Distribution) -> td.Distribution:
    """Call ``model.posterior(x)`` for x [N, D] and check that it has batch [N] and the prior's event [d]."""
    posterior = model.posterior(x)
    _check_returned(posterior, f"posterior(x) for x {list(x.shape)}", x.shape[:1], prior.event_shape)
    return posterior


def check_observations(model: LatentVariableModel, x: Tensor, name: str = "x") -> None:
    """Raise unless ``x`` can be scored by ``model``: shape [N, D], finite, dtype, device, D and support agree.

    The support is read from p(x|z) at one z drawn from the prior; the random state is left as it was.  A tensor that
    ``checks.checked`` names for this model is not looked at again.
    """
    if is_checked(x, model):
        return
    check_matrix(x, name)
    with isolated_rng(x.device), torch.no_grad(), evaluation_mode(model):
        z = prior_of(model).sample((1,))
        check_agrees(x, name, z)
        likelihood = likelihood_of(model, z)
    if likelihood.event_shape != x.shape[1:]:
        raise ValueError(
            f"{name} has shape {list(x.shape)}, but p(x|z) has event {list(likelihood.event_shape)}: "
            "each row must be one example of the size that the likelihood scores"
        )
    check_support(likelihood, x, name)


@contextmanager
def evaluation_mode(model: object) -> Iterator[None]:
    """Hold a module in ``eval()`` for the block, so that a probe moves no batch-norm statistics."""
    modules = list(model.modules()) if isinstance(model, nn.Module) else []
    in_training = [module for module in modules if module.training]
    for module in in_training:
        module.training = False
    try:
        yield
    finally:
        for module in in_training:
            module.training = True


def _check_returned(returned: object, call: str, batch_shape: torch.Size, event_shape: torch.Size | None) -> None:
    if not isinstance(returned, td.Distribution):
        raise TypeError(f"model.{call} returned {type(returned).__name__}, but must return a torch Distribution")
    if returned.batch_shape != batch_shape or len(returned.event_shape) != 1:
        raise ValueError(
            f"model.{call} returned batch {list(returned.batch_shape)} and event {list(returned.event_shape)}, "
            f"but must return batch {list(batch_shape)} and an event of one axis: "
            "wrap a distribution over single numbers in torch.distributions.Independent(…, 1)"
        )
    if event_shape is not None and returned.event_shape != event_shape:
        raise ValueError(
            f"model.{call} returned event {list(returned.event_shape)}, but the prior has event {list(event_shape)}: "
            "both are distributions over the same z"
        )
