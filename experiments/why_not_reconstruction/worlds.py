"""The parts of the record: a world of 3×3 patterns, the digits in two and in ten dimensions, and Fashion-MNIST."""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

import vae_tutorial as vt
from bookkit.digits import digits_vae
from bookkit.paths import RECORDS
from experiments.why_not_reconstruction.measures import by_lattice, log_p_2d, measure_2d, mismatches, priors_for, terms
from experiments.why_not_reconstruction.ten_dimensions import measure_10d
from experiments.why_not_reconstruction.training import trained, weighted

SEEDS = (0, 1, 2)
WEIGHTS = (0.0, 0.01, 0.1, 0.3, 1.0)  # of the KL; the ends are reconstruction alone and the ELBO
ENDS = (0.0, 1.0)
PRIORS = ("declared", "gaussian", "mixture")
PATTERN_EPOCHS = (100, 1000, 3000)
EPOCHS = {2: (50, 100, 200, 400, 800, 1600), 10: (50, 100, 200, 400)}
EPOCHS_BETWEEN = (100, 400)  # for the weights between the ends
TRAINING_DIGITS_TOO = {2: (100, 400), 10: (200,)}  # the epochs at which training digits are scored as well
COMPONENTS = {2: 100, 10: 10}  # of the refitted mixture; 100 full Gaussians in 10-D would hold 6599 numbers
PATTERN_COMPONENTS = 14
SCORED = {2: {"validation": 300, "held-out": 297}, 10: {"validation": 50, "held-out": 100}}  # digits of each split
FASHION_EPOCHS = (6, 24)  # of 500 steps each
FASHION_IMAGES = 300
COVERAGE_EPOCHS = {2: 100, 10: 200}  # by latent dimension
SAMPLES, FAR, MISSED = 2000, 5, 10  # drawn of each model; pixels that a far digit differs in, at least; digits shown


def patterns() -> list[dict[str, Any]]:
    """Measure the 3×3 world, where over-fitting cannot happen: the training set is the distribution of the data."""
    world = vt.datasets.bars_and_stripes()
    is_pattern = world.probabilities > 0
    x = world.images[is_pattern]
    train = x.repeat(20, 1)
    rows = []
    for weight in ENDS:
        for seed in SEEDS:
            config = vt.training.TrainConfig(
                epochs=max(PATTERN_EPOCHS), batch_size=28, learning_rate=1e-2, seed=seed, progress=False
            )
            start = digits_vae(seed, (64,), num_pixels=9)
            for epochs, model in trained(start, train, config, weighted(weight), PATTERN_EPOCHS):
                priors = priors_for(model, train, PATTERN_COMPONENTS)
                total = vt.objectives.elbo_terms_by_quadrature(model, world.images, order=16).reconstruction
                row = {"weight": weight, "seed": seed, "epochs": epochs}
                row |= {"sum_of_exp_reconstruction": float(total.logsumexp(0).exp().detach())}
                row |= terms(model, x) | mismatches(model, train, priors) | measure_2d(model, x, priors)
                rows.append(reported(row))
    return rows


def patterns_without_gap() -> list[dict[str, Any]]:
    """Train the same decoders on log p(x) itself, summed over a lattice of z: what the bound's gap costs in 3×3."""
    world = vt.datasets.bars_and_stripes()
    x = world.images[world.probabilities > 0]
    axis = torch.linspace(-4.5, 4.5, 61)
    z = torch.cartesian_prod(axis, axis)
    log_cell = 2 * float((axis[1] - axis[0]).log())

    def log_p(model: Any, x: Tensor) -> Tensor:
        log_joint = vt.likelihoods.pairwise_log_prob(model.likelihood(z), x) + model.prior().log_prob(z)
        return log_joint.logsumexp(1) + log_cell

    rows = []
    for seed in SEEDS:
        config = vt.training.TrainConfig(epochs=4000, batch_size=14, learning_rate=1e-2, seed=seed, progress=False)
        for steps, model in trained(digits_vae(seed, (64,), num_pixels=9), x, config, log_p, (2000, 4000)):
            log_prob, error = by_lattice(model, x)
            row = {"seed": seed, "steps": steps, "declared": float(log_prob.mean())}
            rows.append(reported(row | {"declared_error": float(error.mean())}))
    return rows


def digits_of(latent_dim: int) -> list[dict[str, Any]]:
    """Measure every weight of the KL (in 10-D the ends) on the digits as training goes on."""
    digits = vt.datasets.load_digits()
    rows = []
    for weight in WEIGHTS if latent_dim == 2 else ENDS:
        for seed in SEEDS:
            moments = EPOCHS[latent_dim] if weight in ENDS else EPOCHS_BETWEEN
            config = vt.training.TrainConfig(epochs=max(moments), seed=seed, progress=False)
            start = digits_vae(seed, latent_dim=latent_dim)
            for epochs, model in trained(start, digits.train, config, weighted(weight), moments):
                priors = priors_for(model, digits.train, COMPONENTS[latent_dim])
                found = mismatches(model, digits.train, priors)
                splits = {"validation": digits.validation, "held-out": digits.test}
                if epochs in TRAINING_DIGITS_TOO[latent_dim] and weight in ENDS:
                    splits["train"] = digits.train
                for split, every in splits.items():
                    x = every[: SCORED[latent_dim].get(split, SCORED[latent_dim]["held-out"])]
                    row = {"weight": weight, "seed": seed, "epochs": epochs, "split": split}
                    if latent_dim == 2:
                        measured = terms(model, x) | measure_2d(model, x, priors)
                    else:
                        twice = (seed, epochs, split) == (0, 200, "held-out")
                        measured = terms(model, x) | measure_10d(model, x, priors, twice)
                    rows.append(reported(row | measured | (found if split == "held-out" else {})))
    return rows


