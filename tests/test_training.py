"""Training: up, the same each time, unmoved by onlookers, and stopped where a number is lost."""

from __future__ import annotations

import copy
import dataclasses
import math
from typing import Any

import pytest
import torch
import zoo
from laws import assert_close, random_state_kept, refused
from torch import Tensor, nn

from vae_tutorial.models import LinearGaussian, StandardNormal
from vae_tutorial.objectives import elbo, iwae_bound
from vae_tutorial.training import History, TrainConfig, fit

pytestmark = pytest.mark.usefixtures("double_precision")
CONFIG = TrainConfig(epochs=3, batch_size=8, learning_rate=1e-2, progress=False)


def start(name: str = "Bernoulli, d = 2", num_examples: int = 20) -> tuple[Any, Tensor]:
    return zoo.make(name, num_examples=num_examples)


def state(model: Any) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def assert_same(model: Any, other: Any) -> None:
    pairs = zip(model.state_dict().items(), other.state_dict().values(), strict=True)
    differing = [name for (name, value), another in pairs if not torch.equal(value, another)]
    assert not differing, f"{differing} differ"


def exact(model: Any, x: Tensor) -> Tensor:
    return model.log_prob(x)


TRAINABLE = [name for name in zoo.CONTINUOUS if name not in ("mixture prior", "plain class")]  # no modules


@pytest.mark.parametrize("name", TRAINABLE)
def test_the_objective_rises_for_every_model(name: str) -> None:
    model, x = start(name, num_examples=60)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    history = fit(model, x, dataclasses.replace(CONFIG, epochs=15), validation=x)
    assert sum(history.train[-3:]) > sum(history.train[:3]) + 0.3
    assert history.validation[-1] > history.validation[0]


def test_exact_maximum_likelihood_arrives_at_the_closed_form() -> None:
    _, x = start("linear, one noise scale, d = 1", num_examples=100)
    best = LinearGaussian.fit(x, 1)
    model = LinearGaussian(torch.ones(4, 1), torch.zeros(4), 1.0)
    config = TrainConfig(epochs=200, batch_size=100, learning_rate=4e-2, progress=False)
    history = fit(model, x, config, objective=exact)
    assert history.train[-1] == pytest.approx(float(best.log_prob(x).mean().detach()), abs=1e-3)


@pytest.mark.parametrize("objective", [elbo, lambda model, x: iwae_bound(model, x, 3)])
def test_a_run_repeats_bit_for_bit_whatever_the_random_state(objective: Any) -> None:
    (first, x), (second, _) = start(), start()
    history = fit(first, x, CONFIG, objective=objective)
    torch.randn(5)
    assert fit(second, x, CONFIG, objective=objective) == history
    assert_same(first, second)


def test_the_seed_changes_the_run_and_the_global_generator_never_moves() -> None:
    (first, x), (second, _) = start(), start()
    with random_state_kept():
        history = fit(first, x, CONFIG, validation=x)
    other = fit(second, x, dataclasses.replace(CONFIG, seed=1), validation=x)
    assert other.train != history.train
    with random_state_kept(), pytest.raises(FloatingPointError):
        fit(first, x, CONFIG, objective=lambda model, x: elbo(model, x) * torch.nan)


def test_onlookers_change_nothing() -> None:
    (alone, x), (watched, _) = start(), start()
    history = fit(alone, x, CONFIG)

    def onlooker(epoch: int, model: Any) -> None:
        assert not torch.is_grad_enabled()
        torch.randn(epoch)

    watched_history = fit(watched, x, CONFIG, validation=x[:7], callback=onlooker)
    assert watched_history.train == history.train
    assert_same(alone, watched)


def batch_normed() -> Any:
    torch.manual_seed(4)
    encoder = nn.Sequential(nn.Linear(9, 6), nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 4))
    return zoo.VAE(zoo.DiagonalGaussian(encoder), zoo.Bernoulli(zoo.decoder_net(2, 9)), prior=StandardNormal(2))


def test_onlookers_do_not_move_the_statistics_of_batch_norm_and_see_no_dropout() -> None:
    x, modes = start()[1], []
    alone, watched = batch_normed(), batch_normed()
    fit(alone, x, CONFIG)
    fit(watched, x, CONFIG, validation=x[:7], callback=lambda epoch, model: modes.append(model.encoder.training))
    assert_same(alone, watched)
    assert modes == [False] * 3
    assert watched.training


def test_validation_is_scored_with_the_same_noise_every_epoch() -> None:
    model, x = start()
    frozen = dataclasses.replace(CONFIG, learning_rate=1e-300)
    history = fit(model, x, frozen, validation=x)
    assert len(set(history.validation)) == 1
    assert len(set(history.train)) == 3


