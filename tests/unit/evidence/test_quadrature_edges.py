"""Quadrature where z has an edge, a heavy tail or no formula for its moments, and where x lies on an edge."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
import torch
import torch.distributions as td
from torch import Tensor

from tests.support.errors import UNREACHED, within_its_error
from tests.support.laws import assert_close, random_state_kept, refused
from tests.support.narrowing import present
from vae_tutorial.evidence import quadrature

pytestmark = pytest.mark.usefixtures("double_precision")
Decoder = Callable[[Tensor], td.Distribution]


@pytest.fixture(params=[True, False], ids=["validated", "python -O"])
def _validation(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let torch check its arguments or not, as under ``python -O``."""
    before = td.Distribution._validate_args
    td.Distribution.set_default_validate_args(request.param)
    yield
    td.Distribution.set_default_validate_args(before)


class Model:
    """Join a prior over one number, or two, a decoder, and a q that is Gaussian and knows nothing of the edge."""

    def __init__(self, prior: td.Distribution, decoder: Decoder, q_loc: float = 0.5) -> None:
        self.own, self.likelihood, self.q_loc = prior, decoder, q_loc

    def prior(self) -> td.Distribution:
        return self.own

    def posterior(self, x: Tensor) -> td.Distribution:
        loc = torch.full((len(x), *self.own.event_shape), self.q_loc)
        return td.Independent(td.Normal(loc, torch.ones_like(loc)), 1)


def single(distribution: td.Distribution) -> td.Distribution:
    return td.Independent(distribution, 1)


def noisy(z: Tensor) -> td.Distribution:
    return single(td.Normal(z, 0.5))


def normal_cdf(value: Tensor) -> Tensor:
    return 0.5 * torch.erfc(-value / math.sqrt(2))


def log_normal(x: Tensor, variance: Tensor | float) -> Tensor:
    return -0.5 * (x.square() / variance + torch.as_tensor(2 * math.pi * variance).log())


def below_exponential(x: Tensor, rate: float) -> Tensor:
    """Return log p(x) of x = z + noise for z ~ Exponential(rate)."""
    return math.log(rate) - rate * x + (rate * 0.5) ** 2 / 2 + normal_cdf(x / 0.5 - rate * 0.5).log()


def heavy(freedom: float) -> td.Distribution:
    return single(td.StudentT(torch.tensor([freedom])))


def through_variances(x: Tensor, freedom: float) -> Tensor:
    """Return log p(x) of x = z + noise, z Student-t: a Gaussian of variance freedom / chi² + ¼, over t = log chi²."""
    t = torch.linspace(-60, 12, 200_001)[:, None]
    log_density = freedom / 2 * t - t.exp() / 2 - freedom / 2 * math.log(2) - math.lgamma(freedom / 2)
    step = float(t[1] - t[0])
    return (log_density + log_normal(x[:, 0], freedom * (-t).exp() + 0.25)).logsumexp(0) + math.log(step)


