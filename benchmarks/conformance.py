"""Hold what libraries report as log p(x) against worlds in which log p(x) is known: error, stated error, time.

A world is z ~ N(0, I), x = W m(z) + noise of unit scale, with orthogonal columns of W.  With m(z) = z the model is
linear-Gaussian; with m(z) = (|z₁|, z₂, …) every posterior has two mirrored modes.  Both have log p(x) in closed form.
Each library gets the model and the encoder in its own terms: a pythae VAE with ``reconstruction_loss="mse"``, a pair of
Pyro.  The encoder is the true posterior of the linear model with its scales multiplied, so it is a little too wide, too
narrow, or knows one mode of two.  Every estimator gets K = 1000 draws for each of the same x, by its public function.

    python -m benchmarks.conformance [--repeats 5] [--threads 1]
"""
# ruff: noqa: D102 (vae_tutorial.protocol says what prior, likelihood and posterior are)

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyro
import pyro.distributions as dist
import torch
import torch.distributions as td
from pythae.models import VAE, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from torch import Tensor

import vae_tutorial as vt
from benchmarks.timing import arguments, record

IMAGES, SAMPLES = 20, 1000
SEED = 2026


@dataclass(frozen=True)
class World:
    """A model whose log p(x) is known, and the encoder that every library is given."""

    weight: Tensor  # [D, d], orthogonal columns
    encoder_scale: float
    two_modes: bool = False

    def prior(self) -> td.Distribution:
        d = self.weight.shape[1]
        return td.Independent(td.Normal(torch.zeros(d), torch.ones(d)), 1)

    def mean(self, z: Tensor) -> Tensor:
        if self.two_modes:
            z = torch.cat([z[..., :1].abs(), z[..., 1:]], -1)
        return z @ self.weight.T

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(self.mean(z), 1.0), 1)

    def linear_posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean [N, d] and scale [d] of the posterior of the linear model."""
        precision = 1 + self.weight.square().sum(0)
        return x @ self.weight / precision, precision.rsqrt()

    def posterior(self, x: Tensor) -> td.Distribution:
        loc, scale = self.linear_posterior(x)
        return td.Independent(td.Normal(loc, (self.encoder_scale * scale).expand_as(loc)), 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) [N]; with two modes the half z₁ > 0 counts twice: p(x) = p_linear(x) · 2 Φ(mean / scale)."""
        size = self.weight.shape[0]
        covariance = self.weight @ self.weight.T + torch.eye(size)
        linear = td.MultivariateNormal(torch.zeros(size), covariance).log_prob(x)
        if not self.two_modes:
            return linear
        loc, scale = self.linear_posterior(x)
        return linear + math.log(2) + torch.special.log_ndtr(loc[:, 0] / scale[0])


def worlds() -> dict[str, World]:
    """Return the worlds by name."""
    found = {}
    for d in (2, 10, 50):
        weight = torch.linalg.qr(torch.randn(2 * d, d))[0] * torch.linspace(0.5, 3, d)
        for what, scale in (("encoder 1.1 times too wide", 1.1), ("encoder 0.8 times as wide", 0.8)):
            found[f"linear-Gaussian, d = {d}, {what}"] = World(weight, scale)
        if d < 50:
            strong = weight * torch.tensor([8.0] + [1.0] * (d - 1))
            found[f"two modes, d = {d}, encoder knows one"] = World(strong, 1.1, two_modes=True)
    return found


class _Encoder(BaseEncoder):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def forward(self, x: Tensor) -> Any:
        q = self.world.posterior(x.flatten(1))
        return ModelOutput(embedding=q.mean, log_covariance=q.variance.log())


class _Decoder(BaseDecoder):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def forward(self, z: Tensor) -> Any:
        return ModelOutput(reconstruction=self.world.mean(z))


def pythae_nll(world: World, x: Tensor) -> float:
    """Return what ``get_nll`` returns: in spite of its name the mean of log p(x), and not of its negative."""
    size, d = world.weight.shape
    config = VAEConfig(input_dim=(size,), latent_dim=d, reconstruction_loss="mse")
    return float(VAE(config, _Encoder(world), _Decoder(world)).eval().get_nll(x, n_samples=SAMPLES))


