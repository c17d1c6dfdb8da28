"""The parts that a run is cut into, and what is answered over one.

Parts are cut on multiples of the kernels' blocks and take every site that reaches them, so
the layers of a part equal those of the whole, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.finish_kernel import Told
from canopy.coverage.engine.open_kernel import BLOCK
from canopy.coverage.grid import Grid

PART_CELLS = 64 * BLOCK
"""Side of the parts that a large run is done in [cells]."""


@dataclass(frozen=True, slots=True)
class Part:
    """Cells [row, row + rows) by [column, column + columns) of a run grid."""

    row: int
    column: int
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.columns

    @property
    def place(self) -> tuple[slice, slice]:
        """Where the part lies in an array of the run grid's shape."""
        return (
            slice(self.row, self.row + self.rows),
            slice(self.column, self.column + self.columns),
        )


def in_whole_blocks(grid: Grid, part: Part) -> Grid:
    """The cells of the blocks that a part has cells in; they may stick out of the grid.

    The kernels rank sites by whole blocks, so these are the cells that a part's sites reach,
    wherever it was cut.
    """
    return Grid(
        grid.epsg,
        grid.west_m + part.column * grid.cell_m,
        grid.north_m - part.row * grid.cell_m,
        grid.cell_m,
        -(-part.columns // BLOCK) * BLOCK,
        -(-part.rows // BLOCK) * BLOCK,
    )


def parts_of(shape: tuple[int, int], side: int = PART_CELLS) -> Iterator[Part]:
    """The parts that cover a grid of `shape`, row by row; `side` is a multiple of `BLOCK`."""
    if side % BLOCK:
        raise ValueError(f"parts are cut on blocks of {BLOCK} cells, not at {side}")
    for row in range(0, shape[0], side):
        for column in range(0, shape[1], side):
            yield Part(row, column, min(side, shape[0] - row), min(side, shape[1] - column))


@dataclass(frozen=True, slots=True, eq=False)
class OperatorPart:
    """One operator's answer over a part; arrays of the part's shape, sites in run order."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    first_dbm: NDArray[np.float32]
    second_dbm: NDArray[np.float32]
    above: NDArray[np.uint16]
    told: Told
    links_evaluated: int


@dataclass(frozen=True, slots=True, eq=False)
class PartAnswer:
    """All operators' answers over a part."""

    by_operator: dict[str, OperatorPart]
