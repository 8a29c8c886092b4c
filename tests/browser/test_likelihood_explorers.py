"""LikelihoodExplorer and ImportanceExplorer in a real browser: their numbers, and every way of moving them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import accessibility
from tests.support.moving import Show, drag, numbers, slide
from vae_tutorial.explorables import ImportanceExplorer, LikelihoodExplorer

NAMES = {
    "kl": "KL",
    "logP": "log p(x)",
    "elbo": "ELBO",
    "effective": "effective sample size",
    "error": "claimed error",
}
BOTH = pytest.mark.parametrize("cls", [LikelihoodExplorer, ImportanceExplorer])


def named(shown: dict[str, float]) -> dict[str, float]:
    """Return the page's numbers under Python's names."""
    return {NAMES.get(name, name): value for name, value in shown.items()}


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"loc": 0.0, "scale": 2.0, "sample": 4, "size": 40},
        {"loc": -5.0, "scale": 0.4, "sample": 5},
        {"loc": 2.5, "scale": 6.0, "sample": 3, "size": 2},
    ],
    ids=str,
)
def test_the_page_computes_the_averages_that_torch_computes(show: Show, setting: dict[str, float]) -> None:
    explorer = LikelihoodExplorer(**setting)
    page = show(explorer)
    assert named(numbers(page)) == pytest.approx(explorer.terms(), abs=1e-4)
    scores = page.locator(".stem").evaluate_all("(stems) => stems.map((stem) => Number(stem.dataset.score))")
    assert scores == pytest.approx(explorer.log_densities().tolist(), abs=1e-4)


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"doublings": 0},
        {"doublings": 10},
        {"offset": -2.683, "scale": 2.236, "doublings": 2},
        {"offset": 3.0, "scale": 0.1, "doublings": 7},
        {"offset": -3.0, "scale": 4.0, "doublings": 9},
        {"offset": 0.0, "scale": 1.0},
    ],
    ids=str,
)
def test_the_page_computes_the_estimates_that_torch_computes(show: Show, setting: dict[str, float]) -> None:
    explorer = ImportanceExplorer(**setting)
    assert named(numbers(show(explorer))) == pytest.approx(explorer.terms(), abs=1e-4)


def test_another_sample_moves_its_bar_and_not_that_of_fresh_data(show: Show) -> None:
    page = show(LikelihoodExplorer())
    before = numbers(page)
    page.get_by_role("button", name="Another sample").click()
    after = numbers(page)
    assert after["expected"] == before["expected"]
    assert after["average"] < before["ceiling"] < before["average"]
    for _ in range(4):
        page.get_by_role("button", name="Another sample").click()
    assert numbers(page) == before  # it has shown them all


def test_the_fit_is_the_best_that_the_points_allow_and_passes_the_ceiling(show: Show) -> None:
    page = show(LikelihoodExplorer(loc=3, scale=1), reduced_motion="reduce")
    page.get_by_role("button", name="Fit to the points").click()
    fitted = numbers(page)
    points = LikelihoodExplorer().points()
    best = LikelihoodExplorer(loc=float(points.mean()), scale=float(points.std(correction=0)))
    assert named(fitted) == pytest.approx(best.terms(), abs=1e-4)
    assert fitted["average"] > fitted["ceiling"] > fitted["expected"]
    page.get_by_role("button", name="Take the truth").click()
    assert numbers(page)["kl"] == pytest.approx(0, abs=1e-12)


def test_more_draws_raise_the_mean_and_leave_the_truth(show: Show) -> None:
    page = show(ImportanceExplorer())
    before = numbers(page)
    slide(page, "draws K", 10)
    after = numbers(page)
    assert after["mean"] > before["mean"]
    assert (after["logP"], after["elbo"]) == (before["logP"], before["elbo"])
    assert page.get_by_label("draws K").get_attribute("aria-valuetext") == "1024 draws"
    assert page.locator("output").first.inner_text() == "1024"
    assert named(after) == pytest.approx(ImportanceExplorer(doublings=10).terms(), abs=1e-4)


def test_the_prior_as_q_arrives_and_the_posterior_as_q_is_there_at_once(show: Show) -> None:
    page = show(ImportanceExplorer(doublings=10), reduced_motion="reduce")
    page.get_by_role("button", name="q = prior").click()
    assert abs(numbers(page)["bias"]) < 0.02
    assert numbers(page)["elbo"] < -6
    page.get_by_role("button", name="q = posterior").click()
    assert numbers(page)["bias"] == pytest.approx(0, abs=1e-9)
    page.get_by_role("button", name="Narrow q").click()
    assert named(numbers(page)) == pytest.approx(ImportanceExplorer(doublings=10).terms(), abs=1e-4)


@pytest.mark.parametrize(
    ("cls", "handle", "label", "move", "moved"),
    [
        (LikelihoodExplorer, "loc", "mean of the model", (60, 0), 1.0),
        (LikelihoodExplorer, "scale", "width of the model", (60, 0), 1.0),
        (ImportanceExplorer, "offset", "offset of q", (60, 0), 1.0),
        (ImportanceExplorer, "scale", "width of q", (60, 0), 1.0),
        (ImportanceExplorer, "doublings", "draws K", (0, 66), 3.0),
    ],
)
def test_dragging_moves_the_handle_and_its_slider(
    show: Show, cls: Any, handle: str, label: str, move: tuple[float, float], moved: float
) -> None:
    page = show(cls())
    before, value = numbers(page), float(page.get_by_label(label).input_value())
    drag(page, handle, *move)
    assert numbers(page) != before
    assert float(page.get_by_label(label).input_value()) >= value + moved


@pytest.mark.parametrize(
    ("cls", "label", "key"),
    [
        (LikelihoodExplorer, "mean of the model", "ArrowRight"),
        (LikelihoodExplorer, "width of the model", "ArrowRight"),
        (LikelihoodExplorer, "number of points", "ArrowRight"),
        (ImportanceExplorer, "draws K", "ArrowRight"),
        (ImportanceExplorer, "offset of q", "ArrowLeft"),
        (ImportanceExplorer, "width of q", "ArrowRight"),
    ],
)
def test_the_keyboard_alone_moves_every_handle_and_the_words_follow(show: Show, cls: Any, label: str, key: str) -> None:
    page = show(cls())
    before, words = numbers(page), page.locator(".said").inner_text()
    page.get_by_label(label).focus()
    for _ in range(20):
        page.keyboard.press(key)
    assert numbers(page) != before
    assert page.get_by_label(label).get_attribute("aria-valuetext")
    page.wait_for_function("(old) => document.querySelector('.said').textContent !== old", arg=words)


@BOTH
def test_the_tab_key_reaches_every_control(show: Show, cls: Any) -> None:
    page = show(cls())
    controls = page.locator(".explorable :is(input, button)").count()
    reached = set()
    for _ in range(controls):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    assert len(reached) == controls
    assert "" not in reached


@BOTH
def test_a_finger_moves_it_on_a_phone_and_nothing_overflows(show: Show, cls: Any) -> None:
    page = show(cls(), viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    handle = page.locator(".handle").first
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box
    assert min(box["width"], box["height"]) > 43.9  # room for a finger
    before = numbers(page)
    client = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, points in [("touchStart", [(x, y)]), ("touchMove", [(x + 40, y)]), ("touchEnd", [])]:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})
    assert numbers(page) != before


@pytest.mark.parametrize("width", [360, 700, 1200])
@BOTH
def test_its_words_stay_inside_its_frame(show: Show, cls: Any, width: int) -> None:
    page = show(cls(), viewport={"width": width, "height": 1000})
    outside = """() => {
        const frame = document.querySelector('.explorable').getBoundingClientRect();
        const out = (box) => box.left < frame.left || box.right > frame.right;
        const words = [...document.querySelectorAll('.explorable text')];
        return words.filter((node) => out(node.getBoundingClientRect())).map((node) => node.textContent);
    }"""
    assert page.evaluate(outside) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@BOTH
def test_axe_finds_no_fault_in_it(show: Show, cls: Any, scheme: str) -> None:
    page = show(cls(), color_scheme=scheme)
    found = {fault.partition(":")[0] for fault in accessibility.faults(page)}
    assert found - {"landmark-one-main", "page-has-heading-one", "region"} == set()  # faults of the test's bare page


@pytest.mark.parametrize(
    ("cls", "old", "bad", "rule"),
    [
        (LikelihoodExplorer, '"loc": -0.3477', '"loc": "wide"', "loc must be a finite number"),
        (LikelihoodExplorer, '"size": 10.0', '"size": 2.5', "size one from 2 to 40, and they are 1 and 2.5"),
        (LikelihoodExplorer, '"sample": 1.0', '"sample": 6', "sample must be a whole number from 1 to 5"),
        (ImportanceExplorer, '"scale": 0.3', '"scale": null', "scale must be a finite number"),
        (ImportanceExplorer, '"doublings": 4.0', '"doublings": 11', "doublings must be a whole number from 0 to 10"),
    ],
)
def test_a_broken_state_shows_words_in_place_of_the_figure(show: Show, cls: Any, old: str, bad: str, rule: str) -> None:
    whole = cls().to_html()
    assert whole.count(old) == 1
    page = show(None, html=whole.replace(old, bad))
    assert rule in page.locator(".explorable").inner_text()
    assert page.locator("svg").count() == 0
