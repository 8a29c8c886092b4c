"""The slides in a real browser: quiet, self-contained, by keyboard, on paper, and without a fault of axe."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from bookkit import slides
from bookkit.commands import slides as command
from tests.support import accessibility

OVERFULL = """() => [...document.querySelectorAll("section")]
  .filter((slide) => slide.offsetHeight > innerHeight + 1 || slide.scrollWidth > slide.clientWidth)
  .map((slide) => `${slide.id} ${slide.innerText.slice(0, 60)} is ${slide.offsetHeight} px high`)"""
TEXT_OFF_PAPER = """() => [...document.querySelectorAll("section")]
  .filter((slide) => slide.scrollHeight > slide.clientHeight + 1).map((slide) => slide.id)"""


@pytest.fixture(scope="module")
def deck(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deck as the command writes it, with the browser that is open already."""
    page = browser.new_page()
    path = tmp_path_factory.mktemp("slides") / "slides.html"
    path.write_text(slides.deck(command.typesetter_in(page)), encoding="utf-8")
    page.close()
    return path


@pytest.fixture
def opened(browser: Browser, deck: Path) -> Iterator[Page]:
    """A page with the deck, which may ask for nothing and say nothing."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(deck.as_uri())
    yield page
    assert [address for address in asked if not address.startswith(("data:", deck.as_uri()))] == []
    page.close()


def test_slides_are_accessible_and_fit_the_screen(opened: Page) -> None:
    assert accessibility.faults(opened) == []
    assert opened.evaluate(OVERFULL) == []
    assert opened.locator("math").count() > 20
    assert opened.locator("merror, mjx-merror").count() == 0
    opened.add_style_tag(content="#s4 figcaption { font-size: 9em }")
    assert opened.evaluate(OVERFULL) != []


def test_on_a_phone_no_slide_is_too_wide(opened: Page) -> None:
    opened.set_viewport_size({"width": 360, "height": 740})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360


def test_keys_move(opened: Page) -> None:
    def here() -> str:
        return opened.evaluate("location.hash")

    assert here() == "#s1"
    for key, place in [("ArrowRight", "#s2"), ("PageDown", "#s3"), (" ", "#s4"), ("ArrowLeft", "#s3"), ("Home", "#s1")]:
        opened.keyboard.press(key)
        assert here() == place
        top = f"Math.abs(document.querySelector('{place}').getBoundingClientRect().top) < 2"
        opened.wait_for_function(top)
    opened.keyboard.press("End")
    assert here() == f"#s{opened.locator('section').count()}"


def test_on_paper_each_slide_is_a_sheet(opened: Page) -> None:
    printed = PdfReader(io.BytesIO(opened.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == opened.locator("section").count()
    opened.emulate_media(media="print")
    opened.set_viewport_size({"width": 1122, "height": 631})  # the sheet, at 96 pixels an inch
    assert opened.evaluate(TEXT_OFF_PAPER) == []
