"""Checkpoints: a run that was stopped anywhere ends bit for bit like one that was not, and no file is ever half."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import os
import pickle
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from bookkit.paths import ROOT
from tests.support import zoo
from tests.support.laws import random_state_kept, refused
from vae_tutorial.likelihoods import Bernoulli
from vae_tutorial.models import VAE, StandardNormal
from vae_tutorial.networks import MLP
from vae_tutorial.objectives import elbo
from vae_tutorial.posteriors import DiagonalGaussian
from vae_tutorial.training import History, TrainConfig, fit

pytestmark = pytest.mark.usefixtures("double_precision")
CONFIG = TrainConfig(epochs=6, batch_size=8, learning_rate=1e-2, progress=False)
WATCHED = dataclasses.replace(CONFIG, epochs=9, patience=3, learning_rate=0.1)


def start(name: str = "Bernoulli, d = 2") -> tuple[Any, Tensor]:
    return zoo.make(name, num_examples=20)


def with_batch_norm() -> tuple[Any, Tensor]:
    _, x = start()
    torch.manual_seed(4)
    encoder = nn.Sequential(nn.Linear(9, 6), nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 4))
    return VAE(DiagonalGaussian(encoder), Bernoulli(zoo.decoder_net(2, 9)), prior=StandardNormal(2)), x


STARTS: dict[str, Any] = {
    name: (lambda name=name: start(name))
    for name in (
        "Bernoulli, d = 2",
        "convolutional",
        "Gaussian, learned scale",
        "linear, noise scale per coordinate, d = 2",
    )
}
STARTS["batch norm and dropout"] = with_batch_norm
RUNS: dict[str, tuple[TrainConfig, int | None]] = {
    "plain": (CONFIG, None),
    "validation": (CONFIG, 7),
    "patience": (WATCHED, 7),
}


def state(model: Any) -> dict[str, Tensor]:
    """Return parameters and buffers by name, or parameters by number for a class that is no module."""
    if isinstance(model, nn.Module):
        return copy.deepcopy(model.state_dict())
    return {str(index): value.detach().clone() for index, value in enumerate(model.parameters())}


def assert_same(model: Any, other: Any) -> None:
    pairs = zip(state(model).items(), state(other).values(), strict=True)
    differing = [name for (name, value), another in pairs if not torch.equal(value, another)]
    assert not differing, f"{differing} differ"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def epochs_in(path: Path) -> int:
    with safe_open(path, framework="pt") as file:
        return len(json.loads(file.metadata()["history"])["train"])


def re_path(path: Path) -> str:
    return re.escape(str(path))


class Stop(Exception):
    pass


def stop_at(last: int) -> Any:
    def callback(epoch: int, model: Any) -> None:
        if epoch == last:
            raise Stop

    return callback


def uninterrupted(name: str, run: str) -> tuple[Any, History]:
    config, held_out = RUNS[run]
    model, x = STARTS[name]()
    validation = None if held_out is None else x[:held_out]
    return model, fit(model, x, config, validation=validation)


@pytest.mark.filterwarnings("ignore:.*'s rows, which the first epoch has changed")  # the zoo's net that counts
@pytest.mark.parametrize("last", [1, 2, 4])
@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", STARTS)
def test_a_stopped_run_ends_as_if_it_had_never_stopped(name: str, run: str, last: int, tmp_path: Path) -> None:
    config, held_out = RUNS[run]
    expected, history = uninterrupted(name, run)
    model, x = STARTS[name]()
    validation = None if held_out is None else x[:held_out]
    path = tmp_path / "run.safetensors"
    with pytest.raises(Stop):
        fit(model, x, config, validation=validation, callback=stop_at(last), checkpoint=path)
    assert path.exists() is (last > 1), "the epoch that was stopped is not in the file"
    resumed, _ = STARTS[name]()
    with torch.no_grad():
        for parameter in resumed.parameters():
            parameter.add_(1.0)  # what a resumed run starts from is in the file alone
    if last == 1:
        resumed, _ = STARTS[name]()
    torch.manual_seed(99)
    with random_state_kept():
        assert fit(resumed, x, config, validation=validation, checkpoint=str(path)) == history
    assert_same(resumed, expected)
    assert files(tmp_path) == ["run.safetensors"]


def test_writing_a_checkpoint_changes_nothing(tmp_path: Path) -> None:
    expected, history = uninterrupted("batch norm and dropout", "patience")
    model, x = with_batch_norm()
    assert fit(model, x, WATCHED, validation=x[:7], checkpoint=tmp_path / "run") == history
    assert_same(model, expected)


def test_a_run_may_be_stopped_again_and_again(tmp_path: Path) -> None:
    expected, history = uninterrupted("Bernoulli, d = 2", "patience")
    path = tmp_path / "run"
    for last in range(2, 30):
        model, x = start()
        try:
            found = fit(model, x, WATCHED, validation=x[:7], callback=stop_at(last), checkpoint=path)
        except Stop:
            continue
        break
    assert found == history
    assert last == len(history.train) + 1
    assert_same(model, expected)


@pytest.mark.parametrize("run", RUNS)
def test_a_finished_run_is_given_back_and_may_be_prolonged(run: str, tmp_path: Path) -> None:
    config, held_out = RUNS[run]
    path = tmp_path / "run"
    model, x = start()
    validation = None if held_out is None else x[:held_out]
    short = dataclasses.replace(config, epochs=3)
    history = fit(model, x, short, validation=validation, checkpoint=path)
    again, _ = start()
    steps: list[int] = []
    assert (
        fit(again, x, short, validation=validation, checkpoint=path, callback=lambda e, _: steps.append(e)) == history
    )
    assert not steps
    assert_same(again, model)
    longer, _ = start()
    expected, full = uninterrupted("Bernoulli, d = 2", run)
    assert fit(longer, x, config, validation=validation, checkpoint=path) == full
    assert_same(longer, expected)


def test_patience_that_had_run_out_stays_so(tmp_path: Path) -> None:
    path, (model, x) = tmp_path / "run", start()
    impatient = dataclasses.replace(WATCHED, patience=1, learning_rate=0.3, epochs=30)
    history = fit(model, x, impatient, validation=x[:7], checkpoint=path)
    assert len(history.train) < impatient.epochs, "for this test, patience must run out"
    again, _ = start()
    longer = dataclasses.replace(impatient, epochs=100)
    assert fit(again, x, longer, validation=x[:7], checkpoint=path) == history
    assert_same(again, model)


class Half(io.BytesIO):
    """Take half of what is written, and fail."""

    def __init__(self, path: Path, error: BaseException) -> None:
        super().__init__()
        self.path, self.error = path, error

    def write(self, content: Any) -> int:
        self.path.write_bytes(content[: len(content) // 2])
        raise self.error


def failing(error: BaseException, after: int, function: Any) -> Any:
    """Let a function of the system fail from some call on, of those that concern a checkpoint's unfinished file."""
    calls = []

    def replacement(*args: Any, **kwargs: Any) -> Any:
        own = function.__name__ == "fsync" or (str(args[0]).endswith(".part") and args[1:] not in [("rb",), ()])
        calls.extend([1] * own)
        if not own or len(calls) <= after:
            return function(*args, **kwargs)
        if function is Path.open:
            return Half(args[0], error)
        raise error

    return replacement


