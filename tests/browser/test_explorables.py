"""Figures that move, in a real browser with no kernel: their numbers, and every way of moving them."""

from __future__ import annotations

import pytest

from tests.support.moving import Show, drag, named, numbers, slide
from vae_tutorial.explorables import BoundExplorer, MarginalExplorer


@pytest.mark.parametrize("setting", [{}, {"bend": 0.0, "x": -3.0}], ids=str)  # more of them in node
def test_the_page_computes_the_terms_that_torch_computes(show: Show, setting: dict[str, float]) -> None:
    explorer = BoundExplorer(**setting)
    shown, expected = numbers(show(explorer)), explorer.terms()
    assert named(shown) == pytest.approx(expected, abs=1e-4)
    assert shown["elbo"] + shown["gap"] == pytest.approx(shown["logP"], abs=1e-5)


@pytest.mark.parametrize("x", [-1.0, 2.2])
def test_the_page_computes_the_density_that_torch_computes(show: Show, x: float) -> None:
    explorer = MarginalExplorer(x=x)
    assert numbers(show(explorer))["density"] == pytest.approx(explorer.density(), abs=1e-4)


def test_moving_q_trades_elbo_for_gap_and_bending_moves_their_sum(show: Show) -> None:
    page = show(BoundExplorer())
    before = numbers(page)
    slide(page, "mean of q", 0.4)
    moved = numbers(page)
    assert moved["logP"] == before["logP"]
    assert moved["elbo"] != before["elbo"]
    slide(page, "bend θ", 1.0)
    assert numbers(page)["logP"] != before["logP"]
    expected = BoundExplorer(loc=0.4, bend=1.0).terms()
    assert named(numbers(page)) == pytest.approx(expected, abs=1e-4)


def test_the_tab_key_reaches_every_control_and_enter_presses_the_button(show: Show) -> None:
    page = show(BoundExplorer(), reduced_motion="reduce")
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.tagName"))
    assert reached == ["INPUT", "INPUT", "INPUT", "BUTTON"]
    before = numbers(page)
    page.keyboard.press("Enter")
    after = numbers(page)  # with reduced motion it is there in the next frame
    assert after["gap"] < 0.2 < before["gap"]


def test_the_best_q_is_where_torch_finds_it_too(show: Show) -> None:
    page = show(BoundExplorer())
    page.get_by_role("button", name="Best Gaussian q").click()
    page.wait_for_timeout(600)  # it glides there
    best = numbers(page)["elbo"]
    around = [BoundExplorer(loc=0.05 * a, scale=0.03 * b).terms()["ELBO"] for a in range(9) for b in range(9, 18)]
    assert best >= max(around) - 1e-4


@pytest.mark.parametrize(("handle", "label"), [("loc", "mean of q"), ("scale", "width of q")])
def test_dragging_moves_q_and_its_slider(show: Show, handle: str, label: str) -> None:
    page = show(BoundExplorer())
    before, value = numbers(page), float(page.get_by_label(label).input_value())
    drag(page, handle, 60)
    assert numbers(page)["logP"] == before["logP"]
    assert numbers(page)["elbo"] != before["elbo"]
    assert float(page.get_by_label(label).input_value()) > value + 0.3


def test_dragging_the_line_down_lowers_x(show: Show) -> None:
    page = show(MarginalExplorer())
    drag(page, "x", 0, 40)
    numbers(page)
    x = float(page.get_by_label("x", exact=True).input_value())
    assert x < 0.5
    assert numbers(page)["density"] == pytest.approx(
        MarginalExplorer(x=x).density(), abs=5e-3
    )  # x as the slider rounds


def test_a_script_in_a_trait_stays_text(show: Show) -> None:
    explorer = BoundExplorer()
    explorer._colors = {**explorer._colors, "prior": "</script><script>document.title = 'taken'</script>"}
    assert show(explorer).title() == "x"
