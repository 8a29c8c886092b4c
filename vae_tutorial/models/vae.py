"""The variational autoencoder."""

from __future__ import annotations

import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.priors import StandardNormal


class VAE(nn.Module):
    """Join an encoder q(z|x), a decoder p(x|z) and a prior p(z).

    The generative model is p(x) = ∫ p(x|z) p(z) dz: decoder and prior.  The encoder is no part of it.

    Args:
        encoder: ``forward(x)`` returns q(z|x) for x [N, D]: batch [N], event [d]; see ``posteriors``.
        decoder: ``forward(z)`` returns p(x|z) for z [M, d]: batch [M], event [D]; see ``likelihoods``.
        prior: ``forward()`` returns p(z): batch [], event [d].  None means N(0, I) with d read off the encoder.

    Raises:
        TypeError: ``prior`` is None and the encoder does not tell its latent dimension.

    References:
        Kingma and Welling (2014), https://arxiv.org/abs/1312.6114;
        Rezende, Mohamed and Wierstra (2014), https://arxiv.org/abs/1401.4082

    Example:
        >>> from vae_tutorial import likelihoods, networks, posteriors
        >>> vae = VAE(
        ...     encoder=posteriors.DiagonalGaussian(networks.MLP(64, 4)),
        ...     decoder=likelihoods.Bernoulli(networks.MLP(2, 64)),
        ... )
        >>> vae.prior().event_shape
        torch.Size([2])
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, prior: nn.Module | None = None) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.prior_module = StandardNormal(_latent_dim_of(encoder)) if prior is None else prior

    def prior(self) -> td.Distribution:
        """Return p(z): batch [], event [d]."""
        prior: td.Distribution = self.prior_module()
        return prior

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        likelihood: td.Distribution = self.decoder(z)
        return likelihood

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q(z|x) for x [N, D]: batch [N], event [d]."""
        posterior: td.Distribution = self.encoder(x)
        return posterior


def _latent_dim_of(encoder: nn.Module) -> int:
    latent_dim = getattr(encoder, "latent_dim", None)
    if not isinstance(latent_dim, int):
        raise TypeError(
            f"cannot tell the latent dimension: encoder {type(encoder).__name__} has no attribute latent_dim; "
            "pass the prior, prior=StandardNormal(d)"
        )
    return latent_dim
