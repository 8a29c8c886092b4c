"""Find the networks that a model computes with, wherever it holds them, and hold them in evaluation mode."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

MOST_ITEMS = 1000  # a container of more holds data, not networks
MOST_HOLDERS = 10_000  # a search that has come so far has left the model
_LEAVES = (Tensor, str, bytes, int, float, complex, type, types.ModuleType, torch.dtype, torch.device, torch.Generator)
_OF_EVERY_MODULE = set(vars(nn.Module())) - {"_modules"}
_METHODS = ("prior", "likelihood", "posterior")


def modules_of(model: object) -> list[nn.Module]:
    """Return every ``nn.Module`` that ``model`` holds.

    They are looked for in attributes, in lists and dicts, behind bound methods, partials and closures, and among the
    global names that the code of its methods uses.  No attribute is computed: a network that a property makes when it
    is asked for is not found.
    """
    found: list[nn.Module] = []
    seen: set[int] = set()
    waiting: list[Any] = [model]
    while waiting and len(seen) < MOST_HOLDERS:
        holder = waiting.pop()
        if holder is None or isinstance(holder, _LEAVES) or id(holder) in seen:
            continue
        seen.add(id(holder))
        if isinstance(holder, nn.Module):
            found.append(holder)
        waiting.extend(_held_by(holder))
    return found


@contextmanager
def evaluation_mode(model: object) -> Iterator[None]:
    """Hold every network of ``model`` in ``eval()`` for the block: no dropout is drawn, no statistics are moved."""
    in_training = [module for module in modules_of(model) if module.training]
    for module in in_training:
        module.training = False
    try:
        yield
    finally:
        for module in in_training:
            module.training = True


def _held_by(holder: Any) -> list[Any]:
    if isinstance(holder, dict):
        return list(holder.values()) if len(holder) <= MOST_ITEMS else []
    if isinstance(holder, (list, tuple, set, frozenset)):
        return list(holder) if len(holder) <= MOST_ITEMS else []
    if isinstance(holder, types.MethodType):
        return [holder.__self__, holder.__func__]
    if isinstance(holder, functools.partial):
        return [holder.func, holder.args, holder.keywords]
    if isinstance(holder, types.FunctionType):
        return _named_in(holder)
    attributes = getattr(holder, "__dict__", None) or {}
    if isinstance(holder, nn.Module):
        own = [value for name, value in attributes.items() if name not in _OF_EVERY_MODULE]
    else:
        slots = [name for kind in type(holder).__mro__ for name in _slots_of(kind)]
        own = [*attributes.values(), *(getattr(holder, name, None) for name in slots)]
    return own + [_function(type(holder), name) for name in _METHODS]


def _slots_of(kind: type) -> list[str]:
    slots = vars(kind).get("__slots__", ())
    return [slots] if isinstance(slots, str) else list(slots)


def _function(kind: type, name: str) -> Any:
    """Return the function that a class defines under this name, without asking any descriptor to compute."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def _named_in(function: types.FunctionType) -> list[Any]:
    """Return what a function closes over, and the globals that it names; torch's own functions hold no model."""
    if (function.__module__ or "").split(".")[0] in ("torch", "vae_tutorial"):
        return []
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    return cells + [function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__]


def _is_filled(cell: types.CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:  # of a name that is assigned later
        return False
    return True
