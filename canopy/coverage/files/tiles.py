"""Map tiles of a layer, cut when they are asked for.

WebMercatorQuad (OGC 17-083r4, annex D.1): EPSG:3857, row 0 in the north, 256 or 512 pixels.
Positions go by `canopy.geo`, hence by OSTN15 where the grid is the National Grid. The cell
shown is the one under the pixel's centre, placed to better than 0.1 pixel (see `warping`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.files.png import indexed_png
from canopy.coverage.files.style import NOTHING, Style
from canopy.coverage.files.warping import Floats, cells_under, outline
from canopy.coverage.grid import Grid
from canopy.errors import Refused
from canopy.geo import MAX_LATITUDE, WGS84, transformer

Whole = TypeVar("Whole", bound=np.integer)

MAX_ZOOM = 24
TILE_SIZES_PX = (256, 512)
EQUATOR_M = 2 * math.pi * 6_378_137.0
"""Length of the equator of WGS 84 [m]."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a grid lies in the unit square of Web Mercator, and in degrees.

    Attributes:
        left, top, right, bottom: 0 to 1, from the north-west corner.
        west, south, east, north: degrees.
    """

    left: float
    top: float
    right: float
    bottom: float
    west: float
    south: float
    east: float
    north: float

    def pixel_m(self, zoom: int, size_px: int) -> float:
        """What a pixel measures on the ground in the middle of the grid [m]."""
        latitude = math.radians((self.south + self.north) / 2)
        return EQUATOR_M * math.cos(latitude) / (size_px * 2.0**zoom)

    def tiles(self, zoom: int) -> tuple[range, range]:
        """Columns and rows of the tiles that the grid touches."""
        many = 2**zoom
        spans = ((self.left, self.right), (self.top, self.bottom))
        columns, rows = (
            range(max(0, math.floor(low * many)), min(many - 1, math.floor(high * many)) + 1)
            for low, high in spans
        )
        return columns, rows


@lru_cache(maxsize=64)
def frame_of(grid: Grid) -> Frame:
    """The frame of a grid. Refused where the grid leaves its CRS or Web Mercator."""
    lon, lat = transformer(f"EPSG:{grid.epsg}", WGS84).xy(*outline(grid))
    if not np.isfinite(lon).all() or np.abs(lat).max() > MAX_LATITUDE:
        raise Refused(
            f"the grid {grid.bounds_m} reaches where EPSG:{grid.epsg} has no longitude and "
            "latitude on a web map: choose a smaller area"
        )
    x, y = lon / 360 + 0.5, _unit_y(lat)
    return Frame(
        *map(float, (x.min(), y.min(), x.max(), y.max())),
        *map(float, (lon.min(), lat.min(), lon.max(), lat.max())),
    )


@dataclass(frozen=True, slots=True, eq=False)
class TileCells:
    """The cells of a grid under the pixels of a tile, for the part of it that may show any.

    Attributes:
        left, top: first pixel of that part.
        size_px: of the whole tile.
        flat: index of the cell under each pixel, any where there is none.
        inside: which pixels have a cell.
    """

    left: int
    top: int
    size_px: int
    flat: NDArray[np.intp]
    inside: NDArray[np.bool_]

    def on_tile(self, part: NDArray[Whole], nothing: Whole) -> NDArray[Whole]:
        """A whole tile from values of the part; `nothing` wherever there is no cell."""
        tile = np.full((self.size_px, self.size_px), nothing, part.dtype)
        rows, columns = self.inside.shape
        place = slice(self.top, self.top + rows), slice(self.left, self.left + columns)
        tile[place] = np.where(self.inside, part, nothing)
        return tile


def tile_cells(
    grid: Grid, zoom: int, column: int, row: int, size_px: int = 256
) -> TileCells | None:
    """Which cell lies under each pixel of a tile; None for a tile that shows none.

    zoom: 0 to 24. column, row: x and y of the tile.
    """
    _require_tile(zoom, column, row, size_px)
    frame = frame_of(grid)
    window = _window(frame, zoom, column, row, size_px)
    if window is None:
        return None
    back = transformer(WGS84, f"EPSG:{grid.epsg}")
    many = size_px * 2.0**zoom

    def to_grid(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        lon = ((x + column * size_px) / many - 0.5) * 360
        lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + row * size_px) / many))))
        return back.xy(lon, lat)

    flat, inside = cells_under(grid, to_grid, window, frame.pixel_m(zoom, size_px))
    return TileCells(window[0], window[1], size_px, flat, inside)


def tile_indices(
    values: NDArray[np.generic],
    grid: Grid,
    zoom: int,
    column: int,
    row: int,
    style: Style,
    size_px: int = 256,
) -> NDArray[np.uint8] | None:
    """Palette indices of one tile, or None where all of it is transparent."""
    if values.shape != grid.shape:
        raise Refused(f"values of shape {values.shape} do not fit a grid of {grid.shape}")
    cells = tile_cells(grid, zoom, column, row, size_px)
    if cells is None:
        return None
    tile = cells.on_tile(style.indices(values.ravel()[cells.flat]), np.uint8(NOTHING))
    return tile if style.palette[:, 3][tile].any() else None


def render_tile(
    values: NDArray[np.generic],
    grid: Grid,
    zoom: int,
    column: int,
    row: int,
    style: Style,
    size_px: int = 256,
) -> bytes:
    """One tile as PNG with transparency; wholly transparent beyond the grid.

    values: a layer of the grid's shape. zoom: 0 to 24. column, row: x and y of the tile.
    """
    tile = tile_indices(values, grid, zoom, column, row, style, size_px)
    return empty_tile(size_px) if tile is None else indexed_png(tile, style.palette)


@lru_cache(maxsize=len(TILE_SIZES_PX))
def empty_tile(size_px: int = 256) -> bytes:
    """A tile with nothing on it."""
    return indexed_png(np.zeros((size_px, size_px), np.uint8), np.zeros((1, 4), np.uint8))


def _unit_y(lat: Floats) -> Floats:
    return 0.5 - np.arcsinh(np.tan(np.radians(lat))) / (2 * np.pi)


def _require_tile(zoom: int, column: int, row: int, size_px: int) -> None:
    if size_px not in TILE_SIZES_PX:
        raise Refused(f"a tile has 256 or 512 pixels to a side, not {size_px}")
    if not 0 <= zoom <= MAX_ZOOM:
        raise Refused(f"zoom {zoom} is not between 0 and {MAX_ZOOM}")
    if not (0 <= column < 2**zoom and 0 <= row < 2**zoom):
        raise Refused(f"at zoom {zoom} columns and rows end at {2**zoom - 1}: not {column}, {row}")


def _window(
    frame: Frame, zoom: int, column: int, row: int, size_px: int
) -> tuple[int, int, int, int] | None:
    """The pixels of the tile that may show the grid, one more on every side."""
    many = size_px * 2.0**zoom
    left = max(0, math.floor(frame.left * many - column * size_px) - 1)
    top = max(0, math.floor(frame.top * many - row * size_px) - 1)
    right = min(size_px, math.ceil(frame.right * many - column * size_px) + 1)
    bottom = min(size_px, math.ceil(frame.bottom * many - row * size_px) + 1)
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None
