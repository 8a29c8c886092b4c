"""Train on the ELBO and on reconstruction alone, fit priors to the codes afterwards, and measure log p(x) as it goes.

Run ``python benchmarks/why_not_reconstruction.py`` from the root of the repository.  It writes the record that the
chapter of the same name loads, vae_tutorial/records/why_not_reconstruction.json, in about an hour of one processor.
Parts can be made one by one (``--parts patterns``); the others stay as they are in the record.  Images of 28×28 pixels
are measured where their files are at hand (the environment variable VAE_TUTORIAL_DATA names the folder).
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import torch.distributions as td
from torch import Tensor

import vae_tutorial as vt

RECORD = Path(vt.__file__).parent / "records" / "why_not_reconstruction.json"
SEEDS = (0, 1, 2)
WEIGHTS = (0.0, 0.01, 0.1, 0.3, 1.0)  # of the KL; the ends are reconstruction alone and the ELBO
ENDS = (0.0, 1.0)
PATTERN_EPOCHS = (100, 1000, 3000)
EPOCHS = {2: (50, 100, 200, 400, 800, 1600), 10: (50, 100, 200, 400)}
EPOCHS_BETWEEN = (100, 400)  # for the weights between the ends
TRAINING_DIGITS_TOO = {2: (100, 400), 10: (200,)}  # the epochs at which training digits are scored as well
COMPONENTS = {2: 100, 10: 10}  # of the refitted mixture; 100 full Gaussians in 10-D would hold 6599 numbers
PATTERN_COMPONENTS = 14
PRIOR_DRAWS = 50_000  # of a mixture prior, which needs no lattice
DRAWS_10D = 5_000  # importance samples per digit in 10-D
STARTS, START_DRAWS = 4, 200_000  # for the proposals in 10-D
SCORED = {2: {"validation": 300, "held-out": 297}, 10: {"validation": 50, "held-out": 100}}  # digits of each split
ANNEALING = {"num_samples": 16, "num_steps": 400}  # the second opinion in 10-D
FASHION_EPOCHS = (6, 24)  # of 500 steps each
FASHION_IMAGES = 300


def make_model(seed: int, pixels: int, latent_dim: int, hidden: tuple[int, ...] = (128, 128)) -> vt.models.VAE:
    """Build the chapter's model: tanh nets, Bernoulli pixels, prior N(0, I)."""
    torch.manual_seed(seed)
    encoder_net = vt.networks.MLP(pixels, 2 * latent_dim, hidden)
    decoder_net = vt.networks.MLP(latent_dim, pixels, hidden)
    return vt.models.VAE(
        encoder=vt.posteriors.DiagonalGaussian(encoder_net), decoder=vt.likelihoods.Bernoulli(decoder_net)
    )


def trained(
    model: vt.models.VAE,
    train: Tensor,
    config: vt.training.TrainConfig,
    objective: vt.training.Objective,
    epochs: tuple[int, ...],
) -> Iterator[tuple[int, vt.models.VAE]]:
    """Train once, and return the model as it was after each of the epochs asked for."""
    kept: dict[int, dict[str, Tensor]] = {}

    def keep(epoch: int, model: vt.models.VAE) -> None:
        if epoch in epochs:
            kept[epoch] = {name: value.clone() for name, value in model.state_dict().items()}

    vt.training.fit(model, train, config, objective=objective, callback=keep)
    for epoch, parameters in kept.items():
        model.load_state_dict(parameters)
        yield epoch, model


def weighted(weight: float) -> vt.training.Objective:
    """Return the reconstruction term minus this weight times the KL."""
    return functools.partial(vt.objectives.beta_elbo, beta=weight)


@torch.no_grad()
def terms(model: vt.models.VAE, x: Tensor) -> dict[str, float]:
    """Return means per example of the two terms, and the root mean square of the codes."""
    if model.prior().event_shape[-1] == 2:
        found = vt.objectives.elbo_terms_by_quadrature(model, x, order=16)
    else:
        found = vt.objectives.elbo_terms(model, x, num_samples=300)
    rms = model.posterior(x).mean.square().mean().sqrt()
    return {"reconstruction": float(found.reconstruction.mean()), "rate": float(found.kl.mean()), "rms": float(rms)}


