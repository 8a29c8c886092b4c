"""Write the whole state of a run to one file, so that a run that was killed goes on as if it had not been.

The file is safetensors: tensors and text, no pickle.  It is written beside its final name and moved there in one step,
so that whoever looks finds the old file or the new one, never half of one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from vae_tutorial.training.adam import Adam
from vae_tutorial.training.config import History, TrainConfig

FREE_TO_CHANGE = {"epochs", "progress"}  # a run may be prolonged
State = dict[str, Tensor]


def tensors_of(model: Any) -> State:
    """Return parameters and buffers by name; of a class that is no ``nn.Module``, parameters by number."""
    if isinstance(model, nn.Module):
        return model.state_dict()
    return {str(index): value.detach() for index, value in enumerate(model.parameters())}


@torch.no_grad()
def put_back(values: State, model: Any) -> None:
    """Give a model the tensors that ``tensors_of`` returned, in place."""
    for name, value in tensors_of(model).items():
        value.copy_(values[name])


def capture(model: nn.Module, optimizer: Adam, device: torch.device, into: State | None = None) -> State:
    """Return copies of all that the next step depends on: parameters, buffers, Adam's moments, random state.

    An older capture, ``into``, is overwritten where it fits: memory that is asked for anew costs more than the copy.
    """
    state = {f"model.{name}": value for name, value in tensors_of(model).items()}
    state |= {f"optimizer.{name}": value for name, value in optimizer.state().items()}
    state["random.cpu"] = torch.get_rng_state()
    if device.type == "cuda":
        state["random.cuda"] = torch.cuda.get_rng_state(device)
    if into is None or into.keys() != state.keys():  # the first, or a model that has changed its buffers
        return {name: value.detach().clone() for name, value in state.items()}
    for name, value in state.items():
        into[name].copy_(value)
    return into


def restore(state: State, model: nn.Module, optimizer: Adam, device: torch.device) -> None:
    """Put a captured state back, in place.

    Raises:
        ValueError: the state belongs to another architecture, or is not whole.
    """
    parts: dict[str, State] = {"model": {}, "optimizer": {}, "random": {}}
    for name, value in state.items():
        kind, _, rest = name.partition(".")
        if kind in parts:
            parts[kind][rest] = value
    needed = optimizer.state().keys()
    _check_architecture(parts["model"], model)
    if missing := needed - parts["optimizer"].keys():
        raise ValueError(f"it lacks {len(missing)} of Adam's {len(needed)} tensors: delete it to start anew")
    put_back(parts["model"], model)
    optimizer.load_state(parts["optimizer"])
    torch.set_rng_state(parts["random"]["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(parts["random"]["cuda"].cpu(), device)


def save(path: Path, state: State, config: TrainConfig, history: History, train: Tensor) -> None:
    """Replace the file at ``path`` by this state, in one step.

    Raises:
        OSError: the folder cannot be written to; an older file is left as it was.
    """
    metadata = {
        "config": json.dumps(dataclasses.asdict(config)),
        "history": json.dumps(dataclasses.asdict(history)),
        "train": _digest(train),
    }
    temporary = _beside(path)
    try:
        save_file({name: value.contiguous() for name, value in state.items()}, temporary, metadata)
        with Path(temporary).open("rb") as file:
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except (OSError, SafetensorError) as error:
        raise _not_written(path, error) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raise OSError at once where ``path`` could not be written after the first epoch."""
    if path.is_dir():
        raise OSError(f"checkpoint {path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise OSError(f"checkpoint {path} cannot be written: the folder {path.parent} does not exist; make it first")
    Path(_beside(path)).unlink()


def _beside(path: Path) -> str:
    """Make an empty file in the same folder; return its name."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _not_written(path, error) from error
    os.close(descriptor)
    return temporary


def _not_written(path: Path, error: Exception) -> OSError:
    return OSError(
        f"checkpoint {path} could not be written ({error}): free some space or choose another folder; "
        "a checkpoint written before is still there"
    )


def load(path: Path, config: TrainConfig, train: Tensor) -> tuple[State, History]:
    """Read a state and its history.

    Raises:
        ValueError: the file is damaged, or belongs to other settings or other data.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
        state = load_file(path)
        saved_config = dict(json.loads(metadata["config"]))
        history = History(**json.loads(metadata["history"]))
        _ = state["random.cpu"]
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise ValueError(
            f"checkpoint {path} is damaged or not a checkpoint of fit ({error}): delete it to start anew"
        ) from error
    for name, value in dataclasses.asdict(config).items():
        if name not in FREE_TO_CHANGE and saved_config.get(name) != value:
            raise ValueError(
                f"checkpoint {path} was made with {name} = {saved_config.get(name)!r}, not {value!r}: "
                "use the same settings, or another file"
            )
    if metadata.get("train") != _digest(train):
        raise ValueError(f"checkpoint {path} was made with other training data: use the same, or another file")
    return state, history


def _check_architecture(saved: State, model: nn.Module) -> None:
    own = {name: list(value.shape) for name, value in tensors_of(model).items()}
    theirs = {name: list(value.shape) for name, value in saved.items()}
    for name in sorted(own.keys() | theirs.keys()):
        if own.get(name) != theirs.get(name):
            raise ValueError(
                f"the checkpoint is of another architecture: {name} is {theirs.get(name, 'absent')} there and "
                f"{own.get(name, 'absent')} in {type(model).__name__}; build the model that was saved"
            )


def _digest(x: Tensor) -> str:
    data = x.detach().cpu().contiguous()
    return hashlib.sha256(repr((data.shape, data.dtype)).encode() + data.numpy().tobytes()).hexdigest()
