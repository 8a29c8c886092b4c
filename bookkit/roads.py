"""Four roads through the book, from one file: `book/_roads.yml`.

`python -m bookkit.commands.roads` writes from it the page `book/roads.md` and, on every page of a road, a paragraph
that says where the page stands and what comes next.  The paragraph begins with ``**Roads:**`` and follows the one
that holds ``**Time:**``; on a page without times it stands before the first part.  Minutes are those of
`bookkit/reading.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from nbformat.v4 import new_markdown_cell, new_output

from bookkit import anchors, notebooks, reading
from bookkit.paths import BOOK

FILE, PAGE = "_roads.yml", "roads.md"
LEAD = "**Roads:**"
RAW = re.compile(r"^```\{raw\} html\n:file: \S+\n```$", re.MULTILINE)
HEADING = re.compile(r"^(##+ +)(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Span:
    """A part of a page: from a heading, or the top, until a heading, or the end."""

    start: str | None = None
    stop: str | None = None


@dataclass(frozen=True)
class Step:
    """A page on a road, what a reader gains there, and which parts to read; no part means the whole."""

    page: str
    gain: str
    spans: tuple[Span, ...] = ()
    hour: int = 0


@dataclass(frozen=True)
class Road:
    """A way through the book for one kind of reader."""

    name: str
    reader: str
    steps: tuple[Step, ...]
    promise: int | None = None
    hours: tuple[dict[str, str], ...] = ()

    @property
    def link(self) -> str:
        """The road's place on the page of the roads."""
        return f"[{self.name}]({PAGE}#{anchors.slug(self.heading)})"

    @property
    def heading(self) -> str:
        """The name as a heading."""
        return self.name[0].upper() + self.name[1:]


def read(book: Path = BOOK) -> list[Road]:
    """Read the roads."""
    return [
        Road(
            name=road["name"],
            reader=road["for"],
            steps=tuple(map(step_of, road["steps"])),
            promise=road.get("promise"),
            hours=tuple(road.get("hours", ())),
        )
        for road in yaml.safe_load((book / FILE).read_text(encoding="utf-8"))
    ]


def step_of(entry: dict[str, Any]) -> Step:
    """Read one step."""
    spans = tuple(Span(part.get("from"), part.get("until")) for part in entry.get("read", ()))
    return Step(entry["page"], entry["gain"], spans, entry.get("hour", 0))


def cells_of(path: Path) -> list[Any]:
    """Return a page's cells; a page in Markdown is one, and each figure that it includes another."""
    if path.suffix == ".ipynb":
        return list(notebooks.read(path)["cells"])
    cells: list[Any] = []
    for number, text in enumerate(RAW.split(path.read_text(encoding="utf-8"))):
        if number:
            figure = new_output("display_data", {"text/html": "a figure that moves"})
            cells.append({"cell_type": "code", "source": "", "metadata": {}, "outputs": [figure]})
        cells.append(new_markdown_cell(text))
    return cells


def pieces(cells: list[Any]) -> list[tuple[str | None, Any]]:
    """Return the main line cut at its headings: each piece with the heading that it begins with, if it begins so."""
    cut: list[tuple[str | None, Any]] = []
    for cell in reading.main_line(cells):
        if cell["cell_type"] != "markdown":
            cut.append((None, cell))
            continue
        for part in re.split(r"^(?=##+ )", cell["source"], flags=re.MULTILINE):
            heading = HEADING.match(part)
            cut.append((heading[2] if heading else None, {"cell_type": "markdown", "source": part}))
    return cut


def parts(cells: list[Any], spans: tuple[Span, ...], page: str) -> list[Any]:
    """Return the pieces of a page that the spans name; a heading that is not there is an error."""
    cut = pieces(cells)
    places = {heading: number for number, (heading, _) in reversed(list(enumerate(cut))) if heading}
    kept: list[Any] = []
    for span in spans or (Span(),):
        for heading in (span.start, span.stop):
            if heading is not None and heading not in places:
                raise ValueError(f"{page} has no heading {heading!r}, which {FILE} names: mend the road")
        first = 0 if span.start is None else places[span.start]
        last = len(cut) if span.stop is None else places[span.stop]
        kept += [cell for _, cell in cut[first:last]]
    return kept


def minutes(step: Step, book: Path = BOOK) -> int:
    """Return what a step takes to read, to the nearest minute."""
    return max(1, round(reading.seconds(parts(cells_of(book / step.page), step.spans, step.page)) / 60))


