"""Read the book as the laws in test_book.py need it: what it says, what it shows, and what is wrong with either.

A function that looks for faults takes plain values and returns a list of sentences, so a law can be shown to fail.

What a notebook of this book must look like
-------------------------------------------
* The first cell is Markdown, and its title, `# …?`, is a question. The opening says how many minutes it takes: `make
  notebooks` counts them by the rule in `bookkit/reading.py`.
* The first code cell is the set-up cell, the same in every notebook.
* The last level-two headings are, in this order: `## The check…`, `## Summary`, `## Exercises`, `## Further reading`.
* Under *The check*, one code cell is tagged `check`. It asserts that both sides, computed apart, agree.
* Under *Exercises*, every code cell is a solution: three to five, tagged `hide-cell`, opened by a line
  `# @title Solution 1: …`, and holding an `assert`. The tag folds the cell on the page. `make notebooks` adds the
  rest: the title as the fold's name (`mystnb.code_prompt_show`), `"cellView": "form"` for Colab, which shows the
  title too, and `"jupyter": {"source_hidden": true, "outputs_hidden": true}` for JupyterLab.
* A cell that is not the point, one that draws or prints, is tagged `hide-input` and opened by such a line as well.
* A cell that shows an image says what is to be seen in it: `"mystnb": {"image": {"alt": "…"}}` in its metadata.
* A figure that moves holds a still picture of itself for places that run no script; `make notebooks` puts it there.
* A cell that cannot repeat its output is tagged `nbval-ignore-output` and says why: `# nbval-ignore-output: …`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bookkit import notebooks, stills
from bookkit.paths import BOOK, ROOT

MARKDOWN_PAGES = sorted(BOOK.glob("*.md"))

CLOSING_HEADINGS = ["The check", "Summary", "Exercises", "Further reading"]
ALT_LENGTH = range(40, 501)
MAX_BYTES = 500_000
MAX_LINES = 25

FENCED = re.compile(r"^( *)(`{3,}|~{3,}).*?^ *\2`*~* *$", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
DISPLAY_MATHS = re.compile(r"\$\$.*?\$\$", re.DOTALL)
IDENTIFIERS = re.compile(
    r"\]\([^)]*\)|https?://[^\s)>]+|<[^>]*>|\b10\.\d{4,}/\S+|arxiv[:\s]*\d{4}\.\d{4,5}(v\d+)?|^:[\w-]+:.*$",
    re.IGNORECASE | re.MULTILINE,
)
HTML_TAG = re.compile(r"<(script|style)\b.*?</\1>|</?[a-z][^>]*>", re.DOTALL)
DECIMAL = re.compile(r"(?<![\w.])-?\d+\.\d+(?!\.?\d)")

# Colab, GitHub or Jupyter show each of these as it is written.
DIRECTIVE = re.compile(r"^ *(`{3,}|~{3,}|:{3,}) *\{[\w:-]+\}", re.MULTILINE)
ROLE = re.compile(r"(?<!`)\{[\w:.+-]+\}`[^`]+`")
NOT_COMMONMARK = {
    "a colon fence": re.compile(r"^ *:{3,}", re.MULTILINE),
    "a label": re.compile(r"^ *\([\w:.-]+\)= *$", re.MULTILINE),
    "a comment or block break": re.compile(r"^(% |\+\+\+)", re.MULTILINE),
    "a substitution": re.compile(r"\{\{.*?\}\}"),
    "a footnote": re.compile(r"\[\^[^\]]+\]"),
    "an attribute list": re.compile(r"\{[#.][\w-]+[^}]*\}"),
    "a GitHub alert": re.compile(r"^ *> *\[!\w+\]", re.MULTILINE),
    "a link without words": re.compile(r"(?<!!)\[\]\("),
    "maths outside dollars": re.compile(r"^ *\\begin\{", re.MULTILINE),
}

PRIVATE = re.compile(
    r"/(home|root|Users|tmp|var|opt|usr|mnt|content)/|[A-Z]:\\\w|site-packages|ipykernel_\d+|\b0x[0-9a-f]{6,}\b"
)


def read(path: Path) -> list[Any]:
    """Return a notebook's cells."""
    return list(notebooks.read(path)["cells"])


def tags(cell: Any) -> list[str]:
    """Return a cell's tags."""
    return list(cell["metadata"].get("tags", []))


