"""A visit to one page of the built book: what it asked for, what it complained about, and the laws for every page."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from playwright.sync_api import Page, Request, Route

from bookkit import paths
from tests.support import accessibility

PICTURES = {".png", ".jpg", ".svg", ".ico"}
FIRST, NEXT = 900_000, 250_000  # bytes: of a first page, and of the next when the site is known
FONT_SIZES = "(nodes) => [...new Set(nodes.map((node) => parseFloat(getComputedStyle(node).fontSize)))]"
PAGES = {path.name for path in paths.HTML.glob("*.html")}
TOC = yaml.safe_load((paths.BOOK / "_toc.yml").read_text(encoding="utf-8"))
*PARTS, _ = TOC["parts"]  # the last is for looking things up
CHAPTERS = {f"{chapter['file']}.html" for part in PARTS for chapter in part["chapters"]}


@dataclass
class Visit:
    """A page and what it did while it loaded."""

    page: Page
    site: str = ""  # host and port that it belongs to
    complaints: list[str] = field(default_factory=list)  # console warnings and errors, exceptions, failed requests
    foreign: list[str] = field(default_factory=list)  # requests to anybody else
    asked: set[str] = field(default_factory=set)  # paths of the site that it asked for

    def __post_init__(self) -> None:
        """Listen before anything is loaded."""
        self.page.on("console", lambda message: self.note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.note("error", str(error)))
        self.page.on("requestfailed", lambda request: self.note("error", f"failed: {request.url}"))
        self.page.route("**/*", self.stay_home)

    def open(self, address: str) -> int:
        """Load an address, wait until its maths is set, and return the status."""
        self.site = urlsplit(address).netloc
        for heard in (self.complaints, self.foreign, self.asked):
            heard.clear()
        response = self.page.goto(address, wait_until="load")
        self.page.wait_for_url(lambda url: not url.endswith("/index.html"))  # which sends the reader on
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("() => window.MathJax?.startup?.promise?.then(() => null)")
        return response.status if response else 0

    def note(self, kind: str, text: str) -> None:
        """Remember what the console should not say."""
        if kind in {"warning", "error"}:
            self.complaints.append(text)

    def stay_home(self, route: Route, request: Request) -> None:
        """Let a request through if it goes to the site itself, and record whom it asks for what."""
        asked = urlsplit(request.url)
        if asked.netloc in {self.site, ""}:
            self.asked.add(asked.path)
            route.continue_()
        else:
            self.foreign.append(request.url)
            route.abort()


def assert_a_page_is_fit_to_read(visit: Visit, address: str, known: set[str]) -> None:
    """A page is quiet, self-contained, light, typeset and accessible, and fits a wide window as well as a phone.

    `known` are the paths that the reader's browser has kept from a page before.
    """
    for width in (1280, 360):
        visit.page.set_viewport_size({"width": width, "height": 740})
        assert visit.open(address) == 200
        assert (visit.foreign, visit.complaints) == ([], [])
        assert weight(visit.asked) <= FIRST
        assert weight(visit.asked - known) <= NEXT
        assert_maths_is_typeset(visit.page)
        assert_headings_step_down(visit.page)
        assert accessibility.faults_in_both_themes(visit.page) == {}


def assert_maths_is_typeset(page: Page) -> None:
    """Every formula has been replaced by its picture, and none by an error."""
    formulas = page.locator(".math").count()
    assert page.locator("mjx-merror").count() == 0
    assert page.locator(".math mjx-container").count() >= formulas


def assert_headings_step_down(page: Page) -> None:
    """A heading is larger than those below it, and none is as small as the text."""
    sizes = [
        size
        for kind in ("h1", "h2", "h3", "h4", "p")
        for size in page.locator(f"article.bd-article section > {kind}").evaluate_all(FONT_SIZES)
    ]
    assert sizes == sorted(set(sizes), reverse=True), sizes


def weight(asked: set[str]) -> int:
    """Return the bytes of these files under gzip, pictures left out."""
    own = [path for path in asked if path.startswith("/") and Path(path).suffix not in PICTURES]
    return sum(zipped(paths.HTML / path.lstrip("/")) for path in own)


@cache
def zipped(file: Path) -> int:
    """Return the bytes of a file under gzip; most are those of every page."""
    return len(gzip.compress(file.read_bytes(), mtime=0))
