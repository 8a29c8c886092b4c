"""Where a distribution lies and how wide it is, also where no formula for its mean or variance exists."""

from __future__ import annotations

import torch
import torch.distributions as td
from torch import Tensor

from vae_tutorial.numerics.random import isolated_rng

NUM_DRAWS = 4096  # for all members of a batch together, but never fewer than LEAST_DRAWS for each
LEAST_DRAWS = 256


@torch.no_grad()
def location_and_spread(
    distribution: td.Distribution, device: torch.device, name: str = "the prior"
) -> tuple[Tensor, Tensor]:
    """Return where each distribution of a batch lies and how wide it is, in the units of z.

    These are mean and standard deviation where both are known and finite.  Elsewhere (a flow, a Cauchy distribution, a
    Student-t with at most two degrees of freedom) they are the median of draws and half the width of their central
    68 per cent, which for a Gaussian are the same.  The random state is left as it was.

    Args:
        distribution: batch [*batch], event [d].
        device: where its draws lie, whose random state is kept.
        name: what to call it in a refusal.

    Returns:
        Location and spread, each [*batch, d], the spread above 0.

    Raises:
        ValueError: a draw is NaN or infinite, as of a distribution whose parameters are.
    """
    shape = distribution.batch_shape + distribution.event_shape
    try:
        mean, stddev = distribution.mean.expand(shape), distribution.stddev.expand(shape)
    except NotImplementedError:
        return _of_draws(distribution, device, name)
    known = mean.isfinite() & stddev.isfinite() & (stddev > 0)
    if known.all():
        return mean, stddev
    median, half_width = _of_draws(distribution, device, name)
    return torch.where(known, mean, median), torch.where(known, stddev, half_width)


def _of_draws(distribution: td.Distribution, device: torch.device, name: str) -> tuple[Tensor, Tensor]:
    size = max(LEAST_DRAWS, NUM_DRAWS // max(1, distribution.batch_shape.numel()))
    with isolated_rng(device):
        draws = distribution.sample((size,))
    if not draws.isfinite().all():
        raise ValueError(
            f"{name}, a {type(distribution).__name__}, has draws that are {draws[~draws.isfinite()][0].item()}: its "
            "parameters are broken, as after a step of training that was too long; look for NaN in them"
        )
    low, middle, high = draws.quantile(draws.new_tensor([0.1587, 0.5, 0.8413]), dim=0)
    return middle, ((high - low) / 2).clamp(min=torch.finfo(draws.dtype).tiny)
