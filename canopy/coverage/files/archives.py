"""PMTiles archives: a layer as picture tiles, polygons as vector tiles, one file each.

GDAL cuts the vector tiles (MVT 2.1) from polygons already in Web Mercator, so that its own
change of CRS, 2 m off the National Grid without Ordnance Survey's shifts, has no part in it.

Source: Protomaps, *PMTiles Version 3 Specification* (2022); OGC 17-083r4, annex D.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyogrio.raw
import shapely
from numpy.typing import NDArray
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from canopy.coverage.files.columns import Column
from canopy.coverage.files.png import indexed_png
from canopy.coverage.files.polygons import PolygonLayer, as_array, in_crs, missing
from canopy.coverage.files.provenance import JSON_KEY, Provenance
from canopy.coverage.files.replacing import whole_file
from canopy.coverage.files.style import Style
from canopy.coverage.files.tiles import MAX_ZOOM, frame_of, tile_indices
from canopy.coverage.grid import Grid
from canopy.errors import LimitExceeded, Refused

MAX_TILES = 200_000
"""Most tiles of one archive: a county of 40 km at zoom 18 is 130,000."""

MAX_VECTOR_ZOOM = 16
MAX_VECTOR_TILE_BYTES = 5_000_000
"""Most bytes of one vector tile, compressed; a browser should not be sent more."""
_UNLIMITED = "2000000000"
"""GDAL drops polygons and digits from larger tiles without a word, so it is not asked to."""

_E7 = 10_000_000


def fitting_zooms(grid: Grid, size_px: int = 256) -> tuple[int, int]:
    """From the zoom at which the whole grid fits a tile to that whose pixels are its cells.

    The finer of two zooms is taken, so that no cell is lost between pixels.
    """
    frame = frame_of(grid)
    side = max(frame.right - frame.left, frame.bottom - frame.top)
    first = max(0, min(MAX_ZOOM, math.floor(-math.log2(side))))
    last = first
    while last < MAX_ZOOM and frame.pixel_m(last, size_px) > grid.cell_m:
        last += 1
    return first, last


def write_raster_archive(
    values: NDArray[np.generic],
    grid: Grid,
    style: Style,
    path: Path,
    provenance: Provenance,
    *,
    zooms: tuple[int, int] | None = None,
    size_px: int = 256,
) -> int:
    """Write all tiles of a layer that show something; how many is given back.

    zooms: first and last, as `fitting_zooms` where not given. A layer with nothing to show
    has one empty tile, as an archive must have one.
    """
    first, last = zooms or fitting_zooms(grid, size_px)
    _require_zooms(first, last, MAX_ZOOM)
    frame = frame_of(grid)
    count = 0
    for zoom in range(first, last + 1):
        columns, rows = frame.tiles(zoom)
        count += len(columns) * len(rows)
    if count > MAX_TILES:
        raise LimitExceeded(
            f"{path.name} would have {count:,} tiles up to zoom {last}; {MAX_TILES:,} are the "
            "most: choose a lower last zoom"
        )

    def tiles() -> Iterator[tuple[int, bytes]]:
        for tile_id, (zoom, column, row) in _in_order(grid, first, last):
            found = tile_indices(values, grid, zoom, column, row, style, size_px)
            if found is not None:
                yield tile_id, indexed_png(found, style.palette)

    def some_tiles() -> Iterator[tuple[int, bytes]]:
        shown = 0
        for shown, tile in enumerate(tiles(), 1):  # noqa: B007 # counted for after the loop
            yield tile
        if not shown:
            blank = np.zeros((size_px, size_px), np.uint8)
            tile_id, _ = next(_in_order(grid, first, last))
            yield tile_id, indexed_png(blank, style.palette)

    metadata = _metadata(style.title, "png", provenance)
    with whole_file(path) as unfinished:
        return _pack(some_tiles(), unfinished, grid, TileType.PNG, metadata)


def write_vector_archive(
    layer: PolygonLayer,
    grid: Grid,
    path: Path,
    provenance: Provenance,
    *,
    zooms: tuple[int, int] = (6, 14),
) -> int:
    """Write the polygons with all their columns as vector tiles; how many tiles is given back.

    The layer's name in the tiles is that of its table. Polygons smaller than a tile's own
    unit (1/4096 of its side) are left out of that zoom.
    """
    _require_zooms(*zooms, MAX_VECTOR_ZOOM)
    if not layer.table.rows:
        raise Refused(f"{layer.table.name} has no polygon, and an archive must have a tile")
    with whole_file(path) as unfinished:
        cut = unfinished.with_name("cut.pmtiles")
        _cut(layer, cut, zooms)
        with cut.open("rb") as stream:
            source = MmapSource(stream)  # type: ignore[no-untyped-call] # as below
            cut_metadata = Reader(source).metadata()  # type: ignore[no-untyped-call] # as below
            found = all_tiles(source)  # type: ignore[no-untyped-call] # as below
            tiles = sorted((zxy_to_tileid(*zxy), data) for zxy, data in found)
        _require_small(tiles, path.name)
        metadata = cut_metadata | _metadata(layer.table.title, "pbf", provenance)
        return _pack(tiles, unfinished, grid, TileType.MVT, metadata)


def _cut(layer: PolygonLayer, path: Path, zooms: tuple[int, int]) -> None:
    columns: tuple[Column, ...] = layer.table.columns
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(in_crs(layer, "EPSG:3857")),
        field_data=[as_array(column) for column in columns],
        fields=[column.name for column in columns],
        field_mask=[missing(column) for column in columns],
        layer=layer.table.name,
        driver="PMTiles",
        geometry_type="Unknown",
        crs="EPSG:3857",
        dataset_options={
            "MINZOOM": str(zooms[0]),
            "MAXZOOM": str(zooms[1]),
            "MAX_SIZE": _UNLIMITED,
            "MAX_FEATURES": _UNLIMITED,
        },
    )


def _require_small(tiles: list[tuple[int, bytes]], name: str) -> None:
    largest = max(len(data) for _, data in tiles)
    if largest > MAX_VECTOR_TILE_BYTES:
        raise LimitExceeded(
            f"{name} would have a tile of {largest:,} bytes; {MAX_VECTOR_TILE_BYTES:,} are the "
            "most: begin at a higher zoom, or aggregate to larger cells"
        )


def _in_order(grid: Grid, first: int, last: int) -> Iterator[tuple[int, tuple[int, int, int]]]:
    """The tiles that the grid touches, in the order of the archive (Hilbert's curve)."""
    for zoom in range(first, last + 1):
        columns, rows = frame_of(grid).tiles(zoom)
        ids = {zxy_to_tileid(zoom, x, y): (zoom, x, y) for x in columns for y in rows}
        yield from sorted(ids.items())


def _pack(
    tiles: Iterable[tuple[int, bytes]],
    path: Path,
    grid: Grid,
    tile_type: TileType,
    metadata: dict[str, object],
) -> int:
    """Write tiles that come in order; equal ones are kept once."""
    frame = frame_of(grid)
    count = 0
    with path.open("wb") as out:
        writer = Writer(out)  # type: ignore[no-untyped-call] # has py.typed, but no types here
        for tile_id, content in tiles:
            writer.write_tile(tile_id, content)  # type: ignore[no-untyped-call] # as above
            count += 1
        header = {
            "tile_type": tile_type,
            "tile_compression": Compression.NONE if tile_type is TileType.PNG else Compression.GZIP,
            "min_lon_e7": math.floor(frame.west * _E7),
            "min_lat_e7": math.floor(frame.south * _E7),
            "max_lon_e7": math.ceil(frame.east * _E7),
            "max_lat_e7": math.ceil(frame.north * _E7),
            "center_zoom": fitting_zooms(grid)[0],
            "center_lon_e7": round((frame.west + frame.east) / 2 * _E7),
            "center_lat_e7": round((frame.south + frame.north) / 2 * _E7),
        }
        writer.finalize(header, metadata)  # type: ignore[no-untyped-call] # as above
    return count


def _metadata(title: str, tile_format: str, provenance: Provenance) -> dict[str, object]:
    return {
        "name": title,
        "description": " ".join((provenance.title, *provenance.notes())),
        "attribution": provenance.credit,
        "version": provenance.canopy_version,
        "type": "overlay",
        "format": tile_format,
        JSON_KEY: provenance.document(),
    }


def _require_zooms(first: int, last: int, most: int) -> None:
    if not 0 <= first <= last <= most:
        raise Refused(f"zooms {first} to {last} are not within 0 to {most}")
