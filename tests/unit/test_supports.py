"""Priors with an edge, distributions without moments, inference mode: the right number, or a sentence of our own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, random_state_kept, refused
from tests.support.narrowing import present
from vae_tutorial import protocol
from vae_tutorial.diagnostics import active_units, inference_gaps, rate_decomposition
from vae_tutorial.evidence import annealed_importance_sampling, importance_sampling, prior_monte_carlo
from vae_tutorial.inference import fit_posterior, grid_posterior, kl_to_posterior
from vae_tutorial.models import LinearGaussian, WithPosterior, WithPrior
from vae_tutorial.objectives import (
    elbo,
    elbo_terms_by_quadrature,
    iwae_bound,
    score_function_elbo,
    sticking_the_landing_elbo,
)

pytestmark = pytest.mark.usefixtures("double_precision")
X = torch.tensor([[-1.0], [0.0], [1.0]], dtype=torch.float64)


@pytest.fixture(params=[True, False], ids=["validated", "python -O"])
def validation(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run with torch's validation of distributions on, and off as under `python -O`."""
    td.Distribution.set_default_validate_args(request.param)
    yield
    td.Distribution.set_default_validate_args(__debug__)


def test_the_truth_of_these_tests_is_the_closed_form() -> None:
    """With z ~ Exponential(1) and x ~ N(z, σ²): log p(x) = −x + σ²/2 + log Φ((x − σ²)/σ)."""
    expected = -X + 0.125 + td.Normal(0.0, 1.0).cdf((X - 0.25) / 0.5).log()
    assert_close(zoo.log_prob_of_edged("Exponential", X), expected[:, 0], "Exponential", 1e-6)
    assert_close(expected[:, 0], torch.tensor([-3.957, -1.051, -0.944]), "as in a table of the normal integral", 1e-3)


@pytest.mark.usefixtures("validation")
@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("family", zoo.edged_priors())
def test_the_grid_stays_within_the_support(family: str, d: int) -> None:
    prior = zoo.edged_priors(d)[family]
    model, x = zoo.Edged(prior), X.expand(-1, d).contiguous()
    num_points = {1: 3000, 2: 600}[d]
    posterior = grid_posterior(model, x, num_points)
    assert present(prior.support).check(posterior.points).all()
    tolerance = {1: 1e-3, 2: 1e-2}[d]
    assert_close(posterior.log_normalizer, zoo.log_prob_of_edged(family, x), f"{family}, d = {d}", tolerance)
    assert_close(posterior.probabilities.sum(1), 1.0, family)
    cut = grid_posterior(model, x, 50, low=-4.0, high=1.2)
    assert present(prior.support).check(cut.points).all(), "a range that was asked for ends at the edge too"


@pytest.mark.parametrize("family", zoo.edged_priors())
def test_samplers_are_unbiased_where_q_reaches_beyond_the_edge(family: str) -> None:
    model = zoo.Edged(zoo.edged_priors()[family])
    truth, many = zoo.log_prob_of_edged(family, X), X.repeat(4000, 1)
    estimates = {
        "annealing": annealed_importance_sampling(model, many, 1, 10, 3),
        "q alone": importance_sampling(model, many, 8, proposal=model.posterior(many)),
    }
    found = {name: estimate.log_prob.view(-1, 3) for name, estimate in estimates.items()}
    found["half q, half prior"] = torch.stack([importance_sampling(model, X, 20).log_prob for _ in range(400)])
    for name, log_prob in found.items():
        assert not log_prob.isnan().any()
        assert_mean((log_prob - truth).exp(), 1.0, f"{family}, {name}: E[p̂] / p(x)", errors=5)
    z = model.prior().sample((400,))
    x = model.likelihood(z).sample()
    truth = zoo.log_prob_of_edged(family, x)
    below = annealed_importance_sampling(model, x, 2, 30, 3).log_prob
    above = annealed_importance_sampling(model, x, 2, 30, 3, exact_posterior_sample=z).log_prob
    assert_mean((truth - above).exp(), 1.0, f"{family}: E[p(x) / p̂] backwards", errors=5)
    assert (below - truth).mean() < 0 < (above - truth).mean(), f"{family}: the bracket"


