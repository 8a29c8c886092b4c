"""Training: up, the same each time, unmoved by onlookers, and stopped where a number is lost."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import assert_close, random_state_kept, refused
from tests.support.narrowing import present
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, LinearGaussian, StandardNormal
from vae_tutorial.objectives import elbo, iwae_bound
from vae_tutorial.posteriors import DiagonalGaussian
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
    return VAE(DiagonalGaussian(encoder), Bernoulli(zoo.decoder_net(2, 9)), prior=StandardNormal(2))


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


SETTINGS: dict[str, dict[str, Any]] = {
    "weight decay": {"weight_decay": 0.1},
    "clipping": {"clip_norm": 0.5},
    "clipping that never bites": {"clip_norm": 1e6},
    "cosine": {"schedule": "cosine"},
    "linear": {"schedule": "linear"},
    "all": {"schedule": "cosine", "clip_norm": 0.5, "weight_decay": 0.1},
}


def own_loop(model: Any, train: Tensor, config: TrainConfig) -> list[Tensor]:
    """Train as anybody would with torch alone, for a model that need not be ours; return the gradients' norms."""
    steps = config.epochs * math.ceil(len(train) / config.batch_size)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    schedule: torch.optim.lr_scheduler.LRScheduler = {
        "constant": lambda: torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0),
        "cosine": lambda: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps),
        "linear": lambda: torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps),
    }[config.schedule]()
    norms = []
    torch.manual_seed(config.seed)
    for _ in range(config.epochs):
        for rows in torch.randperm(len(train)).split(config.batch_size):
            loss = -elbo(model, train[rows]).mean()
            optimizer.zero_grad()
            loss.backward()
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), config.clip_norm or math.inf))
            optimizer.step()
            schedule.step()
    return norms


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_settings_do_what_torchs_own_classes_do(kind: str) -> None:
    config = dataclasses.replace(CONFIG, epochs=4, **SETTINGS[kind])
    (model, x), (other, _), (plain, _) = start(), start(), start()
    fit(model, x, config)
    norms = own_loop(other, x, config)
    for own, expected in zip(model.parameters(), other.parameters(), strict=True):
        assert_close(own, expected, kind, 1e-12)
    fit(plain, x, dataclasses.replace(CONFIG, epochs=4))
    same = all(torch.equal(*pair) for pair in zip(model.parameters(), plain.parameters(), strict=True))
    assert same == (kind == "clipping that never bites")
    if "clip_norm" in SETTINGS[kind]:
        assert (min(norms) > present(config.clip_norm)) == (kind != "clipping that never bites"), (
            "it bites where it should"
        )


@pytest.mark.parametrize("num_steps", [1, 7])
def test_a_schedule_gives_torchs_numbers_at_every_step(num_steps: int) -> None:
    for name, build in (
        ("cosine", lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_steps)),
        ("linear", lambda optimizer: torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=num_steps)),
    ):
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(()))], lr=0.3)
        schedule = build(optimizer)
        config = TrainConfig(learning_rate=0.3, schedule=name)  # type: ignore[arg-type]
        for step in range(num_steps):
            assert config.learning_rate_at(step, num_steps) == pytest.approx(schedule.get_last_lr()[0], abs=1e-15)
            optimizer.step()
            schedule.step()
        assert config.learning_rate_at(0, num_steps) == 0.3
        assert config.learning_rate_at(num_steps, num_steps) == pytest.approx(0.0, abs=1e-15)
    assert TrainConfig(learning_rate=0.3).learning_rate_at(5, 7) == 0.3


