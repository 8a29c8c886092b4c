"""Code that stands open fits its box at 1280 pixels: 79 columns."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell

from bookkit import pages
from bookkit.paths import NOTEBOOKS

WIDEST = 79
# Notebooks whose open code is still wider.  Narrow one, and take it off; nothing may be put on.
TOO_WIDE: set[str] = {
    "amortized_inference",
    "decoder_likelihoods",
    "expectation_maximization",
    "gaussian_identities",
    "gradient_estimators",
    "how_to_train_your_own",
    "intractable_evidence",
    "measuring_log_likelihood",
    "posterior_collapse",
    "rate_distortion",
    "use_the_package",
    "variational_autoencoder",
    "what_training_raises",
    "why_not_reconstruction",
}


def wide_lines(cells: list[Any]) -> list[str]:
    """Return the lines that are too wide in cells that are not folded."""
    folded = {"hide-input", "hide-cell"}
    open_cells = [cell for cell in pages.code_cells(cells) if not folded & set(pages.tags(cell))]
    return [line for cell in open_cells for line in cell["source"].splitlines() if len(line) > WIDEST]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_open_code_is_no_wider_than_its_box(path: Any) -> None:
    assert (wide_lines(pages.read(path)) != []) == (path.stem in TOO_WIDE)


def test_the_set_up_cell_is_no_wider_even_where_it_is_folded() -> None:
    for path in NOTEBOOKS:
        assert wide_lines([{**pages.code_cells(pages.read(path))[0], "metadata": {}}]) == []


def test_a_wide_line_is_found_and_a_folded_one_is_none() -> None:
    wide = "x" * (WIDEST + 1)
    assert wide_lines([new_code_cell(f"{wide}\n{wide[1:]}")]) == [wide]
    assert wide_lines([new_code_cell(wide, metadata={"tags": ["hide-input"]})]) == []
