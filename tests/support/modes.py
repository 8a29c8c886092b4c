"""Models whose posterior has two modes, of which the encoder sees one."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor


class TwoModes:
    """Model x = z² + σ ε: the posterior has two equal modes, at ±√x, and q sees the right one alone."""

    def prior(self) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(1), torch.ones(1)), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(z**2, 0.1), 1)

    def posterior(self, x: Tensor) -> td.Distribution:
        return td.Independent(td.Normal(x.sqrt(), 0.06 / x.sqrt()), 1)


class Mirrored:
    """Model x = ±z + 0.3 ε with a fair sign, in d dimensions; q is one of the posterior's two equal modes, exactly."""

    def __init__(self, num_dims: int) -> None:
        self.num_dims, self.variance = num_dims, 0.3**2

    def prior(self) -> td.Distribution:
        return td.Independent(td.Normal(torch.zeros(self.num_dims), 1.0), 1)

    def likelihood(self, z: Tensor) -> td.Distribution:
        modes = td.Independent(td.Normal(torch.stack([z, -z], 1), self.variance**0.5), 1)
        return td.MixtureSameFamily(td.Categorical(torch.ones(len(z), 2)), modes)

    def posterior(self, x: Tensor) -> td.Distribution:
        shrink = 1 / (1 + self.variance)
        return td.Independent(td.Normal(shrink * x, (shrink * self.variance) ** 0.5), 1)

    def log_prob(self, x: Tensor) -> Tensor:
        return td.Independent(td.Normal(torch.zeros(self.num_dims), (1 + self.variance) ** 0.5), 1).log_prob(x)