@pytest.mark.parametrize("where", ["write", "replace", "fsync", "open"])
def test_a_disk_that_fills_up_leaves_the_older_file(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, (model, x) = tmp_path / "run", start()
    owner: Any = {"write": Path, "replace": Path, "fsync": os, "open": os}[where]
    name = "open" if where == "write" else where
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failing(OSError(28, "No space left on device"), 2, getattr(owner, name)))
        with refused(re_path(path), "No space left", "could not be written", "free some space", error=OSError):
            fit(model, x, CONFIG, checkpoint=path)
    assert files(tmp_path) == ["run"], "no temporary file is left"
    expected, history = uninterrupted("Bernoulli, d = 2", "plain")
    resumed, _ = start()
    assert 1 <= epochs_in(path) <= 2, "the epochs before the failure"
    assert fit(resumed, x, CONFIG, checkpoint=path) == history
    assert_same(resumed, expected)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupt_while_writing_leaves_no_temporary_file(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, x = start()
    monkeypatch.setattr(Path, "open", failing(error(), 1, Path.open))
    with pytest.raises(error):
        fit(model, x, CONFIG, checkpoint=tmp_path / "run")
    assert files(tmp_path) == ["run"]


KILLED = """
import os, signal, sys
import torch
torch.set_default_dtype(torch.float64)
sys.path.insert(0, sys.argv[3])
import tests.unit.training.test_checkpoint as test
from vae_tutorial.training import fit
real, calls = os.fsync, []

def fsync(descriptor):
    calls.append(1)
    real(descriptor)
    if len(calls) == 3:
        if sys.argv[2] == "half":
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)

os.fsync = fsync
model, x = test.start()
fit(model, x, test.CONFIG, checkpoint=sys.argv[1])
"""


@pytest.mark.parametrize("written", ["half", "whole"])
def test_a_process_killed_in_the_middle_of_a_write_goes_on(written: str, tmp_path: Path) -> None:
    path, folder = tmp_path / "run", str(ROOT)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), written, folder], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    model, x = start()
    assert epochs_in(path) == 2, "two whole epochs are there, the third is not"
    (unfinished,) = tmp_path.glob(".run.*.part")
    os.utime(unfinished, (0, 0))  # it was left long ago
    expected, history = uninterrupted("Bernoulli, d = 2", "plain")
    assert fit(model, x, CONFIG, checkpoint=path) == history
    assert_same(model, expected)
    assert files(tmp_path) == ["run"], "what a killed run left is removed"


