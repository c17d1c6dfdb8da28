"""How much demand lies within reach of each asset."""

from __future__ import annotations

import numpy as np

from canopy.plan.suitability.facts import Floats

CELLS_IN_REACH = 25
"""Points are put in square cells, so many to a reach: a point counts where the centre of its cell
is within reach, so the reach is kept to within 3 % of itself."""
MOST_CELLS = 50_000_000


def demand_within(
    x_m: Floats, y_m: Floats, reach_m: float, at_x_m: Floats, at_y_m: Floats, amounts: Floats
) -> Floats:
    """The sum of `amounts` at points within `reach_m` of each position; NaN for one without.

    All positions are in one CRS of metres. Cells grow where the points lie over too wide an area
    for `MOST_CELLS` of them.
    """
    found = np.full(x_m.size, np.nan)
    placed = np.isfinite(x_m) & np.isfinite(y_m)
    if not amounts.size:
        found[placed] = 0.0
        return found
    west, south = at_x_m.min(), at_y_m.min()
    wide, high = at_x_m.max() - west, at_y_m.max() - south
    cell_m = max(reach_m / CELLS_IN_REACH, np.sqrt(wide * high / MOST_CELLS), 0.1)
    columns, rows = int(wide / cell_m) + 1, int(high / cell_m) + 1
    place = ((at_y_m - south) // cell_m).astype(np.int64) * columns
    place += ((at_x_m - west) // cell_m).astype(np.int64)
    cells = np.bincount(place, amounts, rows * columns).reshape(rows, columns)
    summed = np.zeros((rows, columns + 1))
    np.cumsum(cells, axis=1, out=summed[:, 1:])
    across, down = (x_m[placed] - west) / cell_m, (y_m[placed] - south) / cell_m
    found[placed] = _in_disc(summed, across, down, reach_m / cell_m)
    return found


def _in_disc(summed: Floats, across: Floats, down: Floats, radius: float) -> Floats:
    """Sums over the cells whose centre is within `radius` cells: a run of columns per row."""
    rows, columns = summed.shape[0], summed.shape[1] - 1
    total = np.zeros(across.size)
    lowest = np.ceil(down - radius - 0.5).astype(np.int64)
    for step in range(int(2 * radius) + 2):
        row = lowest + step
        half = radius**2 - (row + 0.5 - down) ** 2
        inside = (half >= 0) & (row >= 0) & (row < rows)
        width = np.sqrt(np.where(inside, half, 0.0))
        first = np.clip(np.ceil(across - width - 0.5), 0, columns).astype(np.int64)
        last = np.clip(np.floor(across + width - 0.5) + 1, 0, columns).astype(np.int64)
        here = np.clip(row, 0, rows - 1)
        sums = summed[here, np.maximum(first, last)] - summed[here, first]
        total += np.where(inside, sums, 0.0)
    return total
