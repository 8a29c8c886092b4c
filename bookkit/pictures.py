"""Pictures as the book stores them: as PNG, small, and without a word about the software that drew them."""

from __future__ import annotations

import struct
from io import BytesIO

from PIL import Image, ImageChops

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PALETTE = 256  # the most that a PNG's palette holds
LARGEST_SHIFT = 32  # of 255, in any channel of any pixel; the book's figures stay near 10, and 21 at worst


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
        transparent = image.mode == "RGBA" and image.getextrema()[3] != (255, 255)
        if image.mode not in {"RGB", "RGBA"} or transparent:
            return data
        full = image.convert("RGB")
    # This method and three rounds of k-means keep the largest shift of a colour smallest; the default leaves up to 50.
    light = full.quantize(PALETTE, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    shifts = ImageChops.difference(full, light.convert("RGB")).getextrema()
    if max(high for _, high in shifts) > LARGEST_SHIFT:
        return data
    stored = BytesIO()
    light.save(stored, "PNG", optimize=True)
    return min(data, stored.getvalue(), key=len)
