"""fit(optimizer=…): any optimiser of torch's in the place of Adam, under the same settings, laws and checkpoints."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import refused
from vae_tutorial.objectives import elbo
from vae_tutorial.training import TrainConfig, fit
from vae_tutorial.training.adam import Adam
from vae_tutorial.training.chosen_optimizer import ChosenOptimizer, OptimizerFactory, make_optimizer

pytestmark = pytest.mark.usefixtures("double_precision")
RATE = 1e-2
CONFIG = TrainConfig(epochs=4, batch_size=8, learning_rate=RATE, progress=False)
NAMES = ["Adadelta", "Adagrad", "Adam", "Adamax", "AdamW", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD"]
OPTIMIZERS: dict[str, OptimizerFactory] = {
    name: functools.partial(getattr(torch.optim, name), lr=RATE) for name in NAMES
}
OPTIMIZERS["SGD with momentum"] = functools.partial(torch.optim.SGD, lr=RATE, momentum=0.9)
OPTIMIZERS["RMSprop, centred"] = functools.partial(torch.optim.RMSprop, lr=RATE, centered=True, momentum=0.5)


def start() -> tuple[Any, Tensor]:
    return zoo.make("Bernoulli, d = 2", num_examples=20)


def values(model: nn.Module) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in model.parameters()]


def same(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_torchs_adam_is_the_built_in_one_bit_for_bit(schedule: Any) -> None:
    config = dataclasses.replace(CONFIG, schedule=schedule, clip_norm=0.5)
    (own, x), (chosen, _) = start(), start()
    fit(own, x, config)
    fit(chosen, x, config, optimizer=functools.partial(torch.optim.Adam, lr=RATE, fused=True))
    assert same(values(own), values(chosen))


def test_a_step_of_sgd_is_the_learning_rate_times_the_mean_gradient() -> None:
    model, x = start()
    before = values(model)

    def objective(model: Any, x: Tensor) -> Tensor:
        return -sum((parameter**2).sum() for parameter in model.parameters()) * torch.ones(len(x))

    config = dataclasses.replace(CONFIG, epochs=1, batch_size=20)
    fit(model, x, config, objective=objective, optimizer=OPTIMIZERS["SGD"])
    for was, now in zip(before, values(model), strict=True):
        torch.testing.assert_close(now, was - RATE * 2 * was, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_run_that_was_stopped_goes_on_bit_for_bit(name: str, tmp_path: Path) -> None:
    (whole, x), (halves, _), (plain, _) = start(), start(), start()
    fit(whole, x, CONFIG, optimizer=OPTIMIZERS[name])
    path = tmp_path / "run.safetensors"
    fit(halves, x, dataclasses.replace(CONFIG, epochs=2), optimizer=OPTIMIZERS[name], checkpoint=path)
    again, _ = start()
    history = fit(again, x, CONFIG, optimizer=OPTIMIZERS[name], checkpoint=path)
    assert same(values(whole), values(again))
    assert len(history.train) == 4
    fit(plain, x, CONFIG)
    assert name == "Adam" or not same(values(whole), values(plain))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_another_goes_on_from_a_state_as_if_it_had_made_the_steps(name: str) -> None:
    torch.manual_seed(0)
    ones = [nn.Parameter(torch.randn(3, 2)), nn.Parameter(torch.randn(4))]
    first = ChosenOptimizer(OPTIMIZERS[name], ones, CONFIG)
    fresh = {key: value.clone() for key, value in first.state().items()}
    assert (fresh == {}) == (name != "Adagrad")  # which makes its own at once

    def step(optimizer: ChosenOptimizer, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for parameter in optimizer.parameters:
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        optimizer.step()

    for seed in range(3):
        step(first, seed)
    others = [nn.Parameter(own.detach().clone()) for own in ones]
    second = ChosenOptimizer(OPTIMIZERS[name], others, CONFIG)
    second.load_state({key: value.clone() for key, value in first.state().items()})
    for seed in range(3, 6):
        step(first, seed)
        step(second, seed)
    assert same([own.detach() for own in ones], [own.detach() for own in others])
    second.load_state(fresh)
    assert second.state().keys() == fresh.keys()


def test_a_broken_epoch_gives_the_optimiser_back_too() -> None:
    model, x = start()
    calls: list[int] = []
    made: list[torch.optim.Optimizer] = []

    def objective(model: Any, x: Tensor) -> Tensor:
        calls.append(0)
        return elbo(model, x) * (torch.nan if len(calls) > 4 else 1.0)  # three batches in an epoch

    def factory(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        made.append(OPTIMIZERS["SGD with momentum"](parameters))
        return made[-1]

    with refused("nan", error=FloatingPointError):
        fit(model, x, CONFIG, objective=objective, optimizer=factory)
    other, _ = start()
    fit(other, x, dataclasses.replace(CONFIG, epochs=1), optimizer=factory)
    assert same(*([state["momentum_buffer"] for state in one.state.values()] for one in made))
    assert same(values(model), values(other))


def test_the_schedule_scales_every_group_of_parameters() -> None:
    model, _ = start()
    parameters = list(model.parameters())

    def factory(given: list[nn.Parameter]) -> torch.optim.Optimizer:
        groups: list[dict[str, Any]] = [{"params": given[:2]}, {"params": given[2:], "lr": 4 * RATE}]
        return torch.optim.SGD(groups, lr=RATE)

    optimizer = make_optimizer(factory, parameters, CONFIG)
    assert isinstance(optimizer, ChosenOptimizer)
    optimizer.learning_rate = RATE / 2
    assert [group["lr"] for group in optimizer.inner.param_groups] == pytest.approx([RATE / 2, 2 * RATE])
    assert optimizer.learning_rate == RATE / 2
    assert isinstance(make_optimizer(None, parameters, CONFIG), Adam)


SGD = functools.partial(torch.optim.SGD, lr=RATE)
CONTRADICTIONS: dict[str, tuple[Any, TrainConfig, type[Exception], tuple[str, ...]]] = {
    "weight decay": (SGD, dataclasses.replace(CONFIG, weight_decay=0.1), ValueError, ("weight_decay", "0.1", "SGD")),
    "learning rate": (
        functools.partial(torch.optim.SGD, lr=0.5),
        CONFIG,
        ValueError,
        ("learning_rate", "0.01", r"TrainConfig\(learning_rate=0.5\)"),
    ),
    "no optimiser": (lambda parameters: None, CONFIG, TypeError, ("NoneType", "torch.optim.Optimizer")),
    "closure": (functools.partial(torch.optim.LBFGS, lr=RATE), CONFIG, TypeError, ("LBFGS", "new samples")),
    "foreign": (lambda given: SGD([nn.Parameter(torch.ones(1))]), CONFIG, ValueError, ("not the model's",)),
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_a_contradiction_is_refused_with_a_sentence_before_the_first_step(kind: str) -> None:
    factory, config, error, fragments = CONTRADICTIONS[kind]
    model, x = start()
    before = values(model)
    with refused(*fragments, error=error):
        fit(model, x, config, optimizer=factory)
    assert same(values(model), before)


def test_a_state_that_no_run_can_put_back_is_refused() -> None:
    optimizer = ChosenOptimizer(SGD, [parameter := nn.Parameter(torch.ones(2))], CONFIG)
    optimizer.inner.state[parameter]["notes"] = "kept"
    with refused("SGD", "str", "notes", error=TypeError):
        optimizer.state()


def test_the_optimiser_belongs_to_a_run_and_another_is_refused_by_name(tmp_path: Path) -> None:
    model, x = start()
    path = tmp_path / "run.safetensors"
    fit(model, x, CONFIG, checkpoint=path, optimizer=functools.partial(torch.optim.SGD, lr=RATE, momentum=0.5))
    with refused("optimizer's argument momentum = 0.5, not 0.9"):
        fit(start()[0], x, CONFIG, checkpoint=path, optimizer=OPTIMIZERS["SGD with momentum"])
    with refused("optimizer", "absent"):
        fit(start()[0], x, CONFIG, checkpoint=path)
    other = tmp_path / "adam.safetensors"
    fit(start()[0], x, CONFIG, checkpoint=other)
    with refused("optimizer = absent"):
        fit(start()[0], x, CONFIG, checkpoint=other, optimizer=SGD)
