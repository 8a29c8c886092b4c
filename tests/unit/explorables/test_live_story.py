"""What the chapters tell the reader to look for in the live trainer comes about, with three seeds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.live import answered, settings

SEEDS = (1, 2, 3)
Row = dict[str, float]


def part(weight: float, steps: int) -> dict[str, Any]:
    """Return a part of a run: so many steps with this weight of the KL."""
    return {"steps": steps, "settings": settings(weight)}


@pytest.fixture(scope="module")
def runs() -> dict[int, tuple[list[Row], list[Row]]]:
    """For each seed a run with the KL, which then loses it and gets it back, and a run without it."""
    plans = ([part(1, 500), part(1, 500), part(0, 100), part(1, 100)], [part(0, 500), part(0, 500)])
    tasks = [{"kind": "plan", "seed": seed, "parts": parts} for seed in SEEDS for parts in plans]
    found = answered(tasks)
    return {seed: (found[2 * i], found[2 * i + 1]) for i, seed in enumerate(SEEDS)}


@pytest.mark.parametrize("seed", SEEDS)
def test_training_on_the_elbo_raises_log_p_and_ends_with_a_wider_gap(runs: Any, seed: int) -> None:
    start, _, end, *_ = runs[seed][0]
    assert end["logP"] > start["logP"] + 20
    assert end["logP"] - end["elbo"] > start["logP"] - start["elbo"]


@pytest.mark.parametrize("seed", SEEDS)
def test_without_the_kl_log_p_ends_far_below_and_reconstruction_is_ahead_half_way(runs: Any, seed: int) -> None:
    (_, half_with_kl, with_kl, *_), (_, half, without, _) = runs[seed]
    assert without["logP"] < with_kl["logP"] - 5
    assert without["rate"] > 10 * with_kl["rate"]
    assert half["reconstruction"] > half_with_kl["reconstruction"] + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_refitted_prior_brings_most_of_log_p_back_and_leaves_the_reconstruction(runs: Any, seed: int) -> None:
    (_, _, with_kl, *_), (*_, without, refitted) = runs[seed]
    assert refitted["reconstruction"] == without["reconstruction"]
    assert refitted["logP"] - without["logP"] > 0.8 * (with_kl["logP"] - without["logP"])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kl_taken_away_and_given_back_moves_the_elbo_by_nats_and_log_p_hardly(runs: Any, seed: int) -> None:
    _, _, before, without, again, _ = runs[seed][0]
    assert without["elbo"] < before["elbo"] - 4
    assert again["elbo"] > without["elbo"] + 4
    assert abs(without["logP"] - before["logP"]) < 0.3
    assert abs(again["logP"] - without["logP"]) < 0.5
