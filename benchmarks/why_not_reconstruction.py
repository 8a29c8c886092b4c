"""Train the digits model with the KL weighted from 0 to 1, in 2-D and in 10-D, and measure log p(x) under three priors.

Run ``python benchmarks/why_not_reconstruction.py`` from the root of the repository.  It writes the record that the
chapter of the same name loads, vae_tutorial/records/why_not_reconstruction.json, and takes about half an hour.  With
``--pictures`` it writes only why_not_reconstruction_pictures.json beside it, for the chapter's figure that moves: codes
and samples of the models of seed 0, once they have been found to be those of the record.  That takes a minute.
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from pathlib import Path
from typing import Any

import torch
import torch.distributions as td
from torch import Tensor

import vae_tutorial as vt

RECORD = Path(vt.__file__).parent / "records" / "why_not_reconstruction.json"
PICTURES = RECORD.with_name("why_not_reconstruction_pictures.json")
NUM_SAMPLES = 12
SEEDS = (0, 1, 2)
WEIGHTS = (0.0, 0.01, 0.1, 0.3, 1.0)
COMPONENTS = {2: 100, 10: 10}  # of the refitted mixture; 100 full Gaussians in 10-D would hold 6599 numbers
DRAWS_2D = 200_000  # prior draws for the mixture in 2-D, whose narrowest components no lattice resolves
DRAWS_10D = 5_000  # importance samples per digit in 10-D
DRAWS_CROSS_CHECK = 1_000_000  # prior draws, for one seed in 10-D
STARTS, START_DRAWS = 4, 200_000  # for the proposals in 10-D


def make_model(seed: int, latent_dim: int) -> vt.models.VAE:
    """Build the chapter's model: 64–128–128 tanh nets, Bernoulli pixels, prior N(0, I)."""
    torch.manual_seed(seed)
    return vt.models.VAE(
        encoder=vt.posteriors.DiagonalGaussian(vt.networks.MLP(64, 2 * latent_dim)),
        decoder=vt.likelihoods.Bernoulli(vt.networks.MLP(latent_dim, 64)),
    )


def trained(seed: int, weight: float, latent_dim: int, checkpoints: tuple[int, ...]) -> dict[int, dict[str, Tensor]]:
    """Train once and return the parameters after each of the epochs asked for."""
    kept: dict[int, dict[str, Tensor]] = {}

    def keep(epoch: int, model: vt.models.VAE) -> None:
        if epoch in checkpoints:
            kept[epoch] = {name: value.clone() for name, value in model.state_dict().items()}

    config = vt.training.TrainConfig(epochs=max(checkpoints), seed=seed, progress=False)
    objective = functools.partial(vt.objectives.beta_elbo, beta=weight)
    vt.training.fit(make_model(seed, latent_dim), DIGITS.train, config, objective=objective, callback=keep)
    return kept


@torch.no_grad()
def terms(model: vt.models.VAE, x: Tensor) -> dict[str, float]:
    """Return means per digit of the two terms, and the root mean square of the codes."""
    if model.prior().event_shape[-1] == 2:
        found = vt.objectives.elbo_terms_by_quadrature(model, x, order=16)
    else:
        found = vt.objectives.elbo_terms(model, x, num_samples=300)
    q = model.posterior(x)
    return {
        "reconstruction": float(found.reconstruction.mean()),
        "rate": float(found.kl.mean()),
        "rms": float(q.mean.square().mean().sqrt()),
    }


def priors_for(model: vt.models.VAE) -> dict[str, td.Distribution]:
    """Return the prior as declared and the two that are fitted to the codes of the training digits."""
    torch.manual_seed(0)
    return {
        "declared": model.prior(),
        "gaussian": vt.diagnostics.refit_gaussian_prior(model, DIGITS.train),
        "mixture": vt.diagnostics.refit_mixture_prior(model, DIGITS.train, COMPONENTS[model.prior().event_shape[-1]]),
    }


