"""Pieces: how much is computed at once, so that the memory of a measurement depends on neither N nor K."""

from __future__ import annotations

from collections.abc import Iterator

ELEMENTS = 2**19  # of one array: 4 MB in float64, so that a few of them stay near the processor
MOST_ROWS = 2**12  # through a decoder at once: the layers of a convolutional one are far larger than its output
ENCODED_ROWS = 2**9  # through an encoder at once
BLOCK = 16  # torch makes its normal numbers in blocks of 16; whole blocks, and a chunk's end leaves no trace in them


def items_at_once(elements_per_item: int, elements: int | None = None) -> int:
    """Return how many items make one piece of at most ``ELEMENTS``, or of another number of elements."""
    return max(1, (ELEMENTS if elements is None else elements) // elements_per_item)


def rows_at_once(elements_per_row: int, elements: int | None = None) -> int:
    """Return how many rows go through a decoder at once: ``items_at_once``, and never more than ``MOST_ROWS``."""
    return min(MOST_ROWS, items_at_once(elements_per_row, elements))


def slices(num_rows: int, size: int) -> Iterator[slice]:
    """Cut N rows into pieces of at most ``size``."""
    return (slice(n, n + size) for n in range(0, num_rows, size))


def sample_sizes(num_samples: int, elements_per_sample: int) -> list[int]:
    """Divide K samples into chunks of at most ``ELEMENTS`` elements, and of whole blocks where a block fits."""
    size = items_at_once(elements_per_sample)
    if size > BLOCK:
        size -= size % BLOCK
    full, rest = divmod(num_samples, size)
    return [size] * full + [rest] * (rest > 0)


def pieces(num_samples: int, num_examples: int, rows: int) -> Iterator[tuple[slice, slice]]:
    """Cut an array [K, N] into blocks of at most ``rows`` entries, as slices of both axes."""
    examples = max(1, min(num_examples, rows // num_samples))
    samples = max(1, rows // examples)
    for n in range(0, num_examples, examples):
        for k in range(0, num_samples, samples):
            yield slice(k, k + samples), slice(n, n + examples)
