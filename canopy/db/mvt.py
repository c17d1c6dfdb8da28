"""Mapbox Vector Tile encoding of one layer.

Own code and not the `mapbox-vector-tile` package: that one quantises feature by feature
with its own geometry code, and holds protobuf below 7 for everything installed beside it.

Source: Mapbox, *Vector Tile Specification* 2.1 (2016), §4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

EXTENT = 4096
"""Width and height of a tile [tile units]."""

_MOVE_TO, _LINE_TO, _CLOSE_PATH = 1, 2, 7
_VERSION = 2


def encode_layer(
    name: str,
    ids: Sequence[int],
    geometries: NDArray[np.object_],
    properties: Sequence[Mapping[str, object]],
) -> bytes:
    """A tile with one layer; b"" without features.

    geometries: valid, in whole tile units, x to the right and y down; polygons' shells
    counter-clockwise in these numbers. properties: text, numbers, booleans and dates (as
    ISO text); None is left out; TypeError for anything else. ids: 0 to 2**64 - 1.
    """
    keys: dict[str, int] = {}
    values: dict[bytes, int] = {}
    features = bytearray()
    for key, geometry, record in zip(ids, geometries, properties, strict=True):
        tags = []
        for field, value in record.items():
            if value is not None:
                tags.append(keys.setdefault(field, len(keys)))
                tags.append(values.setdefault(_value(value), len(values)))
        dimension = int(shapely.get_dimensions(geometry))
        features += _message(
            2,
            b"\x08" + _varint(int(key)),
            _message(2, _varints(tags)) if tags else b"",
            b"\x18" + _varint(dimension + 1),  # POINT, LINESTRING, POLYGON
            _message(4, _varints(_commands(geometry, dimension))),
        )
    if not features:
        return b""
    return _message(
        3,
        _message(1, name.encode()),
        bytes(features),
        *(_message(3, field.encode()) for field in keys),
        *(_message(4, value) for value in values),
        b"\x28" + _varint(EXTENT),
        b"\x78" + _varint(_VERSION),
    )


def _value(value: object) -> bytes:
    if isinstance(value, str):
        return _message(1, value.encode())
    if isinstance(value, bool):
        return b"\x38" + _varint(int(value))
    if isinstance(value, int):
        return b"\x28" + _varint(value) if value >= 0 else b"\x30" + _varint(_zigzag(value))
    if isinstance(value, float):
        return b"\x19" + struct.pack("<d", value)
    if isinstance(value, date):
        return _message(1, value.isoformat().encode())
    raise TypeError(f"a tile cannot hold a value of type {type(value).__name__}")


def _commands(geometry: shapely.Geometry, dimension: int) -> Iterator[int]:
    """The drawing commands of one feature (§4.3)."""
    if dimension == 0:
        points = shapely.get_coordinates(geometry)
        yield from _path(points, _MOVE_TO, np.zeros(2, dtype=np.int64))
        return
    pen = np.zeros(2, dtype=np.int64)
    parts = shapely.get_parts(geometry)
    for part in shapely.get_rings(parts) if dimension == 2 else parts:
        corners = shapely.get_coordinates(part)[: -1 if dimension == 2 else None]
        yield from _path(corners[:1], _MOVE_TO, pen)
        yield from _path(corners[1:], _LINE_TO, corners[0].astype(np.int64))
        if dimension == 2:
            yield _CLOSE_PATH | 1 << 3
        pen = corners[-1].astype(np.int64)


def _path(points: NDArray[np.float64], command: int, pen: NDArray[np.int64]) -> Iterator[int]:
    """One command that repeats for every point, each relative to the one before."""
    track = np.vstack([pen, points.astype(np.int64)])
    steps: NDArray[np.int64] = track[1:] - track[:-1]
    yield command | len(points) << 3
    yield from ((steps << 1) ^ (steps >> 63)).ravel().tolist()


def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 63)


def _varint(value: int) -> bytes:
    return _varints((value,))


def _varints(values: Sequence[int] | Iterator[int]) -> bytes:
    out = bytearray()
    for value in values:
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
    return bytes(out)


def _message(field: int, *parts: bytes) -> bytes:
    """A length-delimited protobuf field."""
    body = b"".join(parts)
    return _varint(field << 3 | 2) + _varint(len(body)) + body
