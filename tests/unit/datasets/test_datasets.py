"""Data: the same rows for everybody, split once, and a small world in which everything is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import sklearn.datasets
import torch

from tests.support.laws import assert_close, assert_mean, every_vector, random_state_kept
from tests.support.narrowing import present
from vae_tutorial.datasets import Dataset, bars_and_stripes, binarize, dequantize, load_digits

SIDES = {2: 6, 3: 14, 4: 30}


def splits(data: Dataset) -> list[torch.Tensor]:
    return [data.train, data.validation, data.test]


def as_rows(images: torch.Tensor) -> list[tuple[float, ...]]:
    return [tuple(row) for row in images.tolist()]


def test_digits_are_the_rows_of_sklearn_each_once_with_its_label() -> None:
    data, bunch = load_digits("counts"), sklearn.datasets.load_digits()
    assert [tuple(split.shape) for split in splits(data)] == [(1200, 64), (300, 64), (297, 64)]
    parts = (data.train_labels, data.validation_labels, data.test_labels)
    images, labels = torch.cat(splits(data)), torch.cat([present(part) for part in parts])
    ours = sorted(zip(as_rows(images), labels.tolist(), strict=True))
    theirs = sorted(zip(as_rows(torch.from_numpy(bunch.data)), bunch.target.tolist(), strict=True))
    assert ours == theirs
    order = np.random.RandomState(0).permutation(1797)
    assert torch.equal(images, torch.from_numpy(bunch.data[order]).float())


def test_counts_are_whole_numbers_of_sixteen_and_binary_digits_are_those_above_the_threshold() -> None:
    counts = load_digits("counts")
    assert sorted(counts.train.unique().tolist()) == list(range(17))
    assert (counts.levels, counts.image_shape, counts.name) == (17, (8, 8), "digits (counts)")
    for threshold in (0, 8, 15):
        binary = load_digits(threshold=threshold)
        assert (binary.levels, binary.image_shape, binary.name) == (2, (8, 8), "digits (binary)")
        for whole, split in zip(splits(counts), splits(binary), strict=True):
            assert torch.equal(split, (whole > threshold).to(split))
    assert torch.equal(load_digits().test, load_digits("binary", threshold=8).test)


@pytest.mark.parametrize("side", SIDES)
def test_every_pattern_is_rows_or_columns_and_all_are_equally_likely(side: int) -> None:
    world = bars_and_stripes(side, num_samples=10)
    patterns = {
        tuple(np.ravel(grid))
        for bits in every_vector(2, side).numpy()
        for grid in (np.tile(bits, (side, 1)), np.tile(bits, (side, 1)).T)
    }
    assert len(patterns) == SIDES[side]
    assert set(as_rows(world.images[world.probabilities > 0])) == patterns
    assert world.probabilities.unique().tolist() == pytest.approx([0, 1 / SIDES[side]])
    assert world.probabilities.sum().item() == pytest.approx(1)
    assert (world.image_shape, world.levels) == ((side, side), 2)


@pytest.mark.parametrize("side", SIDES)
def test_image_i_holds_the_binary_digits_of_i(side: int) -> None:
    images = bars_and_stripes(side, num_samples=10).images
    assert images.shape == (2 ** (side * side), side * side)
    numbers = images.double() @ 2.0 ** torch.arange(side * side, dtype=torch.float64)
    assert torch.equal(numbers, torch.arange(2.0 ** (side * side), dtype=torch.float64))


def test_samples_are_drawn_with_the_known_probabilities() -> None:
    world = bars_and_stripes(3, num_samples=4000, seed=1)
    patterns = world.images[world.probabilities > 0]
    for split in splits(world):
        hits = (split[:, None] == patterns).all(-1).double()
        assert split.shape == (4000, 9)
        assert hits.sum() == 4000
        assert_mean(hits, 1 / 14, "bars and stripes")


def test_three_samples_differ_and_the_seed_decides() -> None:
    world, again, other = (bars_and_stripes(seed=seed) for seed in (0, 0, 1))
    assert all(torch.equal(a, b) for a, b in zip(splits(world), splits(again), strict=True))
    assert not torch.equal(world.train, other.train)
    assert not torch.equal(world.train, world.validation)
    assert not torch.equal(world.validation, world.test)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_default_dtype_is_respected_and_the_random_states_are_kept(dtype: torch.dtype) -> None:
    torch.set_default_dtype(dtype)
    numpy_state = np.random.get_state(legacy=False)["state"]["key"].copy()  # noqa: NPY002
    try:
        with random_state_kept():
            tensors = [*splits(load_digits()), *splits(load_digits("counts")), *splits(bars_and_stripes())]
    finally:
        torch.set_default_dtype(torch.float32)
    assert {tensor.dtype for tensor in tensors} == {dtype}
    assert np.array_equal(np.random.get_state(legacy=False)["state"]["key"], numpy_state)  # noqa: NPY002


def test_a_data_set_cannot_be_changed_by_accident() -> None:
    world = bars_and_stripes(2, num_samples=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        world.train = world.test  # type: ignore[misc]
    assert_close(world.images.mean(), 0.5, "the world is untouched", 1e-6)


def test_binarising_with_a_seed_repeats_and_keeps_the_global_state() -> None:
    grey = torch.linspace(0, 1, 50).expand(200, 50)
    before = torch.get_rng_state()
    once, again, other = (binarize(grey, seed) for seed in (0, 0, 1))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
    assert set(once.unique().tolist()) == {0.0, 1.0}


def test_dynamic_binarisation_draws_anew_with_the_intensity_as_probability() -> None:
    grey = torch.linspace(0, 1, 11).expand(20_000, 11)
    first, second = binarize(grey, "dynamic"), binarize(grey, "dynamic")
    assert not torch.equal(first, second)
    standard_error = (grey[0] * (1 - grey[0]) / len(grey)).sqrt()
    assert ((first.mean(0) - grey[0]).abs() <= 5 * standard_error).all()


def test_dequantised_values_stay_in_their_cells() -> None:
    x = torch.arange(17.0).expand(1000, 17)
    spread = dequantize(x, levels=17, seed=0)
    assert torch.equal((spread.double() * 17).floor(), x.double())
    assert abs((spread * 17 - x).mean() - 0.5) < 0.01
    assert not torch.equal(dequantize(x, 17, "dynamic"), dequantize(x, 17, "dynamic"))


def test_dequantisation_bounds_the_log_mass_of_the_counts(double_precision: None) -> None:
    # A density with a mass that is known: Beta(2, 1) has the distribution function v², so a cell's mass is plain.
    x, levels = torch.arange(8.0)[:, None], 8
    log_mass = (((x + 1) / levels) ** 2 - (x / levels) ** 2).log().sum(1)
    density = torch.distributions.Beta(torch.tensor(2.0), torch.tensor(1.0))
    spread = dequantize(x.repeat(20_000, 1), levels, "dynamic").view(20_000, 8)
    bound = density.log_prob(spread).mean(0) - torch.tensor(float(levels)).log()
    assert (bound <= log_mass + 1e-3).all()
    assert (log_mass - bound)[0] > 0.1  # the gap is real where the density bends most


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: binarize(torch.tensor([[0.5, 1.5]]), 0), "intensities must lie between 0 and 1, got 0.5 to 1.5"),
        (lambda: binarize(torch.rand(2, 2), "static"), "seed must be an int"),  # type: ignore[arg-type]
        (lambda: dequantize(torch.tensor([[0.5]]), 2, 0), "x holds 0.5, but must be whole numbers of 0…1"),
        (lambda: dequantize(torch.tensor([[2.0]]), 2, 0), "x holds 2, but must be whole numbers of 0…1"),
        (lambda: dequantize(torch.tensor([[0.0]]), 1, 0), "levels must be at least 2"),
    ],
)
def test_noise_refuses_what_it_cannot_mean(call: Callable[[], torch.Tensor], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call()
