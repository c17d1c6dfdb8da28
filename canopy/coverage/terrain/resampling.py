"""Heights brought from one raster onto another: copied where cells agree, else bilinear.

Positions are carried between CRS by `canopy.geo`, so through OSTN15 in Great Britain. No
height is made up: where one of the four heights around a position is unknown, so is the
result, and nothing is filled in from farther away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled
from canopy.coverage.grid import Grid
from canopy.coverage.terrain.heights import HeightGrid
from canopy.coverage.terrain.sampling import interpolated
from canopy.coverage.terrain.tiles import Box, Frame, Heights, require_modest
from canopy.errors import Refused
from canopy.geo import transformer

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_BLOCK_CELLS = 1_000_000
_EDGE_POINTS = 65


def resampled(heights: HeightGrid, grid: Grid) -> HeightGrid:
    """`heights` at the centres of the cells of `grid`, which is in the same CRS.

    Bilinear between the centres of the given cells, exact where the cells are the same; NaN
    outside. A `grid` that needs heights at its edge needs them given half a cell beyond.
    """
    if heights.grid.epsg != grid.epsg:
        raise Refused(
            f"the heights are in EPSG:{heights.grid.epsg} and the grid in EPSG:{grid.epsg}; "
            "bring them together with heights_over"
        )
    require_modest("the grid", grid.rows, grid.columns)
    source = Frame.of(heights.grid)
    everywhere = np.ones((1, 1), dtype=np.bool_)
    height_m, _ = onto(heights.height_m, everywhere, source, Frame.of(grid))
    return HeightGrid(grid, height_m, heights.what, heights.sources)


def box_in(epsg: int, target: Frame) -> Box | None:
    """The box in `epsg` around the frame of a run; None where there is no way there."""
    if epsg == target.epsg:
        return target.bounds
    west, south, east, north = target.bounds
    along, up = np.linspace(west, east, _EDGE_POINTS), np.linspace(south, north, _EDGE_POINTS)
    x, y = (each.ravel() for each in np.meshgrid(along, up))
    x, y = positions_in(epsg, target.epsg, x, y)
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return None
    x, y = x[known], y[known]
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def positions_in(epsg: int, from_epsg: int, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Positions of CRS `from_epsg` in CRS `epsg`; NaN where there is no transformation."""
    return transformer(f"EPSG:{from_epsg}", f"EPSG:{epsg}").xy(x, y)


def onto(heights: Heights, covered: Mask, source: Frame, target: Frame) -> tuple[Heights, Mask]:
    """`heights` and what a file covered of them, at the centres of the cells of `target`.

    covered: of the shape of `heights`, or one cell that stands for all.
    """
    out = np.empty((target.rows, target.columns), dtype=np.float32)
    out_covered = np.empty(out.shape, dtype=np.bool_)
    rows_at_once = max(1, _BLOCK_CELLS // target.columns)
    east = target.west + (np.arange(target.columns) + 0.5) * target.cell_x
    for first in range(0, target.rows, rows_at_once):
        end = min(first + rows_at_once, target.rows)
        north = target.north - (np.arange(first, end) + 0.5) * target.cell_y
        x, y = (each.ravel() for each in np.meshgrid(east, north))
        if source.epsg != target.epsg:
            x, y = positions_in(source.epsg, target.epsg, x, y)
        row, column = (source.north - y) / source.cell_y, (x - source.west) / source.cell_x
        _sample(
            heights, covered, row, column, out[first:end].ravel(), out_covered[first:end].ravel()
        )
    return out, out_covered


@compiled
def _sample(
    heights: Heights, covered: Mask, row: Floats, column: Floats, out: Heights, inside: Mask
) -> None:
    rows, columns = heights.shape
    for i in range(row.size):
        out[i] = interpolated(heights, row[i] - 0.5, column[i] - 0.5)
        inside[i] = False
        if 0.0 <= row[i] <= rows and 0.0 <= column[i] <= columns:
            at_row, at_column = min(int(row[i]), rows - 1), min(int(column[i]), columns - 1)
            inside[i] = covered[
                min(at_row, covered.shape[0] - 1), min(at_column, covered.shape[1] - 1)
            ]
