"""What a model is asked for: the three methods, and calls of them that refuse a wrong return at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

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
    return _called(model, "prior()", None, torch.Size([]))


def likelihood_of(model: LatentVariableModel, z: Tensor) -> td.Distribution:
    """Call ``model.likelihood(z)`` for z [M, d] and check that it has batch [M] and event [D]."""
    return _called(model, "likelihood(z)", z, z.shape[:1])


def posterior_of(model: LatentVariableModel, x: Tensor, prior: td.Distribution) -> td.Distribution:
    """Call ``model.posterior(x)`` for x [N, D] and check that it has batch [N] and the prior's event [d]."""
    return _called(model, "posterior(x)", x, x.shape[:1], prior.event_shape)


def _called(
    model: Any, call: str, argument: Tensor | None, batch_shape: torch.Size, event_shape: torch.Size | None = None
) -> td.Distribution:
    """Call a method; say in a sentence what torch's validation says in pages of numbers, and check what came back."""
    method = getattr(model, call.partition("(")[0])
    try:
        returned = method() if argument is None else method(argument)
    except ValueError as error:
        if not str(error).startswith("Expected parameter "):
            raise
        raise ValueError(f"model.{_told(call, argument)} failed: {first_line(error)}") from error
    right = isinstance(returned, td.Distribution) and returned.batch_shape == batch_shape
    if right and len(returned.event_shape) == 1 and event_shape in (None, returned.event_shape):
        return returned
    raise _wrong_return(returned, _told(call, argument), batch_shape, event_shape)


def _told(call: str, argument: Tensor | None) -> str:
    return call if argument is None else f"{call} for {call[-2]} {list(argument.shape)}"


def first_line(error: Exception) -> str:
    """Return what an error of torch's says, without its numbers."""
    return str(error).split("\n")[0].replace(", but found invalid values:", ", but some values do not (NaN, perhaps)")


def _wrong_return(
    returned: object, call: str, batch_shape: torch.Size, event_shape: torch.Size | None
) -> TypeError | ValueError:
    if not isinstance(returned, td.Distribution):
        return TypeError(f"model.{call} returned {type(returned).__name__}, but must return a torch Distribution")
    if returned.batch_shape != batch_shape or len(returned.event_shape) != 1:
        return ValueError(
            f"model.{call} returned batch {list(returned.batch_shape)} and event {list(returned.event_shape)}, "
            f"but must return batch {list(batch_shape)} and an event of one axis: "
            "wrap a distribution over single numbers in torch.distributions.Independent(…, 1)"
        )
    return ValueError(
        f"model.{call} returned event {list(returned.event_shape)}, but the prior has event {list(event_shape or [])}: "
        "both are distributions over the same z"
    )
