"""Read the latent dimension d off the width of a network's output."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import nn


def latent_dim(net: nn.Module, dimension_of: Callable[[int], float], rule: str) -> int:
    """Return d of a network that returns ``dimension_of``'s argument; ``rule`` says it in words."""
    width = getattr(net, "out_features", None)
    if not isinstance(width, int):
        raise TypeError(
            f"cannot tell the latent dimension: {type(net).__name__} has no attribute out_features; "
            "pass the prior to the model, prior=StandardNormal(d)"
        )
    return whole(dimension_of(width), width, rule)


def whole(d: float, width: int, rule: str) -> int:
    """Return d, or refuse one that is no whole number."""
    if d < 1 or d != int(d):
        raise ValueError(f"net returns {width} numbers per example, but it must return {rule} for some d of at least 1")
    return int(d)


def dimension_of_full(width: int) -> float:
    """Return the d of which d + d(d+1)/2 is the width."""
    return (math.sqrt(9 + 8 * width) - 3) / 2
