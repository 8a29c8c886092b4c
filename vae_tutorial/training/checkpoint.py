"""Write the whole state of a run to one file, so that a run that was killed goes on as if it had not been.

The file is safetensors: tensors and text, no pickle.  Beside the state it holds what determines the run (``identity``):
settings, data by digest, objective, model.  A run that differs from the file's is refused by name.  What cannot be
known, ``identify`` lists; state that objects keep in attributes of Python's own is not in the file, and what is seen to
move there in the first epoch is named in a warning.
"""

from __future__ import annotations

import dataclasses
import json
import platform
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import nn

from vae_tutorial.training.config import History, TrainConfig
from vae_tutorial.training.description import Table
from vae_tutorial.training.digests import NONE, layout
from vae_tutorial.training.files import check_place, put, stamp
from vae_tutorial.training.identity import Identity, describe_settings, differences, layout_of
from vae_tutorial.training.packing import flatten, unflatten
from vae_tutorial.training.run_state import RunState, State, can_take_extra_state, with_extra_state

FORMAT = "1"
SHOWN = 3  # of all that differs


@dataclasses.dataclass(frozen=True)
class _Content:
    """What a file holds."""

    state: RunState
    history: History
    config: Table
    table: Table
    layout: dict[str, str]
    moved: list[str]


class Checkpoint:
    """One file for one run.

    Args:
        path: the file; a symbolic link is followed.
        config: the run's settings.
        identity: what else determines it.

    Raises:
        OSError: the file could not be written; said before the first step as far as that can be seen.
    """

    def __init__(self, path: str | Path, config: TrainConfig, identity: Identity) -> None:
        self.path = Path(path)
        check_place(self.path)
        self.config, self.identity = config, identity
        self.moved: list[str] | None = None  # unknown before the first epoch
        self.moved_before: list[str] = []
        self.stamp = stamp(self.path)

    def check_storable(self, state: RunState, model: nn.Module) -> None:
        """Raise TypeError where the file could not hold the state, or the model could not take it back."""
        for name, module in with_extra_state(model).items():
            if not can_take_extra_state(module):
                raise TypeError(
                    f"checkpoint {self.path} cannot be made: {name or 'the model'} ({type(module).__name__}) has "
                    "get_extra_state but no set_extra_state: define both"
                )
        try:
            flatten(state)
        except TypeError as error:
            raise TypeError(f"checkpoint {self.path} cannot be made: {error}") from error

    def load(self, fresh: RunState, model: nn.Module) -> tuple[RunState, History] | None:
        """Return the state and the history that the file holds; None where there is no file.

        Args:
            fresh: the state of the run that would begin, which tells what is needed.
            model: the model, for its layout and its name.

        Raises:
            ValueError: the file is damaged, or belongs to another run.
        """
        if not self.path.exists():
            return None
        content = _read(self.path)
        self.moved_before = content.moved
        self._check_architecture(content, model)
        self._check_same_run(content)
        self._check_complete(content.state, fresh)
        self.stamp = stamp(self.path)
        return content.state, content.history

    def save(self, state: RunState, history: History) -> None:
        """Replace the file by this state, in one step.

        Raises:
            OSError: it cannot be written, or another program has written to it; an older file is left as it was.
        """
        if (found := stamp(self.path)) is not None and found != self.stamp:
            raise OSError(
                f"checkpoint {self.path} was changed by another program since this run wrote or read it, and is left "
                "as it is: two runs at the same time need two files"
            )
        if self.moved is None:
            self.moved = self._look_for_what_moved()
        tensors, notes = flatten(state)
        versions = {"torch": torch.__version__, "python": platform.python_version()}
        parts = {
            "config": describe_settings(self.config),
            "history": dataclasses.asdict(history),
            "identity": {name: value for name, value in self.identity.table.items() if name not in self.moved},
            "moved": self.moved,
            "layout": self.identity.layout,
            "notes": notes,
            "made with": versions,  # told, not compared
        }
        metadata = {"format": FORMAT} | {name: json.dumps(value, ensure_ascii=True) for name, value in parts.items()}
        put(self.path, to_bytes(tensors, metadata))
        self.stamp = stamp(self.path)

    def _look_for_what_moved(self) -> list[str]:
        """Return what the first epoch has changed in objects that the file does not hold, and warn of it."""
        again = self.identity.describe_again()
        before = {name: self.identity.table.get(name) for name in again}
        moved = [name for name, value in again.items() if before[name] != value]
        lost = [name for name in moved if not name.startswith(self.identity.kept)]
        if new := sorted(set(lost) - set(self.moved_before)):
            warnings.warn(
                f"checkpoint {self.path} holds tensors and what get_extra_state returns, but not {', '.join(new)}, "
                "which the first epoch has changed: a run that goes on from the file starts with what stands there "
                "then. If the result depends on it, keep it in a buffer of the model or return it from get_extra_state",
                stacklevel=3,
            )
        return sorted({*moved, *self.moved_before})

    def _check_same_run(self, content: _Content) -> None:
        found = [*self._other_settings(content), *self._other_parts(content)]
        if found:
            more = f"; and {len(found) - SHOWN} more differences" if len(found) > SHOWN else ""
            raise ValueError(
                f"checkpoint {self.path} was made with {'; '.join(found[:SHOWN])}{more}: "
                "call fit with the same, or name another file"
            )

    def _other_settings(self, content: _Content) -> list[str]:
        """Say which settings differ; a field that the file does not know had its default."""
        defaults = describe_settings(type(self.config)())
        return [
            f"{name} = {_words(old)}, not {_words(new)}"
            for name, old, new in differences(defaults | content.config, describe_settings(self.config))
            if not self._may_change(name, old, new, content)
        ]

    def _may_change(self, name: str, old: Any, new: Any, content: _Content) -> bool:
        """Tell whether the run so far would have been the same under another value of a setting."""
        if name == "epochs":  # a schedule is laid over all of them
            constant = getattr(self.config, "schedule", "constant") == "constant"
            return constant and len(content.history.train) <= new
        if name == "patience":  # it was longer than any wait so far
            return isinstance(old, int) and isinstance(new, int) and old < new
        return name == "progress"

    def _other_parts(self, content: _Content) -> list[str]:
        moved = {*content.moved}
        own = {name: value for name, value in self.identity.table.items() if name not in moved}
        return [_told(name, old, new) for name, old, new in differences(content.table, own)]

    def _check_complete(self, found: RunState, fresh: RunState) -> None:
        """Refuse a file that lacks what the run needs, or holds what nobody here would take back."""
        needed = fresh.optimizer.keys()
        if missing := needed - found.optimizer.keys():
            raise ValueError(
                f"checkpoint {self.path} cannot be used: it lacks {len(missing)} of the optimiser's {len(needed)} "
                "tensors: delete it to start anew"
            )
        unknown = found.model.extra.keys() - fresh.model.extra.keys()
        if needed:  # where there are none yet, the optimiser makes them at its first step
            unknown |= found.optimizer.keys() - needed
        if unknown:
            raise ValueError(
                f"checkpoint {self.path} cannot be used: it holds {', '.join(sorted(unknown))}, which neither the "
                "optimiser nor get_extra_state of a module knows: use the code that made it, or name another file"
            )

    def _check_architecture(self, content: _Content, model: nn.Module) -> None:
        """Compare shapes and dtypes; of a buffer whose shape the run has changed, any shape will do."""
        own = layout_of(model)
        saved = {name: layout(value) for name, value in content.state.model.tensors.items()}
        parameters = {name for name, _ in model.named_parameters()}
        for name in sorted(own.keys() | saved.keys()):
            here, there, began = own.get(name), saved.get(name), content.layout.get(name)
            if here != there and (name in parameters or there == began):
                raise ValueError(
                    f"checkpoint {self.path} cannot be used: it is of another architecture: {name} is "
                    f"{_shape(there, here)} there and {_shape(here, there)} in {type(model).__name__}; "
                    "build the model that was saved, or name another file"
                )


