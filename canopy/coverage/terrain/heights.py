"""A raster of heights, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid


@dataclass(frozen=True, slots=True)
class HeightSource:
    """One file that heights were read from.

    Attributes:
        name: file (and member, for one in an archive).
        sha256: of the file's bytes, hexadecimal.
        product: what it is, such as "OS Terrain 50", or "" when not known.
        licence: as it must be named where the result is shown, or "".
    """

    name: str
    sha256: str
    product: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class HeightGrid:
    """Heights above the datum at the centres of a grid's cells.

    Attributes:
        grid: the frame.
        height_m: float32 of the grid's shape [m]; NaN where no height is known, never 0.
        what: "terrain" is the bare ground, "surface" with buildings (and trees) on it.
        sources: the files.
    """

    grid: Grid
    height_m: NDArray[np.float32]
    what: Literal["terrain", "surface"]
    sources: tuple[HeightSource, ...] = ()
