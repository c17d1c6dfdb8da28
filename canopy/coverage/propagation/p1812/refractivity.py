"""ΔN and N0: a constant for the British Isles, or read from the user's copy of the maps.

The maps are part of Recommendation ITU-R P.1812-7 (§3.5) and may not be passed on: a user
takes them from the ITU as `DN50.TXT` and `N050.TXT`, each 121 rows from 90° to -90° of 241
columns from 0° to 360° east, 1.5° apart.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from canopy.errors import Refused

STEP_DEG = 1.5
SHAPE = (121, 241)
MOST_BYTES = 4_000_000
"""A map has 29,161 numbers; a file much larger than they need is not one."""


@dataclass(frozen=True, slots=True)
class Refractivity:
    """What the air is like at the middle of an area.

    Attributes:
        delta_n: ΔN, median fall of refractivity in the lowest kilometre [N-units/km], above
            0, below 157.
        sea_n0: N0, median surface refractivity at sea level [N-units], 200 to 450.
        source: where the two come from, as a phrase.
    """

    delta_n: float
    sea_n0: float
    source: str

    def __post_init__(self) -> None:
        if not 0 < self.delta_n < 157:
            raise Refused(f"ΔN is {self.delta_n:g}: give above 0 and below 157 N-units/km")
        if not 200 <= self.sea_n0 <= 450:
            raise Refused(f"N0 is {self.sea_n0:g}: give 200 to 450 N-units")


BRITISH_ISLES = Refractivity(45.0, 325.0, "one constant for the British Isles")
"""ITU-R Study Group 3's validation profile from Kippure (53.18° N, 6.33° W) to Dalton (54.17° N,
3.18° W) states ΔN = 45 and N0 = 326.08; 45 and 325 are the defaults of its reference
implementation of P.1812. No map stands behind the constant: it is not said to hold to the unit.
"""


@dataclass(frozen=True, slots=True, eq=False)
class RefractivityMap:
    """One of the two digital maps.

    Attributes:
        values: float64 of `SHAPE`, north first, from the prime meridian eastwards.
        name: of the file. sha256: of its bytes, hexadecimal.
    """

    values: NDArray[np.float64]
    name: str
    sha256: str

    def at(self, latitude_deg: float, longitude_deg: float) -> float:
        """The value at a place, bilinear between the four around it.

        latitude_deg: -90 to 90. longitude_deg: east of Greenwich, any turn of it.
        """
        if not (abs(latitude_deg) <= 90 and math.isfinite(longitude_deg)):
            raise Refused(f"{latitude_deg:g}, {longitude_deg:g} is no latitude and longitude")
        down = (90 - latitude_deg) / STEP_DEG
        along = (longitude_deg % 360) / STEP_DEG
        row, column = min(int(down), SHAPE[0] - 2), min(int(along), SHAPE[1] - 2)
        down, along = down - row, along - column
        (upper_left, upper_right), (lower_left, lower_right) = self.values[
            row : row + 2, column : column + 2
        ]
        upper = upper_left + along * (upper_right - upper_left)
        lower = lower_left + along * (lower_right - lower_left)
        return float(upper + down * (lower - upper))


def read_map(path: Path) -> RefractivityMap:
    """A map from its file. Raises Refused for a file that is not one, naming it."""
    if path.stat().st_size > MOST_BYTES:
        raise Refused(f"{path.name} is larger than a map of refractivity")
    content = path.read_bytes()
    try:
        rows = [
            [float(cell) for cell in line.split()] for line in content.split(b"\n") if line.strip()
        ]
    except ValueError as error:
        raise Refused(f"{path.name} is no map of refractivity: {error}") from error
    widths = {len(row) for row in rows}
    if len(rows) != SHAPE[0] or widths != {SHAPE[1]}:
        raise Refused(
            f"{path.name} is no map of refractivity: it has {len(rows)} rows of "
            f"{'/'.join(map(str, sorted(widths))) or 'no'} numbers, not {SHAPE[0]} of {SHAPE[1]}"
        )
    values = np.array(rows)
    if not np.isfinite(values).all():
        raise Refused(f"{path.name} has numbers that are not finite")
    return RefractivityMap(values, path.name, hashlib.sha256(content).hexdigest())


def refractivity_at(
    delta_n: RefractivityMap, sea_n0: RefractivityMap, latitude_deg: float, longitude_deg: float
) -> Refractivity:
    """Both values at a place, with the files and their hashes as the source.

    Raises Refused where the two are not what they should be, as where they are exchanged.
    """
    files = ", ".join(f"{each.name} (SHA-256 {each.sha256})" for each in (delta_n, sea_n0))
    return Refractivity(
        delta_n.at(latitude_deg, longitude_deg),
        sea_n0.at(latitude_deg, longitude_deg),
        f"read at {latitude_deg:.3f}, {longitude_deg:.3f} from {files}",
    )
