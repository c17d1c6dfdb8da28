"""Heights in GeoTIFF and cloud-optimised GeoTIFF: terrain and surface models.

Only the part that is asked for is read. What the file marks as nodata or masks is NaN;
scale, offset and the unit that it states are applied, so that heights come out in metres.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from canopy.coverage.grid import Grid
from canopy.coverage.terrain.archives import sha256_of
from canopy.coverage.terrain.heights import HeightGrid, HeightSource
from canopy.coverage.terrain.tiles import (
    MAX_HEIGHTS,
    Box,
    Frame,
    Heights,
    Tile,
    What,
    require_modest,
    require_plausible,
)
from canopy.errors import BadSource, Refused, UnknownCrs
from canopy.geo import crs_name, epsg_code, parse_crs

_METRES = {
    "": 1.0,
    "m": 1.0,
    "metre": 1.0,
    "metres": 1.0,
    "meter": 1.0,
    "meters": 1.0,
    "cm": 0.01,
    "centimetre": 0.01,
    "dm": 0.1,
    "decimetre": 0.1,
    "foot": 0.3048,
    "ft": 0.3048,
    "feet": 0.3048,
    "us survey foot": 1200 / 3937,
    "ussurveyfoot": 1200 / 3937,
}
"""Metres in a unit as files name it; the feet by their definitions (EPSG 9002 and 9003)."""

_EMPTY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_SQUARE = 1e-6


def geotiff_tile(
    path: Path,
    *,
    what: What = "terrain",
    epsg: int | None = None,
    nodata: float | None = None,
    band: int | None = None,
) -> Tile:
    """The heights in a GeoTIFF.

    what: "terrain" (DTM) or "surface" (DSM): the file does not say. epsg: its CRS, needed
    where the file states none, and refused where it states another. nodata: as well as what
    the file marks. band: needed where it has more than one. BadSource for what is no such
    file of heights, UnknownCrs where there is no CRS.
    """
    with _opened(path) as file:
        band = _band(path, file, band)
        frame = _frame(path, file, _epsg(path, file, epsg))
        is_assumed = file.crs is None
        factor = _metres(path, file, band)
        height, width = file.block_shapes[band - 1]
        if height * width > MAX_HEIGHTS:
            raise BadSource(
                f"{path.name} is stored in blocks of {width:,} by {height:,}, too large to "
                f"read a part of (at most {MAX_HEIGHTS:,} cells); store it as a "
                "cloud-optimised GeoTIFF"
            )
    read = partial(_read, path, band, factor, nodata)
    return Tile(path.name, path, frame, what, read, is_crs_assumed=is_assumed)


def read_geotiff(
    path: Path,
    *,
    what: What = "terrain",
    epsg: int | None = None,
    bounds: Box | None = None,
    nodata: float | None = None,
    band: int | None = None,
) -> HeightGrid:
    """The heights of a GeoTIFF with square cells in metres, or those around `bounds`.

    As `geotiff_tile`. bounds: (west, south, east, north) [m] in the file's CRS. Refused for
    one in degrees, which `heights_over` brings onto a grid.
    """
    tile = geotiff_tile(path, what=what, epsg=epsg, nodata=nodata, band=band)
    frame = tile.frame
    if parse_crs(str(frame.epsg)).is_geographic or abs(frame.cell_x / frame.cell_y - 1) > _SQUARE:
        raise Refused(
            f"{path.name} is not in square cells of metres (EPSG:{frame.epsg}); read it with "
            "heights_over, which reprojects on request"
        )
    first_row, first_column, rows, columns = 0, 0, frame.rows, frame.columns
    if bounds is not None:
        first_row, first_column, rows, columns = _within(path, frame, bounds)
    require_modest(path.name, rows, columns)
    part = frame.part(first_row, first_column, rows, columns)
    grid = Grid(part.epsg, part.west, part.north, part.cell_x, columns, rows)
    heights = tile.read(first_row, first_column, rows, columns)
    return HeightGrid(grid, heights, what, (HeightSource(path.name, sha256_of(path)),))


def _within(path: Path, frame: Frame, bounds: Box) -> tuple[int, int, int, int]:
    wanted = frame.around(bounds, 0)
    row, column = (round(at) for at in frame.offset(wanted))
    end_row, end_column = row + wanted.rows, column + wanted.columns
    row, column = max(row, 0), max(column, 0)
    rows, columns = min(end_row, frame.rows) - row, min(end_column, frame.columns) - column
    if rows < 1 or columns < 1:
        raise BadSource(
            f"{path.name} lies at {frame.bounds} (EPSG:{frame.epsg}), outside the area {bounds}"
        )
    return row, column, rows, columns


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file by the GeoTIFF driver alone: others would follow references to elsewhere."""
    if not path.is_file():
        raise BadSource(f"{path.name}: there is no such file")
    try:
        with warnings.catch_warnings():  # a missing position is refused by `_frame`
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            file = rasterio.open(path, driver="GTiff", sharing=False)
    except RasterioError as error:
        raise BadSource(f"{path.name} is no readable GeoTIFF: {error}") from error
    with file:
        yield file


