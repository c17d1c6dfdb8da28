"""Web mercator in whole steps, as tiles count them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WORLD_BITS = 31
"""World coordinates have 2**31 steps per axis: 19 mm at the equator."""
MAX_LATITUDE = 85.051_128_779_806_59
"""Where WebMercatorQuad ends (OGC 17-083r4, annex D.1)."""


def world_units(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude [degrees] as whole steps from the north-west corner; NaN stays.

    Web mercator on the sphere (EPSG:3857). Beyond the world's ends the last step is given.
    """
    size = 2.0**WORLD_BITS
    sine = np.sin(np.radians(np.clip(lat, -MAX_LATITUDE, MAX_LATITUDE)))
    x = (np.asarray(lon) / 360 + 0.5) * size
    y = (0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * size
    return np.clip(np.floor(x), 0, size - 1), np.clip(np.floor(y), 0, size - 1)


def lonlat(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """World coordinates as rows of longitude and latitude [degrees]."""
    size = 2.0**WORLD_BITS
    lon = (np.asarray(x, dtype=float) / size - 0.5) * 360
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * np.asarray(y, dtype=float) / size))))
    return np.column_stack([lon, lat])
