"""The built book behind a server of its own, and a real browser to read it with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from moving import PAGE, Show
from playwright.sync_api import Browser, Page, sync_playwright

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"]


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files and keep no log."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built book."""
    if not (HTML / "index.html").exists():
        pytest.fail("The book is not built: run `make book` first.")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=HTML)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which .ci/run requires and everybody else may do without."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        missing = "No Chromium here: on Debian or Ubuntu, install the package `chromium`."
        pytest.fail(missing) if os.environ.get("REQUIRE_BROWSER") else pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield browser
        browser.close()


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
