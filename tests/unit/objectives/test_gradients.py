"""Gradient estimators: each agrees with the exact gradient in the mean, and none of them changes the value.

Two models hold a parameter set of its own for every example, so that one backward pass over R equal examples gives R
independent estimates of the gradient with respect to every parameter, generative and variational.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, refused
from tests.support.narrowing import present
from vae_tutorial.inference import gauss_hermite
from vae_tutorial.models import LinearGaussian, WithPosterior
from vae_tutorial.objectives import (
    elbo,
    elbo_terms,
    iwae_bound,
    log_importance_weights,
    score_function_elbo,
    sticking_the_landing_elbo,
)

pytestmark = pytest.mark.usefixtures("double_precision")
REPEATS = 3000


def own(parameter: Tensor, num_draws: int) -> Tensor:
    """Return the parameters [M, …] of draws that stand example by example, K times over (or of a few probes)."""
    times = -(-num_draws // len(parameter))
    return parameter.repeat(times, *[1] * (parameter.ndim - 1))[:num_draws]


class Curved(nn.Module):
    """Model x [2] = tanh(W z) + σ ε with q = N(μ, s²) in one latent dimension; the posterior is not Gaussian."""

    def __init__(self, copies: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[1.2, -0.7]]).repeat(copies, 1))
        self.log_noise = nn.Parameter(torch.full((copies, 1), -0.4))
        self.loc = nn.Parameter(torch.full((copies, 1), 0.3))
        self.log_scale = nn.Parameter(torch.full((copies, 1), -0.5))

    def prior(self) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(1), torch.ones(1)), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        loc = (z * own(self.weight, len(z))).tanh()
        return td.Independent(td.Normal(loc, own(self.log_noise, len(z)).exp().expand_as(loc)), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(self.loc, self.log_scale.exp()), 1)


class Discrete(nn.Module):
    """Take one of three categories as z; prior fixed, decoder and q free."""

    def __init__(self, copies: int) -> None:
        super().__init__()
        self.to_logits = nn.Parameter(torch.tensor([[[1.0, -1.0], [0.3, 2.0], [-1.5, 0.2]]]).repeat(copies, 1, 1))
        self.q_logits = nn.Parameter(torch.tensor([[0.2, -0.4, 0.7]]).repeat(copies, 1))

    def prior(self) -> td.Distribution:
        return td.OneHotCategorical(probs=torch.tensor([0.5, 0.2, 0.3]))

    def likelihood(self, z: Tensor) -> td.Distribution:
        logits = torch.einsum("mk,mkj->mj", z, own(self.to_logits, len(z)))
        return td.Independent(td.Bernoulli(logits=logits), 1)

    def posterior(self, x: Tensor) -> td.OneHotCategorical:
        return td.OneHotCategorical(logits=self.q_logits)


X = {Curved: [[0.9, -0.4]], Discrete: [[1.0, 0.0]]}


def make(family: Any, copies: int = REPEATS) -> tuple[Any, Tensor]:
    return family(copies), torch.tensor(X[family]).repeat(copies, 1)


def gradients(model: Any, value: Tensor) -> dict[str, Tensor]:
    """Return the gradient of each example's value with respect to its own parameters [R, …]."""
    grads = torch.autograd.grad(value.sum(), list(model.parameters()))
    return {name: grad for (name, _), grad in zip(model.named_parameters(), grads, strict=True)}


