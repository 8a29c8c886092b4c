"""Quadrature under priors that a plain lattice would step over or leave: needles, tilted and of any width."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support.errors import UNREACHED, within_its_error
from tests.support.laws import assert_close
from tests.support.narrowing import present
from vae_tutorial.evidence import quadrature

pytestmark = pytest.mark.usefixtures("double_precision")


class Linear:
    """Let x ~ N(W z + b, σ² I) under any prior, with q = the prior: nothing tells where the posterior lies."""

    def __init__(self, prior: td.Distribution, noise_scale: float = 0.3) -> None:
        d = prior.event_shape[-1]
        self.own, self.noise_scale = prior, noise_scale
        self.weight, self.bias = torch.tensor([[1.0, 0.3], [-0.4, 0.8], [0.2, -0.7]])[:, :d], torch.tensor([0.1, 0, -1])

    def prior(self) -> td.Distribution:
        return self.own

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(z @ self.weight.T + self.bias, self.noise_scale), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        return self.own.expand(x.shape[:1])

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in closed form, for a mixture of Gaussians as prior."""
        assert isinstance(self.own, td.MixtureSameFamily)
        parts = self.own.component_distribution
        assert isinstance(parts, td.MultivariateNormal)
        covariance = self.weight @ parts.covariance_matrix @ self.weight.T + self.noise_scale**2 * torch.eye(3)
        components = td.MultivariateNormal(parts.loc @ self.weight.T + self.bias, covariance)
        return td.MixtureSameFamily(self.own.mixture_distribution, components).log_prob(x)


def needles(d: int, scale: float, number: int = 14) -> td.MixtureSameFamily:
    """Return Gaussians of that scale, tilted ten to one, at random places, and one that is wide."""
    torch.manual_seed(5)
    tilted = torch.tensor([[1.0, 0.0], [0.9, 0.1]])[:d, :d] * scale
    trils = torch.cat([tilted.expand(number - 1, d, d), torch.eye(d)[None]])
    weights = td.Categorical(logits=torch.randn(number))
    return td.MixtureSameFamily(weights, td.MultivariateNormal(2 * torch.randn(number, d), scale_tril=trils))


@pytest.mark.parametrize(("d", "noise_scale"), [(1, 0.02), (1, 0.3), (2, 0.3)])
@pytest.mark.parametrize("scale", [1e-6, 1e-3, 0.05, 0.7])
def test_components_of_any_width_are_resolved(d: int, scale: float, noise_scale: float) -> None:
    model = Linear(needles(d, scale), noise_scale)
    x = model.likelihood(model.own.sample((8,))).sample()
    estimate = quadrature(model, x, 1e-6)
    within_its_error(estimate, model.log_prob(x), (d, scale))
    assert_close(estimate.log_prob, model.log_prob(x), (d, scale), 1e-6)


def test_an_example_far_from_every_component_makes_their_lattices_grow() -> None:
    model = Linear(needles(2, 0.2))
    x = torch.tensor([[30.0, -20.0, 10.0], [0.1, 0.0, -1.0]])
    estimate = quadrature(model, x, 1e-4)
    within_its_error(estimate, model.log_prob(x), "far out")
    assert_close(estimate.log_prob, model.log_prob(x), "far out", 1e-4)


def test_each_component_counts_with_its_weight_even_one_of_weight_zero() -> None:
    components = td.MultivariateNormal(torch.tensor([[-1.0], [1.0], [3.0]]), torch.eye(1).expand(3, 1, 1) * 1e-6)
    model = Linear(td.MixtureSameFamily(td.Categorical(torch.tensor([0.8, 0.2, 0.0])), components))
    x = torch.tensor([[-0.9, 0.4, -1.2], [3.1, -1.2, -0.4]])
    assert_close(quadrature(model, x, 1e-6).log_prob, model.log_prob(x), "weights", 1e-6)


def narrow_laplace(scale: float) -> td.Distribution:
    parts = td.Independent(td.Laplace(torch.tensor([[-1.234], [0.567]]), torch.tensor([[scale], [1.0]])), 1)
    return td.MixtureSameFamily(td.Categorical(torch.tensor([0.7, 0.3])), parts)


def factorised(scale: float) -> td.Distribution:
    parts = td.Normal(torch.tensor([[-1.234, 0.567], [0.1, 1.9]]), scale)
    return td.Independent(td.MixtureSameFamily(td.Categorical(torch.ones(2, 2)), parts), 1)


@pytest.mark.filterwarnings(UNREACHED)
@pytest.mark.parametrize("scale", [1e-9, 1e-6, 1e-3, 0.1])
@pytest.mark.parametrize("build", [narrow_laplace, factorised])
def test_needles_of_another_kind_are_resolved_or_the_error_tells_of_them(
    build: Callable[[float], td.Distribution], scale: float
) -> None:
    prior = build(scale)
    model = Linear(prior)
    torch.manual_seed(0)
    x = model.likelihood(prior.sample((6,))).sample()
    z = prior.sample((400_000,))
    log_weights = torch.cat([model.likelihood(part).log_prob(x[:, None]) for part in z.split(50_000)], 1)
    truth = log_weights.logsumexp(1) - math.log(len(z))  # by draws from the prior, to a per cent
    within_its_error(quadrature(model, x, 1e-3), truth, (build.__name__, scale), 5e-3)


def test_an_error_above_the_tolerance_is_told_in_a_sentence() -> None:
    model = Linear(factorised(1e-9))
    x = torch.tensor([[0.1, 0.0, -1.0], [0.5, 0.5, 0.5]])
    with pytest.warns(UserWarning, match=r"tolerance of 0\.01 nats for 2 of 2 examples.*row \d.*numerical_error"):
        estimate = quadrature(model, x, 0.01)
    assert (present(estimate.numerical_error) > 0.01).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quadrature(Linear(needles(2, 1e-3)), x, 0.01)
