"""One part of a run with its halo: all that another process needs to solve it, and no more.

A tile takes the sites that reach it, their curves, and the heights over it and them. The
kernels find a height by its row and column in the whole raster, and reckoning from another
corner would round otherwise: so a tile keeps the frame of the raster, and only the window
that its paths cross is sent, and takes memory.
"""

from __future__ import annotations

import math
import mmap
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.finish_kernel import Service
from canopy.coverage.engine.loss_tables import LossTables
from canopy.coverage.engine.obstruction import NO_HEIGHTS, HeightField
from canopy.coverage.engine.parts import Part, PartAnswer, in_whole_blocks
from canopy.coverage.engine.path_kernel import SIGHTS, Paths
from canopy.coverage.engine.preparing import Prepared
from canopy.coverage.engine.rings import Rings
from canopy.coverage.engine.site_arrays import SiteArrays
from canopy.coverage.engine.solve import solve_part
from canopy.coverage.grid import Grid

_MARGIN_CELLS = 2
"""Around a window: heights are taken between the centres of cells."""

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class HeightWindow:
    """Some rows and columns of a raster of heights, and the frame that they belong in.

    Attributes:
        height_m: float32, the window [m].
        row, column: of its first cell in the raster.
        shape: of the raster.
        west_m, north_m, cell_m: of the raster, as in `HeightField`.
    """

    height_m: NDArray[np.float32]
    row: int
    column: int
    shape: tuple[int, int]
    west_m: float
    north_m: float
    cell_m: float

    @classmethod
    def of(cls, field: HeightField, bounds_m: Bounds) -> HeightWindow:
        """What lies in (west, south, east, north) [m], with a margin."""
        west, south, east, north = bounds_m
        rows, columns = field.height_m.shape
        top = _held((field.north_m - north) / field.cell_m - _MARGIN_CELLS, rows)
        bottom = _held((field.north_m - south) / field.cell_m + _MARGIN_CELLS + 1, rows)
        left = _held((west - field.west_m) / field.cell_m - _MARGIN_CELLS, columns)
        right = _held((east - field.west_m) / field.cell_m + _MARGIN_CELLS + 1, columns)
        window = np.ascontiguousarray(field.height_m[top:bottom, left:right])
        return cls(window, top, left, (rows, columns), field.west_m, field.north_m, field.cell_m)

    def field(self) -> HeightField:
        """The raster with the heights of the window; the rest holds 0 and takes no memory.

        Nothing outside the window may be asked for.
        """
        frame = np.frombuffer(mmap.mmap(-1, 4 * self.shape[0] * self.shape[1]), np.float32)
        heights = frame.reshape(self.shape)
        rows, columns = self.height_m.shape
        heights[self.row : self.row + rows, self.column : self.column + columns] = self.height_m
        return HeightField(heights, self.west_m, self.north_m, self.cell_m)


def _held(at: float, most: int) -> int:
    return min(max(math.floor(at), 0), most)


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """What one part is solved from; as `canopy.coverage.engine.solve.Solvable`.

    Attributes:
        part: the cells.
        asked: bool of the part's shape, which of them are asked for.
        terrain, surface: the heights that its paths cross; `paths` has none.
    """

    part: Part
    asked: NDArray[np.bool_]
    terrain: HeightWindow
    surface: HeightWindow
    grid: Grid
    operators: tuple[str, ...]
    sites: dict[str, SiteArrays]
    along_paths: dict[str, bool]
    tables: LossTables
    paths: Paths
    service: Service
    rings: Rings

    def mask(self, part: Part) -> NDArray[np.bool_]:
        """Which cells of its own part are asked for."""
        if part != self.part:
            raise ValueError(f"the tile of {self.part} knows nothing of {part}")
        return self.asked

    def answer(self) -> PartAnswer:
        """What `solve_part` answers on the whole problem, to the bit."""
        paths = self.paths._replace(terrain=self.terrain.field(), surface=self.surface.field())
        return solve_part(replace(self, paths=paths), self.part)


def cut(prepared: Prepared, part: Part) -> Tile:
    """The tile of a part."""
    piece = in_whole_blocks(prepared.grid, part)
    near = {name: sites.touching(prepared.grid, piece) for name, sites in prepared.sites.items()}
    rows, near = _without_other_curves(near)
    tables = LossTables._make(each[rows] for each in prepared.tables)
    wave = prepared.paths.wave
    bounds_m = _reached_from(piece, near, prepared.grid, prepared.paths.terrain.cell_m)
    return Tile(
        part=part,
        asked=prepared.mask(part),
        terrain=HeightWindow.of(prepared.paths.terrain, bounds_m),
        surface=HeightWindow.of(prepared.paths.surface, bounds_m),
        grid=prepared.grid,
        operators=prepared.operators,
        sites=near,
        along_paths=prepared.along_paths,
        tables=tables,
        paths=prepared.paths._replace(
            tables=tables,
            terrain=NO_HEIGHTS,
            surface=NO_HEIGHTS,
            wave=wave._replace(length_m=wave.length_m[rows]),
        ),
        service=prepared.service,
        rings=replace(prepared.rings, tables=tables),
    )


def _without_other_curves(
    near: dict[str, SiteArrays],
) -> tuple[NDArray[np.intp], dict[str, SiteArrays]]:
    """The rows of the tables that some sites use, and the sites by the numbers in those rows."""
    used = np.unique(np.concatenate([sites.curve for sites in near.values()]))
    rows = (used[:, None] + np.arange(SIGHTS)).ravel().astype(np.intp)
    return rows, {
        name: sites._replace(curve=(SIGHTS * np.searchsorted(used, sites.curve)).astype(np.int32))
        for name, sites in near.items()
    }


def _reached_from(piece: Grid, near: dict[str, SiteArrays], grid: Grid, lattice_m: float) -> Bounds:
    """Bounds of the blocks of a part with the lattice around them, and of its sites [m]."""
    west, south, east, north = piece.bounds_m
    x_m = grid.west_m + np.concatenate([sites.x_m for sites in near.values()])
    y_m = grid.north_m - np.concatenate([sites.y_m for sites in near.values()])
    return (
        min(west - lattice_m, x_m.min(initial=np.inf)),
        min(south - lattice_m, y_m.min(initial=np.inf)),
        max(east + lattice_m, x_m.max(initial=-np.inf)),
        max(north + lattice_m, y_m.max(initial=-np.inf)),
    )
