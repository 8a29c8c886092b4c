"""The minutes at a notebook's top are those of a rule; a main line should fit into three quarters of an hour."""

from __future__ import annotations

import re
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from bookkit import pages, reading
from bookkit.paths import NOTEBOOKS

# Chapters that are still longer.  Shorten one, and take it off; nothing may be put on.
TOO_LONG = {
    "amortized_inference",
    "decoder_likelihoods",
    "expectation_maximization",
    "gradient_estimators",
    "how_to_train_your_own",
    "intractable_evidence",
    "measuring_log_likelihood",
    "posterior_collapse",
    "what_training_raises",
}

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def printing(source: str, printed: str = "", tags: tuple[str, ...] = ()) -> Any:
    outputs = [new_output("stream", name="stdout", text=printed)] if printed else []
    return new_code_cell(source, outputs=outputs, metadata={"tags": list(tags)})


@every_notebook
def test_the_minutes_at_the_top_are_those_of_the_rule(path: Any) -> None:
    cells = pages.read(path)
    [stated] = re.findall(r"(\d+) minutes to read", cells[0]["source"])
    assert int(stated) == reading.minutes(cells), (
        "run `make notebooks`, or `python -m bookkit.commands.notebooks --no-run`"
    )


def test_no_other_chapter_takes_longer_than_three_quarters_of_an_hour() -> None:
    assert {path.stem for path in NOTEBOOKS if reading.minutes(pages.read(path)) > reading.LONGEST} == TOO_LONG


@pytest.mark.parametrize(
    ("cells", "seconds"),
    [
        ([new_markdown_cell("word " * 220)], 60),
        ([new_markdown_cell("word " * 219 + "[word](a/very/long-address.ipynb#of-many-words)")], 60),
        ([new_markdown_cell("$x$ " * 220)], 60 + 220 * reading.INLINE),
        ([new_markdown_cell("$$x = y$$")], reading.DISPLAYED),
        ([new_markdown_cell("<details><summary>more</summary>\n\nlong\n\n</details>")], 0),
        ([printing("a = 1\n\nb = 2", "one\ntwo\nthree")], 2 * reading.CODE + 3 * reading.PRINTED),
        ([printing("a = 1", "one", ("hide-input",))], reading.PRINTED),
        ([printing("a = 1", "one", ("hide-cell",))], 0),
        ([new_markdown_cell("## Exercises\n\nlong"), printing("a = 1", "one"), new_markdown_cell("and more")], 0),
        ([new_markdown_cell("## Further reading\n\nlong")], 0),
    ],
)
def test_what_a_cell_takes(cells: list[Any], seconds: float) -> None:
    assert reading.seconds(cells) == pytest.approx(seconds)


def test_an_opening_is_given_the_minutes_of_its_cells() -> None:
    cells = [new_markdown_cell("**Time:** 7 minutes to read, one to run."), new_markdown_cell("word " * 2200)]
    assert reading.with_time(cells[0]["source"], cells) == "**Time:** 10 minutes to read, one to run."


@every_notebook
def test_a_folded_cell_says_what_it_does(path: Any) -> None:
    folded = [cell for cell in pages.read(path) if {"hide-input", "hide-cell"} & set(pages.tags(cell))]
    assert [cell["source"] for cell in folded if not cell["source"].startswith("# @title ")] == []
