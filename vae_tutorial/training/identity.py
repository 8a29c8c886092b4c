"""Describe what determines a run, as far as Python lets it be known, so that two runs can be told apart.

The description is a flat table from words ("objective's argument beta") to plain values, with digests in place of
tensors and of code.
"""

from __future__ import annotations

import dataclasses
import dis
import enum
import functools
import hashlib
import json
import platform
import sys
import sysconfig
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vae_tutorial.training.run_state import with_extra_state

Table = dict[str, Any]
NONE = "None"
PLAIN = (bool, int, float, complex, str, bytes, type(None), enum.Enum, torch.dtype, torch.device, np.generic)
CONTAINERS = (list, tuple, set, frozenset, dict)
METHODS = ("forward", "prior", "likelihood", "posterior", "__call__")  # those that a model is known to be called by
LONG = 200  # characters; longer values are kept as digests
DEEP = 6  # objects within objects
_OF_EVERY_MODULE = {*vars(nn.Module()), "training"}
_OWN_NAME = __name__.partition(".")[0]
_PACKAGE = str(Path(__file__).parents[1])
_INSTALLED = (
    _PACKAGE,
    "<frozen",
    *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
)
_BAGS = ("SimpleNamespace", "Namespace")  # of types and of argparse: nothing but attributes


@dataclasses.dataclass(frozen=True)
class Identity:
    """Hold what determines a run beside its settings.

    Attributes:
        table: the description, made before the first step.
        describe_again: describes model, objective and the like anew, without the data, to see what has moved.
        layout: shape and dtype of each parameter and buffer before the first step.
        kept: how the words begin for what moves and is kept all the same, by ``get_extra_state``.
    """

    table: Table
    describe_again: Callable[[], Table]
    layout: dict[str, str]
    kept: tuple[str, ...]


def identify(
    model: Any,
    objective: Any,
    train: Tensor,
    validation: Tensor | None = None,
    transform: Any = None,
    **others: Any,
) -> Identity:
    """Describe a run before its first step.

    Known are: the data, by digest; the device; which parameters are trained; class and plain attributes of every
    module, and the code of its ``forward``, ``prior``, ``likelihood`` and ``posterior`` where they are the user's own;
    of objective, transform and all ``others`` the name, the code, bound arguments, defaults, closure and the globals
    that the code reads, through functions of the user's own; and torch's default dtype, autocast and precision of
    matrix products.

    Not known are: the code of installed packages (by name alone); other methods of the user's classes; what code reads
    from files, clocks, the environment or generators other than torch's; what a callback does to the model; hooks;
    the number of threads, the machine, and the versions of torch and Python, with which the last bits of a sum change.
    Code is not compared across versions of Python.
    """

    def describe() -> Table:
        described = _Description(model)
        for name, value in {"objective": objective, "transform": transform, **others}.items():
            described.add(name, value)
        described.add_model()
        return described.table

    data = {
        "training data": describe_tensor(train),
        "validation data": NONE if validation is None else describe_tensor(validation),
        "device": train.device.type,
        "torch's default dtype": str(torch.get_default_dtype()),
        "torch's autocast": _autocast(train.device.type),
        "torch's precision of float32 matrix products": torch.get_float32_matmul_precision(),
    }
    kept = tuple(f"{_module_name(name)}'s " for name in with_extra_state(model))
    return Identity(data | describe(), describe, layout_of(model), kept)


def layout_of(model: nn.Module) -> dict[str, str]:
    """Return shape and dtype of each parameter and buffer."""
    return {name: layout(value) for name, value in [*model.named_parameters(), *model.named_buffers()]}


def layout(value: Tensor) -> str:
    """Return shape and dtype in words."""
    return f"{list(value.shape)} {str(value.dtype).removeprefix('torch.')}"


def describe_settings(settings: Any) -> Table:
    """Describe each field of a dataclass."""
    described = _Description(None)
    for field in dataclasses.fields(settings):
        described.add(field.name, getattr(settings, field.name))
    return described.table


def describe_tensor(x: Tensor) -> str:
    """Return shape, dtype and digest."""
    return f"{layout(x)} sha256:{digest(x)}"


def digest(x: Tensor) -> str:
    """Return the digest of the values of a tensor, of any dtype and layout that torch can make dense."""
    x = x.detach() if type(x.detach()) is Tensor else x.detach().as_subclass(Tensor)
    if x.is_quantized:
        x = torch.stack([x.int_repr().double(), x.dequantize().double()])
    dense = x if x.layout == torch.strided else x.to_dense()
    raw = dense.resolve_conj().resolve_neg().cpu().contiguous().reshape(-1)
    return _sha(raw.view(torch.uint8).numpy().tobytes())


def differences(saved: Table, own: Table) -> Iterator[tuple[str, Any, Any]]:
    """Yield the words, the saved and the present value of all that differs."""
    for name in [*own, *(saved.keys() - own.keys())]:
        old, new = saved.get(name, "absent"), own.get(name, "absent")
        if old != new and not _of_another_python(old, new):
            yield name, old, new


