"""The handwritten 8×8 digits that come with scikit-learn."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

from vae_tutorial.checks import check_count
from vae_tutorial.datasets.dataset import Dataset


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
