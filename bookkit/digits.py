"""The book's VAE for binary images, built in one order so that a seed gives the same weights wherever it is built."""

from __future__ import annotations

import torch

import vae_tutorial as vt


def digits_vae(
    seed: int | None = None,
    hidden: tuple[int, ...] = (128, 128),
    decoder_hidden: tuple[int, ...] | None = None,
    num_pixels: int = 64,
    latent_dim: int = 2,
) -> vt.models.VAE:
    """Return tanh networks, 64–128–128 and two latent dimensions where nothing else is asked for; N(0, I) is the prior.

    Args:
        seed: of torch's generator, set before the encoder and then the decoder draw from it; None goes on from where
            the generator stands.
        hidden: layers of the encoder, and of the decoder unless it has its own.
        decoder_hidden: layers of the decoder.
        num_pixels: D, 64 for the digits.
        latent_dim: d.
    """
    if seed is not None:
        torch.manual_seed(seed)
    encoder_net = vt.networks.MLP(num_pixels, 2 * latent_dim, hidden)
    decoder_net = vt.networks.MLP(latent_dim, num_pixels, hidden if decoder_hidden is None else decoder_hidden)
    return vt.models.VAE(
        encoder=vt.posteriors.DiagonalGaussian(encoder_net), decoder=vt.likelihoods.Bernoulli(decoder_net)
    )
