"""A checkpoint goes on with the run that it was made by, and with no other: each difference is refused by name."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributions as td
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import refused
from vae_tutorial.likelihoods import Bernoulli, Binomial
from vae_tutorial.models import VAE, StandardNormal
from vae_tutorial.objectives import beta_elbo, elbo, iwae_bound
from vae_tutorial.posteriors import DiagonalGaussian
from vae_tutorial.training import TrainConfig, fit
from vae_tutorial.training.config import History
from vae_tutorial.training.identity import differences, identify

pytestmark = pytest.mark.usefixtures("double_precision")
CONFIG = TrainConfig(epochs=2, batch_size=10, progress=False)
BETA = 1.0


def start() -> tuple[Any, Tensor]:
    return zoo.make("Bernoulli, d = 2", num_examples=20)


def run(path: Path, objective: Any = elbo, model: Any = None, validation: Any = None, **changes: Any) -> History:
    fresh, x = start()
    model = fresh if model is None else model
    return fit(
        model,
        x,
        dataclasses.replace(CONFIG, **changes),
        objective=objective,
        validation=None if validation is None else validation(x),
        checkpoint=path,
    )


@dataclasses.dataclass
class Weighted:
    beta: float
    layers: tuple[int, ...] = (1,)

    def __call__(self, model: Any, x: Tensor) -> Tensor:
        return beta_elbo(model, x, self.beta)

    def method(self, model: Any, x: Tensor) -> Tensor:
        return beta_elbo(model, x, self.beta)


def closure(beta: Any) -> Callable[[Any, Tensor], Tensor]:
    def objective(model: Any, x: Tensor) -> Tensor:
        return beta_elbo(model, x, float(beta))

    return objective


def default(value: float) -> Callable[[Any, Tensor], Tensor]:
    def objective(model: Any, x: Tensor, beta: float = value) -> Tensor:
        return beta_elbo(model, x, beta)

    return objective


def keyword(value: float) -> Callable[[Any, Tensor], Tensor]:
    def objective(model: Any, x: Tensor, *, beta: float = value) -> Tensor:
        return beta_elbo(model, x, beta)

    return objective


def global_one(value: float) -> Callable[[Any, Tensor], Tensor]:
    """Return a function of a notebook, whose globals are its own."""
    lines = "def helper(model, x):\n    return beta_elbo(model, x, BETA)\nobjective = lambda model, x: helper(model, x)"
    names: dict[str, Any] = {"beta_elbo": beta_elbo, "BETA": value, "unread": object()}
    exec(compile(lines, "<notebook>", "exec"), names)
    return names["objective"]


def teacher(value: float) -> nn.Linear:
    net = nn.Linear(1, 1)
    nn.init.constant_(net.weight, value)
    nn.init.zeros_(net.bias)
    return net


def taught(model: Any, x: Tensor, *, net: nn.Linear) -> Tensor:
    return elbo(model, x) * net.weight.detach().sum()


SWEEPS: dict[str, tuple[Callable[[float], Any], str]] = {
    "partial": (lambda beta: functools.partial(beta_elbo, beta=beta), r"objective's argument beta = 1.0, not 8.0"),
    "partial, by position": (
        lambda beta: functools.partial(lambda b, model, x: beta_elbo(model, x, b), beta),
        "objective's argument 1 = 1.0, not 8.0",
    ),
    "partial of a partial": (
        lambda beta: functools.partial(functools.partial(beta_elbo), beta=beta),
        "objective's argument beta = 1.0, not 8.0",
    ),
    "tensor": (lambda beta: closure(torch.tensor(beta)), r"closure beta = \[\] float64 sha256:\w+, not \[\]"),
    "closure": (closure, "objective's closure beta = 1.0, not 8.0"),
    "default": (default, "objective's default beta = 1.0, not 8.0"),
    "keyword": (keyword, "objective's default beta = 1.0, not 8.0"),
    "global, two functions deep": (global_one, "objective's global helper's global BETA = 1.0, not 8.0"),
    "object": (Weighted, "objective's beta = 1.0, not 8.0"),
    "method of an object": (lambda beta: Weighted(beta).method, "objective's self's beta = 1.0, not 8.0"),
    "container": (
        lambda beta: Weighted(1.0, (64, int(beta))),
        r"objective's layers = tuple\(64, 1\), not tuple\(64, 8\)",
    ),
    "namespace": (
        lambda beta: functools.partial(
            lambda a, model, x: beta_elbo(model, x, a.beta), types.SimpleNamespace(beta=beta)
        ),
        "objective's argument 1's beta = 1.0, not 8.0",
    ),
    "frozen net": (lambda beta: functools.partial(taught, net=teacher(beta)), "objective's argument net.weight = "),
    "name": (lambda beta: elbo if beta == 1 else iwae_bound_of_two, "objective = .*elbo, not .*iwae_bound_of_two"),
    "code": (lambda beta: eval("lambda m, x: elbo(m, x) * " + str(beta), {"elbo": elbo}), "another version of .*code"),
}


def iwae_bound_of_two(model: Any, x: Tensor) -> Tensor:
    return iwae_bound(model, x, 2)


@pytest.mark.parametrize("kind", SWEEPS)
def test_a_sweep_with_one_file_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    make, message = SWEEPS[kind]
    history = run(tmp_path / "run", make(1.0))
    assert run(tmp_path / "run", make(1.0)) == history, "the same objective, made anew, is the same"
    before = (tmp_path / "run").read_bytes()
    with refused("was made with", message, "call fit with the same, or name another file"):
        run(tmp_path / "run", make(8.0))
    with refused(message):
        run(tmp_path / "run", make(8.0), epochs=4)
    assert (tmp_path / "run").read_bytes() == before


class Wrapping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner, _ = start()

    def prior(self) -> Any:
        return self.inner.prior()

    def likelihood(self, z: Tensor) -> Any:
        return self.inner.likelihood(z)

    def posterior(self, x: Tensor) -> Any:
        return self.inner.posterior(x)


class Bodied(nn.Module):
    """A model of the user's own, of which some things are no tensors."""

    def __init__(self, activation: Any = torch.tanh, slope: float = 0.1, dropout: float = 0.1) -> None:
        super().__init__()
        inner, _ = start()
        self.inner, self.activation, self.slope = inner, activation, slope
        self.dropout = nn.Dropout(dropout)
        self.options = {"slope": slope}

    def prior(self) -> Any:
        return self.inner.prior()

    def likelihood(self, z: Tensor) -> Any:
        return self.inner.likelihood(self.activation(z) + self.slope)

    def posterior(self, x: Tensor) -> Any:
        return self.inner.posterior(self.dropout(x))


