"""Turn a run's state into named tensors and JSON, and back: what a file can hold without pickle."""

from __future__ import annotations

import base64
from typing import Any

import torch
from torch import Tensor

from vae_tutorial.training.run_state import ModelState, RunState, State

NATIVE = {  # dtypes that every version of safetensors knows; tensors of others are stored as their bytes
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
}
Notes = dict[str, Any]


def flatten(state: RunState) -> tuple[State, Notes]:
    """Return the tensors of a state by name, and notes for JSON: extra state, and dtype and shape of stored bytes.

    Raises:
        TypeError: something can be held by no such file; it is named.
    """
    models = {"model": state.model} | ({} if state.best is None else {"best": state.best})
    tensors: State = {}
    extra = {
        kind: {name: pack(value, f"extra.{kind}.{name}", tensors) for name, value in model.extra.items()}
        for kind, model in models.items()
    }
    parts = {"optimizer": state.optimizer, "random": state.random} | {key: own.tensors for key, own in models.items()}
    for kind, own in parts.items():
        tensors |= {f"{kind}.{name}": value for name, value in own.items()}
    for name, value in tensors.items():
        _check_storable(name, value)
    foreign = {name: [str(x.dtype), list(x.shape)] for name, x in tensors.items() if x.dtype not in NATIVE}
    return {name: _stored(value) for name, value in tensors.items()}, {"extra": extra, "bytes": foreign}


def unflatten(tensors: State, notes: Notes) -> RunState:
    """Return the state that ``flatten`` took apart.

    Raises:
        KeyError, TypeError, ValueError, RuntimeError: it is not whole.
    """
    tensors = dict(tensors)
    for name, (dtype, shape) in notes["bytes"].items():
        tensors[name] = tensors[name].view(getattr(torch, dtype.removeprefix("torch."))).reshape(shape)
    parts: dict[str, State] = {"model": {}, "optimizer": {}, "random": {}, "best": {}, "extra": {}}
    for name, value in tensors.items():
        kind, _, rest = name.partition(".")
        parts[kind][rest] = value
    models = {
        kind: ModelState(parts[kind], {name: unpack(value, tensors) for name, value in extra.items()})
        for kind, extra in notes["extra"].items()
    }
    _ = parts["random"]["cpu"]
    return RunState(models["model"], parts["optimizer"], parts["random"], models.get("best"))


def pack(value: Any, name: str, tensors: State) -> Any:
    """Return a plain value as JSON can hold it; the tensors in it are put aside, under names that begin with ``name``.

    Raises:
        TypeError: a value is of another type than these.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if isinstance(value, Tensor):
        key = f"{name}.{len(tensors)}"
        tensors[key] = value.detach()
        return {"tensor": key}
    if kind is bytes:
        return {"bytes": base64.b64encode(value).decode()}
    if kind in (list, tuple, set, frozenset):
        return {kind.__name__: [pack(item, name, tensors) for item in value]}
    if isinstance(value, dict):  # an OrderedDict comes back as a dict, which keeps the order too
        return {"dict": [[pack(part, name, tensors) for part in pair] for pair in value.items()]}
    raise TypeError(
        f"{name.removeprefix('extra.')} (what get_extra_state returned) holds a {kind.__name__}, and a checkpoint "
        "without pickle holds tensors, numbers, text, and lists, tuples, sets and dicts of them: return those"
    )


def unpack(packed: Any, tensors: State) -> Any:
    """Return the value that ``pack`` was given."""
    if not isinstance(packed, dict):
        return packed
    ((kind, content),) = packed.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "bytes":
        return base64.b64decode(content)
    if kind == "dict":
        return {unpack(key, tensors): unpack(value, tensors) for key, value in content}
    make = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind]
    return make(unpack(item, tensors) for item in content)


def _stored(value: Tensor) -> Tensor:
    value = value.contiguous()
    return value if value.dtype in NATIVE else value.resolve_conj().resolve_neg().reshape(-1).view(torch.uint8)


def _check_storable(name: str, value: Tensor) -> None:
    fault = None
    if type(value) is not Tensor:
        fault = f"a {type(value).__name__}, a class of its own"
    elif value.is_quantized:
        fault = f"quantised ({value.dtype})"
    elif value.layout != torch.strided:
        fault = f"of the layout {str(value.layout).removeprefix('torch.')}"
    elif value.is_meta:
        fault = "on the device meta, without values"
    if fault:
        raise TypeError(
            f"{name.partition('.')[2]} is {fault}, and a checkpoint holds dense tensors of plain numbers: keep it as "
            "such, or hand over its parts by get_extra_state"
        )
