"""One raster of heights over an area, from whatever files hold them.

Files with the same cells are joined before anything is interpolated, so no seam shows.
Where cells agree with those of the run, heights are copied; where they do not, they are
bilinear, and the source says so. Of two files that give a height for one cell, the one
named first is kept. What no file covers is named and unknown, never 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid
from canopy.coverage.terrain import os_grid
from canopy.coverage.terrain.archives import height_files, sha256_of
from canopy.coverage.terrain.ascii_grid import ascii_tiles
from canopy.coverage.terrain.geotiff import geotiff_tile
from canopy.coverage.terrain.heights import HeightGrid, HeightSource
from canopy.coverage.terrain.hgt import hgt_tiles, squares_of
from canopy.coverage.terrain.resampling import box_in, onto, positions_in
from canopy.coverage.terrain.tiles import Box, Frame, Heights, Tile, What, require_modest
from canopy.errors import BadSource, Refused

Mask = NDArray[np.bool_]

_NATIONAL_GRID, _WGS84 = 27700, 4326
_SAME_M = 0.05
"""Two files that differ by less than this at one place [m] say the same."""

_MARGIN_CELLS = 2
_WIDER_M, _WIDER_DEGREES = 500.0, 0.01
_METRES_A_DEGREE = 111_200.0
"""Of latitude: 40,030 km around a sphere of the mean radius, by 360."""
_SQUARE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class HeightMosaic:
    """Heights over an area, and what is not known about it.

    Attributes:
        heights: NaN wherever a height is unknown.
        missing_tiles: names of the tiles that would cover what no file does: Ordnance
            Survey's in EPSG:27700 (``TQ29``), SRTM's where its files were given. They may be
            all sea, for which nothing is published.
        missing_cells: cells whose centre no file covers.
        void_cells: cells that a file covers without a height, and those beside a gap.
        notes: what was resampled, and where files disagree; a sentence each.
    """

    heights: HeightGrid
    missing_tiles: tuple[str, ...]
    missing_cells: int
    void_cells: int
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Layer:
    """Tiles on one set of lines."""

    frame: Frame
    tiles: list[Tile] = field(default_factory=list)


def tiles_at(
    path: Path,
    *,
    epsg: int | None = None,
    what: What = "terrain",
    nodata: float | None = None,
    bounds: Box | None = None,
    bounds_epsg: int = _NATIONAL_GRID,
) -> list[Tile]:
    """Every raster of heights at `path`: ``.asc``, ``.tif`` or ``.hgt``, a folder or a zip.

    epsg: the CRS of files that do not state it. bounds: what is asked for, in
    `bounds_epsg`; files whose name puts them elsewhere are not opened. BadSource where
    there is nothing of the kind.
    """
    near_grid = _near(bounds, bounds_epsg, _NATIONAL_GRID, _WIDER_M)
    near_degrees = _near(bounds, bounds_epsg, _WGS84, _WIDER_DEGREES)
    if epsg not in (None, _NATIONAL_GRID):
        near_grid = None
    tiles = ascii_tiles(path, epsg=epsg, what=what, nodata=nodata, near=near_grid)
    tiles += hgt_tiles(path, what=what, near=near_degrees)
    pictures = [file for suffix in (".tif", ".tiff") for file in height_files(path, suffix)]
    for file in pictures:
        if file.members:
            raise BadSource(f"{file.name}: GeoTIFF is read in part, not from a zip: unpack it")
        tiles.append(geotiff_tile(file.path, what=what, epsg=epsg, nodata=nodata))
    if not tiles and not _has_any(path):
        raise BadSource(f"{path.name} holds no heights: .asc, .tif, .tiff and .hgt are read")
    return tiles


def heights_over(
    bounds_m: Box,
    sources: Sequence[Path | Tile],
    cell_m: float | None = None,
    *,
    epsg: int = _NATIONAL_GRID,
    source_epsg: int | None = None,
    what: What = "terrain",
    nodata: float | None = None,
    reproject: bool = False,
) -> HeightMosaic:
    """The heights over (west, south, east, north) [m] of CRS `epsg`, as one grid.

    cell_m: the cells wanted [m], on multiples of it; None for the cells of the finest file
    in that CRS, or with SRTM alone for 30 or 90 m by its own spacing. sources: files, folders,
    archives, or tiles read before; the first named wins where two overlap. source_epsg: the
    CRS of files that do not state it. nodata: what stands for "unknown" besides what files
    say. reproject: whether files in another CRS are to be brought over; without it they are
    refused, except SRTM's, which are always in degrees. Bilinear heights need a margin: ask
    for half a cell more than is used.

    Refused, BadSource or UnknownCrs, with the file named; also where no file covers any of
    the area, or more than `MAX_HEIGHTS` cells would be held.
    """
    tiles = []
    reach = _wider(bounds_m, epsg, cell_m or 0.0)
    for source in sources:
        tiles += (
            [source]
            if isinstance(source, Tile)
            else tiles_at(
                source, epsg=source_epsg, what=what, nodata=nodata, bounds=reach, bounds_epsg=epsg
            )
        )
    for tile in tiles:
        _require_fitting(tile, epsg, what, reproject)
    target = _target(bounds_m, tiles, cell_m, epsg)
    require_modest("the area", target.rows, target.columns)
    frame = Frame.of(target)
    boxes = {other: box_in(other, frame) for other in {tile.frame.epsg for tile in tiles}}
    near = [tile for tile in tiles if _overlap(tile.frame, boxes[tile.frame.epsg])]
    if not near:
        raise BadSource(_none_here(tiles, bounds_m, epsg, target))
    heights = np.full(target.shape, np.nan, dtype=np.float32)
    covered = np.zeros(target.shape, dtype=np.bool_)
    notes: list[str] = []
    for layer in _layers(near, frame, boxes):
        part, part_covered, differing = _layer_on(layer, frame)
        np.copyto(heights, part, where=np.isnan(heights))
        covered |= part_covered
        notes += _notes(layer, frame, differing)
    if not covered.any():
        raise BadSource(_none_here(tiles, bounds_m, epsg, target))
    missing = ~covered
    return HeightMosaic(
        HeightGrid(target, heights, what, _sources(near, frame)),
        _missing_names(target, missing, tiles) if missing.any() else (),
        int(missing.sum()),
        int(np.count_nonzero(np.isnan(heights) & covered)),
        tuple(notes),
    )


def _near(bounds: Box | None, epsg: int, wanted_epsg: int, wider: float) -> Box | None:
    """Where files are worth opening; None for anywhere."""
    box = None if bounds is None else box_in(wanted_epsg, _area(bounds, epsg))
    if box is None:
        return None
    return box[0] - wider, box[1] - wider, box[2] + wider, box[3] + wider


def _area(bounds_m: Box, epsg: int) -> Frame:
    west, south, east, north = bounds_m
    return Frame(epsg, west, north, east - west, north - south, 1, 1)


def _wider(bounds_m: Box, epsg: int, by_m: float) -> Box:
    west, south, east, north = bounds_m
    if not (east > west and north > south and np.isfinite(bounds_m).all()):
        raise Refused(f"{bounds_m} (EPSG:{epsg}) is no area: west, south, east, north are needed")
    return west - by_m, south - by_m, east + by_m, north + by_m


def _has_any(path: Path) -> bool:
    return any(height_files(path, suffix) for suffix in (".asc", ".hgt"))


def _require_fitting(tile: Tile, epsg: int, what: What, reproject: bool) -> None:
    if tile.what != what:
        raise Refused(f"{tile.name} holds the {tile.what}, where the {what} is asked for")
    if tile.frame.epsg != epsg and not (reproject or tile.is_reprojected_freely):
        raise Refused(
            f"{tile.name} is in EPSG:{tile.frame.epsg} and the run in EPSG:{epsg}; ask for it "
            "to be reprojected, or give heights in the run's CRS"
        )


def _target(bounds_m: Box, tiles: list[Tile], cell_m: float | None, epsg: int) -> Grid:
    if cell_m is not None:
        return Grid.over(bounds_m, cell_m, epsg=epsg)
    frames = [
        tile.frame
        for tile in tiles
        if tile.frame.epsg == epsg and abs(tile.frame.cell_x / tile.frame.cell_y - 1) < _SQUARE
    ]
    degrees = [tile.frame.cell_y for tile in tiles if tile.is_reprojected_freely]
    if not frames and degrees:
        return Grid.over(bounds_m, _whole_tens(min(degrees) * _METRES_A_DEGREE), epsg=epsg)
    if not frames:
        raise Refused(
            f"no file has square cells in EPSG:{epsg} to take the cell size from; state it"
        )
    finest = min(frames, key=lambda frame: frame.cell_x)
    frame = finest.around(bounds_m, 0)
    return Grid(epsg, frame.west, frame.north, frame.cell_x, frame.columns, frame.rows)


def _whole_tens(length_m: float) -> float:
    """The nearest multiple of 10 m above 0: SRTM's cells of 1" and 3" give 30 and 90 m."""
    return max(10.0, 10.0 * round(length_m / 10))


