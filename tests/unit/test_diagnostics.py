"""Diagnostics: rates that add up, priors that no other of their kind beats, units that do not depend on the scale."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, lattice
from tests.support.narrowing import as_a
from vae_tutorial.datasets import bars_and_stripes
from vae_tutorial.diagnostics import (
    active_units,
    bits_per_dimension,
    entropy,
    rate_decomposition,
    rate_per_dimension,
    refit_gaussian_prior,
    refit_mixture_prior,
)
from vae_tutorial.models import LinearGaussian, WithPrior
from vae_tutorial.numerics import chunks
from vae_tutorial.objectives import elbo_terms, elbo_terms_by_quadrature

pytestmark = pytest.mark.usefixtures("double_precision")
DIAGONAL = [
    "Bernoulli, d = 1",
    "Bernoulli, d = 2",
    "Binomial",
    "Gaussian, scale per pixel",
    "plain class",
    "convolutional",
]
GAUSSIAN_Q = [*zoo.EXACT, *DIAGONAL, "full posterior"]


@pytest.mark.parametrize("name", DIAGONAL)
def test_the_rates_of_the_dimensions_sum_to_the_mean_rate(name: str) -> None:
    model, x = zoo.make(name)
    rates = rate_per_dimension(model, x)
    assert rates.shape == model.prior().event_shape
    assert_close(rates.sum(), elbo_terms_by_quadrature(model, x).kl.mean().detach(), name)
    assert (rates >= 0).all()


class Given:
    """Stand for a model whose posterior and prior are given, and whose likelihood accepts anything."""

    def __init__(self, loc: Tensor, scale: Tensor) -> None:
        self.q = td.Independent(td.Normal(loc, scale), 1)

    def prior(self) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros_like(self.q.mean[0]), 1.0), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(len(z), 1), 1.0), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        return self.q


def test_a_collapsed_dimension_has_no_rate_and_is_not_active() -> None:
    loc = torch.tensor([[1.0, 0.0, 0.05], [-1.0, 0.0, -0.05]])
    model, x = Given(loc, torch.tensor([[0.5, 1.0, 1.0], [0.5, 1.0, 1.0]])), torch.zeros(2, 1)
    expected = torch.tensor([0.5 * (0.25 + 1 - 1) - math.log(0.5), 0.0, 0.5 * 0.05**2])
    assert_close(rate_per_dimension(model, x), expected, "KL(N(μ, σ²) ‖ N(0, 1)), means over x")
    assert active_units(model, x).tolist() == [True, False, False], "variances 2, 0 and 0.005"
    assert active_units(model, x, threshold=0.004).tolist() == [True, False, True]
    assert active_units(model, x, threshold=3.0).sum() == 0


@pytest.mark.parametrize("name", zoo.ALL)
def test_the_parts_of_the_rate_add_up(name: str) -> None:
    model, x = zoo.make(name)
    parts = rate_decomposition(model, x, num_samples=50)
    assert parts.mutual_information + parts.aggregate_kl == pytest.approx(parts.rate, abs=1e-10)
    assert parts.mutual_information <= math.log(6) + 1e-12


@torch.no_grad()
@pytest.mark.parametrize("name", ["Bernoulli, d = 2", "plain class", "full posterior", "mixture prior", "categories"])
def test_each_part_of_the_rate_is_what_it_claims(name: str) -> None:
    model, x = zoo.make(name)
    torch.manual_seed(1)
    found = [rate_decomposition(model, x, num_samples=20) for _ in range(100)]
    q, prior = model.posterior(x), model.prior()
    if name in zoo.DISCRETE:
        aggregate = q.probs.mean(0)
        rate = (q.probs * (q.logits - prior.logits)).sum(1).mean()
        aggregate_kl = (aggregate * (aggregate.log() - prior.logits)).sum()
    else:
        z, cell = lattice(9.0, 201, 2)
        log_q, log_prior = q.log_prob(z[:, None]), prior.log_prob(z)
        aggregate = log_q.exp().mean(1)
        rate = (log_q.exp() * (log_q - log_prior[:, None])).sum(0).mean() * cell
        aggregate_kl = torch.xlogy(aggregate, aggregate).sum() * cell - (aggregate * log_prior).sum() * cell
    assert_mean(torch.tensor([part.rate for part in found]), rate, f"{name}: rate")
    assert_mean(torch.tensor([part.aggregate_kl for part in found]), aggregate_kl, f"{name}: KL(q(z) ‖ p(z))")
    information = torch.tensor([part.mutual_information for part in found])
    assert_mean(information, rate - aggregate_kl, f"{name}: mutual information")


def test_codes_far_apart_carry_log_n_and_equal_codes_nothing() -> None:
    x = torch.zeros(8, 1)
    apart = Given(100 * torch.arange(8.0)[:, None], torch.ones(8, 1))
    equal = Given(torch.ones(8, 1), torch.ones(8, 1))
    assert rate_decomposition(apart, x).mutual_information == pytest.approx(math.log(8))
    assert rate_decomposition(equal, x).mutual_information == pytest.approx(0, abs=1e-12)


def test_chunks_do_not_change_the_aggregate(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = zoo.make("plain class")
    results = []
    for size in (chunks.ELEMENTS, 20):
        monkeypatch.setattr(chunks, "ELEMENTS", size)
        torch.manual_seed(1)
        results.append(rate_decomposition(model, x))
    assert results[0].aggregate_kl == pytest.approx(results[1].aggregate_kl, abs=1e-12)


def mean_elbo(model: Any, x: Tensor, prior: td.Distribution) -> Tensor:
    return elbo_terms_by_quadrature(WithPrior(model, prior), x).elbo.mean().detach()


@pytest.mark.parametrize("name", GAUSSIAN_Q)
def test_no_other_gaussian_prior_gives_a_higher_elbo(name: str) -> None:
    model, x = zoo.make(name, num_examples=20)
    fitted = refit_gaussian_prior(model, x)
    best, d = mean_elbo(model, x, fitted), fitted.event_shape[0]
    assert best >= mean_elbo(model, x, model.prior())
    for size in (1e-2, 0.1, 0.5):
        for _ in range(6):
            loc = fitted.loc + size * torch.randn(d)
            tril = fitted.scale_tril + size * fitted.scale_tril.diagonal().min() * torch.rand(d, d).sub(0.5).tril()
            other = td.MultivariateNormal(loc, scale_tril=tril)
            assert mean_elbo(model, x, other) < best, f"{name}: a change of {size} raises the ELBO"
            assert mean_elbo(model, x, td.MultivariateNormal(fitted.loc, scale_tril=tril)) < best


@pytest.mark.parametrize("name", GAUSSIAN_Q)
def test_the_refitted_gaussian_has_the_moments_of_the_codes(name: str) -> None:
    model, x = zoo.make(name)
    fitted = refit_gaussian_prior(model, x)
    assert (fitted.batch_shape, fitted.event_shape) == ((), model.prior().event_shape)
    assert not fitted.loc.requires_grad
    z = model.posterior(x).sample((20_000,))
    assert_mean(z.mean(1), fitted.mean, f"{name}: mean", errors=5)
    centred = z - fitted.mean
    covariance = (centred[..., :, None] * centred[..., None, :]).mean(1)
    assert_mean(covariance, fitted.covariance_matrix, f"{name}: covariance", errors=5)


def test_one_component_is_the_refitted_gaussian_and_as_many_as_clusters_fit_better() -> None:
    corners = torch.tensor([[2.0, 2.0], [2.0, -1.0], [-2.0, 0.0]])
    model, x = Given(corners.repeat(10, 1), torch.full((30, 2), 0.3)), torch.zeros(30, 1)
    gaussian, one = refit_gaussian_prior(model, x), refit_mixture_prior(model, x, 1, num_samples=300)
    component = as_a(td.MultivariateNormal, one.component_distribution)
    assert_close(component.mean[0], gaussian.mean, "mean", 0.03)
    assert_close(component.covariance_matrix[0], gaussian.covariance_matrix, "covariance", 0.03)
    three = refit_mixture_prior(model, x, 3, num_samples=100)
    clusters = as_a(td.MultivariateNormal, three.component_distribution)
    order = clusters.mean.argsort(0)[:, 1]  # by z_2, as sorted below
    expected = corners[corners.argsort(0)[:, 1]]
    assert_close(clusters.mean[order], expected, "means of three clusters", 0.05)
    assert_close(three.mixture_distribution.probs, 1 / 3, "weights", 0.01)
    assert_close(clusters.covariance_matrix, 0.09 * torch.eye(2).expand(3, 2, 2), "widths", 0.02)


@pytest.mark.parametrize("name", ["Bernoulli, d = 1", "full posterior"])
def test_the_refitted_mixture_is_a_distribution_over_z(name: str) -> None:
    model, x = zoo.make(name)
    mixture, d = refit_mixture_prior(model, x, 3, num_samples=50), model.prior().event_shape[0]
    assert (mixture.batch_shape, mixture.event_shape) == ((), (d,))
    assert mixture.sample().dtype == torch.float64
    z, cell = lattice(15.0, 601, d)
    assert_close(mixture.log_prob(z).exp().sum() * cell, 1.0, name, 1e-6)
    torch.manual_seed(1)
    first = refit_mixture_prior(model, x, 3).component_distribution.mean
    torch.manual_seed(1)
    assert torch.equal(first, refit_mixture_prior(model, x, 3).component_distribution.mean)
    assert elbo_terms(WithPrior(model, mixture), x).kl_kind == "sampled"


def test_bits_do_not_depend_on_the_scale_of_the_data() -> None:
    model = LinearGaussian(torch.randn(4, 2), torch.randn(4), 0.5)
    x = zoo.observations(model, 5)
    bits = bits_per_dimension(model.log_prob(x), 4, bin_width=1 / 255)
    for scale in (2.0, 255.0, 0.01):
        scaled = LinearGaussian(scale * model.weight, scale * model.bias, scale * 0.5)
        assert_close(bits_per_dimension(scaled.log_prob(scale * x), 4, bin_width=scale / 255), bits, scale)


def test_a_uniform_distribution_over_256_levels_takes_eight_bits() -> None:
    log_mass = torch.full((3,), 5 * math.log(1 / 256))
    assert_close(bits_per_dimension(log_mass, 5), 8.0, "mass")
    assert_close(bits_per_dimension(torch.zeros(3), 5, bin_width=1 / 256), 8.0, "density 1 on [0, 1]")


def test_entropy_is_that_of_equally_likely_patterns_and_the_ceiling_of_any_model() -> None:
    world = bars_and_stripes()
    assert_close(entropy(world.probabilities), math.log(14), "bars and stripes")
    assert_close(entropy(torch.tensor([1.0, 0.0])), 0.0, "a certain image")
    p, other = torch.softmax(torch.randn(2, 9), 1)
    assert_close(entropy(p), td.Categorical(probs=p).entropy(), "as torch")
    assert (p * other.log()).sum() < -entropy(p)
