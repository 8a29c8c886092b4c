"""Put a still picture into the stored HTML of every moving figure, for places that run no scripts, such as GitHub.

The picture is what headless Chromium draws of the figure as the notebook left it; the script, where it runs, replaces
it.  The tests compare stored HTML with fresh HTML, which has none: `tests/notebooks/nbval.cfg` takes it out of both.
"""

from __future__ import annotations

import base64
import html
import re
from typing import Any

from playwright.sync_api import Page

from bookkit import chromium, pictures

WIDTH = 640  # CSS pixels: what a page of GitHub leaves for an output
PLACE = re.compile(r'(<div class="explorable-place" data-explorable="\w+">)(.*?)(<p>(.*?)</p>)', re.DOTALL)
STILL = re.compile(r'<img class="still" alt="(?P<alt>[^"]*)" src="data:image/png;base64,(?P<data>[^"]+)">')
PAGE = '<!doctype html><meta charset="utf-8"><body style="margin: 8px; font-family: sans-serif">{}'


def moving_outputs(notebook: Any) -> list[Any]:
    """Return the data of each output that is a moving figure."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return [output["data"] for output in outputs if PLACE.search(output.get("data", {}).get("text/html", ""))]


def picture(page: Page, figure: str) -> bytes:
    """Return the figure as a PNG."""
    page.set_content(PAGE.format(figure))
    page.wait_for_selector(".explorable .said")
    if page.get_by_role("button", name="Train", exact=True).count():
        train_twice(page)
    return pictures.lighten_png(page.locator(".explorable").screenshot(animations="disabled"))


def train_twice(page: Page) -> None:
    """Show what a figure that trains comes to: one run as it stands, and one without the KL beside it."""
    weight = page.get_by_role("slider", name="KL weight")
    for begin in (lambda: None, lambda: weight.press("Home")):
        begin()
        page.get_by_role("button", name="Start again").click()
        page.get_by_role("button", name="Train", exact=True).click()
        page.get_by_role("button", name="Go on").wait_for(timeout=120_000)


def with_still(figure: str, png: bytes) -> str:
    """Return the figure's HTML with a picture above the sentence that stands in for it."""
    data = base64.b64encode(png).decode()

    def add(place: re.Match[str]) -> str:
        alt = html.escape(f"A still of the moving figure: {html.unescape(place[4])}")
        return f'{place[1]}<img class="still" alt="{alt}" src="data:image/png;base64,{data}">{place[3]}'

    return PLACE.sub(add, figure, count=1)


def add_stills(notebook: Any) -> None:
    """Add a still to every moving figure of a notebook that was just run."""
    moving = moving_outputs(notebook)
    if not moving:
        return
    with chromium.launched() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        for data in moving:
            data["text/html"] = with_still(data["text/html"], picture(page, data["text/html"]))
