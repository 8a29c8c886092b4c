"""Measure which change of the encoder moves which part of the gap, with all the randomness that could undo the answer.

Three experiments on the digits, for the chapter on amortised inference.

* frozen: three decoders are trained as in the chapter, then held fixed.  On each of them every variant of the encoder
  (the same again, bigger, full covariance, 300 digits only) is trained from five initialisations, with an order of the
  digits and samples of its own.  The whole gap log p(x) − ELBO(q) is measured after 200 steps, as in the chapter, and
  after 800 and 1600.  Under two other settings of the decoders (half the batch, 48 units) after 200 steps.
* families: for each of the three decoders, the approximation gap of the diagonal and of the full Gaussian, fitted to
  each of 75 held-out digits from two starts, and fitted again with twice the steps and twice the samples.
* retrained: encoder and decoder are trained together from five initialisations, with the small and with the bigger
  encoder, for 200 and for 800 steps; log p(x) and both gaps of 75 held-out digits.

log p(x) is a sum over a grid, the ELBO a Gauss–Hermite sum.

    python -m experiments.encoder_gaps [--decoders 1 2 3] [--encoders 1 2 3 4 5] [--models 1 2 3 4 5] [--threads 1]

It writes ``encoder_gaps.json`` into ``--folder``, by default ``vae_tutorial/records``, and takes about ten minutes of
one processor.  An interrupted run goes on from the files in ``--work``, if that is given.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution, Independent, Normal

import vae_tutorial as vt
from bookkit.digits import digits_vae
from bookkit.paths import RECORDS

VARIANTS: dict[str, tuple[tuple[int, ...], bool, int]] = {  # hidden layers, full covariance?, training digits
    "same again": ((32,), False, 1200),
    "bigger, 64–64": ((64, 64), False, 1200),
    "full covariance": ((32,), True, 1200),
    "300 digits only": ((32,), False, 300),
}
SETTINGS = {  # batch of the decoder's training, units in each of its two layers
    "as in the chapter": (300, 64),
    "half the batch": (150, 64),
    "48 units": (300, 48),
}
STAGES = [(200, 0.012), (800, 0.004), (1600, 0.001)]  # up to this step, at this learning rate
FITS = {"400 steps, 16 samples": (400, 16), "800 steps, 32 samples": (800, 32)}


def encoder(hidden: tuple[int, ...], full: bool = False) -> torch.nn.Module:
    """Return an encoder for a 2-D z: diagonal (4 numbers) or full (5 numbers)."""
    if full:
        return vt.posteriors.FullGaussian(vt.networks.MLP(64, 5, hidden))
    return vt.posteriors.DiagonalGaussian(vt.networks.MLP(64, 4, hidden))


def train(model: vt.models.VAE, x: Tensor, steps: int, batch: int, rate: float, seed: int) -> None:
    """Maximise the mean ELBO for this many steps, one sample of z for each digit."""
    config = vt.training.TrainConfig(
        epochs=steps * batch // len(x), batch_size=batch, learning_rate=rate, seed=seed, progress=False
    )
    vt.training.fit(model, x, config)


def make_model(seed: int, hidden: tuple[int, ...], batch: int, units: int, x: Tensor) -> vt.models.VAE:
    """Return encoder and decoder, trained together as in the chapter."""
    model = digits_vae(seed, hidden, (units, units))
    train(model, x, 200, batch, 0.012, seed)
    return model


def elbo(model: Any, x: Tensor, q: Distribution | None = None, order: int = 8) -> Tensor:
    """Return the ELBO [N] by order² nodes, for the model's own q(z|x) or for the q given."""
    judged = model if q is None else vt.models.WithPosterior(model, q)
    with torch.no_grad():
        return vt.objectives.elbo_terms_by_quadrature(judged, x, order=order).elbo


def log_p(model: Any, x: Tensor) -> Tensor:
    """Return log p(x) [N]: p(x|z) p(z), summed over the midpoints of 100 × 100 cells."""
    with torch.no_grad():
        return vt.inference.grid_posterior(model, x, num_points=100, low=-5.5, high=5.5).log_normalizer


