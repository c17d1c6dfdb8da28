"""How much less an antenna radiates in a direction than in its strongest: the kernel.

Apart from `canopy.coverage.sites.antennas`, so that records do not import numba.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled_fast


@compiled_fast
def table_at(table: NDArray[np.float32], degrees: float) -> float:
    """A table of 360 losses, one a degree, read at any angle; linear between degrees."""
    turns = degrees - 360.0 * math.floor(degrees / 360.0)
    low = int(turns)
    share = turns - low
    low = low % 360
    high = (low + 1) % 360
    return float(table[low]) * (1.0 - share) + float(table[high]) * share


@compiled_fast
def pattern_loss_db(
    h_table: NDArray[np.float32],
    v_table: NDArray[np.float32],
    bearing_deg: float,
    elevation_deg: float,
    azimuth_deg: float,
    downtilt_deg: float,
    most_loss_db: float = np.inf,
) -> float:
    """Loss [dB] relative to the strongest direction; NaN when any angle is unknown.

    The losses of both cuts are added (TR 38.901, Table 7.3-1; the usual rule for measured
    cuts), and the sum is no more than `most_loss_db`. A mechanical tilt lowers the beam in
    front by all of it, raises it behind by as much, and does nothing at the sides: the
    elevation is shifted by the tilt times the cosine of the angle off the azimuth. Against
    the exact rotation that is true in front and behind, and within 1.2° elsewhere for tilts
    up to 15° and receivers within 30° of the horizon. Behind the antenna the front half of
    the vertical cut is used, since the horizontal cut has the front-to-back ratio in it.

    h_table: by degrees clockwise off the azimuth. v_table: by degrees below the horizon.
    bearing_deg: of the receiver, clockwise from grid north. elevation_deg: of the receiver
    above the antenna's horizon, negative below.
    """
    off = bearing_deg - azimuth_deg
    if not (math.isfinite(off) and math.isfinite(elevation_deg) and math.isfinite(downtilt_deg)):
        return np.nan
    below = -elevation_deg - downtilt_deg * math.cos(math.radians(off))
    loss = table_at(h_table, off) + table_at(v_table, below)
    return min(loss, most_loss_db)