def measure_2d(model: vt.models.VAE, x: Tensor) -> dict[str, float]:
    """Return mean log p(x) under the three priors, each with the mean of its digits' own errors."""
    result = {}
    for name, prior in priors_for(model).items():
        with_prior = vt.models.WithPrior(model, prior)
        if name == "mixture":
            torch.manual_seed(0)
            estimate = vt.evidence.prior_monte_carlo(with_prior, x, DRAWS_2D)
            error = estimate.standard_error
        else:
            encoderless = vt.models.WithPosterior(with_prior, prior.expand([len(x)]))
            estimate = vt.evidence.quadrature(encoderless, x, tolerance=1e-2)
            error = estimate.numerical_error
        result |= {name: float(estimate.log_prob.mean()), f"{name}_error": float(error.mean())}
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


def measure_10d(model: vt.models.VAE, x: Tensor, cross_check: bool) -> dict[str, float]:
    """Return mean log p(x) under the three priors: stochastic lower bounds, with their own account of their error."""
    result = {}
    priors = priors_for(model)
    for name, prior in priors.items():
        with_prior = vt.models.WithPrior(model, prior)
        torch.manual_seed(1)
        stand_in = priors["declared" if name == "declared" else "gaussian"]
        estimate = vt.evidence.importance_sampling(with_prior, x, DRAWS_10D, proposal_for(with_prior, x, stand_in))
        effective = estimate.effective_sample_size
        result |= {
            name: float(estimate.log_prob.mean()),
            f"{name}_error": float(estimate.standard_error.square().mean().sqrt()),
            f"{name}_worst_error": float(estimate.standard_error.max()),
            f"{name}_smallest_effective_sample_size": float(effective.min()),
        }
        if cross_check:
            torch.manual_seed(2)
            second = vt.evidence.prior_monte_carlo(with_prior, x, DRAWS_CROSS_CHECK)
            difference = second.log_prob - estimate.log_prob
            result |= {
                f"{name}_prior_draws": float(second.log_prob.mean()),
                f"{name}_prior_draws_median_difference": float(difference.median()),
                f"{name}_prior_draws_largest_difference": float(difference.max()),
                f"{name}_prior_draws_smallest_difference": float(difference.min()),
            }
    return result


def two_dimensions(digits: int = 297) -> list[dict[str, Any]]:
    """Measure every weight of the KL; for the two ends, the training digits and a longer run as well."""
    rows = []
    for weight in WEIGHTS:
        end = weight in (0.0, 1.0)
        for seed in SEEDS:
            for epochs, parameters in trained(seed, weight, 2, (100, 400) if end else (100,)).items():
                model = make_model(seed, 2)
                model.load_state_dict(parameters)
                for split in ("train", "held-out") if end else ("held-out",):
                    x = (DIGITS.train if split == "train" else DIGITS.test)[:digits]
                    row = {"weight": weight, "seed": seed, "epochs": epochs, "split": split}
                    rows.append(row | terms(model, x) | measure_2d(model, x))
                    report(rows[-1])
    return rows


def ten_dimensions(digits: int = 100, epochs: int = 200) -> list[dict[str, Any]]:
    """Measure the two ends in ten dimensions."""
    rows = []
    for weight in (0.0, 1.0):
        for seed in SEEDS:
            (parameters,) = trained(seed, weight, 10, (epochs,)).values()
            model = make_model(seed, 10)
            model.load_state_dict(parameters)
            for split in ("train", "held-out"):
                x = (DIGITS.train if split == "train" else DIGITS.test)[:digits]
                row = {"weight": weight, "seed": seed, "epochs": epochs, "split": split}
                rows.append(row | terms(model, x) | measure_10d(model, x, seed == 0 and split == "held-out"))
                report(rows[-1])
    return rows


def pictures(seed: int = 0, epochs: int = 100) -> list[dict[str, Any]]:
    """Return, for each weight, the held-out codes, the Gaussian refitted to the training codes, and decoder means."""
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))["two_dimensions"]
    found = []
    for weight in WEIGHTS:
        model = make_model(seed, 2)
        model.load_state_dict(trained(seed, weight, 2, (epochs,))[epochs])
        key = {"weight": weight, "seed": seed, "epochs": epochs, "split": "held-out"}
        (row,) = [row for row in recorded if row.items() >= key.items()]
        for name, value in terms(model, DIGITS.test).items():
            if abs(value - row[name]) > 0.01:
                raise RuntimeError(f"weight {weight}: {name} is {value:.3f}, but the record says {row[name]}")
        found.append(picture(model) | {"weight": weight})
    return found


