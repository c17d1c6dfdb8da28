"""Parts of a run's layers, read from its files without the rest.

What the pixels of a map tile show, and what one cell holds. However large the run, a part
is read from at most `MOST_READ` by `MOST_READ` cells: where the pixels lie farther apart than
that, from the coarser copies that the file keeps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioIOError
from rasterio.windows import Window

from canopy.coverage.files.rasters import grid_of
from canopy.coverage.files.tiles import TileCells
from canopy.coverage.grid import Grid
from canopy.errors import BadSource, NotFound

MOST_READ = 2_048
"""Cells to a side of what one tile is made from: 16 MB of float32."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerFile:
    """A layer's open file.

    Attributes:
        grid: its cells.
        bands: their names, in order.
    """

    source: rasterio.io.DatasetReader
    grid: Grid
    bands: tuple[str, ...]

    def under(self, cells: TileCells, band: str) -> NDArray[np.generic]:
        """The value under each pixel; any where no cell is inside."""
        rows, columns = np.divmod(cells.flat, self.grid.columns)
        shown = rows[cells.inside], columns[cells.inside]
        if shown[0].size == 0:
            return np.zeros(cells.inside.shape, self.source.dtypes[0])
        down, along = (_Axis.over(axis) for axis in shown)
        part = self.source.read(
            self._number(band),
            window=Window(along.first, down.first, along.cells, down.cells),
            out_shape=(down.read, along.read),
        )
        found: NDArray[np.generic] = part[down.places(rows), along.places(columns)]
        return found

    def at(self, row: int, column: int) -> dict[str, float]:
        """The values of one cell by the bands' names."""
        values = self.source.read(window=Window(column, row, 1, 1))[:, 0, 0]
        return dict(zip(self.bands, map(float, values), strict=True))

    def _number(self, band: str) -> int:
        if band not in self.bands:
            raise NotFound(f"There is no {band[:100]!r} here, but {', '.join(self.bands)}.")
        return self.bands.index(band) + 1


@contextmanager
def layer_file(path: Path) -> Iterator[LayerFile]:
    """An open layer. BadSource for what cannot be read as one."""
    try:
        with rasterio.open(path) as source:
            names = tuple(name or "" for name in source.descriptions)
            yield LayerFile(source, grid_of(source, path.name), names)
    except RasterioIOError as error:
        raise BadSource(f"{path.name} cannot be read as a raster: {error}") from error


@dataclass(frozen=True, slots=True)
class _Axis:
    """Cells along one axis: the first, how many, and in how many they are read."""

    first: int
    cells: int
    read: int

    @classmethod
    def over(cls, wanted: NDArray[np.intp]) -> _Axis:
        first = int(wanted.min())
        cells = int(wanted.max()) - first + 1
        return cls(first, cells, math.ceil(cells / math.ceil(cells / MOST_READ)))

    def places(self, wanted: NDArray[np.intp]) -> NDArray[np.intp]:
        found: NDArray[np.intp] = (wanted - self.first) * self.read // self.cells
        return found.clip(0, self.read - 1)
