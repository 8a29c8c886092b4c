"""What a tool writes into the book is what the tool would write now."""

from __future__ import annotations

import json

from bookkit import paths
from bookkit.commands import about
from vae_tutorial.explorables import BoundExplorer


def test_the_home_page_shows_the_figure_of_the_package() -> None:
    stored = (paths.BOOK / "_static" / "home.html").read_text(encoding="utf-8")
    assert stored == BoundExplorer().to_html() + "\n", "run `python -m bookkit.commands.cover figure`"


def test_the_page_about_this_build_is_up_to_date() -> None:
    assert about.PAGE.read_text(encoding="utf-8") == about.page(), "run `python -m bookkit.commands.about`"


def test_every_notebook_has_a_run_time() -> None:
    noted = json.loads(paths.RUN_TIMES.read_text(encoding="utf-8"))
    assert set(noted) == {path.stem for path in paths.NOTEBOOKS}
