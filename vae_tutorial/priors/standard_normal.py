"""The prior of the plain VAE."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import check_count, validate_args
from vae_tutorial.divergences import UnitGaussian


class StandardNormal(nn.Module):
    """Return the prior p(z) = N(0, I) in d dimensions.

    Args:
        latent_dim: d.
    """

    like: Tensor  # tells dtype and device, not the numbers

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        check_count(latent_dim, "latent_dim")
        self.register_buffer("like", torch.zeros(latent_dim), persistent=False)

    def forward(self) -> td.Independent[td.Normal]:
        """Return p(z): batch [], event [d]."""
        normal = td.Normal(torch.zeros_like(self.like), torch.ones_like(self.like), validate_args=validate_args())
        return UnitGaussian(normal, 1, validate_args=validate_args())
