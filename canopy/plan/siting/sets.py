"""Which cells each candidate covers, as the rows of a sparse matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import ONE_AT_A_TIME
from canopy.coverage.grid import Grid
from canopy.errors import LimitExceeded, Refused
from canopy.plan.siting.reach_kernel import count_within, fill_within

MAX_PAIRS = 400_000_000
"""Most pairs of a candidate and a cell that are held: 1.6 GB."""
NOT_WANTED = -1


@dataclass(frozen=True, slots=True, eq=False)
class CoverageSets:
    """The cells of each candidate, in order.

    Attributes:
        starts: int64 (candidates + 1), where each candidate's cells begin in `cells`.
        cells: int32 (pairs), numbers of cells, ascending within a candidate.
        cell_count: how many cells there are; all of `cells` are below it.
        chance: float32 (pairs), probability that the candidate covers the cell, 0 to 1; None
            where each surely does.
    """

    starts: NDArray[np.int64]
    cells: NDArray[np.int32]
    cell_count: int
    chance: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        pairs = self.cells.size
        if self.starts.size < 1 or self.starts[0] != 0 or self.starts[-1] != pairs:
            raise Refused("starts must run from 0 to the number of pairs")
        if np.any(np.diff(self.starts) < 0):
            raise Refused("starts must not descend")
        if pairs and not 0 <= int(self.cells.min()) <= int(self.cells.max()) < self.cell_count:
            raise Refused(f"cells must be numbered 0 to {self.cell_count - 1}")
        if self.chance is not None and not (
            self.chance.shape == self.cells.shape
            and (pairs == 0 or (self.chance.min() >= 0 and self.chance.max() <= 1))
        ):
            raise Refused("chance must be 0 to 1, one for each pair, and never NaN")

    @property
    def count(self) -> int:
        """How many candidates there are."""
        return self.starts.size - 1

    def of(self, candidate: int) -> NDArray[np.int32]:
        """The cells of one candidate."""
        return self.cells[self.starts[candidate] : self.starts[candidate + 1]]


def numbered(wanted: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Numbers for the cells of a grid that count, row by row; `NOT_WANTED` for the others."""
    numbers = np.cumsum(wanted.ravel(), dtype=np.int32).reshape(wanted.shape) - np.int32(1)
    return np.where(wanted, numbers, np.int32(NOT_WANTED))


def within_reach(
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    reach_m: NDArray[np.float64] | float,
    grid: Grid,
    numbers: NDArray[np.int32] | None = None,
) -> CoverageSets:
    """The cells whose centre is no farther than its reach from each candidate.

    x_m, y_m: candidates in the CRS of `grid`. reach_m: of each or of all [m], > 0.
    numbers: of the grid's shape, from `numbered`, where not all cells count.
    Raises Refused for a position or a reach that is no finite number, LimitExceeded for more
    than `MAX_PAIRS` pairs.
    """
    reach = np.broadcast_to(np.asarray(reach_m, np.float64), x_m.shape).copy()
    if not (np.isfinite(x_m).all() and np.isfinite(y_m).all() and np.isfinite(reach).all()):
        raise Refused("every candidate needs a position and a reach")
    if np.any(reach <= 0):
        raise Refused("a reach is above 0 m")
    if numbers is None:
        numbers = np.arange(grid.rows * grid.columns, dtype=np.int32).reshape(
            grid.rows, grid.columns
        )
    elif numbers.shape != (grid.rows, grid.columns):
        raise Refused(f"numbers are of {numbers.shape}, the grid of {(grid.rows, grid.columns)}")
    across = (np.asarray(x_m, np.float64) - grid.west_m) / grid.cell_m
    down = (grid.north_m - np.asarray(y_m, np.float64)) / grid.cell_m
    radius = reach / grid.cell_m
    counts = np.zeros(x_m.size + 1, np.int64)
    with ONE_AT_A_TIME:
        count_within(across, down, radius, numbers, counts)
    starts = np.cumsum(counts)
    if starts[-1] > MAX_PAIRS:
        raise LimitExceeded(
            f"{x_m.size:,} candidates with this reach cover {starts[-1]:,} cells between them, "
            f"more than {MAX_PAIRS:,}: take larger cells, fewer candidates or a smaller reach"
        )
    cells = np.empty(int(starts[-1]), np.int32)
    with ONE_AT_A_TIME:
        fill_within(across, down, radius, numbers, starts, cells)
    return CoverageSets(starts, cells, int(numbers.max(initial=-1)) + 1)


def joined(parts: list[NDArray[np.int32]], cell_count: int) -> CoverageSets:
    """Sets from one array of cells for each candidate; repeated cells count once."""
    distinct = [np.unique(np.asarray(each, np.int32)) for each in parts]
    starts = np.zeros(len(distinct) + 1, np.int64)
    np.cumsum([each.size for each in distinct], out=starts[1:])
    cells = np.concatenate(distinct) if distinct else np.empty(0, np.int32)
    return CoverageSets(starts, cells.astype(np.int32), cell_count)
