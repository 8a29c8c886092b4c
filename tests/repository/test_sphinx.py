"""Sphinx alone builds the same book: the pages do not depend on Jupyter Book's survival."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from filecmp import cmp
from pathlib import Path

import pytest

from bookkit.commands import sphinx
from bookkit.paths import BOOK, HTML, ROOT

pytestmark = pytest.mark.slow

OWN = {".buildinfo"}  # Sphinx's note of its settings, by which it tells what is out of date


def files(folder: Path) -> set[str]:
    """Return every file of a built book but Sphinx's own note."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - OWN


def differences(one: Path, other: Path) -> list[str]:
    """Return the files that only one book has, and those whose bytes differ: pages, pictures, scripts, index."""
    shared = files(one) & files(other)
    return sorted((files(one) ^ files(other)) | {name for name in shared if not cmp(one / name, other / name, False)})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as Sphinx makes them from conf.py, where importing Jupyter Book fails."""
    folder = tmp_path_factory.mktemp("sphinx")
    (folder / "conf.py").write_text(sphinx.conf(folder), encoding="utf-8")
    (folder / "without").mkdir()
    (folder / "without" / "jupyter_book.py").write_text("raise ImportError('there is no Jupyter Book')\n")
    options = ["-q", "-n", "-W", "--keep-going", "-c", str(folder), "-d", str(folder / "doctrees")]
    run = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, BOOK, folder / "html"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(folder / "without"), str(ROOT)])},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return folder / "html"


def test_both_books_are_equal(built: Path) -> None:
    if not (HTML / "index.html").exists():
        pytest.fail("The book is not built: run `make book` first.")
    assert {"intro.html", "what_is_p_of_x.html", "api.html", "objects.inv", "searchindex.js"} <= files(built)
    assert differences(HTML, built) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("intro.html", 'id="', 'id="moved-'),  # an anchor
        ("what_is_p_of_x.html", 'class="output ', 'class="input '),  # an output
        ("api.html", "", None),  # a page
    ],
)
def test_a_planted_change_is_found(built: Path, tmp_path: Path, name: str, old: str, new: str | None) -> None:
    copy = tmp_path / "html"
    shutil.copytree(built, copy)
    if new is None:
        (copy / name).unlink()
    else:
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert differences(built, copy) == [name]


def test_the_settings_ask_for_nothing_of_jupyter_books() -> None:
    found = sphinx.settings()
    assert not [name for name in found["extensions"] if "jupyter" in name]
    assert not [name for name in found if "jupyterbook" in name]
    assert {"myst_nb", "sphinx_external_toc", "sphinx_book_theme"} <= set(found["extensions"])
