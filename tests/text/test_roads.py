"""The roads lead through pages that are there, and every page says where it stands on them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from bookkit import paths, reading, roads
from bookkit.anchors import slugs
from bookkit.commands import roads as command

ROADS = roads.read()
PAGES = command.pages(paths.BOOK)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]*)#?([^)\s]*)\)")
every_road = pytest.mark.parametrize("road", ROADS, ids=lambda road: road.name)


def prose(path: Path) -> str:
    return "\n\n".join(cell["source"] for cell in roads.cells_of(path) if cell["cell_type"] == "markdown")


def dead_links(text: str, page: str, book: Path = paths.BOOK) -> list[str]:
    """Find links to a page, or a heading, that is not there."""
    dead = []
    for name, anchor in LINK.findall(text):
        path = book / (name or page)
        if not path.exists() or (anchor and anchor not in slugs(prose(path))):
            dead.append(f"{name}#{anchor}")
    return dead


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_says_where_it_stands(path: Path) -> None:
    assert command.written(path) == path.read_text(encoding="utf-8"), "run `python -m bookkit.commands.roads`"
    assert dead_links(roads.standing(path.name), path.name) == []


def test_the_page_of_the_roads_is_up_to_date_and_its_links_lead_somewhere() -> None:
    text = (paths.BOOK / roads.PAGE).read_text(encoding="utf-8")
    assert text == roads.page_text(), "run `python -m bookkit.commands.roads`"
    assert dead_links(text, roads.PAGE) == []


def test_a_dead_link_is_found() -> None:
    assert dead_links("[a](intro.md#nowhere), [b](nothing.ipynb)", "intro.md") == ["intro.md#nowhere", "nothing.ipynb#"]


@every_road
def test_a_road_takes_as_long_as_its_steps(road: roads.Road) -> None:
    text = (paths.BOOK / roads.PAGE).read_text(encoding="utf-8")
    own = text.split(f"\n## {road.heading}\n")[1].split("\n## ")[0]
    assert sum(map(int, re.findall(r"\((\d+) minutes\)", own))) == roads.total(road)
    assert f"Together: {roads.total(road)} minutes" in own


@every_road
def test_a_road_keeps_its_promise_once_its_chapters_are_short_enough(road: roads.Road) -> None:
    chapters = [paths.BOOK / step.page for step in road.steps]
    unfinished = [path.stem for path in chapters if reading.minutes(roads.cells_of(path)) > reading.LONGEST]
    assert road.promise is None or unfinished or roads.total(road) <= road.promise


def test_the_lecturers_hours_are_four_and_none_is_empty() -> None:
    [lecturer] = [road for road in ROADS if road.hours]
    assert len(lecturer.hours) == 4
    assert [step.hour for step in lecturer.steps] == sorted(step.hour for step in lecturer.steps)
    assert {step.hour for step in lecturer.steps} == {1, 2, 3, 4}


CELLS = [
    new_markdown_cell("# Why?\n\nfirst\n\n## A\n\nsecond\n\n### B\n\nthird"),
    new_code_cell("x = 1"),
    new_markdown_cell("## C\n\nfourth\n\n## Exercises\n\nfifth"),
]


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        ((), {"first", "second", "third", "fourth", "x"}),
        ((roads.Span(stop="B"),), {"first", "second"}),
        ((roads.Span("B", "C"),), {"third", "x"}),
        ((roads.Span(stop="A"), roads.Span("C")), {"first", "fourth"}),
    ],
)
def test_the_parts_of_a_page(spans: tuple[roads.Span, ...], words: set[str]) -> None:
    text = " ".join(cell["source"] for cell in roads.parts(CELLS, spans, "page.md"))
    assert {word for word in ("first", "second", "third", "fourth", "fifth", "x") if word in text.split()} == words


def test_a_heading_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"page\.md has no heading 'D'"):
        roads.parts(CELLS, (roads.Span(stop="D"),), "page.md")


@pytest.mark.parametrize(
    ("opening", "place"),
    [
        ("# T?\n\nlead\n\n**Time:** 5 minutes to read.\n\nmore", 3),
        ("# T?\n\nlead\n\n**Who:** you.\n**Time:** 5 minutes.", 3),
        ("# T\n\nlead\n\n## Part\n\nmore", 2),
        ("# T?\n\nlead", 2),
    ],
)
def test_the_line_stands_in_its_place_and_replaces_an_older_one(opening: str, place: int) -> None:
    once = roads.with_standing(opening, f"{roads.LEAD} old")
    twice = roads.with_standing(once, f"{roads.LEAD} new")
    assert once.split("\n\n")[place] == f"{roads.LEAD} old"
    assert twice == once.replace("old", "new")


def test_figures_that_a_page_includes_are_counted(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n\n```{raw} html\n:file: a.html\n```\n", encoding="utf-8")
    assert reading.seconds(roads.cells_of(page)) == pytest.approx(reading.MOVING + 2 * 60 / reading.WORDS_A_MINUTE)


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    book = tmp_path / "book"
    shutil.copytree(paths.BOOK, book, ignore=shutil.ignore_patterns("_static"))
    command.write(book)
    before: dict[str, Any] = {path.name: path.read_bytes() for path in book.iterdir() if path.is_file()}
    command.write(book)
    assert {path.name: path.read_bytes() for path in book.iterdir() if path.is_file()} == before
