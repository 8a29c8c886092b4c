"""One VAE, 784–512–20, as this package and as pythae write it, and images to feed it."""

from __future__ import annotations

import logging

import torch
from pythae.models import VAE, VAEConfig
from torch import nn

import vae_tutorial as vt

IMAGE, HIDDEN, LATENT = 784, 512, 20


def binary_images(count: int) -> torch.Tensor:
    """Return ``count`` images of independent fair pixels: the time does not depend on what they show."""
    return torch.bernoulli(torch.full((count, IMAGE), 0.5))


def vae() -> vt.models.VAE:
    """Return the package's VAE with one hidden layer of ReLU on each side, which is pythae's default."""
    return vt.models.VAE(
        encoder=vt.posteriors.DiagonalGaussian(vt.networks.MLP(IMAGE, 2 * LATENT, (HIDDEN,), nn.ReLU)),
        decoder=vt.likelihoods.Bernoulli(vt.networks.MLP(LATENT, IMAGE, (HIDDEN,), nn.ReLU)),
    )


def pythae_vae() -> VAE:
    """Return pythae's VAE with its default networks, its log silenced."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("pythae"):
            logging.getLogger(name).setLevel(logging.ERROR)
    return VAE(VAEConfig(input_dim=(1, 28, 28), latent_dim=LATENT, reconstruction_loss="bce"))


@torch.no_grad()
def translated(theirs: VAE) -> vt.models.VAE:
    """Return the package's VAE with the weights of pythae's: its log σ is half of their log σ²."""
    ours = vae()
    first, last = (layer for layer in ours.encoder.modules() if isinstance(layer, nn.Linear))
    heads = theirs.encoder.embedding, theirs.encoder.log_var
    first.load_state_dict(theirs.encoder.layers[0][0].state_dict())
    last.weight.copy_(torch.cat([heads[0].weight, heads[1].weight / 2]))
    last.bias.copy_(torch.cat([heads[0].bias, heads[1].bias / 2]))
    first, last = (layer for layer in ours.decoder.modules() if isinstance(layer, nn.Linear))
    first.load_state_dict(theirs.decoder.layers[0][0].state_dict())
    last.load_state_dict(theirs.decoder.layers[1][0].state_dict())
    return ours
