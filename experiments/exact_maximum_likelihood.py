"""Maximise log p(x) itself, then go on in three ways, and see what training on the ELBO does to it.

The digits VAE has two latent dimensions, so log p(x) can be maximised without a bound: its gradient flows through a
sum over a lattice of z, shifted at random in every step so that the decoder cannot settle on the points.  The encoder
is trained beside it on the ELBO, without a gradient to the decoder, and then, in rounds of falling step size, until its
ELBO stands still.  From that checkpoint three runs start, each with a new Adam: the ELBO (encoder and decoder), exact
maximum likelihood as before (the control), and the encoder alone.  A fourth run trains on the ELBO from the beginning,
for as many epochs.  Everything is measured by other means than it was trained with: log p(x) by
``evidence.quadrature``, the ELBO by Gauss–Hermite quadrature.

    python -m experiments.exact_maximum_likelihood [--seeds 1 2 3] [--epochs 400] [--more 40] [--threads 1]

It writes ``exact_maximum_likelihood.json`` (all seeds) and ``.safetensors`` (the first seed: the checkpoint from which
the runs start, and the control's decoder, in float32) into ``--folder``, by default ``vae_tutorial/records``.  It takes
about 15 minutes of one processor.  An interrupted run goes on from the files in ``--work``, if that is given.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import platform
import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

import vae_tutorial as vt
from bookkit.digits import digits_vae
from bookkit.paths import RECORDS

HALF_WIDTH = 4.5  # radius of the lattice: all but 4e-5 of the prior
ENCODER_RATES = [2e-3, 1e-3, 5e-4, 2e-4, 1e-4]  # one round of --encoder-epochs for each


def log_prob_on_lattice(model: Any, x: Tensor, points: int) -> Tensor:
    """Return log p(x) [N] as a differentiable sum over a disc of a lattice of z that is shifted at random."""
    step = 2 * HALF_WIDTH / (points - 1)
    axis = torch.linspace(-HALF_WIDTH, HALF_WIDTH, points)
    lattice = torch.cartesian_prod(axis, axis)
    z = (lattice[lattice.norm(dim=1) <= HALF_WIDTH] + step * (torch.rand(2) - 0.5)).to(x.dtype)
    log_joint = vt.likelihoods.pairwise_log_prob(model.likelihood(z), x) + model.prior().log_prob(z)
    return log_joint.logsumexp(1) + 2 * math.log(step)


def exact_objective(model: Any, x: Tensor, points: int) -> Tensor:
    """Return log p(x), which trains the decoder, plus the ELBO with the decoder held fixed for the encoder."""
    log_prob = log_prob_on_lattice(model, x, points)
    model.decoder.requires_grad_(False)
    elbo = vt.objectives.elbo(model, x)
    model.decoder.requires_grad_(True)
    return log_prob + elbo


def smooth_elbo(model: Any, x: Tensor) -> Tensor:
    """Return the ELBO [N] from 25 Gauss–Hermite nodes in place of a sample: its gradient has no noise from z either."""
    return vt.objectives.elbo_terms_by_quadrature(model, x, order=5).elbo


def measure(model: Any) -> dict[str, dict[str, float]]:
    """Return, for training and held-out digits, the mean log p(x), its numerical error and the mean ELBO, in nats."""
    digits = vt.datasets.load_digits()
    x = torch.cat([digits.train, digits.test])
    with torch.no_grad():
        evidence = vt.evidence.quadrature(model, x, tolerance=1e-3)
        elbo = vt.objectives.elbo_terms_by_quadrature(model, x, order=12).elbo
    means: dict[str, dict[str, float]] = {"train": {}, "held-out": {}}
    assert evidence.numerical_error is not None
    values = {"ELBO": elbo, "log p(x)": evidence.log_prob, "numerical error of log p(x)": evidence.numerical_error}
    for name, value in values.items():
        train, test = value.split([len(digits.train), len(digits.test)])
        means["train"][name], means["held-out"][name] = round(float(train.mean()), 4), round(float(test.mean()), 4)
    return means


def fit(model: Any, x: Tensor, epochs: int, seed: int, objective: Any, **settings: Any) -> None:
    """Train with the package's loop."""
    checkpoint = settings.pop("checkpoint", None)
    config = vt.training.TrainConfig(epochs=epochs, seed=seed, progress=False, **settings)
    vt.training.fit(model, x, config, objective=objective, checkpoint=checkpoint)


def fit_exactly(
    model: Any, x: Tensor, epochs: int, seed: int, points: int, learning_rate: float, checkpoint: Path | None = None
) -> None:
    """Maximise log p(x) in float32, which is twice as fast; the model keeps these parameters, in float64 again."""
    objective = partial(exact_objective, points=points)
    fit(model.float(), x.float(), epochs, seed, objective, learning_rate=learning_rate, checkpoint=checkpoint)
    model.double()


def fit_encoder(model: Any, x: Tensor, epochs: int, seed: int) -> list[float]:
    """Fit the encoder alone, in rounds of falling step size; return the exact training ELBO before and after each."""
    elbos = [measured_elbo(model, x)]
    model.decoder.requires_grad_(False)
    for learning_rate in ENCODER_RATES:
        fit(model, x, epochs, seed, partial(vt.objectives.elbo, num_samples=4), learning_rate=learning_rate)
        elbos.append(measured_elbo(model, x))
    model.decoder.requires_grad_(True)
    return elbos


