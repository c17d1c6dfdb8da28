"""One raster of heights in a file: where it lies, and how to read a part of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid
from canopy.errors import BadSource

Heights = NDArray[np.float32]
What = Literal["terrain", "surface"]
Box = tuple[float, float, float, float]

MAX_HEIGHTS = 100_000_000
"""Cells of one raster in memory: 10 km by 10 km at 1 m, 400 MB."""

LOWEST_M, HIGHEST_M = -500.0, 9_000.0
"""Heights taken as real [m]: from below the shore of the Dead Sea (-440) to above Everest
(8,849). What lies beyond is a mark for "unknown" that the file does not declare."""

_ALIGNED = 1e-3
"""How far the lines of two rasters may lie apart [cells] to count as the same lines."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Cells of a raster in its own CRS, metres or degrees; row 0 is the northernmost.

    epsg: the CRS. west, north: the outer corner of cell (0, 0) [CRS units]. cell_x, cell_y:
    the sides of a cell [CRS units]. columns, rows: how many.
    """

    epsg: int
    west: float
    north: float
    cell_x: float
    cell_y: float
    columns: int
    rows: int

    @classmethod
    def of(cls, grid: Grid) -> Frame:
        """The frame of a square grid."""
        return cls(
            grid.epsg,
            grid.west_m,
            grid.north_m,
            grid.cell_m,
            grid.cell_m,
            grid.columns,
            grid.rows,
        )

    @property
    def bounds(self) -> Box:
        """(west, south, east, north) [CRS units]."""
        south = self.north - self.rows * self.cell_y
        return self.west, south, self.west + self.columns * self.cell_x, self.north

    def offset(self, other: Frame) -> tuple[float, float]:
        """The row and column of this frame at which `other` begins."""
        return (self.north - other.north) / self.cell_y, (other.west - self.west) / self.cell_x

    def is_aligned_with(self, other: Frame) -> bool:
        """Whether the cells of both lie on the same lines of the same CRS."""
        if self.epsg != other.epsg:
            return False
        # The far corner tells whether cells of nearly one size have drifted apart.
        longest = max(other.columns, other.rows, self.columns, self.rows)
        for mine, theirs in ((self.cell_x, other.cell_x), (self.cell_y, other.cell_y)):
            if abs(theirs / mine - 1) * longest > _ALIGNED:
                return False
        return all(abs(at - round(at)) <= _ALIGNED for at in self.offset(other))

    def around(self, box: Box, margin: int) -> Frame:
        """The frame on these lines that covers `box`, `margin` cells wider on each side."""
        west, south, east, north = box
        first_column = math.floor((west - self.west) / self.cell_x) - margin
        end_column = math.ceil((east - self.west) / self.cell_x) + margin
        first_row = math.floor((self.north - north) / self.cell_y) - margin
        end_row = math.ceil((self.north - south) / self.cell_y) + margin
        return self.part(first_row, first_column, end_row - first_row, end_column - first_column)

    def part(self, row: int, column: int, rows: int, columns: int) -> Frame:
        """The frame on these lines that begins at (`row`, `column`), also beyond this one."""
        return Frame(
            self.epsg,
            self.west + column * self.cell_x,
            self.north - row * self.cell_y,
            self.cell_x,
            self.cell_y,
            columns,
            rows,
        )


Read = Callable[[int, int, int, int], Heights]
"""(first row, first column, rows, columns) -> heights [m], NaN where the file has none."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A raster of heights in a file, not yet read.

    Attributes:
        name: the file, and the member for one in an archive.
        path: the file on the disk.
        frame: where its cells lie.
        what: "terrain" or "surface".
        read: reads a part of it.
        product, licence: as in `HeightSource`.
        is_reprojected_freely: True for degrees (.hgt) that no run can use as they are.
        is_crs_assumed: whether neither the file nor its name tells the CRS.
    """

    name: str
    path: Path
    frame: Frame
    what: What
    read: Read
    product: str = ""
    licence: str = ""
    is_reprojected_freely: bool = False
    is_crs_assumed: bool = False


def require_modest(name: str, rows: int, columns: int) -> None:
    """Refuse to hold more cells in memory than `MAX_HEIGHTS`."""
    if rows * columns > MAX_HEIGHTS:
        raise BadSource(
            f"{name}: {columns:,} by {rows:,} heights are more than are held at once "
            f"({MAX_HEIGHTS:,}); choose a smaller area or larger cells"
        )


def require_plausible(name: str, heights: Heights, first_row: int, first_column: int) -> None:
    """Refuse heights that no place on Earth has; positions count from 1 in the message."""
    with np.errstate(invalid="ignore"):
        wrong = (heights < LOWEST_M) | (heights > HIGHEST_M)
    if wrong.any():
        row, column = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
        raise BadSource(
            f"{name}: row {first_row + int(row) + 1}, column {first_column + int(column) + 1} "
            f"holds a height of {heights[row, column]:g} m, which no place on Earth has "
            f"({LOWEST_M:g} to {HIGHEST_M:g} m are read). If it stands for 'unknown', declare "
            "it as the nodata value"
        )
