"""A user's raster of amounts, carried to another grid without losing or adding any."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioIOError
from scipy.sparse import csr_matrix

from canopy.coverage.demand.layer import DemandLayer, Floats
from canopy.coverage.grid import MAX_CELLS, Grid
from canopy.errors import BadSource, LimitExceeded, Refused

_ROUNDING = 1e-9


def read_raster(path: Path) -> tuple[Grid, Floats]:
    """The first band of a raster (GeoTIFF and what else GDAL reads), NaN where it has no data.

    Raises BadSource for a raster that is not north-up with square cells in a CRS of metres
    that has an EPSG code.
    """
    try:
        with rasterio.open(path) as source:
            epsg = source.crs.to_epsg() if source.crs else None
            turn = source.transform
            if epsg is None or not source.crs.is_projected:
                raise BadSource(f"{path.name}: no projected CRS with an EPSG code is declared")
            square = np.isclose(turn.a, -turn.e, rtol=1e-9)
            if turn.b or turn.d or not square or turn.a <= 0:
                raise BadSource(f"{path.name} has cells that are not square and north-up")
            if source.width * source.height > MAX_CELLS:
                raise LimitExceeded(f"{path.name} has over {MAX_CELLS:,} cells")
            values = source.read(1, masked=True).astype(np.float64).filled(np.nan)
            grid = Grid(epsg, turn.c, turn.f, turn.a, source.width, source.height)
    except RasterioIOError as error:
        raise BadSource(f"{path.name} cannot be read as a raster: {error}") from error
    return grid, values


def resampled(
    grid: Grid,
    source: Grid,
    values: Floats,
    *,
    kind: str,
    unit: str,
    values_are: Literal["amounts", "per_m2"] = "amounts",
) -> DemandLayer:
    """Amounts of `source`'s cells, spread evenly over each and added up in `grid`'s cells.

    Parameters
    ----------
    grid, source : Grid
        In one CRS; reproject the raster first where they differ.
    values : array of `source`'s shape
        Amounts (or amounts per square metre), >= 0; NaN where unknown.
    kind, unit : str
        As in `DemandLayer`.

    Returns
    -------
    DemandLayer
        NaN in cells that meet an unknown cell of the source, or none at all; the sum over the
        others and `outside` is the sum of what was known. `described_m2` is the part of each
        cell within the source.
    """
    if grid.epsg != source.epsg:
        raise Refused(
            f"the raster is in EPSG:{source.epsg}, the grid in EPSG:{grid.epsg}: reproject it"
        )
    if values.shape != source.shape:
        raise Refused(f"values of shape {values.shape} do not fit a grid of {source.shape}")
    if (values < 0).any() or np.isinf(values).any():
        raise Refused("the raster has amounts that are negative or infinite")
    amounts = values * (source.cell_m**2 if values_are == "per_m2" else 1.0)
    down = _shares(source.north_m, source.rows, source.cell_m, grid.north_m, grid, grid.rows, -1)
    across = _shares(
        source.west_m, source.columns, source.cell_m, grid.west_m, grid, grid.columns, 1
    )
    missing = np.isnan(amounts)
    placed = _carried(down, np.where(missing, 0.0, amounts), across)
    described = _carried(down, np.ones(source.shape), across) * source.cell_m**2
    touched = _carried(down, missing.astype(np.float64), across) * source.cell_m**2
    least = _ROUNDING * grid.cell_m**2
    per_cell = np.where((touched > least) | (described <= least), np.nan, placed)
    outside = float(np.nansum(amounts) - np.nansum(per_cell))
    notes = (f"resampled from cells of {source.cell_m:g} m by shared area",)
    return DemandLayer(grid, kind, unit, per_cell, outside, described, notes)


def _carried(down: csr_matrix, values: Floats, across: csr_matrix) -> Floats:
    carried: NDArray[np.float64] = np.asarray((across @ (down @ values).T).T)
    return carried


def _shares(
    begin: float, cells: int, cell_m: float, target_begin: float, grid: Grid, targets: int, way: int
) -> csr_matrix:
    """Share of each source row (or column) that lies in each target one, along one axis."""
    start = way * (begin - target_begin) + np.arange(cells) * cell_m
    first = np.clip(np.floor(start / grid.cell_m), 0, targets - 1).astype(np.int64)
    last = np.clip(np.ceil((start + cell_m) / grid.cell_m) - 1, 0, targets - 1).astype(np.int64)
    many = last - first + 1
    of = np.repeat(np.arange(cells), many)
    target = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many - first, many)
    shared = np.minimum((target + 1) * grid.cell_m, start[of] + cell_m) - np.maximum(
        target * grid.cell_m, start[of]
    )
    share = np.clip(shared / cell_m, 0.0, 1.0)
    return csr_matrix((share, (target, of)), shape=(targets, cells))
