"""Where Great Britain is land, in squares of 10 km: enough to tell a town from the sea.

An easting and a northing exchanged give a position that is inside the National Grid and,
for most towns, in the water.

Source: Natural Earth 1:10m admin 0 countries, version 4.1.0 (public domain), as
redistributed by the npm package world-atlas 2.0.2: Great Britain and the Isle of Man in
EPSG:27700, widened by 1.5 km, and the squares it touches.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from canopy.assets.mapping.arrays import Floats

SQUARE_M = 10_000.0
"""Side of a square [m]."""


@lru_cache(maxsize=1)
def _squares() -> NDArray[np.bool_]:
    """Land by [row from the south, column from the west]."""
    text = resources.files("canopy.assets.mapping").joinpath("great_britain_land.txt")
    rows = text.read_text(encoding="ascii").split()
    return np.array([[square == "#" for square in row] for row in reversed(rows)])


def on_land(x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Which positions [m, EPSG:27700] lie in a square with land; NaN lies in none."""
    land = _squares()
    with np.errstate(invalid="ignore"):
        column, row = np.floor(x / SQUARE_M), np.floor(y / SQUARE_M)
        inside = (column >= 0) & (column < land.shape[1]) & (row >= 0) & (row < land.shape[0])
    at = np.where(inside, row, 0).astype(np.intp), np.where(inside, column, 0).astype(np.intp)
    answer: NDArray[np.bool_] = inside & land[at]
    return answer
