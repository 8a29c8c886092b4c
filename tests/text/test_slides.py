"""The slides hold every figure of the lecturer's chapters, each with what it shows and what it looks like."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from bookkit import pages, paths, reading, roads, slides

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
ALT = "A curve that rises, falls again, and touches a line once on its way."
[LECTURER] = [road for road in roads.read() if road.hours]


def figure(**metadata: Any) -> Any:
    output = new_output("display_data", {"image/png": PNG + "\n"})
    return new_code_cell("plt.show()", outputs=[output], metadata={"mystnb": {"image": {"alt": ALT}}, **metadata})


def text(source: str) -> Any:
    return new_markdown_cell(source)


@pytest.mark.parametrize(
    ("cells", "heading", "caption"),
    [
        (
            [text("## A part"), figure(), text("*The curve touches the line at* $x$ *only once, see.*")],
            "A part",
            "*The curve touches the line at* $x$ *only once, see.*",
        ),
        (
            [text("## A part"), figure(), text("*The curve touches the [line](a.ipynb#b) once and no more.*")],
            "A part",
            "The curve touches the line once and no more.",
        ),
        (
            [text("## A part\n\nWhat is drawn here is a curve.\n\n| a |\n|---|"), figure(), text("## Another")],
            "A part",
            "What is drawn here is a curve.",
        ),
        ([text("## A part\n\n### Below\n\nLook:"), figure(), text("Two things:\n\n1. a")], "Below", ALT),
        ([text("# Title?"), figure()], "", ALT),
    ],
)
def test_what_a_slide_says(cells: list[Any], heading: str, caption: str) -> None:
    [found] = slides.figures(cells)
    assert found == slides.Figure(heading, caption, ALT, PNG)


def test_a_caption_ends_with_a_sentence_and_is_not_long() -> None:
    sentence = "One more sentence of exactly eight words here."
    assert slides.shortened(" ".join([sentence] * 20)) == " ".join([sentence] * (slides.WORDS // 8))
    assert slides.shortened("word " * 100 + "end.") == "word " * 100 + "end."


def test_exercises_have_no_slides() -> None:
    assert slides.figures([text("## Exercises"), figure()]) == []


def test_a_picture_says_its_size() -> None:
    assert slides.size_of(PNG) == (1, 1)


def test_the_deck_holds_every_figure_and_asks_for_nothing() -> None:
    deck = slides.deck(lambda tex, _: f"<math><mtext>{html.escape(tex)}</mtext></math>")
    drawn = 0
    for step in LECTURER.steps:
        for cell in reading.main_line(roads.cells_of(paths.BOOK / step.page)):
            if cell["cell_type"] == "code" and pages.shows_image(cell):
                drawn += 1
                assert html.escape(pages.alt_text(cell)) in deck
    images = re.findall(r'<img alt="([^"]*)"', deck)
    assert len(images) > drawn > 20  # figures that move have a still as well
    assert all(len(html.unescape(alt)) in pages.ALT_LENGTH for alt in images)
    assert re.findall(r"<figcaption>\s*</figcaption>", deck) == []
    assert re.findall(r'(?:src|href)="(?!data:)|url\(|@import|https?://', deck) == []
    assert deck.count("<section") == len(images) + 2 * len(LECTURER.hours) + 1
    assert "$" not in re.sub(r"<script>.*?</script>|\{[^}]*\}", "", deck, flags=re.DOTALL)
