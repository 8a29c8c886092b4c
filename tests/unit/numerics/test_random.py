"""Generators: a run touches its own device's and the processor's, and gives back what it touches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support import zoo
from tests.support.laws import random_state_kept, refused
from vae_tutorial.numerics import random
from vae_tutorial.objectives import elbo
from vae_tutorial.training import TrainConfig, fit, loop

pytestmark = pytest.mark.usefixtures("double_precision")
CONFIG = TrainConfig(epochs=3, batch_size=8, learning_rate=1e-2, progress=False)
ELSEWHERE = torch.device("xpu", 1)


class Accelerator:
    """Stand for torch's module of a device: two generators, and the one that is in use."""

    def __init__(self) -> None:
        self.generators = [torch.Generator().manual_seed(17 + index) for index in range(2)]
        self.current = 0

    @contextmanager
    def device(self, device: torch.device) -> Iterator[None]:
        self.current, before = device.index, self.current
        yield
        self.current = before

    def get_rng_state(self, device: torch.device) -> Tensor:
        return self.generators[device.index].get_state()

    def set_rng_state(self, state: Tensor, device: torch.device) -> None:
        self.generators[device.index].set_state(state)

    def manual_seed(self, seed: int) -> None:
        self.generators[self.current].manual_seed(seed)


@pytest.fixture
def accelerator(monkeypatch: pytest.MonkeyPatch) -> Accelerator:
    module = Accelerator()
    monkeypatch.setattr(torch, "xpu", module)
    return module


def forbidden(name: str) -> Any:
    def call(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"{name} was called")

    return call


def test_a_run_on_the_processor_touches_no_generator_of_another_device(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = zoo.make("Bernoulli, d = 2", num_examples=20)
    for module in (torch.cuda, torch.mps, torch.xpu, torch.mtia):
        for name in ("manual_seed", "manual_seed_all", "get_rng_state", "set_rng_state"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, forbidden(f"{module.__name__}.{name}"))
    monkeypatch.setattr(torch, "manual_seed", forbidden("torch.manual_seed"))  # it seeds every device

    def draw(epoch: int, model: Any) -> None:
        elbo(model, x)

    with random_state_kept():
        fit(model, x, CONFIG, validation=x, callback=draw)


def test_seeding_and_keeping_reach_one_accelerator_and_the_processor(accelerator: Accelerator) -> None:
    before = random.generator_states(ELSEWHERE)
    other = accelerator.generators[0].get_state()
    assert list(before) == ["cpu", "xpu"]
    with random.isolated_rng(ELSEWHERE):
        random.seed_generators(5, ELSEWHERE)
        expected = torch.randn(3, generator=torch.Generator().manual_seed(5))
        assert torch.equal(torch.randn(3), expected)
        assert torch.equal(torch.randn(3, generator=accelerator.generators[1]), expected)
    assert torch.equal(accelerator.generators[0].get_state(), other)
    after = random.generator_states(ELSEWHERE)
    assert all(torch.equal(before[name], after[name]) for name in before)
    torch.randn(3)
    torch.randn(3, generator=accelerator.generators[1])
    random.set_generator_states(before, ELSEWHERE)
    assert all(torch.equal(before[name], value) for name, value in random.generator_states(ELSEWHERE).items())


def test_they_are_given_back_after_an_error(accelerator: Accelerator) -> None:
    before = random.generator_states(ELSEWHERE)
    with refused("lost", error=KeyError), random.isolated_rng(ELSEWHERE):
        random.seed_generators(5, ELSEWHERE)
        raise KeyError("lost")
    assert all(torch.equal(before[name], value) for name, value in random.generator_states(ELSEWHERE).items())


def test_a_generator_that_cannot_be_kept_is_not_seeded() -> None:
    with random_state_kept(), random.isolated_rng(torch.device("meta")):
        random.seed_generators(5, torch.device("meta"))
        assert list(random.generator_states(torch.device("meta"))) == ["cpu"]


def test_looking_does_not_rewind_the_noise_of_an_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is told that it lives elsewhere; its objective draws there."""
    pairs = [zoo.make("Bernoulli, d = 2", num_examples=20) for _ in range(2)]
    accelerator = Accelerator()
    monkeypatch.setattr(torch, "xpu", accelerator)
    monkeypatch.setattr(loop, "isolated_rng", lambda device: random.isolated_rng(ELSEWHERE))
    monkeypatch.setattr(loop, "seed_generators", lambda seed, device: random.seed_generators(seed, ELSEWHERE))
    before = random.generator_states(ELSEWHERE)
    runs = []
    for validation, (model, x) in zip((False, True), pairs, strict=True):
        drawn: list[float] = []

        def objective(model: Any, x: Tensor, drawn: list[float] = drawn) -> Tensor:
            noise = torch.randn((), generator=accelerator.generators[1])
            if torch.is_grad_enabled():
                drawn.append(float(noise))
            return elbo(model, x) + noise

        history = fit(model, x, CONFIG, objective=objective, validation=x if validation else None)
        assert len(set(drawn)) == 9, "every step of three epochs has noise of its own"
        runs.append((history.train, drawn))
    assert runs[0] == runs[1], "looking changes nothing"
    assert all(torch.equal(before[name], value) for name, value in random.generator_states(ELSEWHERE).items())
