"""Put another address in place of the repository's, everywhere it stands: for a fork, or for the book's first home.

    python -m bookkit.commands.repoint https://github.com/you/your-book

The address is read from ``[project.urls]`` in pyproject.toml, and replaced there too.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from bookkit import notebooks as tool
from bookkit.paths import ROOT

TEXTS = ("pyproject.toml", "_config.yml", "CITATION.cff", "README.md", "CONTRIBUTING.md")
NOTEBOOKS = ("book/*.ipynb", "bookkit/*.ipynb")
ADDRESS = re.compile(r"https://[\w.-]+(/[\w.-]+){2,}(?<!\.git)")


def address_of(root: Path = ROOT) -> str:
    """Return the repository's address."""
    return str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"])


def places(root: Path = ROOT) -> list[Path]:
    """Return every file that names the address."""
    return [root / name for name in TEXTS] + sorted(path for pattern in NOTEBOOKS for path in root.glob(pattern))


def repoint(new: str, root: Path = ROOT) -> list[Path]:
    """Replace the address and return the files that changed; a notebook comes out in normal form."""
    if not ADDRESS.fullmatch(new):
        raise ValueError(f"{new!r} is not a repository's address: write https://host/owner/name, without .git or /")
    old = re.compile(re.escape(address_of(root)) + r"(?![\w-])")
    changed = []
    for path in places(root):
        before = path.read_text(encoding="utf-8")
        after = old.sub(lambda _: new, before)
        if after != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            if path.suffix == ".ipynb":  # a cell's id is made from its source
                path.write_text(tool.normalise(tool.read(path)), encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def main() -> int:
    """Do what the command line asks."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    try:
        changed = repoint(sys.argv[1].rstrip("/"))
    except ValueError as error:
        print(error)
        return 2
    print(f"{len(changed)} files now name {address_of()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
