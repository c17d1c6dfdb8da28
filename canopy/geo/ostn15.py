"""OSTN15, the shift between ETRS89 and OSGB36 that defines the National Grid.

The node shifts come from `convertbng`, which carries Ordnance Survey's grid. Its own
results are rounded to the millimetre, so the interpolation between nodes is done here in
double precision: a position goes to longitude and latitude and back without moving by
more than a nanometre or so.

Source: Ordnance Survey, *Transformations and OSGM15 user guide* v1.3 (2018), §2:
bilinear interpolation of 1 km node shifts, and its iterative inverse.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyproj
from convertbng import cutil
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ETRS89_GRID = (
    "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=GRS80"
)
"""The National Grid projection on GRS80: 'ETRS89 eastings and northings' of the guide."""

_NODE_M = 1000.0
_COLUMNS, _ROWS = 701, 1251
_BLOCK = 16
"""Cells to a side of what is fetched at a time."""
_INVERSE_TOLERANCE_M = 1e-9
_INVERSE_ROUNDS = 12
_CORNERS = (0, 1, _COLUMNS, _COLUMNS + 1)
"""From a cell's first node to its four."""


class Ostn15:
    """The OSTN15 horizontal shift, node values fetched as they are needed."""

    def __init__(self) -> None:
        # Eastings are the real part and northings the imaginary one: half the look-ups.
        self._nodes = np.full(_ROWS * _COLUMNS, complex(np.nan, np.nan))
        self._has_node = np.zeros(_ROWS * _COLUMNS, dtype=bool)
        self._has_corners = np.zeros(_ROWS * _COLUMNS, dtype=bool)

    def _fetch(self, cells: NDArray[np.intp]) -> None:
        """Make the corners of these cells known, and of those around them.

        A call takes two milliseconds whatever is asked, so whole blocks are.
        """
        rows, columns = np.divmod(cells, _COLUMNS)
        blocks = np.unique(rows // _BLOCK * _COLUMNS + columns // _BLOCK)
        row, column = (each[:, None, None] * _BLOCK for each in np.divmod(blocks, _COLUMNS))
        down, along = np.mgrid[0 : _BLOCK + 1, 0 : _BLOCK + 1]
        row, column = np.broadcast_arrays(row + down, column + along)
        in_grid = (row < _ROWS) & (column < _COLUMNS)
        nodes = np.unique(row[in_grid] * _COLUMNS + column[in_grid])
        codes = nodes[~self._has_node[nodes]]
        east, north = codes % _COLUMNS * _NODE_M, codes // _COLUMNS * _NODE_M
        osgb_east, osgb_north = cutil.convert_etrs89_to_osgb36(east, north)
        # Node shifts are published to the millimetre; rounding removes float noise only.
        self._nodes.real[codes] = np.round(np.asarray(osgb_east) - east, 3)
        self._nodes.imag[codes] = np.round(np.asarray(osgb_north) - north, 3)
        self._has_node[codes] = True
        whole = (row[:, :-1, :-1] < _ROWS - 1) & (column[:, :-1, :-1] < _COLUMNS - 1)
        first = row[:, :-1, :-1] * _COLUMNS + column[:, :-1, :-1]
        self._has_corners[first[whole]] = True

    def shift(self, east: Floats, north: Floats) -> tuple[Floats, Floats]:
        """ETRS89 grid to OSGB36: the shifts [m] at ETRS89 eastings and northings [m].

        NaN outside the grid (0-700 km east, 0-1250 km north) and where a node is undefined.
        """
        inside = (east >= 0) & (east < 700_000) & (north >= 0) & (north < 1_250_000)
        t, u = east / _NODE_M, north / _NODE_M
        column, row = np.floor(np.where(inside, t, 0.0)), np.floor(np.where(inside, u, 0.0))
        cell = (row * _COLUMNS + column).astype(np.intp)
        if not self._has_corners[cell].all():
            self._fetch(cell)
        t, u = t - column, u - row
        left, down = 1 - t, 1 - u
        here, right, above, across = (self._nodes[cell + step] for step in _CORNERS)
        value = left * down * here + t * down * right + left * u * above + t * u * across
        if not inside.all():
            value[~inside] = complex(np.nan, np.nan)
        return value.real, value.imag

    def to_national_grid(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """ETRS89 longitude, latitude [degrees] to OSGB36 eastings, northings [m]."""
        east, north = _project(lon, lat)
        east_shift, north_shift = self.shift(east, north)
        return east + east_shift, north + north_shift

    def to_lonlat(self, easting: Floats, northing: Floats) -> tuple[Floats, Floats]:
        """OSGB36 eastings, northings [m] to ETRS89 longitude, latitude [degrees]."""
        east, north = easting, northing
        for _ in range(_INVERSE_ROUNDS):
            east_shift, north_shift = self.shift(east, north)
            next_east, next_north = easting - east_shift, northing - north_shift
            moved = np.hypot(next_east - east, next_north - north)
            east, north = next_east, next_north
            if not (moved > _INVERSE_TOLERANCE_M).any():
                break
        lon, lat = _etrs89_grid()(east, north, inverse=True)
        bad = ~(np.isfinite(lon) & np.isfinite(lat))
        return np.where(bad, np.nan, lon), np.where(bad, np.nan, lat)


def _project(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    near = (np.abs(lat) <= 90) & (np.abs(lon + 2) <= 30)
    east, north = _etrs89_grid()(np.where(near, lon, -2.0), np.where(near, lat, 49.0))
    return np.where(near, east, np.nan), np.where(near, north, np.nan)


@lru_cache(maxsize=1)
def _etrs89_grid() -> pyproj.Proj:
    return pyproj.Proj(_ETRS89_GRID)


@lru_cache(maxsize=1)
def ostn15() -> Ostn15:
    """The one instance of a process: it keeps the nodes that it has fetched."""
    return Ostn15()
