"""A VAE of pythae."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributions as td
from torch import Tensor, nn

SAME_PARTS = ("VAE", "BetaVAE", "IWAE")  # of one prior, one decoder and one Gaussian q(z|x); they differ in the loss


class PythaeVAE(nn.Module):
    """Hold a VAE of pythae and give it the three methods; made by ``from_pythae``."""

    def __init__(self, vae: Any) -> None:
        super().__init__()
        self.vae = vae
        parameter = next(vae.parameters())
        self.register_buffer("zeros", parameter.detach().new_zeros(vae.model_config.latent_dim), persistent=False)

    zeros: Tensor

    def prior(self) -> td.Distribution:
        """Return N(0, I), batch [], event [d]."""
        return td.Independent(td.Normal(self.zeros, torch.ones_like(self.zeros)), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        """Return p(x|z), batch [M], event [D], for z [M, d]."""
        mean = self.vae.decoder(z).reconstruction.flatten(1)
        if self.vae.model_config.reconstruction_loss == "mse":
            return td.Independent(td.Normal(mean, torch.ones_like(mean)), 1)
        return td.Independent(td.Bernoulli(probs=mean, validate_args=False), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        """Return q(z|x), batch [N], event [d], for x [N, D]."""
        q = self.vae.encoder(x.view(-1, *self.vae.model_config.input_dim))
        return td.Independent(td.Normal(q.embedding, (q.log_covariance / 2).exp()), 1)


def from_pythae(vae: Any) -> PythaeVAE:
    """Wrap a VAE of pythae.

    ::

        p(z) = N(0, I),   q(z|x) = N(embedding, exp(log_covariance))
        p(x|z) = Bernoulli(decoder(z)) for reconstruction_loss="bce",  N(decoder(z), I) for "mse"

    The second is the density of which pythae's loss is the negative logarithm, without its constant D/2 · log 2π; here
    the constant is kept, so the ELBO is lower than minus pythae's loss by that much.

    Args:
        vae: a ``pythae.models.VAE``, ``BetaVAE`` or ``IWAE``, whose x is flattened to [N, D] here.

    Returns:
        A model with the three methods; it holds ``vae`` itself and no copy.

    Raises:
        ImportError: pythae is not installed.
        TypeError: another model of pythae, whose q(z|x) or p(z) is of another kind, or no model of pythae.
        ValueError: a reconstruction loss that is no log-likelihood.

    References:
        Chadebec, Vincent and Allassonnière (2022), https://arxiv.org/abs/2206.08309
    """
    from pythae import models

    if type(vae) not in [getattr(models, name) for name in SAME_PARTS]:
        raise TypeError(
            f"vae must be a VAE, BetaVAE or IWAE of pythae, got {type(vae).__module__}.{type(vae).__name__}: its "
            "q(z|x) or p(z) may be of another kind, so write the three methods for it"
        )
    loss = vae.model_config.reconstruction_loss
    if loss not in ("bce", "mse"):
        raise ValueError(f'vae has reconstruction_loss={loss!r}, but "bce" and "mse" are the log of a p(x|z)')
    return PythaeVAE(vae)
