"""The record of the remedies against collapse: its objectives, its measures, its training, and figures that agree."""

from __future__ import annotations

import argparse
import copy
import importlib
import itertools
import math
from pathlib import Path
from typing import Any

import pytest
import torch

import vae_tutorial as vt
from tests.support import records

pytestmark = pytest.mark.usefixtures("double_precision")
RECORD = records.record("posterior_collapse")
RUNS = {(run["way"], run["remedy"], run["epochs"], run["seed"]): run for run in RECORD["runs"]}


@pytest.fixture(scope="module")
def script() -> Any:
    return importlib.import_module("experiments.posterior_collapse")


def value_and_terms(script: Any, remedy: str, share: float, steps: int = 10, step: int = 1) -> tuple[float, Any]:
    """Return a remedy's mean objective at a step, and the terms of the ELBO for the same draws of z."""
    torch.manual_seed(0)
    model = script.digits_model(1, "none")
    x = vt.datasets.load_digits().train[:20]
    objective = script.Objective(remedy, share, steps)
    for _ in range(step):
        torch.manual_seed(1)
        value = float(objective(model, x).mean().detach())
    torch.manual_seed(1)
    with torch.no_grad():
        return value, vt.objectives.elbo_terms(model, x)


@pytest.mark.parametrize("remedy", ["none", "its own cure", "weaker decoder", "free bits 0"])
def test_without_a_remedy_or_with_a_floor_of_zero_the_objective_is_the_elbo(script: Any, remedy: str) -> None:
    value, terms = value_and_terms(script, remedy, share=1.0)
    assert value == pytest.approx(float(terms.elbo.mean()), abs=1e-10)


@pytest.mark.parametrize("remedy", ["none", "annealing", "free bits 0"])
def test_the_share_divides_the_reconstruction_and_leaves_the_rate(script: Any, remedy: str) -> None:
    value, terms = value_and_terms(script, remedy, share=1 / 64, step=10)  # annealing has ended
    assert value == pytest.approx(float((terms.reconstruction / 64 - terms.kl).mean()), abs=1e-10)


@pytest.mark.parametrize(("step", "weight"), [(1, 0.2), (3, 0.6), (5, 1.0), (10, 1.0)])
def test_annealing_raises_the_weight_to_one_in_half_of_the_steps(script: Any, step: int, weight: float) -> None:
    value, terms = value_and_terms(script, "annealing", share=1.0, steps=10, step=step)
    assert value == pytest.approx(float((terms.reconstruction - weight * terms.kl).mean()), abs=1e-10)


def test_free_bits_count_each_dimension_at_the_floor_at_least(script: Any) -> None:
    value, terms = value_and_terms(script, "free bits 100", share=1.0)  # both dimensions lie below it
    assert value == pytest.approx(float(terms.reconstruction.mean()) - 2 * 100, abs=1e-10)


def test_a_decoder_that_ignores_the_code_has_a_known_log_p(script: Any) -> None:
    """Coins of one half: log p(x) is −64 log 2, and the ELBO lies below it by the KL."""
    model = script.digits_model(1, "none")
    with torch.no_grad():
        for weight in model.decoder.net.parameters():
            weight.zero_()
    found = script.measure_digits(model)
    assert found["KL"] > 0.001
    assert found["log p(x)"] == pytest.approx(-64 * math.log(2), abs=5e-3)
    assert found["ELBO"] + found["KL"] == pytest.approx(-64 * math.log(2), abs=1e-9)


def test_the_seeing_decoder_can_be_the_distribution_of_the_rows(script: Any) -> None:
    rows, p_data, sample = script.rows_of_pixels()
    assert float(p_data.sum()) == pytest.approx(1)
    assert sample.shape == (2000, 8)
    model = script.rows_model(4, "none")
    with torch.no_grad():
        for weight in model.decoder.net.parameters():
            weight.zero_()
        model.decoder.weight.fill_(math.log(9))
        torch.testing.assert_close(model.likelihood(torch.zeros(1, 2)).log_prob(rows), p_data.log())
    entropy = -float((p_data * p_data.log()).sum())
    found = script.measure_rows(model)
    assert found["log p(x)"] == pytest.approx(-entropy, abs=1e-4)
    assert found["ELBO"] + found["KL"] == pytest.approx(-entropy, abs=1e-9)
    assert not script.rows_model(4, "weaker decoder").decoder.weight.requires_grad


