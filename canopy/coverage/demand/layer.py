"""One amount of something in every cell of a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid

Floats = NDArray[np.float64]

RESIDENTS = "residents"
PREMISES = "premises"
ROAD = "road_m"
FOOTFALL = "footfall"


@dataclass(frozen=True, slots=True, eq=False)
class DemandLayer:
    """Amounts that may be added up: the amount of an area is the sum over its cells.

    Attributes:
        grid: the frame.
        kind: "residents", "premises", "road_m", "footfall", or a user's own word.
        unit: of the amounts, such as "people", "premises" or "m".
        per_cell: float64 of the grid's shape; NaN where nothing is known, 0 where it is known
            that there is none.
        outside: the part of the known amount that lies beyond the grid (or in cells where the
            amount as a whole is unknown), so that `total + outside` is what was put in.
        described_m2: how much of each cell the layer speaks of [m2], None when of all of it.
            A cell on a council's edge holds only the people on the council's side.
        notes: how it was made, and what had to be assumed, for the reader of a figure.
    """

    grid: Grid
    kind: str
    unit: str
    per_cell: Floats
    outside: float = 0.0
    described_m2: Floats | None = None
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Sum over the cells where the amount is known."""
        return float(np.nansum(self.per_cell))

    @property
    def cells_unknown(self) -> int:
        """Cells of which nothing is known."""
        return int(np.isnan(self.per_cell).sum())