X = torch.tensor([[-1.0], [0.0], [1.0], [4.0]], dtype=torch.float64)
COUNTS = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
POSITIVE = torch.tensor([[0.01], [1.0], [30.0]], dtype=torch.float64)
# prior, decoder, x, log p(x) in closed form
CASES: dict[str, Callable[[], tuple[td.Distribution, Decoder, Tensor, Tensor]]] = {
    "exponential": lambda: (single(td.Exponential(torch.ones(1))), noisy, X, below_exponential(X[:, 0], 1.0)),
    "uniform": lambda: (
        single(td.Uniform(torch.tensor([-1.0]), torch.tensor([2.0]))),
        noisy,
        X,
        ((normal_cdf((X[:, 0] + 1) / 0.5) - normal_cdf((X[:, 0] - 2) / 0.5)) / 3).log(),
    ),
    "half-normal": lambda: (
        single(td.HalfNormal(torch.ones(1))),
        noisy,
        X,
        log_normal(X[:, 0], 1.25) + math.log(2) + normal_cdf(X[:, 0] / (1.25 * 0.25) ** 0.5 / 1.0).log(),
    ),
    "gamma": lambda: (
        single(td.Gamma(torch.tensor([2.5]), 1.0)),
        lambda z: single(td.Exponential(z)),
        POSITIVE,
        math.log(2.5) - 3.5 * POSITIVE[:, 0].log1p(),
    ),
    "gamma, infinite at 0": lambda: (
        single(td.Gamma(torch.tensor([0.3]), 1.0)),
        lambda z: single(td.Exponential(z)),
        POSITIVE,
        math.log(0.3) - 1.3 * POSITIVE[:, 0].log1p(),
    ),
    "beta": lambda: (
        single(td.Beta(torch.tensor([2.0]), 3.0)),
        lambda z: single(td.Bernoulli(probs=z)),
        COUNTS,
        torch.tensor([0.6, 0.4]).log(),
    ),
    "beta, infinite at both ends": lambda: (
        single(td.Beta(torch.tensor([0.5]), 0.5)),
        lambda z: single(td.Bernoulli(probs=z)),
        COUNTS,
        torch.tensor([0.5, 0.5]).log(),
    ),
    "log-normal": lambda: (
        single(td.LogNormal(torch.zeros(1), 1.0)),
        lambda z: single(td.Normal(z.log(), 0.5)),
        X,
        log_normal(X[:, 0], 1.25),
    ),
    "pareto": lambda: (
        single(td.Pareto(torch.tensor([1.0]), 1.5)),
        lambda z: single(td.Normal(z.log(), 0.5)),
        X,
        below_exponential(X[:, 0], 1.5),
    ),
    "laplace": lambda: (
        single(td.Laplace(torch.zeros(1), 1.0)),
        noisy,
        X,
        torch.logaddexp(below_exponential(X[:, 0], 1.0), below_exponential(-X[:, 0], 1.0)) - math.log(2),
    ),
    "cauchy": lambda: (single(td.Cauchy(torch.zeros(1), 1.0)), noisy, X, through_variances(X, 1.0)),
    "student, no mean": lambda: (heavy(0.7), noisy, X, through_variances(X, 0.7)),
    "student, no variance": lambda: (heavy(2.0), noisy, X, through_variances(X, 2.0)),
    "student": lambda: (heavy(5.0), noisy, X, through_variances(X, 5.0)),
    "flow": lambda: (
        td.TransformedDistribution(single(td.Normal(torch.zeros(1), 1.0)), [td.AffineTransform(1.0, 2.0)]),
        noisy,
        X,
        log_normal(X[:, 0] - 1, 4.25),
    ),
    "flow in two dimensions": lambda: (
        td.TransformedDistribution(single(td.Normal(torch.zeros(2), 1.0)), [td.AffineTransform(torch.ones(2), 2.0)]),
        lambda z: noisy(z[:, :1]),
        X,
        log_normal(X[:, 0] - 1, 4.25),
    ),
    "exponential in two dimensions": lambda: (
        single(td.Exponential(torch.ones(2))),
        lambda z: noisy(z),
        torch.cat([X, X.flip(0)], 1),
        below_exponential(X[:, 0], 1.0) + below_exponential(X.flip(0)[:, 0], 1.0),
    ),
}


@pytest.mark.usefixtures("_validation")
@pytest.mark.parametrize("name", CASES)
def test_log_p_is_the_closed_form(name: str) -> None:
    prior, decoder, x, expected = CASES[name]()
    with random_state_kept():
        estimate = quadrature(Model(prior, decoder), x, 1e-6)
    within_its_error(estimate, expected, name, 1e-9)
    assert_close(estimate.log_prob, expected, name, 1e-6)


def test_the_case_that_was_reported() -> None:
    estimate = quadrature(Model(single(td.Exponential(torch.ones(1))), noisy), X[:3])
    assert_close(estimate.log_prob, torch.tensor([-3.956648, -1.050912, -0.944143]), "Exponential(1), noise ½", 1e-6)


