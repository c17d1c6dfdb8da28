"""Length of road in each cell, by class of road."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from canopy.coverage.demand.cutting import Whole, cut_at_cell_edges, in_cells, sums
from canopy.coverage.demand.layer import ROAD, DemandLayer, Floats
from canopy.coverage.demand.overlaps import MAX_VERTICES, Geometries
from canopy.coverage.grid import Grid
from canopy.errors import LimitExceeded, Refused


@dataclass(frozen=True, slots=True, eq=False)
class RoadLengths:
    """Length of road in each cell [m]: of all roads, and of each class apart."""

    every: DemandLayer
    by_class: dict[str, DemandLayer]


def road_length_per_cell(
    grid: Grid, lines: Geometries, classes: Sequence[str] | None = None
) -> RoadLengths:
    """Length [m] of `lines` within each cell, cut exactly where they cross its edges.

    Parameters
    ----------
    grid : Grid
    lines : array of shapely geometries
        LineStrings and MultiLineStrings in the grid's CRS. Lines over one another (two
        carriageways, a road given twice) count each.
    classes : sequence of str, optional
        Class of each line, such as "A road"; "" where there is none.

    Returns
    -------
    RoadLengths
        A road along an edge of cells belongs to the cells east or south of it. Cells without
        a road are 0: the lines are taken as complete over the grid.
    """
    lines = np.asarray(lines, dtype=object)
    names = np.array([""] * len(lines) if classes is None else list(classes), dtype=object)
    if len(names) != len(lines):
        raise Refused(f"{len(lines)} lines have {len(names)} classes")
    cell, of_line, length_m, outside_m = _lengths(grid, lines)
    flat = grid.rows * grid.columns

    def layer(chosen: Floats, kind: str, notes: tuple[str, ...]) -> DemandLayer:
        per_cell = sums(cell, length_m * chosen[of_line], flat).reshape(grid.shape)
        outside = float((outside_m * chosen).sum())
        return DemandLayer(grid, kind, "m", per_cell, outside, None, notes)

    notes = ("lines cut at the edges of cells; no line is 0 m",)
    every = layer(np.ones(len(lines)), ROAD, notes)
    wanted = [] if classes is None else sorted(set(names.tolist()))
    by_class = {
        name: layer((names == name).astype(np.float64), f"{ROAD}:{name}", notes) for name in wanted
    }
    return RoadLengths(every, by_class)


def _lengths(grid: Grid, lines: Geometries) -> tuple[Whole, Floats, Floats, Floats]:
    """Cell, line and length [m] of every piece in the grid; each line's length beyond it."""
    kinds = shapely.get_type_id(lines)
    wrong = np.flatnonzero(~np.isin(kinds, (1, 5)))
    if wrong.size:
        raise Refused(f"geometry {wrong[0]} is {lines[wrong[0]]!s:.40}, and no line")
    if int(shapely.get_num_coordinates(lines).sum()) > MAX_VERTICES:
        raise LimitExceeded(f"the lines have over {MAX_VERTICES:,} vertices: take fewer at a time")
    parts, of_line = shapely.get_parts(lines, return_index=True)
    points, of_part = shapely.get_coordinates(parts, return_index=True)
    if not np.isfinite(points).all():
        raise Refused("a line has coordinates that are not finite: check its CRS")
    first = np.flatnonzero(of_part[:-1] == of_part[1:])
    x, y = in_cells(grid, points)
    pieces = cut_at_cell_edges(grid, (x[first], y[first]), (x[first + 1], y[first + 1]))
    length_m = np.hypot(pieces.x1 - pieces.x0, pieces.y1 - pieces.y0) * grid.cell_m
    owner = of_line[of_part[first]][pieces.segment]
    inside = pieces.inside(grid)
    cell = pieces.row[inside] * grid.columns + pieces.column[inside]
    outside_m = sums(owner[~inside], length_m[~inside], len(lines))
    return cell, owner[inside], length_m[inside], outside_m
