"""Keep, seed and give back the state of torch's random generators: the CPU's, and that of one device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor


def generator_states(device: torch.device) -> dict[str, Tensor]:
    """Return the state of the CPU's generator and, where ``device`` is an accelerator, of that one's, by type."""
    states = {"cpu": torch.default_generator.get_state()}
    if (module := _with_generator(device)) is not None:
        states[device.type] = module.get_rng_state(device)
    return states


def set_generator_states(states: Mapping[str, Tensor], device: torch.device) -> None:
    """Put back what ``generator_states`` returned."""
    torch.default_generator.set_state(states["cpu"].cpu())
    if device.type in states and (module := _with_generator(device)) is not None:
        module.set_rng_state(states[device.type].cpu(), device)


def seed_generators(seed: int, device: torch.device) -> None:
    """Seed the CPU's generator and that of ``device``; ``torch.manual_seed`` would seed every device of the machine."""
    torch.default_generator.manual_seed(seed)
    if (module := _with_generator(device)) is not None:
        with module.device(device) if hasattr(module, "device") else nullcontext():
            module.manual_seed(seed)


@contextmanager
def isolated_rng(device: torch.device) -> Iterator[None]:
    """Give the random state back as it was, on the CPU and on ``device``."""
    states = generator_states(device)
    try:
        yield
    finally:
        set_generator_states(states, device)


def _with_generator(device: torch.device) -> Any:
    """Return torch's module for an accelerator whose generator can be kept, else None: then it is not seeded either."""
    if device.type == "cpu":
        return None
    module = getattr(torch, device.type, None)
    return module if hasattr(module, "get_rng_state") and hasattr(module, "manual_seed") else None