@pytest.mark.filterwarnings(UNREACHED)
@pytest.mark.parametrize("name", CASES)
def test_float32_is_right_to_its_error(name: str) -> None:
    torch.set_default_dtype(torch.float32)
    prior, decoder, _, _ = CASES[name]()
    torch.set_default_dtype(torch.float64)
    _, _, x, expected = CASES[name]()
    torch.set_default_dtype(torch.float32)  # the fixture puts back what was before
    estimate = quadrature(Model(prior, decoder), x.float())
    within_its_error(estimate, expected, name, 1e-6)
    assert (present(estimate.numerical_error) < 0.2).all()


@pytest.mark.usefixtures("_validation")
def test_a_support_that_is_no_region_of_the_space_is_refused() -> None:
    with refused("Dirichlet", "support", "prior_monte_carlo"):
        quadrature(Model(td.Dirichlet(torch.ones(2)), lambda z: noisy(z[:, :1])), X)


@pytest.mark.filterwarnings(UNREACHED)
def test_a_prior_whose_mass_is_not_one_says_so_in_its_error() -> None:
    periodic = single(td.VonMises(torch.zeros(1), torch.ones(1)))  # torch declares all numbers as its support
    estimate = quadrature(Model(periodic, noisy), X)
    assert (present(estimate.numerical_error) > 1).all()


def test_a_prior_that_declares_too_large_a_support_is_refused_in_a_sentence() -> None:
    squashed = td.TransformedDistribution(
        single(td.Normal(torch.zeros(1), 1.0)), [td.TanhTransform(), td.AffineTransform(1.0, 2.0)]
    )
    with refused("TransformedDistribution", "support it declares", "validate_args"):
        quadrature(Model(squashed, noisy), X)


class Undeclared(td.Distribution):
    """A Beta distribution that does not say where its support ends, so that nothing can look at x beforehand."""

    def __init__(self, shape: Tensor) -> None:
        super().__init__(shape.shape[:1], shape.shape[1:], validate_args=False)
        self.beta = td.Independent(td.Beta(shape, 1.0, validate_args=False), 1, validate_args=False)

    def log_prob(self, value: Tensor) -> Tensor:
        return self.beta.log_prob(value)


@pytest.mark.usefixtures("_validation")
@pytest.mark.parametrize("build", [Undeclared, lambda shape: single(td.Beta(shape, 1.0))])
def test_an_x_at_which_the_density_is_infinite_is_refused_in_a_sentence(build: Decoder) -> None:
    prior = single(td.Normal(torch.zeros(1), 1.0))
    model = Model(prior, lambda z: build(z.exp()))
    with refused("row 1", "edge of the support", "inf"):
        quadrature(model, torch.tensor([[0.5], [0.0]]))


@pytest.mark.usefixtures("_validation")
def test_an_x_without_any_density_has_no_evidence_and_says_so() -> None:
    prior = single(td.Normal(torch.zeros(1), 1.0))
    model = Model(prior, lambda z: Undeclared(1.5 + z.exp()))
    with pytest.warns(UserWarning, match="1 of 2 examples.*row 1.*inf"):
        estimate = quadrature(model, torch.tensor([[0.5], [0.0]]))
    assert estimate.log_prob[1] == -math.inf
    assert present(estimate.numerical_error)[1] == math.inf
    assert present(estimate.numerical_error)[0] < 1e-8


def test_a_q_that_is_broken_is_named() -> None:
    model = Model(single(td.Normal(torch.zeros(1), 1.0)), noisy, q_loc=torch.nan)
    td.Distribution.set_default_validate_args(False)
    try:
        with refused("posterior\\(x\\) holds nan for row 0", "encoder"):
            quadrature(model, X)
    finally:
        td.Distribution.set_default_validate_args(True)


def test_a_q_that_lies_absurdly_far_out_does_not_spread_the_lattice_without_end() -> None:
    prior = single(td.Normal(torch.zeros(2), 1.0))
    x = torch.cat([X, X], 1)
    estimate = quadrature(Model(prior, noisy, q_loc=1e9), x)
    assert_close(estimate.log_prob, log_normal(x, 1.25).sum(1), "q at 10^9", 1e-8)
