"""What a reader waits for: the bytes of a first page, and of the next, as a host sends them."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.parse import urlsplit

import icons
import pytest
from fontTools.ttLib import TTFont
from playwright.sync_api import Browser

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
CHAPTERS = sorted(path.stem for path in (HTML.parents[1] / "book").glob("*.ipynb"))
PICTURES = {".png", ".jpg", ".svg", ".ico"}
FIRST, NEXT = 900_000, 250_000  # bytes


def asked_for(browser: Browser, address: str) -> set[str]:
    """Return the paths that a page asks the site for, its pictures left out."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    paths: set[str] = set()
    page.on("request", lambda request: paths.add(urlsplit(request.url).path))
    page.goto(address, wait_until="networkidle")
    page.evaluate("() => window.MathJax?.startup?.promise?.then(() => null)")
    context.close()
    return {path for path in paths if path.startswith("/") and Path(path).suffix not in PICTURES}


def weight(paths: set[str]) -> int:
    """Return the bytes of these files under gzip."""
    return sum(len(gzip.compress((HTML / path.lstrip("/")).read_bytes(), mtime=0)) for path in paths)


@pytest.fixture(scope="module")
def home(browser: Browser, site: str) -> set[str]:
    """What the home page asks for."""
    return asked_for(browser, f"{site}/intro.html")


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_is_light_first_and_lighter_when_the_site_is_known(
    browser: Browser, site: str, home: set[str], name: str
) -> None:
    chapter = asked_for(browser, f"{site}/{name}.html")
    assert weight(chapter) <= FIRST
    assert weight(chapter - home) <= NEXT


def test_a_page_asks_for_more_than_itself(home: set[str]) -> None:
    assert {Path(path).suffix for path in home} >= {".html", ".css", ".js", ".woff2"}


def test_the_cut_fonts_hold_every_icon_that_a_page_uses() -> None:
    fonts = [TTFont(HTML / "_static" / icons.FOLDER / name) for name in icons.FONTS]
    held = {code for font in fonts for code in font.getBestCmap()}
    used = icons.used_icons(icons.style_sheets())
    assert ord("\uf0c9") in used  # the menu's three bars
    assert used - held == set(), "run `python tools/icons.py`"
