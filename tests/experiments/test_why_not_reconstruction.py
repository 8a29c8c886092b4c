"""The leads of the record, taken digit by digit from models trained again, are those of its table of held-out means."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import records

RECORD = records.record("why_not_reconstruction")
PRIORS = ("declared", "gaussian", "mixture")


def rows(**wanted: Any) -> list[dict[str, Any]]:
    return [row for row in RECORD["two_dimensions"] if wanted.items() <= row.items()]


def best(weight: float, seed: int, prior: str) -> float:
    """Return held-out log p(x) at the epoch that is best on validation digits."""
    epochs = max(rows(weight=weight, seed=seed, split="validation"), key=lambda row: row[prior])["epochs"]
    [row] = rows(weight=weight, seed=seed, split="held-out", epochs=epochs)
    return float(row[prior])


def test_there_is_a_lead_for_each_seed_and_prior() -> None:
    assert [(row["seed"], row["prior"]) for row in RECORD["leads"]] == [(s, p) for s in RECORD["seeds"] for p in PRIORS]


@pytest.mark.parametrize("lead", RECORD["leads"], ids=lambda lead: f"seed {lead['seed']}, {lead['prior']}")
def test_a_lead_is_the_difference_of_the_tables_means(lead: dict[str, Any]) -> None:
    told = best(1.0, lead["seed"], lead["prior"]) - best(0.0, lead["seed"], lead["prior"])
    assert lead["lead"] == pytest.approx(told, abs=0.06), "training on reconstruction alone repeats to some hundredths"