@pytest.mark.parametrize("kind", SETTINGS)
def test_with_any_settings_a_stopped_run_goes_on_bit_for_bit(kind: str, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(epoch: int, model: Any) -> None:
        if epoch == 3:
            raise Stop

    config = dataclasses.replace(CONFIG, epochs=5, **SETTINGS[kind])
    (model, x), (stopped, _), (resumed, _) = start(), start(), start()
    history = fit(model, x, config)
    with pytest.raises(Stop):
        fit(stopped, x, config, callback=stop, checkpoint=tmp_path / "run")
    assert fit(resumed, x, config, checkpoint=tmp_path / "run") == history
    assert_same(model, resumed)


def test_settings_are_plain_values_that_a_file_can_hold() -> None:
    config = TrainConfig(schedule="cosine", clip_norm=1.0, weight_decay=0.1, patience=3)
    assert TrainConfig(**json.loads(json.dumps(dataclasses.asdict(config)))) == config
    assert TrainConfig(3, 8, 1e-2, 5) == TrainConfig(epochs=3, batch_size=8, learning_rate=1e-2, seed=5)


def sizes_of_validation(num_pixels: int, num_examples: int, batch_size: int) -> list[int]:
    """Return how many held-out examples the objective gets at once."""
    model = zoo.linear(num_pixels, 1, 1.0)
    sizes: list[int] = []

    def recorded(model: Any, x: Tensor) -> Tensor:
        if not torch.is_grad_enabled():
            sizes.append(len(x))
        return model.log_prob(x)

    x = torch.randn(num_examples, num_pixels)
    config = TrainConfig(epochs=1, batch_size=batch_size, learning_rate=1e-300, progress=False)
    history = fit(model, x[:batch_size], config, objective=recorded, validation=x)
    assert history.validation == pytest.approx([float(model.log_prob(x).mean().detach())], rel=1e-12)
    return sizes


def test_validation_is_scored_in_pieces_whose_size_does_not_grow_with_it() -> None:
    assert sizes_of_validation(784, 1000, batch_size=100) == [400, 400, 200]
    assert sizes_of_validation(784, 100, batch_size=5) == [41, 41, 18]  # 2^15 numbers
    assert sizes_of_validation(64, 400, batch_size=10) == [400]


def test_the_validation_of_a_book_is_one_piece_and_one_draw() -> None:
    model, x = start(num_examples=300)
    history = fit(model, x, dataclasses.replace(CONFIG, epochs=1), validation=x)
    torch.manual_seed(CONFIG.seed)
    with torch.no_grad():
        assert history.validation == [float(elbo(model, x).mean())]


@pytest.mark.parametrize("kind", ["a mean", "a column", "a number"])
def test_an_objective_of_another_kind_is_refused_for_validation_too(kind: str) -> None:
    objective, fragments = WRONG[kind]

    def wrong_when_validating(model: Any, x: Tensor) -> Tensor:
        return elbo(model, x) if torch.is_grad_enabled() else objective(model, x)

    model, x = start()
    with refused(*fragments):
        fit(model, x, CONFIG, objective=wrong_when_validating, validation=x[:8])


class Linear(nn.Module):
    """Stand for a model of somebody else: three methods, and nothing of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder, self.encoder = nn.Linear(2, 9), nn.Linear(9, 4)

    def prior(self) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(2), torch.ones(2)), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Bernoulli(logits=self.decoder(z)), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        loc, log_scale = self.encoder(x).chunk(2, dim=1)
        return td.Independent(td.Normal(loc, log_scale.exp()), 1)


def test_the_loop_that_use_the_package_shows_trains_as_fit_does() -> None:
    x = start(num_examples=250)[1]
    torch.manual_seed(3)
    model = Linear()
    other = copy.deepcopy(model)
    config = TrainConfig(epochs=20, schedule="cosine", clip_norm=5.0, weight_decay=0.01, progress=False)
    before = float(elbo(model, x, num_samples=100).mean().detach())
    fit(other, x, config)
    train, epochs = x, 20
    torch.manual_seed(0)
    # ten lines
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * math.ceil(len(train) / 100))
    for _ in range(epochs):
        for rows in torch.randperm(len(train)).split(100):
            loss = -elbo(model, train[rows]).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
    for own, expected in zip(model.parameters(), other.parameters(), strict=True):
        assert_close(own, expected, "ten lines", 1e-10)
    assert float(elbo(model, x, num_samples=100).mean().detach()) > before + 0.05
