"""Loss without a map of the street: Recommendation ITU-R P.1411-13 (09/2025), §4.1.1 and §4.2.1.

Straight lines fitted to measurements over the logarithms of distance and frequency, for both
antennas below the roofs (Table 4) and for one above and one below them (Table 8).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.validity import flags_of
from canopy.errors import Refused

EDITION = "Recommendation ITU-R P.1411-13 (09/2025)"
SCOPE_GHZ = (0.3, 300.0)
"""What the Recommendation is for at all."""

Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]
RowName = Literal[
    "below, los",
    "below, high-rise nlos",
    "below, low-rise nlos",
    "below, residential nlos",
    "above, los",
    "above, high-rise nlos",
]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of Table 4 or Table 8.

    Attributes:
        alpha, beta, gamma: of equation 1.
        sigma_db: standard deviation about the median [dB].
        least_ghz: least frequency [GHz].
        least_m: shortest distance [m].
        farthest: up to which frequency [GHz] which distance is the farthest [m], ascending;
            the last frequency is the row's greatest. The steps are the tables' footnotes.
    """

    alpha: float
    beta: float
    gamma: float
    sigma_db: float
    least_ghz: float
    least_m: float
    farthest: tuple[tuple[float, float], ...]

    @property
    def most_ghz(self) -> float:
        """Greatest frequency [GHz]."""
        return self.farthest[-1][0]

    def farthest_m(self, frequency_ghz: Floats) -> Floats:
        """Farthest distance of each frequency [m]; 0 above the row's greatest."""
        bounds, distances_m = zip(*self.farthest, strict=True)
        return np.array([*distances_m, 0.0])[np.searchsorted(bounds, frequency_ghz)]


ROWS: dict[str, Row] = {
    "below, los": Row(
        2.07, 31.23, 2.06, 4.91, 0.45, 5.0,
        ((82.0, 660.0), (159.0, 500.0), (255.0, 250.0), (300.0, 155.0)),
    ),
    "below, high-rise nlos": Row(
        3.73, 16.02, 2.26, 7.62, 0.8, 20.0, ((82.0, 715.0), (159.0, 150.0))
    ),
    "below, low-rise nlos": Row(
        4.52, 6.04, 2.14, 8.02, 0.45, 10.0, ((73.0, 250.0), (159.0, 150.0), (255.0, 80.0))
    ),
    "below, residential nlos": Row(3.01, 18.8, 2.07, 3.07, 0.8, 30.0, ((73.0, 170.0),)),
    "above, los": Row(2.29, 28.6, 1.96, 3.48, 2.2, 55.0, ((73.0, 1200.0),)),
    "above, high-rise nlos": Row(4.39, -6.27, 2.30, 6.89, 2.2, 260.0, ((66.5, 1200.0),)),
}  # fmt: skip
"""Tables 4 and 8. Sight among high-rise, low-rise and suburban buildings is one row; the tables
have none for sight in residential streets. Low-rise is also suburban."""


def site_general_loss(
    row: RowName, distance_m: ArrayLike, frequency_ghz: ArrayLike
) -> tuple[Floats, Flags]:
    """Median basic transmission loss of one row [dB], and its standing.

    Parameters
    ----------
    row : key of `ROWS`.
    distance_m : between the antennas in a straight line, > 0 [m]. Nearer than the row reaches
        the value at its shortest distance is held, farther the line is carried on; both are
        flagged.
    frequency_ghz : 0.3 to 300 [GHz], flagged outside the row's own range; refused beyond.

    Around it losses spread normally with `ROWS[row].sigma_db`; equations 2 to 4, which hold a
    random draw without sight to at least free space, are for such draws and not used here.
    Source: P.1411-13, equation 1.
    """
    given = ROWS.get(row)
    if given is None:
        raise Refused(f"P.1411 has no row {row!r}: use one of {'; '.join(ROWS)}")
    d, f = np.broadcast_arrays(
        np.asarray(distance_m, np.float64), np.asarray(frequency_ghz, np.float64)
    )
    sensible = (d > 0) & (f >= SCOPE_GHZ[0]) & (f <= SCOPE_GHZ[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        held = np.maximum(d, given.least_m)
        loss = 10 * given.alpha * np.log10(held) + given.beta + 10 * given.gamma * np.log10(f)
    inside = (d >= given.least_m) & (f >= given.least_ghz) & (d <= given.farthest_m(f))
    return np.where(sensible, loss, math.nan), flags_of(inside, sensible, d, f)
