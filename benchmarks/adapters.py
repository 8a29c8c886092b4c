"""Give a Pyro pair and a pythae VAE the three methods, train each with its own library, and measure log p(x).

Both have a 2-D latent space, so exact log p(x) is at hand.  Each library's own estimate of the ELBO is set beside the
package's: an adapter that swaps a sign or forgets a factor of two shows at once.  The chapter *use_the_package* shows
both classes, and tests/test_adapters.py holds that it shows these.

    python -m benchmarks.adapters [--epochs 40]
"""
# ruff: noqa: D102 (vae_tutorial.protocol says what prior, likelihood and posterior are)

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Callable

import pyro
import pyro.distributions as dist
import torch
import torch.distributions as td
from pyro import poutine
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VAEConfig
from pythae.trainers import BaseTrainer, BaseTrainerConfig

import vae_tutorial as vt

PIXELS, HIDDEN, LATENT = 64, 128, 2
BATCH_SIZE, LEARNING_RATE = 100, 2e-3
SAMPLES = 1000
TOLERANCE = 0.5  # nats between two estimates of the same ELBO, each averaged over all held-out digits

Trainer = Callable[[torch.Tensor, int], tuple[vt.protocol.LatentVariableModel, Callable[[torch.Tensor], float]]]


class FromPyro:
    """Wrap a Pyro pair: the latent site is "z", the observed site "x", the prior a Gaussian."""

    def __init__(self, model, guide, num_pixels):
        self.model, self.guide, self.blank = model, guide, torch.zeros(1, num_pixels)

    def prior(self):
        z = poutine.trace(self.model).get_trace(self.blank).nodes["z"]["fn"]  # batch [1]
        return td.Independent(td.Normal(z.mean[0], z.stddev[0]), 1)

    def likelihood(self, z):
        given_z = poutine.condition(self.model, {"z": z})
        return poutine.trace(given_z).get_trace(self.blank.expand(len(z), -1)).nodes["x"]["fn"]

    def posterior(self, x):
        return poutine.trace(self.guide).get_trace(x).nodes["z"]["fn"]


class FromPythae:
    """Wrap a pythae VAE with reconstruction_loss="bce", whose decoder ends in a sigmoid."""

    def __init__(self, vae):
        self.vae, self.config = vae, vae.model_config

    def prior(self):
        return td.Independent(td.Normal(torch.zeros(self.config.latent_dim), 1.0), 1)

    def likelihood(self, z):
        return td.Independent(td.Bernoulli(probs=self.vae.decoder(z).reconstruction.flatten(1)), 1)

    def posterior(self, x):
        q = self.vae.encoder(x.view(-1, *self.config.input_dim))
        return td.Independent(td.Normal(q.embedding, (q.log_covariance / 2).exp()), 1)


def trained_by_pyro(train: torch.Tensor, epochs: int) -> tuple[FromPyro, Callable[[torch.Tensor], float]]:
    """Train a model and a guide by ``SVI``; return them wrapped, and Pyro's own ELBO per example."""
    encoder = vt.networks.MLP(PIXELS, 2 * LATENT, (HIDDEN,))
    decoder = vt.networks.MLP(LATENT, PIXELS, (HIDDEN,))

    def model(x: torch.Tensor) -> None:
        pyro.module("decoder", decoder)
        with pyro.plate("images", len(x)):
            z = pyro.sample("z", dist.Normal(x.new_zeros(LATENT), 1.0).expand([len(x), LATENT]).to_event(1))
            pyro.sample("x", dist.Bernoulli(logits=decoder(z)).to_event(1), obs=x)

    def guide(x: torch.Tensor) -> None:
        pyro.module("encoder", encoder)
        with pyro.plate("images", len(x)):
            loc, log_scale = encoder(x).chunk(2, dim=-1)
            pyro.sample("z", dist.Normal(loc, log_scale.exp()).to_event(1))

    loss = pyro.infer.TraceMeanField_ELBO()
    svi = pyro.infer.SVI(model, guide, pyro.optim.Adam({"lr": LEARNING_RATE}), loss=loss)
    for _ in range(epochs):
        for rows in torch.randperm(len(train)).split(BATCH_SIZE):
            svi.step(train[rows])
    return FromPyro(model, guide, PIXELS), lambda x: -svi.evaluate_loss(x) / len(x)