def _overlap(frame: Frame, box: Box | None) -> bool:
    """Whether a file has heights in the box, or so near that they are needed beside it."""
    if box is None:
        return False
    west, south, east, north = frame.bounds
    wide, high = _MARGIN_CELLS * frame.cell_x, _MARGIN_CELLS * frame.cell_y
    return (
        west - wide < box[2]
        and box[0] < east + wide
        and south - high < box[3]
        and box[1] < north + high
    )


def _layers(tiles: list[Tile], target: Frame, boxes: dict[int, Box | None]) -> list[_Layer]:
    """The tiles by the lines that their cells lie on, each over what the area needs."""
    layers: list[_Layer] = []
    for tile in tiles:
        layer = next((each for each in layers if tile.frame.is_aligned_with(each.frame)), None)
        if layer is None:
            box = boxes[tile.frame.epsg]
            if box is None or tile.frame.is_aligned_with(target):
                layer = _Layer(target)
            else:
                layer = _Layer(tile.frame.around(box, _MARGIN_CELLS))
            layers.append(layer)
        layer.tiles.append(tile)
    return layers


def _layer_on(layer: _Layer, target: Frame) -> tuple[Heights, Mask, int]:
    """The layer's heights and what it covers, in the cells of `target`."""
    frame = layer.frame
    require_modest(layer.tiles[0].name, frame.rows, frame.columns)
    heights = np.full((frame.rows, frame.columns), np.nan, dtype=np.float32)
    covered = np.zeros(heights.shape, dtype=np.bool_)
    differing = sum(_add(tile, frame, heights, covered) for tile in layer.tiles)
    if frame is not target:
        heights, covered = onto(heights, covered, frame, target)
    return heights, covered, differing


