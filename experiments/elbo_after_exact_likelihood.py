"""Repeat what chance decides in ``exact_maximum_likelihood.py``, and see whether log p(x) falls each time.

That command trains on log p(x) itself, three seeds, and goes on from each checkpoint once.  Falls of 0.02 nats want
more than one continuation each.  Here the checkpoints are made again, and from each of them several pairs of runs go
on: one on the ELBO (encoder and decoder), and one on log p(x), the control.  The pairs differ in the order of the
batches (and the shifts of the control's lattice), and some also in the encoder: it is started anew, from other
numbers, and fitted to the checkpoint's decoder alone.  Each run is measured after ``--more`` epochs and after twice as
many.

    python -m experiments.elbo_after_exact_likelihood [--seeds 1 2 3] [--orders 3] [--encoders 1] [--more 40]

It writes ``elbo_after_exact_likelihood.json`` into ``--folder``, by default ``vae_tutorial/records``, and takes about
half an hour of one processor.  With ``--work`` the finished parts are kept there, and seeds may run side by side, one
command each; the last one writes the whole record.
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import torch

import vae_tutorial as vt
from bookkit.digits import digits_vae
from bookkit.paths import RECORDS
from experiments.exact_maximum_likelihood import exact_objective, make_start, measure, smooth_elbo

ENCODER_ROUNDS = [(2e-3, 300), (1e-3, 60), (5e-4, 60), (2e-4, 60), (1e-4, 60)]  # learning rate, epochs


def settings_of_the_start(arguments: argparse.Namespace) -> argparse.Namespace:
    """Return the settings with which the checkpoint of the other record was made."""
    return argparse.Namespace(epochs=arguments.epochs, encoder_epochs=60, points=51, work=arguments.work)


def with_new_encoder(model: vt.models.VAE, seed: int) -> vt.models.VAE:
    """Return the model with an encoder that started from other numbers and was fitted to the same decoder."""
    train = vt.datasets.load_digits().train
    renewed = copy.deepcopy(model)
    renewed.encoder.load_state_dict(digits_vae(seed).encoder.state_dict())
    renewed.decoder.requires_grad_(False)
    objective = partial(vt.objectives.elbo, num_samples=4)
    for learning_rate, epochs in ENCODER_ROUNDS:
        config = vt.training.TrainConfig(epochs=epochs, seed=seed, learning_rate=learning_rate, progress=False)
        vt.training.fit(renewed, train, config, objective=objective)
    renewed.decoder.requires_grad_(True)
    return renewed


def go_on(start: vt.models.VAE, objective: Any, order: int, more: int, rate: float, exact: bool) -> dict[str, Any]:
    """Return what is measured after ``more`` and after ``2 · more`` epochs; exact maximum likelihood is in float32."""
    found: dict[str, Any] = {}
    model = copy.deepcopy(start)
    train = vt.datasets.load_digits().train

    def look(epoch: int, trained: vt.models.VAE) -> None:
        if epoch in (more, 2 * more):
            found[f"{epoch} epochs"] = measure(copy.deepcopy(trained).double())

    config = vt.training.TrainConfig(epochs=2 * more, seed=order, learning_rate=rate, progress=False)
    if exact:
        vt.training.fit(model.float(), train.float(), config, objective=objective, callback=look)
    else:
        vt.training.fit(model, train, config, objective=objective, callback=look)
    return found


def pairs_of(seed: int, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Return all pairs of runs that start from one seed's checkpoint."""
    finished = arguments.work / f"pairs_{seed}.json"
    pairs = list(json.loads(finished.read_text(encoding="utf-8"))) if finished.exists() else []
    if len(pairs) == arguments.orders + arguments.encoders:
        return pairs
    checkpoint, _ = make_start(seed, settings_of_the_start(arguments))
    plan = [("of the checkpoint", seed + 100 * i) for i in range(arguments.orders)]
    plan += [("started anew", 1000 * i + seed) for i in range(1, arguments.encoders + 1)]
    for encoder, order in plan[len(pairs) :]:
        start = with_new_encoder(checkpoint, order) if encoder == "started anew" else checkpoint
        common = {"order": order, "more": arguments.more, "rate": arguments.rate}
        pair = {"encoder": encoder, "order": order, "start": measure(start)}
        pair["ELBO"] = go_on(start, smooth_elbo, exact=False, **common)
        pair["exact"] = go_on(start, partial(exact_objective, points=51), exact=True, **common)
        pairs.append(pair)
        finished.write_text(json.dumps(pairs), encoding="utf-8")
        print(json.dumps(pair), flush=True)
    return pairs


def has_all_pairs(seed: int, arguments: argparse.Namespace) -> bool:
    """Say whether all pairs of this seed lie in the working folder."""
    finished = arguments.work / f"pairs_{seed}.json"
    return finished.exists() and len(json.loads(finished.read_text())) == arguments.orders + arguments.encoders


def execute(arguments: argparse.Namespace) -> None:
    """Run the seeds, and write the record once all are there."""
    torch.set_default_dtype(torch.float64)
    for seed in arguments.seeds:
        pairs_of(seed, arguments)
    wanted = [1, 2, 3]
    if set(arguments.seeds) != set(wanted) and not all(has_all_pairs(seed, arguments) for seed in wanted):
        print("other seeds are missing: no record written")
        return
    result = {
        "command": "python -m experiments.elbo_after_exact_likelihood",
        "unit": "nats per digit, means over 1200 training and 297 held-out (test) digits",
        "settings": {
            "seeds of the checkpoints": wanted,
            "epochs before": arguments.epochs,
            "more": arguments.more,
            "rate": arguments.rate,
            "rounds of a new encoder (learning rate, epochs)": ENCODER_ROUNDS,
            "threads": arguments.threads,
        },
        "conditions": {
            "torch": torch.__version__,
            "device": "CPU",
            "machine": platform.machine(),
            "dtype": "exact maximum likelihood in float32, all else in float64",
        },
        "runs": [{"seed": seed, "pairs": pairs_of(seed, arguments)} for seed in wanted],
    }
    path = arguments.folder / "elbo_after_exact_likelihood.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line, and keep the finished parts somewhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="some or all of 1 2 3")
    parser.add_argument("--orders", type=int, default=3, help="pairs with the checkpoint's own encoder")
    parser.add_argument("--encoders", type=int, default=1, help="further pairs, each with an encoder started anew")
    parser.add_argument("--epochs", type=int, default=400, help="of exact maximum likelihood, before the checkpoint")
    parser.add_argument("--more", type=int, default=40, help="epochs after it; measured again after twice as many")
    parser.add_argument("--rate", type=float, default=5e-4, help="learning rate after the checkpoint")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--work", type=Path, help="folder for the finished parts")
    parser.add_argument("--folder", type=Path, default=RECORDS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as scratch:
        arguments.work = arguments.work or Path(scratch)
        execute(arguments)


if __name__ == "__main__":
    main()
