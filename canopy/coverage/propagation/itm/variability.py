"""How losses vary over time, places and situations about the median (§5)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled
from canopy.coverage.propagation.itm.path import Path, Radio, irregularity

SINGLE_MESSAGE, ACCIDENTAL, MOBILE, BROADCAST = 0, 1, 2, 3
"""Which of the three kinds of variation are taken together (NTIA Report 82-100)."""

# Table 5.1, by climate from 1 to 7: c1, c2 [dB] and x1, x2, x3 [km] of equation 5.5 ...
_MEDIAN = np.array(
    [
        [-9.67, 12.7, 144.9, 190.3, 133.8],
        [-0.62, 9.19, 228.9, 205.2, 143.6],
        [1.26, 15.5, 262.6, 185.2, 99.8],
        [-9.21, 9.05, 84.1, 101.1, 98.6],
        [-0.62, 9.19, 228.9, 205.2, 143.6],
        [-0.39, 2.86, 141.7, 315.9, 167.4],
        [3.15, 857.9, 2222.0, 164.8, 116.3],
    ]
)
# ... of the deviation in time towards more loss (equation 5.6) ...
_WORSE = np.array(
    [
        [2.13, 159.5, 762.2, 123.6, 94.5],
        [2.66, 7.67, 100.4, 172.5, 136.4],
        [6.11, 6.65, 138.2, 242.2, 178.6],
        [1.98, 13.11, 139.1, 132.7, 193.5],
        [2.68, 7.16, 93.7, 186.8, 133.5],
        [6.86, 10.38, 187.8, 169.6, 108.9],
        [8.51, 169.8, 609.8, 119.9, 106.6],
    ]
)
# ... and towards less (equation 5.7).
_BETTER = np.array(
    [
        [2.11, 102.3, 636.9, 134.8, 95.6],
        [6.87, 15.53, 138.7, 143.7, 98.6],
        [10.08, 9.60, 165.3, 225.7, 129.7],
        [3.68, 159.3, 464.4, 93.1, 94.2],
        [4.75, 8.12, 93.2, 135.9, 113.4],
        [8.58, 13.97, 216.0, 152.0, 122.7],
        [8.43, 8.19, 136.2, 188.5, 122.9],
    ]
)
# CD and zD: the deviation far out towards less loss (equation 5.8).
_FAR_OUT = np.array(
    [
        [1.224, 1.282],
        [0.801, 2.161],
        [1.380, 1.282],
        [1.000, 20.0],
        [1.224, 1.282],
        [1.518, 1.282],
        [1.518, 1.282],
    ]
)
# b1, b2, b3 of g-, then of g+: how both deviations hang on frequency (equations 5.6 and 5.7).
_BY_FREQUENCY = np.array(
    [
        [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.93, 0.31, 2.00],
        [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.93, 0.19, 1.79],
        [0.92, 0.25, 1.77, 0.93, 0.31, 2.00],
        [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
    ]
)


class Wanted(NamedTuple):
    """Which quantile of the losses.

    Attributes:
        climate: 1 to 7, row of Table 5.1.
        mode: `SINGLE_MESSAGE`, `ACCIDENTAL`, `MOBILE` or `BROADCAST`.
        places_vary, situations_vary: whether those variations are counted.
        time, place, situation: zT, zL, zS, standard normal deviates exceeded with the shares
            of time, locations and situations.
    """

    climate: int
    mode: int
    places_vary: bool
    situations_vary: bool
    time: float
    place: float
    situation: float


@compiled
def _curve(row: NDArray[np.float64], de_km: float) -> float:
    """V or σ [dB] over the effective distance (equation 5.5)."""
    c1, c2, x1, x2, x3 = row
    grown = (de_km / x1) ** 2
    return (c1 + c2 / (1 + ((de_km - x2) / x3) ** 2)) * grown / (1 + grown)


@compiled
def _with_frequency(b1: float, b2: float, b3: float, wave_number: float) -> float:
    """g- or g+ (equations 5.6 and 5.7)."""
    return b1 + b2 / (1 + (b3 * math.log(0.133 * wave_number)) ** 2)


@compiled
def effective_distance(path: Path, radio: Radio) -> float:
    """de [m], by which variation in time grows (equation 5.3)."""
    dex = (
        math.sqrt(18e6 * path.tx_effective)
        + math.sqrt(18e6 * path.rx_effective)
        + (575.7e12 / radio.wave_number) ** (1 / 3)
    )
    if path.distance < dex:
        return 130e3 * path.distance / dex
    return 130e3 + path.distance - dex


@compiled
def _time_deviation(z: float, wanted: Wanted, de_km: float, wave_number: float) -> float:
    """σT [dB] at the deviate `z` (equations 5.6 to 5.8)."""
    at = wanted.climate - 1
    b1, b2, b3, p1, p2, p3 = _BY_FREQUENCY[at]
    if z < 0:
        return _curve(_WORSE[at], de_km) * _with_frequency(b1, b2, b3, wave_number)
    better = _curve(_BETTER[at], de_km) * _with_frequency(p1, p2, p3, wave_number)
    c_d, z_d = _FAR_OUT[at]
    if z <= z_d:
        return better
    return better * (c_d + (1 - c_d) * z_d / z)


@compiled
def loss_over_free_space(reference_db: float, path: Path, radio: Radio, wanted: Wanted) -> float:
    """The loss over free space [dB] not exceeded at the quantile (equations 5.1 to 5.14).

    More than a little below 0 is drawn towards 0: no path gains without end on free space.
    """
    de_m = effective_distance(path, radio)
    time, place, situation = wanted.time, wanted.place, wanted.situation
    if wanted.mode == SINGLE_MESSAGE:
        time, place = situation, situation
    elif wanted.mode == ACCIDENTAL:
        place = situation
    elif wanted.mode == MOBILE:
        place = time
    over_time = _time_deviation(time, wanted, de_m / 1000, radio.wave_number)
    over_places = 0.0
    if wanted.places_vary:
        wavy = radio.wave_number * irregularity(path.delta_h, path.distance)
        over_places = 10 * wavy / (wavy + 13)
    of_situations = 0.0
    if wanted.situations_vary:
        of_situations = (5 + 3 * math.exp(-de_m / 100e3)) ** 2
    squared = situation * situation
    unsure = (
        of_situations
        + (over_time * time) ** 2 / (7.8 + squared)
        + (over_places * place) ** 2 / (24.0 + squared)
    )
    if wanted.mode == SINGLE_MESSAGE:
        gain, deviation = 0.0, math.sqrt(over_time**2 + over_places**2 + unsure)
    elif wanted.mode == ACCIDENTAL:
        gain, deviation = over_time * time, math.sqrt(over_places**2 + unsure)
    elif wanted.mode == MOBILE:
        gain, deviation = math.sqrt(over_time**2 + over_places**2) * time, math.sqrt(unsure)
    else:
        gain, deviation = over_time * time + over_places * place, math.sqrt(unsure)
    median = _curve(_MEDIAN[wanted.climate - 1], de_m / 1000)
    loss = reference_db - median - gain - deviation * situation
    if loss < 0:
        loss = loss * (29 - loss) / (29 - 10 * loss)
    return loss
