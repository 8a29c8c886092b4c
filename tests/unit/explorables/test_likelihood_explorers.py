"""The numbers behind LikelihoodExplorer and ImportanceExplorer, against other ways to them."""

from __future__ import annotations

import math

import pytest
import torch
import traitlets

import vae_tutorial as vt
from tests.support.laws import random_state_kept
from tests.support.narrowing import present
from vae_tutorial.explorables import ImportanceExplorer, LikelihoodExplorer
from vae_tutorial.explorables.importance import Guess, standard_noise
from vae_tutorial.explorables.likelihood import draw_points

MODELS = [{}, {"loc": 0.0, "scale": 2.0}, {"loc": -5.0, "scale": 0.4}, {"loc": 2.5, "scale": 6.0, "size": 40}]


@pytest.mark.parametrize("setting", MODELS, ids=str)
def test_the_expected_log_likelihood_is_the_ceiling_minus_kl(setting: dict[str, float]) -> None:
    with random_state_kept():
        terms = LikelihoodExplorer(**setting).terms()
    assert terms["expected"] == pytest.approx(terms["ceiling"] - terms["KL"], abs=1e-9)
    assert terms["expected"] < terms["ceiling"] + 1e-12


def test_the_average_is_over_the_points_at_hand() -> None:
    explorer = LikelihoodExplorer(size=7, sample=3)
    assert explorer.log_densities().shape == (7,)
    assert float(explorer.log_densities().mean()) == explorer.terms()["average"]
    assert torch.equal(explorer.points(), draw_points(3)[:7])


def test_the_first_ten_points_are_the_rods_of_the_chapter() -> None:
    for seed in (1, 2, 3):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            rods = 2 * torch.randn(10, dtype=torch.float64)  # in centimetres, from one metre
        torch.testing.assert_close(draw_points(seed)[:10], rods, atol=1e-4, rtol=0)


@pytest.mark.parametrize("sample", range(1, 6))
@pytest.mark.parametrize("size", [4, 10, 40])
def test_the_fitted_points_score_above_the_truth_and_fresh_data_below(sample: int, size: int) -> None:
    points = LikelihoodExplorer(sample=sample, size=size).points()
    fitted = {"loc": float(points.mean()), "scale": float(points.std(correction=0))}
    terms = LikelihoodExplorer(sample=sample, size=size, **fitted).terms()
    assert terms["average"] > terms["truth"]
    assert terms["expected"] < terms["ceiling"]


def test_it_begins_with_the_model_that_fits_its_points_best() -> None:
    explorer, points = LikelihoodExplorer(), LikelihoodExplorer().points()
    assert explorer.loc == pytest.approx(float(points.mean()), abs=1e-4)
    assert explorer.scale == pytest.approx(float(points.std(correction=0)), abs=1e-4)


def test_the_samples_do_not_all_sit_on_one_side_of_the_ceiling() -> None:
    luck = [LikelihoodExplorer(sample=sample).terms() for sample in range(1, 6)]
    above = [terms["truth"] > terms["ceiling"] for terms in luck]
    assert any(above)
    assert not all(above)


@pytest.mark.parametrize(("cls", "name"), [(LikelihoodExplorer, "size"), (ImportanceExplorer, "doublings")])
def test_a_part_of_a_whole_is_refused(cls: type, name: str) -> None:
    with pytest.raises(traitlets.TraitError, match=f"{name} must be a whole number, got 2.5"):
        cls(**{name: 2.5})


def test_the_noise_is_standard_normal() -> None:
    noise = standard_noise()
    assert noise.shape == (200, 1024)
    levels = torch.linspace(-3, 3, 25, dtype=torch.float64)
    found = (noise.flatten()[:, None] < levels).double().mean(0)
    expected = torch.distributions.Normal(0.0, 1.0).cdf(levels)
    assert (found - expected).abs().max() < 2 / math.sqrt(noise.numel())
    neighbours = (noise[:, 1:] * noise[:, :-1]).mean()
    runs = (noise[1:] * noise[:-1]).mean()
    assert max(abs(neighbours), abs(runs)) < 3 / math.sqrt(noise.numel())


QS = [{}, {"offset": 0.0, "scale": 1.5}, {"offset": -2.683, "scale": 2.236}, {"offset": 3.0, "scale": 4.0}]


@pytest.mark.parametrize("setting", QS, ids=str)
def test_log_p_and_the_elbo_agree_with_quadrature_and_with_the_kl(setting: dict[str, float]) -> None:
    explorer = ImportanceExplorer(**setting)
    with random_state_kept():
        terms = explorer.terms()
    guess, x = Guess(explorer.offset, explorer.scale), torch.tensor([[1.5]], dtype=torch.float64)
    quadrature = vt.evidence.quadrature(guess, x, tolerance=1e-8).log_prob
    assert terms["log p(x)"] == pytest.approx(float(quadrature), abs=1e-6)
    kl = (explorer.scale**2 + explorer.offset**2 - 1) / 2 - math.log(explorer.scale)
    assert terms["ELBO"] == pytest.approx(terms["log p(x)"] - kl, abs=1e-9)


@pytest.mark.parametrize("setting", QS[1:3], ids=str)
def test_the_estimates_climb_from_the_elbo_to_the_truth(setting: dict[str, float]) -> None:
    ladder = [ImportanceExplorer(**setting, doublings=doublings).terms() for doublings in range(11)]
    ones = ImportanceExplorer(**setting, doublings=0).estimates()["log p(x)"]
    assert abs(ladder[0]["mean"] - ladder[0]["ELBO"]) < 4 * float(ones.std()) / math.sqrt(200)
    assert abs(ladder[-1]["bias"]) < 0.02
    assert ladder[0]["mean"] < ladder[3]["mean"] < ladder[-1]["mean"]
    assert ladder[-1]["honest"] > 180


def test_a_narrow_q_stops_short_and_its_error_bars_do_not_say_so() -> None:
    terms = ImportanceExplorer(doublings=10).terms()
    assert terms["bias"] < -0.3
    assert terms["claimed error"] < 0.25
    assert terms["honest"] < 100


@pytest.mark.parametrize("setting", QS, ids=str)
def test_importance_sampling_of_the_package_gives_such_estimates(setting: dict[str, float]) -> None:
    explorer = ImportanceExplorer(**setting, doublings=5)
    guess, x = Guess(explorer.offset, explorer.scale), torch.full((2000, 1), 1.5, dtype=torch.float64)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        other = vt.evidence.importance_sampling(guess, x, 32, proposal=guess.posterior(x))
    mine = explorer.estimates()
    pairs = {
        "log p(x)": other.log_prob,
        "standard error": present(other.standard_error),
        "effective sample size": present(other.effective_sample_size),
    }
    for name, theirs in pairs.items():
        spread = float(theirs.std()) * math.sqrt(1 / 200 + 1 / 2000)
        assert abs(float(mine[name].mean() - theirs.mean())) < 4 * spread, name


def test_where_q_is_the_posterior_every_estimate_is_exact() -> None:
    terms = ImportanceExplorer(offset=0, scale=1, doublings=3).terms()
    assert terms["mean"] == pytest.approx(terms["log p(x)"], abs=1e-12)
    assert terms["effective sample size"] == pytest.approx(8)
    assert terms["honest"] == 200
