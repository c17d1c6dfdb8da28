"""Straight lines cut where they cross the edges of cells, all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid
from canopy.errors import LimitExceeded

MAX_PIECES = 100_000_000
"""Most pieces of one cut: about 6 GB while they are being made."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Parts of segments, each within one cell (or one column or row beyond the grid).

    Attributes:
        segment: index of the segment that each is a part of.
        row, column: the cell it lies in; outside 0..rows-1, 0..columns-1 it lies beyond.
        x0, y0, x1, y1: ends, in cells east and south of the grid's corner, in the segment's
            own direction.
    """

    segment: Whole
    row: Whole
    column: Whole
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats

    def inside(self, grid: Grid) -> NDArray[np.bool_]:
        """Which pieces lie in cells of the grid."""
        across = (self.column >= 0) & (self.column < grid.columns)
        inside: NDArray[np.bool_] = across & (self.row >= 0) & (self.row < grid.rows)
        return inside


def sums(of: Whole, amounts: Floats, many: int) -> Floats:
    """The sum of `amounts` for each index 0 to `many` - 1 of `of`."""
    return np.bincount(of, amounts, many).astype(np.float64, copy=False)


def in_cells(grid: Grid, points_m: Floats) -> tuple[Floats, Floats]:
    """Points (n, 2) [m] in cells east and in cells south of the grid's north-west corner."""
    return (points_m[:, 0] - grid.west_m) / grid.cell_m, (
        grid.north_m - points_m[:, 1]
    ) / grid.cell_m


def cut_at_cell_edges(
    grid: Grid, start: tuple[Floats, Floats], end: tuple[Floats, Floats]
) -> Pieces:
    """Segments from `start` to `end` (as `in_cells` gives them), cut at every cell's edge.

    A piece along an edge belongs to the cell east or south of it, so it is counted once.
    Raises LimitExceeded beyond `MAX_PIECES`.
    """
    (x0, y0), (x1, y1) = start, end
    across = _crossings(x0, x1, grid.columns)
    down = _crossings(y0, y1, grid.rows)
    count = 2 * len(x0) + len(across[0]) + len(down[0])
    segments = np.arange(len(x0))
    segment = np.concatenate([segments, across[0], down[0], segments])
    at = np.concatenate([np.zeros(len(x0)), across[1], down[1], np.ones(len(x0))])
    order = np.lexsort((at, segment))
    segment, at = segment[order], at[order]
    first = np.flatnonzero(segment[:-1] == segment[1:]) if count else np.zeros(0, np.int64)
    of, t0, t1 = segment[first], at[first], at[first + 1]
    px0, px1 = _between(x0[of], x1[of], t0), _between(x0[of], x1[of], t1)
    py0, py1 = _between(y0[of], y1[of], t0), _between(y0[of], y1[of], t1)
    row = np.floor((py0 + py1) / 2).astype(np.int64)
    column = np.floor((px0 + px1) / 2).astype(np.int64)
    return Pieces(of, row, column, px0, py0, px1, py1)


def _between(start: Floats, end: Floats, share: Floats) -> Floats:
    """The point at `share` of the way; exactly `end` at 1, so that rings stay closed."""
    return np.where(share == 1.0, end, start + share * (end - start))


def _crossings(start: Floats, end: Floats, lines: int) -> tuple[Whole, Floats]:
    """Which segments cross the lines 0 to `lines`, and at which share of their way."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    first = np.maximum(np.floor(low) + 1.0, 0.0)
    last = np.minimum(np.ceil(high) - 1.0, float(lines))
    many = np.maximum(last - first + 1.0, 0.0).astype(np.int64)
    total = int(many.sum())
    if total > MAX_PIECES:
        raise LimitExceeded(
            f"the outlines cross cell edges {total:,} times, more than {MAX_PIECES:,}: "
            "take larger cells, or fewer lines at a time"
        )
    of = np.repeat(np.arange(len(start)), many)
    begins = np.repeat(np.cumsum(many) - many, many)
    line = first[of] + (np.arange(total) - begins)
    share: Floats = (line - start[of]) / (end[of] - start[of])
    return of, np.clip(share, 0.0, 1.0)
