"""Measurements brought to cells: one level for each cell, operator and technology."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.demand.points import cells_of_points
from canopy.coverage.grid import Grid
from canopy.coverage.measurements.reading import Measurements


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredCells:
    """Cells that were measured in, by operator, technology and cell.

    The level is the median of the decibel values. The median of the powers would be the same
    for an odd number of them; for an even number the two in the middle are averaged in
    decibels. It is taken so that one stop at a red light, or one reading under a bridge,
    does not decide for the cell.

    Attributes:
        grid: the frame.
        cell: flat index (row * columns + column).
        operator, technology: object arrays of str.
        median_dbm: median level [dBm].
        count: how many measurements.
        spread_db: median absolute deviation from the median [dB].
        outside: measurements beyond the grid, which are in no cell.
    """

    grid: Grid
    cell: NDArray[np.int64]
    operator: NDArray[np.object_]
    technology: NDArray[np.object_]
    median_dbm: NDArray[np.float64]
    count: NDArray[np.int64]
    spread_db: NDArray[np.float64]
    outside: int

    def __len__(self) -> int:
        return len(self.cell)

    def of(self, operator: str, technology: str) -> MeasuredCells:
        """Those of one operator's one technology."""
        chosen = (self.operator == operator) & (self.technology == technology)
        return MeasuredCells(
            self.grid,
            self.cell[chosen],
            self.operator[chosen],
            self.technology[chosen],
            self.median_dbm[chosen],
            self.count[chosen],
            self.spread_db[chosen],
            self.outside,
        )


def snapped(measurements: Measurements, grid: Grid) -> MeasuredCells:
    """The median level of each cell that was measured in, for each operator and technology."""
    cell = cells_of_points(grid, measurements.easting_m, measurements.northing_m)
    inside = cell >= 0
    operators, operator = np.unique(measurements.operator[inside].astype(str), return_inverse=True)
    technologies, technology = np.unique(
        measurements.technology[inside].astype(str), return_inverse=True
    )
    keys = np.column_stack([operator, technology, cell[inside]])
    groups, group = np.unique(keys, axis=0, return_inverse=True)
    levels = measurements.rsrp_dbm[inside]
    many = len(groups)
    median = _medians(group.ravel(), levels, many)
    spread = _medians(group.ravel(), np.abs(levels - median[group.ravel()]), many)
    return MeasuredCells(
        grid,
        groups[:, 2].astype(np.int64),
        operators[groups[:, 0]].astype(object),
        technologies[groups[:, 1]].astype(object),
        median,
        np.bincount(group.ravel(), minlength=many).astype(np.int64),
        spread,
        int((~inside).sum()),
    )


def _medians(
    group: NDArray[np.int64], values: NDArray[np.float64], many: int
) -> NDArray[np.float64]:
    """Median of the values of each group; every group 0 to many - 1 has at least one."""
    order = np.lexsort((values, group))
    ordered = values[order]
    count = np.bincount(group, minlength=many)
    begin = np.cumsum(count) - count
    low, high = begin + (count - 1) // 2, begin + count // 2
    medians: NDArray[np.float64] = (ordered[low] + ordered[high]) / 2.0
    return medians
