"""State of every kind is kept, by an epoch that is undone and by a file; or refused by name before the first step."""

from __future__ import annotations

import collections
import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.support import zoo
from tests.support.laws import refused
from tests.support.narrowing import present
from vae_tutorial.objectives import elbo
from vae_tutorial.training import TrainConfig, fit
from vae_tutorial.training.adam import Adam
from vae_tutorial.training.packing import pack, unpack
from vae_tutorial.training.run_state import capture, put_back, restore, snapshot, tensors_of

pytestmark = pytest.mark.usefixtures("double_precision")
CONFIG = TrainConfig(epochs=4, batch_size=8, progress=False)
CPU = torch.device("cpu")


class Wrapped(nn.Module):
    """A model whose posterior also moves a state of its own, in training alone."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, _ = zoo.make("Bernoulli, d = 2", num_examples=20)

    def prior(self) -> Any:
        return self.inner.prior()

    def likelihood(self, z: Tensor) -> Any:
        return self.inner.likelihood(z)

    def posterior(self, x: Tensor) -> Any:
        if self.training:
            self.move(x)
        return self.inner.posterior(x * (1 + self.value()))

    def move(self, x: Tensor) -> None: ...

    def value(self) -> Any:
        return 0.0


class Extra(Wrapped):
    """Keep a dict: the result depends on it."""

    def __init__(self) -> None:
        super().__init__()
        self.note: dict[Any, Any] = {"steps": 0, "last": [torch.zeros(2)], "pair": (1, "a"), 3: None}

    def move(self, x: Tensor) -> None:
        self.note["steps"] += 1
        self.note["last"] = [x[0, :2].clone()]

    def value(self) -> Any:
        return 0.01 * self.note["steps"] + self.note["last"][0].sum() * 0.01

    def get_extra_state(self) -> Any:
        return self.note

    def set_extra_state(self, state: Any) -> None:
        self.note = state


class Growing(Wrapped):
    seen: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(1))

    def move(self, x: Tensor) -> None:
        self.seen = torch.cat([present(self.seen), x[:1, 0]])

    def value(self) -> Any:
        seen = present(self.seen)
        return 0.01 * seen.sum() + 0.001 * len(seen)


class Lazy(Growing):
    """A buffer that is none until the first step."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = None

    def move(self, x: Tensor) -> None:
        self.seen = x[:1, 0] if self.seen is None else torch.cat([self.seen, x[:1, 0]])

    def value(self) -> Any:
        return 0.0 if self.seen is None else super().value()


