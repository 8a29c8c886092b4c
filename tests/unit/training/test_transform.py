"""A transform makes each batch anew, from the run's own chance, and what it makes is checked."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support import zoo
from tests.support.laws import assert_mean, random_state_kept, refused
from vae_tutorial.datasets import binarize
from vae_tutorial.likelihoods import Binomial
from vae_tutorial.objectives import elbo
from vae_tutorial.training import TrainConfig, fit, loop

pytestmark = pytest.mark.usefixtures("double_precision")
CONFIG = TrainConfig(epochs=3, batch_size=8, learning_rate=1e-2, progress=False)


def start(num_examples: int = 20) -> tuple[Any, Tensor]:
    """Return a model of binary images and grey ones."""
    model, x = zoo.make("Bernoulli, d = 2", num_examples=num_examples)
    return model, 0.1 + 0.8 * torch.rand(x.shape, generator=torch.Generator().manual_seed(1))


def dynamic(x: Tensor) -> Tensor:
    return binarize(x, "dynamic")


def recorded(batches: list[Tensor]) -> Callable[[Any, Tensor], Tensor]:
    def objective(model: Any, x: Tensor) -> Tensor:
        batches.append(x)
        return elbo(model, x)

    return objective


def same(model: Any, other: Any) -> bool:
    return all(torch.equal(*pair) for pair in zip(model.parameters(), other.parameters(), strict=True))


def test_grey_values_are_binarised_anew_for_each_batch_of_each_epoch() -> None:
    model, grey = start(4)
    batches: list[Tensor] = []
    with refused("train holds 0", "support", "binarise"):
        fit(model, grey, CONFIG)
    with random_state_kept():
        fit(model, grey, dataclasses.replace(CONFIG, epochs=600), objective=recorded(batches), transform=dynamic)
    draws = torch.stack(batches)
    assert draws.shape == (600, 4, 9)
    assert draws.unique().tolist() == [0.0, 1.0]
    assert_mean(draws.mean(1), grey.mean(0), "pixels over 600 epochs")


def test_the_draws_are_the_runs_own_from_its_first_step_on() -> None:
    model, grey = start()
    batches: list[Tensor] = []
    fit(model, grey, CONFIG, objective=recorded(batches), transform=dynamic)
    torch.manual_seed(CONFIG.seed)
    rows = torch.randperm(20)[:8]
    assert torch.equal(batches[0], torch.bernoulli(grey[rows]))


def test_doing_nothing_is_the_same_as_no_transform_bit_for_bit() -> None:
    (model, x), (other, _) = (zoo.make("Bernoulli, d = 2", num_examples=20) for _ in range(2))
    assert fit(model, x, CONFIG, validation=x) == fit(other, x, CONFIG, validation=x, transform=lambda x: x)
    assert same(model, other)


def test_a_run_repeats_and_goes_on_from_its_checkpoint_bit_for_bit(tmp_path: Path) -> None:
    model, grey = start()
    again, resumed = copy.deepcopy(model), copy.deepcopy(model)
    settings: dict[str, Any] = {"transform": dynamic, "validation": grey}
    history = fit(model, grey, CONFIG, **settings)
    torch.randn(3)
    assert fit(again, grey, CONFIG, **settings) == history
    fit(resumed, grey, dataclasses.replace(CONFIG, epochs=1), checkpoint=tmp_path / "run", **settings)
    assert fit(resumed, grey, CONFIG, checkpoint=tmp_path / "run", **settings) == history
    assert same(model, again)
    assert same(model, resumed)


def test_train_may_be_whatever_the_transform_makes_data_of() -> None:
    model, grey = start()
    batches: list[Tensor] = []
    images = (255 * grey).round().to(torch.uint8).view(-1, 3, 3)

    def scaled(images: Tensor) -> Tensor:
        return torch.bernoulli(images.flatten(1).double() / 255)

    fit(model, images, CONFIG, objective=recorded(batches), transform=scaled, validation=images)
    assert {(x.dtype, x.shape[1:]) for x in batches} == {(torch.float64, (9,))}


def test_validation_is_transformed_with_the_same_draw_after_every_epoch_and_moves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (model, grey), (alone, _) = start(), start()
    seen: list[Tensor] = []

    def objective(model: Any, x: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            seen.append(x)
        return elbo(model, x)

    monkeypatch.setattr(loop, "NUMBERS_AT_ONCE", 1)  # pieces of four batches, however small
    frozen = dataclasses.replace(CONFIG, batch_size=2, learning_rate=1e-300)
    history = fit(model, grey, frozen, objective=objective, validation=grey, transform=dynamic)
    assert [len(x) for x in seen] == [8, 8, 4] * 3
    draws = [torch.cat(seen[epoch : epoch + 3]) for epoch in (0, 3, 6)]
    assert all(torch.equal(draw, draws[0]) for draw in draws)
    assert set(draws[0].unique().tolist()) == {0.0, 1.0}
    assert len(set(history.validation)) == 1
    assert len(set(history.train)) == 3
    assert fit(alone, grey, frozen, transform=dynamic).train == history.train


def test_a_transform_that_works_in_place_leaves_the_data_alone() -> None:
    model, grey = start()
    before = grey.clone()
    fit(model, grey, CONFIG, transform=lambda x: x.bernoulli_(x), validation=grey)
    assert torch.equal(grey, before)


WRONG: dict[str, tuple[Any, tuple[str, ...]]] = {
    "no function": (3.0, ("transform", "function", "float")),
    "a list": (lambda x: x.tolist(), (r"transform\(train\)", "returned a list", r"20 examples", r"\[20, D\]")),
    "one row": (lambda x: x[:1].round(), (r"transform\(train\)", r"shape \[1, 9\]", "20 examples")),
    "grey values": (lambda x: x, (r"transform\(train\) holds 0\.", "support", "Bernoulli")),
    "NaN": (lambda x: x.round() * torch.nan, (r"transform\(train\) holds nan", "finite")),
    "single precision": (lambda x: x.round().float(), (r"transform\(train\) is torch.float32", "float64")),
    "images": (lambda x: x.round().view(-1, 3, 3), (r"transform\(train\)", r"\[N, D\]", r"\[20, 3, 3\]")),
    "too many pixels": (lambda x: x.round().repeat(1, 2), (r"transform\(train\)", r"\[20, 18\]", r"event \[9\]")),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_makes_no_data_is_refused_before_the_first_step(kind: str) -> None:
    transform, fragments = WRONG[kind]
    model, grey = start()
    with random_state_kept(), refused(*fragments):
        fit(model, grey, CONFIG, transform=transform)


@pytest.mark.parametrize(
    ("train", "fragments"),
    [
        ([[0.5]], ("train must be a torch.Tensor", "list")),
        (torch.zeros(0, 9), ("train holds no example", "first axis")),
        (torch.tensor(0.5), ("train holds no example", "first axis")),
    ],
)
def test_even_with_a_transform_train_counts_examples(train: Any, fragments: tuple[str, ...]) -> None:
    with refused(*fragments):
        fit(start()[0], train, CONFIG, transform=dynamic)


def spoiled_later(how: Callable[[Tensor], Tensor], grey: Tensor) -> Callable[[Tensor], Tensor]:
    """Spoil the batch that holds the last example, whenever it comes, but not the first look at the data."""
    calls: list[int] = []

    def transform(x: Tensor) -> Tensor:
        calls.append(1)
        holds_last = bool((x == grey[-1]).all(1).any())
        return how(x.round()) if holds_last and len(calls) > 4 else x.round()

    return transform


LATER: dict[str, tuple[Callable[[Tensor], Tensor], tuple[str, ...]]] = {
    "grey": (
        lambda x: x / 2,
        (r"transform\(train\) holds 0.5", "support", "step [123] of epoch 2", "as it was before"),
    ),
    "infinite": (lambda x: x / 0, (r"transform\(train\) holds (inf|nan)", "finite", "step [123] of epoch 2")),
    "another dtype": (lambda x: x.float(), (r"transform\(train\) returned", "float32", "float64", "one kind")),
    "another width": (lambda x: x[:, :8], (r"transform\(train\) returned", r"8\]", r"9\]", "one kind")),
}


@pytest.mark.parametrize("kind", LATER)
def test_a_batch_that_is_spoiled_later_stops_the_run_and_the_epoch_leaves_no_trace(kind: str) -> None:
    how, fragments = LATER[kind]
    model, grey = start()
    after: list[Any] = []
    with random_state_kept(), refused(*fragments):
        fit(
            model,
            grey,
            CONFIG,
            transform=spoiled_later(how, grey),
            callback=lambda epoch, model: after.append(copy.deepcopy(model)),
        )
    assert len(after) == 1
    assert same(model, after[0])


def test_every_piece_of_validation_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "NUMBERS_AT_ONCE", 1)
    (model, _), grey = start(), start(200)[1]
    held_out = grey.clone()
    held_out[-1] = -1.0
    with refused(r"transform\(validation\) holds -1", "support"):
        fit(model, grey, CONFIG, transform=lambda x: torch.where(x < 0, x, x.round()), validation=held_out)


def test_counts_are_judged_by_their_own_support() -> None:
    model = zoo.vae(2, Binomial(zoo.decoder_net(2, 4), total_count=5), 4)
    x = torch.rand(20, 4)
    fit(model, x, CONFIG, transform=lambda x: (5 * x).round())
    with refused(r"transform\(train\) holds", "support", "Binomial"):
        fit(model, x, CONFIG, transform=lambda x: 6 + (5 * x).round())


def test_data_that_are_changed_in_place_between_epochs_are_checked_again() -> None:
    """A callback that draws the data anew, in place, was the way before there was a transform."""
    model, x = zoo.make("Bernoulli, d = 2", num_examples=20)

    def anew(epoch: int, model: Any) -> None:
        x.bernoulli_(0.5)

    def grey(epoch: int, model: Any) -> None:
        x.clamp_(min=0.5)

    fit(model, x, CONFIG, callback=anew)
    with refused("train holds 0.5", "support"):
        fit(model, x, CONFIG, callback=grey)
