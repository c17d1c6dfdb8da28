"""The spatial questions that Canopy asks, with the same answers on both databases.

`bbox`, `intersects`, `within` and `dwithin` are conditions for any select of a mapped
class with an integer key and a `geom` column. The others run their own selects: `nearest`
and `extent` in the modules of that name, vector tiles in `canopy.db.tiles`.

Everything is planar, in the storage CRS and in metres. A row whose geometry is null or
empty never satisfies a condition, and always satisfies its negation. Positions count as
they are stored, in double precision; distances are resolved to a micrometre, so that the
last bits of two geometry libraries do not decide what is inclusive or who is nearer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, inspect, type_coerce
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.types import NullType

from canopy.db import gpkg_geometry
from canopy.db.spatial_sql import (
    Box,
    Intersects,
    IntersectsBox,
    Within,
    WithinDistance,
    geometry_parameter,
)
from canopy.errors import BadFilter, LimitExceeded

MAX_AREA_VERTICES = 100_000
"""Largest area that is searched [vertices]."""

MAX_DISTANCE_M = 1e8
HALF_MICROMETRE_M = 5e-7


def key_of(entity: Any) -> ColumnElement[int]:
    """The integer key column of a mapped class or an alias of one."""
    mapper = inspect(entity).mapper
    (column,) = mapper.primary_key
    key: ColumnElement[int] = getattr(entity, mapper.get_property_by_column(column).key)
    return key


def _operands(
    entity: Any, area: BaseGeometry, srid: int
) -> tuple[ColumnElement[int], ColumnElement[Any], BindParameter[Any]]:
    marked = shapely.set_srid(area, srid)
    return key_of(entity), entity.geom, geometry_parameter(marked, srid)


def bbox(entity: Any, box: Box, srid: int) -> ColumnElement[bool]:
    """Rows whose geometry has a point in common with the closed `box` [m].

    The box may be a line or a point. BadFilter where it is upside down or not finite.
    """
    min_x, min_y, max_x, max_y = box = checked_box(box)
    area = shapely.box(min_x, min_y, max_x, max_y)
    if min_x == max_x or min_y == max_y:
        area = shapely.LineString([(min_x, min_y), (max_x, max_y)])
        area = shapely.Point(min_x, min_y) if area.length == 0 else area
    return IntersectsBox(*_operands(entity, area, srid), *box)


def intersects(entity: Any, area: BaseGeometry, srid: int) -> ColumnElement[bool]:
    """Rows whose geometry has a point in common with `area`, its boundary included."""
    area = checked_area(area)
    return Intersects(*_operands(entity, area, srid), *area.bounds)


def within(entity: Any, area: BaseGeometry, srid: int) -> ColumnElement[bool]:
    """Rows whose geometry lies in `area`, as OGC Simple Features says it.

    Nothing of it is outside, and some of its interior is in the area's interior: a point
    or a line wholly on the boundary of a polygon is not within it.
    """
    area = checked_area(area)
    return Within(*_operands(entity, area, srid), *area.bounds)


def dwithin(entity: Any, place: BaseGeometry, distance_m: float, srid: int) -> ColumnElement[bool]:
    """Rows at most `distance_m` [m, 0 to 1e8] from `place`, inclusive to a micrometre."""
    place = checked_area(place)
    reach = checked_distance(distance_m) + HALF_MICROMETRE_M
    return WithinDistance(*_operands(entity, place, srid), *grown(place.bounds, reach), reach)


def stored_bytes(entity: Any) -> ColumnElement[Any]:
    """The geometry column as the driver returns it; many are decoded at once by `shapes`."""
    return type_coerce(entity.geom, NullType())


def shapes(stored: Sequence[Any]) -> NDArray[np.object_]:
    """What `stored_bytes` gave, as shapely geometries; None stays None."""
    if any(isinstance(value, bytes) for value in stored):
        return gpkg_geometry.decode(list(stored))
    found: NDArray[np.object_] = shapely.from_wkb(np.array(stored, dtype=object))
    return found


def grown(box: Box, metres: float) -> Box:
    """`box` with every side moved outwards."""
    min_x, min_y, max_x, max_y = box
    return (min_x - metres, min_y - metres, max_x + metres, max_y + metres)


def checked_box(box: Box) -> Box:
    """`box` as floats; BadFilter where it cannot be searched."""
    min_x, min_y, max_x, max_y = (float(side) for side in box)
    if not all(math.isfinite(side) for side in (min_x, min_y, max_x, max_y)):
        raise BadFilter(f"The box {box} has a side that is not a finite number.")
    if min_x > max_x or min_y > max_y:
        raise BadFilter(f"The box {box} is upside down; write it as min x, min y, max x, max y.")
    return min_x, min_y, max_x, max_y


def checked_area(area: BaseGeometry) -> BaseGeometry:
    """`area` in two dimensions.

    BadFilter where it is empty, crosses itself, is a collection or is not finite: the two
    databases would not answer alike. LimitExceeded above `MAX_AREA_VERTICES`.
    """
    if area.geom_type == "GeometryCollection":
        raise BadFilter("The area is a collection of geometries; give its parts one by one.")
    if area.is_empty:
        raise BadFilter("The area is empty.")
    vertices = int(shapely.get_num_coordinates(area))
    if vertices > MAX_AREA_VERTICES:
        raise LimitExceeded(
            f"The area has {vertices:,} vertices, more than the {MAX_AREA_VERTICES:,} that "
            "are searched; simplify it."
        )
    if not np.isfinite(shapely.get_coordinates(area)).all():
        raise BadFilter("The area has a coordinate that is not a finite number.")
    if not area.is_valid:
        raise BadFilter(f"The area is not valid: {shapely.is_valid_reason(area)}.")
    flat: BaseGeometry = shapely.force_2d(area)
    return flat


def checked_distance(distance_m: float) -> float:
    """`distance_m`; BadFilter outside 0 to 1e8 m."""
    if not 0 <= distance_m <= MAX_DISTANCE_M:  # also refuses NaN
        raise BadFilter(f"The distance {distance_m} m is not between 0 and {MAX_DISTANCE_M:g} m.")
    return float(distance_m)
