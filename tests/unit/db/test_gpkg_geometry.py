"""GeoPackage geometry blobs: what goes in comes out, and headers tell the truth."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from canopy.db import gpkg_geometry as gpkg

BNG = 27700

_coordinate = st.floats(-1e7, 1e7)
_position = st.tuples(_coordinate, _coordinate)
_ring = st.lists(_position, min_size=3, max_size=6)
_points = st.builds(shapely.Point, _position)
_lines = st.lists(_position, min_size=2, max_size=6).map(shapely.LineString)
_polygons = st.builds(shapely.Polygon, _ring)
_shapes = st.one_of(
    _points,
    _lines,
    _polygons,
    st.lists(_points, min_size=1, max_size=4).map(shapely.MultiPoint),
    st.lists(_lines, min_size=1, max_size=3).map(shapely.MultiLineString),
    st.lists(_polygons, min_size=1, max_size=3).map(shapely.MultiPolygon),
)
_maybe_empty = st.one_of(
    _shapes, st.sampled_from([shapely.Point(), shapely.LineString(), shapely.MultiPolygon()])
)


@given(shapes=st.lists(st.one_of(st.none(), _maybe_empty), max_size=6))
def test_decoding_gives_back_what_was_encoded(shapes: list[shapely.Geometry | None]) -> None:
    """Every geometry to the last bit, empties as empties, None as None."""
    blobs = gpkg.encode(np.array(shapes, dtype=object), BNG)
    found = gpkg.decode(blobs)
    assert [each and each.wkb for each in found] == [each and each.wkb for each in shapes]


@given(shape=_shapes)
def test_the_envelope_is_the_bounds(shape: shapely.Geometry) -> None:
    """From the header of lines and polygons, and from a point itself."""
    blob = gpkg.encode_one(shape, BNG)
    assert gpkg.envelope_of(blob) == shape.bounds


@given(shape=_shapes)
def test_a_point_is_read_without_parsing_and_nothing_else_is(shape: shapely.Geometry) -> None:
    """`point_of` answers for points only."""
    blob = gpkg.encode_one(shape, BNG)
    assert blob is not None
    expected = (shape.x, shape.y) if shape.geom_type == "Point" else None
    assert gpkg.point_of(blob) == expected


@pytest.mark.parametrize("wkt", ["POINT EMPTY", "LINESTRING EMPTY", "MULTIPOLYGON EMPTY"])
def test_an_empty_geometry_is_flagged_and_has_no_envelope(wkt: str) -> None:
    """The empty flag is set, and ST_MinX of it is nothing."""
    blob = gpkg.encode_one(shapely.from_wkt(wkt), BNG)
    assert blob is not None
    assert blob[3] & 0x10
    assert all(math.isnan(side) for side in gpkg.envelope_of(blob))
    assert gpkg.point_of(blob) is None


def test_the_header_is_the_standards() -> None:
    """GP, version 0, little-endian with an XY envelope in the order min x, max x, min y, max y."""
    blob = gpkg.encode_one(shapely.LineString([(1, 2), (3, 5)]), BNG)
    assert blob is not None
    assert struct.unpack_from("<2sBBi4d", blob) == (b"GP", 0, 0x03, BNG, 1.0, 3.0, 2.0, 5.0)


def test_heights_are_left_out() -> None:
    """The columns are declared two-dimensional."""
    blob = gpkg.encode_one(shapely.Point(1, 2, 3), BNG)
    assert blob is not None
    assert not shapely.has_z(gpkg.decode_one(blob))


def test_blobs_of_other_programs_are_read() -> None:
    """Big-endian headers and bodies, an XYZ envelope, and no envelope at all."""
    line = shapely.LineString([(1, 2), (3, 5)])
    big = struct.pack(">2sBBi4d", b"GP", 0, 0x02, BNG, 1, 3, 2, 5) + shapely.to_wkb(
        line, byte_order=0
    )
    three = struct.pack("<2sBBi6d", b"GP", 0, 0x05, BNG, 1, 3, 2, 5, 0, 0) + line.wkb
    bare = struct.pack("<2sBBi", b"GP", 0, 0x01, BNG) + line.wkb
    big_point = struct.pack(">2sBBi", b"GP", 0, 0x00, BNG) + shapely.to_wkb(
        shapely.Point(7, 8), byte_order=0
    )
    assert [gpkg.decode_one(blob) for blob in (big, three, bare)] == [line] * 3
    assert [gpkg.envelope_of(blob) for blob in (big, three, bare)] == [line.bounds] * 3
    assert gpkg.envelope_of(big_point) == (7.0, 8.0, 7.0, 8.0)


@pytest.mark.parametrize(
    "blob",
    [b"", b"GP", b"\x01\x01\x00\x00\x00" + bytes(16), b"GP\x00\x0f" + bytes(40)],
    ids=["nothing", "cut short", "bare WKB", "unknown envelope"],
)
def test_bytes_that_are_no_geometry_are_refused(blob: bytes) -> None:
    """By name, and not as a point at 0, 0."""
    with pytest.raises(gpkg.BadGeometryBlob):
        gpkg.envelope_of(blob)


def test_nothing_has_no_envelope() -> None:
    """A null geometry has no sides."""
    assert all(math.isnan(side) for side in gpkg.envelope_of(None))