@torch.no_grad()
def picture(model: vt.models.VAE) -> dict[str, Any]:
    """Return rounded codes, the refitted Gaussian, and decoder means at its and the declared prior's draws of z."""
    prior = vt.diagnostics.refit_gaussian_prior(model, DIGITS.train)
    torch.manual_seed(0)
    noise = torch.randn(NUM_SAMPLES, 2)  # the same for every weight and both priors
    z = {"declared": noise, "gaussian": prior.loc + noise @ prior.scale_tril.T}
    means = {name: (15 * model.likelihood(values).mean).round().int() for name, values in z.items()}
    return {
        "codes": rounded(model.posterior(DIGITS.test).mean, 2),
        "loc": rounded(prior.loc, 3),
        "scale_tril": rounded(prior.scale_tril, 3),
        "means": {name: ["".join(f"{pixel:x}" for pixel in row.tolist()) for row in m] for name, m in means.items()},
    }


def rounded(values: Tensor, decimals: int) -> Any:
    """Return numbers of so many decimals."""
    return (
        [round(value, decimals) for value in values.tolist()]
        if values.ndim == 1
        else [rounded(row, decimals) for row in values]
    )


def report(row: dict[str, Any]) -> None:
    """Round to three decimals, since more would not repeat on another machine, and show the row at once."""
    row.update({key: round(value, 3) for key, value in row.items() if isinstance(value, float)})
    print(row, flush=True)


def main() -> None:
    """Write the record and the pictures, or only these."""
    parser = argparse.ArgumentParser(description="Train and measure with the KL weighted from 0 to 1.")
    parser.add_argument("--pictures", action="store_true", help="only the codes and samples for the figure that moves")
    if not parser.parse_args().pictures:
        start = time.process_time()
        measured = {"two_dimensions": two_dimensions(), "ten_dimensions": ten_dimensions()}
        write(measured, minutes=round((time.process_time() - start) / 60))
    write_pictures(pictures())


def write_pictures(found: list[dict[str, Any]]) -> None:
    """Store what the figure that moves shows, beside the numbers."""
    record = {
        "command": "python benchmarks/why_not_reconstruction.py --pictures",
        "seed": 0,
        "epochs": 100,
        "codes": "means of q(z|x) of the 297 held-out digits",
        "loc, scale_tril": "of the Gaussian fitted to the codes of all 1200 training digits",
        "means": f"E[x|z] in fifteenths, one hexadecimal digit a pixel, at {NUM_SAMPLES} draws of z from each prior",
        "weights": found,
    }
    PICTURES.write_text(json.dumps(record, separators=(",", ":")) + "\n", encoding="utf-8")


def write(measured: dict[str, Any], minutes: int) -> None:
    """Store the measurements together with what they were made with."""
    conditions = {
        "data": "digits (binary), 1200 for training; 2-D: the 297 held-out and the first 297 training digits; "
        "10-D: the first 100 of each",
        "model": "64-128-128 tanh nets, Bernoulli pixels, prior N(0, I)",
        "training": "Adam 2e-3, batch 100, one sample of z; objective: reconstruction - weight * KL",
        "refitted priors": "one Gaussian, and a mixture of full Gaussians (100 in 2-D, 10 in 10-D), fitted to codes "
        "of all 1200 training digits",
        "2-D": f"quadrature, tolerance 0.01; for the mixture {DRAWS_2D} draws from it",
        "10-D": f"importance sampling, {DRAWS_10D} draws a digit from {STARTS} fitted Gaussians and the prior; "
        f"cross-check for seed 0, held-out, with {DRAWS_CROSS_CHECK} draws from the prior",
        "units": "nats per digit, means over digits; *_error: mean (2-D) or root mean square (10-D) of the digits' own",
    }
    record = {
        "command": "python benchmarks/why_not_reconstruction.py",
        "seeds": list(SEEDS),
        "device": f"CPU, {torch.get_num_threads()} thread, float64, torch {torch.__version__.split('+')[0]}",
        "processor minutes": minutes,
        "conditions": conditions,
    }
    RECORD.write_text(json.dumps(record | measured, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    DIGITS = vt.datasets.load_digits()
    main()
