"""Where the positions of a deployment may lie: the one rule for every way in.

An importer, an edit, another program's write and a file of areas all ask `Area`, and all
ask it about stored coordinates. A position therefore gets the same answer whether it came
as degrees or as eastings and northings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.geo.crs import BRITISH_NATIONAL_GRID, WGS84, area_of_use, crs_name
from canopy.geo.ostn15 import Floats
from canopy.geo.transforming import transformer

Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]

NATIONAL_GRID_M: Box = (1_000.0, 0.0, 699_000.0, 1_248_000.0)
"""Eastings and northings accepted in EPSG:27700 [m]: the part of the National Grid (0-700 km
by 0-1300 km) in which every position has a longitude and latitude by OSTN15. Great Britain
ends well within it, at 1,220 km north."""

WIDER_DEGREES = 9.0
"""How far east and west of its area of use a storage CRS other than the National Grid is
accepted [degrees of longitude]. Countries wider than one UTM zone are kept in one zone; nine
degrees on, lengths are about 3 % out at the equator, and the rows are warned of."""

_ROUNDING_DEGREES = 1e-9
"""A tenth of a millimetre: what a position on the edge may lose on the way to degrees."""

_FOLD_DEGREES = 1.0
_SAMPLES = 41


@dataclass(frozen=True, slots=True)
class Area:
    """Where positions may lie: within `box` and, but in the National Grid, `degrees`.

    box: (min x, min y, max x, max y) [CRS units]. degrees: (west, south, east, north)
    around all that is accepted; east is above 180 where the area crosses the antimeridian.
    meant: the box for which the CRS is meant; beyond it positions are accepted with a warning.
    """

    crs: str
    box: Box
    degrees: Box
    meant: Box

    @staticmethod
    def of(storage_crs: str) -> Area:
        """The area of the deployment's storage CRS. Raises UnknownCrs."""
        return _named(storage_crs)

    def contains(self, x: Floats, y: Floats) -> Mask:
        """Which positions (storage CRS) lie in the area; NaN does not."""
        min_x, min_y, max_x, max_y = self.box
        inside: Mask = (x >= min_x) & (x <= max_x) & (y >= min_y) & (y <= max_y)
        if self.crs == BRITISH_NATIONAL_GRID or not inside.any():
            return inside
        lon, lat = transformer(self.crs, WGS84).xy(
            np.where(inside, x, np.nan), np.where(inside, y, np.nan)
        )
        return inside & self._contains_degrees(lon, lat, _ROUNDING_DEGREES)

    def holds(self, geometry: shapely.Geometry) -> bool:
        """Whether every vertex of a geometry (storage CRS) lies in the area."""
        points = shapely.get_coordinates(geometry)
        return bool(self.contains(points[:, 0], points[:, 1]).all())

    def is_on_this_side(self, lon: Floats, lat: Floats) -> Mask:
        """Which longitudes and latitudes [degrees] lie in the area or within a degree of it.

        Some projections fold the far side of the globe onto the near one: to the Swiss
        grid, the antipodes of Bern are in Bern. Their coordinates do not show it.
        """
        return self._contains_degrees(lon, lat, _FOLD_DEGREES)

    def is_stretched(self, x: Floats, y: Floats) -> Mask:
        """Which accepted positions lie beyond what the CRS is meant for."""
        min_x, min_y, max_x, max_y = self.meant
        beyond: Mask = (x < min_x) | (x > max_x) | (y < min_y) | (y > max_y)
        return beyond

    def describe(self) -> str:
        """The area in degrees, for a message."""
        west, south, east, north = self.degrees
        west, east = (lon if abs(lon) <= 180 else (lon + 180) % 360 - 180 for lon in (west, east))
        return f"{self.crs} covers {west:.4g} to {east:.4g} E, {south:.4g} to {north:.4g} N"

    def _contains_degrees(self, lon: Floats, lat: Floats, margin: float) -> Mask:
        west, south, east, north = self.degrees
        beyond_west = (lon - west + margin) % 360.0
        inside: Mask = beyond_west <= min(east - west + 2 * margin, 360.0)
        inside &= (lat >= south - margin) & (lat <= north + margin)
        return inside


@lru_cache(maxsize=64)
def _named(storage_crs: str) -> Area:
    return _area(crs_name(storage_crs))


@lru_cache(maxsize=16)
def _area(crs: str) -> Area:
    if crs == BRITISH_NATIONAL_GRID:
        x, y = _sampled(NATIONAL_GRID_M)
        degrees = _around(*transformer(crs, WGS84).xy(x, y))
        return Area(crs, NATIONAL_GRID_M, degrees, NATIONAL_GRID_M)
    west, south, east, north = area_of_use(crs)
    if east < west:
        east += 360.0
    wider = (west - WIDER_DEGREES, south, east + WIDER_DEGREES, north)
    if wider[2] - wider[0] >= 360.0:
        wider = (-180.0, south, 180.0, north)
    meant = _projected((west, south, east, north), crs)
    return Area(crs, _grown(_projected(wider, crs)), wider, meant)


def _projected(degrees: Box, crs: str) -> Box:
    lon, lat = _sampled(degrees)
    return _around(*transformer(WGS84, crs).xy(lon, lat))


def _sampled(box: Box) -> tuple[Floats, Floats]:
    min_x, min_y, max_x, max_y = box
    x, y = np.meshgrid(np.linspace(min_x, max_x, _SAMPLES), np.linspace(min_y, max_y, _SAMPLES))
    return x.ravel(), y.ravel()


def _around(x: Floats, y: Floats) -> Box:
    """The box around those positions that there are."""
    return float(np.nanmin(x)), float(np.nanmin(y)), float(np.nanmax(x)), float(np.nanmax(y))


def _grown(box: Box) -> Box:
    """A little wider, since an edge bulges between its samples; degrees decide exactly."""
    min_x, min_y, max_x, max_y = box
    wide, high = (max_x - min_x) / _SAMPLES, (max_y - min_y) / _SAMPLES
    return min_x - wide, min_y - high, max_x + wide, max_y + high
