"""The repository's address stands in one place and is the same everywhere; another can be put in its place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest
import yaml

from bookkit import notebooks as tool
from bookkit import paths
from bookkit.commands import repoint

OURS = repoint.address_of()
NAMED = re.compile(r"https://[\w.-]+/[\w.-]+/vae-tutorial(?![\w-])")


def texts(root: Path) -> dict[str, str]:
    """Return every file that may name the repository."""
    kept = {".md", ".toml", ".yml", ".cff", ".ipynb", ".py", ".txt"}
    places = [path for path in root.glob("*") if path.is_file() and path.suffix in kept]
    places += [path for folder in ("book", "bookkit", "vae_tutorial") for path in (root / folder).rglob("*")]
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in places if path.suffix in kept}


def test_no_file_names_another_address() -> None:
    others = {name: set(NAMED.findall(text)) - {OURS} for name, text in texts(paths.ROOT).items()}
    assert {name: found for name, found in others.items() if found} == {}


def test_the_book_the_citation_and_the_readme_name_it() -> None:
    config = yaml.safe_load((paths.ROOT / "_config.yml").read_text(encoding="utf-8"))
    citation = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    version = pytest.importorskip("vae_tutorial").__version__
    assert config["repository"]["url"] == citation["repository-code"] == OURS
    assert citation["version"] == version
    assert f"git+{OURS}@v{version}" in (paths.ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readmes_links_and_pictures_are_there() -> None:
    named = re.findall(r"\]\((?!https?:)([^)#]+)", (paths.ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(named) > 5
    assert [name for name in named if not (paths.ROOT / name).exists()] == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of every file that names the address."""
    for path in repoint.places():
        target = tmp_path / path.relative_to(paths.ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return tmp_path


def test_another_address_replaces_it_everywhere_and_back_again(copy: Path) -> None:
    theirs = "https://codeberg.org/someone/their-book"
    before = texts(copy)
    changed = repoint.repoint(theirs, copy)
    assert {str(path.relative_to(copy)) for path in changed} == {name for name, text in before.items() if OURS in text}
    assert not [name for name, text in texts(copy).items() if OURS in text]
    assert all(tool.is_normal(path) for path in copy.rglob("*.ipynb"))
    repoint.repoint(OURS, copy)
    assert texts(copy) == before


def test_an_address_that_begins_alike_is_left_alone(copy: Path) -> None:
    readme = copy / "README.md"
    readme.write_text(f"{OURS} {OURS}-solutions", encoding="utf-8")
    repoint.repoint("https://github.com/someone/book", copy)
    assert readme.read_text(encoding="utf-8") == f"https://github.com/someone/book {OURS}-solutions"


@pytest.mark.parametrize("address", ["github.com/a/b", "https://github.com/a", "https://github.com/a/b.git", "x\ny"])
def test_what_is_no_address_is_refused(copy: Path, address: str) -> None:
    with pytest.raises(ValueError, match="is not a repository's address"):
        repoint.repoint(address, copy)


@pytest.mark.parametrize("path", repoint.places(), ids=lambda path: path.name)
def test_a_notebook_assumes_no_runtime_of_one_host(path: Path) -> None:
    if path.suffix == ".ipynb":
        code = "\n".join(cell["source"] for cell in tool.read(path)["cells"] if cell["cell_type"] == "code")
        assert re.findall(r"google\.colab|/content|files\.upload|\.cuda\(|[\"']cuda", code) == []


def test_no_notebook_holds_a_secret_or_a_person() -> None:
    secret = re.compile(r"ghp_\w{20}|hf_\w{20}|sk-\w{20}|AKIA\w{16}|[\w.]+@[\w-]+\.(?:com|org|net|edu|de|uk)\b")
    for path in paths.NOTEBOOKS:
        found = secret.findall(nbformat.writes(tool.read(path)))
        assert found == [], path.name
    assert secret.search("write to someone@example.org")
