"""Parse the two plain formats that MNIST and its relatives come in; any other content is refused by a ValueError."""

from __future__ import annotations

import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTE = 8  # the only type of element in these data sets
MAX_AXES = 3
MAX_BYTES = 2**27  # unpacked: more than twice the largest of these files, and no bomb


def unpack_gzip(content: bytes, name: str = "content", max_bytes: int = MAX_BYTES) -> bytes:
    """Return the one gzip member that ``content`` holds.

    Raises:
        ValueError: it is not gzip, is cut short, goes on after its end, or unpacks to more than ``max_bytes``.
    """
    member = zlib.decompressobj(wbits=31)  # 31: a gzip header and trailer, with its checksum
    try:
        unpacked = member.decompress(content, max_bytes)
    except zlib.error as error:
        raise ValueError(f"{name} is not a gzip file: {error}") from error
    if member.unconsumed_tail:
        raise ValueError(f"{name} unpacks to more than {max_bytes} bytes, and no file of these data sets does")
    if not member.eof:
        raise ValueError(f"{name} ends in the middle of its gzip stream, after {len(content)} bytes: it is cut short")
    if member.unused_data:
        raise ValueError(f"{name} goes on for {len(member.unused_data)} bytes after the end of its gzip stream")
    return unpacked


def parse_idx(content: bytes, name: str = "content") -> NDArray[np.uint8]:
    """Return the array that an idx file of unsigned bytes holds, of one to three axes.

    The format: two zero bytes, the type of element, the number of axes, the size of each as a big-endian 32-bit
    number, and the elements in row-major order.

    Raises:
        ValueError: the header is another, or the sizes it states do not match the number of bytes.
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise ValueError(f"{name} is not an idx file: it begins with {content[:4]!r}, not with two zero bytes")
    kind, axes = content[2], content[3]
    if kind != UNSIGNED_BYTE or not 1 <= axes <= MAX_AXES:
        raise ValueError(
            f"{name} holds type {kind} and {axes} axes: only unsigned bytes (8) of 1 to {MAX_AXES} axes do"
        )
    start = 4 + 4 * axes
    if len(content) < start:
        raise ValueError(f"{name} ends inside its header, after {len(content)} bytes of {start}")
    shape = struct.unpack_from(f">{axes}I", content, 4)
    stated, held = math.prod(shape), len(content) - start
    if stated != held:
        raise ValueError(f"{name} states the shape {list(shape)}, which is {stated} bytes, but holds {held}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def parse_binary_text(content: bytes, width: int, name: str = "content") -> NDArray[np.uint8]:
    r"""Return the array [N, width] of 0 and 1 that a text of lines ``0 1 … 0\n`` holds.

    Raises:
        ValueError: a line has another length, or a character is neither 0, 1, a single space nor a line's end.
    """
    line = 2 * width
    if not content or len(content) % line:
        raise ValueError(f"{name} holds {len(content)} bytes, not a whole number of lines of {line}: it is cut short")
    characters = np.frombuffer(content, np.uint8).reshape(-1, line)
    digits, separators = characters[:, ::2] - ord("0"), characters[:, 1::2]
    ends = np.array([ord(" ")] * (width - 1) + [ord("\n")], np.uint8)
    if (digits > 1).any() or (separators != ends).any():
        raise ValueError(f"{name} holds something other than lines of {width} zeros and ones with spaces between them")
    return digits
