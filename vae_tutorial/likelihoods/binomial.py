"""Counts."""

from __future__ import annotations

import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import check_count, validate_args


class Binomial(nn.Module):
    """Score counts x of 0…n: p(x|z) = ∏_j C(n, x_j) λ_j^x_j (1 − λ_j)^(n − x_j) with λ = sigmoid(net(z)).

    Args:
        net: maps z [M, d] to logits [M, D].
        total_count: n, the largest count; 16 for the digits.

    Raises:
        TypeError, ValueError: ``total_count`` is not a whole number of at least 1.
    """

    def __init__(self, net: nn.Module, total_count: int = 16) -> None:
        super().__init__()
        check_count(total_count, "total_count")
        self.net = net
        self.total_count = total_count

    def forward(self, z: Tensor) -> td.Independent[td.Binomial]:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        logits = self.net(z).flatten(1)
        pixels = td.Binomial(self.total_count, logits=logits, validate_args=validate_args())
        return td.Independent(pixels, 1, validate_args=validate_args())
