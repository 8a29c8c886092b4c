"""Mixtures of proposals: unbiased whatever the members, good where one member is, and refused where they do not fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, refused
from tests.support.narrowing import present
from vae_tutorial.evidence import importance_sampling, mixture, tempered
from vae_tutorial.inference import fit_posterior
from vae_tutorial.numerics import chunks

pytestmark = pytest.mark.usefixtures("double_precision")


def far(model: Any, x: Tensor) -> td.Distribution:
    """Return a member that lies where no posterior does."""
    d = model.prior().event_shape[0]
    return td.Independent(td.Normal(torch.full((len(x), d), 3.0), 0.5), 1)


MEMBERS: dict[str, Callable[[Any, Tensor], list[td.Distribution]]] = {
    "q and prior": lambda m, x: [m.posterior(x), m.prior()],
    "prior first": lambda m, x: [m.prior(), m.posterior(x)],
    "q, sharp and flat": lambda m, x: [tempered(m.posterior(x), 0.5), tempered(m.posterior(x), 4.0), m.prior()],
    "prior twice": lambda m, x: [m.prior(), m.prior(), m.posterior(x)],
    "one that helps nobody": lambda m, x: [far(m, x), m.prior()],
    "a flat prior, shared": lambda m, x: [tempered(m.prior(), 2.0), m.posterior(x)],
}


@pytest.mark.parametrize("members", MEMBERS)
@pytest.mark.parametrize(("name", "num_samples"), [("linear, noise scale per coordinate, d = 2", 3), ("Binomial", 7)])
def test_every_mixture_is_unbiased(name: str, num_samples: int, members: str) -> None:
    model, x = zoo.make(name, num_examples=3)
    truth = zoo.log_prob(model, x)
    runs = [importance_sampling(model, x, num_samples, MEMBERS[members](model, x)).log_prob for _ in range(300)]
    assert_mean((torch.stack(runs) - truth).exp(), 1.0, f"{name}, {members}, K = {num_samples}: E[p̂] / p", errors=5)


def test_weights_by_the_own_member_alone_are_another_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each draw weighted by the member it came from is unbiased too, and loses what one good member would give."""
    model, x = zoo.make("linear, one noise scale, d = 2", num_examples=3)
    proposal = [model.posterior(x), far(model, x)]
    right = importance_sampling(model, x, 400, proposal)
    assert ((right.log_prob - model.log_prob(x)).abs() < 0.3).all()

    def own(self: Any, z: Tensor, log_prior: Tensor, own: int | None = None) -> Tensor:
        return self.members[own].log_prob(z)

    monkeypatch.setattr(mixture.Mixture, "_log_mixture", own)
    wrong = importance_sampling(model, x, 400, proposal)
    assert ((wrong.log_prob - model.log_prob(x)) < -0.5).all(), "half of the weights are nothing"


def test_the_default_is_the_mixture_of_q_and_prior() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    found = []
    for proposal in (None, [model.posterior(x), model.prior()]):
        torch.manual_seed(1)
        found.append(importance_sampling(model, x, 101, proposal))
    assert torch.equal(found[0].log_prob, found[1].log_prob)
    assert found[0].covers_prior
    assert found[1].covers_prior


def test_only_draws_from_the_prior_cover_it() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    q = model.posterior(x)
    wide = td.Independent(td.Normal(torch.zeros(2), 1.1 * torch.ones(2)), 1)
    covered = {
        "q": importance_sampling(model, x, 10, q),
        "not the prior": importance_sampling(model, x, 10, [q, wide]),
        "one draw of the default": importance_sampling(model, x, 1),
        "the prior": importance_sampling(model, x, 10, [q, wide, model.prior()]),
    }
    assert [name for name, estimate in covered.items() if estimate.covers_prior] == ["the prior"]


def test_one_good_member_is_enough() -> None:
    model, x = zoo.make("linear, one noise scale, d = 2")
    estimate = importance_sampling(
        model, x, 900, [far(model, x), model.posterior(x), tempered(model.posterior(x), 0.1)]
    )
    assert (present(estimate.effective_sample_size) > 200).all()
    assert ((estimate.log_prob - model.log_prob(x)).abs() < 5 * present(estimate.standard_error)).all()


def test_a_fit_to_each_example_is_a_member_like_any_other() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    fitted = fit_posterior(model, x, full=True, num_steps=100)
    estimate = importance_sampling(model, x, 2000, [fitted, model.prior()])
    assert ((estimate.log_prob - zoo.log_prob(model, x)).abs() < 5 * present(estimate.standard_error)).all()


def test_what_is_left_over_goes_to_the_first_members_and_one_that_is_named_twice_counts_twice() -> None:
    model, x = zoo.make("plain class")
    q = model.posterior(x)
    assert mixture.Mixture.of(model, x, 8, [q, q, model.prior()]).counts == [3, 3, 2]
    assert mixture.Mixture.of(model, x, 5, None).counts == [3, 2]
    assert mixture.Mixture.of(model, x, 1, None).counts == [1, 0]


@pytest.mark.parametrize("name", ["Bernoulli, d = 2", "categories"])
def test_chunks_do_not_change_the_law(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = zoo.make(name, num_examples=2)
    monkeypatch.setattr(chunks, "ELEMENTS", 20)
    flat = tempered(model.posterior(x), 2.0)
    runs = [importance_sampling(model, x, 9, [flat, model.prior()]).log_prob for _ in range(200)]
    assert_mean((torch.stack(runs) - zoo.log_prob(model, x)).exp(), 1.0, f"{name}: E[p̂] / p", errors=5)


@pytest.mark.parametrize("temperature", [0.25, 1.0, 3.0])
def test_tempering_is_a_power_of_the_density(temperature: float) -> None:
    for name in ("Bernoulli, d = 2", "full posterior", "categories"):
        model, x = zoo.make(name)
        q = model.posterior(x)
        z = model.prior().sample((20, 1)).expand(-1, len(x), -1)
        ratio = tempered(q, temperature).log_prob(z) - q.log_prob(z) / temperature
        assert_close(ratio, ratio[:1].expand_as(ratio), f"{name}: the same constant at every z")
    d = 2
    q = td.Independent(td.Normal(torch.zeros(1, d), 1.0), 1)
    peak = tempered(q, temperature).log_prob(torch.zeros(1, d))
    assert_close(peak, -d / 2 * math.log(2 * math.pi * temperature), "normalised")


def test_bad_mixtures_are_refused() -> None:
    model, x = zoo.make("plain class")
    q = model.posterior(x)
    with refused("empty", "None"):
        importance_sampling(model, x, 5, [])
    with refused("num_samples is 1", "2 members"):
        importance_sampling(model, x, 1, [q, q])
    with refused(r"proposal\[1\]", "Distribution", "Tensor"):
        importance_sampling(model, x, 5, [q, torch.zeros(6, 2)])  # type: ignore[list-item]
    with refused(r"proposal\[0\]", r"event \[3\]", r"event \[2\]"):
        importance_sampling(model, x, 5, [td.Independent(td.Normal(torch.zeros(3), 1.0), 1), q])
    with refused("temperature", "positive|greater|above"):
        tempered(q, 0.0)
    with refused("Gaussian", "MixtureSameFamily"):
        tempered(zoo.mixture(), 2.0)
