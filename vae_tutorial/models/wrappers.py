"""Wrappers that change one part of any model."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Self

import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.protocol import LatentVariableModel


class _Wrapper(nn.Module):
    """Hand the three methods on to another model; a subclass replaces one of them.

    It is a module whatever it wraps: ``parameters()``, ``to()``, ``train()``, ``eval()`` and ``state_dict()`` reach the
    wrapped model where that is a module.  The distribution that is put in moves along with ``to()``, but is neither
    trained nor saved.
    """

    def __init__(self, model: LatentVariableModel, replacement: td.Distribution) -> None:
        super().__init__()
        self.model = model
        self._replacement = replacement

    @property
    def same_likelihood_as(self) -> LatentVariableModel | None:
        """Return the wrapped model, whose p(x|z) is this one's too; None where a subclass has another."""
        return self.model if type(self).likelihood is _Wrapper.likelihood else None

    def prior(self) -> td.Distribution:
        """Return the wrapped model's p(z): batch [], event [d]."""
        return self.model.prior()

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return the wrapped model's p(x|z) for z [M, d]: batch [M], event [D]."""
        return self.model.likelihood(z)

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return the wrapped model's q(z|x) for x [N, D]: batch [N], event [d]."""
        return self.model.posterior(x)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        self._replacement = _moved(self._replacement, fn)
        return super()._apply(fn, recurse)


class WithPrior(_Wrapper):
    """Keep a model's likelihood and posterior, and put another prior in place of its own.

    Args:
        model: anything with the three methods.
        prior: a distribution with batch [] and event [d].  It stays as it is when the wrapper is trained or saved.

    Raises:
        ValueError: the two priors are not over the same space.
    """

    def __init__(self, model: LatentVariableModel, prior: td.Distribution) -> None:
        own = model.prior()
        if (prior.batch_shape, prior.event_shape) != (own.batch_shape, own.event_shape):
            raise ValueError(
                f"prior has batch {list(prior.batch_shape)} and event {list(prior.event_shape)}, but the model's own "
                f"has batch {list(own.batch_shape)} and event {list(own.event_shape)}: both are over the same z"
            )
        super().__init__(model, prior)

    def prior(self) -> td.Distribution:
        """Return the new p(z): batch [], event [d]."""
        return self._replacement


class WithPosterior(_Wrapper):
    """Keep a model's prior and likelihood, and put a distribution fitted to given examples in place of its encoder.

    Args:
        model: anything with the three methods.
        posterior: q with batch [N] and event [d], one for each of the examples that the wrapper will be called with.
    """

    def __init__(self, model: LatentVariableModel, posterior: td.Distribution) -> None:
        super().__init__(model, posterior)

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return the fitted q: batch [N], event [d].

        Raises:
            ValueError: ``x`` does not hold as many examples as q was fitted to.
        """
        if self._replacement.batch_shape != x.shape[:1]:
            raise ValueError(
                f"x has shape {list(x.shape)}, but q was fitted to {list(self._replacement.batch_shape)} examples: "
                "pass the very examples of the fit"
            )
        return self._replacement


def _moved(value: Any, fn: Callable[[Tensor], Tensor]) -> Any:
    """Return a distribution with ``fn`` applied to every tensor in it; what was passed in is not changed."""
    if isinstance(value, Tensor):
        return fn(value)
    if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
        return type(value)(_moved(item, fn) for item in value)
    if not isinstance(value, (td.Distribution, td.Transform)):
        return value
    moved = copy.copy(value)
    moved.__dict__.update({name: _moved(part, fn) for name, part in vars(value).items()})
    return moved