def code_cells(cells: list[Any]) -> list[Any]:
    """Return the cells that run."""
    return [cell for cell in cells if cell["cell_type"] == "code" and cell["source"].strip()]


def markdown(cells: list[Any]) -> str:
    """Return all prose cells as one Markdown text."""
    return "\n\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")


def alt_text(cell: Any) -> str:
    """Return what a cell says about its image."""
    return str(cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", ""))


def shows_image(cell: Any) -> bool:
    """Say whether a cell's output holds an image."""
    return any(kind.startswith("image/") for output in cell.get("outputs", []) for kind in output.get("data", {}))


def sections(cells: list[Any]) -> dict[str, list[Any]]:
    """Return the cells by level-two heading; those before the first stand under the empty one."""
    found: dict[str, list[Any]] = {"": []}
    heading = ""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            for match in re.finditer(r"^## +(.+?) *$", FENCED.sub("", cell["source"]), re.MULTILINE):
                heading = match[1]
                found.setdefault(heading, [])
        found[heading].append(cell)
    return found


def shown(cells: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield each output that can be read, as its kind and its text."""
    for cell in code_cells(cells):
        for output in cell["outputs"]:
            if output["output_type"] == "stream":
                yield output["name"], output["text"]
            for kind, data in output.get("data", {}).items():
                if kind.startswith("text/"):
                    yield kind, data


def decimals(text: str) -> list[str]:
    """Return the decimal numbers in a text, with their minus signs. 2.13.0 is a version, not a number."""
    return DECIMAL.findall(text.replace("−", "-"))


def stated_decimals(text: str) -> list[str]:
    """Return the decimals that a Markdown text states: not those in code, links, DOIs or arXiv numbers."""
    for ignored in (FENCED, CODE_SPAN, IDENTIFIERS):
        text = ignored.sub(" ", text)
    return decimals(text)


def shown_decimals(cells: list[Any]) -> set[str]:
    """Return the decimals in the outputs that are compared on every run."""
    compared = [cell for cell in cells if "nbval-ignore-output" not in tags(cell)]
    return {number for _, text in shown(compared) for number in decimals(HTML_TAG.sub(" ", text))}


def unsupported_decimals(stated: list[str], available: set[str]) -> list[str]:
    """Return the stated decimals that no output shows. "Lower by 4.32" may speak of −4.32, but not the other way."""
    return [number for number in stated if number not in available and f"-{number}" not in available]


def commonmark_faults(text: str) -> list[str]:
    """Find what only MyST or GitHub would render."""
    without_code = FENCED.sub("", text)
    faults = [f"a directive: {match[0].strip()}" for match in DIRECTIVE.finditer(text)]
    faults += [f"a role: {match[0]}" for match in ROLE.finditer(without_code)]
    plain = DISPLAY_MATHS.sub("", CODE_SPAN.sub("", without_code))
    return faults + [
        f"{name}: {match[0].strip()}" for name, pattern in NOT_COMMONMARK.items() for match in pattern.finditer(plain)
    ]


def link_faults(text: str, pages: set[str]) -> list[str]:
    """Find links to chapters that do not exist. Whether the heading exists is the build's to say."""
    targets = re.findall(r"\]\(([^)#\s]+\.(?:ipynb|md))(?:#[^)]*)?\)", FENCED.sub("", text))
    return [f"{target} does not exist" for target in targets if "://" not in target and target not in pages]


def image_faults(cells: list[Any]) -> list[str]:
    """Find images without a description, or with one of a length that no description has."""
    lengths = [(number, len(alt_text(cell))) for number, cell in enumerate(cells) if shows_image(cell)]
    return [
        f"cell {number} shows an image, and its mystnb.image.alt has {length} characters"
        for number, length in lengths
        if length not in ALT_LENGTH
    ]


def still_faults(cells: list[Any]) -> list[str]:
    """Find moving figures that show nothing, or say nothing, where no script runs."""
    moving = [data["text/html"] for data in stills.moving_outputs({"cells": cells})]
    found = [stills.STILL.search(figure) for figure in moving]
    return [
        f"moving figure {number} has no still picture with words: run `make notebooks`"
        for number, still in enumerate(found)
        if still is None or len(html.unescape(still["alt"])) not in ALT_LENGTH
    ]


def output_faults(cells: list[Any]) -> list[str]:
    """Find outputs that are missing, out of order, errors, warnings, or true on one machine only."""
    counts = [cell["execution_count"] for cell in code_cells(cells)]
    faults = [] if counts == list(range(1, len(counts) + 1)) else [f"the cells were run in the order {counts}"]
    outputs = [output for cell in code_cells(cells) for output in cell["outputs"]]
    faults += [f"an error is stored: {output['ename']}" for output in outputs if output["output_type"] == "error"]
    faults += [f"stderr is stored: {text!r}" for kind, text in shown(cells) if kind == "stderr"]
    texts = [text for _, text in shown(cells)] + [cell["source"] for cell in cells]
    faults += [f"{match[0]} is true on one machine only" for text in texts for match in PRIVATE.finditer(text)]
    faults += ["the book's own folder is named" for text in texts if str(ROOT) in text]
    return faults


def ignored_output_faults(cells: list[Any]) -> list[str]:
    """Find outputs exempt from comparison without a reason, and more than one of them."""
    exempt = [cell for cell in cells if "nbval-ignore-output" in tags(cell)]
    faults = [f"{len(exempt)} cells are exempt from comparison"] if len(exempt) > 1 else []
    reason = re.compile(r"^# nbval-ignore-output: .+", re.MULTILINE)
    unexplained = [cell for cell in exempt if not reason.search(cell["source"])]
    return faults + ["a cell is exempt from comparison and does not say why" for _ in unexplained]


def opening_faults(cells: list[Any]) -> list[str]:
    """Find what is wrong with a notebook's first two cells."""
    opening = "" if not cells or cells[0]["cell_type"] != "markdown" else cells[0]["source"]
    title = opening.splitlines()[0] if opening else ""
    faults = [] if re.fullmatch(r"# .+\?", title) else [f"the title is not a question: {title!r}"]
    first_code = next((number for number, cell in enumerate(cells) if "outputs" in cell), 0)
    if "minute" not in markdown(cells[:first_code]):
        faults.append("nothing before the set-up cell says how many minutes the notebook takes")
    return faults


def check_faults(cells: list[Any]) -> list[str]:
    """Find what is wrong with the closing sections and with the check."""
    headings = list(sections(cells))
    closing = [next((name for name in headings if name.startswith(wanted)), None) for wanted in CLOSING_HEADINGS]
    if None in closing or headings[-4:] != closing:
        return [f"the last headings are {headings[-4:]}; they should be {CLOSING_HEADINGS}"]
    checks = [cell for cell in cells if "check" in tags(cell)]
    if len(checks) != 1 or checks[0] not in sections(cells)[headings[-4]]:
        return [f"{len(checks)} cells are tagged `check`; there should be one, under {headings[-4]!r}"]
    return [] if asserts(checks[0]) else ["the check asserts nothing"]


def exercise_faults(cells: list[Any]) -> list[str]:
    """Find exercises that are too few, too many, not folded, or without an assertion."""
    solutions = code_cells(sections(cells).get("Exercises", []))
    faults = [] if 3 <= len(solutions) <= 5 else [f"{len(solutions)} solutions; there should be three to five"]
    for number, cell in enumerate(solutions, start=1):
        faults += [] if "hide-cell" in tags(cell) else [f"solution {number} is not tagged hide-cell"]
        faults += [] if cell["source"].startswith("# @title Solution") else [f"solution {number} has no title"]
        faults += [] if asserts(cell) else [f"solution {number} asserts nothing"]
    return faults


def reading_faults(cells: list[Any]) -> list[str]:
    """Find a list of further reading that leads nowhere."""
    text = markdown(sections(cells).get("Further reading", []))
    linked = re.search(r"https://(doi\.org/10\.|arxiv\.org/abs/)", text)
    return [] if linked else ["further reading has no link to a DOI or to arXiv"]


def length_faults(cells: list[Any]) -> list[str]:
    """Find code cells that are too long to be read in one breath."""
    lengths = [(number, len(cell["source"].splitlines())) for number, cell in enumerate(cells) if "outputs" in cell]
    return [f"cell {number} has {length} lines" for number, length in lengths if length > MAX_LINES]


def asserts(cell: Any) -> bool:
    """Say whether a cell holds an assertion."""
    return re.search(r"^\s*assert\b|assert_close\(", cell["source"], re.MULTILINE) is not None
