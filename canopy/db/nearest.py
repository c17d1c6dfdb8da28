"""The k geometries nearest to a place, in the same order on both databases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Double, cast, func, literal, select
from sqlalchemy.orm import Session

from canopy.db import spatial
from canopy.db.extent import rounded_extent, rtree_of
from canopy.db.spatial_sql import Box, geometry_parameter
from canopy.db.types import PostgisGeometry
from canopy.errors import BadFilter

MAX_NEIGHBOURS = 10_000

_MICROMETRES_PER_M = 1e6
_FIRST_RADIUS_M = 25.0
_WIDE_RADIUS_M = 10_000.0
"""Beyond this the search asks how far the data reach at all."""
_HALVINGS = 4


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row's key, and how far its geometry is [m, to the micrometre]."""

    key: int
    distance_m: float


def nearest(
    session: Session,
    entity: Any,
    place: BaseGeometry,
    k: int,
    srid: int,
    *where: ColumnElement[bool],
    within_m: float | None = None,
) -> list[Neighbour]:
    """At most `k` (1 to 10,000) rows by (distance, key), the nearest first.

    Distances are rounded to a micrometre before they are compared, so that equal ones
    are equal on both databases and the lower key wins. within_m: no row farther than
    this [m], inclusive. Fewer than `k` where there are no more.
    """
    if not 1 <= k <= MAX_NEIGHBOURS:
        raise BadFilter(f"{k} neighbours were asked for; ask for 1 to {MAX_NEIGHBOURS:,}.")
    place = spatial.checked_area(place)
    if within_m is not None:
        within_m = spatial.checked_distance(within_m)
    if session.get_bind().dialect.name == "sqlite":
        return _Rings(session, entity, place, where).nearest(k, within_m)
    return _by_index_order(session, entity, place, k, srid, where, within_m)


def _by_index_order(
    session: Session,
    entity: Any,
    place: BaseGeometry,
    k: int,
    srid: int,
    where: tuple[ColumnElement[bool], ...],
    within_m: float | None,
) -> list[Neighbour]:
    """Let GiST give k rows nearest first, then order all that are as near as the last.

    Which of several equally distant rows the index gives is chance, so they are all read.
    """
    marked = shapely.set_srid(place, srid)
    sought = cast(geometry_parameter(marked, srid), PostgisGeometry(srid))
    apart = entity.geom.op("<->", return_type=Double())(sought)
    conditions = [*where, func.ST_IsEmpty(entity.geom).is_(False)]
    if within_m is not None:
        conditions.append(spatial.dwithin(entity, place, within_m, srid))
    first = select(apart.label("apart")).where(*conditions).order_by(apart).limit(k).subquery()
    reach = session.scalar(select(func.max(first.c.apart)))
    if reach is None:
        return []
    micrometres = func.round(func.ST_Distance(entity.geom, sought) * _MICROMETRES_PER_M)
    key = spatial.key_of(entity)
    as_near = spatial.dwithin(entity, place, reach, srid)
    rows = session.execute(
        select(key, micrometres).where(*conditions, as_near).order_by(micrometres, key).limit(k)
    )
    return [Neighbour(key, distance / _MICROMETRES_PER_M) for key, distance in rows]


class _Rings:
    """Widening boxes around a place, each a look into the R*Tree."""

    def __init__(
        self,
        session: Session,
        entity: Any,
        place: BaseGeometry,
        where: tuple[ColumnElement[bool], ...],
    ) -> None:
        self._session, self._entity, self._where = session, entity, where
        self._place, self._rtree = place, rtree_of(entity)

    def nearest(self, k: int, within_m: float | None) -> list[Neighbour]:
        limit = math.inf if within_m is None else within_m + spatial.HALF_MICROMETRE_M
        radius = self._radius_with(k, limit)
        if radius is None:
            return []
        keys, metres = self._inside(radius)
        if len(keys) >= k:
            kth = float(np.partition(metres, k - 1)[k - 1]) + 2 * spatial.HALF_MICROMETRE_M
            if kth > radius:  # somebody between the box's corner and its side may be nearer
                keys, metres = self._inside(kth)
        near = metres <= limit
        keys, micrometres = keys[near], np.rint(metres[near] * _MICROMETRES_PER_M)
        order = np.lexsort((keys, micrometres))[:k]
        return [
            Neighbour(int(key), float(distance) / _MICROMETRES_PER_M)
            for key, distance in zip(keys[order], micrometres[order], strict=True)
        ]

    def _radius_with(self, k: int, limit: float) -> float | None:
        """A radius with at least `k` rows in its box, or with all there are; None for none.

        Doubled until it is enough, then halved back a little, so that a place in the sea
        does not read a whole town.
        """
        too_small, radius, farthest = 0.0, _FIRST_RADIUS_M, limit
        while radius < farthest and not self._has(k, radius):
            too_small, radius = radius, radius * 2
            if radius > _WIDE_RADIUS_M and farthest == limit:
                reach = self._farthest()
                if reach is None:
                    return None
                farthest = min(limit, reach)
        radius = min(radius, farthest)
        for _ in range(_HALVINGS):
            middle = (too_small + radius) / 2
            if self._has(k, middle):
                radius = middle
            else:
                too_small = middle
        return radius

    def _farthest(self) -> float | None:
        extent = rounded_extent(self._session, self._entity)
        if extent is None:
            return None
        corners = shapely.points(shapely.get_coordinates(shapely.box(*extent)))
        return float(shapely.distance(corners, self._place).max()) + _FIRST_RADIUS_M

    def _box(self, radius: float) -> Box:
        return spatial.grown(self._place.bounds, radius)

    def _touching(self, radius: float) -> list[ColumnElement[bool]]:
        rtree = self._rtree
        min_x, min_y, max_x, max_y = self._box(radius)
        return [
            rtree.c.maxx >= min_x,
            rtree.c.minx <= max_x,
            rtree.c.maxy >= min_y,
            rtree.c.miny <= max_y,
        ]

    def _has(self, k: int, radius: float) -> bool:
        """Whether the box holds `k` rows: stops reading at the k-th."""
        some = select(literal(1)).select_from(self._rtree).where(*self._touching(radius))
        if self._where:
            joined = spatial.key_of(self._entity) == self._rtree.c.id
            some = some.join(self._entity, joined).where(*self._where)
        found = self._session.scalar(select(func.count()).select_from(some.limit(k).subquery()))
        return bool(found is not None and found >= k)

    def _inside(self, radius: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Keys and distances [m] of the rows whose box meets the box."""
        key = spatial.key_of(self._entity)
        ids = select(self._rtree.c.id).where(*self._touching(radius))
        rows = self._session.execute(
            select(key, spatial.stored_bytes(self._entity)).where(key.in_(ids), *self._where)
        ).all()
        keys = np.array([row[0] for row in rows], dtype=np.int64)
        metres = shapely.distance(spatial.shapes([row[1] for row in rows]), self._place)
        return keys, np.asarray(metres, dtype=np.float64)
