"""Try each popular remedy on each way of collapse, and judge it by exact log p(x) on examples that were held out.

The chapter on posterior collapse makes it on purpose in four ways: the reconstruction is divided by the number of
pixels (1), the data vary no more than the noise (2), the encoder learns a hundred times more slowly than the decoder
(3), and the decoder can model the data without the code (4).  Here each of these is trained as it is, with annealing,
with free bits, with a weaker decoder, and with the cure that belongs to its cause, where there is one.  A seed decides
about initial weights, order of the examples and samples of z.  All runs are measured after as many epochs as in the
chapter, and after 2 and 4 times as many, so that a lead which more training takes away is seen.

log p(x) is exact: by quadrature (ways 1 and 3), in closed form (way 2), or by quadrature for all 256 rows of pixels,
weighted with their known probabilities (way 4).

    python -m experiments.posterior_collapse [--ways 1 2 3 4] [--seeds 0 1 2]

It writes ``posterior_collapse.json`` into ``--folder``, by default ``vae_tutorial/records``.  With ``--work`` the
finished parts are kept there, and ways may run side by side, one command each; the last one writes the record.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributions as td
from torch import Tensor, nn

import vae_tutorial as vt
from bookkit.digits import digits_vae
from bookkit.paths import RECORDS

LENGTHS = (1, 2, 4)  # in units of the chapter's number of epochs
WAYS = (1, 2, 3, 4)
SEEDS = (0, 1, 2)
REMEDIES = ("none", "annealing", "free bits 0.5", "free bits 1", "weaker decoder", "its own cure")
Measure = Callable[[Any], dict[str, float]]


class Neighbours(td.Distribution):
    """Eight pixels; the logit of each is moved up or down by the pixel to its left."""

    support = td.constraints.independent(td.constraints.boolean, 1)

    def __init__(self, logits: Tensor, weight: Tensor) -> None:
        self.logits, self.weight = logits, weight
        super().__init__(logits.shape[:-1], logits.shape[-1:], validate_args=False)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x|z)."""
        left = (2 * x[..., :-1] - 1) * self.weight
        logits = self.logits + nn.functional.pad(left, (1, 0))
        return (x * logits - nn.functional.softplus(logits)).sum(-1)


class NeighbourDecoder(nn.Module):
    """Return p(x|z) of a row; blind, or seeing the pixel to the left of each."""

    def __init__(self, sees: bool) -> None:
        super().__init__()
        self.net = vt.networks.MLP(2, 8, (32,))
        self.weight = nn.Parameter(torch.zeros(7), requires_grad=sees)

    def forward(self, z: Tensor) -> Neighbours:
        """Return p(x|z) for z [M, 2]."""
        return Neighbours(self.net(z), self.weight)


class Objective:
    """The ELBO with one of the remedies: per example [N], in nats."""

    def __init__(self, remedy: str, share: float, steps: int) -> None:
        self.remedy, self.share, self.ramp, self.step = remedy, share, steps / 2, 0

    def __call__(self, model: Any, x: Tensor) -> Tensor:
        """Return the objective; the reconstruction is multiplied by the share."""
        self.step += 1
        terms = vt.objectives.elbo_terms(model, x)
        if self.remedy == "annealing":
            return self.share * terms.reconstruction - min(1.0, self.step / self.ramp) * terms.kl
        if self.remedy.startswith("free bits"):
            kl = td.kl_divergence(model.posterior(x).base_dist, td.Normal(0.0, 1.0)).mean(0)  # [d]
            return self.share * terms.reconstruction - kl.clamp(min=float(self.remedy.split()[-1])).sum()
        return self.share * terms.reconstruction - terms.kl


def digits_model(way: int, remedy: str) -> vt.models.VAE:
    """Return the chapter's model of binary digits (ways 1 and 3); the weaker decoder has no hidden layer."""
    return digits_vae(hidden=(64,), decoder_hidden=() if remedy == "weaker decoder" else (64,))


