"""Positions brought into the storage CRS, and where the body of a file lies there.

The body tells a row that is somewhere else in the country from its neighbours: an
easting and a northing exchanged often still fall inside the National Grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.geo import Area, transformer

__all__ = ["Area", "Body", "to_storage"]

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


def to_storage(
    x: Floats, y: Floats, crs: str, area: Area, *, geographic: bool
) -> tuple[Floats, Floats, Mask, Mask]:
    """Positions [crs] in the storage CRS, with (off the planet, in the area) masks."""
    limit_x, limit_y = (180.0, 90.0) if geographic else (OFF_PLANET_M, OFF_PLANET_M)
    off = (np.abs(x) > limit_x) | (np.abs(y) > limit_y)
    stored_x, stored_y = transformer(crs, area.crs).xy(
        np.where(off, np.nan, x), np.where(off, np.nan, y)
    )
    inside = area.contains(stored_x, stored_y)
    if geographic:
        inside &= area.is_on_this_side(np.where(off, np.nan, x), np.where(off, np.nan, y))
    return stored_x, stored_y, off, inside
