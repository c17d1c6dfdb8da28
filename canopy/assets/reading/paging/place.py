"""A box in any CRS, and the assets whose shown positions touch it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy import geo
from canopy.assets.filtering.shapes import to_storage

Box = tuple[float, float, float, float]
Geometries = NDArray[np.object_]

DEGREE_DECIMALS = 9
"""Decimals of a shown degree: a tenth of a millimetre."""
METRE_DECIMALS = 4

_PARTS_PER_SIDE = 16
_SMALLEST_RADIUS_M = 2e6
"""A side that is straight in one CRS is not curved more tightly than this in another."""
_ROUNDING_M = 0.01


@dataclass(frozen=True)
class BoxArea:
    """One box, or two where it crosses the antimeridian: min x, min y, max x, max y.

    x is easting or longitude, in the units of `crs`; the sides belong to the box.
    """

    boxes: tuple[Box, ...]
    crs: str
    storage_crs: str

    @cached_property
    def bounds(self) -> Box | None:
        """A box in the storage CRS [m] that leaves out no asset; None where there can be none."""
        if self.crs == self.storage_crs:
            (box,) = self.boxes
            return box
        found = [each for box in self.boxes if (each := self._moved(box)) is not None]
        if not found:
            return None
        sides = np.array(found)
        low, high = sides[:, :2].min(axis=0), sides[:, 2:].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def _moved(self, box: Box) -> Box | None:
        x, y = _outline(box)
        if geo.parse_crs(self.crs).is_projected or _is_degrees(box):
            moved_x, moved_y = geo.transformer(self.crs, self.storage_crs).xy(x, y)
            if np.isfinite(moved_x).all() and np.isfinite(moved_y).all():
                sides = moved_x.min(), moved_y.min(), moved_x.max(), moved_y.max()
                return _grown(sides)
        polygon = to_storage(shapely.box(*box), self.crs, self.storage_crs)
        return None if polygon.is_empty else _grown(polygon.bounds)

    def shape(self) -> shapely.Geometry:
        """The area in the storage CRS, to the centimetre or so of its curved sides."""
        parts = [shapely.box(*box) for box in self.boxes]
        return to_storage(shapely.union_all(parts), self.crs, self.storage_crs)

    def touches(self, geometries: Geometries) -> NDArray[np.bool_]:
        """Which geometries, in `crs`, have a point in common with the area."""
        found = np.zeros(len(geometries), dtype=bool)
        points = all_points(geometries)
        for box in self.boxes:
            if points is not None:
                x, y = points[:, 0], points[:, 1]
                found |= (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])
            else:
                found |= shapely.intersects(_shape(box), geometries)
        return found


def shown(geometries: Geometries, storage_crs: str, crs: str) -> Geometries:
    """Geometries from the storage CRS in another, rounded; x before y.

    None where a position is withheld or has no place in that CRS.
    """
    if crs == storage_crs:
        return geometries
    mover = geo.transformer(storage_crs, crs)
    decimals = METRE_DECIMALS if geo.parse_crs(crs).is_projected else DEGREE_DECIMALS
    points = all_points(geometries)
    if points is not None:
        moved = np.column_stack(mover.xy(points[:, 0], points[:, 1]))
        made: Geometries = shapely.points(np.round(moved, decimals))
    else:
        made = shapely.transform(
            geometries,
            lambda xy: np.round(np.column_stack(mover.xy(xy[:, 0], xy[:, 1])), decimals),
        )
    placed = np.isfinite(shapely.bounds(made)).all(axis=1)
    if not placed.all():
        made[~placed] = None
    return made


def all_points(geometries: Geometries) -> NDArray[np.float64] | None:
    """Their coordinates where every geometry is a point that is not empty; else None."""
    if not len(geometries) or shapely.get_type_id(geometries).any():
        return None
    coordinates: NDArray[np.float64] = shapely.get_coordinates(geometries)
    return coordinates if len(coordinates) == len(geometries) else None


def _outline(box: Box) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    min_x, min_y, max_x, max_y = box
    along = np.linspace(0.0, 1.0, _PARTS_PER_SIDE + 1)
    x, y = min_x + (max_x - min_x) * along, min_y + (max_y - min_y) * along
    ends = np.ones(len(along))
    return (
        np.concatenate([x, x, min_x * ends, max_x * ends]),
        np.concatenate([min_y * ends, max_y * ends, y, y]),
    )


def _is_degrees(box: Box) -> bool:
    return box[0] >= -180 and box[2] <= 180 and box[1] >= -90 and box[3] <= 90


def _grown(sides: Box) -> Box:
    min_x, min_y, max_x, max_y = (float(each) for each in sides)
    part_m = max(max_x - min_x, max_y - min_y) / _PARTS_PER_SIDE
    margin_m = part_m * part_m / (8 * _SMALLEST_RADIUS_M) + _ROUNDING_M
    return min_x - margin_m, min_y - margin_m, max_x + margin_m, max_y + margin_m


def _shape(box: Box) -> shapely.Geometry:
    min_x, min_y, max_x, max_y = box
    if min_x == max_x and min_y == max_y:
        return shapely.Point(min_x, min_y)
    if min_x == max_x or min_y == max_y:
        return shapely.LineString([(min_x, min_y), (max_x, max_y)])
    return shapely.box(*box)