class Unlisted(Wrapped):
    """A buffer that state_dict leaves out, and that the result depends on."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(9), persistent=False)

    def move(self, x: Tensor) -> None:
        self.mean.lerp_(x.mean(0), 0.1)

    def value(self) -> Any:
        return 0.1 * self.mean


class Tied(Wrapped):
    """One tensor under two names, and one that is a view of another."""

    def __init__(self) -> None:
        super().__init__()
        self.twin = self.inner.encoder.net[0].weight
        self.register_buffer("view", self.inner.encoder.net[0].weight.detach().t())


class Odd(Wrapped):
    odd: Tensor

    def __init__(self, buffer: Tensor) -> None:
        super().__init__()
        self.register_buffer("odd", buffer)

    def move(self, x: Tensor) -> None:
        if self.odd.numel() and self.odd.dtype.is_complex:
            self.odd.add_(1j)

    def value(self) -> Any:
        return 0.01 * self.odd.abs().sum() if self.odd.dtype.is_complex else 0.0


KEPT: dict[str, Callable[[], Wrapped]] = {
    "extra state": Extra,
    "growing buffer": Growing,
    "lazy buffer": Lazy,
    "unlisted buffer": Unlisted,
    "tied": Tied,
    "complex64": lambda: Odd(torch.ones(3, dtype=torch.complex64)),
    "complex128": lambda: Odd(torch.ones(3, 2, dtype=torch.complex128)),
    "conjugate view": lambda: Odd(torch.ones(3, dtype=torch.complex128).conj()),
    "empty": lambda: Odd(torch.zeros(0, 3)),
    "empty complex": lambda: Odd(torch.zeros(0, 3, dtype=torch.complex128)),
    "transposed": lambda: Odd(torch.arange(6.0).view(2, 3).t()),
    "expanded": lambda: Odd(torch.ones(1).expand(4)),
    "strided": lambda: Odd(torch.arange(6.0)[::2]),
    "booleans": lambda: Odd(torch.tensor([True, False])),
    "uint64": lambda: Odd(torch.tensor([2**40, 1]).to(torch.uint64)),
    "float8": lambda: Odd(torch.ones(2, dtype=torch.float32).to(torch.float8_e4m3fn)),
    "bfloat16": lambda: Odd(torch.ones(2, dtype=torch.bfloat16)),
}


class Stop(Exception):
    pass


def stop_at(last: int) -> Any:
    def callback(epoch: int, model: Any) -> None:
        if epoch == last:
            raise Stop

    return callback


def data() -> Tensor:
    return zoo.make("Bernoulli, d = 2", num_examples=20)[1]


def assert_same(model: Any, other: Any) -> None:
    mine, theirs = tensors_of(model), tensors_of(other)
    assert mine.keys() == theirs.keys()
    for name, value in mine.items():
        assert value.dtype == theirs[name].dtype
        assert torch.equal(value.cpu().to_dense(), theirs[name].to_dense()), name
    notes = (getattr(one, "note", None) for one in (model, other))
    assert str(next(notes)) == str(next(notes))


# float8 cannot be summed, which the search for what is not finite asks of every buffer: in state alone.
TRAINED = [name for name in KEPT if name not in ("float8",)]


@pytest.mark.parametrize("patience", [None, 3])
@pytest.mark.parametrize("name", TRAINED)
def test_a_stopped_run_ends_as_if_it_had_never_stopped(name: str, patience: int | None, tmp_path: Path) -> None:
    config, x = dataclasses.replace(CONFIG, patience=patience), data()
    expected = KEPT[name]()
    history = fit(expected, x, config, validation=x[:7])
    stopped, resumed = KEPT[name](), KEPT[name]()
    with pytest.raises(Stop):
        fit(stopped, x, config, validation=x[:7], callback=stop_at(3), checkpoint=tmp_path / "run")
    assert fit(resumed, x, config, validation=x[:7], checkpoint=tmp_path / "run") == history
    assert_same(resumed, expected)
    again = stopped  # in the same session: the model is in the middle of an epoch
    assert fit(again, x, config, validation=x[:7], checkpoint=tmp_path / "run") == history
    assert_same(again, expected)


@pytest.mark.parametrize("name", TRAINED)
def test_an_epoch_that_is_lost_is_undone(name: str) -> None:
    x = data()
    expected, model = KEPT[name](), KEPT[name]()
    fit(expected, x, dataclasses.replace(CONFIG, epochs=2))
    calls = []

    def objective(model: Any, x: Tensor) -> Tensor:
        calls.append(1)
        return elbo(model, x) * (torch.nan if len(calls) == 8 else 1.0)

    with refused("step 2 of epoch 3", error=FloatingPointError):
        fit(model, x, CONFIG, objective=objective)
    assert_same(model, expected)


@pytest.mark.parametrize("name", KEPT)
def test_a_snapshot_gives_a_model_back_as_it_was(name: str) -> None:
    model, x = KEPT[name](), data()
    optimizer = Adam([parameter for parameter in model.parameters() if parameter.requires_grad], 0.1)
    before, old = copy.deepcopy(model), capture(model, optimizer, CPU)
    for _ in range(2):  # into the same memory the second time
        for _ in range(3):
            optimizer.zero_grad()
            (-elbo(model, x)).mean().backward()
            optimizer.step()
        restore(old, model, optimizer, CPU)
        assert_same(model, before)
        old = capture(model, optimizer, CPU, into=old)
    best = snapshot(model)
    with torch.no_grad():
        model.inner.encoder.net[0].bias.add_(1)
    put_back(best, model)
    assert_same(model, before)


class Tagged(torch.Tensor):
    """A class of its own."""


class NoSetter(Wrapped):
    def get_extra_state(self) -> Any:
        return {"a": 1}


class WithObject(Extra):
    def get_extra_state(self) -> Any:
        return {"rule": [object()]}


REFUSED: dict[str, tuple[Callable[[], Wrapped], tuple[str, ...]]] = {
    "sparse": (lambda: Odd(torch.eye(3).to_sparse()), ("odd is of the layout sparse_coo", "dense tensors")),
    "subclass": (lambda: Odd(torch.ones(2).as_subclass(Tagged)), ("odd is a Tagged, a class of its own",)),
    "no setter": (NoSetter, (r"the model \(NoSetter\) has get_extra_state but no set_extra_state", "define both")),
    "an object": (WithObject, ("what get_extra_state returned", "holds a object", "without pickle")),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_a_file_cannot_hold_is_refused_before_the_first_step(kind: str, tmp_path: Path) -> None:
    make, fragments = REFUSED[kind]
    model, x = make(), data()
    before = copy.deepcopy(model.inner.state_dict())
    with refused("checkpoint", "cannot be made", *fragments, error=TypeError):
        fit(model, x, CONFIG, checkpoint=tmp_path / "run")
    assert all(torch.equal(before[name], value) for name, value in model.inner.state_dict().items())
    assert list(tmp_path.iterdir()) == []
    if kind != "an object":  # and without a file it trains
        assert len(fit(make(), x, CONFIG).train) == 4


def test_a_model_in_bfloat16_is_kept(tmp_path: Path) -> None:
    x = data().to(torch.bfloat16)
    expected = Wrapped().to(torch.bfloat16)
    history = fit(expected, x, CONFIG)
    fit(Wrapped().to(torch.bfloat16), x, dataclasses.replace(CONFIG, epochs=2), checkpoint=tmp_path / "run")
    resumed = Wrapped().to(torch.bfloat16)
    assert fit(resumed, x, CONFIG, checkpoint=tmp_path / "run") == history
    assert_same(resumed, expected)


def test_another_dtype_of_a_parameter_is_another_architecture(tmp_path: Path) -> None:
    fit(Wrapped(), data(), CONFIG, checkpoint=tmp_path / "run")
    model = Wrapped()
    model.inner.encoder.net[0].register_buffer("scale", torch.ones(2))
    with refused("another architecture", r"inner.encoder.net.0.scale is absent there and \[2\] in Wrapped"):
        fit(model, data(), CONFIG, checkpoint=tmp_path / "run")
    with refused("another architecture|default dtype|training data"):
        fit(Wrapped().float(), data().float(), CONFIG, checkpoint=tmp_path / "run")


@pytest.mark.parametrize(("made_on", "used_on"), [("cpu", "cuda"), ("cuda", "cpu")])
def test_a_file_of_another_device_is_refused_in_words(
    made_on: str, used_on: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device's name is played, so that the sentence can be read where there is no GPU."""
    from vae_tutorial.training import loop

    def on(device: str) -> None:
        real = identify

        def played(*args: Any, **others: Any) -> Any:
            found = real(*args, **others)
            return dataclasses.replace(found, table=found.table | {"device": device})

        monkeypatch.setattr(loop, "identify", played)

    from vae_tutorial.training.identity import identify

    assert identify(Wrapped(), elbo, data()).table["device"] == "cpu"
    on(made_on)
    fit(Wrapped(), data(), CONFIG, checkpoint=tmp_path / "run")
    on(used_on)
    with refused(f"was made with device = {made_on}, not {used_on}", "another file", error=ValueError):
        fit(Wrapped(), data(), CONFIG, checkpoint=tmp_path / "run")


PLAIN: list[Any] = [
    None,
    True,
    -(2**70),
    0.1,
    float("inf"),
    "−π",
    b"\x00\xff",
    [],
    (),
    {},
    {1: "a", "1": "b", (2, 3): [None]},
    {"nested": [({"deep": (1.5, {2, 3})},)]},
    frozenset({"a"}),
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    tensors: dict[str, Tensor] = {}
    again = unpack(pack(value, "extra.model.x", tensors), tensors)
    assert again == value
    assert type(again) is type(value)


def test_tensors_within_values_come_back_and_an_ordered_dict_keeps_its_order() -> None:
    tensors: dict[str, Tensor] = {}
    value: collections.OrderedDict[str, Any] = collections.OrderedDict(b=torch.ones(2), a=[torch.zeros(0)])
    again = unpack(pack(value, "extra.model.x", tensors), tensors)
    assert list(again) == ["b", "a"]
    assert torch.equal(again["b"], value["b"])
    assert again["a"][0].shape == (0,)
    with refused("holds a complex", error=TypeError):
        pack([1j], "extra.model.x", tensors)