def _band(path: Path, file: Any, band: int | None) -> int:
    if band is None:
        if file.count != 1:
            raise BadSource(
                f"{path.name} has {file.count} bands: a picture, or several quantities; say "
                "which band holds the heights"
            )
        band = 1
    if not 1 <= band <= file.count:
        raise BadSource(f"{path.name} has bands 1 to {file.count}, no band {band}")
    if np.dtype(file.dtypes[band - 1]).kind not in "iuf" or file.dtypes[band - 1] == "uint8":
        raise BadSource(
            f"{path.name} holds {file.dtypes[band - 1]} numbers: a picture or a mask, no heights"
        )
    return band


def _epsg(path: Path, file: Any, declared: int | None) -> int:
    if file.crs is None:
        if declared is None:
            raise UnknownCrs(f"{path.name} states no CRS; declare its EPSG code")
        return declared
    crs = pyproj.CRS.from_wkt(file.crs.to_wkt())
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    stated = epsg_code(crs)
    if declared is not None and declared != stated:
        raise BadSource(
            f"{path.name} states {crs_name(crs)}, while EPSG:{declared} is expected of it; "
            "bring it into that CRS, or declare the one that it has"
        )
    return stated


def _frame(path: Path, file: Any, epsg: int) -> Frame:
    at = file.transform
    if tuple(at)[:6] == _EMPTY:
        raise BadSource(f"{path.name} states no position: it is a TIFF, but no GeoTIFF")
    if at.b or at.d or at.a <= 0 or at.e >= 0:
        raise BadSource(
            f"{path.name} is rotated or upside down; warp it to rows from north to south first"
        )
    return Frame(epsg, at.c, at.f, at.a, -at.e, file.width, file.height)


def _metres(path: Path, file: Any, band: int) -> float:
    """Metres in the heights' unit, by the band's own statement or the vertical CRS's."""
    unit = (file.units[band - 1] or "").strip().lower()
    if unit not in _METRES:
        raise BadSource(f"{path.name} states its heights in {unit!r}, which is not a known unit")
    vertical = None if file.crs is None else pyproj.CRS.from_wkt(file.crs.to_wkt())
    if not unit and vertical is not None and vertical.is_compound:
        return float(vertical.sub_crs_list[1].axis_info[0].unit_conversion_factor)
    return _METRES[unit]


def _read(
    path: Path,
    band: int,
    factor: float,
    nodata: float | None,
    row: int,
    column: int,
    rows: int,
    columns: int,
) -> Heights:
    with _opened(path) as file:
        try:
            read = file.read(band, window=Window(column, row, columns, rows), masked=True)
        except RasterioError as error:
            raise BadSource(f"{path.name} is damaged: {error}") from error
        scale, offset = file.scales[band - 1], file.offsets[band - 1]
    unknown = np.ma.getmaskarray(read) | ~np.isfinite(read.data)
    if nodata is not None:
        unknown |= read.data == nodata
    if (scale, offset, factor) == (1.0, 0.0, 1.0):
        heights: Heights = read.data.astype(np.float32)
    else:
        heights = ((read.data * scale + offset) * factor).astype(np.float32)
    heights[unknown] = np.nan
    require_plausible(path.name, heights, row, column)
    return heights
