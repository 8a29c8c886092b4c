"""In which units to report log p(x), and the most that it can be."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vae_tutorial.checks import check_count, check_positive


def bits_per_dimension(log_prob: Tensor, num_dimensions: int, bin_width: float = 1.0) -> Tensor:
    """Convert log p(x) in nats to bits per dimension.

    ::

        −(log p(x) + D log δ) / (D log 2)

    For a probability of discrete values the bin width δ is 1 and its term vanishes.  For a density of data on a scale
    where neighbouring levels are δ apart (1/255 for 8-bit values in [0, 1], 2/255 in [−1, 1]), δ^D turns the density
    into the probability of a bin, so that numbers on different scales can be compared.

    Args:
        log_prob: log p(x) [N], in nats, summed over dimensions.
        num_dimensions: D.
        bin_width: δ, in the units of x.

    Returns:
        Bits per dimension [N]; lower is better.

    References:
        Theis, van den Oord and Bethge (2016), https://arxiv.org/abs/1511.01844
    """
    check_count(num_dimensions, "num_dimensions")
    check_positive(bin_width, "bin_width")
    return -(log_prob / num_dimensions + math.log(bin_width)) / math.log(2)


def entropy(probabilities: Tensor) -> Tensor:
    """Return H(p) = −Σ p log p [], in nats: no model's mean log-likelihood on fresh data can exceed −H(p_data).

    Args:
        probabilities: non-negative numbers [S] that sum to one.

    Raises:
        ValueError: they do not.
    """
    total = float(probabilities.sum())
    if not (probabilities >= 0).all() or abs(total - 1) > 1e-6:
        raise ValueError(
            f"probabilities must be at least 0 and sum to 1, got minimum {probabilities.min()}, sum {total}"
        )
    return -torch.xlogy(probabilities, probabilities).sum()
