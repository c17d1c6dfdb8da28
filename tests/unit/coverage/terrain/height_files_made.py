"""Small files of heights for the tests of their readers."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import ArrayLike
from rasterio.transform import Affine

from canopy.coverage.grid import Grid
from canopy.coverage.terrain.heights import HeightGrid


def grid_of(
    heights: ArrayLike, *, west: float = 0, north: float = 0, cell: float = 1
) -> HeightGrid:
    """Heights as terrain in EPSG:27700."""
    values = np.asarray(heights, dtype=np.float32)
    grid = Grid(27700, west, north, cell, values.shape[1], values.shape[0])
    return HeightGrid(grid, values, "terrain")


def ascii_text(heights: ArrayLike, west: float, south: float, cell: float, nodata: str = "") -> str:
    """An ASCII grid, by the corner of its lower left cell."""
    values = np.asarray(heights)
    header = f"ncols {values.shape[1]}\nnrows {values.shape[0]}\n"
    header += f"xllcorner {west}\nyllcorner {south}\ncellsize {cell}\n{nodata}"
    return header + "\n".join(" ".join(f"{each:g}" for each in row) for row in values) + "\n"


def os_tile(heights: float, west: float, south: float) -> str:
    """A tile as OS Terrain 50 has them, level."""
    return ascii_text(np.full((200, 200), heights), west, south, 50)


def zipped(path: Path, **members: str | bytes) -> Path:
    """A zip archive of `members`, "__" standing for the dot in a name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def geotiff(path: Path, heights: ArrayLike, **profile: object) -> Path:
    """A GeoTIFF with 10 m cells from 500,000 E 200,000 N in EPSG:27700, or as `profile` says."""
    values = np.asarray(heights)
    settings = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": values.dtype,
        "crs": "EPSG:27700",
        "transform": Affine(10, 0, 500_000, 0, -10, 200_000),
    }
    with rasterio.open(path, "w", **(settings | profile)) as file:
        file.write(values, 1)
    return path


def hgt_bytes(posts: ArrayLike) -> bytes:
    """A square of SRTM."""
    return np.asarray(posts, dtype=">i2").tobytes()