def _read(path: Path) -> _Content:
    """Read a file whole; neither a handle nor a memory map of it stays open, so that it can be replaced."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors: State = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        _check_format(path, metadata)
        told = {name: json.loads(text) for name, text in metadata.items() if name != "format"}
        history = History(**told["history"])
        if not all(isinstance(value, float) for value in [*history.train, *history.validation]):
            raise TypeError("its history is no list of numbers")
        state = unflatten(tensors, told["notes"])
        config, table, began = (dict(told[name]) for name in ("config", "identity", "layout"))
        return _Content(state, history, config, table, began, list(told["moved"]))
    except OSError as error:
        raise OSError(f"checkpoint {path} cannot be read ({error}): check its permissions") from error
    except (SafetensorError, TypeError, KeyError, ValueError, RuntimeError, AttributeError) as error:
        if isinstance(error, _OtherFormatError):
            raise
        raise ValueError(
            f"checkpoint {path} is damaged or not a checkpoint of fit ({error}): delete it to start anew"
        ) from error


class _OtherFormatError(ValueError):
    """A checkpoint of fit, but of another format."""


def _check_format(path: Path, metadata: dict[str, str]) -> None:
    found = metadata.get("format")
    if found == FORMAT:
        return
    if found is None and {"config", "history", "train"} <= metadata.keys():
        raise _OtherFormatError(
            f"checkpoint {path} is of the earliest format, which has no record of objective, validation data and the "
            "model's structure, so that nobody can tell whether it belongs to this run: delete it to start anew"
        )
    if found is not None and found.isdecimal():
        raise _OtherFormatError(
            f"checkpoint {path} has format {found}, but this version of the package reads format {FORMAT}: "
            "use the version that made it, or name another file"
        )
    raise KeyError("format")


def _told(name: str, old: Any, new: Any) -> str:
    if isinstance(old, dict) or isinstance(new, dict):
        return f"another version of {name}"
    if name.endswith(" data") and NONE not in (old, new):
        return f"other {name} ({old}, not {new})"
    return f"{name} = {_words(old)}, not {_words(new)}"


def _words(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _shape(value: str | None, other: str | None) -> str:
    """Return a shape, and the dtype only where that is what differs."""
    if value is None:
        return "absent"
    shape, _, dtype = value.rpartition(" ")
    return shape if other is None or other.rpartition(" ")[2] == dtype else value
