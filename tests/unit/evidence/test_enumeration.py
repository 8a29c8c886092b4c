"""A discrete z is summed over: no sample, no error, and the same number as any closed form."""

from __future__ import annotations

import importlib
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support import zoo
from tests.support.discrete import MODELS
from tests.support.laws import assert_close, assert_mean, every_vector, random_state_kept, refused
from vae_tutorial.evidence import enumeration, importance_sampling, prior_monte_carlo
from vae_tutorial.models import UniformCategorical
from vae_tutorial.posteriors import Categorical

pytestmark = pytest.mark.usefixtures("double_precision")


def make(name: str, num_examples: int = 5) -> tuple[Any, Tensor]:
    model = MODELS[name]()
    return model, zoo.observations(model, num_examples)


def by_hand(model: Any, x: Tensor) -> Tensor:
    """Return log p(x) [N] as a loop over the categories, on the linear scale."""
    categories = model.prior().probs
    total = torch.zeros(len(x))
    for k, weight in enumerate(categories):
        z = torch.zeros(1, len(categories))
        z[0, k] = 1
        total = total + weight * model.likelihood(z).log_prob(x).exp()
    return total.log().detach()


@pytest.mark.parametrize("name", MODELS)
def test_the_sum_is_the_evidence_and_says_that_it_is_exact(name: str) -> None:
    model, x = make(name)
    with random_state_kept():
        estimate = enumeration(model, x)
    assert_close(estimate.log_prob, by_hand(model, x), name)
    if hasattr(model, "log_prob"):
        assert_close(estimate.log_prob, model.log_prob(x).detach(), f"{name}: its own closed form")
    assert estimate.kind == "exact"
    assert (estimate.standard_error, estimate.effective_sample_size) == (None, None)
    assert_close(estimate.numerical_error, 0.0, name)  # type: ignore[arg-type]
    assert not estimate.log_prob.requires_grad


@pytest.mark.parametrize("name", [name for name in MODELS if name != "gaussian mixture"])
def test_the_probabilities_of_all_images_sum_to_one(name: str) -> None:
    assert_close(enumeration(MODELS[name](), every_vector(2, 6)).log_prob.exp().sum(), 1.0, name)


@pytest.mark.parametrize("estimator", [prior_monte_carlo, importance_sampling])
@pytest.mark.parametrize("name", MODELS)
def test_sampling_estimators_average_to_the_sum(name: str, estimator: Any) -> None:
    model, x = make(name, num_examples=3)
    found = torch.stack([estimator(model, x, 4).log_prob for _ in range(200)])
    assert_mean((found - enumeration(model, x).log_prob).exp(), 1.0, f"{name}: E[p̂] / p(x)")


@pytest.mark.parametrize("name", MODELS)
def test_evidence_is_elbo_plus_kl_as_sums_over_z(name: str) -> None:
    model, x = make(name)
    q, num_categories = model.posterior(x), model.prior().event_shape[0]
    one_hot = torch.eye(num_categories)
    log_joint = model.likelihood(one_hot).log_prob(x[:, None]) + model.prior().log_prob(one_hot)
    log_q = q.log_prob(one_hot[:, None]).T
    true = log_joint.log_softmax(1)
    bound = (log_q.exp() * (log_joint - log_q)).sum(1)
    kl = (log_q.exp() * (log_q - true)).sum(1)
    assert_close((bound + kl).detach(), enumeration(model, x).log_prob, name)
    if name == "gaussian mixture":
        assert_close(bound.detach(), enumeration(model, x).log_prob, "its q is the true posterior: no gap")


def test_a_categorical_posterior_reads_logits_and_scores_one_hot_vectors() -> None:
    logits = torch.tensor([[1.0, -2.0, 0.5], [0.0, 0.0, 3.0]])
    q = Categorical(nn.Identity())(logits)
    assert (q.batch_shape, q.event_shape, q.has_rsample) == ((2,), (3,), False)
    assert_close(q.probs, logits.softmax(1), "probabilities")
    assert_close(q.log_prob(torch.eye(3)[[2, 2]]), logits.log_softmax(1)[:, 2], "log q(z = 2|x)")
    assert_mean(q.sample((20_000,)), logits.softmax(1), "shares of the samples")
    image = nn.Unflatten(1, (3, 1))
    assert Categorical(image)(logits).event_shape == (3,)


@pytest.mark.parametrize("num_categories", [2, 5])
def test_the_uniform_prior_is_uniform(num_categories: int) -> None:
    module = UniformCategorical(num_categories)
    prior = module()
    assert (prior.batch_shape, prior.event_shape) == ((), (num_categories,))
    assert_close(prior.log_prob(torch.eye(num_categories)), -math.log(num_categories), "log 1/K")
    assert list(module.state_dict()) == []
    assert module.to(torch.float32)().sample().dtype == torch.float32
    with refused("num_categories", "at least 2"):
        UniformCategorical(1)


@pytest.mark.parametrize("name", ["Bernoulli, d = 1", "linear, one noise scale, d = 2", "mixture prior", "plain class"])
def test_a_continuous_z_is_refused_with_the_remedy(name: str) -> None:
    with refused("lists its values", "quadrature", "importance_sampling", error=ValueError):
        enumeration(*zoo.make(name))


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("vae_tutorial.evidence.enumeration")  # its function has the same name
    monkeypatch.setattr(module, "MAX_VALUES", 3)
    assert enumeration(*make("categories")).log_prob.shape == (5,)
    with refused("4 values", "at most 3", "prior_monte_carlo"):
        enumeration(*make("gaussian mixture"))


def test_bad_examples_are_refused() -> None:
    model, x = make("discrete VAE")
    for bad, rule in ((x + 0.5, "Bernoulli"), (x * torch.nan, "nan"), (x[:0], "no example"), (x.float(), "float32")):
        with refused("x", rule):
            enumeration(model, bad)
    with refused("x", r"\[5, 4\]", r"event \[6\]"):
        enumeration(model, x[:, :4])
