"""Models: the linear-Gaussian closed forms against dense formulas, its maximum, and a VAE whose images sum to one."""

from __future__ import annotations

import math

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, every_vector, refused
from vae_tutorial.evidence import quadrature
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, LinearGaussian, StandardNormal, WithPrior

pytestmark = pytest.mark.usefixtures("double_precision")


def dense_marginal(model: LinearGaussian) -> td.MultivariateNormal:
    """Return p(x) from the moments of W z + b + σ ε, without any identity for inverses."""
    variance = model.noise_scale.detach().expand(len(model.bias)) ** 2
    covariance = model.weight.detach() @ model.weight.detach().T + variance.diag()
    return td.MultivariateNormal(model.bias.detach(), covariance)


def dense_posterior(model: LinearGaussian, x: Tensor) -> td.MultivariateNormal:
    """Return p(z|x) by conditioning the joint Gaussian of z and x."""
    marginal, weight = dense_marginal(model), model.weight.detach()
    gain = weight.T @ marginal.covariance_matrix.inverse()
    loc = (x - marginal.loc) @ gain.T
    return td.MultivariateNormal(loc, torch.eye(weight.shape[1]) - gain @ weight)


@pytest.mark.parametrize("name", zoo.EXACT)
def test_log_prob_and_posterior_are_the_dense_formulas(name: str) -> None:
    model, x = zoo.make(name)
    assert_close(model.log_prob(x), dense_marginal(model).log_prob(x), f"{name}: log p(x)")
    assert_close(model.marginal().covariance_matrix, dense_marginal(model).covariance_matrix, f"{name}: Cov[x]")
    posterior, expected = model.posterior(x), dense_posterior(model, x)
    assert_close(posterior.mean, expected.mean, f"{name}: E[z|x]")
    assert_close(posterior.covariance_matrix, expected.covariance_matrix.expand(len(x), -1, -1), f"{name}: Cov[z|x]")


@pytest.mark.parametrize("name", zoo.EXACT)
def test_what_the_model_draws_is_what_its_marginal_scores(name: str) -> None:
    model, x = zoo.make(name, num_examples=20_000)
    marginal = dense_marginal(model)
    assert_mean(x, marginal.mean, f"{name}: mean")
    centred = x - marginal.mean
    assert_mean(centred[:, :, None] * centred[:, None], marginal.covariance_matrix, f"{name}: covariance", errors=5)


@pytest.mark.parametrize("name", zoo.EXACT)
def test_bayes_rule_holds_at_every_z(name: str) -> None:
    model, x = zoo.make(name)
    z = torch.randn(5, *model.prior().event_shape)
    joint = model.likelihood(z).log_prob(x[:, None]) + model.prior().log_prob(z)
    conditional = model.posterior(x).log_prob(z[:, None]).T
    assert_close(joint - conditional, model.log_prob(x)[:, None].expand(-1, 5), f"{name}: p(x, z) / p(z|x) = p(x)")


def data_with_factors() -> Tensor:
    factors = torch.tensor([[2.0, 0.0, 1.0, -1.0, 0.5], [0.0, -1.5, 0.5, 0.5, 0.0]])
    return torch.randn(200, 2) @ factors + 0.5 * torch.randn(200, 5) + torch.arange(5.0)


@pytest.mark.parametrize("latent_dim", [1, 2, 3, 4])
def test_fit_is_stationary_and_every_change_lowers_the_likelihood(latent_dim: int) -> None:
    x = data_with_factors()
    model = LinearGaussian.fit(x, latent_dim)
    best = model.log_prob(x).mean()
    best.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        assert_close(parameter.grad, 0.0, f"d = {latent_dim}: gradient of {name}", 1e-8)
    for size in (1e-3, 1e-2, 0.1, 1.0):
        for _ in range(10):
            weight = model.weight + size * torch.randn_like(model.weight)
            bias = model.bias + size * torch.randn_like(model.bias)
            scale = model.noise_scale * (size * torch.randn(())).exp()
            assert LinearGaussian(weight, bias, scale).log_prob(x).mean() < best, f"d = {latent_dim}, change {size}"


def test_fit_orders_its_factors_and_fixes_their_sign() -> None:
    weight = LinearGaussian.fit(data_with_factors(), 3).weight.detach()
    lengths = weight.norm(dim=0)
    assert (lengths.diff() < 0).all()
    assert_close((weight.T @ weight).fill_diagonal_(0), 0.0, "factors are orthogonal")
    assert (weight.gather(0, weight.abs().argmax(0, keepdim=True)) > 0).all()


