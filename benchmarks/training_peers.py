"""Time a step of a 784–512–20 VAE at batch 128: ``fit`` against pythae, Pyro and a plain loop.

All train networks of the same shape on the same binary images with Adam.  pythae runs its own trainer's epoch without
its progress bar and without saving; Pyro runs ``SVI.step`` over a DataLoader as its tutorial does, its validation off.
``products`` are the matrix products of the step and nothing else, which nobody avoids: on a machine that multiplies
slowly they take most of the time, and no loop can be much faster than another.

    python -m benchmarks.training_peers [--repeats 25] [--threads 1]
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable

import pyro
import pyro.distributions as dist
import torch
from pythae.data.datasets import BaseDataset
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import vae_tutorial as vt
from benchmarks.networks import HIDDEN, IMAGE, LATENT, binary_images, pythae_vae, vae
from benchmarks.plain import network_of, train_plainly
from benchmarks.timing import arguments, milliseconds, ratios, record, take_turns

BATCH_SIZE = 128
STEPS, EPOCHS = 20, 5  # steps in an epoch, epochs in a repeat


def pythae_epoch(train: torch.Tensor, labels: torch.Tensor, folder: str) -> Callable[[], object]:
    """Return pythae's own epochs over ``train``."""
    config = BaseTrainerConfig(output_dir=folder, per_device_train_batch_size=BATCH_SIZE, learning_rate=2e-3)
    trainer = BaseTrainer(pythae_vae(), BaseDataset(train, labels), training_config=config)
    trainer.prepare_training()
    trainer.callback_handler.callbacks.clear()
    return lambda: [trainer.train_step(epoch) for epoch in range(1, EPOCHS + 1)]


def pyro_epoch(train: torch.Tensor, labels: torch.Tensor, loss: pyro.infer.ELBO) -> Callable[[], object]:
    """Return epochs of stochastic variational inference with ``loss``."""
    networks = vae()
    encoder, decoder = network_of(networks.encoder), network_of(networks.decoder)

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

    svi = pyro.infer.SVI(model, guide, pyro.optim.Adam({"lr": 2e-3}), loss=loss)
    loader = DataLoader(TensorDataset(train, labels), batch_size=BATCH_SIZE, shuffle=True)
    return lambda: [svi.step(x) for _ in range(EPOCHS) for x, _ in loader]


def products(model: vt.models.VAE) -> Callable[[], None]:
    """Return the products of as many steps: every layer, its weight's gradient, and its input's but the first."""
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    weights = [layer.weight.detach() for layer in layers]
    inputs = [torch.randn(BATCH_SIZE, layer.in_features) for layer in layers]
    outputs = [torch.randn(BATCH_SIZE, layer.out_features) for layer in layers]

    def run() -> None:
        for _ in range(EPOCHS * STEPS):
            for index, (weight, x, y) in enumerate(zip(weights, inputs, outputs, strict=True)):
                torch.mm(x, weight.T)
                torch.mm(y.T, x)
                if index > 0:
                    torch.mm(y, weight)

    return run


def main() -> None:
    """Alternate the contenders and record the ratios of their medians to ours."""
    options = arguments(__doc__, repeats=25)
    pyro.enable_validation(False)
    torch.manual_seed(0)
    train, labels = binary_images(BATCH_SIZE * STEPS), torch.zeros(BATCH_SIZE * STEPS)
    ours, plain = vae(), vae()
    config = vt.training.TrainConfig(epochs=EPOCHS, batch_size=BATCH_SIZE, progress=False)
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            "fit": lambda: vt.training.fit(ours, train, config),
            "plain loop": lambda: train_plainly(plain, train, labels, BATCH_SIZE, EPOCHS),
            "pythae": pythae_epoch(train, labels, folder),
            "Pyro, Trace_ELBO": pyro_epoch(train, labels, pyro.infer.Trace_ELBO()),
            "Pyro, TraceMeanField_ELBO": pyro_epoch(train, labels, pyro.infer.TraceMeanField_ELBO()),
            "products": products(ours),
        }
        times = take_turns(contenders, options.repeats)
    result = {
        "task": f"VAE {IMAGE}–{HIDDEN}–{LATENT}, batch {BATCH_SIZE}, {EPOCHS} × {STEPS} steps a repeat, float32",
        "ratios of medians": ratios(times, "fit"),
        "milliseconds per step": milliseconds(times, per=EPOCHS * STEPS),
    }
    record(f"training step, peers, threads: {options.threads}", options, result, packages=("pythae", "pyro-ppl"))


if __name__ == "__main__":
    main()
