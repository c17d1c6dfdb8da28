"""How much of each cell lies in each polygon: exact areas, for many polygons at once.

Each outline is cut at the edges of cells; a piece adds, to its own cell, the area between
itself and the cell's east edge and, to every cell east of it in the row, the height it
spans: with the sign of its direction, the sums over a closed outline are the areas within it
(Green's theorem, row by row). Nothing is sampled, so nothing depends on how small a polygon
is against a cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.coverage.demand.cutting import (
    Floats,
    Pieces,
    Whole,
    cut_at_cell_edges,
    in_cells,
    sums,
)
from canopy.coverage.grid import Grid
from canopy.errors import LimitExceeded, Refused

MAX_OVERLAPS = 100_000_000
"""Most pairs of polygon and cell looked at in one go: about 3 GB."""

MAX_VERTICES = 20_000_000
"""Most vertices of the polygons (or lines) of one go."""

_ROUNDING = 1e-9
"""Share of a cell below which an area is rounding, and within which of a whole cell, whole."""

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """Pairs of a polygon and a cell that share area, by polygon and then by cell.

    Attributes:
        grid: the frame.
        polygon: index of the polygon of each pair.
        cell: flat index (row * columns + column) of the cell of each pair.
        area_m2: area that they share [m2], > 0.
        outside_m2: for each polygon, its area beyond the grid [m2].
    """

    grid: Grid
    polygon: Whole
    cell: Whole
    area_m2: Floats
    outside_m2: Floats

    def per_polygon(self, amounts: Floats) -> Floats:
        """Sums of `amounts` (one a pair) for each polygon."""
        return sums(self.polygon, amounts, len(self.outside_m2))

    def per_cell(self, amounts: Floats) -> Floats:
        """Sums of `amounts` (one a pair) for each cell, in the grid's shape."""
        flat = sums(self.cell, amounts, self.grid.rows * self.grid.columns)
        return flat.reshape(self.grid.shape)


def cell_overlaps(grid: Grid, polygons: Geometries) -> Overlaps:
    """The area [m2] that each of `polygons` shares with each cell of `grid`.

    Parameters
    ----------
    grid : Grid
    polygons : array of shapely geometries
        Polygons and multipolygons in the grid's CRS, valid; empty ones share nothing.

    Returns
    -------
    Overlaps
        Exact within float64 rounding (1e-9 of a cell).

    Raises
    ------
    Refused
        For a geometry that is no polygon, is not valid or has coordinates that are not finite.
    LimitExceeded
        Beyond `MAX_VERTICES` or `MAX_OVERLAPS`.
    """
    polygons = np.asarray(polygons, dtype=object)
    _require_polygons(polygons)
    points, owner, sign = _edges_of_rings(polygons)
    x, y = in_cells(grid, points)
    first = np.flatnonzero(sign[:-1] != 0) if len(sign) else np.zeros(0, np.int64)
    pieces = cut_at_cell_edges(grid, (x[first], y[first]), (x[first + 1], y[first + 1]))
    polygon, cell, area = _filled(grid, pieces, owner[first], sign[first])
    area_m2 = area * grid.cell_m**2
    whole_m2 = shapely.area(polygons)
    outside_m2 = whole_m2 - sums(polygon, area_m2, len(polygons))
    outside_m2[_lies_within(grid, polygons) | (outside_m2 < _ROUNDING * whole_m2)] = 0.0
    return Overlaps(grid, polygon, cell, area_m2, outside_m2)


def _require_polygons(polygons: Geometries) -> None:
    kinds = shapely.get_type_id(polygons)
    wrong = np.flatnonzero(~np.isin(kinds, (3, 6)))
    if wrong.size:
        raise Refused(f"geometry {wrong[0]} is {polygons[wrong[0]]!s:.40}, and no polygon")
    vertices = int(shapely.get_num_coordinates(polygons).sum())
    if vertices > MAX_VERTICES:
        raise LimitExceeded(
            f"{vertices:,} vertices are more than {MAX_VERTICES:,} in one go: simplify them"
        )
    if not np.isfinite(shapely.get_coordinates(polygons)).all():
        raise Refused("a polygon has coordinates that are not finite: check its CRS")
    broken = np.flatnonzero(~shapely.is_valid(polygons))
    if broken.size:
        reason = shapely.is_valid_reason(polygons[broken[0]])
        raise Refused(f"polygon {broken[0]} is not valid ({reason}): repair it first")