class _Description:
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
            self.table[name] = _name_of(type(value))
        else:
            self.seen[id(value)] = value
            self._add_parts(name, value, depth + 1)

    def add_model(self) -> None:
        """Describe the structure of the trained model, and which of its parameters are trained."""
        assert self.model is not None
        for name, module in self.model.named_modules():
            self._add_module(_module_name(name), module, 0)
        for name, parameter in self.model.named_parameters(remove_duplicate=False):
            known = self.own[id(parameter)].removeprefix("the model's ")
            kind = "trained" if parameter.requires_grad else "frozen"
            self.table[f"parameter {name}"] = kind if known == name else f"shared with {known}"

    def _leaf(self, value: Any, depth: int = 0) -> Any:
        """Return a plain value, or None for what has parts."""
        if id(value) in self.own:
            return self.own[id(value)]
        if value is None or isinstance(value, PLAIN):
            return _plain(value)
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, np.ndarray):
            return f"{list(value.shape)} {value.dtype} sha256:{_sha(np.ascontiguousarray(value).tobytes())}"
        if isinstance(value, CONTAINERS):
            return self._container(value, depth)
        if isinstance(value, (type, types.BuiltinFunctionType, types.ModuleType)):
            return _name_of(value)
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
            return _name_of(type(value))
        items = [part for pair in value.items() for part in pair] if isinstance(value, dict) else list(value)
        leaves = [self._leaf(item, depth + 1) for item in items]
        if any(leaf is None for leaf in leaves):
            return None
        texts = [json.dumps(leaf, ensure_ascii=False) for leaf in leaves]
        texts = sorted(texts) if isinstance(value, (set, frozenset)) else texts
        return _short(f"{type(value).__name__}({', '.join(texts)})")

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
        self.table[name] = _name_of(function)
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
        if _is_installed(code):
            return
        self.table[f"{name}'s code"] = _code_digest(code)
        for key in sorted(_globals_read(code) & function.__globals__.keys()):
            self.add(f"{name}'s global {key}", function.__globals__[key], depth)

    def _add_module(self, name: str, module: nn.Module, depth: int) -> None:
        self.table[name] = _name_of(type(module))
        self.seen[id(module)] = module
        for key, value in sorted(vars(module).items()):
            if key not in _OF_EVERY_MODULE:
                self.add(f"{name}'s {key}", value, depth)
        self._add_methods(name, module, depth)

    def _add_instance(self, name: str, value: Any, depth: int) -> None:
        """Describe an object by its class, and by its attributes where the class is not one of a foreign package."""
        self.table[name] = _name_of(type(value))
        if hasattr(value, "__wrapped__"):
            self.add(name, value.__wrapped__, depth)
        if isinstance(value, torch.distributions.Distribution) or not _is_foreign(type(value)):
            for key, item in sorted(getattr(value, "__dict__", {}).items()):
                self.add(f"{name}'s {key}", item, depth)
            self._add_methods(name, value, depth)

    def _add_methods(self, name: str, value: Any, depth: int) -> None:
        for key in METHODS:
            function = getattr(type(value), key, None)
            if isinstance(function, types.FunctionType) and not _is_installed(function.__code__):
                self.add(f"{name}'s {key}", function, depth)


def _module_name(name: str) -> str:
    return f"module {name}" if name else "model"


def _plain(value: Any) -> Any:
    """Return what JSON gives back as it was."""
    if value is None or type(value) in (bool, int):
        return NONE if value is None else value
    if type(value) is float:
        return value if abs(value) < float("inf") else repr(value)
    if type(value) is str:
        return _short(repr(value))
    return _short(value.name if isinstance(value, enum.Enum) else repr(value))


def _short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]}… sha256:{_sha(text.encode('utf-8', 'surrogatepass'))}"


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _name_of(value: Any) -> str:
    if isinstance(value, types.ModuleType):
        return value.__name__
    return ".".join(filter(None, (value.__module__, value.__qualname__)))


def _is_installed(code: types.CodeType) -> bool:
    """Tell whether code is that of Python, of an installed package or of this one: its name stands for it."""
    return code.co_filename.startswith(_INSTALLED)


def _is_foreign(kind: type) -> bool:
    """Tell whether a class comes from Python or another package; a notebook's module has no file."""
    if dataclasses.is_dataclass(kind) or kind.__name__ in _BAGS or kind.__module__.startswith(f"{_OWN_NAME}."):
        return False
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    return kind.__module__ in sys.stdlib_module_names or file.startswith(_INSTALLED)


def _code_digest(code: types.CodeType) -> dict[str, str]:
    return {"python": ".".join(platform.python_version_tuple()[:2]), "sha256": _sha(_code_bytes(code))}


def _code_bytes(code: types.CodeType) -> bytes:
    """Return what a code object does, without where it stands and what it is called."""
    parts = [code.co_code, repr((code.co_names, code.co_argcount, code.co_kwonlyargcount, code.co_flags)).encode()]
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            parts.append(_code_bytes(constant))
        else:
            ordered = sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant
            parts.append(repr(ordered).encode("utf-8", "surrogatepass"))
    return b"\0".join(parts)


def _globals_read(code: types.CodeType) -> set[str]:
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return names.union(*(_globals_read(part) for part in code.co_consts if isinstance(part, types.CodeType)))


def _of_another_python(old: Any, new: Any) -> bool:
    return isinstance(old, dict) and isinstance(new, dict) and old.get("python") != new.get("python")


def _autocast(device: str) -> str:
    return str(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else "off"
