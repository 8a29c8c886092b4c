"""Images written as MNIST's files hold them."""

from __future__ import annotations

import gzip
import struct

import numpy as np


def idx(array: np.ndarray) -> bytes:
    """Write an array as MNIST's files hold it."""
    header = struct.pack(f">2xBB{array.ndim}I", 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


def text(array: np.ndarray) -> bytes:
    """Write an array as the static set is published."""
    return b"".join(b" ".join(str(value).encode() for value in row) + b"\n" for row in array.reshape(len(array), -1))
