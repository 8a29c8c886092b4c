"""The best diagonal q of the linear-Gaussian model, what it costs, and that a trained linear VAE arrives there."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch
import torch.distributions as td
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import assert_close
from tests.support.narrowing import as_a, linear_layers
from vae_tutorial.evidence import quadrature
from vae_tutorial.inference import kl_to_posterior
from vae_tutorial.likelihoods import Gaussian
from vae_tutorial.models import VAE, LinearGaussian, WithPosterior
from vae_tutorial.objectives import elbo_terms_by_quadrature
from vae_tutorial.posteriors import DiagonalGaussian, FullGaussian
from vae_tutorial.training import TrainConfig, fit

pytestmark = pytest.mark.usefixtures("double_precision")
CORRELATED: dict[str, Any] = {
    **zoo.EXACT,
    "three latent dimensions": lambda: zoo.linear(6, 3, torch.rand(6) + 0.5),
    "nearly parallel": lambda: LinearGaussian(torch.tensor([[1.0, 1.1], [0.5, 0.4], [2.0, 2.0]]), torch.zeros(3), 0.5),
}


def make(name: str, num_examples: int = 6) -> tuple[LinearGaussian, Tensor]:
    model = CORRELATED[name]()
    return model, zoo.observations(model, num_examples)


def dense_kl(q: td.Independent[td.Normal], model: LinearGaussian, x: Tensor) -> Tensor:
    """Return KL(q ‖ p(z|x)) [N] by the textbook formula, from the joint covariance of z and x."""
    weight, noise = model.weight.detach(), model.noise_scale.detach().expand(len(model.bias))
    marginal = weight @ weight.T + (noise**2).diag()
    gain = weight.T @ marginal.inverse()
    loc, covariance = (x - model.bias.detach()) @ gain.T, torch.eye(weight.shape[1]) - gain @ weight
    precision, difference = covariance.inverse(), q.mean - loc
    trace = (precision.diagonal() * q.variance).sum(1)
    squares = torch.einsum("ni,ij,nj->n", difference, precision, difference)
    return 0.5 * (trace + squares - weight.shape[1] + covariance.logdet() - q.variance.log().sum(1))


@torch.no_grad()
@pytest.mark.parametrize("name", CORRELATED)
def test_the_gap_is_the_kl_and_what_the_elbo_lacks(name: str) -> None:
    model, x = make(name)
    q, gap = model.best_diagonal_posterior(x), model.diagonal_gap()
    assert gap.shape == ()
    assert_close(dense_kl(q, model, x), gap.expand(6), f"{name}: KL(q ‖ p(z|x)), the same for every x")
    bound = elbo_terms_by_quadrature(WithPosterior(model, q), x, order=8).elbo
    assert_close(model.log_prob(x) - bound, gap.expand(6), f"{name}: log p(x) − ELBO")
    if model.weight.shape[1] <= 2:
        judged = quadrature(model, x).log_prob - bound
        assert_close(judged, gap.expand(6), f"{name}: by quadrature", 1e-6)
        assert_close(kl_to_posterior(model, x, q), gap.expand(6), f"{name}: KL by the grid", 1e-6)
    assert gap >= -1e-12
    if model.weight.shape[1] > 1:
        assert gap > 1e-3, "correlated columns cost something"


@torch.no_grad()
@pytest.mark.parametrize("name", CORRELATED)
def test_every_other_diagonal_q_has_a_lower_elbo(name: str) -> None:
    model, x = make(name)
    best = model.best_diagonal_posterior(x)
    highest = elbo_terms_by_quadrature(WithPosterior(model, best), x, order=4).elbo
    for size in (1e-3, 1e-1, 1.0):
        for _ in range(8):
            loc = best.mean + size * torch.randn_like(best.mean)
            scale = best.stddev * (size * torch.randn_like(best.mean)).exp()
            for other in (td.Normal(loc, best.stddev), td.Normal(best.mean, scale), td.Normal(loc, scale)):
                model_with_other = WithPosterior(model, td.Independent(other, 1))
                lower = elbo_terms_by_quadrature(model_with_other, x, order=4).elbo
                assert (lower < highest).all(), f"{name}: a change of {size} raises the ELBO"


@pytest.mark.parametrize("name", CORRELATED)
def test_the_elbo_is_stationary_at_the_best_diagonal_q(name: str) -> None:
    model, x = make(name)
    best = model.best_diagonal_posterior(x)
    loc, log_scale = best.mean.detach().requires_grad_(), best.stddev.detach().log().requires_grad_()
    q = td.Independent(td.Normal(loc, log_scale.exp()), 1)
    bound = elbo_terms_by_quadrature(WithPosterior(model, q), x, order=4).elbo.sum()
    for gradient in torch.autograd.grad(bound, (loc, log_scale)):
        assert_close(gradient, 0.0, name, 1e-8)


@torch.no_grad()
@pytest.mark.parametrize("name", CORRELATED)
def test_it_is_narrower_than_the_marginals_of_the_posterior(name: str) -> None:
    model, x = make(name)
    best, exact = model.best_diagonal_posterior(x), model.posterior(x)
    assert (best.batch_shape, best.event_shape) == ((6,), exact.event_shape)
    assert_close(best.mean, exact.mean, f"{name}: mean")
    assert (best.stddev <= exact.stddev + 1e-12).all()
    if model.weight.shape[1] == 1:
        assert_close(best.stddev, exact.stddev, f"{name}: in one dimension q is the posterior")


@torch.no_grad()
@pytest.mark.parametrize("noise_scale", [0.6, torch.tensor([0.5, 1.0, 2.0, 0.7])])
def test_columns_orthogonal_in_units_of_the_noise_cost_nothing(noise_scale: float | Tensor) -> None:
    columns = torch.linalg.qr(torch.randn(4, 2)).Q * torch.tensor([2.0, 0.7])
    scale = torch.as_tensor(noise_scale).expand(4)
    model = LinearGaussian(columns * scale[:, None], torch.randn(4), noise_scale)
    assert_close(model.diagonal_gap(), 0.0, "orthogonal columns", 1e-12)
    x = torch.randn(5, 4)
    best, exact = model.best_diagonal_posterior(x), model.posterior(x)
    assert_close(best.stddev, exact.stddev, "q is the posterior")
    assert_close(exact.covariance_matrix, torch.diag_embed(best.variance), "which is diagonal")


@torch.no_grad()
def test_the_maximum_likelihood_model_costs_nothing_and_a_rotation_of_it_does() -> None:
    x = torch.randn(300, 2) @ torch.randn(2, 5) + 0.4 * torch.randn(300, 5)
    best = LinearGaussian.fit(x, 2)
    assert_close(best.diagonal_gap(), 0.0, "its columns are orthogonal", 1e-10)
    angle = torch.tensor(0.6)
    rotation = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    rotated = LinearGaussian(best.weight @ rotation, best.bias, best.noise_scale)
    assert_close(rotated.log_prob(x), best.log_prob(x), "the same p(x)")
    assert rotated.diagonal_gap() > 0.01


def test_a_model_may_be_built_from_the_parameters_of_another() -> None:
    """With gradients enabled too: what is handed over is copied, and no warning is raised."""
    model = CORRELATED["linear, noise scale per coordinate, d = 2"]()
    copy = LinearGaussian(model.weight, model.bias, model.noise_scale)
    x = torch.randn(3, 4)
    assert_close(copy.log_prob(x), model.log_prob(x), "log p(x)")
    copy.log_prob(x).sum().backward()
    assert model.log_noise_scale.grad is None


numbers = st.floats(-3, 3, allow_nan=False, width=32)


@torch.no_grad()
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 3)),
    log_noise=st.lists(st.floats(-1.5, 1.5), min_size=5, max_size=5),
)
def test_evidence_is_elbo_plus_gap_for_any_linear_model(data: Any, shape: tuple[int, int], log_noise: Any) -> None:
    D, d = shape
    draw = functools.partial(data.draw, st.lists(numbers, min_size=15, max_size=15))
    weight = torch.tensor(draw())[: D * d].view(D, d)
    noise = torch.tensor(log_noise)[:D].exp()
    model = LinearGaussian(weight, torch.tensor(draw())[:D], noise)
    x = torch.tensor(draw())[:D].view(1, D)
    bound = elbo_terms_by_quadrature(WithPosterior(model, model.best_diagonal_posterior(x)), x, order=3).elbo
    log_prob = model.log_prob(x)
    assert_close(bound + model.diagonal_gap(), log_prob, "log p(x) = ELBO + KL", 1e-7)
    assert_close(elbo_terms_by_quadrature(model, x, order=3).elbo, log_prob, "the true posterior leaves no gap", 1e-7)


def linear_vae(start: LinearGaussian, encoder: nn.Module) -> VAE:
    """Return a VAE whose decoder starts from a linear model's, with one σ."""
    num_pixels, latent_dim = start.weight.shape
    decoder = nn.Linear(latent_dim, num_pixels)
    with torch.no_grad():
        decoder.weight.copy_(start.weight)
        decoder.bias.copy_(start.bias)
    return VAE(encoder, Gaussian(decoder, float(start.noise_scale.detach()), learn_scale=True))


