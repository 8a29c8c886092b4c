"""Slides for the lecturer's road: the figures of its chapters, each with its heading, its caption and its description.

The deck is one HTML file that asks for nothing: pictures stand in it, formulas as MathML.  Without its script it is a
page of slides one below another, and on paper each is a sheet.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from bookkit import pages, reading, roads, sentences, stills
from bookkit.paths import BOOK, KIT

WORDS = 60  # of a caption: whole sentences until there are so many
FEWEST = 7  # words of a paragraph that says something: "Three things to try" does not
UNTELLING = {"", "The whole chapter in one figure"}  # a chapter's title says more
Typeset = Callable[[str, bool], str]  # TeX, and whether it stands by itself, to MathML
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\([^)\s]+\)")
STRUCTURE = re.compile(r"^(#|<|\||\$\$|```|[*-] |\d+\. )")


@dataclass(frozen=True)
class Figure:
    """What a slide shows: a picture as base64, and the words about it in Markdown."""

    heading: str
    caption: str
    alt: str
    png: str


def figures(cells: list[Any]) -> list[Figure]:
    """Return the figures of a chapter's main line, in order; of one that moves, its still."""
    line = [cell for cell in reading.main_line(cells) if cell["source"].strip()]
    found, heading = [], ""
    for number, cell in enumerate(line):
        if cell["cell_type"] == "markdown":
            heading = [heading, *re.findall(r"^##+ +(.+?) *$", cell["source"], re.MULTILINE)][-1]
            continue
        for alt, png in shown(cell):
            found.append(Figure(heading, caption(line, number) or alt, alt, png))
    return found


def shown(cell: Any) -> list[tuple[str, str]]:
    """Return the description and the data of each picture that a cell shows."""
    found = []
    for output in cell["outputs"]:
        data = output.get("data", {})
        still = stills.STILL.search(data.get("text/html", ""))
        if still:
            found.append((html.unescape(still["alt"]), still["data"]))
        elif "image/png" in data:
            found.append((pages.alt_text(cell), data["image/png"].strip()))
    return found


def caption(line: list[Any], number: int) -> str:
    """Return what is said of a cell's figure: the paragraph after it or, where another part begins, the one before."""
    after = paragraphs(line[number + 1]) if number + 1 < len(line) else []
    before = paragraphs(line[number - 1]) if number else []
    said = after[0] if after and tells(after[0]) else ""
    return shortened(said or next(filter(tells, reversed(before)), ""))


def tells(paragraph: str) -> bool:
    """Say whether a paragraph says something by itself, and does not merely announce a list."""
    return not STRUCTURE.match(paragraph) and len(paragraph.split()) >= FEWEST


def paragraphs(cell: Any) -> list[str]:
    """Return a cell's paragraphs, without its folds; a code cell has none."""
    text = reading.FOLD.sub("", cell["source"]) if cell["cell_type"] == "markdown" else ""
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def shortened(text: str) -> str:
    """Return a paragraph's first sentences, enough of them, without links and the stars around it."""
    plain = LINK.sub(r"\1", " ".join(text.split()))
    if re.fullmatch(r"\*[^*]+\*", plain):
        plain = plain[1:-1]
    kept: list[str] = []
    for sentence in sentences.sentences(plain):
        if kept and len(" ".join([*kept, sentence]).split()) > WORDS:
            break
        kept.append(sentence)
    return " ".join(kept).removesuffix(":")


def renderer(typeset: Typeset) -> MarkdownIt:
    """Return what turns a paragraph into HTML, its formulas into MathML."""
    return MarkdownIt("commonmark", {"html": False}).use(
        dollarmath_plugin, renderer=lambda tex, options: typeset(tex, options["display_mode"])
    )


def deck(typeset: Typeset, book: Path = BOOK) -> str:
    """Return the deck of the road that has hours."""
    write = renderer(typeset)
    [road] = [road for road in roads.read(book) if road.hours]
    slides = [
        words_slide(write, "Why maximise log p(x)?", "Four lectures, with the figures of the book's chapters.", "h1")
    ]
    for number, hour in enumerate(road.hours, start=1):
        slides.append(words_slide(write, f"Hour {number}: {hour['title']}", hour["say"]))
        for step in road.steps:
            if step.hour == number:
                source = roads.title(step.page, book)
                slides += [figure_slide(write, figure, source) for figure in figures(roads.cells_of(book / step.page))]
        slides.append(words_slide(write, "To the room", hour["ask"]))
    numbered = "\n".join(slide.replace("<section", f'<section id="s{n}"', 1) for n, slide in enumerate(slides, start=1))
    template = (KIT / "slides.html").read_text(encoding="utf-8")
    return template.replace("<!-- slides -->", numbered)


def words_slide(write: MarkdownIt, title: str, text: str, level: str = "h2") -> str:
    """Return a slide of words alone."""
    heading = write.renderInline(title)
    return f'<section class="words"><{level}>{heading}</{level}>{write.render(text)}</section>'


def figure_slide(write: MarkdownIt, figure: Figure, source: str) -> str:
    """Return a slide with a figure."""
    width, height = size_of(figure.png)
    shape = ' class="tall"' if height > 0.8 * width else ""
    image = f'<img alt="{html.escape(figure.alt)}" width="{width}" height="{height}" '
    image += f'src="data:image/png;base64,{figure.png}">'
    title = source if figure.heading in UNTELLING else figure.heading
    heading, said = write.renderInline(title), write.renderInline(figure.caption)
    return (
        f"<section><h3>{heading}</h3><figure{shape}>{image}<figcaption>{said}</figcaption></figure>"
        f"<footer>{write.renderInline(source)}</footer></section>"
    )


def size_of(png: str) -> tuple[int, int]:
    """Return the width and height that a PNG states in its first bytes."""
    head = base64.b64decode(png[:32])
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
