"""Say in short what a value, a tensor, a function or a class is: the leaves of a description."""

from __future__ import annotations

import dataclasses
import dis
import enum
import hashlib
import platform
import sys
import sysconfig
import types
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

NONE = "None"
LONG = 200  # characters; longer values are kept as digests
_OWN_NAME = __name__.partition(".")[0]
_PACKAGE = str(Path(__file__).parents[1])
_FOLDERS = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
_INSTALLED = (_PACKAGE, "<frozen", *sorted(_FOLDERS))
_BAGS = ("SimpleNamespace", "Namespace")  # of types and of argparse: nothing but attributes


def layout(value: Tensor) -> str:
    """Return shape and dtype in words."""
    return f"{list(value.shape)} {str(value.dtype).removeprefix('torch.')}"


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
    return sha(raw.view(torch.uint8).numpy())


def plain(value: Any) -> Any:
    """Return what JSON gives back as it was."""
    if value is None or type(value) in (bool, int):
        return NONE if value is None else value
    if type(value) is float:
        return value if abs(value) < float("inf") else repr(value)
    if type(value) is str:
        return short(repr(value))
    return short(value.name if isinstance(value, enum.Enum) else repr(value))


def short(text: str) -> str:
    """Return a text whole, or its beginning and its digest."""
    return text if len(text) <= LONG else f"{text[:LONG]}… sha256:{sha(text.encode('utf-8', 'surrogatepass'))}"


def sha(content: Any) -> str:
    """Return the first half of SHA-256 of bytes, or of whatever shows its bytes without a copy."""
    return hashlib.sha256(content).hexdigest()[:16]


def name_of(value: Any) -> str:
    """Return the full name of a module, class or function."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    return ".".join(filter(None, (value.__module__, value.__qualname__)))


def is_installed(code: types.CodeType) -> bool:
    """Tell whether code is that of Python, of an installed package or of this one: its name stands for it."""
    return code.co_filename.startswith(_INSTALLED)


def is_foreign(kind: type) -> bool:
    """Tell whether a class comes from Python or another package; a notebook's module has no file."""
    if dataclasses.is_dataclass(kind) or kind.__name__ in _BAGS or kind.__module__.startswith(f"{_OWN_NAME}."):
        return False
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
    return kind.__module__ in sys.stdlib_module_names or file.startswith(_INSTALLED)


def code_digest(code: types.CodeType) -> dict[str, str]:
    """Return the digest of what code does, and the Python that it was compiled by."""
    return {"python": ".".join(platform.python_version_tuple()[:2]), "sha256": sha(_code_bytes(code))}


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


def globals_read(code: types.CodeType) -> set[str]:
    """Return the names of the globals that code reads, the functions within it included."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return names.union(*(globals_read(part) for part in code.co_consts if isinstance(part, types.CodeType)))
