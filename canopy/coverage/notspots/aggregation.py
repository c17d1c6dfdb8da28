"""Coverage in 50 m and 100 m blocks, as Ofcom publishes it.

Ofcom takes operators' predictions for square pixels on the National Grid (100 m in the
Connected Nations reports, 50 m in the checker), one value a pixel, and does not publish how an
operator's finer prediction becomes a pixel. The rule here, stated with every result:

- blocks lie on whole multiples of their side in the CRS, so they are the same for every run;
- the share of cells of known class that are covered is given, and beside it how much of the
  block is known at all; cells beyond the run are not known;
- a block's class is that of most of its cells in the area, the worse one where two are equal
  (unknown, then total, partial, at least one, full), so a block is never flattered;
- a block's level is the best of its known cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid
from canopy.coverage.notspots.classes import Classes, Levels, Mask, Service, Spot
from canopy.errors import Refused

T = TypeVar("T", bound=np.generic)

PUBLISHED_SIDES_M = (50.0, 100.0)
"""Sides of Ofcom's pixels [m]."""


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """One grid's cells gathered in larger ones.

    Attributes:
        grid: of the blocks.
        share_covered: covered cells of those known, 0 to 1; NaN where none is known.
        share_known: cells known, of all that make a block, 0 to 1.
        classes: `Service` (or `Spot`) of most of its cells.
        level_dbm: float32, best level of the known cells; NaN where none is known.
    """

    grid: Grid
    share_covered: NDArray[np.float64]
    share_known: NDArray[np.float64]
    classes: Classes
    level_dbm: NDArray[np.float32]


def block_grid(grid: Grid, side_m: float) -> Grid:
    """The blocks of `side_m` that hold all of `grid`'s cells.

    Raises Refused where blocks are no whole number of cells, or cells straddle their lines.
    """
    cells = side_m / grid.cell_m
    if cells < 1 or abs(cells - round(cells)) > 1e-9:
        raise Refused(
            f"blocks of {side_m:g} m are no whole number of cells of {grid.cell_m:g} m: "
            f"run at a resolution that divides {side_m:g}"
        )
    for line in (grid.west_m, grid.north_m):
        steps = line / grid.cell_m
        if abs(steps - round(steps)) > 1e-6:
            raise Refused(
                f"the grid's cells do not lie on multiples of {grid.cell_m:g} m "
                f"({line:g}): make it with Grid.over"
            )
    return Grid.over(grid.bounds_m, side_m, epsg=grid.epsg)


def aggregated_service(
    grid: Grid, level_dbm: Levels, services: Classes, side_m: float, within: Mask | None = None
) -> Blocks:
    """One operator's levels and `Service`, in blocks of `side_m` [m].

    within: the cells of the area, which alone count; all, where not given.
    """
    order = (Service.UNKNOWN, Service.NOT_COVERED, Service.COVERED)
    covered = services == Service.COVERED
    known = services != Service.UNKNOWN
    return _gathered(grid, level_dbm, services, covered, known, side_m, order, within)


def aggregated_spots(
    grid: Grid, level_dbm: Levels, spots: Classes, side_m: float, within: Mask | None = None
) -> Blocks:
    """The best level of any operator and the `Spot` classes, in blocks of `side_m` [m].

    Covered is what at least one operator covers. within: as in `aggregated_service`.
    """
    order = (Spot.UNKNOWN, Spot.TOTAL, Spot.PARTIAL, Spot.AT_LEAST_ONE, Spot.FULL)
    covered = spots >= Spot.PARTIAL
    known = spots != Spot.UNKNOWN
    return _gathered(grid, level_dbm, spots, covered, known, side_m, order, within)


def on_cells(blocks: Blocks, grid: Grid) -> Classes:
    """The class of the block that each cell of `grid` lies in."""
    size = round(blocks.grid.cell_m / grid.cell_m)
    top = round((blocks.grid.north_m - grid.north_m) / grid.cell_m)
    left = round((grid.west_m - blocks.grid.west_m) / grid.cell_m)
    row = (np.arange(grid.rows) + top) // size
    column = (np.arange(grid.columns) + left) // size
    return blocks.classes[np.ix_(row, column)]


def _gathered(
    grid: Grid,
    level_dbm: Levels,
    classes: Classes,
    covered: Mask,
    known: Mask,
    side_m: float,
    worst_first: tuple[int, ...],
    within: Mask | None,
) -> Blocks:
    if classes.shape != grid.shape or level_dbm.shape != grid.shape:
        raise Refused(f"levels and classes do not fit a grid of {grid.shape}")
    asked = np.ones(grid.shape, bool) if within is None else within
    known = known & asked
    blocks = block_grid(grid, side_m)
    size = round(side_m / grid.cell_m)
    many_known = _counted(grid, blocks, size, known)
    many_covered = _counted(grid, blocks, size, covered & known)
    with_level = np.where(known & ~np.isnan(level_dbm), level_dbm, -np.inf)
    best = _folded(grid, blocks, size, with_level, -np.inf).max(axis=(1, 3))
    has_level = _counted(grid, blocks, size, known & ~np.isnan(level_dbm)) > 0
    votes = np.stack(
        [_counted(grid, blocks, size, (classes == one) & asked) for one in worst_first]
    )
    winner = np.array(worst_first, np.uint8)[votes.argmax(axis=0)]  # the first of equals
    share = np.divide(
        many_covered, many_known, out=np.full(blocks.shape, np.nan), where=many_known > 0
    )
    level = np.where(has_level, best, np.nan).astype(np.float32)
    return Blocks(blocks, share, many_known / size**2, winner, level)


def _counted(grid: Grid, blocks: Grid, size: int, cells: NDArray[np.bool_]) -> NDArray[np.int64]:
    counted: NDArray[np.int64] = _folded(grid, blocks, size, cells, False).sum(
        axis=(1, 3), dtype=np.int64
    )
    return counted


def _folded(
    grid: Grid, blocks: Grid, size: int, values: NDArray[T], beyond: float | bool
) -> NDArray[T]:
    """Values as (block row, row in block, block column, column in block)."""
    top = round((blocks.north_m - grid.north_m) / grid.cell_m)
    left = round((grid.west_m - blocks.west_m) / grid.cell_m)
    wide = np.full((blocks.rows * size, blocks.columns * size), beyond, values.dtype)
    wide[top : top + grid.rows, left : left + grid.columns] = values
    return wide.reshape(blocks.rows, size, blocks.columns, size)
