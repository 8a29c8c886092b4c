"""On a GPU every function does what it does on the processor; without one, this file is skipped."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributions as td
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import assert_close, assert_mean, refused
from vae_tutorial import evidence
from vae_tutorial.objectives import elbo
from vae_tutorial.training import TrainConfig, fit
from vae_tutorial.training.adam import Adam

if not torch.cuda.is_available():
    pytest.skip("torch finds no GPU", allow_module_level=True)

pytestmark = pytest.mark.usefixtures("double_precision")
GPU = torch.device("cuda", 0)
WITHOUT_CHANCE = {"quadrature", "enumeration", "elbo_terms_by_quadrature", "grid_posterior", "kl_to_posterior"}
CONFIG = TrainConfig(epochs=4, batch_size=8, learning_rate=1e-2, progress=False)
TRAINABLE = [name for name in zoo.CONTINUOUS if name not in ("mixture prior", "plain class")]  # no modules


def both(name: str, num_examples: int = 6) -> tuple[tuple[Any, Tensor], tuple[Any, Tensor]]:
    """Return a member of the zoo with its examples on the processor, and the same on the GPU."""
    model, x = zoo.make(name, num_examples)
    with GPU:  # a class of one's own, or a prior that is no module, cannot be moved: it is made there
        there = zoo.ALL[name]()
    with torch.no_grad():
        for own, value in zip(zoo.parameters(there), zoo.parameters(model), strict=True):
            own.copy_(value)
    return (model, x), (there, x.to(GPU))


def tensors_in(result: Any) -> Iterator[Tensor]:
    """Yield every tensor of a result, whatever holds it."""
    if isinstance(result, Tensor):
        yield result
    elif isinstance(result, nn.Module):
        yield from result.state_dict().values()
    elif isinstance(result, td.Distribution):
        yield result.mean
    elif dataclasses.is_dataclass(result):
        for field in dataclasses.fields(result):
            yield from tensors_in(getattr(result, field.name))
    elif isinstance(result, list | tuple):
        for part in result:
            yield from tensors_in(part)


def outcome(function: Callable[[Any, Tensor], Any], model: Any, x: Tensor) -> Any:
    """Return what a function returns, or the kind of error that it raises."""
    try:
        return function(model, x)
    except (TypeError, ValueError, NotImplementedError) as error:
        return type(error)


@pytest.mark.parametrize("call", zoo.CALLS)
@pytest.mark.parametrize("name", zoo.ALL)
def test_every_function_answers_on_the_gpu_as_on_the_processor(name: str, call: str) -> None:
    here, there = both(name)
    expected, found = outcome(zoo.CALLS[call], *here), outcome(zoo.CALLS[call], *there)
    assert type(found) is type(expected)
    if isinstance(expected, type):
        assert found is expected
        return
    pairs = list(zip(tensors_in(found), tensors_in(expected), strict=True))
    for own, other in pairs:
        assert (own.device, own.shape, own.dtype) == (GPU, other.shape, other.dtype)
        if call in WITHOUT_CHANCE:
            assert_close(own.cpu(), other, f"{call} of {name}", 1e-8)


@pytest.mark.parametrize("name", ["linear, one noise scale, d = 2", "Bernoulli, d = 2", "full posterior"])
def test_estimates_from_samples_drawn_on_the_gpu_average_to_the_evidence(name: str) -> None:
    (model, x), (there, moved) = both(name)
    expected = zoo.log_prob(model, x).exp()
    estimators: list[Callable[..., Any]] = [evidence.prior_monte_carlo, evidence.importance_sampling]
    for estimator in estimators:
        runs = torch.stack([estimator(there, moved, num_samples=500).log_prob for _ in range(200)])
        assert_mean(runs.exp().cpu(), expected, f"{estimator.__name__}, {name}")


def test_what_lies_on_another_device_is_refused() -> None:
    (model, x), (there, moved) = both("Bernoulli, d = 2")
    for args in ((model, moved), (there, x)):
        with refused("x is on", "prior is on", r"\.to\(device\)"):
            elbo(*args)
        with refused("train is on", "prior is on", r"\.to\(device\)"):
            fit(*args, CONFIG)


@pytest.mark.parametrize("name", TRAINABLE)
def test_a_run_on_the_gpu_rises_repeats_and_leaves_the_generators(name: str) -> None:
    _, (model, x) = both(name, num_examples=60)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    again = copy.deepcopy(model)
    config = dataclasses.replace(CONFIG, epochs=15)
    states = torch.get_rng_state(), torch.cuda.get_rng_state(GPU)
    history = fit(model, x, config, validation=x)
    assert torch.equal(states[0], torch.get_rng_state())
    assert torch.equal(states[1], torch.cuda.get_rng_state(GPU))
    torch.randn(3, device=GPU)
    assert fit(again, x, config, validation=x) == history
    assert all(torch.equal(*pair) for pair in zip(model.parameters(), again.parameters(), strict=True))
    assert sum(history.train[-3:]) > sum(history.train[:3]) + 0.3
    assert history.validation[-1] > history.validation[0]


def test_the_first_steps_are_those_of_the_processor() -> None:
    """The closed form has no chance in it but the order of the examples, and one batch holds them all."""
    (model, x), (there, moved) = both("linear, one noise scale, d = 2", num_examples=20)
    whole = dataclasses.replace(CONFIG, batch_size=20)
    histories = [fit(m, data, whole, objective=lambda m, x: m.log_prob(x)) for m, data in ((model, x), (there, moved))]
    assert histories[0].train == pytest.approx(histories[1].train, abs=1e-9)
    for own, other in zip(there.parameters(), model.parameters(), strict=True):
        assert_close(own.cpu(), other, "after four steps", 1e-9)


class Stop(Exception):
    pass


def test_a_stopped_run_goes_on_from_its_checkpoint_bit_for_bit(tmp_path: Path) -> None:
    def stop(epoch: int, model: Any) -> None:
        if epoch == 3:
            raise Stop

    _, (model, x) = both("Bernoulli, d = 2", num_examples=20)
    stopped, resumed = copy.deepcopy(model), copy.deepcopy(model)
    history = fit(model, x, CONFIG)
    with pytest.raises(Stop):
        fit(stopped, x, CONFIG, callback=stop, checkpoint=tmp_path / "run")
    assert fit(resumed, x, CONFIG, checkpoint=tmp_path / "run") == history
    assert all(torch.equal(*pair) for pair in zip(model.parameters(), resumed.parameters(), strict=True))


WAITING: dict[str, dict[str, Any]] = {
    "plain": {},
    "all settings": {"schedule": "cosine", "clip_norm": 0.5, "weight_decay": 0.1},
    "transformed": {"transform": lambda x: torch.bernoulli(0.2 + 0.6 * x)},
}


@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype")
@pytest.mark.parametrize("kind", WAITING)
def test_no_step_waits_for_the_gpu(kind: str) -> None:
    """Torch raises at whatever would wait; the loop may at the end of an epoch, which reads the mean."""
    _, (model, x) = both("Bernoulli, d = 2", num_examples=40)
    settings = dict(WAITING[kind])
    transform = settings.pop("transform", None)
    seen = []

    def objective(model: Any, x: Tensor) -> Tensor:
        seen.append(1)
        last_of_its_epoch = len(seen) % 5 == 0
        torch.cuda.set_sync_debug_mode("default" if last_of_its_epoch else "error")
        return elbo(model, x)

    try:
        fit(model, x, dataclasses.replace(CONFIG, **settings), objective=objective, transform=transform)
        torch.cuda.set_sync_debug_mode("error")
        with pytest.raises(RuntimeError, match="synchroniz"):
            x.sum().item()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert len(seen) == 5 * CONFIG.epochs


def test_the_data_may_stay_on_the_processor_where_the_transform_moves_each_batch() -> None:
    (_, x), (model, _) = both("Bernoulli, d = 2", num_examples=20)
    states = torch.get_rng_state(), torch.cuda.get_rng_state(GPU)
    history = fit(model, x, CONFIG, transform=lambda x: x.to(GPU), validation=x)
    assert len(history.train) == len(history.validation) == CONFIG.epochs
    assert torch.equal(states[0], torch.get_rng_state())
    assert torch.equal(states[1], torch.cuda.get_rng_state(GPU))
    with refused("train is on", "prior is on"):
        fit(model, x, CONFIG)


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_adam_makes_the_steps_of_torch_bit_for_bit(dtype: torch.dtype, weight_decay: float) -> None:
    own = [nn.Parameter(torch.randn(shape, device=GPU, dtype=dtype)) for shape in ((40, 30), (40,), (7, 5))]
    theirs = copy.deepcopy(own)
    torchs: Any = torch.optim.AdamW if weight_decay else torch.optim.Adam
    mine = Adam(own, 0.03, weight_decay)
    reference = torchs(theirs, lr=0.03, weight_decay=weight_decay, fused=True)
    for step in range(9):
        for index, (parameter, other) in enumerate(zip(own, theirs, strict=True)):
            gradient = None if (step + index) % 4 == 0 else torch.randn_like(parameter)
            parameter.grad, other.grad = gradient, gradient
        mine.step()
        reference.step()
    assert all(torch.equal(*pair) for pair in zip(own, theirs, strict=True))
