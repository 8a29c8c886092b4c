"""Laws that every figure that moves keeps, in one page of a real browser for each figure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page

from tests.support import accessibility
from tests.support.explorers import MAKERS
from tests.support.moving import PAGE, numbers, wait_for_change
from vae_tutorial import explorables
from vae_tutorial.explorables import EncoderSwap
from vae_tutorial.explorables.explorable import Explorable
from vae_tutorial.figures import ROLES

WIDTHS = (320, 360, 480, 600, 700, 1200)
SLOWEST = 33.0  # milliseconds of the page's main thread for a redraw, so that thirty fit into a second
BARE = {"landmark-one-main", "page-has-heading-one", "region"}  # axe on the test's bare page, not on the figure

# What can be seen leaves the frame nowhere; a handle's room for a finger may.
OUTSIDE = """() => {
  const figure = document.querySelector(".explorable");
  const frame = figure.getBoundingClientRect();
  const seen = [...figure.querySelectorAll("*")].filter((node) => node.getAttribute("fill") !== "transparent"
    && !node.closest("defs, [data-handle]") && !node.querySelector("*"));
  const out = seen.filter((node) => {
    const box = node.getBoundingClientRect();
    return box.width + box.height > 0 && (box.left < frame.left || box.right > frame.right);
  });
  return [
    ...out.map((node) => node.outerHTML.slice(0, 120)),
    ...(figure.scrollWidth > figure.clientWidth ? ["the figure scrolls"] : []),
    ...(document.documentElement.scrollWidth > innerWidth ? ["the page scrolls"] : []),
  ];
}"""
NAMELESS = """() => [
  ...[...document.querySelectorAll("input, button")].filter((node) =>
    !node.labels?.length && !node.getAttribute("aria-label") && !node.textContent),
  ...[...document.querySelectorAll("[role=img]")].filter((node) => !node.getAttribute("aria-label")),
].map((node) => node.outerHTML.slice(0, 120))"""
REPEATED = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  return ids.filter((id, i) => ids.indexOf(id) !== i);
}"""
REFITTED = "9 3 2 3"  # of the second prior in one figure, told apart from the first
OTHER_DASHES = """() => [...document.querySelectorAll("[stroke^='var(--'][stroke-dasharray]")]
  .map((node) => [node.getAttribute("stroke"), node.getAttribute("stroke-dasharray")])
  .filter(([stroke, dashes]) => dashes !== stroke.replace(")", "-dashes)"))
  .map(([, dashes]) => dashes)"""
DRAWN = """() => [...document.querySelectorAll("path[stroke^='var(--'][stroke-dasharray]")]
  .map((node) => getComputedStyle(node).strokeDasharray)"""
ROOM = """() => {
  const room = document.querySelector(".handle [fill=transparent]") ?? document.querySelectorAll("label")[1];
  room.scrollIntoView({ block: "center" });
  const box = room.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2, box.width, box.height];
}"""
NO_LINES = (EncoderSwap,)  # bars alone
SLIDE = "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }"


