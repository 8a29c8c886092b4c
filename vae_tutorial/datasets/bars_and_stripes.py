"""The world in which p_data is known."""

from __future__ import annotations

import torch

from vae_tutorial.checks import check_count
from vae_tutorial.datasets.dataset import EnumerableDataset


def bars_and_stripes(side: int = 3, num_samples: int = 500, seed: int = 0) -> EnumerableDataset:
    """Make the bars-and-stripes world, in which p_data is known.

    An image is a set of full rows (stripes) or a set of full columns (bars).  All such patterns are equally likely:
    2·2^side − 2 of them, because the empty and the full image are both; 14 of 512 for side 3.

    Args:
        side: height and width in pixels, 2…4 (the number of images is 2^(side²)).
        num_samples: number of examples drawn with replacement for each of train, validation and test.
        seed: seed of those draws; torch's global generator is left as it was.

    Returns:
        EnumerableDataset with ``images`` [2^(side²), side²], ``probabilities`` [2^(side²)] and three samples
        [num_samples, side²].

    Raises:
        TypeError, ValueError: ``side`` or ``num_samples`` is out of range.

    References:
        MacKay (2003), Information Theory, Inference, and Learning Algorithms, chapter 43,
        https://www.inference.org.uk/itprnn/book.html

    Example:
        >>> world = bars_and_stripes()
        >>> world.images.shape, int((world.probabilities > 0).sum())
        (torch.Size([512, 9]), 14)
    """
    check_count(side, "side", minimum=2)
    if side > 4:
        raise ValueError(f"side must be at most 4, got {side}: all 2^(side²) images are listed")
    check_count(num_samples, "num_samples")
    dtype = torch.get_default_dtype()
    numbers = torch.arange(2 ** (side * side))
    images = (numbers[:, None] >> torch.arange(side * side) & 1).to(dtype)
    grids = images.view(-1, side, side)
    is_stripes = (grids == grids[:, :, :1]).all(-1).all(-1)
    is_bars = (grids == grids[:, :1, :]).all(-1).all(-1)
    is_pattern = is_stripes | is_bars
    probabilities = is_pattern.to(dtype) / is_pattern.sum()
    generator = torch.Generator().manual_seed(seed)
    draws = torch.multinomial(probabilities, 3 * num_samples, replacement=True, generator=generator)
    train, validation, test = images[draws].split(num_samples)
    return EnumerableDataset(
        name=f"bars and stripes {side}×{side}",
        train=train,
        validation=validation,
        test=test,
        train_labels=None,
        validation_labels=None,
        test_labels=None,
        image_shape=(side, side),
        levels=2,
        images=images,
        probabilities=probabilities,
    )