def _edges_of_rings(polygons: Geometries) -> tuple[Floats, Whole, Whole]:
    """Vertices of all rings, whose polygon each is of, and the sign of the edge it begins.

    The sign is +1 where the ring runs as an outline must to add area (counter-clockwise for
    outer rings, clockwise for holes), -1 where it runs the other way, 0 at a ring's last
    vertex, where no edge begins.
    """
    parts, of_polygon = shapely.get_parts(polygons, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    if not len(points):
        return points, np.zeros(0, np.int64), np.zeros(0, np.int64)
    is_hole = np.diff(of_part, prepend=-1) == 0
    same = of_ring[:-1] == of_ring[1:]
    local = points - points[0]
    twice = np.where(same, local[:-1, 0] * local[1:, 1] - local[1:, 0] * local[:-1, 1], 0.0)
    counter_clockwise = sums(of_ring[:-1], twice, len(rings)) > 0
    runs = np.where(counter_clockwise != is_hole, 1, -1)
    sign = np.append(np.where(same, runs[of_ring[:-1]], 0), 0)
    return points, of_polygon[of_part[of_ring]], sign


def _filled(grid: Grid, pieces: Pieces, owner: Whole, sign: Whole) -> tuple[Whole, Whole, Floats]:
    """Polygon, cell and shared area [cells] of every pair, from the pieces of the outlines."""
    height = (pieces.y1 - pieces.y0) * sign[pieces.segment]
    counts = (pieces.row >= 0) & (pieces.row < grid.rows) & (height != 0.0)
    height, row = height[counts], pieces.row[counts]
    middle = ((pieces.x0 + pieces.x1) / 2)[counts]
    column = np.clip(pieces.column[counts], -1, grid.columns)
    polygon = owner[pieces.segment[counts]]

    line, group = np.unique(polygon * grid.rows + row, return_inverse=True)
    low = np.full(len(line), grid.columns)
    high = np.full(len(line), -1)
    np.minimum.at(low, group, np.maximum(column, 0))
    np.maximum.at(high, group, np.minimum(column, grid.columns - 1))
    width = np.maximum(high - low + 1, 0)
    total = int(width.sum())
    if total > MAX_OVERLAPS:
        raise LimitExceeded(
            f"the polygons meet {total:,} cells, more than {MAX_OVERLAPS:,} in one go: "
            "take larger cells or fewer polygons"
        )
    begin = np.cumsum(width) - width
    place = begin[group] + column - low[group]

    in_cell = (column >= 0) & (column < grid.columns)
    own = sums(place[in_cell], (height * (column + 1 - middle))[in_cell], total)
    spreads = column + 1 <= high[group]
    # What lies west of the grid has column -1, next to the row's first cell.
    beyond = sums(place[spreads] + 1, height[spreads], total)
    running = np.cumsum(beyond)
    filled = width > 0
    base = np.zeros(len(line))
    base[filled] = running[begin[filled]] - beyond[begin[filled]]
    area = own + running - np.repeat(base, width)

    cells = np.arange(total) - np.repeat(begin - low, width)
    of_line = np.repeat(line, width)
    area[area > 1.0 - _ROUNDING] = 1.0
    kept = area > _ROUNDING
    polygon_of, row_of = of_line[kept] // grid.rows, of_line[kept] % grid.rows
    return polygon_of, row_of * grid.columns + cells[kept], area[kept]


def _lies_within(grid: Grid, polygons: Geometries) -> NDArray[np.bool_]:
    west, south, east, north = grid.bounds_m
    bounds = shapely.bounds(polygons)
    within: NDArray[np.bool_] = (
        (bounds[:, 0] >= west)
        & (bounds[:, 1] >= south)
        & (bounds[:, 2] <= east)
        & (bounds[:, 3] <= north)
    )
    within |= np.isnan(bounds[:, 0])
    return within
