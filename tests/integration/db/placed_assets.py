"""Assets that are only a key and a geometry, and geometries to try spatial tests with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import shapely
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from canopy.assets.tables import Asset
from canopy.db.engine import Database

EAST, NORTH = 530_000.0, 180_000.0
BNG = 27700


def at(x: float, y: float) -> shapely.Point:
    """A point x, y metres from the middle of the test area."""
    return shapely.Point(EAST + x, NORTH + y)


def moved(geometry: BaseGeometry) -> BaseGeometry:
    """A geometry drawn around 0, 0, put into the test area."""
    return shapely.transform(geometry, lambda xy: xy + np.array([EAST, NORTH]))


def drawn(wkt: str) -> BaseGeometry:
    """WKT around 0, 0, put into the test area."""
    return moved(shapely.from_wkt(wkt))


@contextmanager
def holding(database: Database, geometries: Iterable[BaseGeometry | None]) -> Iterator[Session]:
    """A session that sees assets 1, 2, 3 … with these geometries, and forgets them."""
    with database.reading() as session:  # rolled back at the end
        add_assets(session, geometries)
        yield session


def add_assets(session: Session, geometries: Iterable[BaseGeometry | None]) -> int:
    """Add assets 1, 2, 3 …, odd ones lampposts and even ones cctv; how many."""
    rows = [
        {
            "fid": fid,
            "asset_id": f"00000000-0000-4000-8000-{fid:012}",
            "kind": "lamppost" if fid % 2 else "cctv",
            "geom": None if each is None else shapely.set_srid(each, BNG),
        }
        for fid, each in enumerate(geometries, start=1)
    ]
    if rows:
        session.execute(insert(Asset), rows)
    return len(rows)


def keys(session: Session, *conditions: ColumnElement[bool]) -> list[int]:
    """The keys of the assets that satisfy the conditions."""
    return list(session.scalars(select(Asset.fid).where(*conditions).order_by(Asset.fid)))


# Eighths of a metre: every product of differences is exact in double precision, so what
# touches, touches on both databases and in the oracle.
_offset = st.integers(-64, 64).map(lambda eighths: eighths / 8)
_position = st.tuples(_offset, _offset)


@st.composite
def _boxes(draw: st.DrawFn) -> BaseGeometry:
    x, y = draw(_position)
    width, height = draw(st.integers(1, 64)), draw(st.integers(1, 64))
    return shapely.box(x, y, x + width / 8, y + height / 8)


@st.composite
def _holed(draw: st.DrawFn) -> BaseGeometry:
    x, y = draw(_position)
    outer, inner = draw(st.integers(3, 12)), draw(st.integers(1, 2))
    hole = shapely.box(x + 0.5, y + 0.5, x + 0.5 + inner, y + 0.5 + inner)
    return shapely.difference(shapely.box(x, y, x + outer, y + outer), hole)


_points = st.builds(shapely.Point, _position)
_lines = st.lists(_position, min_size=2, max_size=5, unique=True).map(shapely.LineString)
_multipoints = st.lists(_position, min_size=1, max_size=4, unique=True).map(shapely.MultiPoint)
_multilines = st.lists(_lines, min_size=1, max_size=3).map(shapely.MultiLineString)
_triangles = st.lists(_position, min_size=3, max_size=6, unique=True).map(
    lambda positions: shapely.MultiPoint(positions).convex_hull
)
_multipolygons = st.lists(_boxes(), min_size=1, max_size=3).map(shapely.union_all)
_shapes = st.one_of(
    _points, _lines, _multipoints, _multilines, _triangles, _boxes(), _holed(), _multipolygons
)


def _usable(geometry: BaseGeometry) -> bool:
    return bool(geometry.is_valid and not geometry.is_empty)


geometries = _shapes.filter(_usable).map(moved)
"""Any geometry an asset may have, in the test area."""

areas = st.one_of(_triangles, _boxes(), _holed(), _multipolygons).filter(
    lambda area: _usable(area) and area.area > 0
).map(moved)  # fmt: skip
"""Polygons to search in, in the test area."""

offsets = _offset
