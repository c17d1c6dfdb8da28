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
_INVERSE_TOLERANCE_M = 1e-9
_INVERSE_ROUNDS = 12


class Ostn15:
    """The OSTN15 horizontal shift, node values fetched as they are needed."""

    def __init__(self) -> None:
        self._east = np.full((_ROWS, _COLUMNS), np.nan)
        self._north = np.full((_ROWS, _COLUMNS), np.nan)
        self._fetched = np.zeros((_ROWS, _COLUMNS), dtype=bool)

    def _fetch(self, row: NDArray[np.intp], column: NDArray[np.intp]) -> None:
        missing = ~self._fetched[row, column]
        if not missing.any():
            return
        codes = np.unique(row[missing] * _COLUMNS + column[missing])
        row, column = codes // _COLUMNS, codes % _COLUMNS
        east, north = column * _NODE_M, row * _NODE_M
        osgb_east, osgb_north = cutil.convert_etrs89_to_osgb36(east, north)
        # Node shifts are published to the millimetre; rounding removes float noise only.
        self._east[row, column] = np.round(np.asarray(osgb_east) - east, 3)
        self._north[row, column] = np.round(np.asarray(osgb_north) - north, 3)
        self._fetched[row, column] = True

    def shift(self, east: Floats, north: Floats) -> tuple[Floats, Floats]:
        """ETRS89 grid to OSGB36: the shifts [m] at ETRS89 eastings and northings [m].

        NaN outside the grid (0-700 km east, 0-1250 km north) and where a node is undefined.
        """
        inside = (east >= 0) & (east < 700_000) & (north >= 0) & (north < 1_250_000)
        column = np.where(inside, east // _NODE_M, 0).astype(np.intp)
        row = np.where(inside, north // _NODE_M, 0).astype(np.intp)
        for down in (0, 1):
            for right in (0, 1):
                self._fetch(row + down, column + right)
        t = east / _NODE_M - column
        u = north / _NODE_M - row
        shifts = []
        for nodes in (self._east, self._north):
            value = (
                (1 - t) * (1 - u) * nodes[row, column]
                + t * (1 - u) * nodes[row, column + 1]
                + (1 - t) * u * nodes[row + 1, column]
                + t * u * nodes[row + 1, column + 1]
            )
            shifts.append(np.where(inside, value, np.nan))
        return shifts[0], shifts[1]

    def to_national_grid(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """ETRS89 longitude, latitude [degrees] to OSGB36 eastings, northings [m]."""
        east, north = _project(lon, lat)
        east_shift, north_shift = self.shift(east, north)
        return east + east_shift, north + north_shift

    def to_lonlat(self, easting: Floats, northing: Floats) -> tuple[Floats, Floats]:
        """OSGB36 eastings, northings [m] to ETRS89 longitude, latitude [degrees]."""
        east, north = easting.copy(), northing.copy()
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
