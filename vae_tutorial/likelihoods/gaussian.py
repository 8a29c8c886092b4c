"""Real x, with one scale of noise for all pixels."""

from __future__ import annotations

import math

import torch
import torch.distributions as td
from torch import Tensor, nn

from vae_tutorial.checks import check_positive, validate_args


class Gaussian(nn.Module):
    """Score real x with one noise scale for all pixels: p(x|z) = N(x; net(z), σ² I).

    Args:
        net: maps z [M, d] to the mean [M, D].
        scale: σ, in the units of x; the value held fixed, or the start where it is learned.
        learn_scale: learn log σ together with the network.

    Raises:
        ValueError: ``scale`` is not finite and above 0.
    """

    log_scale: Tensor

    def __init__(self, net: nn.Module, scale: float = 1.0, learn_scale: bool = False) -> None:
        super().__init__()
        check_positive(scale, "scale")
        self.net = net
        log_scale = torch.tensor(math.log(scale), dtype=torch.get_default_dtype())
        if learn_scale:
            self.log_scale = nn.Parameter(log_scale)
        else:
            self.register_buffer("log_scale", log_scale)

    def forward(self, z: Tensor) -> td.Independent[td.Normal]:
        """Return p(x|z) for z [M, d]: batch [M], event [D]."""
        loc = self.net(z).flatten(1)
        pixels = td.Normal(loc, self.log_scale.exp().expand_as(loc), validate_args=validate_args())
        return td.Independent(pixels, 1, validate_args=validate_args())
