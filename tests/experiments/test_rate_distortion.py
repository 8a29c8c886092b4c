"""The record of the longer runs is what its script computes: its weights, its lengths, its measurements."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import vae_tutorial as vt
from tests.support import records

RECORD = records.record("rate_distortion")
STEPS = 6  # an epoch: 1200 digits in batches of 200


@pytest.fixture
def script() -> Iterator[Any]:
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield importlib.import_module("experiments.rate_distortion")
    torch.set_default_dtype(default)


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the weight of the KL at each step of training."""
    noted: list[float] = []
    beta_elbo, elbo = vt.objectives.beta_elbo, vt.objectives.elbo

    def weighted(model: Any, x: torch.Tensor, beta: float = 1.0) -> torch.Tensor:
        noted.append(beta)
        return beta_elbo(model, x, beta=beta)

    def unweighted(model: Any, x: torch.Tensor) -> torch.Tensor:
        noted.append(1.0)
        return elbo(model, x)

    monkeypatch.setattr(vt.objectives, "beta_elbo", weighted)
    monkeypatch.setattr(vt.objectives, "elbo", unweighted)
    return noted


@pytest.mark.parametrize("schedule", ["0.3", "0.3, then 1", "0 to 1"])
def test_each_step_has_the_weight_that_its_schedule_says(
    script: Any, weights: list[float], schedule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "LENGTHS", (11,))
    monkeypatch.setattr(script, "measure", lambda model: {})
    (row,) = script.runs_of(schedule, 0, tmp_path)
    assert row == {"schedule": schedule, "seed": 0, "epochs": 11}
    expected = {
        "0.3": [0.3] * 11 * STEPS,
        "0.3, then 1": [0.3] * 9 * STEPS + [1.0] * 2 * STEPS,
        "0 to 1": [min(1.0, (k + 1) / 33) for k in range(11 * STEPS)],
    }
    assert weights == pytest.approx(expected[schedule])


def test_a_held_weight_is_looked_at_on_the_way_and_a_finished_part_is_not_trained_again(
    script: Any, weights: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "LENGTHS", (1, 3))
    monkeypatch.setattr(
        script, "measure", lambda model: {"size": float(sum(p.detach().abs().sum() for p in model.parameters()))}
    )
    rows = script.runs_of("0.1", 1, tmp_path)
    assert [row["epochs"] for row in rows] == [1, 3]
    steps = len(weights)
    assert steps == 3 * STEPS
    assert script.runs_of("0.1", 1, tmp_path) == rows
    assert len(weights) == steps
    alone = script.make_model(1)  # one epoch by itself, never looked at
    script.train(alone, 1, 1, lambda model, x: vt.objectives.beta_elbo(model, x, beta=0.1))
    assert rows[0]["size"] == pytest.approx(script.measure(alone)["size"], abs=1e-8)


def test_what_is_measured_is_the_mean_of_log_p_elbo_and_rate(script: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = vt.datasets.load_digits()
    few = SimpleNamespace(validation=digits.validation[:3], test=digits.test[:4])
    model = script.make_model(0)
    script.train(model, 3, 0, vt.objectives.elbo)
    monkeypatch.setattr(vt.datasets, "load_digits", lambda: few)
    found = script.measure(model)
    axis = torch.arange(-7, 7, 0.05)
    z = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        logits = model.decoder.net(z)
        log_prior = -0.5 * z.square().sum(1) - math.log(2 * math.pi)
        for name, x in vars(few).items():
            scores = x @ logits.T - torch.nn.functional.softplus(logits).sum(1)  # [N, G], by hand
            log_p = (scores + log_prior).logsumexp(1) + 2 * math.log(0.05)
            q = model.posterior(x)
            rate = 0.5 * (q.mean**2 + q.stddev**2 - 1 - 2 * q.stddev.log()).sum(1)
            log_q = q.log_prob(z[:, None]).T
            reconstruction = (log_q.exp() * scores).sum(1) * 0.05**2
            expected = {"log p(x)": log_p, "ELBO": reconstruction - rate, "rate": rate}
            for key, values in expected.items():
                assert found[f"{key}, {name}"] == pytest.approx(float(values.mean()), abs=0.01), (key, name)
    assert 0 <= found["error"] <= 0.02


def test_the_record_holds_each_run_once_and_no_bound_above_log_p(script: Any) -> None:
    places = [(run["schedule"], run["seed"], run["epochs"]) for run in RECORD["runs"]]
    assert sorted(places) == sorted((w, s, n) for w in script.SCHEDULES for s in script.SEEDS for n in script.LENGTHS)
    assert RECORD["command"] == "python -m experiments.rate_distortion"
    for run in RECORD["runs"]:
        for part in ("validation", "test"):
            assert run[f"ELBO, {part}"] < run[f"log p(x), {part}"] + run["error"]
            assert run[f"rate, {part}"] > 0


def test_a_run_of_the_record_is_made_again(script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "LENGTHS", (55,))
    (row,) = script.runs_of("1", 0, tmp_path)
    stored = next(r for r in RECORD["runs"] if (r["schedule"], r["seed"], r["epochs"]) == ("1", 0, 55))
    for key, value in row.items():
        assert value == (pytest.approx(stored[key], abs=0.02) if isinstance(value, float) else stored[key]), key