def test_the_callback_is_called_after_every_epoch_counted_from_one() -> None:
    (model, x), seen = start(), []
    history = fit(model, x, CONFIG, callback=lambda epoch, model: seen.append((epoch, state(model))))
    assert [epoch for epoch, _ in seen] == [1, 2, 3]
    assert len({tuple(values["decoder.net.0.bias"].tolist()) for _, values in seen}) == 3
    assert torch.equal(seen[-1][1]["decoder.net.0.bias"], model.state_dict()["decoder.net.0.bias"])
    assert (len(history.train), history.validation) == (3, [])


@pytest.mark.parametrize("batch_size", [1, 6, 7, 20, 50])
def test_every_example_is_used_once_in_each_epoch_and_counts_the_same(batch_size: int) -> None:
    model, x = start("linear, one noise scale, d = 1", num_examples=20)
    batches: list[Tensor] = []

    def recorded(model: Any, x: Tensor) -> Tensor:
        batches.append(x)
        return model.log_prob(x)

    config = dataclasses.replace(CONFIG, epochs=2, batch_size=batch_size, learning_rate=1e-300)
    history = fit(model, x, config, objective=recorded)
    steps = math.ceil(20 / batch_size)
    assert [len(batch) for batch in batches[:steps]] == [min(batch_size, 20 - i * batch_size) for i in range(steps)]
    epochs = torch.cat(batches[:steps]), torch.cat(batches[steps:])
    for epoch in epochs:
        assert torch.equal(epoch.sort(dim=0).values, x.sort(dim=0).values)
    assert not torch.equal(*epochs), "shuffled anew"
    expected = float(model.log_prob(x).mean().detach())
    assert history.train == pytest.approx([expected, expected], abs=1e-9)


def test_a_step_is_adams_with_the_mean_of_the_batch() -> None:
    (model, x), config = start("linear, one noise scale, d = 2"), dataclasses.replace(CONFIG, epochs=4, batch_size=20)
    other = copy.deepcopy(model)
    fit(model, x, config, objective=exact)
    optimizer = torch.optim.Adam(other.parameters(), lr=config.learning_rate)
    for _ in range(4):
        optimizer.zero_grad()
        (-other.log_prob(x).mean()).backward()
        optimizer.step()
    for mine, reference in zip(model.parameters(), other.parameters(), strict=True):
        assert_close(mine, reference, "four steps", 1e-12)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_a_lost_number_stops_the_run_and_names_the_step(value: float) -> None:
    (model, x), calls = start(), []

    def lost(model: Any, x: Tensor) -> Tensor:
        calls.append(len(x))
        return elbo(model, x) + (value if len(calls) == 5 else 0.0)

    before: list[dict[str, Tensor]] = []
    with refused("objective was not finite", "step 2 of epoch 2", "learning_rate", error=FloatingPointError):
        fit(model, x, CONFIG, objective=lost, callback=lambda epoch, model: before.append(state(model)))
    assert all(torch.equal(before[-1][name], value) for name, value in model.state_dict().items()), "as before epoch 2"
    assert all(parameter.isfinite().all() for parameter in model.parameters())


WRONG: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a mean": (lambda model, x: elbo(model, x).mean(), (r"shape \[\]", "8 examples", "not their mean")),
    "a column": (lambda model, x: elbo(model, x)[:, None], (r"shape \[8, 1\]", r"\[8\]")),
    "a number": (lambda model, x: 3.0, ("objective", "float", r"\[8\]")),
    "no gradient": (lambda model, x: elbo(model, x).detach(), ("objective", "gradient")),
}


@pytest.mark.parametrize("kind", WRONG)
def test_an_objective_of_another_kind_is_refused(kind: str) -> None:
    objective, fragments = WRONG[kind]
    with refused(*fragments):
        fit(*start(), CONFIG, objective=objective)


def test_nothing_to_train_is_refused_and_what_is_frozen_stays() -> None:
    model, x = start()
    frozen = state(model.decoder)
    model.decoder.requires_grad_(False)
    fit(model, x, CONFIG)
    assert all(torch.equal(frozen[name], value) for name, value in model.decoder.state_dict().items())
    model.requires_grad_(False)
    with refused("VAE", "no parameter", "requires_grad"):
        fit(model, x, CONFIG)


def test_settings_are_frozen_and_a_history_starts_empty() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        CONFIG.epochs = 5  # type: ignore[misc]
    history = History()
    history.train.append(1.0)
    assert History() == History([], [])


def test_a_float32_model_is_trained_in_float32() -> None:
    model, x = start()
    fit(model.float(), x.float(), CONFIG)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
