"""What a model is asked for: the three methods, and calls of them that refuse a wrong return at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import torch
import torch.distributions as td
from torch import Tensor, nn


@runtime_checkable
class LatentVariableModel(Protocol):
    """Describe a model p(x, z) = p(z) p(x|z) together with a distribution q(z|x) over its latent variables."""

    def prior(self) -> td.Distribution:
        """Return p(z): batch [], event [d]."""

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z) for z [M, d]: batch [M], event [D].  Row m depends on z_m and on nothing else."""

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q(z|x) for x [N, D]: batch [N], event [d]."""


class TrainableModel(LatentVariableModel, Protocol):
    """Describe a latent-variable model with parameters; an ``nn.Module`` with the three methods is one."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters to be trained."""


def prior_of(model: LatentVariableModel) -> td.Distribution:
    """Call ``model.prior()`` and check that it is a distribution with batch [] and event [d]."""
    with _plainly("prior()"):
        prior = model.prior()
    _check_returned(prior, "prior()", torch.Size([]), None)
    return prior


def likelihood_of(model: LatentVariableModel, z: Tensor) -> td.Distribution:
    """Call ``model.likelihood(z)`` for z [M, d] and check that it has batch [M] and event [D]."""
    call = f"likelihood(z) for z {list(z.shape)}"
    with _plainly(call):
        likelihood = model.likelihood(z)
    _check_returned(likelihood, call, z.shape[:1], None)
    return likelihood


def posterior_of(model: LatentVariableModel, x: Tensor, prior: td.Distribution) -> td.Distribution:
    """Call ``model.posterior(x)`` for x [N, D] and check that it has batch [N] and the prior's event [d]."""
    call = f"posterior(x) for x {list(x.shape)}"
    with _plainly(call):
        posterior = model.posterior(x)
    _check_returned(posterior, call, x.shape[:1], prior.event_shape)
    return posterior


@contextmanager
def _plainly(call: str) -> Iterator[None]:
    """Say in a sentence what torch's validation says in pages of numbers."""
    try:
        yield
    except ValueError as error:
        if not str(error).startswith("Expected parameter "):
            raise
        raise ValueError(f"model.{call} failed: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """Return what an error of torch's says, without its numbers."""
    return str(error).split("\n")[0].replace(", but found invalid values:", ", but some values do not (NaN, perhaps)")


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
