"""k̂ is ArviZ's on the same weights, finds the shape of a known tail, and does not see how the stream was cut."""

from __future__ import annotations

import importlib.util
import math

import pytest
import torch
from torch import Tensor

from tests.support import pareto
from tests.support.laws import assert_close
from vae_tutorial.numerics import chunks
from vae_tutorial.numerics.pareto import Tail, tail_size

pytestmark = pytest.mark.usefixtures("double_precision")
REFERENCE = pareto.by_arviz() if importlib.util.find_spec("arviz") else pareto.stored()


def shape(log_weights: Tensor, sizes: int | list[int]) -> Tensor:
    tail = Tail(log_weights[0], len(log_weights))
    for part in log_weights.split(sizes):
        tail.update(part)
    return tail.shape()


@pytest.mark.parametrize("count", pareto.COUNTS)
def test_k_is_that_of_arviz(count: int) -> None:
    laws = pareto.log_weights(count)
    found = shape(torch.tensor(list(laws.values())).T, count)
    expected = torch.tensor([REFERENCE[str(count)][name] for name in laws])
    assert_close(found, expected, f"{count} weights", 1e-6)


def test_the_stored_values_are_of_these_laws() -> None:
    assert {count: set(found) for count, found in pareto.stored().items()} == {
        str(count): set(pareto.log_weights(count)) for count in pareto.COUNTS
    }


@pytest.mark.parametrize("sizes", [1, 7, 64, 500, [3, 900, 97], [999, 1]])
def test_pieces_leave_no_trace(sizes: int | list[int]) -> None:
    log_weights = 2 * torch.randn(1000, 9)
    assert torch.equal(shape(log_weights, sizes), shape(log_weights, 1000))


@pytest.mark.parametrize("k", [0.2, 0.5, 0.9])
def test_the_shape_of_a_known_tail_is_found(k: float) -> None:
    found = shape(-k * torch.rand(20_000, 50).log(), 20_000)
    error = found.std() / 50**0.5
    assert abs(found.mean() - k) < 4 * error + 0.03, "the prior of ten weights at a half draws k̂ by up to 0.01"
    assert found.std() < 1.3 * (1 + k) / math.sqrt(tail_size(20_000))


def test_what_is_kept_grows_with_the_tail_and_not_with_the_draws() -> None:
    for num_samples in (100, 10_000, 1_000_000):
        tail = Tail(torch.zeros(2**12), num_samples)
        for _ in range(50):
            tail.update(torch.randn(100, 2**12))
        assert len(tail._kept) == min(num_samples, max(2 * (tail_size(num_samples) + 1), chunks.ELEMENTS // 2**12))
    assert tail_size(1_000_000) == 3000


def test_weights_that_are_zero_or_few_have_no_tail() -> None:
    nothing = torch.full((100, 2), -torch.inf)
    one = torch.cat([nothing, torch.zeros(1, 2)])
    for log_weights in (nothing, one, torch.randn(20, 2)):
        assert shape(log_weights, len(log_weights)).isposinf().all()


def test_the_dtype_is_that_of_the_weights() -> None:
    assert shape(torch.randn(100, 3, dtype=torch.float32), 10).dtype == torch.float32
