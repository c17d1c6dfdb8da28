"""Heights in Esri's ASCII grid (``.asc``): OS Terrain 50, LIDAR tiles and many others.

A header of `ncols`, `nrows`, the lower left corner (or the centre of the lower left cell),
`cellsize` and optionally `NODATA_value`, then the heights at the centres of the cells, north
to south and west to east. Source: Esri, *ArcGIS Desktop help*, "Esri ASCII raster format",
where nodata is -9999 unless the header says otherwise. OS Terrain 50's heights are those of
the centres of its 50 m cells (Ordnance Survey, *OS Terrain 50 technical specification*).

The file does not say in which CRS it is: the caller does. A tile that lies where its
Ordnance Survey name says is in EPSG:27700.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid
from canopy.coverage.terrain.archives import HeightFile, height_files, sha256_of
from canopy.coverage.terrain.heights import HeightGrid, HeightSource
from canopy.coverage.terrain.os_grid import TILE_M, tile_bounds_m
from canopy.coverage.terrain.tiles import (
    Box,
    Frame,
    Heights,
    Tile,
    What,
    require_modest,
    require_plausible,
)
from canopy.errors import BadSource, UnknownCrs

DEFAULT_NODATA = -9999.0
"""What stands for "unknown" where the header does not say (Esri)."""

OS_TERRAIN_50 = "OS Terrain 50"
OS_LICENCE = "Contains OS data © Crown copyright and database right, Open Government Licence v3.0"

_NATIONAL_GRID = 27700
_KEYS = frozenset(
    "ncols nrows xllcorner yllcorner xllcenter yllcenter cellsize dx dy nodata_value".split()
)
_HEADER_BYTES = 4096
_BLOCK_BYTES = 1 << 20
_TOKEN_BYTES = 64
_OS_SUPPLY = "_ost50grid_"


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the heights; west and south are of the outer corner."""

    columns: int
    rows: int
    west: float
    south: float
    cell: float
    nodata: float
    length: int

    def frame(self, epsg: int) -> Frame:
        north = self.south + self.rows * self.cell
        return Frame(epsg, self.west, north, self.cell, self.cell, self.columns, self.rows)


def ascii_tiles(
    path: Path,
    *,
    epsg: int | None = None,
    what: What = "terrain",
    nodata: float | None = None,
    near: Box | None = None,
) -> list[Tile]:
    """The ASCII grids at `path`: a file, a folder, a zip, or a zip of zips.

    epsg: the CRS of all of them; None for Ordnance Survey tiles, whose name tells.
    nodata: what stands for "unknown" where that is not what the header says.
    near: (west, south, east, north) [m, EPSG:27700]: tiles whose name in Ordnance Survey's
    supply (``tq29_OST50GRID_20230518``) puts them elsewhere are not opened. BadSource for a
    file that is no such grid, UnknownCrs where no CRS is declared.
    """
    return [
        _tile(file, epsg=epsg, what=what, nodata=nodata)
        for file in height_files(path, ".asc", partial(_is_near, near))
    ]


def read_ascii_grid(
    path: Path,
    *,
    epsg: int | None = None,
    what: What = "terrain",
    nodata: float | None = None,
) -> HeightGrid:
    """The one ASCII grid at `path` (a file, or a zip that holds one), whole.

    As `ascii_tiles`; BadSource where there is none or more than one.
    """
    tiles = ascii_tiles(path, epsg=epsg, what=what, nodata=nodata)
    if len(tiles) != 1:
        raise BadSource(f"{path.name} holds {len(tiles)} ASCII grids, where one is expected")
    tile, frame = tiles[0], tiles[0].frame
    grid = Grid(frame.epsg, frame.west, frame.north, frame.cell_x, frame.columns, frame.rows)
    source = HeightSource(tile.name, sha256_of(path), tile.product, tile.licence)
    return HeightGrid(grid, tile.read(0, 0, frame.rows, frame.columns), what, (source,))


def _is_near(near: Box | None, name: str) -> bool:
    box = tile_bounds_m(name) if _OS_SUPPLY in name.lower() else None
    if near is None or box is None:
        return True
    return box[0] < near[2] and near[0] < box[2] and box[1] < near[3] and near[1] < box[3]


def _tile(file: HeightFile, *, epsg: int | None, what: What, nodata: float | None) -> Tile:
    with file.opened() as stream:
        header = _header(stream.read(_HEADER_BYTES), file.name)
    require_modest(file.name, header.rows, header.columns)
    is_os_tile = _lies_as_named(file.file_name, header)
    if any(_OS_SUPPLY in name.lower() for name in (file.path.name, *file.members)):
        _require_as_named(file, header)
    if epsg is None and not is_os_tile:
        raise UnknownCrs(
            f"{file.name}: an ASCII grid does not say in which CRS it is, and the name is not "
            "that of the Ordnance Survey tile that lies there; declare its EPSG code"
        )
    is_terrain_50 = is_os_tile and header.cell == 50.0 and epsg in (None, _NATIONAL_GRID)
    return Tile(
        file.name,
        file.path,
        header.frame(_NATIONAL_GRID if epsg is None else epsg),
        what,
        partial(_read, file, header, nodata),
        OS_TERRAIN_50 if is_terrain_50 else "",
        OS_LICENCE if is_terrain_50 else "",
        is_crs_assumed=not is_os_tile,
    )


