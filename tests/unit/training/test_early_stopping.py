"""Early stopping: the best epoch by the validation objective is found, kept, and waited for as long as was asked."""

from __future__ import annotations

import copy
import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support import zoo
from tests.support.laws import refused
from vae_tutorial.objectives import elbo
from vae_tutorial.training import History, TrainConfig, fit

pytestmark = pytest.mark.usefixtures("double_precision")
CONFIG = TrainConfig(epochs=10, batch_size=10, learning_rate=1e-2, progress=False)
HELD_OUT = 7


class Scripted:
    """Score the training data by the ELBO, and the held-out data by a list of numbers, one for each epoch."""

    def __init__(self, scores: list[float]) -> None:
        self.scores = iter(scores)

    def __call__(self, model: Any, x: Tensor) -> Tensor:
        value = elbo(model, x)
        return value if len(x) != HELD_OUT else 0 * value + next(self.scores)


def run(scores: list[float], patience: int | None) -> tuple[History, Any, list[dict[str, Tensor]]]:
    """Return the history, the model as it was given back, and its state after each epoch."""
    model, x = zoo.make("Bernoulli, d = 2", num_examples=20)
    states: list[dict[str, Tensor]] = []
    history = fit(
        model,
        x,
        dataclasses.replace(CONFIG, patience=patience),
        objective=Scripted(scores),
        validation=x[:HELD_OUT],
        callback=lambda epoch, model: states.append(copy.deepcopy(model.state_dict())),
    )
    return history, model, states


#            scores of the epochs                              patience, epochs run, best epoch
SCRIPTS = [
    ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0], 1, 10, 10),
    ([5.0, 4.0, 3.0, 2.0, 1.0, 0.0, -1.0, -2.0, -3.0, -4.0], 1, 2, 1),
    ([5.0, 4.0, 3.0, 2.0, 1.0, 0.0, -1.0, -2.0, -3.0, -4.0], 4, 5, 1),
    ([1.0, 3.0, 2.0, 2.5, 4.0, 3.0, 3.0, 3.0, 9.0, 9.0], 3, 8, 5),
    ([1.0, 3.0, 2.0, 2.5, 4.0, 3.0, 3.0, 3.0, 9.0, 9.0], 4, 10, 9),
    ([1.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0], 2, 4, 2),
    ([-math.inf, -math.inf, -5.0, -6.0, -7.0, -8.0, -9.0, -9.0, -9.0, -9.0], 3, 6, 3),
    ([2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 50, 10, 1),
]


@pytest.mark.parametrize(("scores", "patience", "epochs", "best"), SCRIPTS)
def test_it_stops_when_patience_runs_out_and_gives_the_best_epoch_back(
    scores: list[float], patience: int, epochs: int, best: int
) -> None:
    history, model, states = run(scores, patience)
    assert len(history.train) == len(history.validation) == len(states) == epochs
    assert history.validation == scores[:epochs]
    assert history.best_epoch == best
    for name, value in model.state_dict().items():
        assert torch.equal(value, states[best - 1][name]), f"{name} is not that of epoch {best}"
    if best != epochs:
        last = states[-1]["decoder.net.0.weight"]
        assert not torch.equal(model.state_dict()["decoder.net.0.weight"], last), "the best, not the last"


@pytest.mark.parametrize(("scores", "patience", "epochs", "best"), SCRIPTS)
def test_without_patience_it_runs_to_the_end_and_keeps_the_last(
    scores: list[float], patience: int, epochs: int, best: int
) -> None:
    history, model, states = run(scores, None)
    assert len(history.train) == 10
    assert history.best_epoch == max(range(10), key=lambda epoch: scores[epoch]) + 1
    assert all(torch.equal(value, states[-1][name]) for name, value in model.state_dict().items())


def test_a_score_that_is_not_a_number_stops_the_run_and_never_counts_as_the_best() -> None:
    """No comparison with NaN is true: taken as a score, a NaN in the first epoch would stay the best for ever."""
    for scores in ([math.nan] + [1.0] * 9, [1.0, 2.0, math.nan] + [3.0] * 7):
        with refused("validation", "nan", "epoch", error=FloatingPointError):
            run(scores, 3)


def test_real_overfitting_is_stopped_near_the_peak() -> None:
    model, x = zoo.make("Bernoulli, d = 2", num_examples=40)
    train, validation = x[:15], x[15:]
    config = TrainConfig(epochs=400, batch_size=15, learning_rate=3e-2, patience=20, progress=False)
    history = fit(model, train, config, validation=validation)
    assert history.best_epoch is not None
    assert len(history.validation) == history.best_epoch + 20 < 400
    assert history.validation[history.best_epoch - 1] == max(history.validation)
    assert history.train[-1] > history.validation[-1] + 0.5, "the training data are scored better: over-fitted"
    with torch.no_grad():
        torch.manual_seed(config.seed)
        again = float(elbo(model, validation).mean())
    assert again == pytest.approx(max(history.validation), abs=1e-12), "the model given back scores as its epoch did"


def test_the_validation_objective_is_the_training_objective() -> None:
    model, x = zoo.make("linear, one noise scale, d = 1", num_examples=20)
    history = fit(model, x, CONFIG, objective=lambda model, x: 3 * model.log_prob(x), validation=x[:HELD_OUT])
    assert history.validation[-1] == pytest.approx(float(3 * model.log_prob(x[:HELD_OUT]).mean().detach()), abs=1e-12)


def test_the_best_epoch_counts_from_one_and_is_unknown_without_validation() -> None:
    assert History([1.0, 2.0], []).best_epoch is None
    assert History([1.0], [0.5]).best_epoch == 1
    assert History([1.0, 2.0, 3.0], [0.5, 0.9, 0.7]).best_epoch == 2
    assert History([1.0, 2.0, 3.0], [0.9, 0.9, 0.9]).best_epoch == 1


def test_patience_needs_something_to_watch() -> None:
    model, x = zoo.make("Bernoulli, d = 2", num_examples=20)
    with refused("patience is 3", "no validation set", "validation=", error=ValueError):
        fit(model, x, dataclasses.replace(CONFIG, patience=3))
    impossible: list[Any] = [0, -1, 2.5, True]
    for wrong in impossible:
        with refused("patience", "at least 1|must be an int"):
            dataclasses.replace(CONFIG, patience=wrong)
