"""The basic transmission loss of a reduced path: over free space, at the median, at a quantile."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from canopy.coverage.compiled import compiled
from canopy.coverage.propagation.itm.diffraction import beyond_horizons
from canopy.coverage.propagation.itm.line_of_sight import line_of_sight
from canopy.coverage.propagation.itm.path import Path, Radio
from canopy.coverage.propagation.itm.troposcatter import from_scatter
from canopy.coverage.propagation.itm.variability import Wanted, loss_over_free_space

UNKNOWN, LINE_OF_SIGHT, DIFFRACTION, TROPOSCATTER = 0, 1, 2, 3
"""What carries the signal at the median; numbers as in NTIA's ITM."""


class Losses(NamedTuple):
    """A loss and its parts [dB].

    Attributes:
        free_space: between isotropic antennas in free space.
        reference: Aref, what the path loses over that at the median, >= 0.
        mechanism: by which range of distance `reference` was found.
        loss: basic transmission loss at the quantile.
    """

    free_space: float
    reference: float
    mechanism: int
    loss: float


@compiled
def _reference(path: Path, radio: Radio) -> tuple[float, int]:
    """Aref [dB] and the mechanism (equation 4.1)."""
    beyond = beyond_horizons(path, radio)
    if path.distance < path.tx_smooth + path.rx_smooth:
        return max(line_of_sight(path, radio, beyond), 0.0), LINE_OF_SIGHT
    scattered, begins = from_scatter(path, radio, beyond)
    if path.distance > begins:
        return max(scattered, 0.0), TROPOSCATTER
    return max(beyond.at_zero_db + beyond.db_per_m * path.distance, 0.0), DIFFRACTION


@compiled
def losses(path: Path, radio: Radio, wanted: Wanted) -> Losses:
    """The loss of a path and its parts; NaN where a number is missing or infinite.

    NaN too where the method has no value: over a horizon so close below its antenna that no
    arc of a round Earth would fit, which only cliffs beside short paths give.
    """
    missing = path.distance + path.tx_effective + path.rx_effective + path.delta_h
    missing += radio.wave_number + abs(radio.impedance)
    missing += wanted.time + wanted.place + wanted.situation
    if not math.isfinite(missing):
        return Losses(np.nan, np.nan, UNKNOWN, np.nan)
    free_space = 32.45 + 20 * math.log10(radio.frequency) + 20 * math.log10(path.distance / 1000)
    reference, mechanism = _reference(path, radio)
    loss = free_space + loss_over_free_space(reference, path, radio, wanted)
    return Losses(free_space, reference, mechanism, loss)