class OtherBody(Bodied):
    def likelihood(self, z: Tensor) -> Any:
        return self.inner.likelihood(torch.sigmoid(z))


def frozen(model: Any) -> Any:
    model.inner.encoder.net[0].weight.requires_grad_(False)
    return model


def tied(model: Any) -> Any:
    model.inner.encoder.net[0].twin = model.inner.encoder.net[0].weight
    return model


MODELS: dict[str, tuple[Callable[[], Any], str]] = {
    "dropout": (lambda: Bodied(dropout=0.9), "module dropout's p = 0.1, not 0.9"),
    "activation": (lambda: Bodied(activation=torch.relu), "model's activation = .*tanh, not .*relu"),
    "number": (lambda: Bodied(slope=0.2), "model's slope = 0.1, not 0.2"),
    "body": (OtherBody, "model = .*Bodied, not .*OtherBody"),
    "frozen": (lambda: frozen(Bodied()), r"parameter inner.encoder.net.0.weight = trained, not frozen"),
    "tied": (lambda: tied(Bodied()), "shared with inner.encoder.net.0.weight"),
}


@pytest.mark.parametrize("kind", MODELS)
def test_another_structure_with_the_same_tensors_is_refused_by_name(kind: str, tmp_path: Path) -> None:
    make, message = MODELS[kind]
    history = run(tmp_path / "run", model=Bodied())
    assert run(tmp_path / "run", model=Bodied()) == history
    with refused(message, "another file"):
        run(tmp_path / "run", model=make())


def test_activations_of_nets_are_seen(tmp_path: Path) -> None:
    def make(activation: type[nn.Module]) -> VAE:
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(9, 5), activation(), nn.Linear(5, 4))
        return VAE(DiagonalGaussian(net), Bernoulli(nn.Linear(2, 9)), prior=StandardNormal(2))

    run(tmp_path / "run", model=make(nn.Tanh))
    with refused(r"module encoder.net.1 = .*Tanh, not .*ReLU"):
        run(tmp_path / "run", model=make(nn.ReLU))


def test_the_number_of_counts_of_a_binomial_is_seen(tmp_path: Path) -> None:
    def make(count: int) -> VAE:
        torch.manual_seed(0)
        return VAE(DiagonalGaussian(nn.Linear(9, 4)), Binomial(nn.Linear(2, 9), total_count=count))

    run(tmp_path / "run", model=make(5))
    with refused("module decoder's total_count = 5, not 6"):
        run(tmp_path / "run", model=make(6))


