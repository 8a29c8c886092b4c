"""Real x, with a scale of noise for each pixel."""

from __future__ import annotations

import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import validate_args


class HeteroscedasticGaussian(nn.Module):
    """Score real x with a noise scale for each pixel: p(x|z) = ∏_j N(x_j; μ_j(z), σ_j(z)²).

    Args:
        net: maps z [M, d] to [M, 2D]: first the means μ, then the logarithms of the scales, log σ.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor) -> td.Independent[td.Normal]:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        output = self.net(z).flatten(1)
        if output.shape[1] % 2:
            raise ValueError(
                f"net returned {output.shape[1]} numbers per example, which is odd: "
                "it must return 2·D of them, D means and D log-scales"
            )
        loc, log_scale = output.chunk(2, dim=-1)
        pixels = td.Normal(loc, log_scale.exp(), validate_args=validate_args())
        return td.Independent(pixels, 1, validate_args=validate_args())