def encoder_gaps(
    model: vt.models.VAE, exact: Tensor, variant: str, seed: int, digits: Any, stages: list[tuple[int, float]]
) -> list[Tensor]:
    """Train one new encoder with the decoder frozen; return the whole gap of every digit after each stage."""
    hidden, full, number = VARIANTS[variant]
    torch.manual_seed(100 + seed)
    new = vt.models.VAE(encoder(hidden, full), model.decoder)
    gaps, done = [], 0
    for stage, (steps, rate) in enumerate(stages):
        new.encoder.requires_grad_(True)
        train(new, digits.train[:number], steps - done, 150, rate, 10 * seed + stage)
        new.requires_grad_(False)
        gaps.append(exact - elbo(new, torch.cat([digits.test, digits.train[:300]])))
        done = steps
    return gaps


def frozen(setting: str, seed: int, model: vt.models.VAE, encoders: list[int], digits: Any) -> dict[str, Any]:
    """Return, for one decoder, the mean whole gaps by variant, encoder and stage, and the means' changes by digit."""
    both = torch.cat([digits.test, digits.train[:300]])
    exact = log_p(model, both)
    stages = STAGES if setting == "as in the chapter" else STAGES[:1]
    gaps = {
        name: torch.stack([torch.stack(encoder_gaps(model, exact, name, e, digits, stages)) for e in encoders])
        for name in VARIANTS  # [encoders, stages, 597] each
    }
    return {
        "setting": setting,
        "decoder": seed,
        "held-out": {name: rounded(g[..., :297].mean(-1)) for name, g in gaps.items()},
        "training": {name: rounded(g[..., 297:].mean(-1)) for name, g in gaps.items()},
        # for the error that comes from the choice of digits: the change of each digit's gap, mean of the encoders
        "changes": {
            name: rounded((g - gaps["same again"]).mean(0)) for name, g in gaps.items() if name != "same again"
        },
    }


def peak_of(model: Any, x: Tensor) -> Distribution:
    """Return a narrow Gaussian at the highest point of each true posterior on a grid."""
    grid = vt.inference.grid_posterior(model, x, num_points=100, low=-5.0, high=5.0)
    return Independent(Normal(grid.points[grid.log_prob.argmax(1)], 0.2), 1)


def fit_from(start: Distribution, model: Any, x: Tensor, steps: int, samples: int, full: bool = False) -> Distribution:
    """Fit one Gaussian to each row of x, beginning at the distribution start."""
    begun = vt.models.WithPosterior(model, start)
    return vt.inference.fit_posterior(begun, x, full=full, num_steps=steps, num_samples=samples)


def best_diagonal(model: vt.models.VAE, x: Tensor, steps: int, samples: int) -> Distribution:
    """Return q* [N], the better of two fits: from the encoder's q and from the posterior's peak."""
    with torch.no_grad():
        starts = [model.posterior(x), peak_of(model, x)]
    a, b = (fit_from(start, model, x, steps, samples) for start in starts)
    first = (elbo(model, x, a, 16) >= elbo(model, x, b, 16))[:, None]
    return Independent(Normal(torch.where(first, a.mean, b.mean), torch.where(first, a.stddev, b.stddev)), 1)


def families(seed: int, model: vt.models.VAE, digits: Any) -> dict[str, Any]:
    """Return the mean approximation gap of both families on 75 held-out digits, for both lengths of the fit."""
    x = digits.test[:75]
    exact = log_p(model, x)
    row: dict[str, Any] = {"decoder": seed}
    for name, (steps, samples) in FITS.items():
        torch.manual_seed(0)
        diagonal = best_diagonal(model, x, steps, samples)
        full = fit_from(diagonal, model, x, steps, samples, full=True)
        gaps = {family: exact - elbo(model, x, q, 16) for family, q in {"diagonal": diagonal, "full": full}.items()}
        row[name] = {family: rounded(g.mean(), 4) for family, g in gaps.items()}
    return row


def retrained(seed: int, digits: Any) -> list[dict[str, Any]]:
    """Train small and bigger encoders together with decoders of their own; return log p(x) and both gaps of each."""
    x, rows = digits.test[:75], []
    for hidden in ((32,), (64, 64)):
        model = make_model(seed, hidden, 300, 64, digits.train)
        for steps in (200, 800):
            if steps > 200:
                model.requires_grad_(True)
                train(model, digits.train, steps - 200, 300, 0.004, 1000 + seed)
            model.requires_grad_(False)
            torch.manual_seed(0)
            exact, own = log_p(model, x), elbo(model, x, order=16)
            best = elbo(model, x, best_diagonal(model, x, *FITS["400 steps, 16 samples"]), 16)
            means = {"log p(x)": exact, "approximation": exact - best, "amortisation": best - own}
            row = {"model": seed, "encoder": "–".join(map(str, hidden)), "steps": steps}
            rows.append(row | {name: rounded(value.mean(), 4) for name, value in means.items()})
    return rows