def exact_elbo(model: Any, x: Tensor) -> Tensor:
    return elbo_terms_by_quadrature(model, x, order=2).elbo  # two nodes are exact for a quadratic


ENCODERS = {"diagonal": lambda: DiagonalGaussian(nn.Linear(4, 4)), "full": lambda: FullGaussian(nn.Linear(4, 5))}
FAST = TrainConfig(epochs=250, batch_size=100, learning_rate=5e-2, progress=False)
SLOW = TrainConfig(epochs=150, batch_size=100, learning_rate=5e-3, progress=False)


@pytest.mark.parametrize("kind", ENCODERS)
def test_a_linear_encoder_trained_by_fit_arrives_at_the_best_q(kind: str) -> None:
    exact = LinearGaussian(torch.tensor([[1.0, 0.8], [0.3, -0.5], [0.2, 0.9], [-0.7, 0.1]]), torch.randn(4), 0.6)
    x = zoo.observations(exact, 100)
    model = linear_vae(exact, ENCODERS[kind]())
    model.decoder.requires_grad_(False)
    fit(model, x, FAST, objective=exact_elbo)
    fit(model, x, SLOW, objective=exact_elbo)
    with torch.no_grad():
        gap = exact.log_prob(x) - exact_elbo(model, x)
        expected = exact.diagonal_gap() if kind == "diagonal" else torch.zeros(())
        assert_close(gap, expected.expand(100), f"{kind} q: log p(x) − ELBO", 2e-3)
        best = exact.best_diagonal_posterior(x) if kind == "diagonal" else exact.posterior(x)
        assert_close(model.posterior(x).mean, best.mean, f"{kind} q: mean", 0.03)
        assert_close(model.posterior(x).stddev, best.stddev, f"{kind} q: scale", 0.02)
        assert gap.min() > expected - 1e-9


