"""A Gaussian q fitted to each example by itself: it arrives at the closed form, and nothing else is moved."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support import zoo
from tests.support.laws import assert_close, refused
from tests.support.narrowing import as_a, present
from vae_tutorial.inference import fit_posterior, grid_posterior, kl_to_posterior
from vae_tutorial.models import WithPosterior
from vae_tutorial.objectives import elbo_terms_by_quadrature

pytestmark = pytest.mark.usefixtures("double_precision")


class Started:
    """Keep prior and likelihood of a model; begin from the prior in place of its q."""

    def __init__(self, model: Any) -> None:
        self.prior, self.likelihood = model.prior, model.likelihood

    def posterior(self, x: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(len(x), *self.prior().event_shape), 1.0), 1)


def gap_to(model: Any, x: Tensor, q: td.Distribution) -> Tensor:
    """Return log p(x) − ELBO(q) [N] of a linear model."""
    with torch.no_grad():
        return model.log_prob(x) - elbo_terms_by_quadrature(WithPosterior(model, q), x, order=4).elbo


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", zoo.EXACT)
def test_it_arrives_at_the_closed_form(name: str, full: bool) -> None:
    model, x = zoo.make(name)
    q = fit_posterior(Started(model), x, full=full)
    with torch.no_grad():
        best = model.posterior(x) if full else model.best_diagonal_posterior(x)
        expected = torch.zeros(()) if full else model.diagonal_gap()
    assert type(q) is (td.MultivariateNormal if full else td.Independent)
    assert (q.batch_shape, q.event_shape) == ((6,), model.prior().event_shape)
    assert_close(q.mean / best.stddev, best.mean / best.stddev, f"{name}: mean, in units of the scale", 0.05)
    assert_close(q.stddev / best.stddev, torch.ones_like(q.mean), f"{name}: scale", 0.05)
    if full:
        off = as_a(td.MultivariateNormal, q).covariance_matrix - as_a(td.MultivariateNormal, best).covariance_matrix
        correlation = off / best.stddev[:, :, None] / best.stddev[:, None]
        assert_close(correlation, 0.0, f"{name}: covariance", 0.1)
    excess = gap_to(model, x, q) - expected
    assert (excess > -1e-9).all(), "no q beats the closed form"
    assert_close(excess, 0.0, f"{name}: nats above the best gap", 5e-3)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    "name", ["Bernoulli, d = 2", "full posterior", "mixture prior", "convolutional", "plain class"]
)
def test_it_brings_the_kl_down_for_models_without_closed_form(name: str, full: bool) -> None:
    model, x = zoo.make(name, num_examples=4)
    if name == "full posterior" and not full:
        return  # its own q has covariances, which a diagonal one cannot keep
    q = fit_posterior(model, x, full=full, num_steps=200)
    before, after = kl_to_posterior(model, x, num_points=200), kl_to_posterior(model, x, q, num_points=200)
    assert (after <= before + 1e-3).all(), f"{name}: {before} -> {after}"
    assert after.mean() < 0.9 * before.mean()
    posterior = grid_posterior(model, x, num_points=200)
    assert ((q.mean - posterior.mean).abs() < 0.8 * posterior.covariance.diagonal(dim1=1, dim2=2).sqrt()).all()


def test_a_full_q_is_no_worse_than_a_diagonal_one() -> None:
    model, x = zoo.make("linear, noise scale per coordinate, d = 2")
    diagonal, full = fit_posterior(model, x), fit_posterior(model, x, full=True)
    assert (gap_to(model, x, full) < gap_to(model, x, diagonal)).all()
    assert model.diagonal_gap() > 0.01


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("name", ["Bernoulli, d = 2", "convolutional", "plain class"])
def test_the_model_and_its_gradients_are_left_alone(name: str, enabled: bool) -> None:
    model, x = zoo.make(name)
    parameters = zoo.parameters(model)
    for index, parameter in enumerate(parameters):
        parameter.grad = torch.full_like(parameter, float(index)) if index % 2 else None
    before = [(parameter.detach().clone(), parameter.requires_grad) for parameter in parameters]
    with torch.set_grad_enabled(enabled):
        q = fit_posterior(model, x, full=True, num_steps=3)
        assert torch.is_grad_enabled() is enabled
    for index, (parameter, (value, requires_grad)) in enumerate(zip(parameters, before, strict=True)):
        assert torch.equal(parameter, value)
        assert parameter.requires_grad is requires_grad
        assert (present(parameter.grad) == index).all() if index % 2 else parameter.grad is None
    assert not q.mean.requires_grad
    assert not as_a(td.MultivariateNormal, q).covariance_matrix.requires_grad


def test_the_start_is_the_models_own_q() -> None:
    for name in ("Bernoulli, d = 2", "full posterior"):
        model, x = zoo.make(name)
        q = fit_posterior(model, x, full=True, num_steps=1, learning_rate=1e-9)
        own = model.posterior(x)
        assert_close(q.mean, own.mean.detach(), f"{name}: mean", 1e-7)
        covariance = getattr(own, "covariance_matrix", None)
        expected = torch.diag_embed(own.variance) if covariance is None else covariance
        assert_close(as_a(td.MultivariateNormal, q).covariance_matrix, expected.detach(), f"{name}: covariance", 1e-7)


@pytest.mark.parametrize("name", ["linear, one noise scale, d = 2", "Bernoulli, d = 2"])
def test_a_batch_is_fitted_as_its_examples_are(name: str) -> None:
    model, x = zoo.make(name, num_examples=3)
    together = fit_posterior(model, x)
    for n in range(3):
        alone = fit_posterior(model, x[n : n + 1])
        scale = together.stddev[n : n + 1]
        assert_close(alone.mean / scale, together.mean[n : n + 1] / scale, f"{name}, row {n}: mean", 0.1)
        assert_close(alone.stddev / scale, torch.ones_like(scale), f"{name}, row {n}: scale", 0.1)


def test_chance_comes_from_the_global_generator_alone() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    means = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        means.append(fit_posterior(model, x, num_steps=5).mean)
    assert torch.equal(means[0], means[1])
    assert not torch.equal(means[0], means[2])


def test_float32_stays_float32() -> None:
    model, x = zoo.make("full posterior")
    for full in (False, True):
        q = fit_posterior(model.float(), x.float(), full=full, num_steps=3)
        assert q.mean.dtype == q.stddev.dtype == torch.float32


def test_bad_settings_data_and_starts_are_refused() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    for name in ("num_steps", "num_samples"):
        none: dict[str, Any] = {name: 0}
        with refused(name, "at least 1", "0"):
            fit_posterior(model, x, **none)
    for value in (0.0, -1.0, float("nan"), float("inf")):
        with refused("learning_rate", "finite and above 0"):
            fit_posterior(model, x, learning_rate=value)
    for bad, rule in ((x + 0.5, "Bernoulli"), (x * torch.nan, "nan"), (x[:0], "no example"), (x.float(), "float32")):
        with refused("x", rule):
            fit_posterior(model, bad)
    with refused("must be Gaussian", "OneHotCategorical", error=TypeError):
        fit_posterior(*zoo.make("categories"))