def rounded(values: Tensor, digits: int = 3) -> Any:
    """Return the numbers as lists, rounded."""
    if values.ndim == 0:
        return round(values.item(), digits)
    return [rounded(value, digits) for value in values]


def remembered(work: Path, name: str, compute: Any) -> Any:
    """Return what an interrupted run had finished, or compute and keep it."""
    file = work / f"{name}.json"
    if not file.exists():
        file.write_text(json.dumps(compute()), encoding="utf-8")
        print(name, flush=True)
    return json.loads(file.read_text(encoding="utf-8"))


def digit_errors(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the standard error over the digits of each mean change, by variant and stage: [held-out, training]."""
    errors = {}
    for name in rows[0]["changes"]:
        change = torch.tensor([row["changes"][name] for row in rows]).mean(0)  # [stages, 597]
        parts = (change[:, :297], change[:, 297:])
        errors[name] = [[rounded(p.std() / len(p) ** 0.5, 4) for p in pair] for pair in zip(*parts, strict=True)]
    return errors


def main() -> None:
    """Read the command line, and keep the files between the parts somewhere."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decoders", type=int, nargs="+", default=[1, 2, 3], help="seeds of the frozen decoders")
    parser.add_argument("--encoders", type=int, nargs="+", default=[1, 2, 3, 4, 5], help="seeds on each of them")
    parser.add_argument("--models", type=int, nargs="+", default=[1, 2, 3, 4, 5], help="seeds of retrained models")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--work", type=Path, help="folder for the files of an interrupted run")
    parser.add_argument("--folder", type=Path, default=RECORDS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_default_dtype(torch.float64)
    with tempfile.TemporaryDirectory() as scratch:
        arguments.work = arguments.work or Path(scratch)
        execute(arguments)


def execute(arguments: argparse.Namespace) -> None:
    """Run all parts and store their numbers."""
    digits = vt.datasets.load_digits()
    by_setting: dict[str, list[dict[str, Any]]] = {setting: [] for setting in SETTINGS}
    of_families = []
    for seed in arguments.decoders:
        for setting, (batch, units) in SETTINGS.items():
            model = make_model(seed, (32,), batch, units, digits.train).requires_grad_(False)
            name = f"frozen {setting} {seed}"
            part = remembered(
                arguments.work, name, lambda m=model, k=setting, s=seed: frozen(k, s, m, arguments.encoders, digits)
            )
            by_setting[setting].append(part)
            if setting == "as in the chapter":
                row = remembered(arguments.work, f"families {seed}", lambda m=model, s=seed: families(s, m, digits))
                of_families.append(row)
    of_models = [
        row
        for seed in arguments.models
        for row in remembered(arguments.work, f"retrained {seed}", lambda s=seed: retrained(s, digits))
    ]
    errors = {setting: digit_errors(rows) for setting, rows in by_setting.items()}
    rows = [{k: v for k, v in row.items() if k != "changes"} for rows in by_setting.values() for row in rows]
    result = {
        "command": "python -m experiments.encoder_gaps",
        "unit": "nats per digit, means over 297 held-out and 300 training digits (families and retrained: 75 held-out)",
        "settings": {
            "decoders": arguments.decoders,
            "encoders": arguments.encoders,
            "models": arguments.models,
            "threads": arguments.threads,
            "variants": {name: [list(h), f, n] for name, (h, f, n) in VARIANTS.items()},
            "stages": STAGES,
        },
        "conditions": {
            "torch": torch.__version__,
            "python": platform.python_version(),
            "device": "CPU",
            "machine": platform.machine(),
            "dtype": "float64",
        },
        "axes": "whole gaps: [encoder, stage]; digit errors: [stage, (held-out, training)]",
        "frozen": rows,
        "digit errors": errors,
        "families": of_families,
        "retrained": of_models,
    }
    text = json.dumps(result)
    (arguments.folder / "encoder_gaps.json").write_text(text + "\n", encoding="utf-8")
    for variant in list(VARIANTS)[1:]:
        for stage, (steps, _) in enumerate(STAGES):
            changes = [
                statistics.mean(v[stage] for v in row["held-out"][variant])
                - statistics.mean(v[stage] for v in row["held-out"]["same again"])
                for row in by_setting["as in the chapter"]
            ]
            print(f"{variant:16} {steps:5} steps: held-out", " ".join(f"{c:+.3f}" for c in changes))


if __name__ == "__main__":
    main()
