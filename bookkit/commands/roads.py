"""Write the page of the roads, and on every page of a road where it stands.

    python -m bookkit.commands.roads

From ``book/_roads.yml``, the titles of the pages and the rule of reading; it may be run as often as one likes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bookkit import notebooks as tool
from bookkit import roads
from bookkit.paths import BOOK


def pages(book: Path) -> list[Path]:
    """Return the pages that say where they stand: every chapter, and what else is on a road."""
    named = {book / step.page for road in roads.read(book) for step in road.steps}
    return sorted(named | set(book.glob("*.ipynb")))


def written(path: Path) -> str:
    """Return a page's text with its roads."""
    line = roads.standing(path.name, path.parent)
    if path.suffix != ".ipynb":
        return roads.with_standing(path.read_text(encoding="utf-8"), line)
    notebook = tool.read(path)
    opening = notebook["cells"][0]
    opening["source"] = roads.with_standing(opening["source"], line)
    return tool.normalise(notebook)


def write(book: Path) -> None:
    """Write all of it; the page last, since its minutes are those of what stands."""
    for path in pages(book):
        path.write_text(written(path), encoding="utf-8", newline="\n")
    (book / roads.PAGE).write_text(roads.page_text(book), encoding="utf-8", newline="\n")


def main() -> int:
    """Write the book's."""
    write(BOOK)
    return 0


if __name__ == "__main__":
    sys.exit(main())
