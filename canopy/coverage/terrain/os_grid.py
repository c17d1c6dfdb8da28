"""Names of Ordnance Survey's tiles: the letters and figures of the National Grid.

Two letters name a square of 100 km, a figure each for east and north a tile of 10 km in it.
Letters run A to Z without I, in rows of five from the north-west. Source: Ordnance Survey,
*A guide to coordinate systems in Great Britain* v3.6, §7: the square SV has the grid's
origin at its south-west corner.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid

TILE_M = 10_000.0
"""Side of a tile of OS Terrain 50 [m]."""

Box = tuple[float, float, float, float]

_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_SQUARE_M = 100_000.0
_ORIGIN_COLUMN, _ORIGIN_ROW = 2, 3
"""Where S, the 500 km square with the origin, stands among the letters."""

_TILE = re.compile(r"([HJNOST])([A-HJ-Z])(\d)(\d)(?![A-Za-z0-9])", re.IGNORECASE)


def tile_name(easting_m: float, northing_m: float) -> str:
    """The name of the 10 km tile around a position in EPSG:27700, such as ``TQ29``.

    "" for a position outside the lettered squares.
    """
    column, row = math.floor(easting_m / _SQUARE_M), math.floor(northing_m / _SQUARE_M)
    large = (_ORIGIN_ROW - row // 5, _ORIGIN_COLUMN + column // 5)
    if not (0 <= large[0] < 5 and 0 <= large[1] < 5):
        return ""
    first = _LETTERS[large[0] * 5 + large[1]]
    second = _LETTERS[(4 - row % 5) * 5 + column % 5]
    east, north = int(easting_m % _SQUARE_M // TILE_M), int(northing_m % _SQUARE_M // TILE_M)
    return f"{first}{second}{east}{north}"


def tile_bounds_m(name: str) -> Box | None:
    """(west, south, east, north) [m] of the tile whose name `name` begins with, else None.

    A file's name will do: ``tq29_OST50GRID_20230518.zip``.
    """
    found = _TILE.match(name.replace("_", " "))
    if found is None:
        return None
    large, small = (_LETTERS.index(letter) for letter in found[1].upper() + found[2].upper())
    column = (large % 5 - _ORIGIN_COLUMN) * 5 + small % 5
    row = (_ORIGIN_ROW - large // 5) * 5 + 4 - small // 5
    west = column * _SQUARE_M + int(found[3]) * TILE_M
    south = row * _SQUARE_M + int(found[4]) * TILE_M
    return west, south, west + TILE_M, south + TILE_M


def tiles_of(grid: Grid, chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    """Names of the tiles in which a chosen cell of `grid` (EPSG:27700) has its centre."""
    columns = np.floor(grid.eastings_m / TILE_M).astype(np.int64)
    rows = np.floor(grid.northings_m / TILE_M).astype(np.int64)
    names = []
    for row in np.unique(rows):
        for column in np.unique(columns):
            part = chosen[_span(rows, row), _span(columns, column)]
            if part.any():
                names.append(tile_name(column * TILE_M, row * TILE_M) or _off_grid(column, row))
    return tuple(sorted(names))


def _span(values: NDArray[np.int64], value: int) -> slice:
    """Where `value` stands in a sorted or reverse sorted row of values."""
    where = np.flatnonzero(values == value)
    return slice(int(where[0]), int(where[-1]) + 1)


def _off_grid(column: int, row: int) -> str:
    return f"{column * TILE_M:.0f} E {row * TILE_M:.0f} N"
