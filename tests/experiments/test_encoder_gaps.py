"""The record of the encoders is what its script computes, and what the chapter on amortised inference says."""

from __future__ import annotations

import importlib
import statistics
from typing import Any

import pytest
import torch

import vae_tutorial as vt
from bookkit import pages, paths
from tests.support import records

RECORD = records.record("encoder_gaps")
VARIANTS = ("bigger, 64–64", "full covariance", "300 digits only")


@pytest.fixture(scope="module")
def script() -> Any:
    return importlib.import_module("experiments.encoder_gaps")


def part(setting: str, decoder: int) -> dict[str, Any]:
    return next(row for row in RECORD["frozen"] if (row["setting"], row["decoder"]) == (setting, decoder))


def test_the_record_names_what_made_it() -> None:
    assert RECORD["command"] == "python -m experiments.encoder_gaps"
    assert RECORD["conditions"].keys() >= {"torch", "python", "device", "dtype"}
    assert len(RECORD["settings"]["decoders"]) >= 3
    assert len(RECORD["settings"]["encoders"]) >= 5


def test_one_encoder_of_the_record_is_trained_again(script: Any) -> None:
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        digits = vt.datasets.load_digits()
        setting, decoder, seed = "half the batch", 2, 3
        batch, units = script.SETTINGS[setting]
        model = script.make_model(decoder, (32,), batch, units, digits.train).requires_grad_(False)
        exact = script.log_p(model, torch.cat([digits.test, digits.train[:300]]))
        (gaps,) = script.encoder_gaps(model, exact, "300 digits only", seed, digits, script.STAGES[:1])
    finally:
        torch.set_default_dtype(default)
    place = RECORD["settings"]["encoders"].index(seed)
    row = part(setting, decoder)
    assert float(gaps[:297].mean()) == pytest.approx(row["held-out"]["300 digits only"][place][0], abs=0.02)
    assert float(gaps[297:].mean()) == pytest.approx(row["training"]["300 digits only"][place][0], abs=0.02)


def test_a_longer_fit_does_not_move_the_approximation_gap() -> None:
    for row in RECORD["families"]:
        for family in ("diagonal", "full"):
            short, long = (row[fit][family] for fit in ("400 steps, 16 samples", "800 steps, 32 samples"))
            assert 0 < long < short + 1e-3
            assert short - long < 0.004


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_chapter_says_what_the_record_holds(variant: str) -> None:
    shown = "\n".join(text for _, text in pages.shown(pages.read(paths.BOOK / "amortized_inference.ipynb")))
    for stage, (steps, _) in enumerate(RECORD["settings"]["stages"]):
        line = f"{variant:15} {steps:5} steps: held-out "
        for digits in ("held-out", "training"):
            by_decoder, within = [], []
            for decoder in RECORD["settings"]["decoders"]:
                gaps = part("as in the chapter", decoder)[digits]
                runs = [[run[stage] for run in gaps[name]] for name in (variant, "same again")]
                by_decoder.append(statistics.mean(runs[0]) - statistics.mean(runs[1]))
                within.append(sum(statistics.variance(run) / len(run) for run in runs))
            error = max(statistics.variance(by_decoder), statistics.mean(within)) / len(by_decoder)
            error += RECORD["digit errors"]["as in the chapter"][variant][stage][digits == "training"] ** 2
            line += f"{statistics.mean(by_decoder):+.2f} ± {error**0.5:.2f} "
            line += f"({min(by_decoder):+.2f}, {max(by_decoder):+.2f}), training "
        assert line.removesuffix(", training ") in shown
