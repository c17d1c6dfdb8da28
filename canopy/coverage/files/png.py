"""PNG with a palette: small, quick to write, and the same bytes for the same picture.

Own code: GDAL's driver wants a data set for every picture, which takes longer than the
compression of a map tile.

Source: W3C, *Portable Network Graphics (PNG) Specification*, second edition (2003), §§ 5, 11.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from canopy.errors import LimitExceeded

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 100_000_000

_PALETTE = 3
_LEVEL = 6


def indexed_png(
    indices: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    texts: Mapping[str, str] | None = None,
) -> bytes:
    """A picture of `palette`'s colours.

    indices: (rows, columns), each below the palette's length. palette: (1 to 256, 4) red,
    green, blue, opacity. texts: kept in the file by keyword (1 to 79 Latin letters).
    """
    rows, columns = indices.shape
    if rows * columns > MAX_PIXELS:
        raise LimitExceeded(
            f"{columns:,} by {rows:,} pixels are more than a picture may have ({MAX_PIXELS:,}): "
            "choose larger cells, or the GeoTIFF"
        )
    lines = np.zeros((rows, columns + 1), np.uint8)  # each line begins with its filter, none
    lines[:, 1:] = indices
    header = struct.pack(">IIBBBBB", columns, rows, 8, _PALETTE, 0, 0, 0)
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", header),
            *(_text(keyword, text) for keyword, text in (texts or {}).items()),
            _chunk(b"PLTE", np.ascontiguousarray(palette[:, :3]).tobytes()),
            _chunk(b"tRNS", np.ascontiguousarray(palette[:, 3]).tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.data, _LEVEL)),
            _chunk(b"IEND", b""),
        )
    )


def _text(keyword: str, text: str) -> bytes:
    """International text (§11.3.4.5), not compressed, of no stated language."""
    return _chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8"))


def _chunk(name: bytes, content: bytes) -> bytes:
    return b"".join(
        (
            struct.pack(">I", len(content)),
            name,
            content,
            struct.pack(">I", zlib.crc32(content, zlib.crc32(name))),
        )
    )