@pytest.mark.parametrize("kind", ENCODERS)
def test_a_linear_vae_trained_by_fit_arrives_at_the_maximum_of_the_likelihood(kind: str) -> None:
    x = torch.randn(100, 2) @ torch.tensor([[1.5, 0.5, -0.5, 1.0], [0.3, -1.2, 0.6, 0.2]]) + 0.5 * torch.randn(100, 4)
    best = LinearGaussian.fit(x, 2)
    start = LinearGaussian(0.5 * torch.randn(4, 2), torch.zeros(4), 1.0)
    model = linear_vae(start, ENCODERS[kind]())
    fit(model, x, FAST, objective=exact_elbo)
    history = fit(model, x, SLOW, objective=exact_elbo)
    optimum = float(best.log_prob(x).mean().detach())
    assert history.train[-1] == pytest.approx(optimum, abs=5e-3), "max ELBO = max log p(x)"
    assert max(history.train) <= optimum + 1e-9, "and never above"
    decoder = as_a(Gaussian, model.decoder)
    (layer,) = linear_layers(decoder)
    found = LinearGaussian(layer.weight, layer.bias, float(decoder.log_scale.detach().exp()))
    assert float(found.log_prob(x).mean().detach()) == pytest.approx(optimum, abs=5e-3)
    if kind == "diagonal":
        assert found.diagonal_gap() < 5e-3, "a diagonal q turns the columns until they are orthogonal"