def pyro_bound(world: World, x: Tensor, loss: Any) -> float:
    """Return minus a loss of Pyro per example."""
    d = world.weight.shape[1]

    def model(x: Tensor) -> None:
        with pyro.plate("images", len(x)):
            z = pyro.sample("z", dist.Normal(torch.zeros(len(x), d), 1.0).to_event(1))
            pyro.sample("x", dist.Normal(world.mean(z), 1.0).to_event(1), obs=x)

    def guide(x: Tensor) -> None:
        q = world.posterior(x)
        with pyro.plate("images", len(x)):
            pyro.sample("z", dist.Normal(q.mean, q.stddev).to_event(1))

    return -loss.loss(model, guide, x) / len(x)


def ours(world: World, x: Tensor, *, encoder_alone: bool) -> vt.evidence.EvidenceEstimate:
    """Return the package's estimate, from the encoder alone or by default."""
    return vt.evidence.importance_sampling(world, x, SAMPLES, world.posterior(x) if encoder_alone else None)


def contenders() -> dict[str, Callable[[World, Tensor], Any]]:
    """Return the estimators by name; each returns a mean in nats, or an estimate that states its error."""
    particles = {"num_particles": SAMPLES, "vectorize_particles": True, "max_plate_nesting": 1}
    return {
        "pythae, VAE.get_nll": pythae_nll,
        "Pyro, RenyiELBO(alpha=0)": lambda w, x: pyro_bound(w, x, pyro.infer.RenyiELBO(alpha=0, **particles)),
        "Pyro, Trace_ELBO": lambda w, x: pyro_bound(w, x, pyro.infer.Trace_ELBO(**particles)),
        "vae_tutorial, encoder alone": lambda w, x: ours(w, x, encoder_alone=True),
        "vae_tutorial, default": lambda w, x: ours(w, x, encoder_alone=False),
    }


def judged(world: World, x: Tensor, run: Callable[[World, Tensor], Any], repeats: int) -> dict[str, Any]:
    """Return the error of the mean over x: its median and spread over seeded repeats, and what is stated of it."""
    truth = float(world.log_prob(x).mean())
    errors, seconds, stated = [], [], None
    for repeat in range(repeats):
        torch.manual_seed(SEED + repeat)
        start = time.process_time()
        found = run(world, x)
        seconds.append(time.process_time() - start)
        if isinstance(found, vt.evidence.EvidenceEstimate):
            assert found.standard_error_of_mean is not None
            stated = {
                "standard error of the mean": round(float(found.standard_error_of_mean), 4),
                "verdicts": {word: found.verdict.count(word) for word in ("trust", "doubt", "refuse")},
            }
            found = float(found.log_prob.mean())
        errors.append(found - truth)
    ordered = sorted(errors)
    return {
        "error in nats, median": round(ordered[repeats // 2], 4),
        "error in nats, least and most": [round(ordered[0], 4), round(ordered[-1], 4)],
        "stated": stated,
        "processor milliseconds": round(1000 * sorted(seconds)[repeats // 2], 1),
    }


@torch.no_grad()
def main() -> None:
    """Run every estimator in every world, and record the table."""
    options = arguments(__doc__, repeats=5)
    logging.disable(logging.WARNING)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(SEED)
    table: dict[str, Any] = {}
    for name, world in worlds().items():
        x = world.likelihood(world.prior().sample((IMAGES,))).sample()
        table[name] = {who: judged(world, x, run, options.repeats) for who, run in contenders().items()}
        print(name, *(f"  {who}: {row}" for who, row in table[name].items()), sep="\n")
    result = {"task": f"mean log p(x) of {IMAGES} examples, K = {SAMPLES}, float64, seed {SEED}", "worlds": table}
    record("conformance", options, result, packages=("pythae", "pyro-ppl"))


if __name__ == "__main__":
    main()
