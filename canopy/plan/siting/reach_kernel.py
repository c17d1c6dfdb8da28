"""Kernels that find the cells of a grid within reach of candidates.

Positions and reaches are in cells: `across` from the grid's western edge, `down` from its
northern one. A row of a disc is a run of columns, found from its half width and then held
against the distance itself, so that rounding decides nothing.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled, compiled_parallel

Floats = NDArray[np.float64]


@compiled
def _run(across: float, off: float, radius: float, columns: int) -> tuple[int, int]:
    """First and last column within the radius of a row whose centre is `off` cells away."""
    squared = radius * radius - off * off
    if squared < 0:
        return 0, -1
    half = math.sqrt(squared)
    first = max(0, math.ceil(across - half - 0.5) - 1)
    last = min(columns - 1, math.floor(across + half - 0.5) + 1)
    while first <= last and (first + 0.5 - across) ** 2 > squared:
        first += 1
    while last >= first and (last + 0.5 - across) ** 2 > squared:
        last -= 1
    return first, last


@compiled
def _rows(down: float, radius: float, rows: int) -> tuple[int, int]:
    return (
        max(0, math.ceil(down - radius - 0.5)),
        min(rows - 1, math.floor(down + radius - 0.5)),
    )


@compiled_parallel
def count_within(
    across: Floats,
    down: Floats,
    radius: Floats,
    numbers: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    """Put how many cells candidate i reaches in `counts[i + 1]`."""
    rows, columns = numbers.shape
    for at in numba.prange(across.size):
        top, bottom = _rows(down[at], radius[at], rows)
        found = 0
        for row in range(top, bottom + 1):
            first, last = _run(across[at], row + 0.5 - down[at], radius[at], columns)
            for column in range(first, last + 1):
                if numbers[row, column] >= 0:
                    found += 1
        counts[at + 1] = found


@compiled_parallel
def fill_within(
    across: Floats,
    down: Floats,
    radius: Floats,
    numbers: NDArray[np.int32],
    starts: NDArray[np.int64],
    cells: NDArray[np.int32],
) -> None:
    """Write the cells of each candidate from where `starts` says."""
    rows, columns = numbers.shape
    for at in numba.prange(across.size):
        top, bottom = _rows(down[at], radius[at], rows)
        place = starts[at]
        for row in range(top, bottom + 1):
            first, last = _run(across[at], row + 0.5 - down[at], radius[at], columns)
            for column in range(first, last + 1):
                number = numbers[row, column]
                if number >= 0:
                    cells[place] = number
                    place += 1
