"""How long a notebook takes to read, by a rule.

The main line counts: what stands open, without exercises, further reading and whatever is folded.  A reader takes

* a minute for 220 words;
* 4 seconds for a line of code, 2 for a line that it prints (the set-up cell, the same everywhere, is passed over);
* 1.5 seconds more for a formula in a line, 20 for one that stands by itself;
* 20 seconds for a picture, and 90 for a figure that moves.

The seconds were set so that three chapters take what they took a reader who walked through an earlier edition: 48, 69
and about 85 minutes; by this rule the edition after that took 49, 72 and 82.  A notebook's top states the
minutes to the nearest five.
"""

from __future__ import annotations

import re
from typing import Any

WORDS_A_MINUTE = 220
CODE, PRINTED, INLINE, DISPLAYED, PICTURE, MOVING = 4.0, 2.0, 1.5, 20.0, 20.0, 90.0  # seconds each
LONGEST = 45  # minutes that a chapter should take at most
BESIDE = ("## Exercises", "## Further reading")
FOLD = re.compile(r"<details>.*?</details>", re.DOTALL)
DISPLAY = re.compile(r"\$\$.*?\$\$", re.DOTALL)
IN_LINE = re.compile(r"\$[^$\n]+\$")
TARGET = re.compile(r"\]\([^)]*\)")
MARKS = re.compile(r"[|#*_`>\[\]-]")
STATED = re.compile(r"(\*\*Time:\*\* (?:about )?)(\d+)(?= minutes to read)")


def main_line(cells: list[Any]) -> list[Any]:
    """Return the cells, or the parts of them, that stand before the exercises."""
    line, beside = [], False
    for cell in cells:
        if cell["cell_type"] != "markdown":
            line += [] if beside else [cell]
            continue
        kept = []
        for part in re.split(r"^(?=## )", cell["source"], flags=re.MULTILINE):
            if part.startswith("## "):
                beside = part.startswith(BESIDE)
            kept += [] if beside else [part]
        line.append({"cell_type": "markdown", "source": "".join(kept)})
    return line


def seconds_of_text(text: str) -> float:
    """Return how long a Markdown text takes, without its folds."""
    text = FOLD.sub(" ", text)
    displayed = len(DISPLAY.findall(text))
    text = DISPLAY.sub(" ", text)
    in_line = len(IN_LINE.findall(text))
    words = MARKS.sub(" ", TARGET.sub(" ", IN_LINE.sub(" formula ", text))).split()
    return 60 * len(words) / WORDS_A_MINUTE + DISPLAYED * displayed + INLINE * in_line


def seconds_of_code(cell: Any) -> float:
    """Return how long a code cell and what it shows take; of a folded source, what it shows alone."""
    tags = cell["metadata"].get("tags", [])
    if "hide-cell" in tags or "find_spec" in cell["source"]:
        return 0.0
    lines = [] if "hide-input" in tags else [line for line in cell["source"].splitlines() if line.strip()]
    return CODE * len(lines) + sum(seconds_of_output(output) for output in cell["outputs"])


def seconds_of_output(output: Any) -> float:
    """Return how long an output takes to look at."""
    data = output.get("data", {})
    if "text" in output:
        return PRINTED * len(output["text"].splitlines())
    return MOVING if "text/html" in data else PICTURE if "image/png" in data else 0.0


def seconds(cells: list[Any]) -> float:
    """Return how long the main line of these cells takes."""
    return sum(
        seconds_of_text(cell["source"]) if cell["cell_type"] == "markdown" else seconds_of_code(cell)
        for cell in main_line(cells)
    )


def minutes(cells: list[Any]) -> int:
    """Return the minutes that the main line of a notebook takes, to the nearest five."""
    return max(5, 5 * round(seconds(cells) / 300))


def with_time(opening: str, cells: list[Any]) -> str:
    """Return a notebook's opening with the minutes of the rule."""
    return STATED.sub(lambda stated: f"{stated[1]}{minutes(cells)}", opening)
