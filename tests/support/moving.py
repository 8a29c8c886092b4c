"""How a figure that moves is read, watched and moved: its HTML alone, and in a page of a real browser."""

from __future__ import annotations

import html.parser
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the tests of the Python side need no browser
    from playwright.sync_api import Page

    Show = Callable[..., Page]
else:
    Show = Callable

PAGE = """<!doctype html><html lang="en"><title>x</title><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><body>{}</body></html>"""

# What the page calls each number, and what Python calls it; the others have one name.
PYTHON_NAMES = {
    "logP": "log p(x)",
    "elbo": "ELBO",
    "logLik": "log p(x|z)",
    "kl": "KL",
    "effective": "effective sample size",
    "error": "claimed error",
} | {prior: f"log p(x), {prior}" for prior in ("declared", "gaussian", "mixture")}


class Reader(html.parser.HTMLParser):
    """Collect what a browser would see as scripts, and every address it would ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts, self.in_script = [""], False
        self.addresses: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_script = tag == "script"
        self.addresses += [value for name, value in attrs if name in {"src", "href"}]

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False

    def handle_data(self, data: str) -> None:
        if self.in_script:
            self.scripts[0] += data


def numbers(page: Page) -> dict[str, float]:
    """Return what the page has computed, after the next frame has been drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shown = page.evaluate("() => ({ ...document.querySelector('.explorable').dataset })")
    return {name: float(value) for name, value in shown.items()}


def wait_for_change(page: Page, before: dict[str, float]) -> None:
    """Wait until the page shows other numbers."""
    changed = """(before) => Object.entries(document.querySelector(".explorable").dataset)
      .some(([name, value]) => Number(value) !== before[name])"""
    page.wait_for_function(changed, arg=before)


def named(shown: dict[str, float]) -> dict[str, float]:
    """Return the page's numbers under Python's names."""
    return {PYTHON_NAMES.get(name, name): value for name, value in shown.items()}


def slide(page: Page, label: str, value: float) -> None:
    """Move a slider as a script of the page would see it."""
    page.get_by_role("slider", name=label, exact=True).evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
    )


def drag(page: Page, handle: str, dx: float, dy: float = 0.0) -> None:
    """Drag a handle with the mouse."""
    mark = page.locator(f'[data-handle="{handle}"]').first
    mark.wait_for()  # it may be drawn a moment after the words
    box = mark.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()
