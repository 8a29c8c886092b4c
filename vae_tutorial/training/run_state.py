"""Take and put back all that the next step of a run depends on."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from vae_tutorial.numerics.random import generator_states, set_generator_states

State = dict[str, Tensor]


class Optimizer(Protocol):
    """Describe what is asked of an optimiser."""

    def state(self) -> State:
        """Return all that its next step depends on, by name."""

    def load_state(self, state: Mapping[str, Tensor], /) -> None:
        """Take over what ``state`` returned."""


@dataclass(frozen=True)
class ModelState:
    """Hold what a model is at one moment.

    Attributes:
        tensors: parameters and buffers by name, buffers that ``state_dict`` leaves out included.
        extra: what ``get_extra_state`` of each module returned, by the module's name.
    """

    tensors: State
    extra: dict[str, Any]


@dataclass(frozen=True)
class RunState:
    """Hold what a run is at one moment.

    Attributes:
        model: the model.
        optimizer: the optimiser's tensors by name.
        random: states of the random generators, by the type of their device.
        best: the model at its best epoch so far, where the run watches for one.
    """

    model: ModelState
    optimizer: State
    random: State
    best: ModelState | None = None


def tensors_of(model: nn.Module) -> State:
    """Return parameters and all buffers by name; one that is shared stands under its first name."""
    return {name: value.detach() for name, value in [*model.named_parameters(), *model.named_buffers()]}


def with_extra_state(model: nn.Module) -> dict[str, nn.Module]:
    """Return the modules that have a state beside their tensors, by name."""
    default = nn.Module.get_extra_state
    return {name: module for name, module in model.named_modules() if type(module).get_extra_state is not default}


def can_take_extra_state(module: nn.Module) -> bool:
    """Tell whether a module can be given its extra state back."""
    return type(module).set_extra_state is not nn.Module.set_extra_state


def snapshot(model: nn.Module, into: ModelState | None = None) -> ModelState:
    """Return copies of all that a model consists of.

    An older snapshot, ``into``, is overwritten where it fits: memory that is asked for anew costs more than the copy.
    """
    older = {} if into is None else into.tensors
    tensors = _copies(tensors_of(model), older)
    extra = {name: copy.deepcopy(module.get_extra_state()) for name, module in with_extra_state(model).items()}
    return ModelState(tensors, extra)


@torch.no_grad()
def put_back(state: ModelState, model: nn.Module) -> None:
    """Give a model what ``snapshot`` took: tensors in place where they fit, buffers of another shape anew."""
    own = tensors_of(model)
    for name in own.keys() | state.tensors.keys():
        old, new = own.get(name), state.tensors.get(name)
        if old is not None and new is not None and _fits(old, new):
            old.copy_(new)
        else:
            _set(model, name, new)
    for name, module in with_extra_state(model).items():
        if name in state.extra and can_take_extra_state(module):
            module.set_extra_state(copy.deepcopy(state.extra[name]))


def capture(model: nn.Module, optimizer: Optimizer, device: torch.device, into: RunState | None = None) -> RunState:
    """Return copies of all that the next step depends on: model, optimiser, random state; ``into`` as in snapshot."""
    return RunState(
        model=snapshot(model, None if into is None else into.model),
        optimizer=_copies(optimizer.state(), {} if into is None else into.optimizer),
        random=generator_states(device),
    )


def restore(state: RunState, model: nn.Module, optimizer: Optimizer, device: torch.device) -> None:
    """Put a captured state back."""
    put_back(state.model, model)
    optimizer.load_state(state.optimizer)
    set_generator_states(state.random, device)


def _copies(values: State, older: State) -> State:
    return {name: _copy(value, older.get(name)) for name, value in values.items()}


def _copy(value: Tensor, into: Tensor | None) -> Tensor:
    return into.copy_(value) if into is not None and _fits(into, value) else value.detach().clone()


def _fits(into: Tensor, value: Tensor) -> bool:
    """Tell whether a tensor can be overwritten by another; one that is expanded has too few numbers of its own."""
    if into.layout != torch.strided or type(value) is not type(into):
        return False
    expanded = any(step == 0 and size > 1 for step, size in zip(into.stride(), into.shape, strict=True))
    return not expanded and (into.shape, into.dtype, value.layout) == (value.shape, value.dtype, into.layout)


def _set(model: nn.Module, name: str, value: Tensor | None) -> None:
    """Give a parameter or a buffer another tensor; a buffer may also be none."""
    path, _, last = name.rpartition(".")
    module = model.get_submodule(path)
    value = None if value is None else value.detach().clone().to(next(model.parameters()).device)
    if value is not None and last in module._parameters:
        module.get_parameter(last).data = value
    else:
        module._buffers[last] = value
