"""A Gaussian q(z|x) whose dimensions are independent."""

from __future__ import annotations

import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import validate_args
from vae_tutorial.posteriors.latent_dim import latent_dim


class DiagonalGaussian(nn.Module):
    """Encode x as q(z|x) = N(z; μ(x), diag σ(x)²).

    Args:
        net: maps x [N, D] to [N, 2d]: first the means μ, then the logarithms of the scales, log σ (not log σ²).

    Example:
        >>> q = DiagonalGaussian(nn.Linear(64, 4))(torch.zeros(5, 64))
        >>> q.batch_shape, q.event_shape
        (torch.Size([5]), torch.Size([2]))
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    @property
    def latent_dim(self) -> int:
        """Return d, read off ``net.out_features``."""
        return latent_dim(self.net, lambda width: width / 2, "2·d")

    def forward(self, x: Tensor) -> td.Independent[td.Normal]:
        """Return q(z|x) for x [N, D]: batch [N], event [d]."""
        output = self.net(x).flatten(1)
        if output.shape[1] % 2:
            raise ValueError(
                f"net returned {output.shape[1]} numbers per example, which is odd: "
                "it must return 2·d of them, d means and d log-scales"
            )
        loc, log_scale = output.chunk(2, dim=-1)
        normal = td.Normal(loc, log_scale.exp(), validate_args=validate_args())
        return td.Independent(normal, 1, validate_args=validate_args())