def measured_elbo(model: Any, x: Tensor) -> float:
    """Return the mean ELBO without noise."""
    with torch.no_grad():
        return round(float(vt.objectives.elbo_terms_by_quadrature(model, x, order=12).elbo.mean()), 4)


def make_start(seed: int, arguments: argparse.Namespace) -> tuple[vt.models.VAE, list[float]]:
    """Return the model after exact maximum likelihood, in float32, and the ELBOs while its encoder was fitted."""
    train = vt.datasets.load_digits().train
    model = digits_vae(seed)
    checkpoint, finished = (arguments.work / f"{kind}_{seed}.safetensors" for kind in ("exact", "start"))
    if finished.exists():
        with safe_open(finished, framework="pt") as file:
            model.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
            return model, json.loads(file.metadata()["elbos"])
    fit_exactly(model, train, arguments.epochs, seed, arguments.points, 2e-3, checkpoint)
    elbos = fit_encoder(model, train, arguments.encoder_epochs, seed)
    state = {name: value.float() for name, value in model.state_dict().items()}
    save_file(state, finished, {"elbos": json.dumps(elbos)})
    model.load_state_dict(state)
    return model, elbos


def run(seed: int, arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return one seed's numbers and its checkpoint."""
    train = vt.datasets.load_digits().train
    start, elbos = make_start(seed, arguments)
    record = {"seed": seed, "training ELBO while the encoder is fitted": elbos, "start": measure(start)}
    print(json.dumps(record), flush=True)

    bound = copy.deepcopy(start)
    fit(bound, train, arguments.more, seed, smooth_elbo, learning_rate=arguments.rate)
    record["ELBO"] = measure(bound)

    encoder_alone = copy.deepcopy(start)
    encoder_alone.decoder.requires_grad_(False)
    fit(encoder_alone, train, arguments.more, seed, smooth_elbo, learning_rate=arguments.rate)
    record["encoder alone"] = measure(encoder_alone)

    control = copy.deepcopy(start)
    fit_exactly(control, train, arguments.more, seed, arguments.points, arguments.rate)
    record["exact"] = measure(control)
    print(json.dumps(record), flush=True)

    from_scratch = digits_vae(seed)
    fit(from_scratch, train, arguments.epochs, seed, vt.objectives.elbo)
    fit(from_scratch, train, arguments.more, seed, smooth_elbo, learning_rate=arguments.rate)
    record["ELBO from the beginning"] = measure(from_scratch)
    print(json.dumps(record), flush=True)
    tensors = {f"start.{name}": value for name, value in start.state_dict().items()}
    tensors |= {f"control.{name}": value for name, value in control.state_dict().items() if "decoder" in name}
    return record, {name: value.float().contiguous() for name, value in tensors.items()}


def spread(records: list[dict[str, Any]], kind: str, split: str, quantity: str) -> str:
    """Return mean and range over the seeds of the change since the start."""
    changes = [record[kind][split][quantity] - record["start"][split][quantity] for record in records]
    return f"{statistics.mean(changes):+.4f} ({min(changes):+.4f} … {max(changes):+.4f})"


def main() -> None:
    """Read the command line, and keep the files between the phases somewhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, default=400, help="of exact maximum likelihood, before the checkpoint")
    parser.add_argument("--encoder-epochs", type=int, default=60, help="in each of five rounds with falling step size")
    parser.add_argument("--more", type=int, default=40, help="epochs of each run that starts from the checkpoint")
    parser.add_argument("--rate", type=float, default=5e-4, help="learning rate of those runs; before, it is 2e-3")
    parser.add_argument("--points", type=int, default=51, help="of the training lattice, along each axis")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--work", type=Path, help="folder for the files of an interrupted run")
    parser.add_argument("--folder", type=Path, default=RECORDS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as scratch:
        arguments.work = arguments.work or Path(scratch)
        execute(arguments)


def execute(arguments: argparse.Namespace) -> None:
    """Run all seeds, store their numbers and the first one's checkpoint, and print the changes."""
    torch.set_default_dtype(torch.float64)
    records, checkpoints = zip(*[run(seed, arguments) for seed in arguments.seeds], strict=True)
    settings = {
        name.replace("_", " "): value for name, value in vars(arguments).items() if name not in {"folder", "work"}
    }
    result = {
        "command": "python -m experiments.exact_maximum_likelihood",
        "unit": "nats per digit, means over 1200 training and 297 held-out (test) digits",
        "settings": settings | {"batch size": 100, "optimiser": "Adam, a new one for each run"},
        "conditions": {
            "torch": torch.__version__,
            "device": "CPU",
            "machine": platform.machine(),
            "dtype": "exact maximum likelihood in float32, all else in float64; the start was rounded to float32",
        },
        "runs": list(records),
    }
    text = json.dumps(result, indent=1)
    (arguments.folder / "exact_maximum_likelihood.json").write_text(text + "\n", encoding="utf-8")
    save_file(checkpoints[0], arguments.folder / "exact_maximum_likelihood.safetensors")
    for kind in ("ELBO", "encoder alone", "exact", "ELBO from the beginning"):
        for split in ("train", "held-out"):
            for quantity in ("ELBO", "log p(x)"):
                print(f"{kind:24} {split:9} {quantity:9} {spread(list(records), kind, split, quantity)}")


if __name__ == "__main__":
    main()
