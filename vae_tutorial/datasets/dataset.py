"""What a loaded data set holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


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
