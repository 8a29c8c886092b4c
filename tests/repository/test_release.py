"""A release is prepared in one step, or refused with a sentence that names what lags behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from bookkit import notebooks as tool
from bookkit.commands import release, repoint
from bookkit.paths import ROOT, TEMPLATE

NOW = release.version_of()
NEXT = ".".join(map(str, (*release.as_numbers(NOW)[:1], release.as_numbers(NOW)[1] + 1, 0)))
BEFORE = "0.0.1"
DAY = date(2030, 1, 2)
CHAPTER = "book/chapter.ipynb"
COPIED = (
    release.PACKAGE,
    "README.md",
    "CONTRIBUTING.md",
    "CITATION.cff",
    "CHANGELOG.md",
    "pyproject.toml",
    "_config.yml",
)


class Tree:
    """A committed copy of what a release touches, at an address of its own, with a change to tell of."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in COPIED:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        for name in (CHAPTER, "bookkit/template.ipynb"):
            (root / name).parent.mkdir(exist_ok=True)
            shutil.copy(TEMPLATE, root / name)
        before, heading, after = self.text("CHANGELOG.md").partition(release.UNRELEASED)
        older = after[after.index("\n## ") :] if "\n## " in after else ""
        (root / "CHANGELOG.md").write_text(f"{before}{heading}\n* News.\n{older}", encoding="utf-8")
        repoint.repoint("https://github.com/someone/book", root)
        self.git("init", "--quiet")
        self.commit()

    def git(self, *arguments: str) -> str:
        identity = {"GIT_AUTHOR_NAME": "N", "GIT_AUTHOR_EMAIL": "n@localhost"}
        identity |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in identity.items()}
        command = ["git", "-C", str(self.root), "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false", *arguments]
        environment = os.environ | identity
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout

    def commit(self) -> None:
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "m")

    def text(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.text(name)
        assert old in text, f"{old!r} is not in {name}"
        (self.root / name).write_text(text.replace(old, new), encoding="utf-8")

    def refusals(self, version: str = NEXT) -> list[str]:
        return list(release.refusals(self.root, version))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_a_release_writes_its_version_everywhere(tree: Tree) -> None:
    assert tree.refusals() == []
    release.prepare(tree.root, NEXT, DAY)
    assert release.version_of(tree.root) == NEXT
    assert list(release.lagging(tree.root)) == []
    citation = yaml.safe_load(tree.text("CITATION.cff"))
    assert (citation["version"], citation["date-released"]) == (NEXT, DAY)
    assert f"@v{NEXT}" in tree.text("README.md")
    for name in (CHAPTER, "bookkit/template.ipynb"):
        assert f"git+https://github.com/someone/book@v{NEXT}" in tree.text(name)
        assert tool.is_normal(tree.root / name)
    assert not [name for name in (*COPIED, CHAPTER) if f"@v{NOW}" in tree.text(name)]
    assert f"## Unreleased\n\n## {NEXT}, {DAY}\n\n* News." in tree.text("CHANGELOG.md")
    assert release.notes(tree.root, f"v{NEXT}") == "* News."


def test_the_version_that_the_tree_has_can_be_released_once(tree: Tree) -> None:
    release.prepare(tree.root, NOW, DAY)
    tree.commit()
    tree.git("tag", f"v{NOW}")
    assert any(f"v{NOW} is there already" in sentence for sentence in tree.refusals(NOW))
    tree.edit("CHANGELOG.md", "## Unreleased\n", "## Unreleased\n\n* More news.\n")
    tree.commit()
    assert tree.refusals(NEXT) == []
    release.prepare(tree.root, NEXT, DAY.replace(year=2031))
    assert release.notes(tree.root, f"v{NEXT}") == "* More news."
    assert tree.text("CITATION.cff").count("date-released: ") == 1


SPOILS: dict[str, tuple[Callable[[Tree], object], str, str]] = {
    "no version": (lambda tree: None, "2", "'2' is not a version"),
    "a version with a letter": (lambda tree: None, f"v{NEXT}", "is not a version"),
    "an older version": (lambda tree: None, BEFORE, f"{release.PACKAGE} has version {NOW} already"),
    "a tag": (lambda tree: tree.git("tag", f"v{NEXT}"), NEXT, f"v{NEXT} is there already"),
    "a later tag": (lambda tree: tree.git("tag", "v99.0.0"), NEXT, f"v99.0.0 is there already: {NEXT} is not greater"),
    "no news": (
        lambda tree: tree.edit("CHANGELOG.md", "* News.", ""),
        NEXT,
        "CHANGELOG.md says nothing under Unreleased",
    ),
    "no part for news": (
        lambda tree: tree.edit("CHANGELOG.md", "## Unrel", "## Rel"),
        NEXT,
        "CHANGELOG.md says nothing",
    ),
    "the placeholder": (lambda tree: tree.edit("pyproject.toml", "someone", "OWNER"), NEXT, "pyproject.toml still has"),
    "the citation": (
        lambda tree: tree.edit("CITATION.cff", f"version: {NOW}", "version: 0.0.9"),
        NEXT,
        "CITATION.cff does",
    ),
    "the readme": (lambda tree: tree.edit("README.md", f"@v{NOW}", "@v0.0.9"), NEXT, "README.md does not install"),
    "a notebook": (lambda tree: tree.edit(CHAPTER, f"@v{NOW}", "@v0.0.9"), NEXT, f"{CHAPTER} does not install v{NOW}"),
}


@pytest.mark.parametrize("what", SPOILS)
def test_what_lags_behind_is_named(tree: Tree, what: str) -> None:
    spoil, version, sentence = SPOILS[what]
    spoil(tree)
    tree.commit()
    [refusal] = tree.refusals(version)
    assert sentence in refusal


def test_a_change_that_is_not_committed_is_named(tree: Tree) -> None:
    tree.edit("README.md", "## Cite", "## Cite it")
    (tree.root / "new.txt").touch()
    assert [sentence.split()[0] for sentence in tree.refusals()] == ["README.md", "new.txt"]


def test_the_command_refuses_without_a_change_and_writes_otherwise(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["release", BEFORE])
    assert release.main(tree.root) == 1
    assert f"{BEFORE} is not greater" in capsys.readouterr().out
    assert tree.git("status", "--porcelain") == ""
    monkeypatch.setattr(sys, "argv", ["release", NEXT])
    assert release.main(tree.root) == 0
    assert f"git tag v{NEXT}" in capsys.readouterr().out
    written = {line[3:] for line in tree.git("status", "--porcelain").splitlines()}
    assert written == {release.PACKAGE, "CITATION.cff", "CHANGELOG.md", "README.md", CHAPTER, "bookkit/template.ipynb"}


@pytest.mark.parametrize("tag", [f"v{NEXT}", f"v{NOW}", "main"])
def test_a_tag_that_was_not_prepared_has_no_notes(tree: Tree, tag: str) -> None:
    with pytest.raises(SystemExit, match=r"CHANGELOG\.md has no part for"):
        release.notes(tree.root, tag)


def test_this_tree_lags_in_nothing() -> None:
    assert list(release.lagging(ROOT)) == []
    assert release.section(tree_log(), "Unreleased") or release.section(tree_log(), NOW)


def tree_log() -> str:
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
