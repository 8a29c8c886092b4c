"""What a page is sent: numbers, a few characters each, which it turns back with ``unpack``; and names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

ALPHABET = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))


def pack(values: ArrayLike, low: float, high: float, digits: int = 2) -> str:
    """Write each number as its place between two ends, a number of some digits in base 64.

    Args:
        values: numbers of any shape, from ``low`` to ``high``; the last axis runs fastest in the text.
        low, high: the ends.
        digits: characters for each number; two keep 12 bits, four 24.

    Raises:
        ValueError: a number is not finite or lies outside.

    Example:
        >>> pack([0.0, 1.0], 0, 1)
        'AA__'
    """
    flat = np.asarray(values, dtype=float).ravel()
    if not ((flat >= low) & (flat <= high)).all():
        raise ValueError(f"values must be finite and from {low:g} to {high:g}")
    whole = np.rint((flat - low) / (high - low) * (64**digits - 1)).astype(int)
    powers = 64 ** np.arange(digits)[::-1]
    return "".join(ALPHABET[whole[:, None] // powers % 64].ravel())


def written(names: Sequence[object] | Tensor | None, count: int, argument: str) -> list[str]:
    """Return the first ``count`` names as text, or none."""
    if names is None:
        return []
    if len(names) < count:
        raise ValueError(f"{argument} must hold a name for each of {count} images, got {len(names)}")
    return [str(name) for name in (names.tolist() if isinstance(names, Tensor) else names)[:count]]