def priors_for(model: vt.models.VAE, train: Tensor, num_components: int) -> dict[str, td.Distribution]:
    """Return the prior as declared and the two that are fitted to the codes of the training set."""
    torch.manual_seed(0)
    return {
        "declared": model.prior(),
        "gaussian": vt.diagnostics.refit_gaussian_prior(model, train),
        "mixture": vt.diagnostics.refit_mixture_prior(model, train, num_components),
    }


def mismatches(model: vt.models.VAE, train: Tensor, priors: dict[str, td.Distribution]) -> dict[str, float]:
    """Return KL(q(z) ‖ p(z)) for each prior, with q(z) the cloud of the training set's codes, and its information."""
    result = {}
    for name, prior in priors.items():
        torch.manual_seed(0)
        parts = vt.diagnostics.rate_decomposition(vt.models.WithPrior(model, prior), train, num_samples=3)
        result |= {f"{name}_mismatch": parts.aggregate_kl, "information": parts.mutual_information}
    return result


def by_lattice(model: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return log p(x) and its error by quadrature, with the encoder cut out."""
    encoderless = vt.models.WithPosterior(model, model.prior().expand([len(x)]))
    estimate = vt.evidence.quadrature(encoderless, x, tolerance=0.05)
    assert estimate.numerical_error is not None
    return estimate.log_prob, estimate.numerical_error


def by_prior_draws(model: Any, x: Tensor, draws: int = PRIOR_DRAWS) -> tuple[Tensor, Tensor]:
    """Return log p(x) and its standard error by averaging over draws from the prior."""
    torch.manual_seed(0)
    estimate = vt.evidence.prior_monte_carlo(model, x, draws)
    assert estimate.standard_error is not None
    return estimate.log_prob, estimate.standard_error


def log_p_2d(model: vt.models.VAE, x: Tensor, priors: dict[str, td.Distribution]) -> dict[str, tuple[Tensor, Tensor]]:
    """Return log p(x) [N] under each of the three priors, with the error of each."""
    methods = dict.fromkeys(priors, by_lattice) | {"mixture": by_prior_draws}
    return {name: methods[name](vt.models.WithPrior(model, prior), x) for name, prior in priors.items()}


def measure_2d(model: vt.models.VAE, x: Tensor, priors: dict[str, td.Distribution]) -> dict[str, float]:
    """Return mean log p(x) under the three priors, each with the mean of the examples' own errors."""
    result = {}
    for name, (log_prob, error) in log_p_2d(model, x, priors).items():
        result |= {name: float(log_prob.mean()), f"{name}_error": float(error.mean())}
    return result


@torch.no_grad()
def likely_draws(model: Any, x: Tensor) -> Tensor:
    """Return draws from the prior, resampled for each digit by how well they explain it [STARTS, N, d]."""
    z = model.prior().sample((START_DRAWS,))
    scores = [vt.likelihoods.pairwise_log_prob(model.likelihood(part), x) for part in z.split(20_000)]
    log_weights = torch.cat(scores, 1)
    weights = (log_weights - log_weights.amax(1, keepdim=True)).exp()
    return z[torch.multinomial(weights, STARTS, replacement=True)].transpose(0, 1)


def proposal_for(model: Any, x: Tensor, gaussian: td.Distribution) -> td.MixtureSameFamily:
    """Join, for each digit, Gaussians fitted from several starts and widened, and the prior: 75 and 25 per cent.

    The encoder is not used: one of these models has q(z|x) so narrow that its samples miss the posterior.
    """
    start = likely_draws(model, x)
    d = start.shape[-1]
    q = td.MultivariateNormal(start.flatten(0, 1), scale_tril=0.3 * torch.eye(d).expand(STARTS * len(x), -1, -1))
    easy = vt.models.WithPosterior(vt.models.WithPrior(model, gaussian), q)  # a mixture's density is slow to fit with
    local = vt.inference.fit_posterior(easy, x.repeat(STARTS, 1), full=True, num_steps=200, num_samples=2)
    prior = model.prior()
    parts = prior.component_distribution if isinstance(prior, td.MixtureSameFamily) else gaussian_form(prior)
    shares = prior.mixture_distribution.probs if isinstance(prior, td.MixtureSameFamily) else torch.ones(1)
    loc = [local.loc.unflatten(0, (STARTS, -1)).transpose(0, 1), parts.loc.expand(len(x), -1, -1)]
    tril = [
        1.4 * local.scale_tril.unflatten(0, (STARTS, -1)).transpose(0, 1),
        parts.scale_tril.expand(len(x), -1, -1, -1),
    ]
    weights = torch.cat([torch.full((STARTS,), 0.75 / STARTS), 0.25 * shares]).expand(len(x), -1)
    joint = td.MultivariateNormal(torch.cat(loc, 1), scale_tril=torch.cat(tril, 1))
    return td.MixtureSameFamily(td.Categorical(weights), joint)


def gaussian_form(prior: td.Distribution) -> td.MultivariateNormal:
    """Return a Gaussian prior as a batch of one full Gaussian."""
    tril = prior.scale_tril if isinstance(prior, td.MultivariateNormal) else torch.diag(prior.stddev)
    return td.MultivariateNormal(prior.mean[None], scale_tril=tril[None])


def measure_10d(
    model: vt.models.VAE, x: Tensor, priors: dict[str, td.Distribution], second_opinion: bool
) -> dict[str, float]:
    """Return mean log p(x) under the three priors: stochastic lower bounds, with their own account of their error.

    The second opinion is annealed importance sampling, which uses neither encoder nor fitted proposals.
    """
    result = {}
    for name, prior in priors.items():
        with_prior = vt.models.WithPrior(model, prior)
        torch.manual_seed(1)
        stand_in = priors["declared" if name == "declared" else "gaussian"]
        estimate = vt.evidence.importance_sampling(with_prior, x, DRAWS_10D, proposal_for(with_prior, x, stand_in))
        assert estimate.standard_error is not None
        assert estimate.effective_sample_size is not None
        result |= {
            name: float(estimate.log_prob.mean()),
            f"{name}_error": float(estimate.standard_error.square().mean().sqrt()),
            f"{name}_smallest_effective_sample_size": float(estimate.effective_sample_size.min()),
        }
        if second_opinion:
            annealed = vt.evidence.annealed_importance_sampling(with_prior, x, **ANNEALING)
            result[f"{name}_annealed"] = float(annealed.log_prob.mean())
    return result


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
            start = make_model(seed, 9, 2, (64,))
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
        for steps, model in trained(make_model(seed, 9, 2, (64,)), x, config, log_p, (2000, 4000)):
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
            start = make_model(seed, 64, latent_dim)
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
    chosen = json.loads(RECORD.read_text(encoding="utf-8"))["two_dimensions"]
    rows = []
    for seed in SEEDS:
        found: dict[tuple[float, str], Tensor] = {}
        for weight in ENDS:
            tried = [r for r in chosen if (r["weight"], r["seed"], r["split"]) == (weight, seed, "validation")]
            best = {
                prior: max(tried, key=lambda r, p=prior: r[p])["epochs"]
                for prior in ("declared", "gaussian", "mixture")
            }
            moments = tuple(sorted(set(best.values())))
            config = vt.training.TrainConfig(epochs=max(moments), seed=seed, progress=False)
            for epochs, model in trained(make_model(seed, 64, 2), digits.train, config, weighted(weight), moments):
                priors = priors_for(model, digits.train, COMPONENTS[2])
                wanted = {name: prior for name, prior in priors.items() if best[name] == epochs}
                found |= {(weight, n): log_p for n, (log_p, _) in log_p_2d(model, digits.test, wanted).items()}
        for prior in ("declared", "gaussian", "mixture"):
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
            start = make_model(seed, 784, 2)
            for epochs, model in trained(start, train, config, weighted(weight), FASHION_EPOCHS):
                priors = priors_for(model, train[:5000], COMPONENTS[2])
                row = {"weight": weight, "seed": seed, "epochs": epochs, "split": "held-out"}
                rows.append(reported(row | terms(model, x) | measure_2d(model, x, priors)))
    return rows


def reported(row: dict[str, Any]) -> dict[str, Any]:
    """Round to three decimals, since more would not repeat on another machine, and show the row at once."""
    row = {key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()}
    print(row, flush=True)
    return row


PARTS = {
    "patterns": patterns,
    "patterns_without_gap": patterns_without_gap,
    "two_dimensions": functools.partial(digits_of, 2),
    "leads": leads,
    "ten_dimensions": functools.partial(digits_of, 10),
    "fashion": fashion,
}


def main() -> None:
    """Measure the parts asked for, and put them into the record."""
    parser = argparse.ArgumentParser(description="Train and measure with the KL weighted from 0 to 1.")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS), help="what to measure (default: all)")
    for part in parser.parse_args().parts:
        start = time.process_time()
        rows = PARTS[part]()
        write(part, rows, minutes=round((time.process_time() - start) / 60))


