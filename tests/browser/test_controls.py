"""What surrounds the text serves every reader: the keyboard's stops, the finger's buttons, the search box, paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.support import accessibility
from tests.support.narrowing import present
from tests.support.visit import Visit

WHITE = ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
HEAVY = "evidence_lower_bound.html"  # many formulas, much code
STOPS = """() => [...document.querySelectorAll('mjx-container, mjx-container *')].filter(part => part.tabIndex >= 0)
  .map(part => part.scrollWidth > part.clientWidth)"""
PADDING = "element => parseFloat(getComputedStyle(element).paddingLeft)"
RING = "element => [getComputedStyle(element).outlineStyle, parseFloat(getComputedStyle(element).outlineWidth)]"
WIDER = "[...document.querySelectorAll('.cell_input pre')].filter(pre => pre.scrollWidth > pre.clientWidth + 1).length"
WORDS = ".bd-article p, .bd-article h2, .cell_input pre, .cell_input pre span"
PALE = """words => [...document.querySelectorAll(words)].filter(part => {
  const [red, green, blue] = getComputedStyle(part).color.match(/[\\d.]+/g).map(Number);
  return 0.3 * red + 0.6 * green + 0.1 * blue > 100;
}).length"""


@pytest.mark.parametrize("width", [1280, 360])
def test_a_formula_is_a_stop_of_the_tab_key_only_where_it_scrolls(visit: Visit, site: str, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.open(f"{site}/{HEAVY}")
    assert visit.page.locator("mjx-container").count() > 100
    assert visit.page.locator("mjx-assistive-mml").count() > 100, "what a screen reader is told"
    stops = visit.page.evaluate(STOPS)
    assert all(stops)
    assert len(stops) < 20
    assert stops or width > 360, "on a phone some formulas are wider than the page"


def test_the_magnifier_stands_beside_the_words(visit: Visit, site: str) -> None:
    visit.open(f"{site}/search.html?q=Jensen")
    field = visit.page.locator("form.bd-search input[type=search]:visible").first
    icon = visit.page.locator("form.bd-search :is(i, svg):visible").first
    words_begin = present(field.bounding_box())["x"] + float(field.evaluate(PADDING))
    mark = present(icon.bounding_box())
    assert mark["x"] + mark["width"] <= words_begin


def test_a_button_of_the_header_shows_that_it_has_the_focus(visit: Visit, site: str) -> None:
    visit.open(f"{site}/{HEAVY}")
    buttons = visit.page.locator(".bd-header-article button:visible")
    assert buttons.count() >= 2
    visit.page.keyboard.press("Tab")  # a ring is for those who come by keyboard
    for button in buttons.all():
        button.focus()
        style, width = button.evaluate(RING)
        assert style == "solid"
        assert width >= 2


def test_on_a_phone_code_stays_in_its_box_and_can_be_copied(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(f"{site}/{HEAVY}")
        page.wait_for_selector("button.copybtn", state="attached")
        assert page.evaluate(WIDER) == 0
        assert page.locator("button.copybtn").first.evaluate("button => getComputedStyle(button).opacity") == "1"


@pytest.mark.parametrize("theme", accessibility.LIGHT_AND_DARK)
def test_paper_is_white_and_ink_is_dark_from_either_theme(
    browser: Browser, site: str, theme: accessibility.Theme
) -> None:
    with browser.new_context(color_scheme=theme) as context:
        page = context.new_page()
        page.goto(f"{site}/{HEAVY}")
        page.wait_for_selector("mjx-container")
        assert (page.evaluate(PALE, WORDS) > 0) is (theme == "dark"), "on the screen"
        page.emulate_media(media="print")
        assert page.evaluate(PALE, WORDS) == 0
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") in WHITE
