"""Tell runs apart: a description of what determines a run, as far as Python lets it be known."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from vae_tutorial.training.description import Description, Table, module_name
from vae_tutorial.training.digests import NONE, describe_tensor, layout
from vae_tutorial.training.run_state import with_extra_state


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

    Not known are: the code of installed packages (by name alone); other methods and the class attributes of the user's
    classes; what code reads from files, clocks, the environment or generators other than torch's; what a callback does
    to the model; hooks; what objects keep in plain attributes and change while they train, beyond what the first epoch
    shows; the number of threads, the machine, and the versions of torch and Python.  With these the last bits of a sum
    change.  A checkpoint tells both versions, and they are not compared: a long run may outlive one.  Code is not
    compared across versions of Python, which compile it differently.
    """

    def describe() -> Table:
        described = Description(model)
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
    kept = tuple(f"{module_name(name)}'s " for name in with_extra_state(model))
    return Identity(data | describe(), describe, layout_of(model), kept)


def layout_of(model: nn.Module) -> dict[str, str]:
    """Return shape and dtype of each parameter and buffer."""
    return {name: layout(value) for name, value in [*model.named_parameters(), *model.named_buffers()]}


def describe_settings(settings: Any) -> Table:
    """Describe each field of a dataclass."""
    described = Description(None)
    for field in dataclasses.fields(settings):
        described.add(field.name, getattr(settings, field.name))
    return described.table


def differences(saved: Table, own: Table) -> Iterator[tuple[str, Any, Any]]:
    """Yield the words, the saved and the present value of all that differs."""
    for name in [*own, *(saved.keys() - own.keys())]:
        old, new = saved.get(name, "absent"), own.get(name, "absent")
        if old != new and not _of_another_python(old, new):
            yield name, old, new


def _of_another_python(old: Any, new: Any) -> bool:
    return isinstance(old, dict) and isinstance(new, dict) and old.get("python") != new.get("python")


def _autocast(device: str) -> str:
    return str(torch.get_autocast_dtype(device)) if torch.is_autocast_enabled(device) else "off"
