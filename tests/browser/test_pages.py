"""Every page of the built book, in a real browser: quiet, self-contained, typeset, accessible, fit for a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import notebooks as tool
import pytest
import stills
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, Request, Route

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
PAGES = sorted(str(path.relative_to(HTML)) for path in HTML.glob("*.html"))


@dataclass
class Visit:
    """A page and what it did while it loaded."""

    page: Page
    complaints: list[str] = field(default_factory=list)  # console warnings and errors, exceptions, failed requests
    foreign: list[str] = field(default_factory=list)  # requests to anybody else

    def open(self, address: str) -> int:
        """Load an address, wait until its maths is set, and return the status."""
        self.page.on("console", lambda message: self.note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.note("error", str(error)))
        self.page.on("requestfailed", lambda request: self.note("error", f"failed: {request.url}"))
        self.page.route("**/*", lambda route, request: self.stay_home(route, request, address))
        response = self.page.goto(address, wait_until="load")
        self.page.wait_for_url(lambda url: not url.endswith("/index.html"))  # which sends the reader on
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("() => window.MathJax?.startup?.promise?.then(() => null)")
        return response.status if response else 0

    def note(self, kind: str, text: str) -> None:
        """Remember what the console should not say."""
        if kind in {"warning", "error"}:
            self.complaints.append(text)

    def stay_home(self, route: Route, request: Request, address: str) -> None:
        """Let a request through if it goes to the site itself, and record it otherwise."""
        if urlsplit(request.url).netloc in {urlsplit(address).netloc, ""}:
            route.continue_()
        else:
            self.foreign.append(request.url)
            route.abort()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A fresh page in a profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Visit(context.new_page())
    context.close()


def test_the_book_is_built() -> None:
    assert PAGES, "The book is not built: run `make book` first."


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_quiet_self_contained_typeset_fits_and_is_accessible(
    visit: Visit, site: str, name: str, width: int
) -> None:
    visit.page.set_viewport_size({"width": width, "height": 740})
    assert visit.open(f"{site}/{name}") == 200
    assert visit.foreign == []
    assert visit.complaints == []
    assert_maths_is_typeset(visit.page)
    assert_nothing_overflows(visit.page)
    for theme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=theme)
        visit.page.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
        assert axe_faults(visit.page) == [], theme


def test_search_finds_a_chapter_by_a_word_in_it(visit: Visit, site: str) -> None:
    visit.open(f"{site}/search.html?q=Jensen")
    visit.page.wait_for_selector("ul.search li")
    assert visit.page.locator('ul.search a[href*="evidence_lower_bound"]').count() > 0


def test_the_home_page_opens_with_a_figure_that_moves(visit: Visit, site: str) -> None:
    visit.page.set_viewport_size({"width": 1280, "height": 900})
    visit.open(f"{site}/intro.html")
    figure = visit.page.locator(".explorable").first
    assert figure.bounding_box()["y"] < 900 / 2
    said = figure.locator(".said").inner_text()
    for _ in range(10):
        figure.locator('input[type="range"]').first.press("ArrowRight")
    visit.page.wait_for_function("said => document.querySelector('.explorable .said').innerText !== said", arg=said)


def test_a_link_to_a_chapter_shows_its_title_and_the_card(visit: Visit, site: str) -> None:
    visit.open(f"{site}/evidence_lower_bound.html")
    said = {
        meta.get_attribute("property"): meta.get_attribute("content")
        for meta in visit.page.locator('meta[property^="og:"]').all()
    }
    assert said["og:title"] == visit.page.inner_text("article h1").removesuffix("#").strip()
    assert said["og:site_name"] == "Why maximise log p(x)?"
    home, _, card = said["og:image"].partition("_static/")
    assert said["og:url"] == f"{home}evidence_lower_bound.html"
    assert home.startswith("https://")
    with Image.open(HTML / "_static" / card) as image:
        assert image.size == (1200, 630)


@pytest.mark.parametrize("name", [path.stem for path in tool.NOTEBOOKS if stills.moving_outputs(tool.read(path))])
def test_where_no_script_runs_a_moving_figure_stands_still(browser: Browser, site: str, name: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/{name}.html")
    picture = page.locator("img.still")
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 400
    assert 200 < picture.bounding_box()["width"] <= 360
    context.close()


def axe_faults(page: Page) -> list[str]:
    """Return what axe-core has against a page at rest: the rule, and the first element that breaks it."""
    page.evaluate("() => Promise.all(document.getAnimations().map(change => change.finished))")  # colours fade over
    # The nodes that pass are not told: to describe them all takes as long as to judge them.
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in found]


def assert_maths_is_typeset(page: Page) -> None:
    """Every formula has been replaced by its picture, and none by an error."""
    formulas = page.locator(".math").count()
    assert page.locator("mjx-merror").count() == 0
    assert page.locator(".math mjx-container").count() >= formulas


def assert_nothing_overflows(page: Page) -> None:
    """Nothing is wider than the window; what does not fit scrolls inside its own box."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


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
    assert any(fault.startswith("image-alt") for fault in axe_faults(visit.page))
    for law in (assert_maths_is_typeset, assert_nothing_overflows):
        with pytest.raises(AssertionError):
            law(visit.page)
