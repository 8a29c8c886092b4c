"""Load, check, split and describe the data; nothing here knows about models."""

from vae_tutorial.datasets.bars_and_stripes import bars_and_stripes
from vae_tutorial.datasets.dataset import Dataset, EnumerableDataset
from vae_tutorial.datasets.digits import load_digits
from vae_tutorial.datasets.files import data_folder
from vae_tutorial.datasets.mnist import load_fashion_mnist, load_mnist, load_static_binarized_mnist
from vae_tutorial.datasets.noise import binarize, dequantize

__all__ = [
    "Dataset",
    "EnumerableDataset",
    "bars_and_stripes",
    "binarize",
    "data_folder",
    "dequantize",
    "load_digits",
    "load_fashion_mnist",
    "load_mnist",
    "load_static_binarized_mnist",
]
