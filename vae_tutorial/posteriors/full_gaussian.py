"""A Gaussian q(z|x) with a full covariance."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import validate_args
from vae_tutorial.posteriors.latent_dim import dimension_of_full, latent_dim, whole


class FullGaussian(nn.Module):
    """Encode x as q(z|x) = N(z; μ(x), L(x) L(x)ᵀ) with L lower triangular.

    Args:
        net: maps x [N, D] to [N, d + d(d+1)/2]: the means μ, then L row by row, its diagonal as logarithms.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    @property
    def latent_dim(self) -> int:
        """Return d, read off ``net.out_features``."""
        return latent_dim(self.net, dimension_of_full, "d + d(d+1)/2")

    def forward(self, x: Tensor) -> td.MultivariateNormal:
        """Return q(z|x) for x [N, D]: batch [N], event [d]."""
        output = self.net(x).flatten(1)
        d = whole(dimension_of_full(output.shape[1]), output.shape[1], "d + d(d+1)/2")
        loc, entries = output.split([d, d * (d + 1) // 2], dim=-1)
        rows, columns = torch.tril_indices(d, d, device=output.device)
        every = torch.arange(len(output), device=output.device)[:, None]
        tril = output.new_zeros(len(output), d, d).index_put((every, rows, columns), entries)
        scale_tril = tril.tril(-1) + torch.diag_embed(tril.diagonal(dim1=-2, dim2=-1).exp())
        return td.MultivariateNormal(loc, scale_tril=scale_tril, validate_args=validate_args())