def leads() -> list[dict[str, Any]]:
    """Train the ends again to the epochs that validation chose, and measure the ELBO's lead digit by digit.

    Its standard error says how much another draw of the held-out digits would change it.
    """
    digits = vt.datasets.load_digits()
    record = json.loads((RECORDS / "why_not_reconstruction.json").read_text(encoding="utf-8"))
    chosen = record["two_dimensions"]
    rows = []
    for seed in SEEDS:
        found: dict[tuple[float, str], Tensor] = {}
        for weight in ENDS:
            tried = [r for r in chosen if (r["weight"], r["seed"], r["split"]) == (weight, seed, "validation")]
            best: dict[str, int] = {name: max(tried, key=operator.itemgetter(name))["epochs"] for name in PRIORS}
            moments = tuple(sorted(set(best.values())))
            config = vt.training.TrainConfig(epochs=max(moments), seed=seed, progress=False)
            for epochs, model in trained(digits_vae(seed), digits.train, config, weighted(weight), moments):
                priors = priors_for(model, digits.train, COMPONENTS[2])
                wanted = {name: prior for name, prior in priors.items() if best[name] == epochs}
                found |= {(weight, n): log_p for n, (log_p, _) in log_p_2d(model, digits.test, wanted).items()}
        for prior in PRIORS:
            lead = found[1.0, prior] - found[0.0, prior]
            error = float(lead.std() / len(lead) ** 0.5)
            rows.append(reported({"seed": seed, "prior": prior, "lead": float(lead.mean()), "standard_error": error}))
    return rows


def fashion() -> list[dict[str, Any]]:
    """Measure the two ends on Fashion-MNIST at 28×28 pixels, binarised at half of the brightest grey."""
    images = vt.datasets.load_fashion_mnist()
    train, x = images.train.double(), images.test[:FASHION_IMAGES].double()
    rows = []
    for weight in ENDS:
        for seed in SEEDS:
            config = vt.training.TrainConfig(epochs=max(FASHION_EPOCHS), learning_rate=1e-3, seed=seed, progress=False)
            start = digits_vae(seed, num_pixels=784)
            for epochs, model in trained(start, train, config, weighted(weight), FASHION_EPOCHS):
                priors = priors_for(model, train[:5000], COMPONENTS[2])
                row = {"weight": weight, "seed": seed, "epochs": epochs, "split": "held-out"}
                rows.append(reported(row | terms(model, x) | measure_2d(model, x, priors)))
    return rows


def coverage() -> list[dict[str, Any]]:
    """Look for the held-out digits among 2000 samples of each model: how many pixels of the nearest one differ.

    For seed 0 the images are kept as well: the ten digits that reconstruction alone, under its declared prior, misses
    by most, and the nearest samples, 64 bits each.
    """
    digits = vt.datasets.load_digits()
    rows = []
    for latent_dim, epochs in COVERAGE_EPOCHS.items():
        for seed in SEEDS:
            sources: dict[str, Any] = {}
            for weight in ENDS:
                config = vt.training.TrainConfig(epochs=epochs, seed=seed, progress=False)
                start = digits_vae(seed, latent_dim=latent_dim)
                ((_, model),) = trained(start, digits.train, config, weighted(weight), (epochs,))
                gaussian = vt.diagnostics.refit_gaussian_prior(model, digits.train)
                name = "ELBO" if weight else "reconstruction"
                sources |= {f"{name}, declared": model, f"{name}, gaussian": vt.models.WithPrior(model, gaussian)}
            samples = {name: samples_of(model) for name, model in sources.items()}
            differing = {name: torch.cdist(digits.test.double(), of, p=1) for name, of in samples.items()}
            missed = differing["reconstruction, declared"].amin(1).argsort(descending=True, stable=True)[:MISSED]
            for name, pixels in differing.items():
                row = {"latent_dim": latent_dim, "epochs": epochs, "seed": seed, "source": name}
                row |= {"pixels": float(pixels.amin(1).mean()), "far": float((pixels.amin(1) > FAR).double().mean())}
                if seed == 0:
                    nearest = samples[name][pixels[missed].argmin(1)]
                    row |= {"digits": bits(digits.test[missed]), "nearest": bits(nearest)}
                rows.append(reported(row))
    return rows


@torch.no_grad()
def samples_of(model: Any) -> Tensor:
    """Return samples of p(x) [SAMPLES, D], the same random numbers for every model of as many dimensions."""
    torch.manual_seed(2)
    samples: Tensor = model.likelihood(model.prior().sample((SAMPLES,))).sample()
    return samples


def bits(images: Tensor) -> list[str]:
    """Write each binary image as zeros and ones."""
    return ["".join(f"{int(pixel)}" for pixel in image) for image in images]


def reported(row: dict[str, Any]) -> dict[str, Any]:
    """Round to three decimals, since more would not repeat on another machine, and show the row at once."""
    row = {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}
    print(row, flush=True)
    return row


PARTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "patterns": patterns,
    "patterns_without_gap": patterns_without_gap,
    "two_dimensions": functools.partial(digits_of, 2),
    "leads": leads,
    "ten_dimensions": functools.partial(digits_of, 10),
    "fashion": fashion,
    "coverage": coverage,
}
