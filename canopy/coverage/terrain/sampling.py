"""Heights at points and along links, for kernels that walk millions of them.

Nothing here allocates. A raster is given as its array, the outer corner of its first cell
(`west`, `north`) and the side of its cells, all in metres of the run's CRS. An unknown height
(NaN) stays unknown, and so is everything outside the raster.

Bilinear heights are defined between the centres of cells, so not in the outermost half
cell: read the raster with a margin. Nearest heights are defined over the whole raster.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled

Heights = NDArray[np.float32]

_ON_CENTRE = 1e-6
"""Positions this near to the centre of a cell [cells] are at it: coordinates are rounded."""

_SHORTEST = 1e-9
"""Part of a step that is not worth a sample of its own: a distance is rounded too."""

_FIXED = 1 << 32
"""One cell in the fixed-point positions of `fill_nearest_profile`."""


@compiled
def interpolated(heights: Heights, row: float, column: float) -> float:
    """The bilinear height at a fractional position, whole numbers being centres of cells."""
    rows, columns = heights.shape
    if not (
        row >= -_ON_CENTRE
        and row <= rows - 1 + _ON_CENTRE
        and column >= -_ON_CENTRE
        and column <= columns - 1 + _ON_CENTRE
    ):
        return math.nan
    i = math.floor(row + _ON_CENTRE)
    j = math.floor(column + _ON_CENTRE)
    down, along = row - i, column - j
    here = float(heights[i, j])
    if down <= _ON_CENTRE and along <= _ON_CENTRE:
        return here
    # A neighbour of no weight is not asked: it may be unknown, or not there.
    if down <= _ON_CENTRE:
        return here + along * (float(heights[i, j + 1]) - here)
    below = float(heights[i + 1, j])
    if along <= _ON_CENTRE:
        return here + down * (below - here)
    upper = here + along * (float(heights[i, j + 1]) - here)
    lower = below + along * (float(heights[i + 1, j + 1]) - below)
    return upper + down * (lower - upper)


@compiled
def height_at(
    heights: Heights, west: float, north: float, cell: float, x: float, y: float
) -> float:
    """The bilinear height [m] at (x, y); NaN outside, and where a height it needs is NaN."""
    return interpolated(heights, (north - y) / cell - 0.5, (x - west) / cell - 0.5)


@compiled
def nearest_at(
    heights: Heights, west: float, north: float, cell: float, x: float, y: float
) -> float:
    """The height [m] of the cell that (x, y) lies in; NaN outside.

    A point on the line between two cells belongs to the eastern and the southern one, one
    on the outer edge of the raster to the last cell.
    """
    rows, columns = heights.shape
    row, column = (north - y) / cell, (x - west) / cell
    if not (row >= 0.0 and row <= rows and column >= 0.0 and column <= columns):
        return math.nan
    return float(heights[min(int(row), rows - 1), min(int(column), columns - 1)])


@compiled
def pieces(length: float, step: float) -> int:
    """Into how many equal pieces of at most `step` a path is cut, 1 at least.

    -1 where the length or the step is not a number, or the step is not above zero.
    """
    if not (step > 0.0 and length >= 0.0 and length < math.inf):
        return -1
    count = math.ceil(length / step - _SHORTEST)
    return max(1, int(count)) if count < 2**31 else -1


@compiled
def fill_profile(
    heights: Heights,
    west: float,
    north: float,
    cell: float,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    step: float,
    out: NDArray[np.float32] | NDArray[np.float64],
) -> int:
    """Bilinear heights [m] at equal distances from (x0, y0) to (x1, y1), both included.

    The samples are `out[0]` to `out[last]`, at most `step` [m] apart and exactly
    distance / last. Returns `last`, or -1 where nothing was written: `out` is too short
    (`last` + 1 are needed), or a position or the step is not a number.
    """
    last = pieces(math.hypot(x1 - x0, y1 - y0), step)
    if last < 0 or last >= out.shape[0]:
        return -1
    row, column = (north - y0) / cell - 0.5, (x0 - west) / cell - 0.5
    row_end, column_end = (north - y1) / cell - 0.5, (x1 - west) / cell - 0.5
    down, along = (row_end - row) / last, (column_end - column) / last
    rows, columns = heights.shape
    is_within = (
        min(row, row_end) >= 0.0
        and max(row, row_end) <= rows - 1
        and min(column, column_end) >= 0.0
        and max(column, column_end) <= columns - 1
        and min(rows, columns) > 1
    )
    if not is_within:
        for i in range(last):
            out[i] = interpolated(heights, row + i * down, column + i * along)
    else:
        # Between centres throughout: no tests, but of the height. Indices are unsigned, so
        # that none is taken to count from the end.
        for i in range(last):
            at_row, at_column = row + i * down, column + i * along
            j, k = min(int(at_row), rows - 2), min(int(at_column), columns - 2)
            upper, lower = np.uint64(j), np.uint64(j + 1)
            left, right = np.uint64(k), np.uint64(k + 1)
            under, beside = np.float32(at_row - j), np.float32(at_column - k)
            above, below = heights[upper, left], heights[lower, left]
            above += beside * (heights[upper, right] - above)
            below += beside * (heights[lower, right] - below)
            height = above + under * (below - above)
            # An unknown height of no weight is not asked.
            out[i] = interpolated(heights, at_row, at_column) if math.isnan(height) else height
    out[last] = interpolated(heights, row_end, column_end)
    return last


@compiled
def fill_nearest_profile(
    heights: Heights,
    west: float,
    north: float,
    cell: float,
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    step: float,
    out: NDArray[np.float32],
) -> int:
    """As `fill_profile`, with the height of the cell that each sample lies in: the fast one.

    Positions count in fixed point, 2^-32 of a cell, so that a sample costs two additions
    and a load. A sample nearer than that (times the number of samples) to the line between
    two cells may fall to either.
    """
    rows, columns = heights.shape
    last = pieces(math.hypot(x1 - x0, y1 - y0), step)
    if last < 0 or last >= out.shape[0]:
        return -1
    row, column = (north - y0) / cell, (x0 - west) / cell
    row_end, column_end = (north - y1) / cell, (x1 - west) / cell
    if not (
        min(row, row_end) >= 0.0
        and max(row, row_end) <= rows
        and min(column, column_end) >= 0.0
        and max(column, column_end) <= columns
    ):
        for i in range(last):
            part = i / last
            out[i] = _of_cell(
                heights, row + part * (row_end - row), column + part * (column_end - column)
            )
        out[last] = _of_cell(heights, row_end, column_end)
        return last
    # Both ends are inside, and steps are cut towards zero, so every sample is inside too.
    bottom, right = rows * _FIXED - 1, columns * _FIXED - 1
    at_row, at_column = min(int(row * _FIXED), bottom), min(int(column * _FIXED), right)
    end_row, end_column = min(int(row_end * _FIXED), bottom), min(int(column_end * _FIXED), right)
    down, along = int((end_row - at_row) / last), int((end_column - at_column) / last)
    for i in range(last):
        out[i] = heights[np.uint64(at_row >> 32), np.uint64(at_column >> 32)]
        at_row += down
        at_column += along
    out[last] = heights[np.uint64(end_row >> 32), np.uint64(end_column >> 32)]
    return last


@compiled
def _of_cell(heights: Heights, row: float, column: float) -> float:
    rows, columns = heights.shape
    if not (row >= 0.0 and row <= rows and column >= 0.0 and column <= columns):
        return math.nan
    return float(heights[min(int(row), rows - 1), min(int(column), columns - 1)])