@dataclass
class Shown:
    """A figure, and the page in which it is shown anew for each law."""

    page: Page
    explorer: Explorable
    html: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen to what the page complains of."""
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def show(self, html: str = "") -> Page:
        """Show the figure as it begins, or other HTML."""
        self.page.set_content(PAGE.format(html or self.html))
        self.page.wait_for_selector(".explorable .said, .explorable .broken")
        return self.page

    @property
    def sliders(self) -> list[Locator]:
        """Return the sliders."""
        return self.page.get_by_role("slider").all()

    def moves(self) -> tuple[Callable[[], Any], Callable[[], Any]]:
        """Return how to move the first control there and back."""
        if self.sliders:
            slider = self.sliders[0]
            ends = [slider.get_attribute(end) for end in ("min", "max")]
            return partial(slider.evaluate, SLIDE, ends[0]), partial(slider.evaluate, SLIDE, ends[1])
        radios = self.page.get_by_role("radio")
        return radios.nth(1).check, radios.nth(0).check


@pytest.fixture(scope="module", params=MAKERS)
def opened(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Shown]:
    """One page for each figure."""
    previous = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    explorer = MAKERS[request.param]()
    html = explorer.to_html()
    torch.set_default_dtype(previous)
    with browser.new_context() as context:
        yield Shown(context.new_page(), explorer, html)


@pytest.fixture
def figure(opened: Shown) -> Iterator[Shown]:
    """A figure as it begins, in a window of 700 pixels; at the end nothing may have complained."""
    opened.complaints.clear()
    opened.page.set_viewport_size({"width": 700, "height": 1000})
    opened.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    opened.show()
    yield opened
    assert opened.complaints == []


def test_every_explorable_is_under_these_laws() -> None:
    assert set(MAKERS) == set(explorables.__all__)


@pytest.mark.parametrize("scheme", accessibility.LIGHT_AND_DARK)
def test_axe_finds_no_fault_in_it(figure: Shown, scheme: accessibility.Theme) -> None:
    figure.page.emulate_media(color_scheme=scheme)
    found = accessibility.faults(figure.page)
    assert [fault for fault in found if fault.partition(":")[0] not in BARE] == []


def test_every_control_and_every_picture_has_a_name(figure: Shown) -> None:
    assert figure.page.evaluate(NAMELESS) == []


@pytest.mark.parametrize("end", ["", "min", "max"], ids=["as it begins", "all low", "all high"])
def test_it_stays_inside_its_frame(figure: Shown, end: str) -> None:
    for slider in figure.sliders if end else []:
        slider.evaluate(SLIDE, slider.get_attribute(end))
    for width in WIDTHS:
        figure.page.set_viewport_size({"width": width, "height": 1000})
        numbers(figure.page)
        assert figure.page.evaluate(OUTSIDE) == [], width


def test_every_line_has_the_dashes_of_its_role(figure: Shown) -> None:
    assert set(figure.page.evaluate(OTHER_DASHES)) <= {REFITTED}
    expected = {role.dashes for role in ROLES.values()} | {REFITTED}
    drawn = {dashes.replace("px", "").replace(",", "") for dashes in figure.page.evaluate(DRAWN)}
    assert drawn or isinstance(figure.explorer, NO_LINES)
    assert drawn <= expected


def test_what_leaves_the_frame_is_noticed(figure: Shown) -> None:
    away = "document.querySelector('.explorable svg text').setAttribute('x', 900)"
    assert figure.page.evaluate(f"() => {{ {away}; return ({OUTSIDE})(); }}") != []  # at once, before it is drawn again


def test_a_redraw_is_quick(figure: Shown) -> None:
    there, back = figure.moves()
    client = figure.page.context.new_cdp_session(figure.page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})  # not slowed by what others compute
    times, before = [], 0.0
    for move in range(12):
        [there, back][move % 2]()
        numbers(figure.page)
        metrics = {metric["name"]: metric["value"] for metric in client.send("Performance.getMetrics")["metrics"]}
        times.append(1000 * (metrics["TaskDuration"] - before))
        before = metrics["TaskDuration"]
    client.detach()
    assert sorted(times[2:])[5] < SLOWEST, times  # the first counts what was before, the second warms up


def test_the_tab_key_reaches_every_control(figure: Shown) -> None:
    focusable = (
        "input:not([type=radio]), button, fieldset:has([type=radio])"  # the arrow keys move between radio buttons
    )
    controls = figure.page.locator(f".explorable :is({focusable})").count()
    reached = set()
    for _ in range(controls):
        figure.page.keyboard.press("Tab")
        reached.add(figure.page.evaluate("document.activeElement.outerHTML"))
    assert len(reached) == controls
    assert not any(element.startswith("<body") for element in reached)


def test_the_keyboard_alone_moves_every_slider_and_the_words_follow(figure: Shown) -> None:
    for slider in figure.sliders:
        before, words = numbers(figure.page), figure.page.locator(".said").inner_text()
        slider.focus()
        key = "ArrowLeft" if slider.input_value() == slider.get_attribute("max") else "ArrowRight"
        low, high, step = (float(slider.get_attribute(name) or 0) for name in ("min", "max", "step"))
        for _ in range(min(20, int((high - low) / step / 2))):
            figure.page.keyboard.press(key)
        assert numbers(figure.page) != before
        assert slider.get_attribute("aria-valuetext")
        figure.page.wait_for_function("(old) => document.querySelector('.said').textContent !== old", arg=words)


def test_a_finger_moves_it_on_a_phone(figure: Shown) -> None:
    figure.page.set_viewport_size({"width": 360, "height": 740})
    numbers(figure.page)
    before = numbers(figure.page)  # it has found its size
    x, y, width, height = figure.page.evaluate(ROOM)
    assert min(width, height) > 43.9  # room for a finger
    client = figure.page.context.new_cdp_session(figure.page)
    client.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    to = {"x": x + (60 if x < 180 else -60), "y": y - 40}
    dragged = figure.page.locator(".handle").count() > 0
    for kind, points in [("touchStart", [{"x": x, "y": y}]), *([("touchMove", [to])] if dragged else [])]:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    if dragged:
        wait_for_change(figure.page, before)
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for_change(figure.page, before)
    client.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    client.detach()


def test_two_in_one_page_share_no_name(figure: Shown) -> None:
    page = figure.show(figure.html + figure.html)
    page.locator(".explorable .said").nth(1).wait_for()
    assert page.evaluate(REPEATED) == []
    groups = page.evaluate("() => [...document.querySelectorAll('fieldset')].map((f) => f.elements[0].name)")
    assert len(set(groups)) == len(groups)


@pytest.mark.parametrize("bad", ['"wide"', "null", "1e999"])
def test_a_handle_that_is_no_number_shows_words_in_place_of_the_figure(figure: Shown, bad: str) -> None:
    for name, value in figure.explorer.numbers().items():
        good = f'"{name}": {json.dumps(value)}'
        assert figure.html.count(good) == 1
        page = figure.show(figure.html.replace(good, f'"{name}": {bad}'))
        assert f"{name} must be a finite number" in page.locator(".explorable").inner_text()
        assert page.locator("svg").count() == 0
