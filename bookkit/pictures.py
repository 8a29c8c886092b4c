"""Pictures as the book stores them: as PNG, small, and without a word about the software that drew them.

Two pictures show the same if every pixel of one is nearly among the colours that the other has in the same place and
next to it, and the other way round.  So the blends at the edge of a line may differ, and a line may lie one pixel off;
a curve that has moved by two pixels, a colour of another role or a missing word are faults.
"""

from __future__ import annotations

import base64
import struct
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageFilter

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE = 256  # the most that a PNG's palette holds
LARGEST_SHIFT = 32  # of 255, in any channel of any pixel; the book's figures stay near 10, and 21 at worst
NEIGHBOURS = 3  # a pixel is sought in the other picture within this square around its place
NEARLY = LARGEST_SHIFT + 32  # of 255: how far a channel may be from what the neighbours span
STRAY = 4  # pixels that may differ even so


def strip_png(data: bytes) -> bytes:
    """Drop a PNG's text chunks: they name the software that drew it, not what it shows."""
    kept, position = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while position < len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if kind not in {b"tEXt", b"zTXt", b"iTXt", b"tIME"}:
            kept.append(data[position:end])
        position = end
    return b"".join(kept)


def lighten_png(data: bytes) -> bytes:
    """Store an opaque picture with a palette, at the same size, in about a third of the bytes.

    Figures hold a few flat colours and their blends at the edges, so 256 colours draw them as well.  A picture that
    they do not draw well, such as a photograph, comes back as it is, and so does one that has a palette already.
    """
    with Image.open(BytesIO(data)) as image:
        transparent = image.mode == "RGBA" and image.getchannel("A").getextrema() != (255, 255)
        if image.mode not in {"RGB", "RGBA"} or transparent:
            return data
        full = image.convert("RGB")
    # This method and three rounds of k-means keep the largest shift of a colour smallest; the default leaves up to 50.
    light = full.quantize(PALETTE, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    if np.asarray(ImageChops.difference(full, light.convert("RGB"))).max() > LARGEST_SHIFT:
        return data
    stored = BytesIO()
    light.save(stored, "PNG", optimize=True)
    return min(data, stored.getvalue(), key=len)


def of_outputs(outputs: list[Any]) -> list[bytes]:
    """Return the pictures that a cell shows."""
    shown = [output.get("data", {}).get("image/png") for output in outputs]
    return [base64.b64decode(picture) for picture in shown if picture]


def faults(stored: list[bytes], fresh: list[bytes]) -> list[str]:
    """Say which stored pictures a cell no longer draws."""
    if len(stored) != len(fresh):
        return [f"{len(stored)} pictures are stored, and the cell draws {len(fresh)}"]
    found = []
    for number, (before, now) in enumerate(zip(stored, fresh, strict=True), start=1):
        was, size = Image.open(BytesIO(before)).convert("RGB"), Image.open(BytesIO(now)).convert("RGB")
        if was.size != size.size:
            found.append(f"picture {number} is stored with {was.size} pixels, and drawn with {size.size}")
        elif (pixels := different_pixels(was, size)) > STRAY:
            found.append(f"picture {number}: {pixels} pixels are stored otherwise than the cell draws them")
    return found


def different_pixels(one: Image.Image, other: Image.Image) -> int:
    """Count the pixels of either picture whose colour lies outside what the other has around the same place."""
    return max(_strangers(one, other), _strangers(other, one))


def _strangers(one: Image.Image, other: Image.Image) -> int:
    pixels = np.asarray(one, np.int16)
    low = np.asarray(other.filter(ImageFilter.MinFilter(NEIGHBOURS)), np.int16)
    high = np.asarray(other.filter(ImageFilter.MaxFilter(NEIGHBOURS)), np.int16)
    return int(((pixels < low - NEARLY) | (pixels > high + NEARLY)).any(-1).sum())