def linear_model(way: int, remedy: str) -> vt.models.VAE:
    """Return a linear VAE of grey digits with ten dimensions (way 2); the weaker decoder has no bias."""
    encoder = vt.posteriors.DiagonalGaussian(nn.Linear(64, 20))
    net = nn.Linear(10, 64, bias=remedy != "weaker decoder")
    decoder = vt.likelihoods.Gaussian(net, scale=0.2**0.5, learn_scale=remedy == "its own cure")
    return vt.models.VAE(encoder, decoder)


def rows_model(way: int, remedy: str) -> vt.models.VAE:
    """Return the chapter's model of rows (way 4); the weaker decoder sees no neighbour."""
    encoder = vt.posteriors.DiagonalGaussian(vt.networks.MLP(8, 4, (32,)))
    return vt.models.VAE(encoder, NeighbourDecoder(remedy != "weaker decoder"))


def measure_digits(model: Any) -> dict[str, float]:
    """Return KL, ELBO and exact log p(x) of the held-out digits."""
    x = vt.datasets.load_digits().test
    estimate = vt.evidence.quadrature(model, x, tolerance=5e-3)
    assert estimate.numerical_error is not None
    with torch.no_grad():
        terms = vt.objectives.elbo_terms_by_quadrature(model, x, order=10)
    values = {"log p(x)": estimate.log_prob, "ELBO": terms.elbo, "KL": terms.kl}
    found = {name: float(value.mean()) for name, value in values.items()}
    return found | {"error": float(estimate.numerical_error.max())}


@torch.no_grad()
def measure_linear(model: Any) -> dict[str, float]:
    """Return the same for grey digits, in closed form."""
    net = model.decoder.net
    bias = net.bias if net.bias is not None else torch.zeros(64)
    scale = model.likelihood(torch.zeros(1, 10)).base_dist.scale[0, 0]
    linear = vt.models.LinearGaussian(net.weight, bias, float(scale))
    grey = vt.datasets.load_digits(values="counts").test / 16
    q = model.posterior(grey)
    spread = (net.weight.square() * q.variance[:, None]).sum((1, 2)) / (2 * scale**2)
    kl = td.kl_divergence(q, model.prior())
    lower = linear.likelihood(q.mean).log_prob(grey) - spread - kl
    values = {"log p(x)": linear.log_prob(grey), "ELBO": lower, "KL": kl}
    found = {name: float(value.mean()) for name, value in values.items()}
    return found | {"noise variance": float(scale) ** 2, "error": 0.0}


def rows_of_pixels() -> tuple[Tensor, Tensor, Tensor]:
    """Return all 256 rows, their probabilities, and the chapter's training set."""
    rows = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 8)
    changes = (rows[:, 1:] != rows[:, :-1]).sum(1)
    p_data = 0.5 * 0.1**changes * 0.9 ** (7 - changes)
    torch.manual_seed(0)
    return rows, p_data, rows[torch.multinomial(p_data, 2000, replacement=True)]


def measure_rows(model: Any) -> dict[str, float]:
    """Return the exact means under p_data."""
    rows, p_data, _ = rows_of_pixels()
    estimate = vt.evidence.quadrature(model, rows, tolerance=5e-5)
    assert estimate.numerical_error is not None
    with torch.no_grad():
        terms = vt.objectives.elbo_terms_by_quadrature(model, rows, order=20)
    values = {"log p(x)": estimate.log_prob, "ELBO": terms.elbo, "KL": terms.kl}
    found = {name: float((p_data * value).sum()) for name, value in values.items()}
    return found | {"error": float(estimate.numerical_error.max())}


def settings(way: int) -> dict[str, Any]:
    """Return what a way of collapse trains on, and how."""
    if way == 4:
        common = {"train": rows_of_pixels()[2], "epochs": 60, "batch": 400, "rate": 0.03}
        return common | {"build": rows_model, "measure": measure_rows}
    grey = vt.datasets.load_digits(values="counts").train / 16
    common = {"epochs": 50, "batch": 300, "rate": 0.012}
    if way == 2:
        return common | {"train": grey, "build": linear_model, "measure": measure_linear}
    return common | {"train": vt.datasets.load_digits().train, "build": digits_model, "measure": measure_digits}