def title(page: str, book: Path = BOOK) -> str:
    """Return a page's title."""
    [found] = re.findall(r"\A# +(.+?) *$", cells_of(book / page)[0]["source"], re.MULTILINE)
    return str(found)


def link(page: str, book: Path = BOOK) -> str:
    """Return a link to a page under its title."""
    return f"[{title(page, book)}]({page})"


def place(heading: str, page: str = "") -> str:
    """Return a link to a heading."""
    return f"[{heading}]({page}#{anchors.slug(heading)})"


def portion(step: Step, page: str = "") -> str:
    """Say which parts of a page to read; nothing where it is the whole."""
    said = []
    for number, span in enumerate(step.spans):
        start = "from " + place(span.start, page) if span.start else "" if number else "from the top"
        stop = "until " + place(span.stop, page) if span.stop else "to the end"
        said.append(f"{start} {stop}")
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def standing(page: str, book: Path = BOOK) -> str:
    """Say where a page stands on the roads, and what comes next on each."""
    said = []
    for road in read(book):
        for number, step in enumerate(road.steps, start=1):
            if step.page == page:
                where = f"hour {step.hour} of {len(road.hours)}" if step.hour else f"step {number} of {len(road.steps)}"
                here = f"; read {portion(step)}" if step.spans else ""
                last = number == len(road.steps)
                after = "here it ends" if last else f"next is {link(road.steps[number].page, book)}"
                said.append(f"\n* {road.link}, {where}{here}; {after}")
    return LEAD + "".join(said) if said else f"{LEAD} on none of [the four]({PAGE}); it stands by itself."


def with_standing(text: str, line: str) -> str:
    """Return a page's opening with this paragraph about its roads in the place of an older one."""
    paragraphs = [part for part in text.split("\n\n") if not part.startswith(LEAD)]
    timed = [number for number, part in enumerate(paragraphs, start=1) if "**Time:**" in part]
    headings = [number for number, part in enumerate(paragraphs) if part.startswith("## ")]
    at = (timed or headings or [len(paragraphs)])[0]
    return "\n\n".join([*paragraphs[:at], line, *paragraphs[at:]])


def page_text(book: Path = BOOK) -> str:
    """Return the page of the roads."""
    roads = read(book)
    head = [
        "# Which road through the book is yours?",
        "The chapters build on each other, and few readers need all of them.\n"
        "Here are four ways through, each for somebody with a question of their own. "
        "Every page of a road says where it stands, and links to the next.",
        "\n".join(f"* [{road.heading}](#{anchors.slug(road.heading)}): {length(road, book)}" for road in roads),
        "Minutes are those of reading, counted by a rule (220 words a minute, and so many seconds for a line of code, "
        "a formula or a figure), without exercises and what is folded.",
    ]
    return "\n\n".join(head + [section(road, book) for road in roads]) + "\n"


def length(road: Road, book: Path = BOOK) -> str:
    """Say how long a road is."""
    around = f", round {len(road.hours)} lectures of an hour" if road.hours else ""
    return f"{total(road, book)} minutes{around}"


def total(road: Road, book: Path = BOOK) -> int:
    """Return what a road takes: the sum of its steps."""
    return sum(minutes(step, book) for step in road.steps)


def section(road: Road, book: Path = BOOK) -> str:
    """Return the part of the page that is about one road."""
    text = [f"## {road.heading}", road.reader.strip()]
    if road.hours:
        text += [hour(road, number, book) for number in range(1, len(road.hours) + 1)]
    else:
        text += ["\n".join(entry(number, step, book) for number, step in enumerate(road.steps, start=1))]
    return "\n\n".join([*text, f"Together: {total(road, book)} minutes of reading."])


def entry(number: int, step: Step, book: Path) -> str:
    """Return a step as an item of a list."""
    portioned = f" Read {portion(step, step.page)}." if step.spans else ""
    return f"{number}. {link(step.page, book)} ({minutes(step, book)} minutes): {step.gain}.{portioned}"


def hour(road: Road, number: int, book: Path) -> str:
    """Return one hour of a syllabus."""
    about = road.hours[number - 1]
    steps = [step for step in road.steps if step.hour == number]
    listed = "\n".join(f"* {link(step.page, book)} ({minutes(step, book)} minutes): {step.gain}." for step in steps)
    return (
        f"### Hour {number}: {about['title'][0].lower() + about['title'][1:]}\n\n"
        f"**To prove:** {about['say'].strip()}\n\n**To ask the room:** {about['ask'].strip()}\n\n"
        f"**To read:**\n\n{listed}"
    )
