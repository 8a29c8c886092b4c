"""Figures that move and show a model or its history: their Python side. What they draw is tested in tests/browser."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import traitlets
from torch import nn

from bookkit import pages, paths
from tests.support.explorers import MAKERS, images, latent_explorer, small_vae, training_explorer
from tests.support.laws import refused
from tests.support.moving import Reader
from tests.support.narrowing import linear_layers
from vae_tutorial.explorables import LatentExplorer, ReconstructionExplorer, TrainingExplorer
from vae_tutorial.explorables.packing import ALPHABET, pack
from vae_tutorial.likelihoods import Bernoulli, Gaussian
from vae_tutorial.models import VAE, StandardNormal
from vae_tutorial.networks import MLP
from vae_tutorial.posteriors import Categorical, DiagonalGaussian

pytestmark = pytest.mark.usefixtures("double_precision")


def unpacked(text: str, low: float, high: float, digits: int) -> np.ndarray:
    """Read packed numbers as packing.js does."""
    places = {letter: place for place, letter in enumerate(ALPHABET)}
    whole = [places[letter] for letter in text]
    rows = np.array(whole).reshape(-1, digits) @ 64 ** np.arange(digits)[::-1]
    return low + (high - low) * rows / (64**digits - 1)


@pytest.mark.parametrize("digits", [1, 2, 3, 4])
def test_packed_numbers_come_back_to_within_half_a_step(digits: int) -> None:
    values = torch.cat([torch.tensor([-2.0, 3.0]), 5 * torch.rand(100) - 2]).numpy()
    again = unpacked(pack(values, -2, 3, digits), -2, 3, digits)
    assert np.abs(again - values).max() <= 0.5 * 5 / (64**digits - 1) + 1e-12


@pytest.mark.parametrize("bad", [float("nan"), 3.1, -2.1])
def test_a_number_outside_the_ends_is_not_packed(bad: float) -> None:
    with refused("values must be finite and from -2 to 3", error=ValueError):
        pack([0.0, bad], -2, 3)


@pytest.mark.parametrize("path", paths.NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_figure_holds_the_script_and_the_style_of_today(path: Path) -> None:
    for cell in pages.read(path):
        for output in cell.get("outputs", []):
            stored = output.get("data", {}).get("text/html", "")
            if "data-explorable" in stored:
                name = output["data"]["text/plain"].split("(")[0]
                explorer = MAKERS[name]()
                remedy = f"run `make notebooks ONLY={path.stem}`"
                assert explorer._css in stored, f"{name} has another style now: {remedy}"
                assert explorer.page_script() in stored, f"{name} has another script now: {remedy}"


# LatentExplorer


def test_a_place_must_be_whole() -> None:
    explorer = latent_explorer(image=1)
    with pytest.raises(traitlets.TraitError, match=r"image must be a whole number, got 0\.5"):
        explorer.image = 0.5
    with pytest.raises(traitlets.TraitError, match="image must be one finite number from 0 to 2, got 3"):
        explorer.image = 3
    assert explorer.image == 1


@pytest.mark.parametrize("image", [0, 1, 2])
def test_each_image_has_its_own_numbers_and_they_add_up(image: int) -> None:
    explorer = latent_explorer(image=image, z1=0.5, z2=-1.0)
    terms = explorer.terms()
    assert terms["ELBO"] + terms["gap"] == pytest.approx(terms["log p(x)"], abs=1e-5)
    x, z = images()[[image]], torch.tensor([[0.5, -1.0]])
    assert terms["log p(x|z)"] == pytest.approx(float(explorer.model.likelihood(z).log_prob(x).detach()), abs=1e-12)
    sent = explorer._data["terms"][image]
    assert sent == pytest.approx([terms["log p(x)"], terms["ELBO"], terms["gap"]], abs=1e-6)


def test_the_contours_hold_the_shares_that_they_name() -> None:
    explorer = latent_explorer()
    limit = explorer.limit
    axis = torch.linspace(-limit, limit, 161)
    points = torch.cartesian_prod(axis, axis)
    x = explorer.images[:1]
    weights = (explorer.model.likelihood(points).log_prob(x) + explorer.model.prior().log_prob(points)).exp().detach()
    from matplotlib.path import Path as Outline

    for share, lines in zip((0.99, 0.9, 0.5), explorer._data["posteriors"][0]["contours"], strict=True):
        inside = np.zeros(len(points), dtype=bool)
        for line in lines:
            inside ^= Outline(unpacked(line, -limit, limit, 2).reshape(-1, 2)).contains_points(points)
        assert float(weights[inside].sum() / weights.sum()) == pytest.approx(share, abs=0.015)


def test_the_weights_in_the_page_are_as_exact_as_float32() -> None:
    explorer = latent_explorer()
    linear = [step for step in explorer._data["decoder"] if step["kind"] == "linear"]
    layers = linear_layers(explorer.model.decoder)
    for step, layer in zip(linear, layers, strict=True):
        table = unpacked(step["numbers"], -step["scale"], step["scale"], 4).reshape(step["size"])
        expected = torch.cat([layer.weight, layer.bias[:, None]], 1).detach()
        assert np.abs(table - expected.numpy()).max() <= 6e-8 * step["scale"]


def test_a_float32_model_and_a_linear_decoder_are_shown_too() -> None:
    model = small_vae(decoder=nn.Linear(2, 9)).float()
    terms = LatentExplorer(model, images().float(), (3, 3)).terms()
    assert terms["ELBO"] + terms["gap"] == pytest.approx(terms["log p(x)"], abs=1e-3)


class Three(nn.Module):
    """Return a prior over three dimensions."""

    def forward(self) -> Any:
        return StandardNormal(3)()


@pytest.mark.parametrize(
    ("change", "fragments"),
    [
        (lambda: {"model": nn.Linear(2, 2)}, ["model must be a models.VAE", "got Linear", "2-D latent space"]),
        (lambda: {"model": small_vae(wrap=Gaussian)}, ["likelihoods.Bernoulli", "got Gaussian"]),
        (
            lambda: {"model": small_vae(decoder=nn.Sequential(nn.Linear(2, 9), nn.Sigmoid()))},
            ["nn.Tanh and nn.ReLU", "Sigmoid"],
        ),
        (
            lambda: {"model": VAE(DiagonalGaussian(MLP(9, 6)), Bernoulli(MLP(3, 9)))},
            [r"the prior must be N\(0, I\) over 2 dimensions", "Normal"],
        ),
        (
            lambda: {"model": VAE(DiagonalGaussian(MLP(9, 4)), Bernoulli(MLP(2, 9)), Three())},
            [r"the prior must be N\(0, I\) over 2 dimensions"],
        ),
        (lambda: {"images": torch.rand(3, 9)}, ["images holds", "outside the support"]),
        (lambda: {"images": torch.zeros(3, 8)}, [r"images has shape \[3, 8\]"]),
        (lambda: {"images": torch.zeros(13, 9)}, ["images must hold at most 12 images, got 13"]),
        (lambda: {"image_shape": (3, 4)}, [r"height · width = 9, got \(3, 4\)"]),
        (lambda: {"labels": ["a"]}, ["labels must hold a name for each of 3 images, got 1"]),
        (lambda: {"codes_of": torch.zeros(3, 8)}, [r"codes_of has shape \[3, 8\]"]),
        (
            lambda: {"codes_of": torch.zeros(3, 9), "code_labels": [1, 2]},
            ["code_labels must hold a name for each of 3"],
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_cannot_be_shown_is_refused_with_the_rule(change: Any, fragments: list[str]) -> None:
    arguments = {"model": small_vae(), "images": images(), "image_shape": (3, 3), **change()}
    with refused(*fragments):
        LatentExplorer(**arguments)


def test_an_encoder_that_is_not_gaussian_is_refused() -> None:
    model = VAE(Categorical(MLP(9, 2)), Bernoulli(MLP(2, 9)), StandardNormal(2))
    with refused("must be Gaussian", error=TypeError):
        LatentExplorer(model, images(), (3, 3))


def test_a_name_that_closes_the_script_stays_text() -> None:
    page = Reader(latent_explorer(labels=["</script><b>", "&", '"']).to_html())
    assert page.scripts[0].rstrip().endswith(");")
    assert "\\u003c/script>" in page.scripts[0]


def test_the_plane_reaches_as_far_as_its_codes() -> None:
    near, far = latent_explorer(), latent_explorer(model=small_vae(spread=40.0))
    assert near.limit >= 3.0
    with torch.no_grad():
        codes = far.model.posterior(images(40)).mean
    assert far.limit > max(float(codes.abs().max()), near.limit)
    far.z1 = far.limit
    with pytest.raises(traitlets.TraitError, match="z1 must be"):
        near.z1 = far.limit


# ReconstructionExplorer


@pytest.mark.parametrize("step", range(5))
def test_the_pictures_are_those_of_the_models_whose_numbers_are_recorded(step: int) -> None:
    explorer = ReconstructionExplorer(step=step)
    records = files("vae_tutorial") / "records"
    rows = json.loads((records / "why_not_reconstruction.json").read_text(encoding="utf-8"))["two_dimensions"]
    key = {"weight": explorer.weights[step], "seed": 0, "epochs": 100, "split": "held-out"}
    (row,) = [row for row in rows if row.items() >= key.items()]
    terms = explorer.terms()
    assert [terms["reconstruction"], terms["rate"]] == [row["reconstruction"], row["rate"]]
    assert [terms[f"log p(x), {prior}"] for prior in ("declared", "gaussian", "mixture")] == [
        row[prior] for prior in ("declared", "gaussian", "mixture")
    ]
    picture, limit = explorer._data["pictures"][step], explorer._data["limit"]
    assert picture["weight"] == key["weight"]
    codes = unpacked(picture["codes"], -limit, limit, 2)
    assert np.sqrt((codes**2).mean()) == pytest.approx(row["rms"], abs=5e-3)
    for means in picture["means"].values():
        assert [len(bytes.fromhex(mean)) for mean in means] == [32] * 12


def test_refitting_the_prior_helps_most_where_the_kl_had_no_weight() -> None:
    gains = []
    for step in range(5):
        terms = ReconstructionExplorer(step=step).terms()
        gains.append(terms["log p(x), gaussian"] - terms["log p(x), declared"])
    assert gains == sorted(gains, reverse=True)


# TrainingExplorer


@pytest.mark.parametrize("step", range(4))
def test_elbo_and_gap_make_log_p_at_every_epoch(step: int) -> None:
    terms = training_explorer(step=step).terms()
    assert terms["ELBO"] + terms["gap"] == pytest.approx(terms["log p(x)"], abs=1e-12)


@pytest.mark.parametrize(
    ("change", "fragments"),
    [
        ({"epochs": [0, 1, 1, 2]}, ["epochs must be two or more rising numbers"]),
        ({"epochs": [0]}, [r"elbo must have shape \[1\], got \[4\]"]),
        ({"epochs": 3}, [r"epochs must have shape \[T\], got \[\]"]),
        ({"elbo": [0.0, 1.0]}, [r"elbo must have shape \[4\], got \[2\]"]),
        ({"log_prob": [0.0, 1.0, float("nan"), 2.0]}, ["log_prob must be finite, and 1 of its numbers"]),
        ({"codes": [[[0.0, 1.0, 2.0]]] * 4}, [r"codes must have shape \[4, N, 2\], got \[4, 1, 3\]"]),
        ({"codes": [[[0.0, float("inf")]]] * 4}, ["codes must be finite, and 4 of its numbers"]),
        ({"labels": "abc"}, ["labels must hold a name for each of 20 images, got 3"]),
    ],
    ids=str,
)
def test_a_history_that_does_not_fit_is_refused_with_the_rule(change: dict[str, Any], fragments: list[str]) -> None:
    with refused(*fragments, error=ValueError):
        training_explorer(**change)


def test_a_history_may_be_tensors_that_want_gradients() -> None:
    values = torch.tensor([-2.0, -1.0], requires_grad=True)
    run = TrainingExplorer([0, 1], values, values + 0.5, torch.zeros(2, 3, 2, requires_grad=True), labels=[7, 8, 9])
    assert run.terms() == {"ELBO": -2.0, "log p(x)": -1.5, "gap": 0.5}
    assert run._data["labels"] == ["7", "8", "9"]