def run(way: int, remedy: str, seed: int, lengths: tuple[int, ...]) -> list[dict[str, Any]]:
    """Train once, and measure after each of the lengths."""
    chosen = settings(way)
    train, epochs = chosen["train"], chosen["epochs"] * lengths[-1]
    cured = remedy == "its own cure"
    torch.manual_seed(seed)
    model = chosen["build"](way, remedy)
    share = 1 / 64 if way == 1 and not cured else 1.0
    slow = chosen["rate"] / 100 if way == 3 and not cured else chosen["rate"]
    groups = [
        {"params": model.encoder.parameters(), "lr": slow},
        {"params": [p for p in model.decoder.parameters() if p.requires_grad], "lr": chosen["rate"]},
    ]
    optimizer = torch.optim.Adam(groups, fused=True)
    objective = Objective(remedy, share, epochs * -(-len(train) // chosen["batch"]))
    torch.manual_seed(seed)
    found = []
    for epoch in range(1, epochs + 1):
        for batch in train[torch.randperm(len(train))].split(chosen["batch"]):
            optimizer.zero_grad()
            (-objective(model, batch).mean()).backward()
            optimizer.step()
        if epoch in [chosen["epochs"] * length for length in lengths]:
            state = torch.get_rng_state()
            values = {name: round(value, 4) for name, value in chosen["measure"](model).items()}
            torch.set_rng_state(state)
            found.append({"way": way, "remedy": remedy, "seed": seed, "epochs": epoch} | values)
            print(json.dumps(found[-1]), flush=True)
    return found


def runs_of(way: int, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Return all runs of one way; annealing depends on the length, so each length is a run of its own."""
    finished = arguments.work / f"way_{way}.json"
    if finished.exists():
        return list(json.loads(finished.read_text(encoding="utf-8")))
    found = []
    for remedy in REMEDIES:
        if way == 4 and remedy == "its own cure":
            continue  # nothing to cure
        for seed in arguments.seeds:
            plans = [(length,) for length in LENGTHS] if remedy == "annealing" else [LENGTHS]
            found += [row for plan in plans for row in run(way, remedy, seed, plan)]
    finished.write_text(json.dumps(found), encoding="utf-8")
    return found


def execute(arguments: argparse.Namespace) -> None:
    """Run the ways, and write the record once all are there."""
    torch.set_default_dtype(torch.float64)
    for way in arguments.ways:
        runs_of(way, arguments)
    if not all((arguments.work / f"way_{way}.json").exists() for way in WAYS):
        print("other ways are missing: no record written")
        return
    conditions = {
        "1, 3": "binary digits, 64-64-2 encoder, 2-64-64 decoder; Adam 0.012, batches of 300, 50 epochs and more",
        "2": "grey digits, linear encoder and decoder, d = 10, noise variance 0.2; Adam 0.012, batches of 300",
        "3": "as 1, the encoder's learning rate divided by 100, the reconstruction a sum over pixels",
        "4": "rows of 8 pixels, one hidden layer of 32 units; Adam 0.03, batches of 400, 60 epochs and more",
        "annealing": "the weight of the KL rises from 0 to 1 in the first half of the training",
        "free bits": "a dimension's KL, averaged over the batch, costs nothing below 0.5 or 1 nat",
        "weaker decoder": "1 and 3: no hidden layer; 2: no bias; 4: sees no neighbouring pixel",
        "its own cure": "1: sum over pixels; 2: the noise is learned; 3: the encoder's rate is the decoder's",
        "unit": "nats per example, means over 297 held-out digits, or exact under p_data (4)",
        "error": "the largest that quadrature reports for one example",
    }
    result = {
        "command": "python -m experiments.posterior_collapse",
        "seeds": arguments.seeds,
        "device": f"CPU ({platform.machine()}), 1 thread, float64, torch {torch.__version__}",
        "conditions": conditions,
        "runs": [row for way in WAYS for row in runs_of(way, arguments)],
    }
    path = arguments.folder / "posterior_collapse.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line, and keep the finished parts somewhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ways", type=int, nargs="+", default=list(WAYS), choices=WAYS)
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
