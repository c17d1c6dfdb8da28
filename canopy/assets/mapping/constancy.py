"""Whether every row of a file lies in one place, which no real file of assets does."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.importers.base import RowIssue

FEWEST_ROWS = 3
"""Rows from which one place for all is refused."""

FEWEST_ROWS_ON_A_LINE = 50
"""Rows from which one easting, or one northing, for all is refused."""

SAME_M = 1e-6
"""Positions closer than this are the same [m]."""


class Constancy:
    """The box around all positions of a file."""

    def __init__(self, *, same_place: bool) -> None:
        self._allowed = same_place
        self._rows = 0
        self._box = np.array([np.inf, np.inf, -np.inf, -np.inf])

    def add(self, geometries: NDArray[np.object_]) -> None:
        """Count accepted geometries (storage CRS)."""
        if not len(geometries):
            return
        bounds = shapely.bounds(geometries)
        centre_x = (bounds[:, 0] + bounds[:, 2]) / 2
        centre_y = (bounds[:, 1] + bounds[:, 3]) / 2
        self._rows += len(geometries)
        box = self._box
        box[0], box[2] = min(box[0], np.nanmin(centre_x)), max(box[2], np.nanmax(centre_x))
        box[1], box[3] = min(box[1], np.nanmin(centre_y)), max(box[3], np.nanmax(centre_y))

    def issues(self) -> list[RowIssue]:
        """A ``refuse-`` issue when the file's positions are one place or one line."""
        if self._allowed or self._rows < FEWEST_ROWS:
            return []
        wide = self._box[2] - self._box[0] > SAME_M
        high = self._box[3] - self._box[1] > SAME_M
        if not wide and not high:
            where = f"in one place ({self._box[0]:.2f}, {self._box[1]:.2f})"
        elif self._rows >= FEWEST_ROWS_ON_A_LINE and not (wide and high):
            which = "northing" if wide else "easting"
            where = f"on one {which}"
        else:
            return []
        return [
            RowIssue(
                None,
                "refuse-constant-coordinates",
                f"All {self._rows:,} rows lie {where}, so the positions are a placeholder. "
                "Correct the file, or write same_place = true under [geometry] if it is so.",
            )
        ]
