"""Heights in SRTM's ``.hgt``: squares of one degree, at posts 1 or 3 arc-seconds apart.

Signed 16-bit numbers, most significant byte first, north to south and west to east; -32768
is a void. The name tells the south-west post, which lies on whole degrees, and the outermost
posts are shared with the neighbours. Source: USGS, *SRTM Topography* (version 2.1
documentation, §2). Heights are above the geoid EGM96, in Great Britain within about a metre
of Ordnance Datum Newlyn.
"""

from __future__ import annotations

import math
import re
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.terrain.archives import HeightFile, height_files
from canopy.coverage.terrain.tiles import Box, Frame, Heights, Tile, What, require_plausible
from canopy.errors import BadSource

_WGS84 = 4326
_VOID = -32768
_NAME = re.compile(r"([NS])(\d{2})([EW])(\d{3})(?!\d)", re.IGNORECASE)
_SIDES = {3601 * 3601 * 2: (3601, "1"), 1201 * 1201 * 2: (1201, "3")}
"""By the size of the file [bytes]: posts along a side, and arc-seconds between them."""


def hgt_tiles(path: Path, *, what: What = "surface", near: Box | None = None) -> list[Tile]:
    """The ``.hgt`` squares at `path`: a file, a folder or a zip archive.

    what: SRTM measured the top of trees and roofs, smoothed over 30 m, hence "surface";
    "terrain" where the caller takes it for the ground. near: (west, south, east, north)
    [degrees]: squares elsewhere are not opened. BadSource for other names and sizes.
    """
    return [
        _tile(file, what)
        for file in height_files(path, ".hgt", partial(_is_near, near))
        if _is_near(near, file.file_name)
    ]


def square_name(lon: float, lat: float) -> str:
    """The name of the square around a position [degrees], such as ``N51W001``."""
    east, north = math.floor(lon), math.floor(lat)
    return f"{'NS'[north < 0]}{abs(north):02d}{'EW'[east < 0]}{abs(east):03d}"


def squares_of(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[str, ...]:
    """Names of the squares around positions [degrees]; of those that are finite."""
    known = np.isfinite(lon) & np.isfinite(lat)
    corners = np.unique(np.floor(np.stack([lon[known], lat[known]])), axis=1)
    return tuple(sorted(square_name(east, north) for east, north in corners.T))


def _corner(name: str) -> tuple[int, int] | None:
    found = _NAME.match(name)
    if found is None:
        return None
    north = int(found[2]) * (-1 if found[1] in "Ss" else 1)
    return int(found[4]) * (-1 if found[3] in "Ww" else 1), north


def _is_near(near: Box | None, name: str) -> bool:
    corner = _corner(name)
    if near is None or corner is None:
        return True
    # Half a second wider, since the posts on the edges stand for what is around them.
    east, north, edge = *corner, 1 / 1000
    return (
        east - edge < near[2]
        and near[0] < east + 1 + edge
        and north - edge < near[3]
        and near[1] < north + 1 + edge
    )


def _tile(file: HeightFile, what: What) -> Tile:
    corner = _corner(file.file_name)
    if corner is None or not (-180 <= corner[0] < 180 and -90 <= corner[1] < 90):
        raise BadSource(
            f"{file.name}: the name of an .hgt file tells where it lies, as in N51W001.hgt; "
            "this one does not: give it the name that it was published with"
        )
    most = max(_SIDES)
    with file.opened() as stream:
        size = len(stream.read(most + 1))
    if size not in _SIDES:
        raise BadSource(
            f"{file.name} has {'more than ' if size > most else ''}{min(size, most):,} bytes; a "
            f"square of SRTM has {most:,} (1 arc-second) or {min(_SIDES):,} (3 arc-seconds)"
        )
    side, seconds = _SIDES[size]
    cell = 1 / (side - 1)
    frame = Frame(_WGS84, corner[0] - cell / 2, corner[1] + 1 + cell / 2, cell, cell, side, side)
    product = f"SRTM, {seconds} arc-second, heights above EGM96"
    return Tile(
        file.name,
        file.path,
        frame,
        what,
        partial(_read, file, side),
        product,
        is_reprojected_freely=True,
    )


def _read(file: HeightFile, side: int, row: int, column: int, rows: int, columns: int) -> Heights:
    with file.opened() as stream:
        posts = np.frombuffer(stream.read(side * side * 2), dtype=">i2")
    if posts.size != side * side:
        raise BadSource(f"{file.name} was cut short while it was read; get it again")
    part = posts.reshape(side, side)[row : row + rows, column : column + columns]
    heights = part.astype(np.float32)
    heights[part == _VOID] = np.nan
    require_plausible(file.name, heights, row, column)
    return heights
