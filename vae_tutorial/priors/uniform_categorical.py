"""The prior that prefers no category."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import check_count, validate_args


class UniformCategorical(nn.Module):
    """Return the prior that gives each of K categories the probability 1/K; z is one-hot [K].

    Args:
        num_categories: K.
    """

    logits: Tensor

    def __init__(self, num_categories: int) -> None:
        super().__init__()
        check_count(num_categories, "num_categories", minimum=2)
        self.register_buffer("logits", torch.zeros(num_categories), persistent=False)

    def forward(self) -> td.OneHotCategorical:
        """Return p(z): batch [], event [K]."""
        return td.OneHotCategorical(logits=self.logits, validate_args=validate_args())
