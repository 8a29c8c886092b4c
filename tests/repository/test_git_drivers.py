"""Where `make git-drivers` was called, git shows a notebook as text and merges it cell by cell."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from bookkit import notebooks as tool
from bookkit.commands import git_drivers
from bookkit.paths import ROOT, TEMPLATE

NAME = "chapter.ipynb"
OURS = "A new sentence of ours."
THEIRS = "A new sentence of theirs."
BASE64 = re.compile(r"[A-Za-z0-9+/]{100}")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==\n"
Change = Callable[[list[Any]], None]


class Clone:
    """A scratch repository with one notebook, in normal form, that has text, numbers and a picture."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch", "main")
        for key, value in {"user.name": "N", "user.email": "n@localhost", "commit.gpgsign": "false"}.items():
            self.git("config", key, value)
        shutil.copy(ROOT / ".gitattributes", folder)
        self.write(tool.read(TEMPLATE))
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "base")

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", "-C", self.folder, *arguments], check=True, capture_output=True, text=True).stdout

    @property
    def path(self) -> Path:
        return self.folder / NAME

    def write(self, notebook: Any) -> None:
        self.path.write_text(tool.normalise(notebook), encoding="utf-8", newline="\n")

    def change(self, *changes: Change) -> str:
        notebook = tool.read(self.path)
        for change in changes:
            change(notebook["cells"])
        self.write(notebook)
        return self.path.read_text(encoding="utf-8")

    def merge(self, ours: Change, theirs: Change) -> bool:
        """Make each change on a branch of its own, merge, and say whether that went without a conflict."""
        self.git("switch", "--quiet", "--create", "theirs")
        self.change(theirs)
        self.git("commit", "--quiet", "--all", "--message", "theirs")
        self.git("switch", "--quiet", "main")
        self.change(ours)
        self.git("commit", "--quiet", "--all", "--message", "ours")
        command = ["git", "-C", str(self.folder), "merge", "--quiet", "--no-edit", "theirs"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


@pytest.fixture
def configured(clone: Clone) -> Clone:
    if not git_drivers.MERGE.exists():
        pytest.skip("nbdime is not installed: run `make git-drivers` first.")
    git_drivers.configure(clone.folder)
    return clone


def changed(notebook: Any, change: Change) -> Any:
    change(notebook["cells"])
    return notebook


def markdown(cells: list[Any]) -> list[Any]:
    return [cell for cell in cells if cell["cell_type"] == "markdown"]


def say_ours(cells: list[Any]) -> None:
    """Add a sentence near the beginning, and a code cell before all others, so that every count moves."""
    markdown(cells)[0]["source"] += f"\n\n{OURS}"
    cells.insert(1, new_code_cell("1 + 1"))


def say_theirs(cells: list[Any]) -> None:
    """Add a sentence near the end, and let a cell print one more number."""
    markdown(cells)[-1]["source"] += f"\n\n{THEIRS}"
    cell, *_ = [cell for cell in cells if any(o["output_type"] == "stream" for o in cell.get("outputs", []))]
    cell["source"] += "\nprint('one more:', 42)"
    cell["outputs"][0]["text"] += "one more: 42\n"


def test_a_changed_sentence_and_number_are_shown_as_words(clone: Clone) -> None:
    git_drivers.configure(clone.folder)
    clone.change(say_theirs, lambda cells: markdown(cells)[0].update(source=markdown(cells)[0]["source"] + OURS))
    shown = clone.git("diff")
    added = [line[1:].strip() for line in shown.splitlines() if re.match(r"\+(?!\+\+)", line)]
    assert {THEIRS, "print('one more:', 42)", "one more: 42"} <= set(added)
    assert OURS in " ".join(added)
    assert len(added) < 8
    assert not BASE64.search(shown)
    assert '"source"' not in shown


def test_a_changed_picture_is_shown_by_its_digest(clone: Clone) -> None:
    git_drivers.configure(clone.folder)

    def repaint(cells: list[Any]) -> None:
        [output, *_] = [o for cell in cells for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        output["data"]["image/png"] = PIXEL

    clone.path.write_text(nbformat.writes(changed(tool.read(clone.path), repaint)), encoding="utf-8")
    added = [line for line in clone.git("diff").splitlines() if re.match(r"[-+] ", line)]
    assert [re.sub(r"[0-9a-f]{12}", "…", line) for line in added] == ["-    [image/png: …]", "+    [image/png: …]"]


def test_without_the_drivers_git_shows_json_and_finds_a_conflict(clone: Clone) -> None:
    assert not clone.merge(say_ours, say_theirs)  # a cell's number and the next line, its id, changed on two sides
    assert '"id"' in clone.git("diff")


def test_changes_of_different_cells_merge_into_the_notebook_that_has_both(configured: Clone) -> None:
    both = changed(changed(tool.read(configured.path), say_theirs), say_ours)
    assert configured.merge(say_ours, say_theirs)
    assert tool.normalise(tool.read(configured.path)) == tool.normalise(both)


def test_two_changes_of_one_sentence_are_a_conflict(configured: Clone) -> None:
    def rename(to: str) -> Change:
        return lambda cells: markdown(cells)[0].update(source=f"# {to}")

    assert not configured.merge(rename("Ours"), rename("Theirs"))
