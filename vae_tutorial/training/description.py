"""Describe objects by a flat table from words ("objective's argument beta") to plain values and digests."""

from __future__ import annotations

import enum
import functools
import inspect
import json
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions.utils import lazy_property

from vae_tutorial.training.digests import (
    code_digest,
    describe_tensor,
    globals_read,
    is_foreign,
    is_installed,
    name_of,
    plain,
    sha,
    short,
)

Table = dict[str, Any]
PLAIN = (bool, int, float, complex, str, bytes, type(None), enum.Enum, torch.dtype, torch.device, np.generic)
CONTAINERS = (list, tuple, set, frozenset, dict)
METHODS = ("forward", "prior", "likelihood", "posterior", "__call__")  # those that a model is known to be called by
COMPUTED = (functools.cached_property, lazy_property)  # kept once it was asked for, and told by the rest
DEEP = 6  # objects within objects
_OF_EVERY_MODULE = {*vars(nn.Module()), "training"}


class Description:
    """Fill a table with plain values; what belongs to the trained model is named, not described."""

    def __init__(self, model: nn.Module | None) -> None:
        self.model = model
        self.table: Table = {}
        self.seen: dict[int, Any] = {}  # holds what it knows alive, so that no two objects share a number
        self.own: dict[int, str] = {}
        self.storages: set[int] = set()
        if model is not None:
            tensors = [*model.named_parameters(), *model.named_buffers()]
            parts: list[tuple[str, Any]] = [*model.named_modules(), *tensors]
            self.own = {id(part): f"the model's {name}".removesuffix("'s ") for name, part in parts}
            dense = [part for _, part in tensors if part.layout == torch.strided]
            self.storages = {part.untyped_storage().data_ptr() for part in dense} - {0}

    def add(self, name: str, value: Any, depth: int = 0) -> None:
        """Describe one value under ``name``, and what hangs on it under names that begin so."""
        leaf = self._leaf(value)
        if leaf is not None:
            self.table[name] = leaf
        elif depth > DEEP or id(value) in self.seen:
            self.table[name] = name_of(type(value))
        else:
            self.seen[id(value)] = value
            self._add_parts(name, value, depth + 1)

    def add_model(self) -> None:
        """Describe the structure of the trained model, and which of its parameters are trained."""
        assert self.model is not None
        for name, module in self.model.named_modules():
            self._add_module(module_name(name), module, 0)
        for name, parameter in self.model.named_parameters(remove_duplicate=False):
            known = self.own[id(parameter)].removeprefix("the model's ")
            kind = "trained" if parameter.requires_grad else "frozen"
            self.table[f"parameter {name}"] = kind if known == name else f"shared with {known}"

    def _leaf(self, value: Any, depth: int = 0) -> Any:
        """Return a plain value, or None for what has parts."""
        if id(value) in self.own:
            return self.own[id(value)]
        if value is None or isinstance(value, PLAIN):
            return plain(value)
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, np.ndarray):
            return f"{list(value.shape)} {value.dtype} sha256:{sha(np.ascontiguousarray(value).tobytes())}"
        if isinstance(value, CONTAINERS):
            return self._container(value, depth)
        if isinstance(value, (type, types.BuiltinFunctionType, types.ModuleType)):
            return name_of(value)
        return None

    def _tensor(self, value: Tensor) -> str:
        """Describe a tensor; one that moves with the model's parameters is known by them."""
        if value.grad_fn is not None:
            return "computed by torch"
        if value.layout == torch.strided and value.untyped_storage().data_ptr() in self.storages:
            return "a view of the model's tensors"
        return describe_tensor(value)

    def _container(self, value: Any, depth: int) -> str | None:
        """Return a container of plain values as text, or None where it holds something with parts."""
        if depth > DEEP:
            return name_of(type(value))
        items = [part for pair in value.items() for part in pair] if isinstance(value, dict) else list(value)
        leaves = [self._leaf(item, depth + 1) for item in items]
        if any(leaf is None for leaf in leaves):
            return None
        texts = [json.dumps(leaf, ensure_ascii=False) for leaf in leaves]
        texts = sorted(texts) if isinstance(value, (set, frozenset)) else texts
        return short(f"{type(value).__name__}({', '.join(texts)})")

    def _add_parts(self, name: str, value: Any, depth: int) -> None:
        if isinstance(value, functools.partial):
            self.add(name, value.func, depth)
            for key, item in [*enumerate(value.args, 1), *value.keywords.items()]:
                self.add(f"{name}'s argument {key}", item, depth)
        elif isinstance(value, types.MethodType):
            self.add(name, value.__func__, depth)
            self.add(f"{name}'s self", value.__self__, depth)
        elif isinstance(value, types.FunctionType):
            self._add_function(name, value, depth)
        elif isinstance(value, CONTAINERS):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, item in pairs:
                self.add(f"{name}[{key!r}]", item, depth)
        elif isinstance(value, nn.Module):
            for part, module in value.named_modules():
                self._add_module(f"{name}.{part}".removesuffix("."), module, depth)
            for part, tensor in [*value.named_parameters(), *value.named_buffers()]:
                self.add(f"{name}.{part}", tensor, depth)
        else:
            self._add_instance(name, value, depth)

    def _add_function(self, name: str, function: types.FunctionType, depth: int) -> None:
        self.table[name] = name_of(function)
        code = function.__code__
        positional = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        filled = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
        for key, value in (filled | (function.__kwdefaults__ or {})).items():
            self.add(f"{name}'s default {key}", value, depth)
        for key, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                self.add(f"{name}'s closure {key}", cell.cell_contents, depth)
            except ValueError:
                self.table[f"{name}'s closure {key}"] = "empty"
        if is_installed(code):
            return
        self.table[f"{name}'s code"] = code_digest(code)
        for key in sorted(globals_read(code) & function.__globals__.keys()):
            self.add(f"{name}'s global {key}", function.__globals__[key], depth)

    def _add_module(self, name: str, module: nn.Module, depth: int) -> None:
        self.table[name] = name_of(type(module))
        self.seen[id(module)] = module
        for key, value in _attributes(module):
            if key not in _OF_EVERY_MODULE:
                self.add(f"{name}'s {key}", value, depth)
        self._add_methods(name, module, depth)

    def _add_instance(self, name: str, value: Any, depth: int) -> None:
        """Describe an object by its class, and by its attributes where the class is not one of a foreign package."""
        self.table[name] = name_of(type(value))
        if hasattr(value, "__wrapped__"):
            self.add(name, value.__wrapped__, depth)
        if isinstance(value, torch.distributions.Distribution) or not is_foreign(type(value)):
            for key, item in _attributes(value):
                self.add(f"{name}'s {key}", item, depth)
            self._add_methods(name, value, depth)

    def _add_methods(self, name: str, value: Any, depth: int) -> None:
        for key in METHODS:
            function = getattr(type(value), key, None)
            if isinstance(function, types.FunctionType) and not is_installed(function.__code__):
                self.add(f"{name}'s {key}", function, depth)


def module_name(name: str) -> str:
    """Return how a module of the trained model is called in a table."""
    return f"module {name}" if name else "model"


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an object holds by name, but what it has computed from the rest."""
    for key, item in sorted(getattr(value, "__dict__", {}).items()):
        if not isinstance(inspect.getattr_static(type(value), key, None), COMPUTED):
            yield key, item
