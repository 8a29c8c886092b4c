"""Examples do not see each other, and a number keeps its dtype: for everything that is computed for each x."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support import zoo
from tests.support.discrete import MODELS as DISCRETE
from tests.support.laws import assert_close
from vae_tutorial import evidence, inference, objectives
from vae_tutorial.models import GaussianMixture, LinearGaussian, WithPosterior

pytestmark = pytest.mark.usefixtures("double_precision")
Function = Callable[[Any, Tensor], Tensor]

CONTINUOUS_FUNCTIONS: dict[str, Function] = {
    "quadrature": lambda model, x: evidence.quadrature(model, x).log_prob,
    "ELBO by quadrature": lambda model, x: objectives.elbo_terms_by_quadrature(model, x, order=5).elbo,
    "rate": lambda model, x: objectives.elbo_terms_by_quadrature(model, x, order=5).kl,
    "mean of q": lambda model, x: model.posterior(x).mean,
    "KL to the posterior": lambda model, x: inference.kl_to_posterior(model, x, num_points=150, order=8),
}
LINEAR_FUNCTIONS: dict[str, Function] = {
    "log p(x)": lambda model, x: model.log_prob(x),
    "mean of p(z|x)": lambda model, x: model.posterior(x).mean,
    "covariance of p(z|x)": lambda model, x: model.posterior(x).covariance_matrix,
    "best diagonal mean": lambda model, x: model.best_diagonal_posterior(x).mean,
    "best diagonal scale": lambda model, x: model.best_diagonal_posterior(x).stddev,
    "ELBO of the best diagonal": lambda model, x: (
        objectives.elbo_terms_by_quadrature(WithPosterior(model, model.best_diagonal_posterior(x)), x, order=4).elbo
    ),
}
DISCRETE_FUNCTIONS: dict[str, Function] = {
    "enumeration": lambda model, x: evidence.enumeration(model, x).log_prob,
    "p(z|x) or q": lambda model, x: model.posterior(x).probs,
}
CASES: dict[str, tuple[Callable[[], tuple[Any, Tensor]], Function]] = {}
for family, functions in (("CONTINUOUS", CONTINUOUS_FUNCTIONS), ("EXACT", LINEAR_FUNCTIONS)):
    for model_name in getattr(zoo, family):
        for function_name, function in functions.items():
            CASES[f"{function_name}: {model_name}"] = (functools.partial(zoo.make, model_name), function)


def discrete(name: str) -> tuple[Any, Tensor]:
    torch.manual_seed(0)
    model = DISCRETE[name]()
    return model, zoo.observations(model, 6)


for model_name in DISCRETE:
    for function_name, function in DISCRETE_FUNCTIONS.items():
        CASES[f"{function_name}: {model_name}"] = (functools.partial(discrete, model_name), function)


@torch.no_grad()
@pytest.mark.parametrize("name", CASES)
def test_permuting_or_splitting_a_batch_changes_no_number(name: str) -> None:
    make, function = CASES[name]
    model, x = make()
    whole, order = function(model, x), torch.tensor([4, 0, 5, 2, 1, 3])
    assert len(whole) == 6
    pieces = torch.cat([function(model, part) for part in x[order].split([1, 3, 2])])
    tolerance = 1e-9 if "KL to the posterior" in name else 1e-10  # its grid covers 6.5 σ of what is in the batch
    assert_close(pieces, whole[order], name, tolerance)
    twice = function(model, x[[2, 2]])
    assert_close(twice[0], twice[1], f"{name}: an example beside itself", 1e-10)


def annealed(backwards: bool) -> Function:
    def function(model: Any, x: Tensor) -> Tensor:
        z = torch.zeros(len(x), *model.prior().event_shape, dtype=x.dtype) if backwards else None
        return evidence.annealed_importance_sampling(model, x, 2, 3, 2, exact_posterior_sample=z).log_prob

    return function


SAMPLED: dict[str, Function] = {
    "prior Monte Carlo": lambda model, x: evidence.prior_monte_carlo(model, x, 5).log_prob,
    "importance sampling": lambda model, x: evidence.importance_sampling(model, x, 5).log_prob,
    "encoder alone": lambda model, x: evidence.importance_sampling(model, x, 5, model.posterior(x)).log_prob,
    "annealed forwards": annealed(False),
    "annealed backwards": annealed(True),
    "ELBO": objectives.elbo,
    "weights": lambda model, x: objectives.log_importance_weights(model, x, 3),
    "importance-weighted bound": lambda model, x: objectives.iwae_bound(model, x, 3),
    "doubly reparameterised": lambda model, x: objectives.iwae_bound(model, x, 3, "doubly reparameterized"),
    "sticking the landing": lambda model, x: objectives.sticking_the_landing_elbo(model, x, 2),
    "leave-one-out": lambda model, x: objectives.score_function_elbo(model, x, 2, "leave-one-out"),
    "fitted mean": lambda model, x: inference.fit_posterior(model, x, num_steps=2).mean,
    "fitted full scale": lambda model, x: inference.fit_posterior(model, x, num_steps=2, full=True).stddev,
}
TYPED = {**SAMPLED, **CONTINUOUS_FUNCTIONS}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("function", TYPED)
@pytest.mark.parametrize(
    "name", ["Bernoulli, d = 2", "full posterior", "linear, one noise scale, d = 1", "convolutional"]
)
def test_the_dtype_that_goes_in_comes_out(name: str, function: str, dtype: torch.dtype) -> None:
    model, x = zoo.make(name, num_examples=3)
    value = TYPED[function](model.to(dtype), x.to(dtype))
    assert value.dtype == dtype
    assert value.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("function", LINEAR_FUNCTIONS)
def test_the_dtype_of_a_linear_model_stays(function: str, dtype: torch.dtype) -> None:
    model, x = zoo.make("linear, noise scale per coordinate, d = 2")
    assert LINEAR_FUNCTIONS[function](model.to(dtype), x.to(dtype)).dtype == dtype
    assert model.diagonal_gap().dtype == LinearGaussian.fit(x.to(dtype), 1).noise_scale.dtype == dtype


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", DISCRETE)
def test_the_dtype_of_a_sum_over_z_stays(name: str, dtype: torch.dtype) -> None:
    torch.set_default_dtype(dtype)
    model, x = discrete(name)
    for function in DISCRETE_FUNCTIONS.values():
        assert function(model, x).dtype == dtype
    estimate = evidence.enumeration(model, x)
    assert estimate.numerical_error is not None
    assert estimate.numerical_error.dtype == dtype
    if isinstance(model, GaussianMixture):
        inference.expectation_maximization(model, x, num_steps=1)
    if isinstance(model, nn.Module):
        assert {parameter.dtype for parameter in model.parameters()} == {dtype}


@pytest.mark.parametrize("name", ["Bernoulli, d = 2", "linear, one noise scale, d = 2"])
def test_single_precision_agrees_with_double(name: str) -> None:
    model, x = zoo.make(name)
    expected = {key: function(model, x) for key, function in CONTINUOUS_FUNCTIONS.items()}
    model, x = model.float(), x.float()
    for key, function in CONTINUOUS_FUNCTIONS.items():
        assert_close(function(model, x).double(), expected[key], f"{name}: {key}", 1e-3)
