"""Let the second run of a notebook in one process take from the first what both compute alike, such as a fit.

The planted run (`planted`) repeats a notebook with a wrong log p(x), and most of its time would go into fits that know
nothing of log p(x).  ``start`` wraps the functions named in ``RECORDED``.  A call is told by all that it depends on:
the function, the contents of its arguments, the state of the generator.  When the same call comes again, its result is
given back, and so are the parameters that it trained and the state in which it left the generator.

A call is recorded only if nothing inside it would notice the planted error: no estimator of log p(x) and no
``log_prob`` of a model ran in it.  An estimator itself is recorded, since the error is planted outside of it.
"""

from __future__ import annotations

import copy
import functools
import importlib
import inspect
import io
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import cloudpickle
import torch
from torch import Tensor, nn

from bookkit.planted import models_with_log_prob, returns_estimate

RECORDED = {
    "vae_tutorial.training": ("fit",),
    "vae_tutorial.inference": ("expectation_maximization", "fit_posterior", "grid_posterior", "kl_to_posterior"),
    "vae_tutorial.diagnostics": ("refit_mixture_prior", "rate_decomposition", "active_units"),
}
CALLS_BACK = ("callback", "checkpoint")  # arguments through which a call does more than return

Recording = tuple[bytes, list[list[Tensor]], Tensor]
recordings: dict[str, Recording] = {}
counts = {"recorded": 0, "replayed": 0, "estimates": 0}
_at_start: list[Tensor] = []


def start() -> None:
    """Wrap the functions under every name that the package holds them by; ``again`` begins the second run."""
    for name, attributes in RECORDED.items():
        module = importlib.import_module(name)
        for attribute in attributes:
            _replace(getattr(module, attribute), recorded)
    for estimator in {value for module in _package() for value in vars(module).values() if returns_estimate(value)}:
        _replace(estimator, lambda function: noticed(recorded(function)))
    for model in models_with_log_prob():
        setattr(model, "log_prob", noticed(model.log_prob))  # noqa: B010
    _at_start[:] = [torch.get_rng_state()]


def again() -> None:
    """Put the process back where the first run began, as far as a notebook relies on it."""
    torch.set_rng_state(_at_start[0])
    torch.set_default_dtype(torch.float32)


def noticed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap what a planted error reaches, so that whoever calls it is not recorded."""

    @functools.wraps(function)
    def counting(*args: Any, **kwargs: Any) -> Any:
        counts["estimates"] += 1
        return function(*args, **kwargs)

    return counting


def recorded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function so that a call that has been made before, under the same conditions, is not made again."""

    @functools.wraps(function)
    def recording(*args: Any, **kwargs: Any) -> Any:
        key = digest(function, args, kwargs)
        if key in recordings:
            counts["replayed"] += 1
            return _replay(recordings[key], args, kwargs)
        before = counts["estimates"]
        result = function(*args, **kwargs)
        if key and counts["estimates"] == before:
            _record(key, result, args, kwargs)
        return result

    return recording


def digest(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Return what tells a call from every other, or nothing where that cannot be known."""
    if any(kwargs.get(name) is not None for name in CALLS_BACK):
        return ""
    state = (torch.get_rng_state(), str(torch.get_default_dtype()), torch.is_grad_enabled())
    content = io.BytesIO()
    try:
        _ByContent(content).dump((function.__module__, function.__qualname__, args, kwargs, state))
    except Exception:  # noqa: BLE001  # whatever cannot be pickled is computed anew
        return ""
    return sha256(content.getbuffer()).hexdigest()


class _ByContent(cloudpickle.Pickler):  # type: ignore[misc]
    """Write a tensor as its numbers: torch adds the number of its storage, which is another for each copy."""

    def reducer_override(self, obj: Any) -> Any:
        if not isinstance(obj, Tensor):
            return super().reducer_override(obj)
        numbers = obj.detach().cpu().contiguous()
        return tuple, ((str(obj.dtype), tuple(obj.shape), obj.requires_grad, numbers.numpy().tobytes()),)


def _record(key: str, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    try:
        content = cloudpickle.dumps(result)
    except Exception:  # noqa: BLE001
        return
    trained = [[tensor.detach().clone() for tensor in _tensors(module)] for module in _modules(args, kwargs)]
    recordings[key] = (content, trained, torch.get_rng_state())
    counts["recorded"] += 1


def _replay(recording: Recording, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    content, trained, generator = recording
    with torch.no_grad():
        for module, tensors in zip(_modules(args, kwargs), trained, strict=True):
            for tensor, stored in zip(_tensors(module), tensors, strict=True):
                tensor.copy_(stored)
    torch.set_rng_state(generator)
    return copy.deepcopy(cloudpickle.loads(content))


def _modules(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[nn.Module]:
    return [value for value in (*args, *kwargs.values()) if isinstance(value, nn.Module)]


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    yield from module.parameters()
    yield from module.buffers()


def _package() -> list[Any]:
    return [module for name, module in sys.modules.items() if name.split(".")[0] == "vae_tutorial"]


def _replace(function: Any, wrap: Callable[[Any], Any]) -> None:
    wrapped = wrap(function)
    for module in _package():
        for name, value in list(vars(module).items()):
            if value is function and inspect.isfunction(value):
                setattr(module, name, wrapped)
