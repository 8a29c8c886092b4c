"""EM: up at every step, from any start, to the maximum that is known; refused where there is none."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support import zoo
from tests.support.laws import assert_close, refused
from tests.support.narrowing import present
from vae_tutorial.inference import em_step, expectation_maximization
from vae_tutorial.models import GaussianMixture, LinearGaussian
from vae_tutorial.objectives import elbo_terms, elbo_terms_by_quadrature

pytestmark = pytest.mark.usefixtures("double_precision")


def clusters(num_examples: int = 150, d: int = 2) -> Tensor:
    centres = torch.tensor([[3.0, 0.0, 1.0], [-3.0, 1.0, 0.0], [0.0, -4.0, -1.0]])[:, :d]
    which = torch.multinomial(torch.tensor([0.5, 0.3, 0.2]), num_examples, replacement=True)
    return centres[which] + torch.randn(num_examples, d) * torch.tensor([0.7, 1.0, 0.4])[:d]


def factors(num_examples: int = 150) -> Tensor:
    weight = torch.tensor([[1.5, 0.5, -0.5, 1.0, 0.0], [0.3, -1.2, 0.6, 0.2, 0.9]])
    noise = torch.tensor([0.3, 0.5, 0.8, 0.4, 1.0])
    return torch.randn(num_examples, 2) @ weight + noise * torch.randn(num_examples, 5) + torch.arange(5.0)


def linear_start(noise: Tensor | float, d: int = 2) -> LinearGaussian:
    return LinearGaussian(torch.randn(5, d), torch.randn(5), noise)


STARTS: dict[str, tuple[Callable[[], Tensor], Callable[[Tensor], Any]]] = {
    "mixture of 3": (clusters, lambda x: GaussianMixture.start_from(x, 3)),
    "mixture of 2, d = 1": (lambda: clusters(d=1), lambda x: GaussianMixture.start_from(x, 2)),
    "mixture of 4, d = 3": (lambda: clusters(300, d=3), lambda x: GaussianMixture.start_from(x, 4)),
    "probabilistic PCA": (factors, lambda x: linear_start(1.0)),
    "probabilistic PCA, d = 1": (factors, lambda x: linear_start(0.5, d=1)),
    "factor analysis": (factors, lambda x: linear_start(torch.rand(5) + 0.5)),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", STARTS)
def test_the_likelihood_never_falls_and_is_the_one_reported(name: str, seed: int) -> None:
    torch.manual_seed(seed)
    data, start = STARTS[name]
    x = data()
    model = start(x)
    before = float(model.log_prob(x).mean().detach())
    history = expectation_maximization(model, x, num_steps=25)
    assert history[0] == pytest.approx(before, abs=1e-12)
    assert history[-1] == pytest.approx(float(model.log_prob(x).mean().detach()), abs=1e-12)
    assert len(history) <= 26
    falls = [b - a for a, b in itertools.pairwise(history)]
    assert min(falls) >= -1e-10, (
        f"{name}, seed {seed}: falls by {-min(falls):.3g} in step {falls.index(min(falls)) + 1}"
    )
    assert history[-1] > history[0] + 0.05


@pytest.mark.parametrize("name", STARTS)
def test_the_bound_touches_after_each_e_step_and_the_m_step_raises_it(name: str) -> None:
    """The rise of log p(x) is that of the bound and, besides, KL(old q ‖ new posterior)."""
    data, start = STARTS[name]
    x = data()
    model = start(x)
    for _ in range(4):
        if isinstance(model, LinearGaussian):  # the step updates b first: see what it does with b in place
            with torch.no_grad():
                model.bias.copy_(x.mean(0))
        with torch.no_grad():
            old, q = model.log_prob(x), model.posterior(x)
            assert_close(bound(model, x, q), old, f"{name}: the ELBO touches log p(x)", 1e-8)
        em_step(model, x)
        with torch.no_grad():
            raised = bound(model, x, q)
            assert raised.mean() > old.mean()
            assert (model.log_prob(x) >= raised - 1e-9).all(), f"{name}: a bound for every x"


def bound(model: Any, x: Tensor, q: Any) -> Tensor:
    """Return the ELBO of q [N], exactly."""
    fixed = _With(model, q)
    if isinstance(model, LinearGaussian):
        return elbo_terms_by_quadrature(fixed, x, order=3).elbo
    one_hot = torch.eye(len(q.probs[0]))
    joint = model.likelihood(one_hot).log_prob(x[:, None]) + model.prior().log_prob(one_hot)
    return (q.probs * joint).sum(1) + q.entropy()


class _With:
    def __init__(self, model: Any, q: Any) -> None:
        self.prior, self.likelihood, self.posterior = model.prior, model.likelihood, lambda x: q


@pytest.mark.parametrize("name", STARTS)
def test_no_change_of_the_parameters_beats_the_m_step(name: str) -> None:
    """The M-step is the maximum of Σ_n E_q[log p(x_n, z)] with q held fixed."""
    data, start = STARTS[name]
    x = data()
    model = start(x)
    if isinstance(model, LinearGaussian):
        with torch.no_grad():
            model.bias.copy_(x.mean(0))
    with torch.no_grad():
        q = model.posterior(x)
    em_step(model, x)
    value = bound(model, x, q).mean()
    value.backward()
    for parameter_name, parameter in model.named_parameters():
        if isinstance(model, LinearGaussian) and parameter_name == "bias":
            continue  # b is the maximum of log p(x), not of this bound
        gradient = parameter.grad.tril(-1) if parameter_name == "off_diagonal" else parameter.grad
        assert_close(gradient, 0.0, f"{name}: gradient of {parameter_name}", 1e-8)
    with torch.no_grad():
        kept = [parameter.clone() for parameter in model.parameters()]
        for _ in range(20):
            for (parameter_name, parameter), best in zip(model.named_parameters(), kept, strict=True):
                if parameter_name != "bias":
                    parameter.copy_(best + 0.05 * torch.randn_like(best))
            assert bound(model, x, q).mean() < value


@pytest.mark.parametrize("d", [1, 2, 3])
def test_probabilistic_pca_arrives_at_the_closed_form(d: int) -> None:
    x = factors()
    best = LinearGaussian.fit(x, d)
    model = linear_start(1.0, d)
    history = expectation_maximization(model, x, num_steps=3000, tolerance=1e-13)
    assert history[-1] == pytest.approx(float(best.log_prob(x).mean().detach()), abs=1e-6)
    assert len(history) < 3001, "the tolerance stops it"
    assert_close(model.bias, best.bias, "b")
    assert_close(model.noise_scale, best.noise_scale, "σ", 1e-4)
    assert_close(model.marginal().covariance_matrix, best.marginal().covariance_matrix, "W Wᵀ + σ² I", 1e-3)


def test_factor_analysis_is_stationary_and_at_least_as_good_as_pca() -> None:
    x = factors(800)
    model = linear_start(torch.ones(5))
    history = expectation_maximization(model, x, num_steps=1500, tolerance=1e-12)
    assert history[-1] >= float(LinearGaussian.fit(x, 2).log_prob(x).mean().detach()) + 0.01
    model.log_prob(x).mean().backward()
    for name, parameter in model.named_parameters():
        assert_close(present(parameter.grad), 0.0, f"gradient of {name}", 1e-4)
    assert model.noise_scale.shape == (5,)
    assert_close(model.noise_scale.detach(), torch.tensor([0.3, 0.5, 0.8, 0.4, 1.0]), "σ that made the data", 0.3)


def test_one_gaussian_is_found_in_one_step() -> None:
    x = clusters()
    model = GaussianMixture.start_from(x, 1)
    expectation_maximization(model, x, num_steps=1)
    centred = x - x.mean(0)
    assert_close(model.loc[0].detach(), x.mean(0), "mean")
    assert_close((model.scale_tril @ model.scale_tril.mT)[0].detach(), centred.T @ centred / len(x), "covariance")


def test_a_mixture_finds_the_clusters_that_made_the_data() -> None:
    x = clusters(2000)
    truth = torch.tensor([0.5, 0.3, 0.2])
    start = GaussianMixture(torch.ones(3) / 3, torch.tensor([[2.0, 0], [-2, 0], [0, -2]]), torch.eye(2).repeat(3, 1, 1))
    expectation_maximization(start, x, num_steps=200, tolerance=1e-10)
    assert_close(start.weights.detach(), truth, "π", 0.05)
    assert_close(start.loc.detach(), torch.tensor([[3.0, 0.0], [-3.0, 1.0], [0.0, -4.0]]), "μ", 0.2)
    start.log_prob(x).mean().backward()
    for name, parameter in start.named_parameters():
        gradient = present(parameter.grad)
        assert_close(gradient.tril(-1) if name == "off_diagonal" else gradient, 0.0, f"gradient of {name}", 1e-4)


def test_the_tolerance_stops_at_a_step_that_gains_no_more() -> None:
    x = factors()
    torch.manual_seed(2)
    full = expectation_maximization(linear_start(1.0), x, num_steps=60)
    gains = [b - a for a, b in itertools.pairwise(full)]
    tolerance = gains[5]
    expected = next(step for step, gain in enumerate(gains) if gain <= tolerance) + 2
    torch.manual_seed(2)
    assert len(expectation_maximization(linear_start(1.0), x, num_steps=60, tolerance=tolerance)) == expected


def test_the_mixture_keeps_its_dtype_and_carries_no_graph() -> None:
    x = clusters().float()
    model = GaussianMixture.start_from(x, 2)
    history = expectation_maximization(model, x, num_steps=3)
    assert all(isinstance(value, float) for value in history)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


def test_a_component_that_shrinks_to_a_point_is_refused_and_the_model_left() -> None:
    x = torch.cat([torch.randn(30, 2), torch.tensor([[50.0, 50.0]])])
    start = GaussianMixture(torch.ones(2) / 2, torch.tensor([[0.0, 0], [50, 50]]), torch.eye(2).repeat(2, 1, 1))
    before = [parameter.clone() for parameter in start.parameters()]
    with refused("component 1", "1 examples", "singular", "fewer components", error=ValueError):
        expectation_maximization(start, x)
    assert all(torch.equal(a, b) for a, b in zip(before, start.parameters(), strict=True))


@pytest.mark.parametrize("function", [em_step, expectation_maximization])
def test_a_model_without_m_step_is_refused_with_the_remedy(function: Any) -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    with refused("VAE", "M-step", "GaussianMixture", "register", "training.fit", error=TypeError):
        function(model, x)


def test_bad_settings_are_refused() -> None:
    x = clusters()
    model = GaussianMixture.start_from(x, 2)
    for arguments, name in (({"num_steps": 0}, "num_steps"), ({"tolerance": -1.0}, "tolerance")):
        with refused(name, "at least"):
            expectation_maximization(model, x, **arguments)
    with refused("tolerance", "nan"):
        expectation_maximization(model, x, tolerance=math.nan)


@pytest.mark.parametrize("name", ["mixture of 3", "factor analysis"])
@pytest.mark.parametrize("function", [em_step, expectation_maximization])
def test_bad_examples_are_refused_and_the_model_left(function: Any, name: str) -> None:
    data, start = STARTS[name]
    x = data()
    model = start(x)
    before = [parameter.clone() for parameter in model.parameters()]
    bad = {r"\[N, D\]": x[0], "no example": x[:0], "nan": x * torch.nan, "float32": x.float(), "shape": x[:, :1]}
    for rule, examples in bad.items():
        with refused("x", rule):
            function(model, examples)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_a_mixture_of_one_touches_with_the_sampled_bound_too() -> None:
    x = clusters()
    model = GaussianMixture.start_from(x, 2)
    expectation_maximization(model, x, num_steps=5)
    with torch.no_grad():
        assert_close(elbo_terms(model, x, 2, kl="sampled").elbo, model.log_prob(x), "q is the posterior", 1e-8)