def trained_by_pythae(train: torch.Tensor, epochs: int) -> tuple[FromPythae, Callable[[torch.Tensor], float]]:
    """Train pythae's VAE by its own trainer; return it wrapped, and pythae's own ELBO per example."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("pythae"):
            logging.getLogger(name).setLevel(logging.ERROR)
    vae = VAE(VAEConfig(input_dim=(1, 8, 8), latent_dim=LATENT, reconstruction_loss="bce"))
    data = BaseDataset(train.view(-1, 1, 8, 8), torch.zeros(len(train)))
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder, per_device_train_batch_size=BATCH_SIZE, learning_rate=LEARNING_RATE, no_cuda=True
        )
        trainer = BaseTrainer(vae, data, training_config=config)
        trainer.prepare_training()
        trainer.callback_handler.callbacks.clear()  # they print a bar for each epoch
        for epoch in range(1, epochs + 1):
            trainer.train_step(epoch)
    vae.eval()
    return FromPythae(vae), lambda x: -float(vae({"data": x.view(-1, 1, 8, 8)}).loss)


@torch.no_grad()
def report(
    name: str,
    model: vt.protocol.LatentVariableModel,
    own_elbo: Callable[[torch.Tensor], float],
    data: vt.datasets.Dataset,
) -> None:
    """Print what the package says of a model that it did not build, in nats per held-out digit."""
    x = data.test
    own = sum(own_elbo(x) for _ in range(20)) / 20
    ours = float(vt.objectives.elbo(model, x, num_samples=20).mean())
    exact = vt.evidence.quadrature(model, x)
    assert exact.numerical_error is not None
    sampled = vt.evidence.importance_sampling(model, x, SAMPLES)
    assert sampled.standard_error is not None
    assert sampled.effective_sample_size is not None
    refitted = vt.models.WithPrior(model, vt.diagnostics.refit_gaussian_prior(model, data.train))
    rates = vt.diagnostics.rate_per_dimension(model, x)
    print(f"{name}: {len(x)} held-out digits, nats per digit")
    print(f"  ELBO by the library that trained it   {own:7.2f}")
    print(f"  ELBO by vt.objectives                 {ours:7.2f}")
    print(f"  log p(x) by quadrature                {exact.log_prob.mean():7.2f}")
    print(f"    its reported error, largest         {exact.numerical_error.max():7.4f}")
    print(f"  log p(x) by importance sampling       {sampled.log_prob.mean():7.2f}")
    print(f"    standard error, largest             {sampled.standard_error.max():7.2f}")
    print(f"    effective samples of {SAMPLES}, fewest   {sampled.effective_sample_size.min():7.1f}")
    print(f"  log p(x), Gaussian prior refitted     {vt.evidence.quadrature(refitted, x).log_prob.mean():7.2f}")
    print("  KL per latent dimension              ", ", ".join(f"{rate:.2f}" for rate in rates.tolist()))
    print(f"  active units                          {int(vt.diagnostics.active_units(model, x).sum())} of {len(rates)}")
    if abs(own - ours) > TOLERANCE:
        raise SystemExit(f"{name}: the two ELBOs differ by more than {TOLERANCE} nats: the adapter is wrong")


def main() -> None:
    """Train one model with each library and report on it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    epochs = parser.parse_args().epochs
    data = vt.datasets.load_digits()
    torch.manual_seed(0)
    trainers: dict[str, Trainer] = {"Pyro": trained_by_pyro, "pythae": trained_by_pythae}
    for name, train in trainers.items():
        model, own_elbo = train(data.train, epochs)
        report(name, model, own_elbo, data)


if __name__ == "__main__":
    main()
