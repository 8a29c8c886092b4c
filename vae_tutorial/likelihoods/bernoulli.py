"""Binary x."""

from __future__ import annotations

import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import validate_args


class Bernoulli(nn.Module):
    """Score binary x: p(x|z) = ∏_j λ_j^x_j (1 − λ_j)^(1 − x_j) with λ = sigmoid(net(z)).

    The network returns logits, so no probability is ever clamped.

    Args:
        net: maps z [M, d] to logits [M, D] (or [M, …] with D elements).

    Example:
        >>> Bernoulli(nn.Linear(2, 9))(torch.zeros(5, 2)).batch_shape
        torch.Size([5])
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor) -> td.Independent[td.Bernoulli]:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        pixels = td.Bernoulli(logits=self.net(z).flatten(1), validate_args=validate_args())
        return td.Independent(pixels, 1, validate_args=validate_args())
