"""LikelihoodExplorer and ImportanceExplorer in a real browser: their numbers, and every way of moving them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.moving import Show, drag, named, numbers, slide
from vae_tutorial.explorables import ImportanceExplorer, LikelihoodExplorer


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
        {"offset": -3.0, "scale": 4.0, "doublings": 9},  # more of them in node
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
