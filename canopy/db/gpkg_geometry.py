"""GeoPackage geometry blobs: a small header, then WKB.

Source: OGC 12-128r18, *GeoPackage Encoding Standard* 1.3.1, §2.1.3 (StandardGeoPackageBinary).
"""

from __future__ import annotations

import struct

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

_MAGIC = b"GP"
_LITTLE_ENDIAN, _ENVELOPE_XY, _EMPTY = 0x01, 0x02, 0x10
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_POINT = b"\x01\x01\x00\x00\x00"
"""How the WKB of a 2D little-endian point starts."""
_NAN_ENVELOPE = (float("nan"),) * 4


class BadGeometryBlob(ValueError):
    """The bytes are no GeoPackage geometry."""


UNREADABLE = (BadGeometryBlob, shapely.errors.GEOSException, NotImplementedError)
"""What reading a blob may raise; shapely knows no curves and says NotImplementedError."""


def encode(geometries: NDArray[np.object_], srid: int) -> list[bytes | None]:
    """Geometries to blobs; None stays None. Lines and polygons carry an XY envelope."""
    wkb = shapely.to_wkb(geometries, output_dimension=2, byte_order=1)
    points = shapely.get_type_id(geometries) == 0
    empty = shapely.is_empty(geometries)
    point_header = struct.pack("<2sBBi", _MAGIC, 0, _LITTLE_ENDIAN, srid)
    if points.all() and not empty.any():
        return [point_header + body for body in wkb]
    bounds = shapely.bounds(geometries)
    blobs: list[bytes | None] = []
    for body, is_point, is_empty, box in zip(
        wkb, points.tolist(), empty.tolist(), bounds.tolist(), strict=True
    ):
        if body is None:
            blobs.append(None)
        elif is_empty:
            flags = _LITTLE_ENDIAN | _EMPTY
            blobs.append(struct.pack("<2sBBi", _MAGIC, 0, flags, srid) + body)
        elif is_point:
            blobs.append(point_header + body)
        else:
            min_x, min_y, max_x, max_y = box
            flags = _LITTLE_ENDIAN | _ENVELOPE_XY
            header = struct.pack("<2sBBi4d", _MAGIC, 0, flags, srid, min_x, max_x, min_y, max_y)
            blobs.append(header + body)
    return blobs


def encode_one(geometry: BaseGeometry, srid: int) -> bytes | None:
    """One geometry to a blob."""
    return encode(np.array([geometry], dtype=object), srid)[0]


def body_offset(blob: bytes) -> int:
    """Where the WKB starts. Raises BadGeometryBlob when the header is not GeoPackage's."""
    if not isinstance(blob, bytes) or len(blob) < 13 or blob[:2] != _MAGIC:
        raise BadGeometryBlob("not a GeoPackage geometry (no GP header)")
    envelope = _ENVELOPE_BYTES.get((blob[3] >> 1) & 0x07)
    if envelope is None:
        raise BadGeometryBlob("unknown GeoPackage envelope code")
    if len(blob) < 8 + envelope + 5:
        raise BadGeometryBlob("the GeoPackage geometry is cut short")
    return 8 + envelope


def srs_of(blob: bytes) -> int:
    """The reference system that the header names: EPSG's number here; 0 and -1 say none."""
    body_offset(blob)
    srs: int = struct.unpack_from("<i" if blob[3] & _LITTLE_ENDIAN else ">i", blob, 4)[0]
    return srs


def wkb_of(blob: bytes) -> bytes:
    """The WKB inside a blob."""
    return blob[body_offset(blob) :]


def decode(blobs: list[bytes | None]) -> NDArray[np.object_]:
    """Blobs to shapely geometries; None stays None, and None is what cannot be read.

    Another program may have written anything, and one such row must not keep all others
    from being read: it has no position until `canopy reconcile` has named and mended it.
    """
    geometries: NDArray[np.object_]
    try:
        bodies = np.array([None if blob is None else wkb_of(blob) for blob in blobs], dtype=object)
        geometries = shapely.from_wkb(bodies)
    except UNREADABLE:
        geometries = np.array([*map(readable, blobs), None], dtype=object)[:-1]
    return geometries


def readable(blob: bytes | None) -> BaseGeometry | None:
    """One blob to a shapely geometry; None where it is null or cannot be read."""
    try:
        return None if blob is None else decode_one(blob)
    except UNREADABLE:
        return None


def decode_one(blob: bytes) -> BaseGeometry:
    """One blob to a shapely geometry. Raises one of `UNREADABLE`."""
    geometry: BaseGeometry = shapely.from_wkb(wkb_of(blob))
    return geometry


def point_of(blob: bytes) -> tuple[float, float] | None:
    """The position of a 2D little-endian point; None for any other geometry.

    Raises BadGeometryBlob.
    """
    offset = body_offset(blob)
    if blob[offset : offset + 5] != _POINT or len(blob) != offset + 21:
        return None
    x, y = struct.unpack_from("<2d", blob, offset + 5)
    return None if x != x else (x, y)


def envelope_of(blob: bytes | None) -> tuple[float, float, float, float]:
    """(min x, min y, max x, max y) of a blob; NaN where empty or null.

    Reads the header's envelope or a point's coordinates; parses WKB only where it must.
    Raises one of `UNREADABLE`.
    """
    if blob is None:
        return _NAN_ENVELOPE
    offset = body_offset(blob)
    if blob[3] & _EMPTY:
        return _NAN_ENVELOPE
    order = "<" if blob[3] & _LITTLE_ENDIAN else ">"
    if offset > 8:
        min_x, max_x, min_y, max_y = struct.unpack_from(order + "4d", blob, 8)
        return (min_x, min_y, max_x, max_y)
    if blob[offset : offset + 5] == _POINT and len(blob) >= offset + 21:
        x, y = struct.unpack_from("<2d", blob, offset + 5)
        return (x, y, x, y)
    bounds: tuple[float, float, float, float] = shapely.from_wkb(blob[offset:]).bounds
    return bounds if bounds else _NAN_ENVELOPE