def write(part: str, rows: list[dict[str, Any]], minutes: int) -> None:
    """Store a part's measurements together with what they were made with."""
    conditions = {
        "patterns": "the 14 bars and stripes of 3×3 pixels, each 20 times; 9-64-2 tanh nets, Adam 1e-2, batch 28; "
        f"mixture of {PATTERN_COMPONENTS} full Gaussians; without gap: the objective is log p(x) by a 61×61 lattice, "
        "all 14 patterns a step",
        "data": "digits (binary), 1200 for training; 2-D: all 300 validation and 297 held-out and the first 297 "
        "training digits; 10-D: the first 50 validation, 100 held-out and 100 training digits",
        "model": "64-128-128 tanh nets, Bernoulli pixels, prior N(0, I)",
        "training": "Adam 2e-3, batch 100, one sample of z; objective: reconstruction - weight * KL",
        "refitted priors": "one Gaussian, and a mixture of full Gaussians (100 in 2-D, 10 in 10-D), fitted to the "
        "codes of the whole training set",
        "2-D": f"quadrature, tolerance 0.05; for the mixture {PRIOR_DRAWS} draws from it",
        "10-D": f"importance sampling, {DRAWS_10D} draws a digit from {STARTS} fitted Gaussians and the prior; "
        f"*_annealed: annealed importance sampling, {ANNEALING['num_samples']} chains, "
        f"{ANNEALING['num_steps']} steps",
        "leads": "2-D, held-out digits: log p(x) of the model trained on the ELBO less that of the other, each trained "
        "again to the epoch that validation chose in two_dimensions; standard error over the 297 digits",
        "fashion": f"Fashion-MNIST, 50000 for training, the first {FASHION_IMAGES} test images, on above half grey; "
        "784-128-128-2 tanh nets, Adam 1e-3, batch 100; priors fitted to 5000 training images' codes",
        "*_mismatch, information": "of the training set's codes, 3 samples a code",
        "units": "nats per example, means over examples; *_error: mean (2-D) or root mean square (10-D) of their own",
    }
    old = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    minutes_of = old.get("processor minutes of each part", {}) | {part: minutes}
    record = {
        "command": "python benchmarks/why_not_reconstruction.py",
        "seeds": list(SEEDS),
        "device": f"CPU, {torch.get_num_threads()} thread, float64, torch {torch.__version__.split('+')[0]}",
        "processor minutes of each part": minutes_of,
        "conditions": conditions,
    }
    parts = {name: rows if name == part else old.get(name, []) for name in PARTS}
    RECORD.write_text(json.dumps(record | parts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    main()
