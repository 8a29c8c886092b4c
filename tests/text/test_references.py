"""Whatever a chapter, a page or a docstring cites stands in references.md, and is used where that page says so."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from bookkit import pages, paths

IDENTIFIER = re.compile(
    r"arxiv(?:\.org/abs/|:)(?P<arxiv>\d{4}\.\d{4,5})"
    r"|(?P<doi>\b10\.\d{4,9}/(?:[^\s()\]>\"'`;,|\\]|\([^\s()]*\))+)"
    r"|openreview\.net/forum\?id=(?P<openreview>[\w-]+)",
    re.IGNORECASE,
)
REFERENCES = paths.BOOK / "references.md"
CITING = [path for path in paths.NOTEBOOKS + pages.MARKDOWN_PAGES if path != REFERENCES]
CITING += sorted((paths.PACKAGE).rglob("*.py"))


def text_of(path: Path) -> str:
    if path.suffix == ".ipynb":
        return "\n\n".join(cell["source"] for cell in pages.read(path))
    return path.read_text(encoding="utf-8")


def cited(text: str) -> set[str]:
    """Return the DOIs, arXiv numbers and OpenReview ids in a text, each in one spelling."""
    return {unquote(next(filter(None, match.groups()))).rstrip(".").lower() for match in IDENTIFIER.finditer(text)}


def entries(text: str) -> list[str]:
    """Return the entries of references.md that cite something."""
    return [entry for entry in re.findall(r"^\* .+(?:\n  .+)*", text, re.MULTILINE) if cited(entry)]


def entry_faults(entry: str) -> list[str]:
    """Find an entry that does not say where it is used, or names a page that does not cite it."""
    *_, used = entry.partition("Used in ")
    chapters = re.findall(r"\]\((\w+\.(?:ipynb|md))", used)
    faults = [] if chapters else ["it does not say where it is used"]
    for chapter in chapters:
        if chapter == "api.md":
            citing = "\n".join(text_of(path) for path in CITING if path.suffix == ".py")
        else:
            citing = text_of(paths.BOOK / chapter)
        faults += [f"{chapter} does not cite {name}" for name in sorted(cited(entry) - cited(citing))]
    return faults


TEXT = REFERENCES.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CITING, ids=lambda path: str(path.relative_to(paths.ROOT)))
def test_whatever_is_cited_stands_among_the_references(path: Path) -> None:
    assert cited(text_of(path)) - cited(TEXT) == set()


@pytest.mark.parametrize("entry", entries(TEXT), ids=lambda entry: entry[2:40])
def test_every_reference_is_used_where_it_says(entry: str) -> None:
    assert entry_faults(entry) == []


def test_every_reference_is_listed_once() -> None:
    listed = [name for entry in entries(TEXT) for name in cited(entry)]
    assert sorted(set(listed)) == sorted(listed)
    assert len(listed) > 50


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[arXiv:1312.6114](https://arxiv.org/abs/1312.6114)", {"1312.6114"}),
        ("[here](https://doi.org/10.1016/0004-3702%2890%2990060-D): why", {"10.1016/0004-3702(90)90060-d"}),
        ("([one](https://doi.org/10.1016/0167-9473(92)90042-E)).", {"10.1016/0167-9473(92)90042-e"}),
        ("Tipping and Bishop (1999), https://doi.org/10.1111/1467-9868.00196", {"10.1111/1467-9868.00196"}),
        ("Golub (1969), https://doi.org/10.1023/A:1007665907178;", {"10.1023/a:1007665907178"}),
        ("https://openreview.net/forum?id=Sy2fzU9gl.", {"sy2fzu9gl"}),
        ("torch 2.13.0, 10.5 nats, 1312.6114", set()),
    ],
)
def test_an_identifier_is_read_in_every_spelling(text: str, names: set[str]) -> None:
    assert cited(text) == names


GOOD = (
    "* D. P. Kingma and M. Welling (2014), [arXiv:1312.6114](https://arxiv.org/abs/1312.6114). The VAE.\n"
    "  Used in [What is a VAE?](variational_autoencoder.ipynb#summary) and [the package](api.md#models)"
)


def test_a_good_entry_has_no_faults() -> None:
    assert entries(f"# References\n\n* A link to [a group](#a-group).\n{GOOD}\n* A book.\n") == [GOOD]
    assert entry_faults(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Used in", "Good for"),
        ("variational_autoencoder.ipynb#summary", "what_is_p_of_x.ipynb"),
        ("1312.6114", "1312.6115"),
    ],
)
def test_a_bad_entry_is_found(old: str, new: str) -> None:
    assert entry_faults(GOOD.replace(old, new)) != []
