"""The built book behind a server of its own, and a real browser to read it with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from bookkit import chromium, paths
from tests.support.moving import PAGE, Show

pytest.register_assert_rewrite("tests.support.visit")  # its laws say what they found

from tests.support.visit import Visit  # noqa: E402


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built book."""
    if not (paths.HTML / "index.html").exists():
        pytest.fail("The book is not built: run `make book` first.")
    with chromium.served(paths.HTML) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which .ci/run requires and everybody else may do without."""
    if chromium.executable() is None:
        pytest.fail(chromium.MISSING) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(chromium.MISSING)
    with chromium.launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def known(browser: Browser, site: str) -> set[str]:
    """What a reader's browser has kept who has been on the home page."""
    with browser.new_context() as context:
        home = Visit(context.new_page())
        home.open(f"{site}/intro.html")
    return home.asked


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A fresh page in a profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield Visit(context.new_page())
    context.close()


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Open one explorable in a page of its own; at the end nothing may have complained."""
    contexts, complaints = [], []

    def opened(explorer: Any, html: str = "", **settings: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": {"width": 700, "height": 1000}, **settings}))
        page: Page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_content(PAGE.format(html or explorer.to_html()))
        page.wait_for_selector(".explorable .said, .explorable .broken")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
