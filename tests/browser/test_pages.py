"""The pages of the built book around its chapters, in a real browser, and what holds for the whole of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from playwright.sync_api import Browser

from bookkit import notebooks as tool
from bookkit import paths, stills
from bookkit.commands import icons
from tests.support import accessibility
from tests.support.narrowing import present
from tests.support.visit import (
    CHAPTERS,
    PAGES,
    Visit,
    assert_a_page_is_fit_to_read,
    assert_maths_is_typeset,
)


def test_the_book_is_built() -> None:
    assert PAGES > CHAPTERS, "The book is not built: run `make book` first."


@pytest.mark.parametrize("name", sorted(PAGES - CHAPTERS - {"index.html"}))
def test_a_page_is_fit_to_read(visit: Visit, site: str, known: set[str], name: str) -> None:
    assert_a_page_is_fit_to_read(visit, f"{site}/{name}", known)


def test_the_address_of_the_site_leads_to_the_home_page(visit: Visit, site: str) -> None:
    assert visit.open(f"{site}/index.html") == 200
    assert visit.page.url == f"{site}/intro.html"
    assert (visit.foreign, visit.complaints) == ([], [])


def test_a_page_asks_for_more_than_itself(known: set[str]) -> None:
    assert {Path(path).suffix for path in known} >= {".html", ".css", ".js", ".woff2"}


def test_the_cut_fonts_hold_every_icon_that_a_page_uses() -> None:
    fonts = [TTFont(paths.HTML / "_static" / icons.FOLDER / name) for name in icons.FONTS]
    held = {code for font in fonts for code in font.getBestCmap()}
    used = icons.used_icons(icons.style_sheets())
    assert ord("\uf0c9") in used  # the menu's three bars
    assert used - held == set(), "run `python -m bookkit.commands.icons`"


def test_search_finds_a_chapter_by_a_word_in_it(visit: Visit, site: str) -> None:
    visit.open(f"{site}/search.html?q=Jensen")
    visit.page.wait_for_selector("ul.search li")
    assert visit.page.locator('ul.search a[href*="evidence_lower_bound"]').count() > 0


def test_the_home_page_opens_with_a_figure_that_moves(visit: Visit, site: str) -> None:
    visit.page.set_viewport_size({"width": 1280, "height": 900})
    visit.open(f"{site}/intro.html")
    figure = visit.page.locator(".explorable").first
    assert present(figure.bounding_box())["y"] < 900 / 2
    said = figure.locator(".said").inner_text()
    for _ in range(10):
        figure.locator('input[type="range"]').first.press("ArrowRight")
    visit.page.wait_for_function("said => document.querySelector('.explorable .said').innerText !== said", arg=said)


def test_a_link_to_a_chapter_shows_its_title_and_the_card(visit: Visit, site: str) -> None:
    visit.open(f"{site}/glossary.html")
    said = {
        meta.get_attribute("property"): meta.get_attribute("content")
        for meta in visit.page.locator('meta[property^="og:"]').all()
    }
    assert said["og:title"] == visit.page.inner_text("article h1").removesuffix("#").strip()
    assert said["og:site_name"] == "Why maximise log p(x)?"
    home, _, card = present(said["og:image"]).partition("_static/")
    assert said["og:url"] == f"{home}glossary.html"
    assert home.startswith("https://")
    with Image.open(paths.HTML / "_static" / card) as image:
        assert image.size == (1200, 630)


MOVING = [path.stem for path in paths.NOTEBOOKS if stills.moving_outputs(tool.read(path))]


@pytest.mark.parametrize("name", ["intro", *MOVING])
def test_where_no_script_runs_a_moving_figure_stands_still(browser: Browser, site: str, name: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/{name}.html")
    picture = page.locator("img.still").first
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 400
    assert 200 < present(picture.bounding_box())["width"] <= 360
    context.close()


BROKEN = """<title>x</title><link rel="icon" href="data:,"><span class="math">\\(x\\)</span><mjx-merror></mjx-merror>
<div style="width: 900px">wide</div><img src="https://example.org/x.png"><script>console.error("x")</script>"""


def test_a_broken_page_is_noticed(visit: Visit, site: str) -> None:
    visit.open(f"{site}/nothing.html")
    assert visit.complaints  # 404
    visit.page.set_content(BROKEN)
    visit.page.wait_for_load_state("networkidle")
    assert visit.foreign == ["https://example.org/x.png"]
    assert "x" in visit.complaints
    visit.page.set_viewport_size({"width": 360, "height": 740})
    assert any(fault.startswith("image-alt") for fault in accessibility.faults(visit.page))
    assert visit.page.evaluate(accessibility.TOO_WIDE) != []
    with pytest.raises(AssertionError):
        assert_maths_is_typeset(visit.page)


PALE: dict[accessibility.Theme, str] = {"light": "#aaa", "dark": "#444"}
FAULTS_OF_COLOUR = """(colour) => {
    const middle = (selector) => [...document.querySelectorAll(selector)].find((_, i, all) => i === all.length >> 1);
    const mark = (elements, fault, style) => elements.forEach((element) => {
        element.id = fault;
        element.style.cssText += style;
    });
    const [word, block] = [middle("article .highlight .n"), middle("article .highlight pre")];
    mark(document.querySelectorAll(".highlight .mi"), "every-number", `color: ${colour}`);
    mark([block], "one-block-of-code", "background-color: #888");
    mark([word], "one-word-of-code", `color: ${colour}`);
    mark([document.querySelector("nav li.current + li > a.internal")], "one-line-of-the-contents", `color: ${colour}`);
}"""


@pytest.mark.parametrize("theme", PALE)
def test_a_pale_word_among_thousands_is_noticed(visit: Visit, site: str, theme: accessibility.Theme) -> None:
    visit.open(f"{site}/use_the_package.html")
    accessibility.show_in(theme, visit.page)
    visit.page.evaluate(FAULTS_OF_COLOUR, PALE[theme])
    visit.page.evaluate(accessibility.GIVE_EACH_A_LOOK)
    found = " ".join(accessibility.faults(visit.page, accessibility.WORDS_TO_JUDGE, ("color-contrast",)))
    for fault in ("one-word-of-code", "one-block-of-code", "every-number", "one-line-of-the-contents"):
        assert f'id="{fault}"' in found


def test_a_moving_figure_whose_part_hangs_over_is_noticed(visit: Visit, site: str) -> None:
    visit.page.set_viewport_size({"width": 360, "height": 740})
    visit.open(f"{site}/why_not_reconstruction.html")
    visit.page.add_style_tag(content="html[data-theme=dark] .explorable .said { width: 400px }")
    assert set(accessibility.faults_in_both_themes(visit.page)) == {"too wide, dark"}


def test_in_the_dark_all_rules_are_asked_where_more_than_colours_differs(visit: Visit, site: str) -> None:
    visit.open(f"{site}/glossary.html")
    visit.page.add_style_tag(content="html[data-theme=light] .nameless { display: none }")
    visit.page.evaluate("""() => document.querySelector("article").insertAdjacentHTML(
        "beforeend", '<button class="nameless"></button>')""")
    assert set(accessibility.faults_in_both_themes(visit.page)) == {"dark"}


def test_a_formula_with_a_colour_of_its_own_is_noticed(visit: Visit, site: str) -> None:
    visit.open(f"{site}/glossary.html")
    visit.page.add_style_tag(content="html[data-theme=dark] mjx-mi { color: #444 }")
    assert set(accessibility.faults_in_both_themes(visit.page)) == {"formulas, dark"}
