"""What a tool writes into the book is what the tool would write now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bookkit import notebooks as tool
from bookkit import paths, stills
from bookkit.commands import about, cover, setup_cell


@pytest.mark.parametrize("name", cover.FIGURES)
def test_the_home_page_shows_the_figures_of_the_package(name: str) -> None:
    stored = (paths.BOOK / "_static" / f"{name}.html").read_text(encoding="utf-8")
    assert stills.STILL.search(stored)
    assert stills.STILL.sub("", stored) == cover.FIGURES[name].to_html() + "\n", (
        "run `python -m bookkit.commands.cover figures`"
    )
    assert f":file: _static/{name}.html" in (paths.BOOK / "intro.md").read_text(encoding="utf-8")


def test_the_page_about_this_build_is_up_to_date() -> None:
    assert about.PAGE.read_text(encoding="utf-8") == about.page(), "run `python -m bookkit.commands.about`"


def test_every_notebook_has_a_run_time() -> None:
    noted = json.loads(paths.RUN_TIMES.read_text(encoding="utf-8"))
    assert set(noted) == {path.stem for path in paths.NOTEBOOKS}


@pytest.mark.parametrize("path", paths.NOTEBOOKS, ids=lambda path: path.stem)
def test_the_set_up_cell_is_the_templates(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == setup_cell.written(path), "run `python -m bookkit.commands.setup_cell`"


def test_another_set_up_cell_is_replaced_with_its_fold_and_nothing_else(tmp_path: Path) -> None:
    other = tool.read(paths.TEMPLATE)
    cell = setup_cell.first_code(other)
    cell["source"], cell["metadata"] = "import torch", {}
    path = tmp_path / "other.ipynb"
    path.write_text(tool.normalise(other), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != paths.TEMPLATE.read_text(encoding="utf-8")
    assert setup_cell.written(path) == paths.TEMPLATE.read_text(encoding="utf-8")
