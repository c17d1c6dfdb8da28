"""Which cell of a grid lies under each pixel of a picture in another projection.

Pixel centres go back to the grid's CRS exactly on a coarse lattice and by bilinear
interpolation between its nodes. Between nodes `L` apart the error is about L**2 / (8 R) times
the tangent of the latitude; with a node every 16 pixels that is below 0.1 pixel for pixels up
to 5 km, and far less for any that show a street. Larger pixels, and places where a node has
no transformation, are worked out one by one.

The value shown is that of the cell under the centre of the pixel: nothing is averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid

Floats = NDArray[np.float64]
ToGrid = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""From pixel coordinates (x to the right, y down; centres at a half) to the grid's CRS [m]."""

NODE_PX = 16
LARGEST_PIXEL_M = 5_000.0


def cells_under(
    grid: Grid, to_grid: ToGrid, window: tuple[int, int, int, int], pixel_m: float
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Flat index of the cell under each pixel of a window, and which pixels have one.

    window: (first column, first row, columns, rows) [pixels]. pixel_m: about what a pixel
    measures on the ground [m]; it decides how closely positions are worked out.
    """
    left, top, columns, rows = window
    eastings, northings = (
        _interpolated(to_grid, left, top, columns, rows)
        if pixel_m <= LARGEST_PIXEL_M
        else _each(to_grid, left, top, columns, rows)
    )
    column = np.floor((eastings - grid.west_m) / grid.cell_m)
    row = np.floor((grid.north_m - northings) / grid.cell_m)
    # NaN compares as false: a place without a transformation has no cell.
    inside = (column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows)
    flat = np.where(inside, row * grid.columns + column, 0.0).astype(np.intp)
    return flat, inside


def _interpolated(
    to_grid: ToGrid, left: int, top: int, columns: int, rows: int
) -> tuple[Floats, Floats]:
    along, down = _Axis.of(left, columns), _Axis.of(top, rows)
    x, y = np.meshgrid(along.nodes, down.nodes)
    eastings, northings = to_grid(x.ravel(), y.ravel())
    if not np.isfinite(eastings).all():
        return _each(to_grid, left, top, columns, rows)
    return _between(eastings.reshape(x.shape), along, down), _between(
        northings.reshape(x.shape), along, down
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """Nodes along one axis [pixels], and where each pixel's centre lies between two of them."""

    nodes: Floats
    before: NDArray[np.intp]
    share: Floats

    @classmethod
    def of(cls, first: int, pixels: int) -> _Axis:
        at = np.arange(pixels, dtype=np.float64) + 0.5
        before = (at // NODE_PX).astype(np.intp)
        steps = int(before[-1]) + 1
        nodes = first + np.arange(steps + 1, dtype=np.float64) * NODE_PX
        return cls(nodes, before, at / NODE_PX - before)


def _between(at_nodes: Floats, along: _Axis, down: _Axis) -> Floats:
    """Bilinear interpolation, one axis after the other."""
    steps = at_nodes[:, 1:] - at_nodes[:, :-1]
    lines = at_nodes[:, along.before] + steps[:, along.before] * along.share
    found: Floats = (lines[1:] - lines[:-1])[down.before] * down.share[:, None]
    found += lines[down.before]
    return found


def _each(to_grid: ToGrid, left: int, top: int, columns: int, rows: int) -> tuple[Floats, Floats]:
    x, y = np.meshgrid(left + np.arange(columns) + 0.5, top + np.arange(rows) + 0.5)
    eastings, northings = to_grid(x.ravel(), y.ravel())
    return eastings.reshape(rows, columns), northings.reshape(rows, columns)


def outline(grid: Grid, along: int = 33) -> tuple[Floats, Floats]:
    """Points on the edge of the grid [m], `along` to a side, for its bounds elsewhere."""
    west, south, east, north = grid.bounds_m
    x, y = np.linspace(west, east, along), np.linspace(south, north, along)
    return (
        np.concatenate([x, x, np.full(along, west), np.full(along, east)]),
        np.concatenate([np.full(along, south), np.full(along, north), y, y]),
    )
