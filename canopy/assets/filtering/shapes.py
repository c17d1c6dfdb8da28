"""Geometries of filters: from GeoJSON, well-known text or a box to the storage CRS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import pyproj
import shapely
from numpy.typing import NDArray

from canopy import geo
from canopy.assets.filtering.limits import MAX_SHAPES, MAX_VERTICES
from canopy.errors import BadFilter, UnknownCrs

CRS84 = "OGC:CRS84"
"""The CRS of a filter's geometries where nothing else is said: longitude, latitude."""

_PARTS_PER_EDGE = 64
_MARGIN_DEGREES = 1.0


@dataclass(slots=True)
class ShapeReader:
    """Reads one filter's geometries and counts them. `filter_crs` is a name or an OGC URI."""

    filter_crs: str
    storage_crs: str
    vertices: int = 0
    shapes: int = 0

    def from_text(self, text: str) -> shapely.Geometry:
        """A geometry from well-known text."""
        try:
            return self._stored(shapely.from_wkt(text))
        except shapely.errors.ShapelyError as error:
            raise BadFilter(f"{text[:60]!r} is no geometry: {error}.") from error

    def from_json(self, geometry: object) -> shapely.Geometry:
        """A geometry from a GeoJSON geometry."""
        written = orjson.dumps(geometry).decode()
        try:
            return self._stored(shapely.from_geojson(written))
        except shapely.errors.ShapelyError as error:
            raise BadFilter(f"{written[:60]!r} is no geometry: {error}.") from error

    def from_box(self, sides: object) -> shapely.Geometry:
        """A box from four numbers, or from six, whose heights are ignored.

        One that is wider west to east than from east to west crosses the antimeridian.
        """
        if not (isinstance(sides, list) and len(sides) in (4, 6) and all(map(_number, sides))):
            raise BadFilter(f"BBOX needs four or six numbers, and not {str(sides)[:60]}.")
        min_x, min_y, max_x, max_y = _flat(sides)
        if min_y > max_y:
            raise BadFilter(f"BBOX{tuple(sides)} is upside down.")
        if min_x <= max_x:
            return self._stored(shapely.box(min_x, min_y, max_x, max_y), is_box=True)
        if not geo.parse_crs(self.filter_crs).is_geographic:
            raise BadFilter(f"BBOX{tuple(sides)} is the wrong way round.")
        east, west = shapely.box(min_x, min_y, 180, max_y), shapely.box(-180, min_y, max_x, max_y)
        return self._stored(shapely.union(east, west), is_box=True)

    def _stored(self, geometry: shapely.Geometry, is_box: bool = False) -> shapely.Geometry:
        self.shapes += 1
        self.vertices += int(shapely.get_num_coordinates(geometry))
        if self.shapes > MAX_SHAPES:
            raise BadFilter(f"A filter may have at most {MAX_SHAPES} geometries.")
        if self.vertices > MAX_VERTICES:
            raise BadFilter(f"A filter's geometries may have at most {MAX_VERTICES:,} vertices.")
        geometry = shapely.force_2d(geometry)
        if not np.isfinite(shapely.get_coordinates(geometry)).all():
            raise BadFilter("A geometry of the filter has a coordinate that is no finite number.")
        if not is_box and not shapely.is_valid(geometry):
            raise BadFilter(f"A geometry is not valid: {shapely.is_valid_reason(geometry)}.")
        return to_storage(geometry, self.filter_crs, self.storage_crs)


def to_storage(geometry: shapely.Geometry, crs: str, storage_crs: str) -> shapely.Geometry:
    """A geometry in the storage CRS, read in the axis order that `crs` declares.

    Edges are cut into up to 64 parts first, because what is straight in one CRS is not in
    the other. Of what reaches beyond the area that the storage CRS is meant for, the
    rest is cut off: no asset lies there. Raises UnknownCrs.
    """
    source = geo.parse_crs(crs)
    if northing_first(source):
        geometry = shapely.transform(geometry, lambda points: points[:, ::-1])
    mover = geo.transformer(crs, storage_crs)
    if mover.transformation.method == "none" or geometry.is_empty:
        return geometry
    cut = _cut_edges(geometry)
    points = shapely.get_coordinates(cut)
    moved = np.column_stack(mover.xy(points[:, 0], points[:, 1]))
    if np.isfinite(moved).all():
        return shapely.transform(cut, lambda _: moved)
    return _moved_near(geometry, source, storage_crs, mover)


def northing_first(crs: pyproj.CRS) -> bool:
    """Whether the CRS declares its axes as latitude (or northing) before longitude."""
    return bool(crs.axis_info) and crs.axis_info[0].direction.lower() in ("north", "south")


def _moved_near(
    geometry: shapely.Geometry, source: pyproj.CRS, storage_crs: str, mover: geo.CrsTransformer
) -> shapely.Geometry:
    """The part near the storage CRS's area; a rougher shift where the exact one has no value."""
    west, south, east, north = geo.area_of_use(storage_crs)
    m = _MARGIN_DEGREES
    area = shapely.box(west - m, south - m, east + m, north + m)
    if not source.is_geographic:
        area = to_storage(area, CRS84, geo.crs_name(source))
    near = _cut_edges(shapely.intersection(geometry, area))
    if near.is_empty:
        return near
    rough = pyproj.Transformer.from_crs(source, geo.parse_crs(storage_crs), always_xy=True)

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = mover.xy(points[:, 0], points[:, 1])
        rough_x, rough_y = rough.transform(points[:, 0], points[:, 1])
        known = np.isfinite(x) & np.isfinite(y)
        moved = np.column_stack([np.where(known, x, rough_x), np.where(known, y, rough_y)])
        if not np.isfinite(moved).all():
            raise UnknownCrs(f"A geometry of the filter cannot be moved to {storage_crs}.")
        return moved

    return shapely.transform(near, move)


def _cut_edges(geometry: shapely.Geometry) -> shapely.Geometry:
    min_x, min_y, max_x, max_y = geometry.bounds if not geometry.is_empty else (0, 0, 0, 0)
    longest = max(max_x - min_x, max_y - min_y)
    if not longest > 0 or not math.isfinite(longest):
        return geometry
    return shapely.segmentize(geometry, longest / _PARTS_PER_EDGE)


def _flat(sides: Sequence[float]) -> tuple[float, float, float, float]:
    half = len(sides) // 2
    return sides[0], sides[1], sides[half], sides[half + 1]


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
