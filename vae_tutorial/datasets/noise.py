"""Two ways to turn grey values into something else at random, and what each does to the meaning of a likelihood."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from vae_tutorial.checks import check_count, check_matrix


def binarize(intensities: Tensor, seed: int | Literal["dynamic"]) -> Tensor:
    """Draw each pixel as 0 or 1, with its intensity as the probability of 1.

    What is modelled changes.  With a seed one draw is made, and log p(x) is about the images that came out; another
    seed is another data set, with numbers of its own.  "dynamic" draws anew at every call.  Passed to
    ``training.fit`` as ``transform=lambda x: binarize(x, "dynamic")`` it draws every batch of every epoch anew: the
    model sees many binary images for each grey one, and its test score is an average over draws.  Numbers from a
    threshold, from one draw, and from fresh draws are not comparable, and none is a likelihood of grey values.

    Args:
        intensities: probabilities [N, D] of 0…1, such as grey values / 255.
        seed: a whole number for a fixed draw, by a generator of its own; "dynamic" for torch's global generator.

    Returns:
        Zeros and ones [N, D], in the dtype of ``intensities``.

    Raises:
        ValueError: a value outside 0…1, or a bad ``seed``.

    Example:
        >>> grey = torch.full((2, 3), 0.5)
        >>> torch.equal(binarize(grey, seed=0), binarize(grey, seed=0))
        True
    """
    check_matrix(intensities, "intensities")
    if intensities.min() < 0 or intensities.max() > 1:
        raise ValueError(
            f"intensities must lie between 0 and 1, got {intensities.min():g} to {intensities.max():g}: "
            "divide grey values by 255, or counts by their largest"
        )
    return torch.bernoulli(intensities, generator=_generator(seed, intensities.device))


def dequantize(x: Tensor, levels: int, seed: int | Literal["dynamic"]) -> Tensor:
    """Spread whole numbers 0…levels − 1 evenly over [0, 1): (x + u) / levels, u uniform in [0, 1).

    A density p over the result gives a lower bound on the log-probability of the whole numbers under the probability
    that p gives to their cells, by Jensen's inequality::

        log P(x)  =  log ∫ p((x + u) / levels) du − D log levels  ≥  E_u[log p((x + u) / levels)] − D log levels

    D log levels is the width of the cells.  Without it a density in nats cannot be compared with a probability.

    Args:
        x: whole numbers [N, D] of 0…levels − 1, in a floating-point dtype.
        levels: number of values that a pixel can take, at least 2 (``Dataset.levels``).
        seed: as in ``binarize``.

    Returns:
        Numbers in [0, 1), [N, D].

    Raises:
        TypeError, ValueError: ``x`` is not whole or out of range, or bad ``levels`` or ``seed``.

    References:
        Theis, van den Oord and Bethge (2016), https://arxiv.org/abs/1511.01844
    """
    check_matrix(x, "x")
    check_count(levels, "levels", minimum=2)
    outside = (x < 0) | (x > levels - 1) | (x != x.floor())
    if outside.any():
        raise ValueError(
            f"x holds {x[outside][0].item():g}, but must be whole numbers of 0…{levels - 1} (levels is {levels}): "
            "dequantise the original values, not scaled ones"
        )
    u = torch.rand(x.shape, dtype=x.dtype, device=x.device, generator=_generator(seed, x.device))
    spread: Tensor = (x + u) / levels
    return spread.clamp(max=1 - torch.finfo(x.dtype).eps / 2)  # x + u may round up to the next whole number


def _generator(seed: int | Literal["dynamic"], device: torch.device) -> torch.Generator | None:
    if seed == "dynamic":
        return None
    check_count(seed, "seed", minimum=0, remedy='use "dynamic" for a new draw at every call')
    return torch.Generator(device).manual_seed(seed)