@pytest.mark.parametrize("family", zoo.edged_priors())
def test_samplers_give_the_same_numbers_whether_torch_validates_or_not(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for validated in (True, False):  # off as under `python -O`
        monkeypatch.setattr(td.Distribution, "_validate_args", validated)
        torch.manual_seed(0)
        model, many = zoo.Edged(zoo.edged_priors()[family]), X.repeat(40, 1)
        z = model.prior().sample((40,))
        x = model.likelihood(z).sample()
        estimates = [
            annealed_importance_sampling(model, many, 2, 10, 3),
            importance_sampling(model, many, 8, proposal=model.posterior(many)),
            importance_sampling(model, X, 20),
            annealed_importance_sampling(model, x, 2, 30, 3, exact_posterior_sample=z),
        ]
        results.append(torch.cat([estimate.log_prob for estimate in estimates]))
    assert torch.equal(*results)


def test_an_exact_sample_outside_the_support_is_refused() -> None:
    model = zoo.Edged(zoo.edged_priors()["Exponential"])
    with refused("exact_posterior_sample", "-0.5", "row 1", "support of the prior"):
        annealed_importance_sampling(model, X, 1, 3, exact_posterior_sample=torch.tensor([[0.5], [-0.5], [1.0]]))


class Disc(td.Distribution):
    """Take z uniform on the unit disc, a support for which torch knows no coordinates."""

    class _Inside(td.constraints.Constraint):
        event_dim = 1

        def check(self, value: Tensor) -> Tensor:
            return value.norm(dim=-1) <= 1

    support = _Inside()
    arg_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__(torch.Size([]), torch.Size([2]))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        angle, radius = 2 * math.pi * torch.rand(sample_shape), torch.rand(sample_shape).sqrt()
        return torch.stack([radius * angle.cos(), radius * angle.sin()], -1)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return torch.full_like(value[..., 0], -math.log(math.pi))


def test_a_support_of_ones_own_is_kept_by_rejection() -> None:
    model, x = zoo.Edged(Disc()), torch.tensor([[0.5, -0.5], [1.5, 1.0]])
    expected = prior_monte_carlo(model, x, 400_000)
    many = x.repeat(4000, 1)
    for name, log_prob in {
        "annealing": annealed_importance_sampling(model, many, 1, 10, 3).log_prob,
        "q alone": importance_sampling(model, many, 4, proposal=model.posterior(many)).log_prob,
    }.items():
        assert_mean((log_prob.view(-1, 2) - expected.log_prob).exp(), 1.0, name, errors=5)
    assert_close(grid_posterior(model, x, 700).log_normalizer, expected.log_prob, "the grid, cells on the rim", 0.02)


def test_a_gaussian_q_is_infinitely_far_from_a_posterior_with_an_edge() -> None:
    model = zoo.Edged(zoo.edged_priors()["Gamma"])
    assert kl_to_posterior(model, X).isinf().all()
    with refused("Gaussian q", "beyond the edge", "−∞", "coordinates"):
        fit_posterior(model, X)
    gaps = inference_gaps(model, X, zoo.log_prob_of_edged("Gamma", X), model.posterior(X), 200)
    assert gaps.approximation[0].isposinf(), "of 200 samples around −1 some are negative"


def test_gradients_pass_through_what_lies_inside() -> None:
    prior = zoo.edged_priors()["Gamma"]
    z = torch.tensor([[-1.0], [0.5]], requires_grad=True)
    (gradient,) = torch.autograd.grad(protocol.within_support(prior, z).sum(), z)
    assert gradient.tolist() == [[0.0], [1.0]]
    (gradient,) = torch.autograd.grad(protocol.log_density(prior, z)[1], z)
    assert_close(gradient, torch.tensor([[0.0], [1.5 / 0.5 - 1.5]]), "d/dz log Gamma(z; 2.5, 1.5)")


@pytest.mark.usefixtures("validation")
def test_the_density_beyond_the_edge_is_zero_and_costs_no_draw() -> None:
    prior = zoo.edged_priors()["Gamma"]
    z = torch.tensor([[-1.0], [0.5], [2.0]])
    with random_state_kept():
        found = protocol.log_density(prior, z)
        moved = protocol.within_support(prior, z)
    assert_close(found[1:], prior.log_prob(z[1:]), "inside")
    assert found[0] == -math.inf
    assert torch.equal(moved[1:], z[1:])
    assert present(prior.support).check(moved).all()
    assert protocol.bounded_support(td.Independent(td.Normal(torch.zeros(1), 1.0), 1)) is None
    assert protocol.bounded_support(zoo.mixture()) is None
    assert protocol.bounded_support(td.OneHotCategorical(torch.ones(3))) is None


class Flow(nn.Module):
    """Take a linear model's prior and posterior as flows: the same densities, of which torch knows no moment."""

    def __init__(self, exact: LinearGaussian) -> None:
        super().__init__()
        self.exact = exact

    def prior(self) -> td.Distribution:
        return td.TransformedDistribution(self.exact.prior(), [])

    def likelihood(self, z: Tensor) -> td.Distribution:
        return self.exact.likelihood(z)

    def posterior(self, x: Tensor) -> td.Distribution:
        return td.TransformedDistribution(self.exact.posterior(x), [])


@pytest.mark.parametrize("name", zoo.EXACT)
def test_a_flow_is_measured_as_the_distribution_that_it_is(name: str) -> None:
    exact, x = zoo.make(name)
    model, truth = Flow(exact), exact.log_prob(x).detach()
    with pytest.raises(NotImplementedError):
        _ = model.prior().mean
    assert_close(grid_posterior(model, x).log_normalizer, truth, f"{name}: the grid", 1e-5)
    found = annealed_importance_sampling(model, x.repeat(300, 1), 4, 40, 3).log_prob.view(-1, 6)
    assert_mean((found - truth).exp(), 1.0, f"{name}: annealing", errors=5)
    assert_close(importance_sampling(model, x, 20, proposal=model.posterior(x)).log_prob, truth, name)
    threshold = float(exact.posterior(x).mean.detach().var(0).mean()) / 3
    assert torch.equal(active_units(model, x, threshold, 4000), active_units(exact, x, threshold)), name
    parts = rate_decomposition(model, x, 10)
    assert parts.mutual_information + parts.aggregate_kl == pytest.approx(parts.rate, abs=1e-9)
    with refused("Gaussian", "TransformedDistribution"):
        kl_to_posterior(model, x)


def test_units_that_carry_nothing_stay_inactive_when_samples_tell_the_mean() -> None:
    exact = LinearGaussian(torch.tensor([[1.5, 0.0], [1.0, 0.0]]), torch.zeros(2), 0.5)
    x = exact.likelihood(torch.randn(300, 2)).sample()
    assert active_units(exact, x).tolist() == [True, False]
    for _ in range(5):  # with 20 samples the noise of a mean is 0.05, five times the threshold
        assert active_units(Flow(exact), x, num_samples=20, threshold=0.02).tolist() == [True, False]


HEAVY = {
    "Cauchy": lambda: td.Cauchy(torch.zeros(1), 0.7),
    "Student-t, 2 degrees": lambda: td.StudentT(2.0 * torch.ones(1), 0.3, 0.7),
    "Student-t, 1 degree": lambda: td.StudentT(torch.ones(1), 0.3, 0.7),
    "half-Cauchy": lambda: td.HalfCauchy(0.7 * torch.ones(1)),
}


@pytest.mark.parametrize("name", HEAVY)
def test_priors_whose_variance_is_infinite_are_measured(name: str) -> None:
    base = HEAVY[name]()
    model = zoo.Edged(td.Independent(base, 1))
    z = torch.linspace(-30, 30, 600_001)[:, None]
    z = z[present(base.support).check(z)][:, None]
    joint = td.Normal(z, 0.5).log_prob(X[:, 0]) + base.log_prob(z)
    truth = joint.logsumexp(0) + math.log(60 / 600_000)
    assert_close(grid_posterior(model, X, 3000).log_normalizer, truth, f"{name}: the grid", 2e-3)
    found = annealed_importance_sampling(model, X.repeat(3000, 1), 1, 15, 3).log_prob.view(-1, 3)
    assert_mean((found - truth).exp(), 1.0, f"{name}: annealing", errors=5)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize(
    "measure", [grid_posterior, importance_sampling, active_units, fit_posterior, rate_decomposition]
)
def test_a_q_that_is_no_number_is_named_with_its_row(measure: Any, value: float) -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    loc = torch.zeros(6, 2)
    loc[4, 1] = value
    q = td.Independent(td.Normal(loc, 1.0, validate_args=False), 1, validate_args=False)
    extra = (100,) if measure is importance_sampling else ()
    with refused(r"q\(z\|x\)|posterior\(x\)", "row 4|draws", str(value)):
        measure(WithPosterior(model, q), x, *extra)
    with refused(r"posterior\(x\) for x \[6, 9\]", "loc", "NaN"):
        model.posterior = lambda x: td.Independent(td.Normal(loc * torch.nan, 1.0, validate_args=True), 1)
        measure(model, x, *extra)


def test_a_trajectory_that_explodes_is_rejected_where_the_decoder_validates() -> None:
    class Strict(LinearGaussian):
        def prior(self) -> Any:
            return td.Independent(td.Normal(torch.zeros(1), torch.tensor([1e150]), validate_args=True), 1)

        def likelihood(self, z: Tensor) -> Any:
            return td.Independent(td.Normal(z.pow(3), 1.0, validate_args=True), 1)

    model = Strict(torch.ones(1, 1), torch.zeros(1), 1.0)
    found = annealed_importance_sampling(model, torch.zeros(2, 1), 3, 4)
    assert not found.log_prob.isnan().any()


@pytest.mark.parametrize("inside", [True, False], ids=["x made inside", "x made outside"])
@pytest.mark.parametrize("call", [call for call in zoo.CALLS if call not in ("fit", "fit, validation", "enumeration")])
@pytest.mark.parametrize("name", ["plain class", "Bernoulli, d = 2", "convolutional"])
def test_inference_mode_around_a_call_changes_no_number(name: str, call: str, inside: bool) -> None:
    model, x = zoo.make(name)
    results = []
    for enabled in (False, True):
        with torch.inference_mode(enabled):
            torch.manual_seed(2)
            results.append(zoo.CALLS[call](model, x.clone() if inside else x))
    expected, found = ([part.detach() for part in parts(result)] for result in results)
    assert expected
    assert all(torch.equal(a, b) for a, b in zip(expected, found, strict=True)), f"{name}, {call}"


def parts(result: Any) -> list[Tensor]:
    if isinstance(result, td.MixtureSameFamily):
        result = result.component_distribution
    if isinstance(result, td.Distribution):
        return [result.mean, result.variance]
    values = [result] if isinstance(result, Tensor) else list(vars(result).values())
    return [torch.as_tensor(value) for value in values if isinstance(value, (Tensor, float))]


@pytest.mark.parametrize("call", ["annealed_importance_sampling", "fit_posterior"])
def test_a_model_made_under_inference_mode_is_told_why_it_cannot_be_moved_along_a_gradient(call: str) -> None:
    with torch.inference_mode():
        model, x = zoo.make("Bernoulli, d = 2")
    with refused("made under", "gradient", "outside of that block", error=RuntimeError):
        zoo.CALLS[call](model, x)


def test_wrappers_are_modules_that_reach_the_wrapped_model() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    prior = td.MultivariateNormal(torch.zeros(2), 2 * torch.eye(2))
    for wrapper in (WithPrior(model, prior), WithPosterior(model, model.posterior(x))):
        assert {id(p) for p in wrapper.parameters()} == {id(p) for p in model.parameters()}
        wrapper.eval()
        assert not model.training
        assert model.train().training
        restored = wrapper.state_dict()
        assert [name.removeprefix("model.") for name in restored] == list(model.state_dict())
        assert wrapper.same_likelihood_as == model
        wrapper.float()
        assert wrapper.prior().sample().dtype == wrapper.posterior(x.float()).sample().dtype == torch.float32
        assert prior.loc.dtype == torch.float64, "the distribution that was passed in is not changed"
        model.double()

    class Other(WithPosterior):
        def likelihood(self, z: Tensor) -> td.Distribution:
            return self.model.likelihood(-z)

    assert Other(model, model.posterior(x)).same_likelihood_as is None


def test_a_model_with_another_prior_can_be_trained() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    wrapper = WithPrior(model, zoo.mixture())
    before = [parameter.detach().clone() for parameter in model.parameters()]
    zoo.CALLS["fit"](wrapper, x)
    assert all(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


@pytest.mark.usefixtures("validation")
@pytest.mark.parametrize("family", zoo.edged_priors())
def test_no_bound_exceeds_log_p_where_q_reaches_beyond_the_edge(family: str) -> None:
    model = zoo.Edged(zoo.edged_priors()[family])
    truth, many = zoo.log_prob_of_edged(family, X), X.repeat(4000, 1)
    for gradient in ("reparameterized", "doubly reparameterized"):
        bound = iwae_bound(model, many, 8, gradient=gradient).view(-1, 3)
        assert not bound.isnan().any()
        assert_mean((bound - truth).exp(), 1.0, f"{family}, {gradient}: E[p̂] / p(x)", errors=5)
    for objective in (elbo, score_function_elbo, sticking_the_landing_elbo):
        values = objective(model, many).view(-1, 3)
        assert not values.isnan().any()
        assert values[:, 0].isneginf().any(), f"{family}, {objective.__name__}: q has mass where p(z) has none"
    assert elbo_terms_by_quadrature(model, X).elbo.isneginf().all()


class OfFamily(nn.Module):
    """Let x follow any family, whose parameters depend on z."""

    def __init__(self, family: Any) -> None:
        super().__init__()
        self.family = family

    def prior(self) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(1), 1.0), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(self.family(z.expand(-1, 3)), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        return self.prior().expand(x.shape[:1])


@pytest.mark.usefixtures("validation")
@pytest.mark.parametrize("call", ["elbo", "importance_sampling", "quadrature", "annealed_importance_sampling"])
def test_data_at_an_edge_of_the_likelihood_are_refused_by_row(call: str) -> None:
    inside = torch.full((5, 3), 0.4)
    at_the_edge = inside.clone()
    at_the_edge[3, 1] = 0.0
    for low, high in ((0.4, 0.9), (1.5, 3.0)):  # a density that is infinite at 0, and one that is 0 there
        model = OfFamily(lambda z, low=low, high=high: td.Beta(low + (high - low) * z.sigmoid(), 2.0))
        assert zoo.CALLS[call](model, inside) is not None
        with refused("x lies at an edge", "Beta|Independent", "row 3", "inf", "Move the data inside"):
            zoo.CALLS[call](model, at_the_edge)
    model = OfFamily(lambda z: td.Gamma(1.0 + z.exp(), 2.0))
    assert zoo.CALLS[call](model, 3 * inside) is not None
    with refused("x lies at an edge", "row 3"):
        zoo.CALLS[call](model, at_the_edge)


@pytest.mark.parametrize("call", ["elbo", "importance_sampling", "quadrature"])
def test_a_support_that_moves_with_z_is_refused(call: str) -> None:
    with refused("support of p\\(x\\|z\\)", "moves with z"):
        zoo.CALLS[call](OfFamily(lambda z: td.Uniform(torch.zeros_like(z), 100 + z.exp())), torch.full((5, 3), 0.4))


@pytest.mark.parametrize(
    "family", [lambda z: td.Poisson(z.exp()), lambda z: td.Laplace(z, 1.0), lambda z: td.Exponential(z.exp())]
)
def test_other_likelihoods_are_scored_as_they_are(family: Any) -> None:
    model, x = OfFamily(family), torch.tensor([[0.0, 1.0, 2.0]])
    z = torch.linspace(-9, 9, 20_001)[:, None]
    truth = (model.likelihood(z).log_prob(x[:, None]) + model.prior().log_prob(z)).logsumexp(1) + math.log(18 / 20_000)
    assert_close(grid_posterior(model, x, 3000).log_normalizer, truth, "the grid", 1e-6)
    found = importance_sampling(model, x, 20_000)
    assert ((found.log_prob - truth).abs() < 5 * present(found.standard_error)).all()