class WithBase(Wrapping):
    """Hold a distribution, which computes and keeps some of its numbers when they are asked for."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.base = td.Independent(td.Bernoulli(logits=torch.full((2,), logit)), 1)

    @functools.cached_property
    def shift(self) -> Tensor:
        return self.base.mean + self.base.base_dist.probs

    def likelihood(self, z: Tensor) -> Any:
        return self.inner.likelihood(z + self.shift)


def test_a_distribution_in_a_model_is_known_by_its_parameters_and_not_by_what_it_keeps(tmp_path: Path) -> None:
    history = run(tmp_path / "run", model=WithBase(0.5))
    assert run(tmp_path / "run", model=WithBase(0.5)) == history
    with refused(r"model's base's base_dist's _param = \[2\] float64 sha256"):
        run(tmp_path / "run", model=WithBase(0.7))


def flipped(x: Tensor) -> Tensor:
    return 1 - x[:7]


VALIDATION: dict[str, tuple[Any, Any, str]] = {
    "other values": (lambda x: x[:7], flipped, r"other validation data \(\[7, 9\] float64 sha256:\w+, not \[7, 9\]"),
    "another size": (lambda x: x[:7], lambda x: x[:6], r"other validation data \(\[7, 9\] .*, not \[6, 9\]"),
    "none before": (None, lambda x: x[:7], r"validation data = None, not \[7, 9\]"),
    "none now": (lambda x: x[:7], None, r"validation data = \[7, 9\] float64 sha256:\w+, not None"),
}


@pytest.mark.parametrize("kind", VALIDATION)
def test_other_validation_data_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    first, second, message = VALIDATION[kind]
    history = run(tmp_path / "run", validation=first)
    assert run(tmp_path / "run", validation=first) == history
    with refused(message, "another file"):
        run(tmp_path / "run", validation=second)


def test_every_difference_is_told_up_to_three(tmp_path: Path) -> None:
    run(tmp_path / "run")
    with refused("batch_size = 10, not 5; seed = 0, not 3; objective = ", "and 1 more difference|and . more"):
        run(tmp_path / "run", functools.partial(beta_elbo, beta=2.0), batch_size=5, seed=3)


def test_fewer_epochs_than_the_file_holds_are_refused(tmp_path: Path) -> None:
    run(tmp_path / "run", epochs=3)
    with refused("epochs = 3, not 2", "another file"):
        run(tmp_path / "run", epochs=2)


def test_a_run_whose_schedule_is_laid_over_all_epochs_cannot_be_prolonged(tmp_path: Path) -> None:
    model, x = start()
    config = TrainConfig(epochs=2, batch_size=10, progress=False)
    for changed in (config, dataclasses.replace(config, schedule="cosine")):
        history = fit(model, x, changed, checkpoint=tmp_path / changed.schedule)
        assert fit(model, x, changed, checkpoint=tmp_path / changed.schedule) == history
    longer = dataclasses.replace(config, epochs=3)
    assert len(fit(model, x, longer, checkpoint=tmp_path / "constant").train) == 3
    with refused("epochs = 2, not 3"):
        fit(model, x, dataclasses.replace(longer, schedule="cosine"), checkpoint=tmp_path / "cosine")


@pytest.mark.parametrize("learning_rate", [0.02, 0.4])
def test_patience_may_rise_and_the_run_is_that_of_the_longer_patience(learning_rate: float, tmp_path: Path) -> None:
    settings = {"learning_rate": learning_rate, "validation": lambda x: x[:7], "epochs": 25}
    expected = run(tmp_path / "straight", patience=6, **settings)
    short = run(tmp_path / "run", patience=1, **settings)
    assert len(short.train) <= len(expected.train)
    assert run(tmp_path / "run", patience=6, **settings) == expected
    ours, theirs = (load_file(tmp_path / name) for name in ("run", "straight"))
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())
    for other in (2, None):
        with refused(f"patience = 6, not {other}"):
            run(tmp_path / "run", patience=other, **settings)


def test_torchs_own_settings_belong_to_a_run(tmp_path: Path) -> None:
    run(tmp_path / "run")
    model, x = start()
    torch.set_default_dtype(torch.float32)
    with refused("torch's default dtype = torch.float64, not torch.float32"):
        fit(model, x, CONFIG, checkpoint=tmp_path / "run")


def metadata_of(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as file:
        return file.metadata()


def rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    metadata, tensors = metadata_of(path), load_file(path)
    told = {name: json.loads(text) for name, text in metadata.items()}
    change(told)
    save_file(tensors, path, {name: json.dumps(value) for name, value in told.items()})


def test_a_file_that_lacks_a_setting_had_its_default(tmp_path: Path) -> None:
    """So a later version of the package may add one."""
    history = run(tmp_path / "run")
    rewrite(tmp_path / "run", lambda told: told["config"].pop("seed"))
    assert run(tmp_path / "run") == history
    with refused("seed = 0, not 1"):
        run(tmp_path / "run", seed=1)
    rewrite(tmp_path / "run", lambda told: told["config"].update(temperature=0.5))
    with refused("temperature = 0.5, not absent"):
        run(tmp_path / "run")


def test_another_format_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "run"
    run(path)
    tensors, metadata = load_file(path), metadata_of(path)
    save_file(tensors, path, {name: metadata[name] for name in ("config", "history")} | {"train": "0" * 64})
    with refused("earliest format", "no record of objective", "delete it"):
        run(path)
    save_file(tensors, path, metadata | {"format": "7"})
    with refused("has format 7", "reads format 1", "another file"):
        run(path)


def test_another_python_makes_other_code_of_the_same_words(tmp_path: Path) -> None:
    objective, path = closure(1.0), tmp_path / "run"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    history = run(path, objective)
    rewrite(path, lambda told: told["identity"].update({"objective's code": {"python": "3.99", "sha256": "0"}}))
    assert run(path, objective) == history
    rewrite(path, lambda told: told["identity"]["objective's code"].update(python=version))
    with refused("another version of objective's code"):
        run(path, objective)


class Counting(Wrapping):
    def __init__(self) -> None:
        super().__init__()
        self.calls, self.fixed = 0, 1

    def posterior(self, x: Tensor) -> Any:
        self.calls += 1
        return self.inner.posterior(x)


def test_what_a_file_cannot_hold_and_the_first_epoch_changes_is_named_once(tmp_path: Path) -> None:
    path, model, losses = tmp_path / "run", Counting(), []

    def objective(model: Any, x: Tensor) -> Tensor:
        losses.append(0.0)
        return elbo(model, x)

    with pytest.warns(
        UserWarning, match="not model's calls, objective's closure losses, which the first epoch"
    ) as told:
        run(path, objective, model)
    assert len(told) == 1
    run(
        path, objective, model, epochs=4
    )  # in the same session, with objects that have moved on: no refusal, no warning
    run(path, objective, Counting(), epochs=5)
    model.fixed = 2
    with refused("model's fixed = 1, not 2"):
        run(path, objective, model, epochs=5)


def test_a_transform_and_others_are_part_of_a_run() -> None:
    model, x = start()

    def table(**others: Any) -> dict[str, Any]:
        return identify(model, elbo, x, **others).table

    one, other = (table(transform=functools.partial(torch.bernoulli, p=p)) for p in (0.1, 0.2))
    assert list(differences(one, other)) == [("transform's argument p", 0.1, 0.2)]
    assert list(differences(table(), one)) != []
    optimizers = [functools.partial(torch.optim.AdamW, weight_decay=decay) for decay in (0.0, 0.1)]
    one, other = (table(optimizer=optimizer) for optimizer in optimizers)
    assert list(differences(one, other)) == [("optimizer's argument weight_decay", 0.0, 0.1)]


def quantised() -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch is about to give these up
        return torch.quantize_per_tensor(torch.zeros(2, dtype=torch.float32), 1.0, 0, torch.qint8)


def test_odd_values_are_described_and_cycles_end() -> None:
    model, x = start()
    cycle: list[Any] = []
    cycle.append(cycle)
    odd = {
        "nan": float("nan"),
        "text": "é" * 500,
        "bytes": b"\xff",
        "bits": torch.tensor([True, False]),
        "scalar": torch.tensor(3, dtype=torch.int8),
        "sparse": torch.eye(3).to_sparse(),
        "half": torch.ones(2, dtype=torch.bfloat16),
        "quantised": quantised(),
        "conjugate": torch.tensor([1j]).conj(),
        "empty": torch.zeros(0, 2),
        "generator": torch.Generator(),
        "distribution": torch.distributions.Normal(torch.zeros(2), 1.0),
        "lock": __import__("threading").Lock(),
        "cycle": cycle,
        "cached": functools.lru_cache(closure(2.0)),
        "class": Weighted,
        "module": torch,
    }
    tables = [identify(model, elbo, x, **odd).table for _ in range(2)]
    assert json.loads(json.dumps(tables[0])) == tables[1]
    assert not list(differences(*tables))
    for name, value in {"half": torch.zeros(2, dtype=torch.bfloat16), "text": "é" * 499 + "e", "nan": 1.0}.items():
        changed = identify(model, elbo, x, **odd | {name: value}).table
        assert [key for key, _, _ in differences(tables[0], changed)] == [name]