def _add(tile: Tile, frame: Frame, heights: Heights, covered: Mask) -> int:
    """Write a tile's heights where there are none yet; how many of the rest it disputes."""
    row, column = (round(at) for at in frame.offset(tile.frame))
    first_row, first_column = max(row, 0), max(column, 0)
    end_row = min(row + tile.frame.rows, frame.rows)
    end_column = min(column + tile.frame.columns, frame.columns)
    if end_row <= first_row or end_column <= first_column:
        return 0
    part = tile.read(
        first_row - row, first_column - column, end_row - first_row, end_column - first_column
    )
    place = (slice(first_row, end_row), slice(first_column, end_column))
    kept = heights[place]
    with np.errstate(invalid="ignore"):
        differing = int(np.count_nonzero(np.abs(part - kept) > _SAME_M))
    np.copyto(kept, part, where=np.isnan(kept))
    covered[place] = True
    return differing


def _notes(layer: _Layer, target: Frame, differing: int) -> list[str]:
    notes = []
    names = ", ".join(tile.name for tile in layer.tiles[:5])
    if len(layer.tiles) > 5:
        names += f" and {len(layer.tiles) - 5} more"
    if layer.frame is not target:
        notes.append(f"{names}: {_how(layer.tiles[0], target)}.")
    if differing:
        notes.append(
            f"{names}: files overlap and differ in {differing:,} heights; the first was kept."
        )
    if any(tile.is_crs_assumed for tile in layer.tiles):
        notes.append(
            f"{names}: the CRS is not stated, and is taken as EPSG:{layer.tiles[0].frame.epsg}."
        )
    return notes


def _how(tile: Tile, target: Frame) -> str:
    unit = "°" if tile.is_reprojected_freely or tile.frame.epsg == _WGS84 else " m"
    return (
        f"bilinear from cells of {tile.frame.cell_x:g}{unit} in EPSG:{tile.frame.epsg} to cells "
        f"of {target.cell_x:g} m in EPSG:{target.epsg}"
    )


def _sources(tiles: list[Tile], target: Frame) -> tuple[HeightSource, ...]:
    hashes: dict[Path, str] = {}
    found = []
    for tile in tiles:
        if tile.path not in hashes:
            hashes[tile.path] = sha256_of(tile.path)
        source = HeightSource(tile.name, hashes[tile.path], tile.product, tile.licence)
        if not tile.frame.is_aligned_with(target):
            product = ", ".join(filter(None, (tile.product, _how(tile, target))))
            source = replace(source, product=product)
        found.append(source)
    return tuple(found)


def _missing_names(target: Grid, missing: Mask, tiles: list[Tile]) -> tuple[str, ...]:
    if any(tile.is_reprojected_freely for tile in tiles):
        rows, columns = np.nonzero(missing)
        x, y = target.eastings_m[columns], target.northings_m[rows]
        return squares_of(*positions_in(_WGS84, target.epsg, x, y))
    return os_grid.tiles_of(target, missing) if target.epsg == _NATIONAL_GRID else ()


def _none_here(tiles: list[Tile], bounds_m: Box, epsg: int, target: Grid) -> str:
    names = _missing_names(target, np.ones(target.shape, dtype=np.bool_), tiles)
    wanted = f"; these tiles would cover it: {', '.join(names[:20])}" if names else ""
    given = ", ".join(f"{t.name} at {t.frame.bounds} EPSG:{t.frame.epsg}" for t in tiles[:3])
    return (
        f"no heights are given for the area {bounds_m} (EPSG:{epsg}); "
        f"given: {given or 'no file near it'}{wanted}"
    )
