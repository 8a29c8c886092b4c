"""A distribution q(z|x) over categories."""

from __future__ import annotations

import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import validate_args


class Categorical(nn.Module):
    """Encode x as a distribution over K categories; z is one-hot [K].

    It has no ``rsample``: train it by summing over z, or with ``objectives.score_function_elbo``.

    Args:
        net: maps x [N, D] to logits [N, K].
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> td.OneHotCategorical:
        """Return q(z|x) for x [N, D]: batch [N], event [K]."""
        return td.OneHotCategorical(logits=self.net(x).flatten(1), validate_args=validate_args())
