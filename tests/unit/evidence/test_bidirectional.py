"""The bracket: both sides bound where the truth is known, it flags what k̂ cannot see, and it says so in words."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, refused
from tests.support.modes import Mirrored, TwoModes
from vae_tutorial.evidence import Bracket, bracket, tempered
from vae_tutorial.evidence.mixture import Mixture
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, StandardNormal
from vae_tutorial.posteriors import DiagonalGaussian

pytestmark = pytest.mark.usefixtures("double_precision")
PROPOSALS: dict[str, Any] = {
    "default": None,
    "too wide": lambda model, x: tempered(model.posterior(x), 2.0),
    "too narrow": lambda model, x: tempered(model.posterior(x), 0.7),
    "mixture": lambda model, x: [tempered(model.posterior(x), 3.0), model.posterior(x), model.prior()],
    "prior alone": lambda model, x: model.prior(),
}


def of(model: Any, proposal: str, *args: Any, **kwargs: Any) -> Bracket:
    make = PROPOSALS[proposal]
    return bracket(model, *args, proposal=None if make is None else lambda x: make(model, x), **kwargs)


def linear(num_dims: int) -> Any:
    torch.manual_seed(num_dims)
    return zoo.linear(2 * num_dims, num_dims, 0.7)


def both_sides_hold(
    run: Callable[[], Bracket], truth: Callable[[Tensor], Tensor], what: object, runs: int = 80
) -> None:
    """E[p̂] = p(x) from below, E[1/p̂] = 1/p(x) from above; so do the logarithms bound, by Jensen.

    The examples of one run share draws, so it is the means of the runs that are independent.
    """
    lower, upper = [], []
    for _ in range(runs):
        found = run()
        log_prob = truth(found.x)
        lower.append(found.lower.log_prob - log_prob)
        upper.append(found.upper.log_prob - log_prob)
    below, above = torch.stack(lower), torch.stack(upper)  # [runs, N]
    assert_mean(below.exp().mean(1), 1.0, f"{what}: E[p̂] / p", errors=4.5)
    assert_mean((-above).exp().mean(1), 1.0, f"{what}: p E[1/p̂]", errors=4.5)
    for off in (below.mean(1), -above.mean(1)):
        assert off.mean() <= 4 * off.std() / runs**0.5, f"{what}: on the wrong side by {off.mean():.3f}"


@torch.no_grad()
@pytest.mark.parametrize("proposal", PROPOSALS)
@pytest.mark.parametrize(("num_dims", "num_samples"), [(1, 3), (2, 5), (3, 30)])
def test_importance_sampling_bounds_from_both_sides(num_dims: int, num_samples: int, proposal: str) -> None:
    model = linear(num_dims)
    both_sides_hold(lambda: of(model, proposal, 60, num_samples), model.log_prob, (num_dims, num_samples, proposal))


@torch.no_grad()
def test_annealing_bounds_from_both_sides() -> None:
    model = linear(2)
    settings = {"method": "annealing", "num_steps": 20, "num_leapfrog": 2}
    both_sides_hold(lambda: bracket(model, 300, 2, **settings), model.log_prob, "annealing", runs=6)  # type: ignore[arg-type]


def without_the_exact_sample(mixture: Mixture, z: Tensor) -> tuple[Tensor, Tensor]:
    return torch.zeros(len(z)), torch.full((len(z),), -1)  # of no member: nothing is exchanged


def with_a_wrong_sign(mixture: Mixture, z: Tensor) -> tuple[Tensor, Tensor]:
    log_weight, member = EXCHANGE(mixture, z)
    return -log_weight, member


def always_of_the_first_member(mixture: Mixture, z: Tensor) -> tuple[Tensor, Tensor]:
    log_weight, member = EXCHANGE(mixture, z)
    return log_weight, torch.zeros_like(member)


EXCHANGE = Mixture._exchange


@torch.no_grad()
@pytest.mark.parametrize("fault", [without_the_exact_sample, with_a_wrong_sign, always_of_the_first_member])
def test_a_planted_fault_breaks_the_law(fault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = linear(2)

    def law() -> None:
        both_sides_hold(lambda: of(model, "mixture", 60, 3), model.log_prob, "planted")

    law()
    monkeypatch.setattr(Mixture, "_exchange", fault)
    with pytest.raises(AssertionError, match="planted"):
        law()


@torch.no_grad()
@pytest.mark.parametrize(
    "name", ["Bernoulli, d = 2", "Binomial", "convolutional", "plain class", "categories", "mixture prior"]
)
def test_the_truth_lies_between_for_every_kind_of_model(name: str) -> None:
    model, _ = zoo.make(name)
    both_sides_hold(lambda: bracket(model, 3, 5), functools.partial(zoo.log_prob, model), name, runs=60)


@torch.no_grad()
def test_a_good_setting_suffices_and_a_poor_one_does_not() -> None:
    model = linear(2)
    good, poor = bracket(model, 100, 1000), bracket(model, 100, 4)
    assert good.suffices
    assert "suffices for this model" in good.report()
    assert not poor.suffices
    assert "does not suffice" in poor.report()
    assert poor.mean_width > 10 * good.mean_width
    undecided = dataclasses.replace(good, tolerance=good.mean_width + 1e-6)
    assert not undecided.suffices
    assert "cannot be told" in undecided.report()


@torch.no_grad()
@pytest.mark.parametrize("num_dims", [10, 20])
def test_what_k_is_blind_to_is_flagged(num_dims: int) -> None:
    """The listed blind cases of tests/unit/evidence/test_verdict.py."""
    found = bracket(Mirrored(num_dims), 60, 1000)
    assert not found.suffices
    assert 15 <= len(found.open) <= 45, "half of the z are in the mode that q does not know"
    assert "k̂ is blind here" in found.report()
    assert found.lower.verdict.count("trust") > 20
    truth = Mirrored(num_dims).log_prob(found.x)
    assert found.lower.log_prob.mean() < truth.mean() - 0.5 < found.upper.log_prob.mean()


@torch.no_grad()
def test_a_mode_that_the_encoder_misses_is_flagged_and_the_prior_mends_it_in_one_dimension() -> None:
    model = Squared()
    alone = bracket(model, 60, 1000, proposal=model.posterior)
    assert not alone.suffices
    assert 15 <= len(alone.open) <= 45
    mended = bracket(model, 60, 4000)
    assert len(mended.open) <= 2, "but for a z far out, where the prior's draws are few"
    assert mended.mean_width < alone.mean_width / 5


class Squared(TwoModes):
    """Let the encoder of ``TwoModes`` take every x that the model makes, which may be below 0."""

    def posterior(self, x: Tensor) -> td.Distribution:
        root = x.clamp(min=0.01).sqrt()
        return td.Independent(td.Normal(root, 0.1), 1)


@torch.no_grad()
def test_no_false_alarm_where_both_sides_meet() -> None:
    for name in ("Bernoulli, d = 1", "Gaussian, fixed scale", "categories"):
        found = bracket(zoo.make(name)[0], 200, 1000)
        assert len(found.open) <= 1, name
        assert found.suffices, name


def test_width_and_its_error_are_their_formulas() -> None:
    found = bracket(linear(1), 50, 3)
    width = found.upper.log_prob - found.lower.log_prob
    assert_close(found.width, width, "width")
    assert found.mean_width == pytest.approx(float(width.mean()))
    assert found.mean_width_error > float(width.std() / 50**0.5), "the prior's draws serve all examples"
    own = of(linear(1), "too wide", 50, 3)
    assert own.mean_width_error == pytest.approx(float(own.width.std() / 50**0.5))
    assert repr(found).startswith("Bracket(50 examples, width ")
    assert len(repr(found)) < 200
    assert found.x.shape == (50, 2)
    assert found.z.shape == (50, 1)


def test_networks_are_held_in_evaluation_mode_and_given_back() -> None:
    decoder, encoder = nn.Sequential(nn.Linear(2, 6), nn.Dropout(0.5)), nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5))
    model = VAE(DiagonalGaussian(encoder), Bernoulli(decoder), prior=StandardNormal(2)).train()
    found = []
    for _ in range(2):
        torch.manual_seed(1)
        found.append(bracket(model, 5, 20))
        model.eval()
    assert torch.equal(found[0].upper.log_prob, found[1].upper.log_prob)
    assert not found[0].width.requires_grad


def test_bad_arguments_are_refused() -> None:
    model = linear(1)
    with refused("num_examples", "at least 2"):
        bracket(model, 1)
    with refused("method", "annealing", "magic"):
        bracket(model, method="magic")  # type: ignore[arg-type]
    with refused("tolerance"):
        bracket(model, tolerance=0.0)
    with refused("proposal", "function of x", "Independent"):
        bracket(model, proposal=model.prior())
    with refused("proposal", "annealing"):
        bracket(model, proposal=model.posterior, method="annealing")
    with refused("discrete"):
        bracket(zoo.make("categories")[0], method="annealing")