def test_fit_finds_the_model_that_made_the_data() -> None:
    truth, x = zoo.make("linear, one noise scale, d = 2", num_examples=100_000)
    found = LinearGaussian.fit(x, 2)
    assert_close(found.marginal().covariance_matrix, truth.marginal().covariance_matrix, "Cov[x]", 0.05)
    assert_close(found.noise_scale, truth.noise_scale, "σ", 0.01)
    assert found.log_prob(x).mean() >= truth.log_prob(x).mean()


def test_fit_of_data_alike_in_all_directions_is_all_noise() -> None:
    x = torch.cat([torch.eye(5), -torch.eye(5)])
    model = LinearGaussian.fit(x, 2)
    assert_close(model.weight, 0.0, "W", 1e-7)
    assert_close(model.noise_scale, math.sqrt(0.2), "σ")


def test_fit_keeps_dtype_and_takes_any_floating_point() -> None:
    model = LinearGaussian.fit(data_with_factors().float(), 2)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_a_linear_model_owns_its_numbers() -> None:
    weight, bias = torch.ones(3, 1), torch.zeros(3)
    model = LinearGaussian(weight, bias, 0.5)
    weight.zero_()
    assert_close(model.weight, 1.0, "W")
    assert {name for name, _ in model.named_parameters()} == {"weight", "bias", "log_noise_scale"}
    assert_close(model.noise_scale, 0.5, "σ")


@pytest.mark.parametrize("method", ["log_prob", "posterior"])
def test_bad_data_are_refused_by_the_closed_forms_too(method: str) -> None:
    function = getattr(LinearGaussian(torch.ones(3, 1), torch.zeros(3), 0.5), method)
    good = torch.zeros(4, 3)
    bad = {r"\[N, D\]": good[0], "no example": good[:0], "nan": good * torch.nan, "inf": good + torch.inf}
    bad |= {"float32": good.float(), "int64": good.long(), r"\[4, 2\]": good[:, :2]}
    for rule, x in bad.items():
        with refused("x", rule):
            function(x)


@pytest.mark.parametrize(
    "name", ["Bernoulli, d = 1", "Bernoulli, d = 2", "full posterior", "convolutional", "mixture prior"]
)
def test_the_probabilities_of_all_512_images_sum_to_one(name: str) -> None:
    estimate = quadrature(zoo.make(name)[0], every_vector(2, 9))
    assert_close(estimate.log_prob.exp().sum(), 1.0, name, 1e-7)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_prior_is_standard_normal_unless_another_is_given(d: int) -> None:
    model = zoo.vae(d, Bernoulli(nn.Linear(d, 4)), 4)
    z = torch.randn(5, d)
    expected = -0.5 * (z**2).sum(1) - 0.5 * d * math.log(2 * math.pi)
    assert_close(model.prior().log_prob(z), expected, f"d = {d}")
    assert_close(StandardNormal(d)().log_prob(z), expected, f"d = {d}")
    other = VAE(model.encoder, model.decoder, prior=StandardNormal(7))
    assert other.prior().event_shape == (7,)


def test_nothing_that_is_written_into_the_standard_prior_makes_it_another() -> None:
    """Its closed-form KL is that to N(0, I): the density may not become another meanwhile."""
    prior, z = StandardNormal(2), torch.randn(5, 2)
    expected = prior().log_prob(z)
    for buffer in prior.buffers():
        buffer.fill_(3.0)
    prior().base_dist.loc.fill_(3.0)
    assert_close(prior().log_prob(z), expected, "log p(z)")


def test_a_vae_is_its_parts_and_follows_to_another_dtype() -> None:
    model = zoo.vae(2, Bernoulli(nn.Linear(2, 4)), 4)
    x, z = torch.ones(3, 4), torch.randn(5, 2)
    assert_close(model.likelihood(z).mean, model.decoder(z).mean, "decoder")
    assert_close(model.posterior(x).mean, model.encoder(x).mean, "encoder")
    assert list(model.state_dict()) == [name for name, _ in model.named_parameters()], "the prior saves nothing"
    single = model.to(torch.float32)
    assert single.prior().sample().dtype == single.posterior(x.float()).mean.dtype == torch.float32


def test_another_prior_changes_the_prior_alone() -> None:
    model, prior = zoo.make("Bernoulli, d = 2")[0], zoo.mixture()
    changed = WithPrior(model, prior)
    x, z = torch.ones(3, 9), torch.randn(5, 2)
    assert changed.prior() is prior
    assert_close(changed.likelihood(z).mean, model.likelihood(z).mean, "likelihood")
    assert_close(changed.posterior(x).stddev, model.posterior(x).stddev, "posterior")