def test_the_closed_form_of_the_linear_model_is_what_draws_say(script: Any) -> None:
    """Under the exact posterior each importance weight is p(x), so a formula and draws must agree to rounding."""
    model = script.linear_model(2, "none")
    found = script.measure_linear(model)
    grey = vt.datasets.load_digits(values="counts").test / 16
    with torch.no_grad():
        exact = vt.models.LinearGaussian(model.decoder.net.weight, model.decoder.net.bias, 0.2**0.5)
        drawn = vt.evidence.importance_sampling(model, grey, 2, proposal=exact.posterior(grey))
        bound = vt.objectives.elbo(model, grey, 50).mean()  # its error is about 0.05 nats
    assert found["noise variance"] == pytest.approx(0.2)
    assert found["log p(x)"] == pytest.approx(float(drawn.log_prob.mean()), abs=1e-8)
    assert found["ELBO"] == pytest.approx(float(bound), abs=0.5)


@pytest.mark.parametrize(("way", "remedy", "encoder_rate"), [(3, "none", 1e-4), (3, "its own cure", 0.01)])
def test_only_the_lagging_encoder_is_slow(
    script: Any, monkeypatch: pytest.MonkeyPatch, way: int, remedy: str, encoder_rate: float
) -> None:
    """The first step of Adam moves each weight that has a gradient by its learning rate."""
    seen = []

    def measure(model: Any) -> dict[str, float]:
        seen.append(copy.deepcopy(model))
        return {"log p(x)": 0.0}

    chosen = {"train": vt.datasets.load_digits().train[:50], "epochs": 1, "batch": 50, "rate": 0.01}
    monkeypatch.setattr(script, "settings", lambda _: chosen | {"build": script.digits_model, "measure": measure})
    found = script.run(way, remedy, 7, (1,))
    assert found == [{"way": way, "remedy": remedy, "seed": 7, "epochs": 1, "log p(x)": 0.0}]
    torch.manual_seed(7)
    start = script.digits_model(way, remedy)
    for part, rate in (("encoder", encoder_rate), ("decoder", 0.01)):
        moved = [
            float((after - before).abs().max().detach())
            for before, after in zip(
                getattr(start, part).parameters(), getattr(seen[0], part).parameters(), strict=True
            )
        ]
        assert max(moved) == pytest.approx(rate, rel=1e-3)


def test_annealing_is_run_for_each_length_and_finished_ways_are_read(
    script: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def run(way: int, remedy: str, seed: int, lengths: tuple[int, ...]) -> list[dict[str, Any]]:
        asked.append((remedy, seed, lengths))
        return [{"way": way, "remedy": remedy, "seed": seed, "epochs": length} for length in lengths]

    monkeypatch.setattr(script, "run", run)
    monkeypatch.setattr(script, "REMEDIES", ("none", "annealing", "its own cure"))
    arguments = argparse.Namespace(work=tmp_path, seeds=[5])
    rows = script.runs_of(4, arguments)
    assert asked == [("none", 5, (1, 2, 4)), *(("annealing", 5, (length,)) for length in (1, 2, 4))]  # no cure in way 4
    assert script.runs_of(4, arguments) == rows
    assert len(asked) == 4  # nothing was run again


def test_the_record_is_whole(script: Any) -> None:
    assert RECORD["command"] == "python -m experiments.posterior_collapse"
    assert RECORD["seeds"] == list(script.SEEDS)
    expected = {
        (way, remedy, (60 if way == 4 else 50) * length, seed)
        for way, remedy, length, seed in itertools.product(script.WAYS, script.REMEDIES, script.LENGTHS, script.SEEDS)
        if (way, remedy) != (4, "its own cure")
    }
    assert set(RUNS) == expected
    assert len(RECORD["runs"]) == len(expected)


def test_no_figure_of_the_record_contradicts_another() -> None:
    """The bound lies below log p(x), the ceiling of the rows above it, and two cures are one and the same training."""
    ceiling = -(math.log(2) + 7 * (-0.1 * math.log(0.1) - 0.9 * math.log(0.9)))
    for (way, remedy, epochs, seed), run in RUNS.items():
        assert run["KL"] >= 0
        assert run["error"] < 0.01
        assert run["ELBO"] <= run["log p(x)"] + run["error"] + 1e-4
        if way == 4:
            assert run["log p(x)"] <= ceiling + 1e-4
        if way == 2:
            assert (run["noise variance"] == 0.2) == (remedy != "its own cure")
        if (way, remedy) == (1, "its own cure"):  # the sum over pixels, and an encoder that learns as fast
            same = RUNS[3, remedy, epochs, seed]
            assert {name: run[name] for name in ("log p(x)", "ELBO", "KL")} == {
                name: same[name] for name in ("log p(x)", "ELBO", "KL")
            }
