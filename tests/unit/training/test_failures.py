"""A run that breaks says what broke, where and why; a healthy model is never blamed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import random_state_kept, refused
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, StandardNormal
from vae_tutorial.objectives import elbo, iwae_bound
from vae_tutorial.posteriors import DiagonalGaussian
from vae_tutorial.training import TrainConfig, fit

pytestmark = pytest.mark.usefixtures("double_precision")
CONFIG = TrainConfig(epochs=3, batch_size=8, learning_rate=1e-2, progress=False)


def start(num_examples: int = 20) -> tuple[Any, Tensor]:
    return zoo.make("Bernoulli, d = 2", num_examples=num_examples)


def state(model: Any) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def assert_state(model: Any, expected: dict[str, Tensor]) -> None:
    for name, value in model.state_dict().items():
        assert torch.equal(value, expected[name]) or value.isnan().any(), name


def causal_mask(model: Any) -> None:
    model.encoder.register_buffer("mask", torch.full((4, 4), -torch.inf).triu(1))


def observer(model: Any) -> None:
    model.decoder.register_buffer("smallest", torch.tensor(torch.inf))
    model.decoder.register_buffer("largest", torch.tensor(-torch.inf))


def placeholder(model: Any) -> None:
    model.register_buffer("last_loss", torch.tensor(torch.nan))


def hidden(model: Any) -> None:
    model.register_buffer("cache", torch.full((3,), torch.nan), persistent=False)


def frozen(model: Any) -> None:
    model.bias_of_attention = nn.Parameter(torch.full((2,), -torch.inf), requires_grad=False)


HARMLESS: list[Callable[[Any], None]] = [causal_mask, observer, placeholder, hidden, frozen]


@pytest.mark.parametrize("add", HARMLESS)
def test_what_was_never_finite_is_not_blamed_on_a_gradient(add: Callable[[Any], None]) -> None:
    (plain, x), (other, _) = start(), start()
    add(other)
    assert fit(other, x, CONFIG, validation=x) == fit(plain, x, CONFIG, validation=x)
    for own, expected in zip(other.encoder.net.parameters(), plain.encoder.net.parameters(), strict=True):
        assert torch.equal(own, expected)


@pytest.mark.parametrize("add", HARMLESS)
def test_nor_is_it_blamed_where_something_else_breaks(add: Callable[[Any], None]) -> None:
    model, x = start()
    add(model)
    with refused("step 1 of epoch 1: both terms of the ELBO are finite", error=FloatingPointError):
        fit(model, x, CONFIG, objective=lambda model, x: elbo(model, x) * torch.inf)


class Statistics(nn.Module):
    """Keep a running sum, as BatchNorm does, that overflows at some call while its output stays finite."""

    running: Tensor

    def __init__(self, call: int) -> None:
        super().__init__()
        self.register_buffer("running", torch.zeros(()))
        self.call = call

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.running.add_(torch.inf if self.running == self.call - 1 else 1.0)
        return x


def test_a_buffer_that_was_finite_and_breaks_is_named() -> None:
    model, x = start()
    model.encoder.net.insert(0, Statistics(call=5))
    with refused("buffer encoder.net.0.running holds inf", "step 2 of epoch 2", "overflowed", error=FloatingPointError):
        fit(model, x, CONFIG)


def with_root(model: Any, x: Tensor) -> Tensor:
    """Punish the length of one weight, whose derivative at 0 is 0/0, while the objective itself is 0 there."""
    return elbo(model, x) - model.decoder.net[0].weight.square().sum().sqrt()


@pytest.mark.parametrize("clip_norm", [None, 1.0])
@pytest.mark.parametrize("batch_size", [8, 20])
def test_a_gradient_that_is_not_finite_is_named_though_the_loss_is_finite(
    batch_size: int, clip_norm: float | None
) -> None:
    model, x = start()
    with torch.no_grad():
        model.decoder.net[0].weight.zero_()
    before = state(model)
    with refused(
        "the gradient of the objective was not finite at step 1 of epoch 1, though the objective was",
        "decoder.net.0.weight",
        "nan",
        "square root",
        error=FloatingPointError,
    ):
        fit(model, x, dataclasses.replace(CONFIG, batch_size=batch_size, clip_norm=clip_norm), objective=with_root)
    assert_state(model, before)


def test_a_gradient_that_breaks_later_is_found_at_its_step() -> None:
    (model, x), seen = start(), []

    def objective(model: Any, x: Tensor) -> Tensor:
        seen.append(1)
        values = elbo(model, x)
        if values.requires_grad and len(seen) % 3 == 2 and len(seen) > 3:  # step 2 of every epoch after the first
            values.register_hook(lambda grad: grad * torch.inf)
        return values

    with refused("gradient", "step 2 of epoch 2", error=FloatingPointError):
        fit(model, x, CONFIG, objective=objective)


def test_a_step_that_is_too_long_is_told_from_a_bad_gradient() -> None:
    model, x = start()
    config = dataclasses.replace(CONFIG, learning_rate=1e39, batch_size=20)  # beyond single precision
    with refused("after step 1 of epoch 1", "gradient were finite", "too long", error=FloatingPointError):
        fit(model.float(), x.float(), config)


def test_a_parameter_that_was_lost_before_training_is_named() -> None:
    model, x = start()
    with torch.no_grad():
        model.encoder.net[0].bias[1] = torch.nan
    with refused("encoder.net.0.bias", "nan", "as it did before training", error=FloatingPointError):
        fit(model, x, CONFIG)


class OwnDistributions(nn.Module):
    """Build torch's distributions with torch's own checks, which refuse NaN, and break at the third step."""

    def __init__(self) -> None:
        super().__init__()
        self.to_logits = nn.Parameter(torch.ones(2, 9) / 9)
        self.to_loc = nn.Parameter(torch.ones(9, 2) / 9)

    def prior(self) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(2), torch.ones(2)), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Bernoulli(logits=z @ self.to_logits), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(x @ self.to_loc, torch.ones(2)), 1)


def test_torchs_refusal_of_nan_is_traced_to_the_gradient() -> None:
    model, x = OwnDistributions(), start()[1]
    before = model.to_loc.detach().clone()
    model.to_loc.register_hook(lambda grad: grad if torch.equal(model.to_loc, before) else grad * torch.nan)
    with refused("gradient", "step 2 of epoch 1", "to_loc", error=FloatingPointError):
        fit(model, x, CONFIG)
    assert torch.equal(model.to_loc, before)


def test_a_refusal_in_the_middle_of_an_epoch_gives_the_model_back_as_it_was() -> None:
    (model, x), calls = start(), []
    before = state(model)

    def objective(model: Any, x: Tensor) -> Tensor:
        calls.append(1)
        return elbo(model, x if len(calls) < 3 else x / 2)

    with random_state_kept(), refused("0.5", "support"):
        fit(model, x, CONFIG, objective=objective)
    assert_state(model, before)


def normalised(where: str, mode: bool = True) -> Any:
    torch.manual_seed(4)
    encoder = nn.Sequential(nn.Linear(9, 6), *[nn.BatchNorm1d(6)] * (where == "encoder"), nn.Linear(6, 4))
    decoder = nn.Sequential(nn.Linear(2, 6), *[nn.BatchNorm1d(6)] * (where == "decoder"), nn.Linear(6, 9))
    model = VAE(DiagonalGaussian(encoder), Bernoulli(decoder), prior=StandardNormal(2))
    return model.train(mode)


@pytest.mark.parametrize(("num_examples", "batch_size"), [(17, 8), (20, 1), (1, 8), (20, 19)])
@pytest.mark.parametrize("where", ["encoder", "decoder"])
def test_a_last_batch_of_one_is_refused_by_a_net_that_normalises_over_it(
    where: str, num_examples: int, batch_size: int
) -> None:
    """Torch refuses it too, in the middle of the first epoch; and if it ceases to, this test tells."""
    model, x = normalised(where), start(num_examples)[1]
    before = state(model)
    config = dataclasses.replace(CONFIG, batch_size=batch_size)
    with random_state_kept(), refused(f"batch_size {batch_size}", f"{num_examples} examples of train", "holds one"):
        fit(model, x, config)
    assert_state(model, before)
    for healthy in (normalised(where, mode=False), normalised("nowhere")):
        assert len(fit(healthy, x, config).train) == 3


def test_no_other_rest_is_refused_and_validation_may_be_one_example() -> None:
    x = start()[1]
    for batch_size in (2, 3, 6, 20, 50):
        fit(normalised("encoder"), x, dataclasses.replace(CONFIG, batch_size=batch_size), validation=x[:1])


def test_a_smallest_batch_that_is_tried_changes_nothing() -> None:
    """Without a norm over the batch the nets are asked too, and must not notice."""
    x = start(17)[1]

    def dropping() -> Any:
        model = start()[0]
        model.encoder.net.append(nn.Dropout(0.3))
        return model

    first, second = dropping(), dropping()
    history = fit(first, x, CONFIG)
    torch.randn(3)
    assert fit(second, x, CONFIG) == history
    assert math.isfinite(history.train[-1])
    statistics = dropping()
    statistics.encoder.net.insert(0, Statistics(call=-1))
    fit(statistics, x, dataclasses.replace(CONFIG, epochs=1), objective=lambda model, x: iwae_bound(model, x, 2))
    assert statistics.encoder.net[0].running == 3
