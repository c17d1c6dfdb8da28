"""Loss within the horizons: two rays, and less and less of them over rough ground (§4.3, §4.4)."""

from __future__ import annotations

import cmath
import math

from canopy.coverage.compiled import compiled
from canopy.coverage.propagation.itm.diffraction import Beyond
from canopy.coverage.propagation.itm.path import Path, Radio, irregularity, roughness

_TWO_RAYS_M = 47.7
_TWO_RAYS_LEAST_M = 10e3
"""D1 and D2 of equation 4.43."""


@compiled
def _reflection(path: Path, radio: Radio, distance_m: float) -> complex:
    """Re', effective reflection coefficient of the ground (equations 4.46 to 4.48)."""
    heights = path.tx_effective + path.rx_effective
    sine = heights / math.sqrt(distance_m**2 + heights**2)
    rough = roughness(irregularity(path.delta_h, distance_m))
    found = (sine - radio.impedance) / (sine + radio.impedance)
    found *= math.exp(-min(10.0, radio.wave_number * rough * sine))
    strength = abs(found)
    if strength < 0.5 or strength < math.sqrt(sine):
        found *= math.sqrt(sine) / strength
    return found


@compiled
def _two_rays(path: Path, radio: Radio, distance_m: float) -> float:
    """At [dB] of the direct and the reflected ray (equations 4.47 to 4.50)."""
    phase = 2 * radio.wave_number * path.tx_effective * path.rx_effective / distance_m
    if phase > 0.5 * math.pi:
        phase = math.pi - (0.5 * math.pi) ** 2 / phase
    field = cmath.exp(-1j * phase) + _reflection(path, radio, distance_m)
    return -20 * math.log10(abs(field))


@compiled
def _at(path: Path, radio: Radio, beyond: Beyond, distance_m: float) -> float:
    """Alos [dB]: two rays and the line of diffraction, weighed (equations 4.43 to 4.45)."""
    smooth = path.tx_smooth + path.rx_smooth
    wavy = radio.wave_number * path.delta_h / max(_TWO_RAYS_LEAST_M, smooth)
    weight = 1 / (1 + _TWO_RAYS_M * wavy)
    line = beyond.at_zero_db + beyond.db_per_m * distance_m
    return (1 - weight) * line + weight * _two_rays(path, radio, distance_m)


@compiled
def line_of_sight(path: Path, radio: Radio, beyond: Beyond) -> float:
    """Aref [dB] short of the smooth Earth's horizons, may be below 0 (equations 4.28 to 4.42).

    A curve in the distance and its logarithm that meets the line of diffraction there.
    """
    horizons = path.tx_horizon + path.rx_horizon
    d2 = path.tx_smooth + path.rx_smooth
    a2 = beyond.at_zero_db + beyond.db_per_m * d2
    d0 = 1.908 * radio.wave_number * path.tx_effective * path.rx_effective
    if beyond.at_zero_db >= 0:
        d0 = min(d0, 0.5 * horizons)
        d1 = d0 + 0.25 * (horizons - d0)
    else:
        d1 = max(-beyond.at_zero_db / beyond.db_per_m, 0.25 * horizons)
    a1 = _at(path, radio, beyond, d1)
    k1, k2, curved = 0.0, 0.0, False
    if d0 < d1:
        a0 = _at(path, radio, beyond, d0)
        log_20 = math.log(d2 / d0)
        bend = (d2 - d0) * (a1 - a0) - (d1 - d0) * (a2 - a0)
        k2 = max(0.0, bend / ((d2 - d0) * math.log(d1 / d0) - (d1 - d0) * log_20))
        curved = beyond.at_zero_db >= 0 or k2 > 0
        if curved:
            k1 = (a2 - a0 - k2 * log_20) / (d2 - d0)
            if k1 < 0:
                k1, k2 = 0.0, max(a2 - a0, 0.0) / log_20
                if k2 == 0:
                    k1 = beyond.db_per_m
    if not curved:
        k1, k2 = max(a2 - a1, 0.0) / (d2 - d1), 0.0
        if k1 == 0:
            k1 = beyond.db_per_m
    return a2 + k1 * (path.distance - d2) + k2 * math.log(path.distance / d2)