def test_the_file_is_safetensors_with_text_and_no_pickle(tmp_path: Path) -> None:
    path, (model, x) = tmp_path / "run", start()
    history = fit(model, x, WATCHED, validation=x[:7], checkpoint=path)
    with safe_open(path, framework="pt") as file:
        names, metadata = set(file.keys()), file.metadata()
    described = {
        name: value if isinstance(value, int | float) else repr(value)  # JSON keeps numbers as they are
        for name, value in dataclasses.asdict(WATCHED).items()
    }
    assert json.loads(metadata["config"]) == described
    assert metadata["format"] == "1"
    assert json.loads(metadata["history"])["validation"] == history.validation
    own = set(model.state_dict())
    assert {f"model.{name}" for name in own} <= names
    assert {f"best.{name}" for name in own} <= names
    assert any(name.endswith(".exp_avg_sq") for name in names)
    best = load_file(path)
    assert all(torch.equal(best[f"best.{name}"], value) for name, value in model.state_dict().items())


def change_data(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
    other = x.clone()
    other[3, 4] = 1 - other[3, 4]
    return model, other, CONFIG


def change_model(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
    return VAE(model.encoder, Bernoulli(MLP(2, 9, (7,)))), x, CONFIG


def change_depth(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
    return VAE(model.encoder, Bernoulli(MLP(2, 9, (8, 8)))), x, CONFIG


def truncate(keep: float) -> Any:
    def change(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
        content = path.read_bytes()
        path.write_bytes(content[: int(keep * len(content))])
        return model, x, CONFIG

    return change


def write(content: bytes) -> Any:
    def change(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
        path.write_bytes(content)
        return model, x, CONFIG

    return change


class Planted:
    """Fail the test if anybody unpickles this."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return pytest.fail, ("a pickle was loaded",)


def tensors_alone(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
    save_file({"weight": torch.zeros(2)}, path)
    return model, x, CONFIG


def torch_save(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
    torch.save(model.state_dict(), path)
    return model, x, CONFIG


def garbled(key: str, value: str) -> Any:
    def change(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
        save_file(load_file(path), path, {**metadata, key: value})
        return model, x, CONFIG

    return change


def without(kind: str) -> Any:
    def change(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
        save_file({k: v for k, v in load_file(path).items() if not k.startswith(kind)}, path, metadata)
        return model, x, CONFIG

    return change


def with_more(**tensors: Tensor) -> Any:
    def change(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata()
        save_file(load_file(path) | tensors, path, metadata)
        return model, x, CONFIG

    return change


def with_extra_state(model: Any, x: Tensor, path: Path) -> tuple[Any, Tensor, TrainConfig]:
    with safe_open(path, framework="pt") as file:
        notes = json.loads(file.metadata()["notes"])
    notes["extra"]["model"]["decoder.net"] = {"dict": [["calls", 3]]}
    return garbled("notes", json.dumps(notes))(model, x, path)


DAMAGED = ("damaged or not a checkpoint", "delete it")
REFUSED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "half a file": (truncate(0.5), DAMAGED),
    "all but the last byte": (truncate(0.999), DAMAGED),
    "nine bytes": (truncate(0.001), DAMAGED),
    "an empty file": (write(b""), DAMAGED),
    "text": (write(b"epochs: 6\n" * 50), DAMAGED),
    "a pickle": (write(pickle.dumps(Planted())), DAMAGED),
    "torch.save": (torch_save, DAMAGED),
    "tensors without metadata": (tensors_alone, DAMAGED),
    "a history that is no JSON": (garbled("history", "{"), DAMAGED),
    "a history of other fields": (garbled("history", '{"loss": []}'), DAMAGED),
    "a configuration that is a number": (garbled("config", "3"), DAMAGED),
    "no random state": (without("random"), DAMAGED),
    "no moments": (without("optimizer"), ("lacks 24 of the optimiser's 24 tensors", "delete it")),
    "no steps of one parameter": (without("optimizer.3.step"), ("lacks 1 of the optimiser's 24 tensors", "delete it")),
    "moments of another optimiser": (
        with_more(**{"optimizer.3.momentum_buffer": torch.zeros(2)}),
        ("it holds 3.momentum_buffer", "another file"),
    ),
    "a part that no run has": (with_more(**{"scheduler.step": torch.zeros(2)}), DAMAGED),
    "an extra state that no module takes": (with_extra_state, ("it holds decoder.net", "get_extra_state")),
    "other data": (change_data, ("other training data", "another file")),
    "another width": (change_model, ("another architecture", r"decoder.net.0.bias is \[8\] there and \[7\] in VAE")),
    "another depth": (change_depth, ("another architecture", r"decoder.net.2.bias is \[9\] there and \[8\]")),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_does_not_fit_is_refused_and_left(kind: str, tmp_path: Path) -> None:
    path, (model, x) = tmp_path / "run", start()
    fit(model, x, dataclasses.replace(CONFIG, epochs=2), checkpoint=path)
    change, fragments = REFUSED[kind]
    model, x, config = change(model, x, path)
    before, parameters = path.read_bytes(), state(model)
    with refused("checkpoint", re_path(path), *fragments, error=ValueError):
        fit(model, x, config, checkpoint=path)
    assert path.read_bytes() == before
    assert files(tmp_path) == ["run"]
    assert all(torch.equal(parameters[name], value) for name, value in state(model).items()), "the model is left"


OTHER_SETTINGS: dict[str, Any] = {
    "batch_size": 7,
    "learning_rate": 2e-2,
    "seed": 1,
    "patience": 2,
    "schedule": "cosine",
    "clip_norm": 1.0,
    "weight_decay": 0.1,
}


@pytest.mark.parametrize("field", OTHER_SETTINGS)
def test_other_settings_are_refused_by_name(field: str, tmp_path: Path) -> None:
    path, (model, x) = tmp_path / "run", start()
    fit(model, x, CONFIG, validation=x[:7], checkpoint=path)
    other = dataclasses.replace(CONFIG, **{field: OTHER_SETTINGS[field]})
    before = path.read_bytes()
    with refused(re_path(path), f"{field} = {getattr(CONFIG, field)!r}", repr(OTHER_SETTINGS[field]), "another file"):
        fit(model, x, other, validation=x[:7], checkpoint=path)
    assert path.read_bytes() == before


def test_every_setting_is_compared_or_free() -> None:
    fields = {field.name for field in dataclasses.fields(TrainConfig)}
    assert fields == {*OTHER_SETTINGS, "epochs", "progress"}


def test_a_run_without_validation_does_not_go_on_with_it_nor_the_reverse(tmp_path: Path) -> None:
    """The history would hold fewer validation scores than epochs, and the best epoch be another's."""
    for first, second in ((None, 7), (7, None)):
        path, (model, x) = tmp_path / f"run {first}", start()
        sets = {None: None, 7: x[:7]}
        fit(model, x, dataclasses.replace(CONFIG, epochs=2), validation=sets[first], checkpoint=path)
        with refused(re_path(path), "validation", error=ValueError):
            fit(model, x, CONFIG, validation=sets[second], checkpoint=path)


def untouched(model: Any, x: Tensor, path: Path, *fragments: str) -> None:
    """Expect a refusal before any step is made."""
    before = state(model)
    with refused(re_path(path), *fragments, error=OSError):
        fit(model, x, CONFIG, checkpoint=path)
    assert all(torch.equal(before[name], value) for name, value in state(model).items()), "an epoch was wasted"


def test_a_missing_folder_is_refused_before_the_first_step(tmp_path: Path) -> None:
    untouched(*start(), tmp_path / "absent" / "run", "checkpoint", "folder", "does not exist|No such file")


def test_a_file_in_place_of_the_folder_is_refused_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    untouched(*start(), tmp_path / "file" / "run", "checkpoint", "folder")


def test_a_folder_in_place_of_the_file_is_refused_before_the_first_step(tmp_path: Path) -> None:
    untouched(*start(), tmp_path, "checkpoint", "is a folder|directory")


def test_a_folder_that_cannot_be_written_to_is_refused_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root, nothing is read-only: the refusal of the system is played."""
    monkeypatch.setattr(os, "open", failing(PermissionError(13, "Permission denied"), 0, os.open))
    untouched(*start(), tmp_path / "run", "checkpoint", "Permission denied", "another folder")
    assert files(tmp_path) == []


class Lost:
    """Say at which call a number is lost: a class, of which a checkpoint knows the name alone."""

    calls, at, value = 0, 0, torch.nan


def sometimes_lost(model: Any, x: Tensor) -> Tensor:
    Lost.calls += 1
    return elbo(model, x) * (Lost.value if Lost.calls == Lost.at else 1.0)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize(("call", "step", "epoch"), [(1, 1, 1), (3, 3, 1), (5, 2, 2), (9, 3, 3)])
def test_a_lost_number_names_its_step_and_gives_the_epochs_start_back(
    call: int, step: int, epoch: int, value: float, tmp_path: Path
) -> None:
    path, (model, x) = tmp_path / "run", start()
    Lost.calls, Lost.at, Lost.value = 0, call, value
    with refused(f"step {step} of epoch {epoch}", f"before epoch {epoch}", "learning_rate", error=FloatingPointError):
        fit(model, x, CONFIG, objective=sometimes_lost, checkpoint=path)
    expected, _ = start()
    if epoch > 1:
        fit(expected, x, dataclasses.replace(CONFIG, epochs=epoch - 1))
    assert_same(model, expected)
    assert path.exists() is (epoch > 1)
    whole, history = uninterrupted("Bernoulli, d = 2", "plain")
    Lost.at = 0
    assert fit(model, x, CONFIG, objective=sometimes_lost, checkpoint=path) == history, (
        "the checkpoint is the last good one"
    )
    assert_same(model, whole)


def broken_reconstruction() -> tuple[Any, Tensor]:
    model, x = start()
    with torch.no_grad():
        model.decoder.net[-1].bias.fill_(1e308)  # nine of these overflow
    return model, x


def broken_rate() -> tuple[Any, Tensor]:
    model, x = start()
    with torch.no_grad():
        model.encoder.net[-1].bias[:2] = 1e200  # its square overflows, and tanh takes it in the decoder
    return model, x


def broken_both() -> tuple[Any, Tensor]:
    model, x = start("Gaussian, learned scale")
    x[5] = 1e200
    with torch.no_grad():
        model.encoder.net[0].weight.zero_()
        model.encoder.net[-1].bias[:2] = 1e200
    return model, x


BROKEN: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "reconstruction": (broken_reconstruction, (r"E_q\[log p\(x\|z\)\] is (nan|-inf) for 8 of 8 examples",), "KL.* is"),
    "rate": (broken_rate, (r"KL\(q\(z\|x\) ‖ p\(z\)\) is inf for 8 of 8 examples",), r"log p\(x\|z\)\] is"),
    "one example in each batch of all": (
        broken_both,
        (r"E_q\[log p\(x\|z\)\] is -inf for 1 of 20 examples and KL", "is inf for 20 of 20"),
        "nothing",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_the_term_that_was_lost_is_named(kind: str) -> None:
    make, fragments, absent = BROKEN[kind]
    model, x = make()
    before = copy.deepcopy(model)
    config = dataclasses.replace(CONFIG, batch_size=20) if "all" in kind else CONFIG
    with pytest.raises(FloatingPointError) as caught, random_state_kept():
        fit(model, x, config)
    for fragment in ("step 1 of epoch 1", *fragments):
        assert re.search(fragment, str(caught.value)), str(caught.value)
    assert not re.search(absent, str(caught.value))
    assert_same(model, before)


def batches_of(model: Any, x: Tensor) -> list[Tensor]:
    """Return the batches of the first epoch."""
    batches: list[Tensor] = []

    def recorded(model: Any, x: Tensor) -> Tensor:
        batches.append(x)
        return elbo(model, x)

    fit(copy.deepcopy(model), x, dataclasses.replace(CONFIG, epochs=1), objective=recorded)
    return batches


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_parameter_that_became_nan_is_named_and_never_saved(step: int, tmp_path: Path) -> None:
    """The value is finite and its gradient is not: the very step is named, also where it is the epoch's last."""
    path, (model, x) = tmp_path / "run", start("Gaussian, learned scale")
    before = copy.deepcopy(model)
    marked = batches_of(model, x)[step - 1][0]

    def objective(model: Any, x: Tensor) -> Tensor:
        value = elbo(model, x)
        poison = (0 * model.decoder.log_scale).sqrt()  # 0, with the derivative 0 · ∞
        return value + poison if (x == marked).all(1).any() else value

    named = "gradient .* not finite at step {step} of epoch 1, .* with respect to decoder.log_scale"
    with refused(named.format(step=step), error=FloatingPointError):
        fit(model, x, CONFIG, objective=objective, checkpoint=path)
    assert_same(model, before)
    assert files(tmp_path) == []


def test_a_fault_of_the_objective_alone_is_told_as_such() -> None:
    model, x = start()
    with refused("both terms of the ELBO are finite", "the objective itself", error=FloatingPointError):
        fit(model, x, CONFIG, objective=lambda model, x: elbo(model, x) + torch.inf)
