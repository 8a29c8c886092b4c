"""Figures that move and show a model or its history, in a real browser: their numbers, and every way of moving them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from tests.support.explorers import latent_explorer, small_vae, training_explorer
from tests.support.moving import Show, drag, named, numbers, slide, wait_for_change
from tests.support.narrowing import linear_layers
from vae_tutorial.explorables import ReconstructionExplorer

pytestmark = pytest.mark.usefixtures("double_precision")
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


# LatentExplorer


@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU])
@pytest.mark.parametrize(("image", "z1", "z2"), [(0, 0.0, 0.0), (1, -3.0, 3.0), (2, 0.37, -1.91)])
def test_the_decoder_in_the_page_is_the_decoder(show: Show, activation: Any, image: int, z1: float, z2: float) -> None:
    explorer = latent_explorer(model=small_vae(activation=activation), image=image, z1=z1, z2=z2)
    page = show(explorer)
    shown = named(numbers(page))
    assert shown == pytest.approx(explorer.terms(), abs=1e-4)
    drawn = page.get_by_role("img", name="What the decoder draws at z")
    pixels = drawn.evaluate("(c) => [...c.getContext('2d').getImageData(0, 0, 3, 3).data].filter((_, i) => i % 4 == 0)")
    with torch.no_grad():
        mean = explorer.model.likelihood(torch.tensor([[z1, z2]])).mean[0]
    assert pixels == pytest.approx((255 * (1 - mean)).tolist(), abs=0.51)


def test_a_decoder_of_the_books_size_agrees_too(show: Show) -> None:
    from vae_tutorial.likelihoods import Bernoulli
    from vae_tutorial.networks import MLP
    from vae_tutorial.posteriors import DiagonalGaussian

    model = small_vae()
    model.encoder, model.decoder = DiagonalGaussian(MLP(64, 4)), Bernoulli(MLP(2, 64))
    with torch.no_grad():
        for layer in linear_layers(model.decoder):
            layer.weight *= 4
    x = torch.randint(2, (2, 64)).double()
    explorer = latent_explorer(model=model, images=x, image_shape=(8, 8), codes_of=None, z1=1.5, z2=-0.5)
    shown = numbers(show(explorer))
    assert named(shown) == pytest.approx(explorer.terms(), abs=1e-4)


def test_choosing_an_image_changes_its_numbers_and_leaves_z(show: Show) -> None:
    page = show(latent_explorer(labels=["a", "b", "c"]))
    page.get_by_role("radio", name="image 2, labelled b").check(force=True)
    after, z1 = numbers(page), page.get_by_label("z₁").input_value()
    expected = latent_explorer(image=1).terms()
    assert named(after) == pytest.approx(expected, abs=1e-4)
    assert float(z1) == 0


def test_moving_z_moves_the_likelihood_and_nothing_of_the_bound(show: Show) -> None:
    page = show(latent_explorer())
    before = numbers(page)
    slide(page, "z₁", 1.25)
    slide(page, "z₂", -0.5)
    after = numbers(page)
    assert named(after) == pytest.approx(latent_explorer(z1=1.25, z2=-0.5).terms(), abs=1e-4)
    assert after["logLik"] != before["logLik"]
    assert after["elbo"] == before["elbo"]


def test_dragging_z_moves_it_right_and_up(show: Show) -> None:
    page = show(latent_explorer())
    drag(page, "z", 70, -70)
    numbers(page)
    moved = [float(page.get_by_label(label).input_value()) for label in ("z₁", "z₂")]
    assert moved[0] == pytest.approx(moved[1], abs=0.05)
    assert moved[0] > 0.5


def test_a_finger_drags_z_on_a_phone(show: Show) -> None:
    page = show(latent_explorer(), **PHONE)
    box = page.locator('[data-handle="z"]').bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44  # room for a finger
    client = page.context.new_cdp_session(page)
    x, y = box["x"] + 22, box["y"] + box["height"] - 22
    for kind, points in [("touchStart", [(x, y)]), ("touchMove", [(x + 50, y)]), ("touchEnd", [])]:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})
    numbers(page)
    assert float(page.get_by_label("z₁").input_value()) > 0.5


def test_the_keyboard_alone_chooses_an_image_moves_z_and_presses_the_buttons(show: Show) -> None:
    page = show(latent_explorer(), reduced_motion="reduce")
    words = page.locator(".said").inner_text()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert numbers(page)["logP"] == pytest.approx(latent_explorer(image=1).terms()["log p(x)"], abs=1e-4)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert float(page.get_by_label("z₁").input_value()) == pytest.approx(0.01, abs=0.006)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # z to the mean of q; with reduced motion it is there in the next frame
    numbers(page)
    explorer = latent_explorer()
    with torch.no_grad():
        loc = explorer.model.posterior(explorer.images).mean[1]
    assert float(page.get_by_label("z₁").input_value()) == pytest.approx(float(loc[0]), abs=0.011)
    before = numbers(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for_change(page, before)  # a draw from the prior has another likelihood
    page.wait_for_function("(old) => document.querySelector('.said').textContent !== old", arg=words)


def test_a_broken_choice_or_decoder_shows_words_in_place_of_the_figure(show: Show) -> None:
    whole = latent_explorer().to_html()
    for spoilt, words in [
        (whole.replace('"image": 0.0', '"image": 7'), "image must be a whole number from 0 to 2, and is 7"),
        (whole.replace('"size": [16, 3]', '"size": [16, 4]'), "must hold 64 numbers, and holds 48"),
    ]:
        page = show(None, html=spoilt)
        assert words in page.locator(".explorable").inner_text()
        assert page.locator("svg, canvas").count() == 0


def test_a_name_that_is_markup_stays_text(show: Show) -> None:
    page = show(latent_explorer(labels=["</script><b>bold</b>", "b", "c"], code_labels=["<i>"] * 40))
    assert page.locator("b, i").count() == 0
    assert page.get_by_role("radio", name="image 1, labelled </script><b>bold</b>").count() == 1


# ReconstructionExplorer

INK = "(all) => all.map((canvas) => canvas.toDataURL())"


def test_every_weight_shows_its_recorded_numbers(show: Show) -> None:
    page = show(ReconstructionExplorer())
    for step in range(5):
        slide(page, "weight of the KL", step)
        shown = named(numbers(page))
        assert shown == pytest.approx(ReconstructionExplorer(step=step).terms(), abs=1e-9)
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "1"


def test_the_keyboard_refits_the_prior_and_that_moves_samples_and_no_number(show: Show) -> None:
    page = show(ReconstructionExplorer(step=0))
    before, ink = numbers(page), page.locator("canvas").evaluate_all(INK)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert numbers(page) == before
    assert page.get_by_role("checkbox").is_checked()
    assert page.locator("canvas").evaluate_all(INK) != ink
    assert page.get_by_role("img", name="drawn from the refitted prior").count() == 1
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    assert numbers(page)["rate"] == ReconstructionExplorer(step=1).terms()["rate"]


def test_dragging_the_mark_to_the_left_lowers_the_weight(show: Show) -> None:
    page = show(ReconstructionExplorer(step=4))
    drag(page, "step", -250)
    assert numbers(page)["rate"] == ReconstructionExplorer(step=2).terms()["rate"]


# TrainingExplorer


def test_every_epoch_shows_its_numbers(show: Show) -> None:
    page = show(training_explorer(labels=range(20)))
    for step in range(4):
        slide(page, "epoch", step)
        shown, terms = numbers(page), training_explorer(step=step).terms()
        assert list(shown.values()) == pytest.approx(list(terms.values()), abs=1e-4)
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "20"
    page.wait_for_function("() => document.querySelector('.said').textContent.includes('Since epoch 5')")


def test_it_plays_to_the_end_and_stops(show: Show) -> None:
    page = show(training_explorer())
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Stop").count() == 1
    page.get_by_role("button", name="Play").wait_for(timeout=20_000)
    assert numbers(page)["logP"] == pytest.approx(-20.9401, abs=1e-9)


def test_with_reduced_motion_playing_is_one_step_to_the_end(show: Show) -> None:
    page = show(training_explorer(), reduced_motion="reduce")
    page.get_by_role("button", name="Play").click()
    assert numbers(page)["logP"] == pytest.approx(-20.9401, abs=1e-9)
    assert page.get_by_role("button", name="Play").count() == 1


def test_dragging_the_mark_chooses_an_epoch(show: Show) -> None:
    page = show(training_explorer(step=3))
    drag(page, "step", -180)
    assert numbers(page)["elbo"] == pytest.approx(training_explorer(step=2).terms()["ELBO"], abs=1e-4)
