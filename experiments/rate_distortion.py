"""Train with several weights of the KL, and with weights that change on the way, for longer than the chapter does.

The chapter on rate and distortion trains 45 epochs with each weight, and finds the best exact log p(x) at 0.3; and 45
epochs at 0.3, followed by 10 at 1, end higher than 55 epochs at 1.  Here the same networks are trained for 55, 110, 220
and 440 epochs: with each weight held, with 0.3 for nine elevenths of the training and then 1, and with a weight that
rises from 0 to 1 in a straight line over the first half.  A seed decides about initial weights, order of the digits and
samples of z.  log p(x) is exact (quadrature), on 300 validation and 297 test digits.

    python -m experiments.rate_distortion [--schedules …] [--seeds 0 1 2]

It writes ``rate_distortion.json`` into ``--folder``, by default ``vae_tutorial/records``.  With ``--work`` the finished
parts are kept there, and schedules may run side by side, one command each; the last one writes the record.
"""

from __future__ import annotations

import argparse
import functools
import json
import platform
import tempfile
from pathlib import Path
from typing import Any

import torch

import vae_tutorial as vt
from bookkit.digits import digits_vae
from bookkit.paths import RECORDS

LENGTHS = (55, 110, 220, 440)
SEEDS = (0, 1, 2)
HELD = {"0.1": 0.1, "0.3": 0.3, "1": 1.0}
SCHEDULES = (*HELD, "0.3, then 1", "0 to 1")


def make_model(seed: int) -> vt.models.VAE:
    """Return the chapter's model, started from a seed."""
    return digits_vae(seed, (64, 64))


class Rising:
    """The ELBO with a weight of the KL that rises from 0 to 1 in some steps."""

    def __init__(self, steps: int) -> None:
        self.steps, self.step = steps, 0

    def __call__(self, model: Any, x: torch.Tensor) -> torch.Tensor:
        """Return the objective [N]."""
        self.step += 1
        return vt.objectives.beta_elbo(model, x, beta=min(1.0, self.step / self.steps))


def train(model: Any, epochs: int, seed: int, objective: Any, callback: Any = None) -> None:
    """Train as the chapter does; each call starts a new Adam."""
    config = vt.training.TrainConfig(epochs=epochs, batch_size=200, learning_rate=1e-2, seed=seed, progress=False)
    vt.training.fit(model, vt.datasets.load_digits().train, config, objective=objective, callback=callback)


def measure(model: Any) -> dict[str, float]:
    """Return exact log p(x), ELBO and rate for each part of the digits, in nats."""
    digits = vt.datasets.load_digits()
    found: dict[str, float] = {}
    for name in ("validation", "test"):
        x = getattr(digits, name)
        estimate = vt.evidence.quadrature(model, x, tolerance=2e-2)
        assert estimate.numerical_error is not None
        with torch.no_grad():
            terms = vt.objectives.elbo_terms_by_quadrature(model, x, order=8)
        values = {"log p(x)": estimate.log_prob.mean(), "ELBO": terms.elbo.mean(), "rate": terms.kl.mean()}
        found |= {f"{key}, {name}": round(float(value), 4) for key, value in values.items()}
        found["error"] = max(found.get("error", 0.0), round(float(estimate.numerical_error.max()), 4))
    return found


def runs_of(schedule: str, seed: int, work: Path) -> list[dict[str, Any]]:
    """Return what is measured after each length; where the weight depends on the length, each is a run of its own."""
    finished = work / f"{schedule}_{seed}.json"
    if finished.exists():
        return list(json.loads(finished.read_text(encoding="utf-8")))
    found: list[dict[str, Any]] = []

    def look(epoch: int, model: Any) -> None:
        if epoch in LENGTHS:
            found.append({"schedule": schedule, "seed": seed, "epochs": epoch, **measure(model)})
            print(json.dumps(found[-1]), flush=True)

    if schedule in HELD:
        objective = functools.partial(vt.objectives.beta_elbo, beta=HELD[schedule])
        train(make_model(seed), LENGTHS[-1], seed, objective, look)
    for epochs in () if schedule in HELD else LENGTHS:
        model = make_model(seed)
        if schedule == "0 to 1":
            train(model, epochs, seed, Rising(epochs * 6 // 2))
        else:
            train(model, epochs * 45 // 55, seed, functools.partial(vt.objectives.beta_elbo, beta=0.3))
            train(model, epochs * 10 // 55, seed, vt.objectives.elbo)
        look(epochs, model)
    finished.write_text(json.dumps(found), encoding="utf-8")
    return found


def execute(arguments: argparse.Namespace) -> None:
    """Run the schedules, and write the record once all are there."""
    torch.set_default_dtype(torch.float64)
    for seed in arguments.seeds:
        for schedule in arguments.schedules:
            runs_of(schedule, seed, arguments.work)
    every = [(schedule, seed) for schedule in SCHEDULES for seed in SEEDS]
    if not all((arguments.work / f"{schedule}_{seed}.json").exists() for schedule, seed in every):
        print("other schedules are missing: no record written")
        return
    conditions = {
        "data": "digits (binary), 1200 for training, 300 for validation, 297 for test",
        "model": "64-64-64-2 encoder, 2-64-64-64 decoder, tanh, Bernoulli pixels, prior N(0, I)",
        "training": "Adam 0.01, batches of 200 (6 steps an epoch), one sample of z",
        "schedules": "a number: that weight throughout; '0.3, then 1': 0.3 for 45 of 55 epochs, then 1, a new Adam; "
        "'0 to 1': the weight rises in a straight line in the first half of the training",
        "log p(x)": "quadrature; error: the largest that it reports for one digit",
        "unit": "nats per digit, means over the digits of a part",
    }
    result = {
        "command": "python -m experiments.rate_distortion",
        "seeds": list(SEEDS),
        "device": f"CPU ({platform.machine()}), 1 thread, float64, torch {torch.__version__}",
        "conditions": conditions,
        "runs": [row for schedule, seed in every for row in runs_of(schedule, seed, arguments.work)],
    }
    path = arguments.folder / "rate_distortion.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line, and keep the finished parts somewhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", nargs="+", default=list(SCHEDULES), choices=SCHEDULES)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--work", type=Path, help="folder for the finished parts")
    parser.add_argument("--folder", type=Path, default=RECORDS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        arguments.work = arguments.work or Path(scratch)
        execute(arguments)


if __name__ == "__main__":
    main()
