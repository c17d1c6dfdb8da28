"""Where stored positions may lie, and where the body of a file lies within it.

The body tells a row that is somewhere else in the country from its neighbours: an
easting and a northing exchanged often still fall inside the National Grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.geo import (
    BRITISH_NATIONAL_GRID,
    WGS84,
    area_of_use,
    crs_name,
    projected_extent,
    transformer,
)

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

OFF_PLANET_M = 30_000_000.0
"""No projected coordinate of a place on earth is larger [m] (Web Mercator ends at 20,037,508)."""

BODY_ROWS = 20
"""Rows needed before a file has a body to compare with."""

FAR_M = 100_000.0
"""A row this far from the body's centre is worth a warning, if the body is compact [m]."""

FAR_TIMES = 5.0
"""… and so many times farther than nine rows in ten."""


WIDER_DEGREES = 9.0
"""How far east and west of its area of use a storage CRS other than the National Grid is
accepted [degrees of longitude]. Countries wider than one UTM zone are kept in one zone; nine
degrees on, lengths are about 3 % out at the equator, and the rows are warned of."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """Where positions may lie: a `box` in the storage CRS's units, and one in degrees.

    `meant` is the box for which the CRS is meant; beyond it, inside `box`, positions are
    accepted with a warning.
    """

    crs: str
    box: Box
    degrees: Box
    meant: Box

    @classmethod
    def of(cls, storage_crs: str) -> Area:
        """The area of the deployment's storage CRS. Raises UnknownCrs."""
        meant, degrees = projected_extent(storage_crs), area_of_use(storage_crs)
        if crs_name(storage_crs) == BRITISH_NATIONAL_GRID:
            return cls(storage_crs, meant, degrees, meant)
        west, south, east, north = degrees
        wider = (west - WIDER_DEGREES, south, east + WIDER_DEGREES, north)
        return cls(storage_crs, _projected_box(wider, storage_crs), wider, meant)

    def contains(self, x: Floats, y: Floats) -> Mask:
        """Which positions (storage CRS) lie in the box; NaN does not."""
        min_x, min_y, max_x, max_y = self.box
        inside: Mask = (x >= min_x) & (x <= max_x) & (y >= min_y) & (y <= max_y)
        return inside

    def contains_degrees(self, lon: Floats, lat: Floats) -> Mask:
        """Which longitudes and latitudes lie in the area of use."""
        west, south, east, north = self.degrees
        inside: Mask = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        return inside

    def is_stretched(self, x: Floats, y: Floats) -> Mask:
        """Which accepted positions lie beyond what the CRS is meant for."""
        min_x, min_y, max_x, max_y = self.meant
        beyond: Mask = (x < min_x) | (x > max_x) | (y < min_y) | (y > max_y)
        return beyond & self.contains(x, y)

    def describe(self) -> str:
        west, south, east, north = self.degrees
        return f"{self.crs} covers {west:g} to {east:g} E, {south:g} to {north:g} N"


def _projected_box(degrees: Box, crs: str) -> Box:
    west, south, east, north = degrees
    lon = np.concatenate([np.linspace(west, east, 31)] * 3)
    lat = np.repeat([south, (south + north) / 2, north], 31)
    x, y = transformer(WGS84, crs).xy(lon, lat)
    return float(np.nanmin(x)), float(np.nanmin(y)), float(np.nanmax(x)), float(np.nanmax(y))


@dataclass(frozen=True, slots=True)
class Body:
    """The middle of a file's positions and the distance beyond which a row is far off."""

    x: float
    y: float
    far_m: float

    @classmethod
    def of(cls, x: Floats, y: Floats) -> Body | None:
        """The body of positions in the storage CRS; None for fewer than `BODY_ROWS`."""
        known = np.isfinite(x) & np.isfinite(y)
        if int(known.sum()) < BODY_ROWS:
            return None
        middle_x, middle_y = float(np.median(x[known])), float(np.median(y[known]))
        distances = np.hypot(x[known] - middle_x, y[known] - middle_y)
        far_m = max(FAR_M, FAR_TIMES * float(np.quantile(distances, 0.9)))
        return cls(middle_x, middle_y, far_m)

    def distance_m(self, x: Floats, y: Floats) -> Floats:
        distances: Floats = np.hypot(x - self.x, y - self.y)
        return distances


def to_storage(x: Floats, y: Floats, crs: str, area: Area, *, geographic: bool) -> tuple[
    Floats, Floats, Mask, Mask
]:  # fmt: skip
    """Positions [crs] in the storage CRS, with (off the planet, in the area) masks."""
    if geographic:
        off = (np.abs(x) > 180) | (np.abs(y) > 90)
        stored_x, stored_y = transformer(crs, area.crs).xy(
            np.where(off, np.nan, x), np.where(off, np.nan, y)
        )
        inside = area.contains(stored_x, stored_y) & area.contains_degrees(x, y)
    else:
        off = (np.abs(x) > OFF_PLANET_M) | (np.abs(y) > OFF_PLANET_M)
        stored_x, stored_y = transformer(crs, area.crs).xy(
            np.where(off, np.nan, x), np.where(off, np.nan, y)
        )
        inside = area.contains(stored_x, stored_y)
    return stored_x, stored_y, off, inside
