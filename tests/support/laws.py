"""How a law is stated: a mean known to within its error, a refusal that teaches, every image of a small world."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor


def assert_mean(samples: Tensor, expected: Tensor | float, what: object, errors: float = 4.0) -> None:
    """Assert that the mean of samples [K, …] is the expected one to within some standard errors, and report well."""
    mean, error = samples.mean(0), samples.std(0) / len(samples) ** 0.5
    expected = torch.as_tensor(expected, dtype=mean.dtype).expand_as(mean)
    off = ((mean - expected).abs() - errors * error).flatten()
    worst = int(off.argmax())
    assert off[worst] <= 1e-12, (
        f"{what}: {len(samples)} samples, expected {expected.flatten()[worst]:.8g}, actual {mean.flatten()[worst]:.8g} "
        f"± {error.flatten()[worst]:.2g} (entry {worst})"
    )


def assert_close(actual: Tensor, expected: Tensor | float, what: object, tolerance: float = 1e-9) -> None:
    """Assert that two tensors agree, shapes included, to an absolute and relative tolerance."""
    if not isinstance(expected, Tensor):
        expected = torch.full_like(actual, expected)
    torch.testing.assert_close(
        actual, expected, atol=tolerance, rtol=tolerance, msg=lambda report: f"{what}: {report}", check_dtype=True
    )


@contextmanager
def refused(
    *fragments: str, error: type[Exception] | tuple[type[Exception], ...] = (TypeError, ValueError)
) -> Iterator[None]:
    """Expect a refusal whose message holds every fragment, a regular expression: argument, value, rule, remedy."""
    with pytest.raises(error) as caught:
        yield
    message = str(caught.value)
    missing = [fragment for fragment in fragments if not re.search(fragment, message)]
    assert not missing, f"the message lacks {missing}: {message}"


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Expect torch's global generator to be as it was."""
    before = torch.get_rng_state()
    yield
    assert torch.equal(torch.get_rng_state(), before), "the global random state has moved"


def every_vector(values: int, dimension: int) -> Tensor:
    """Return all vectors [values^dimension, dimension] of the numbers 0 … values − 1."""
    return torch.tensor(list(itertools.product(range(values), repeat=dimension)), dtype=torch.get_default_dtype())


def lattice(half_width: float, num_points: int, dimension: int) -> tuple[Tensor, float]:
    """Return the points [num_points^dimension, dimension] of a square lattice around 0, and the volume of a cell."""
    axis = torch.linspace(-half_width, half_width, num_points)
    step = float(axis[1] - axis[0])
    return torch.cartesian_prod(*[axis] * dimension).view(-1, dimension), step**dimension
