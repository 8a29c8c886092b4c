"""MNIST, Fashion-MNIST and the static binarised MNIST on which log-likelihoods are published."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vae_tutorial.checks import check_count
from vae_tutorial.datasets.dataset import Dataset
from vae_tutorial.datasets.files import DataFile, is_at_hand, read_checked
from vae_tutorial.datasets.idx import parse_binary_text, parse_idx, unpack_gzip

SHAPE = (28, 28)
PIXELS = SHAPE[0] * SHAPE[1]
VALIDATION = 10_000  # of the 60,000 training images, the last ones

_MNIST = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
_FASHION = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
)
_STATIC = "http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/binarized_mnist_{}.amat"


def _files(folder: str, bases: tuple[str, ...], digests: dict[str, str]) -> dict[str, DataFile]:
    names = {
        "train": "train-images-idx3-ubyte.gz",
        "train labels": "train-labels-idx1-ubyte.gz",
        "test": "t10k-images-idx3-ubyte.gz",
        "test labels": "t10k-labels-idx1-ubyte.gz",
    }
    return {
        part: DataFile(f"{folder}/{names[part]}", digest, tuple(base + names[part] for base in bases))
        for part, digest in digests.items()
    }


MNIST = _files(
    "mnist",
    _MNIST,
    {
        "train": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train labels": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "test": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "test labels": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
)
FASHION_MNIST = _files(
    "fashion-mnist",
    _FASHION,
    {
        "train": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train labels": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "test": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "test labels": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
)
# The static set is published as text, 0 and 1 with spaces between. A folder may hold it packed as idx instead.
STATIC_TEXT = {
    part: DataFile(f"static-binarized-mnist/binarized_mnist_{part}.amat", digest, (_STATIC.format(part),))
    for part, digest in {
        "train": "ad693b29f94c14277b095f5238ddefbbdaaae0939789dd2f4f0205278cee3e4d",
        "valid": "1de3d397c40fe8eeb33dafd4099a1f665ec01e96d9be234aaeeac8a34930e2e2",
        "test": "e6687bfea3f820c174f33b7865140b2a2dd2930ef786f35d45795fc193b5ab2c",
    }.items()
}
STATIC_IDX = {
    part: DataFile(f"static-binarized-mnist/{part}-images-idx3-ubyte.gz", digest)
    for part, digest in {
        "train": "29c9b0e88796ccc980a814814e1c510c28ec9591af9ee53de6f5b6f5e7d19992",
        "valid": "28dbb7038b093a1a7b05d5924828d5d992d9b61b780d40321a83edbfbaeba525",
        "test": "2ec0710ee02fe07a3f8d2b6daec8e2aa068dced78b19a8cd6bc1cedf16247367",
    }.items()
}


def load_mnist(values: Literal["binary", "grey"] = "binary", threshold: int = 127) -> Dataset:
    """Load the 70,000 handwritten 28×28 digits of MNIST, downloaded once (11 MB) and checked by digest.

    The last 10,000 training images are the validation set.

    Args:
        values: "grey" keeps the whole numbers 0…255; "binary" gives 1 where the number is above ``threshold``.
            Log-likelihoods of the two are not comparable, nor are those of images binarised at random
            (``binarize``, ``load_static_binarized_mnist``): each is a distribution over another kind of image.
        threshold: a whole number of 0…254; used by "binary" only.

    Returns:
        Dataset with train [50000, 784], validation [10000, 784], test [10000, 784] and labels 0…9, in torch's default
        dtype (439 MB in float64).

    Raises:
        ValueError: bad ``values`` or ``threshold``, or a file in the data folder is truncated or altered.
        OSError: a file is not in the data folder (see ``data_folder``) and no mirror delivered it.

    References:
        LeCun, Bottou, Bengio and Haffner (1998), https://doi.org/10.1109/5.726791
    """
    return _load("MNIST", MNIST, values, threshold)


def load_fashion_mnist(values: Literal["binary", "grey"] = "binary", threshold: int = 127) -> Dataset:
    """Load the 70,000 pictures of clothes, 28×28, that have MNIST's format (31 MB); as ``load_mnist`` in all else.

    References:
        Xiao, Rasul and Vollgraf (2017), https://arxiv.org/abs/1708.07747
    """
    return _load("Fashion-MNIST", FASHION_MNIST, values, threshold)


def load_static_binarized_mnist() -> Dataset:
    """Load the one binarised MNIST that papers share: each pixel drawn once, with its grey value as the probability.

    Published log-likelihoods of "static MNIST" are about these very images, and can be compared with yours.  The test
    set is MNIST's, sorted by label; there are no labels.  The download is text (110 MB).

    Returns:
        Dataset with train [50000, 784], validation [10000, 784] and test [10000, 784], in torch's default dtype.

    Raises:
        ValueError: a file in the data folder is truncated or altered.
        OSError: a file is not in the data folder and could not be downloaded.

    References:
        Salakhutdinov and Murray (2008), https://doi.org/10.1145/1390156.1390266;
        Larochelle and Murray (2011), https://proceedings.mlr.press/v15/larochelle11a.html
    """
    train, validation, test = (_tensor(_static_part(part)) for part in ("train", "valid", "test"))
    return Dataset(
        name="static binarised MNIST",
        train=train,
        validation=validation,
        test=test,
        train_labels=None,
        validation_labels=None,
        test_labels=None,
        image_shape=SHAPE,
        levels=2,
    )


def _load(name: str, files: dict[str, DataFile], values: str, threshold: int) -> Dataset:
    if values not in ("binary", "grey"):
        raise ValueError(f'values must be "binary" or "grey", got {values!r}')
    check_count(threshold, "threshold", minimum=0)
    if threshold > 254:
        raise ValueError(f"threshold must be at most 254, got {threshold}: values end at 255, so no pixel would be on")
    arrays = {part: parse_idx(unpack_gzip(read_checked(file), file.name), file.name) for part, file in files.items()}
    images = {part: arrays[part] for part in ("train", "test")}
    if values == "binary":
        images = {part: (grey > threshold).astype(np.uint8) for part, grey in images.items()}
    labels = {part: torch.from_numpy(arrays[f"{part} labels"].astype(np.int64)) for part in ("train", "test")}
    fit = len(images["train"]) - VALIDATION
    return Dataset(
        name=f"{name} ({values})",
        train=_tensor(images["train"][:fit]),
        validation=_tensor(images["train"][fit:]),
        test=_tensor(images["test"]),
        train_labels=labels["train"][:fit],
        validation_labels=labels["train"][fit:],
        test_labels=labels["test"],
        image_shape=SHAPE,
        levels=2 if values == "binary" else 256,
    )


def _static_part(part: str) -> NDArray[np.uint8]:
    packed, text = STATIC_IDX[part], STATIC_TEXT[part]
    if is_at_hand(packed):
        return parse_idx(unpack_gzip(read_checked(packed), packed.name), packed.name)
    return parse_binary_text(read_checked(text), PIXELS, text.name)


def _tensor(images: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(images.reshape(len(images), PIXELS).copy()).to(torch.get_default_dtype())
