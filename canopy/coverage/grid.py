"""Square cells over an area: the frame that every coverage array lies in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.errors import Refused

MAX_CELLS = 400_000_000
"""Largest grid of one run: 20,000 by 20,000 cells, a county of 40 km at 2 m."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells in a projected CRS; row 0 is the northernmost, column 0 the westernmost.

    Attributes:
        epsg: the CRS, whose unit must be the metre (27700 in Great Britain).
        west_m, north_m: the outer corner of cell (0, 0) [m].
        cell_m: side of a cell [m], > 0.
        columns, rows: how many, >= 1.
    """

    epsg: int
    west_m: float
    north_m: float
    cell_m: float
    columns: int
    rows: int

    def __post_init__(self) -> None:
        finite = all(map(math.isfinite, (self.west_m, self.north_m, self.cell_m)))
        if not finite or self.cell_m <= 0 or self.columns < 1 or self.rows < 1:
            raise Refused(
                f"a grid needs finite corners, cells above 0 m and a cell at least: {self}"
            )

    @classmethod
    def over(
        cls, bounds_m: tuple[float, float, float, float], cell_m: float, *, epsg: int = 27700
    ) -> Grid:
        """The grid that covers (west, south, east, north), its lines on multiples of `cell_m`.

        So two runs of one council at one resolution share their cells.
        """
        west, south, east, north = bounds_m
        if not (east > west and north > south and cell_m > 0):
            raise Refused(f"the area {bounds_m} with cells of {cell_m} m has no cell in it")
        first_column = math.floor(west / cell_m)
        first_row = math.floor(south / cell_m)
        columns = max(1, math.ceil(east / cell_m) - first_column)
        rows = max(1, math.ceil(north / cell_m) - first_row)
        if columns * rows > MAX_CELLS:
            raise Refused(
                f"{columns:,} by {rows:,} cells of {cell_m:g} m are more than a run may have "
                f"({MAX_CELLS:,}): choose a smaller area or larger cells"
            )
        return cls(epsg, first_column * cell_m, (first_row + rows) * cell_m, cell_m, columns, rows)

    def differing(self, other: Grid) -> tuple[str, ...]:
        """Names of the attributes in which another grid differs: none where cells are the same."""
        return tuple(name for name in self.__slots__ if getattr(self, name) != getattr(other, name))

    def cell_at(self, x_m: float, y_m: float) -> tuple[int, int] | None:
        """Row and column of the cell that a place lies in, None outside.

        A place on the line between two cells belongs to the eastern and the southern one.
        """
        column = math.floor((x_m - self.west_m) / self.cell_m)
        row = math.floor((self.north_m - y_m) / self.cell_m)
        is_inside = 0 <= column < self.columns and 0 <= row < self.rows
        return (row, column) if is_inside else None

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.columns

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """(west, south, east, north) [m]."""
        return (
            self.west_m,
            self.north_m - self.rows * self.cell_m,
            self.west_m + self.columns * self.cell_m,
            self.north_m,
        )

    @property
    def eastings_m(self) -> NDArray[np.float64]:
        """Centres of the columns [m], west to east."""
        return self.west_m + (np.arange(self.columns, dtype=np.float64) + 0.5) * self.cell_m

    @property
    def northings_m(self) -> NDArray[np.float64]:
        """Centres of the rows [m], north to south."""
        return self.north_m - (np.arange(self.rows, dtype=np.float64) + 0.5) * self.cell_m

    def part(self, row: int, column: int, rows: int, columns: int) -> Grid:
        """The sub-grid of `rows` by `columns` cells that begins at (`row`, `column`)."""
        if row < 0 or column < 0 or row + rows > self.rows or column + columns > self.columns:
            raise Refused(f"cells {row}:{row + rows}, {column}:{column + columns} leave {self}")
        return Grid(
            self.epsg,
            self.west_m + column * self.cell_m,
            self.north_m - row * self.cell_m,
            self.cell_m,
            columns,
            rows,
        )
