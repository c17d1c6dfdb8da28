"""Geometries in columns: what each asset is drawn as, its parts, and its vertices.

Coordinates are longitude and latitude in whole 1e-7 degrees, which moves a position by at
most 6 mm north and less east: well inside the 0.1 m that a map of assets needs.
`template/decode.js` reads what is written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.render.value_columns import BinaryPart

DEGREE_STEPS = 10_000_000
"""Whole numbers per degree."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Geometries = NDArray[np.object_]


class Role(IntEnum):
    """What an asset is drawn as."""

    NONE = 0
    POINT = 1
    LINE = 2
    POLYGON = 3
    CELL = 4
    """The grid cell that a generalised position stands for."""


class ToLonLat(Protocol):
    """What this module needs of `canopy.geo.CrsTransformer`."""

    def xy(self, x: Floats, y: Floats) -> tuple[Floats, Floats]: ...


@dataclass(slots=True)
class Shapes:
    """The drawn shapes of some assets.

    `roles` and `part_counts` per asset, `vertex_counts` per part, `lon` and `lat` [deg]
    per vertex. `untransformed`: assets whose position has no longitude and latitude.
    """

    roles: Integers
    part_counts: Integers
    vertex_counts: Integers
    lon: Floats
    lat: Floats
    untransformed: int


def generalised_cells(geometries: Geometries, sizes_m: Floats) -> Geometries:
    """Replace each generalised point by its square cell of `sizes_m` [m], NaN = exact.

    Policy gives the centre of the cell; other geometries stay as they are.
    """
    cells = geometries.copy()
    at = np.flatnonzero(np.isfinite(sizes_m) & (shapely.get_type_id(geometries) == 0))
    x, y, half = shapely.get_x(geometries[at]), shapely.get_y(geometries[at]), sizes_m[at] / 2
    cells[at] = shapely.box(x - half, y - half, x + half, y + half)
    return cells


def shapes_of(geometries: Geometries, sizes_m: Floats, to_lonlat: ToLonLat) -> Shapes:
    """Take geometries (storage CRS, None where withheld) apart into columns.

    sizes_m: the cell size of a generalised position [m], NaN where it is exact. A geometry
    collection keeps its parts of the highest dimension.
    """
    drawn = generalised_cells(geometries, sizes_m)
    owner, part = _parts(drawn)
    roles = _roles(drawn, geometries)
    coordinates, part_of_vertex = shapely.get_coordinates(part, return_index=True)
    lon, lat = to_lonlat.xy(coordinates[:, 0].copy(), coordinates[:, 1].copy())
    lost_vertex = ~(np.isfinite(lon) & np.isfinite(lat))
    lost = np.zeros(len(geometries), dtype=bool)
    lost[owner[part_of_vertex[lost_vertex]]] = True
    keep_part = ~lost[owner]
    keep_vertex = keep_part[part_of_vertex]
    roles[lost] = Role.NONE
    vertex_counts = np.bincount(part_of_vertex, minlength=len(part))[keep_part]
    return Shapes(
        roles=roles,
        part_counts=np.bincount(owner[keep_part], minlength=len(geometries)),
        vertex_counts=vertex_counts.astype(np.int64),
        lon=lon[keep_vertex],
        lat=lat[keep_vertex],
        untransformed=int(lost.sum()),
    )


def _dimensions(geometries: Geometries) -> Integers:
    """0, 1 or 2; -1 for None and for empty geometries."""
    dimensions: Integers = shapely.get_dimensions(geometries).astype(np.int64)
    dimensions[shapely.is_empty(geometries)] = -1
    return dimensions


def _roles(drawn: Geometries, geometries: Geometries) -> Integers:
    roles: Integers = _dimensions(drawn) + 1
    roles[(roles == Role.POLYGON) & (shapely.get_type_id(geometries) == 0)] = Role.CELL
    return roles


def _parts(geometries: Geometries) -> tuple[Integers, Geometries]:
    """Points, lines and rings with the asset each belongs to, in the order of the assets."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():
        parts, above = shapely.get_parts(parts, return_index=True)
        owner = owner[above]
    dimension = shapely.get_dimensions(parts)
    wanted = (dimension == _dimensions(geometries)[owner]) & ~shapely.is_empty(parts)
    parts, owner, dimension = parts[wanted], owner[wanted], dimension[wanted]
    rings, of_polygon = shapely.get_rings(parts[dimension == 2], return_index=True)
    owners = np.concatenate([owner[dimension < 2], owner[dimension == 2][of_polygon]])
    pieces = np.concatenate([parts[dimension < 2], rings])
    order = np.argsort(owners, kind="stable")
    return owners[order].astype(np.int64), pieces[order]


class ShapeColumns:
    """The shapes of one kind, filled batch by batch."""

    def __init__(self) -> None:
        self._filled: list[Shapes] = []

    def extend(self, shapes: Shapes) -> None:
        self._filled.append(shapes)

    def as_json(self, binary: BinaryPart) -> dict[str, object]:
        """The shapes for the map file, their numbers written to `binary`."""

        def joined(name: str) -> NDArray[np.float64]:
            return np.concatenate([getattr(shapes, name) for shapes in self._filled])

        def counts(name: str) -> list[int]:
            return binary.add_integers(joined(name).astype(np.int64)).as_json()

        def steps(name: str) -> list[int]:
            numbers = np.rint(joined(name) * DEGREE_STEPS).astype(np.int64)
            return binary.add_integers(numbers, delta=True).as_json()

        return {
            "roles": counts("roles"),
            "parts": counts("part_counts"),
            "vertices": counts("vertex_counts"),
            "lon": steps("lon"),
            "lat": steps("lat"),
        }