def _lies_as_named(file_name: str, header: Header) -> bool:
    frame = header.frame(_NATIONAL_GRID)
    return tile_bounds_m(file_name) == frame.bounds


def _require_as_named(file: HeightFile, header: Header) -> None:
    """A tile that was chosen by its name has to lie where the name says."""
    if tile_bounds_m(file.file_name) is not None and not _lies_as_named(file.file_name, header):
        raise BadSource(
            f"{file.name}: the header puts the tile at {header.west:g} E {header.south:g} N "
            f"(cells of {header.cell:g} m), not at the {TILE_M / 1000:g} km square it is named "
            "after; get the file again"
        )


def _header(start: bytes, name: str) -> Header:
    values: dict[str, float] = {}
    length = 0
    for line in start.splitlines(keepends=True):
        words = line.split()
        if words and not words[0][:1].isalpha():
            break
        if words and words[0].lower() in (b"nan", b"inf"):
            break
        length += len(line)
        if words:
            key, value = _header_line(words, name)
            if key in values:
                raise BadSource(f"{name}: the header says {key} twice")
            values[key] = value
    columns, rows = (_count(values, key, name) for key in ("ncols", "nrows"))
    cell = _cell(values, name)
    west, south = (_corner(values, axis, cell, name) for axis in "xy")
    nodata = values.get("nodata_value", DEFAULT_NODATA)
    return Header(columns, rows, west, south, cell, nodata, length)


def _header_line(words: list[bytes], name: str) -> tuple[str, float]:
    key = words[0].decode("ascii", "replace").lower()
    if key not in _KEYS or len(words) != 2:
        raise BadSource(
            f"{name}: the header of an ASCII grid has ncols, nrows, xllcorner, yllcorner, "
            f"cellsize and NODATA_value, each with a value, not {b' '.join(words)[:60]!r}"
        )
    try:
        value = float(words[1])
    except ValueError as error:
        raise BadSource(f"{name}: header {key}: {words[1][:30]!r} is no number") from error
    if not math.isfinite(value) and key != "nodata_value":
        raise BadSource(f"{name}: header {key}: {value} is no finite number")
    return key, value


def _count(values: dict[str, float], key: str, name: str) -> int:
    value = values.get(key)
    if value is None or value < 1 or value != int(value):
        raise BadSource(f"{name}: header {key} is {value}, where a whole number from 1 is needed")
    return int(value)


def _cell(values: dict[str, float], name: str) -> float:
    sizes = {values[key] for key in ("cellsize", "dx", "dy") if key in values}
    if len(sizes) != 1 or min(sizes) <= 0:
        raise BadSource(
            f"{name}: header cellsize is {sorted(sizes) or 'missing'}; one size above 0 for "
            "both directions is needed"
        )
    return sizes.pop()


def _corner(values: dict[str, float], axis: str, cell: float, name: str) -> float:
    corner, center = values.get(f"{axis}llcorner"), values.get(f"{axis}llcenter")
    if (corner is None) == (center is None):
        raise BadSource(f"{name}: the header needs {axis}llcorner or {axis}llcenter, one of them")
    return corner if corner is not None else float(center or 0.0) - cell / 2


def _read(
    file: HeightFile,
    header: Header,
    nodata: float | None,
    row: int,
    column: int,
    rows: int,
    columns: int,
) -> Heights:
    count = header.rows * header.columns
    heights = np.empty(count, dtype=np.float32)
    unknown = header.nodata if nodata is None else nodata
    done = 0
    with file.opened() as stream:
        stream.seek(header.length)
        for words in _words(stream, file.name):
            if done + len(words) > count:
                raise BadSource(_wrong_count(file.name, header, "more"))
            values = _numbers(words, file.name, header, done)
            values[values == unknown] = np.nan
            heights[done : done + len(words)] = values
            done += len(words)
    if done < count:
        raise BadSource(_wrong_count(file.name, header, f"only {done:,}"))
    whole = heights.reshape(header.rows, header.columns)
    require_plausible(file.name, whole, 0, 0)
    return np.ascontiguousarray(whole[row : row + rows, column : column + columns])


def _words(stream: BinaryIO, name: str) -> Iterator[list[bytes]]:
    """The file's words in blocks; rows may be broken over lines in any way."""
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        block = rest + block
        words = block.split()
        rest = words.pop() if words and not block[-1:].isspace() else b""
        if len(rest) > _TOKEN_BYTES:
            raise BadSource(f"{name}: {rest[:30]!r}... is no height")
        yield words
    if rest:
        yield [rest]


def _numbers(words: list[bytes], name: str, header: Header, first: int) -> NDArray[np.float64]:
    try:
        values = np.array(words, dtype="S").astype(np.float64)
    except ValueError as error:
        wrong = next(at for at, word in enumerate(words) if not _is_number(word))
        raise BadSource(_no_height(name, header, first + wrong, words[wrong])) from error
    if np.isinf(values).any():
        wrong = int(np.argmax(np.isinf(values)))
        raise BadSource(_no_height(name, header, first + wrong, words[wrong]))
    return values


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _no_height(name: str, header: Header, at: int, word: bytes) -> str:
    row, column = divmod(at, header.columns)
    return f"{name}: row {row + 1}, column {column + 1}: {word[:30]!r} is no height"


def _wrong_count(name: str, header: Header, found: str) -> str:
    return (
        f"{name}: holds {found} heights, where the header promises {header.rows:,} rows of "
        f"{header.columns:,}: the file is cut short or damaged; get it again"
    )