def nodes_log_weights(model: Curved, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return log w [G] at Gauss–Hermite nodes that move with q, and their weights [G]."""
    q = model.posterior(x)
    z, weights = gauss_hermite(q, 60)
    joint = model.likelihood(z.flatten(0, 1)).log_prob(x) + model.prior().log_prob(z.flatten(0, 1))
    return joint - q.log_prob(z)[:, 0], weights


def exact_bound(model: Any, x: Tensor, num_samples: int) -> Tensor:
    """Return L_K for one example [1]: a sum over categories, or over Gauss–Hermite nodes for each of K samples."""
    if isinstance(model, Discrete):
        q, joint = model.posterior(x), []
        for k in range(3):
            z = torch.eye(3)[k : k + 1]
            joint.append(model.likelihood(z).log_prob(x) + model.prior().log_prob(z))
        return (q.probs * (torch.stack(joint, 1) - q.logits)).sum(1)
    log_w, weights = nodes_log_weights(model, x)
    products, each = weights, log_w
    for _ in range(num_samples - 1):
        products = (products[:, None] * weights).flatten()
        each = torch.logaddexp(each[:, None], log_w).flatten()
    return (products * (each - math.log(num_samples))).sum()[None]


Estimator = Callable[[Any, Tensor], Tensor]
ELBO: dict[str, tuple[Any, Estimator]] = {
    "reparameterised": (Curved, elbo),
    "reparameterised, K = 3": (Curved, functools.partial(elbo, num_samples=3)),
    "reparameterised, sampled KL": (Curved, lambda model, x: elbo_terms(model, x, 2, kl="sampled").elbo),
    "sticking the landing": (Curved, sticking_the_landing_elbo),
    "sticking the landing, K = 3": (Curved, functools.partial(sticking_the_landing_elbo, num_samples=3)),
    "importance weighted, K = 1": (Curved, functools.partial(iwae_bound, num_samples=1)),
    "doubly reparameterised, K = 1": (
        Curved,
        functools.partial(iwae_bound, num_samples=1, gradient="doubly reparameterized"),
    ),
}
for family, kind in ((Curved, "Gaussian"), (Discrete, "discrete")):
    score: Any = functools.partial(functools.partial, score_function_elbo)
    ELBO |= {
        f"score function, {kind} q": (family, score(num_samples=1)),
        f"score function, {kind} q, K = 3": (family, score(num_samples=3)),
        f"leave-one-out, {kind} q, K = 2": (family, score(num_samples=2, baseline="leave-one-out")),
        f"leave-one-out, {kind} q, K = 5": (family, score(num_samples=5, baseline="leave-one-out")),
        f"a number as baseline, {kind} q": (family, score(num_samples=2, baseline=torch.tensor(-2.0).double())),
        f"a baseline for each x, {kind} q": (
            family,
            score(num_samples=1, baseline=torch.linspace(-4, 1, REPEATS, dtype=torch.float64)),
        ),
    }
IWAE: dict[str, tuple[int, str]] = {
    f"{gradient}, K = {num_samples}": (num_samples, gradient)
    for gradient in ("reparameterized", "doubly reparameterized")
    for num_samples in (2, 3)
}


def assert_mean_gradient(model: Any, value: Tensor, exact: Callable[[Any, Tensor], Tensor], name: str) -> None:
    found = gradients(model, value)
    single, x = make(type(model), copies=1)
    expected = gradients(single, exact(single, x))
    for parameter, samples in found.items():
        assert_mean(samples, expected[parameter][0], f"{name}: gradient of {parameter}", errors=4.5)
    assert all(samples.abs().sum() > 0 for samples in found.values())


@pytest.mark.parametrize("name", ELBO)
def test_gradients_of_the_elbo_agree_in_the_mean_with_the_exact_one(name: str) -> None:
    family, estimator = ELBO[name]
    model, x = make(family)
    value = estimator(model, x)
    assert_mean_gradient(model, value, functools.partial(exact_bound, num_samples=1), name)
    single, one = make(family, copies=1)
    assert_mean(value.detach(), float(exact_bound(single, one, 1).detach()), f"{name}: value")


@pytest.mark.parametrize("name", IWAE)
def test_gradients_of_the_importance_weighted_bound_agree_in_the_mean_with_the_exact_one(name: str) -> None:
    num_samples, gradient = IWAE[name]
    model, x = make(Curved)
    value = iwae_bound(model, x, num_samples, gradient)
    assert_mean_gradient(model, value, functools.partial(exact_bound, num_samples=num_samples), name)
    single, one = make(Curved, copies=1)
    assert_mean(value.detach(), float(exact_bound(single, one, num_samples).detach()), f"{name}: value")


def test_sticking_the_landing_would_be_biased_for_the_importance_weighted_bound_and_is_refused() -> None:
    model, x = make(Curved)
    with refused("sticking the landing", "biased", "1810.04152", "doubly reparameterized", "sticking_the_landing_elbo"):
        iwae_bound(model, x, 2, "sticking the landing")
    z = model.posterior(x).rsample((3,))  # the estimator that is refused, written out
    held = td.Independent(td.Normal(model.loc.detach(), model.log_scale.detach().exp()), 1)
    joint = model.likelihood(z.flatten(0, 1)).log_prob(x.repeat(3, 1)).view(3, -1) + model.prior().log_prob(z)
    biased = (joint - held.log_prob(z)).logsumexp(0)
    with pytest.raises(AssertionError, match="gradient of"):
        assert_mean_gradient(model, biased, functools.partial(exact_bound, num_samples=3), "sticking the landing")


SOME = ["linear, one noise scale, d = 2", "Bernoulli, d = 2", "full posterior", "plain class"]


def seeded(function: Callable[[], Tensor]) -> Tensor:
    torch.manual_seed(7)
    return function().detach()


VALUES: dict[str, Estimator] = {
    "sticking the landing": functools.partial(sticking_the_landing_elbo, num_samples=4),
    "score function": functools.partial(score_function_elbo, num_samples=4),
    "leave-one-out": functools.partial(score_function_elbo, num_samples=4, baseline="leave-one-out"),
    "a number as baseline": lambda model, x: score_function_elbo(model, x, 4, torch.tensor(-3.0)),
}


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("estimator", VALUES)
@pytest.mark.parametrize(
    "name", ["linear, one noise scale, d = 2", "Bernoulli, d = 2", "full posterior", "plain class"]
)
def test_the_value_is_the_elbo_of_the_same_draws(name: str, estimator: str, enabled: bool) -> None:
    model, x = zoo.make(name)
    expected = seeded(lambda: log_importance_weights(model, x, 4).mean(0))
    with torch.set_grad_enabled(enabled):
        assert_close(seeded(lambda: VALUES[estimator](model, x)), expected, f"{name}, {estimator}")


@pytest.mark.parametrize("estimator", [name for name in VALUES if name != "sticking the landing"])
def test_the_value_is_the_elbo_of_the_same_draws_for_a_discrete_q_too(estimator: str) -> None:
    model, x = zoo.make("categories")
    with torch.no_grad():
        expected = seeded(lambda: log_importance_weights(model, x, 4).mean(0))
    assert_close(seeded(lambda: VALUES[estimator](model, x)), expected, estimator)


@pytest.mark.parametrize("num_samples", [1, 5])
@pytest.mark.parametrize(
    "name", ["linear, one noise scale, d = 2", "Bernoulli, d = 2", "full posterior", "plain class"]
)
def test_the_doubly_reparameterised_value_is_the_bound_of_the_same_draws(name: str, num_samples: int) -> None:
    model, x = zoo.make(name)
    values = [
        seeded(lambda: iwae_bound(model, x, num_samples, "reparameterized")),
        seeded(lambda: iwae_bound(model, x, num_samples, "doubly reparameterized")),
    ]
    assert_close(values[1], values[0], name)
    with torch.no_grad():
        assert_close(seeded(lambda: iwae_bound(model, x, num_samples, "doubly reparameterized")), values[0], name)


def free_q(model: LinearGaussian, x: Tensor, kind: str) -> tuple[WithPosterior, list[Tensor]]:
    """Return the model with the true posterior as q, whose parameters are leaves of their own."""
    exact = model.posterior(x)
    if kind == "diagonal":
        parameters = [exact.loc.detach().requires_grad_(), exact.stddev.detach().log().requires_grad_()]
        q: td.Distribution = td.Independent(td.Normal(parameters[0], parameters[1].exp()), 1)
    else:
        parameters = [exact.loc.detach().requires_grad_(), exact.scale_tril.detach().clone().requires_grad_()]
        q = td.MultivariateNormal(parameters[0], scale_tril=parameters[1])
    return WithPosterior(model, q), parameters


@pytest.mark.parametrize(
    ("name", "kind"),
    [*((name, "full") for name in zoo.EXACT), ("linear, one noise scale, d = 1", "diagonal")],
)
def test_at_the_true_posterior_the_gradient_has_landed(name: str, kind: str) -> None:
    """Every single draw gives zero: the variance is gone.  The plain estimator is zero on average only."""
    exact, x = zoo.make(name)
    landed: dict[str, Estimator] = {
        "sticking the landing": functools.partial(sticking_the_landing_elbo, num_samples=2),
        "doubly reparameterised": lambda model, x: iwae_bound(model, x, 3, "doubly reparameterized"),
    }
    for estimator, function in landed.items():
        model, parameters = free_q(exact, x, kind)
        for gradient in torch.autograd.grad(function(model, x).sum(), parameters):
            assert_close(gradient, 0.0, f"{name}, {estimator}", 1e-9)
    model, parameters = free_q(exact, x, kind)
    plain = torch.autograd.grad(elbo_terms(model, x, 2, kl="sampled").elbo.sum(), parameters)
    assert max(gradient.abs().max() for gradient in plain) > 0.1


@pytest.mark.parametrize("name", ["Bernoulli, d = 2", "full posterior", "plain class"])
def test_one_sample_makes_the_doubly_reparameterised_gradient_stick_to_the_landing(name: str) -> None:
    model, x = zoo.make(name)
    found = []
    for function in (sticking_the_landing_elbo, functools.partial(iwae_bound, gradient="doubly reparameterized")):
        torch.manual_seed(7)
        found.append(torch.autograd.grad(function(model, x, 1).sum(), zoo.parameters(model)))
    for one, other in zip(*found, strict=True):
        assert_close(one, other, name)


@pytest.mark.parametrize("num_samples", [2, 6])
def test_the_doubly_reparameterised_gradient_is_its_formula(num_samples: int) -> None:
    """∇_φ = Σ_k w̃_k² ∂log w_k/∂z_k ∂z_k/∂φ and ∇_θ = Σ_k w̃_k ∇_θ log w_k, written out."""
    model, x = make(Curved, copies=4)
    torch.manual_seed(7)
    found = gradients(model, iwae_bound(model, x, num_samples, "doubly reparameterized"))
    torch.manual_seed(7)
    noise = td.Normal(torch.zeros(4, 1), 1.0).sample((num_samples,))
    q = td.Independent(td.Normal(model.loc.detach(), model.log_scale.detach().exp()), 1)
    z = (q.mean + q.stddev * noise).requires_grad_()
    repeated = x.repeat(num_samples, 1)
    likelihood = model.likelihood(z.flatten(0, 1)).log_prob(repeated).view(num_samples, 4)
    log_w = likelihood + model.prior().log_prob(z) - q.log_prob(z)
    normalised = log_w.detach().softmax(0)
    path = normalised[..., None] ** 2 * torch.autograd.grad(log_w.sum(), z, retain_graph=True)[0]
    assert_close(found["loc"], path.sum(0), "∇ μ")
    assert_close(found["log_scale"], (path * q.stddev * noise).sum(0), "∇ log s")
    for name in ("weight", "log_noise"):
        (expected,) = torch.autograd.grad((normalised * log_w).sum(), getattr(model, name), retain_graph=True)
        assert_close(found[name], expected, f"∇ {name}")


@pytest.mark.parametrize("gradient", ["doubly reparameterized", "reparameterized"])
def test_a_multiple_of_the_bound_has_a_multiple_of_the_gradient(gradient: str) -> None:
    model, x = make(Curved, copies=4)
    found = []
    for factor in (1.0, -0.25):
        torch.manual_seed(7)
        found.append(gradients(model, factor * iwae_bound(model, x, 5, gradient)))
    for name, value in found[0].items():
        assert_close(found[1][name], -0.25 * value, name)


def variance(name: str, estimator: Estimator, family: Any) -> float:
    model, x = make(family)
    found = gradients(model, estimator(model, x))
    return float(sum(found[p].var(0).sum() for p in found if p in ("loc", "log_scale", "q_logits")))


@pytest.mark.parametrize("family", [Curved, Discrete])
def test_leaving_one_out_lowers_the_variance_and_more_samples_do(family: Any) -> None:
    none = variance("none", functools.partial(score_function_elbo, num_samples=4), family)
    single = variance("one", functools.partial(score_function_elbo, num_samples=1), family)
    left_out = variance("loo", functools.partial(score_function_elbo, num_samples=4, baseline="leave-one-out"), family)
    assert 3.3 < single / none < 4.8, "the variance of a mean of four"
    assert left_out < 0.7 * none
    typical = torch.tensor(-2.5)
    assert variance("constant", lambda m, x: score_function_elbo(m, x, 4, typical), family) < none


def test_reparameterisation_beats_the_score_function_and_near_the_optimum_the_landing_beats_both() -> None:
    plain, score_function, landed = (
        variance(name, functools.partial(function, num_samples=1), Curved)
        for name, function in (("elbo", elbo), ("score", score_function_elbo), ("landing", sticking_the_landing_elbo))
    )
    assert plain < 0.5 * score_function
    exact, x = zoo.make("linear, one noise scale, d = 1", num_examples=1)
    many = x.repeat(500, 1)
    near = exact.posterior(many)
    spreads = []
    for function in (lambda m, x: elbo_terms(m, x, kl="sampled").elbo, sticking_the_landing_elbo):
        loc = (near.mean.detach() + 0.1 * near.stddev.detach()).requires_grad_()
        q = td.Independent(td.Normal(loc, near.stddev.detach()), 1)
        spreads.append(float(torch.autograd.grad(function(WithPosterior(exact, q), many).sum(), loc)[0].std()))
    assert spreads[1] < 0.1 * spreads[0]
    assert landed < 10 * plain


def test_the_doubly_reparameterised_gradient_keeps_its_signal_as_samples_grow() -> None:
    """Mean over spread of ∇ μ: it falls with K for the plain gradient (Rainforth et al. 2018)."""
    signal = {}
    for gradient in ("reparameterized", "doubly reparameterized"):
        for num_samples in (1, 64):
            model, x = make(Curved, copies=1000)
            found = gradients(model, iwae_bound(model, x, num_samples, gradient))["loc"]
            signal[gradient, num_samples] = float(found.mean().abs() / found.std())
    assert signal["reparameterized", 64] < 0.7 * signal["reparameterized", 1]
    assert signal["doubly reparameterized", 64] > 2 * signal["reparameterized", 64]


def test_a_baseline_carries_no_gradient() -> None:
    model, x = make(Discrete, copies=4)
    learned = torch.zeros(4, requires_grad=True)
    score_function_elbo(model, x, 2, learned).sum().backward()
    assert learned.grad is None


@pytest.mark.parametrize("num_samples", [2, 5])
def test_leaving_one_out_takes_the_mean_of_the_others(num_samples: int) -> None:
    """(1/K) Σ_k (f_k − mean of f_j over j ≠ k) ∇ log q(z_k|x), written out: a constant in f drops out of every draw."""
    model, x = make(Curved, copies=4)
    torch.manual_seed(7)
    found = gradients(model, score_function_elbo(model, x, num_samples, "leave-one-out"))
    torch.manual_seed(7)
    q = model.posterior(x)
    z = q.sample((num_samples,))
    log_q = q.log_prob(z)
    likelihood = model.likelihood(z.flatten(0, 1)).log_prob(x.repeat(num_samples, 1)).view(num_samples, 4)
    signal = (likelihood + model.prior().log_prob(z) - log_q).detach()
    others = torch.stack([signal[torch.arange(num_samples) != k].mean(0) for k in range(num_samples)])
    for shift in (0.0, 100.0):
        score = ((signal + shift - (others + shift)) * log_q).mean(0).sum()
        for name in ("loc", "log_scale"):
            (expected,) = torch.autograd.grad(score, getattr(model, name), retain_graph=True)
            assert_close(found[name], expected, f"∇ {name}")


def test_the_prior_learns_too() -> None:
    model, x = zoo.make("categories", num_examples=1)
    many = x.repeat(4000, 1)
    found = torch.autograd.grad(score_function_elbo(model, many, 5).mean(), model.prior_logits)[0]
    q = model.posterior(x).probs.detach()
    assert_close(found, (q - model.prior_logits.softmax(0))[0].detach(), "E_q[z] − π", 0.02)


@pytest.mark.parametrize("function", [sticking_the_landing_elbo, score_function_elbo])
def test_gradients_reach_every_parameter_of_every_model(function: Any) -> None:
    for name in ("Bernoulli, d = 1", "Binomial", "Gaussian, learned scale", "full posterior", "plain class"):
        model, x = zoo.make(name)
        function(model, x, 2).mean().backward()
        assert all((present(parameter.grad) != 0).any() for parameter in zoo.parameters(model)), name


def test_wrong_settings_are_refused() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    with refused("gradient", "reparameterized", "'other'"):
        iwae_bound(model, x, 2, "other")
    with refused("num_samples", "at least 2", "leave-one-out", "averages the other samples"):
        score_function_elbo(model, x, 1, "leave-one-out")
    with refused("baseline", "'mean'", "leave-one-out", "tensor"):
        score_function_elbo(model, x, 2, "mean")  # type: ignore[arg-type]
    for shape in ((5,), (6, 1), (2, 6)):
        with refused("baseline", r"\[" + ", ".join(map(str, shape)), r"\[6\]"):
            score_function_elbo(model, x, 2, torch.zeros(shape))
    for function in (sticking_the_landing_elbo, score_function_elbo):
        with refused("num_samples", "at least 1"):
            function(model, x, 0)
        for bad, rule in ((x + 0.5, "Bernoulli"), (x * torch.nan, "nan"), (x[:0], "no example"), (x.float(), "32")):
            with refused("x", rule):
                function(model, bad)
    with refused("num_samples", "at least 1"):
        iwae_bound(model, x, 0, "doubly reparameterized")


@torch.no_grad()
def test_a_q_that_is_not_gaussian_is_refused_where_its_parameters_have_to_be_held() -> None:
    model, x = zoo.make("categories")
    for function in (sticking_the_landing_elbo, functools.partial(iwae_bound, gradient="doubly reparameterized")):
        with refused("must be Gaussian", "OneHotCategorical", error=TypeError):
            function(model, x, 2)


def test_float32_stays_float32() -> None:
    model, x = zoo.make("Bernoulli, d = 2")
    model, x = model.float(), x.float()
    for function in VALUES.values():
        assert function(model, x).dtype == torch.float32
    assert iwae_bound(model, x, 3, "doubly reparameterized").dtype == torch.float32
