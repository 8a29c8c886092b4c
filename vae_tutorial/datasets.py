"""Load, split and describe the data; nothing here knows about models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vae_tutorial.checks import check_count


@dataclass(frozen=True)
class Dataset:
    """Hold one data set, split once and for all.

    Attributes:
        name: what the data are, for titles and error messages.
        train, validation, test: examples [N, D], in torch's default dtype at the time of loading.
        train_labels, validation_labels, test_labels: class of each example [N], or None where there is none.
        image_shape: (height, width), with height · width = D, to draw an example.
        levels: number of values that one pixel can take: 2 for binary images, 17 for counts of 0…16.
    """

    name: str
    train: Tensor = field(repr=False)
    validation: Tensor = field(repr=False)
    test: Tensor = field(repr=False)
    train_labels: Tensor | None = field(repr=False)
    validation_labels: Tensor | None = field(repr=False)
    test_labels: Tensor | None = field(repr=False)
    image_shape: tuple[int, int]
    levels: int


@dataclass(frozen=True)
class EnumerableDataset(Dataset):
    """Hold a data set whose distribution is known: every possible image is listed with its probability.

    Attributes:
        images: every possible image [2^D, D], in counting order (image i holds the binary digits of i).
        probabilities: p_data(x) of each image [2^D]; they sum to one.
    """

    images: Tensor = field(repr=False)
    probabilities: Tensor = field(repr=False)


def load_digits(values: Literal["binary", "counts"] = "binary", threshold: int = 8) -> Dataset:
    """Load the 1797 handwritten 8×8 digits that come with scikit-learn; nothing is downloaded.

    Each pixel counts the dark pixels of a 4×4 block of the scanned digit, so it is a whole number of 0…16.
    The rows are permuted with ``numpy.random.RandomState(0)`` and split 1200 / 300 / 297.

    Args:
        values: "counts" keeps 0…16 (Binomial(16, p) is their natural likelihood);
            "binary" gives 1 where the count is above ``threshold`` and 0 elsewhere.
        threshold: a count of 0…15; used by "binary" only.

    Returns:
        Dataset with train [1200, 64], validation [300, 64], test [297, 64] and labels 0…9.

    Raises:
        ValueError: ``values`` or ``threshold`` is none of the above.

    References:
        Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
        https://doi.org/10.24432/C50P49

    Example:
        >>> load_digits().train.shape, load_digits("counts").train.max().item()
        (torch.Size([1200, 64]), 16.0)
    """
    if values not in ("binary", "counts"):
        raise ValueError(f'values must be "binary" or "counts", got {values!r}')
    check_count(threshold, "threshold", minimum=0)
    if threshold > 15:
        raise ValueError(f"threshold must be at most 15, got {threshold}: counts end at 16, so no pixel would be on")
    from sklearn.datasets import load_digits as load_bunch  # a slow import that no other module needs

    bunch = load_bunch()
    order = np.random.RandomState(0).permutation(len(bunch.data))
    counts = torch.from_numpy(bunch.data[order])
    images = (counts > threshold if values == "binary" else counts).to(torch.get_default_dtype())
    train, validation, test = images.split([1200, 300, 297])
    train_labels, validation_labels, test_labels = torch.from_numpy(bunch.target[order]).split([1200, 300, 297])
    return Dataset(
        name=f"digits ({values})",
        train=train,
        validation=validation,
        test=test,
        train_labels=train_labels,
        validation_labels=validation_labels,
        test_labels=test_labels,
        image_shape=(8, 8),
        levels=2 if values == "binary" else 17,
    )


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
