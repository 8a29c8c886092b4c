"""Write the page about this build: the versions pinned, and what each notebook took to run.

    python -m bookkit.commands.about

``make notebooks`` notes the run times and calls this.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import yaml

from bookkit import notebooks as tool
from bookkit import paths

PAGE = paths.BOOK / "about_this_build.md"
NAMED = ("torch", "numpy", "scikit-learn", "matplotlib", "anywidget", "jupyter-book", "Sphinx", "myst-nb", "nbval")
TEXT = """# About this build

Every number, table and figure in this book was computed by the notebooks themselves, with the versions below. The
stored outputs are compared with a fresh run each time the book changes. To make them again: `make notebooks`.

## Versions

{versions}

`requirements.txt` pins these and all that they need.

## Run time of each notebook

Seconds on one processor of a small rented machine, without a GPU, at the last run that was stored. Other work on the
same machine makes such a number larger, so take it as a guide.

{times}

All together: {total} seconds.
"""


def table(head: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    """Return a Markdown table, its second column to the right."""
    lines = [f"| {left} | {right} |" for left, right in rows]
    return "\n".join([f"| {head[0]} | {head[1]} |", "|---|---:|", *lines])


def versions() -> list[tuple[str, str]]:
    """Return the pins that a reader may ask for."""
    pins = re.findall(r"^([\w.-]+)==(\S+)", (paths.ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    return [(name, version) for name, version in pins if name in NAMED]


def run_times() -> list[tuple[str, int]]:
    """Return each chapter, linked, in reading order, with its seconds."""
    noted = json.loads(paths.RUN_TIMES.read_text(encoding="utf-8"))
    toc = yaml.safe_load((paths.BOOK / "_toc.yml").read_text(encoding="utf-8"))
    names = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    notebooks = [(name, paths.BOOK / f"{name}.ipynb") for name in names]
    return [(f"[{title(path)}]({path.name})", noted[name]) for name, path in notebooks if path.exists()]


def title(path: Path) -> str:
    """Return a notebook's title."""
    return str(tool.read(path)["cells"][0]["source"]).splitlines()[0].removeprefix("# ")


def page() -> str:
    """Return the page's text."""
    times = run_times()
    return TEXT.format(
        versions=table(("package", "version"), versions()),
        times=table(("chapter", "seconds"), [(name, str(seconds)) for name, seconds in times]),
        total=sum(seconds for _, seconds in times),
    )


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
