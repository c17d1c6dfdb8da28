"""The box around everything that satisfies some conditions."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, TableClause, column, func, inspect, select, table
from sqlalchemy.orm import Session

from canopy.db.spatial import key_of
from canopy.db.spatial_sql import Box

_ROUNDING_STEPS = 4
"""SQLite rounds a coordinate outwards by at most two steps of float32."""


def extent(session: Session, entity: Any, *where: ColumnElement[bool]) -> Box | None:
    """The smallest box [m, storage CRS] around the geometries of the rows; None without any.

    Exact in double precision. Null and empty geometries take no part.
    """
    if session.get_bind().dialect.name == "sqlite":
        return _from_rtree(session, entity, where)
    sides = (
        func.min(func.ST_XMin(entity.geom)),
        func.min(func.ST_YMin(entity.geom)),
        func.max(func.ST_XMax(entity.geom)),
        func.max(func.ST_YMax(entity.geom)),
    )
    return _box(session.execute(select(*sides).where(*where)).one())


def rtree_of(entity: Any) -> TableClause:
    """The R*Tree of a mapped class's `geom` on a GeoPackage."""
    name = f"rtree_{inspect(entity).mapper.local_table.name}_geom"
    return table(name, *(column(part) for part in ("id", "minx", "maxx", "miny", "maxy")))


def rounded_extent(
    session: Session, entity: Any, where: tuple[ColumnElement[bool], ...] = ()
) -> Box | None:
    """The extent as a GeoPackage's R*Tree has it: up to 0.25 m too large on each side."""
    rtree = rtree_of(entity)
    sides: Select[Any] = select(
        func.min(rtree.c.minx),
        func.min(rtree.c.miny),
        func.max(rtree.c.maxx),
        func.max(rtree.c.maxy),
    )
    if where:
        sides = sides.where(rtree.c.id.in_(select(key_of(entity)).where(*where)))
    return _box(session.execute(sides).one())


def _from_rtree(
    session: Session, entity: Any, where: tuple[ColumnElement[bool], ...]
) -> Box | None:
    """Read exact coordinates only of those rows that the R*Tree puts at the very edge."""
    rough = rounded_extent(session, entity, where)
    if rough is None:
        return None
    rtree, key, geom = rtree_of(entity), key_of(entity), entity.geom
    slack = [_ROUNDING_STEPS * float(np.spacing(np.float32(abs(side)))) for side in rough]
    edges = (
        (func.min(func.ST_MinX(geom)), rtree.c.minx <= rough[0] + slack[0]),
        (func.min(func.ST_MinY(geom)), rtree.c.miny <= rough[1] + slack[1]),
        (func.max(func.ST_MaxX(geom)), rtree.c.maxx >= rough[2] - slack[2]),
        (func.max(func.ST_MaxY(geom)), rtree.c.maxy >= rough[3] - slack[3]),
    )
    exact = [
        session.scalar(select(side).where(key.in_(select(rtree.c.id).where(near)), *where))
        for side, near in edges
    ]
    return _box(exact)


def _box(sides: Any) -> Box | None:
    min_x, min_y, max_x, max_y = sides
    return None if min_x is None else (min_x, min_y, max_x, max_y)
