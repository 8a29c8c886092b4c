"""The two parts of log p(x) − ELBO: what the family costs, and what one encoder for all examples costs."""

from __future__ import annotations

import pytest
import torch
import torch.distributions as td

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, refused
from vae_tutorial.diagnostics import inference_gaps
from vae_tutorial.evidence import quadrature
from vae_tutorial.inference import fit_posterior, kl_to_posterior
from vae_tutorial.models import WithPosterior
from vae_tutorial.objectives import elbo_terms_by_quadrature

pytestmark = pytest.mark.usefixtures("double_precision")


@pytest.mark.parametrize("name", [name for name in zoo.EXACT if "d = 2" in name])
def test_the_gaps_of_a_linear_model_are_its_closed_forms(name: str) -> None:
    """q_φ is off the best q by a known KL: the approximation gap is the diagonal one, the rest is amortisation."""
    exact, x = zoo.make(name, num_examples=3)
    many = x.repeat(500, 1)
    with torch.no_grad():
        best = exact.best_diagonal_posterior(many)
        off = td.Independent(td.Normal(best.mean + 0.4 * best.stddev, 1.5 * best.stddev), 1)
        gaps = inference_gaps(WithPosterior(exact, off), many, exact.log_prob(many), best, num_samples=4)
        assert_mean(gaps.approximation.view(-1, 3), exact.diagonal_gap(), f"{name}: approximation")
        each = elbo_terms_by_quadrature(WithPosterior(exact, off), many, order=4).elbo
        amortization = exact.log_prob(many) - exact.diagonal_gap() - each
        assert_mean(gaps.amortization.view(-1, 3), amortization[:3], f"{name}: amortisation")
        assert amortization.min() > 0.1


@pytest.mark.parametrize("name", zoo.EXACT)
def test_an_optimal_encoder_has_no_amortisation_gap(name: str) -> None:
    exact, x = zoo.make(name, num_examples=3)
    many = x.repeat(500, 1)
    with torch.no_grad():
        best = exact.best_diagonal_posterior(many)
        gaps = inference_gaps(WithPosterior(exact, best), many, exact.log_prob(many), best, num_samples=4)
        assert_mean(gaps.amortization.view(-1, 3), 0.0, f"{name}: the encoder is the best of its family")
        full = inference_gaps(exact, x, exact.log_prob(x), exact.posterior(x), num_samples=100)
        assert_mean(gaps.approximation.view(-1, 3), exact.diagonal_gap(), f"{name}: what a diagonal q costs")
    assert not full.approximation.requires_grad


def test_the_parts_add_up_to_the_kl_of_the_encoder() -> None:
    model, x = zoo.make("Bernoulli, d = 2", num_examples=4)
    best, log_prob = fit_posterior(model, x, num_steps=200), quadrature(model, x).log_prob
    gaps = inference_gaps(model, x, log_prob, best, num_samples=20_000)
    assert gaps.approximation.shape == gaps.amortization.shape == (4,)
    assert_close(gaps.approximation + gaps.amortization, kl_to_posterior(model, x), "KL(q_φ ‖ p(z|x))", 0.03)
    assert_close(gaps.approximation, kl_to_posterior(model, x, best), "KL(q* ‖ p(z|x))", 0.03)
    assert (gaps.amortization > -0.03).all()


def test_five_nats_in_the_evidence_appear_in_the_approximation_gap_alone() -> None:
    exact, x = zoo.make("linear, one noise scale, d = 2")
    q = exact.posterior(x)
    gaps = []
    for nats in (0.0, 5.0):
        torch.manual_seed(7)
        gaps.append(inference_gaps(exact, x, exact.log_prob(x) + nats, q))
    assert_close(gaps[1].approximation - gaps[0].approximation, 5.0, "approximation")
    assert_close(gaps[1].amortization, gaps[0].amortization, "amortisation")


def test_evidence_and_q_must_fit_the_examples() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    best = model.posterior(x)
    with refused("log_prob", r"\[5\]", r"\[6\]", "one for each x"):
        inference_gaps(model, x, torch.zeros(5), best)
    with refused("log_prob", r"\[\]", r"\[6\]"):
        inference_gaps(model, x, torch.zeros(()), best)
    with refused("fitted to", r"\[4\]"):
        inference_gaps(model, x, torch.zeros(6), model.posterior(x[:4]))
    with refused("num_samples", "at least 1"):
        inference_gaps(model, x, torch.zeros(6), best, num_samples=0)
    with refused("x", "Bernoulli"):
        inference_gaps(model, x + 0.5, torch.zeros(6), best)
