"""Loss far beyond the horizons, by scatter in the troposphere (§4.5 and §4.6)."""

from __future__ import annotations

import math

import numpy as np

from canopy.coverage.compiled import compiled
from canopy.coverage.propagation.itm.diffraction import Beyond, reach_of_diffraction
from canopy.coverage.propagation.itm.path import MHZ_PER_WAVE_NUMBER, Path, Radio, total_angle

_APART_M = 200e3
"""Ds: from the horizons to the first of the two distances, and to the second (equation 4.52)."""
_NO_SCATTER_DB = 1000.0
"""A loss that stands for none at all: neither antenna sees the common volume well."""
_MOST_GAIN_LOSS_DB = 15.0
_GAIN = np.array([[25.0, 24.0], [80.0, 45.0], [177.0, 68.0], [395.0, 80.0], [705.0, 105.0]])
"""Coefficients of 1/r⁴ and 1/r² for whole scatter efficiencies of 1 to 5 (equation 6.13)."""


@compiled
def _distance_loss(m: float) -> float:
    """F0(D) [dB] of D = θ d in metres (equation 6.9; TN101 §9.1)."""
    if m <= 10e3:
        return 133.4 + 0.332e-3 * m - 10 * math.log10(m)
    if m <= 70e3:
        return 104.6 + 0.212e-3 * m - 2.5 * math.log10(m)
    return 71.8 + 0.157e-3 * m + 5 * math.log10(m)


@compiled
def _gain_at(r: float, efficiency: int) -> float:
    inverse = 1 / (r * r)
    fourth, second = _GAIN[efficiency - 1]
    return 10 * math.log10(1 + (fourth * inverse + second) * inverse)


@compiled
def _frequency_gain(r: float, efficiency: float) -> float:
    """H01(r, η) [dB], interpolated between whole efficiencies (equation 6.13; TN101 §9.2)."""
    whole = min(max(int(efficiency), 1), 5)
    if efficiency <= 1 or whole == 5:
        return _gain_at(r, whole)
    share = efficiency - whole
    return (1 - share) * _gain_at(r, whole) + share * _gain_at(r, whole + 1)


@compiled
def _gain_loss(path: Path, radio: Radio, distance_m: float, farther_db: float) -> float:
    """H0 [dB], frequency gain function (equations 4.64 to 4.70 and 6.10 to 6.14).

    farther_db: H0 at the farther of the two distances, below 0 for none: where either is large,
    the farther one holds. NaN where the antennas are too low for a value.
    """
    if farther_db > _MOST_GAIN_LOSS_DB:
        return farther_db
    aside = path.tx_horizon - path.rx_horizon
    ratio = path.rx_effective / path.tx_effective
    if aside < 0:
        aside, ratio = -aside, 1 / ratio
    angle = path.tx_angle + path.rx_angle + distance_m * path.curvature
    tx_r = 2 * radio.wave_number * angle * path.tx_effective
    rx_r = 2 * radio.wave_number * angle * path.rx_effective
    if tx_r < 0.2 and rx_r < 0.2:
        return np.nan
    asymmetry = (distance_m - aside) / (distance_m + aside)
    q = min(max(0.1, ratio / asymmetry), 10.0)
    s = max(0.1, asymmetry)
    crossing = (distance_m - aside) * (distance_m + aside) * angle * 0.25 / distance_m
    by_n = (5.67e-6 * path.surface_n - 2.32e-3) * path.surface_n + 0.031
    thinning = math.exp(-(min(1.7, crossing / 8e3) ** 6))
    eta = (by_n * thinning + 1) * crossing / 1756
    counted = max(eta, 1.0)
    gain = 0.5 * (_frequency_gain(tx_r, counted) + _frequency_gain(rx_r, counted))
    tilt = 6 * (0.6 - math.log10(counted)) * math.log10(s) * math.log10(q)
    gain = max(gain + min(gain, tilt), 0.0)
    if eta < 1:
        low = (1 + math.sqrt(2) / tx_r) * (1 + math.sqrt(2) / rx_r)
        both = tx_r + rx_r
        gain = eta * gain + (1 - eta) * 10 * math.log10(low * low * both / (both + math.sqrt(8)))
    if gain > _MOST_GAIN_LOSS_DB and farther_db >= 0:
        return farther_db
    return gain


@compiled
def _scatter(path: Path, radio: Radio, distance_m: float, gain_db: float) -> float:
    """Ascat [dB] (equation 4.63)."""
    angle = total_angle(path) + distance_m * path.curvature
    along = angle * distance_m
    return (
        _distance_loss(along)
        + 10 * math.log10(MHZ_PER_WAVE_NUMBER * radio.wave_number * angle**4)
        - 0.1 * (path.surface_n - 301) * math.exp(-along / 40e3)
        + gain_db
    )


@compiled
def from_scatter(path: Path, radio: Radio, beyond: Beyond) -> tuple[float, float]:
    """Loss by scatter [dB] and the distance dx [m] from which it holds (equations 4.52 to 4.62).

    Nearer it is more than the line of diffraction; dx is infinite where there is no scatter.
    """
    horizons = path.tx_horizon + path.rx_horizon
    near, far = horizons + _APART_M, horizons + 2 * _APART_M
    far_gain = _gain_loss(path, radio, far, -1.0)
    near_gain = _gain_loss(path, radio, near, far_gain)
    at_near = _scatter(path, radio, near, near_gain)
    if not at_near < _NO_SCATTER_DB:
        return np.inf, np.inf
    slope = (_scatter(path, radio, far, far_gain) - at_near) / _APART_M
    earliest = horizons + 0.3 * reach_of_diffraction(path, radio) * math.log(radio.frequency)
    meeting = (at_near - beyond.at_zero_db - slope * near) / (beyond.db_per_m - slope)
    begins = max(path.tx_smooth + path.rx_smooth, earliest, meeting)
    at_begin = beyond.at_zero_db + beyond.db_per_m * begins
    return at_begin + slope * (path.distance - begins), begins
