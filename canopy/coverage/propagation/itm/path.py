"""What the model works from: a path reduced to heights, horizons and roughness (§1 and §3)."""

from __future__ import annotations

import cmath
import math
from typing import NamedTuple

from canopy.coverage.compiled import compiled

EARTH_CURVATURE = 157e-9
"""γa, curvature of the Earth itself [1/m] (equation 1.3)."""
MHZ_PER_WAVE_NUMBER = 47.70
"""f0: a frequency in MHz over its wave number in radians per metre (equation 1.1)."""
_MOST_IRREGULAR_M = 50e3
"""D of equation 3.9: over so far terrain shows most of its irregularity."""
_LEAST_SHIELDED_M = 5.0
"""H3: antennas lower than it are shielded as one of that height (equation 3.3)."""


class Radio(NamedTuple):
    """The wave and the ground under it.

    Attributes:
        frequency: [MHz].
        wave_number: k [rad/m].
        impedance: Zg, transfer impedance of the ground, complex, over that of free space.
    """

    frequency: float
    wave_number: float
    impedance: complex


class Path(NamedTuple):
    """A path as §4 takes it: lengths in m, angles in rad.

    Attributes:
        distance: d, between the terminals.
        tx, rx: hg1 and hg2, antennas above the ground.
        tx_effective, rx_effective: he1 and he2, above the ground that reflects.
        tx_horizon, rx_horizon: dL1 and dL2, to each one's horizon.
        tx_angle, rx_angle: θe1 and θe2, elevation of each one's horizon.
        tx_smooth, rx_smooth: dLs1 and dLs2, to the horizons of a smooth Earth.
        delta_h: Δh, interdecile range of the terrain about its trend.
        surface_n: Ns, refractivity at the surface [N-units].
        curvature: γe, effective curvature of the Earth [1/m].
        low: C of equation 4.9 [m²]: 10 for a known profile, 0 for an area.
    """

    distance: float
    tx: float
    rx: float
    tx_effective: float
    rx_effective: float
    tx_horizon: float
    rx_horizon: float
    tx_angle: float
    rx_angle: float
    tx_smooth: float
    rx_smooth: float
    delta_h: float
    surface_n: float
    curvature: float
    low: float


@compiled
def radio(frequency_mhz: float, vertical: bool, permittivity: float, conductivity: float) -> Radio:
    """The wave over a ground (equations 1.1, 1.4 and 1.5).

    permittivity: εr, relative. conductivity: σ [S/m]. The imaginary part of the relative
    permittivity is taken as 18,000 σ/f with f in MHz.
    """
    ground = complex(permittivity, 18000 * conductivity / frequency_mhz)
    impedance = cmath.sqrt(ground - 1)
    if vertical:
        impedance = impedance / ground
    return Radio(frequency_mhz, frequency_mhz / MHZ_PER_WAVE_NUMBER, impedance)


@compiled
def surface_refractivity(sea_n0: float, height_m: float) -> float:
    """Ns [N-units] at `height_m` above the sea (equation 1.2)."""
    return sea_n0 * math.exp(-height_m / 9460)


@compiled
def effective_curvature(surface_n: float) -> float:
    """γe [1/m] (equation 1.3)."""
    return EARTH_CURVATURE * (1 - 0.04665 * math.exp(surface_n / 179.3))


@compiled
def smooth_horizon(effective_m: float, curvature: float) -> float:
    """dLs [m] of an antenna over a smooth Earth (equation 3.5)."""
    return math.sqrt(2 * effective_m / curvature)


@compiled
def usual_horizon(effective_m: float, delta_h_m: float, curvature: float) -> float:
    """dL [m] as it usually is over terrain of a given irregularity (equation 3.3)."""
    shielding = math.sqrt(delta_h_m / max(effective_m, _LEAST_SHIELDED_M))
    return smooth_horizon(effective_m, curvature) * math.exp(-0.07 * shielding)


@compiled
def usual_angle(effective_m: float, delta_h_m: float, horizon_m: float, curvature: float) -> float:
    """θe [rad] as it usually is towards a horizon at `horizon_m` (equation 3.4)."""
    smooth = smooth_horizon(effective_m, curvature)
    return (0.65 * delta_h_m * (smooth / horizon_m - 1) - 2 * effective_m) / smooth


@compiled
def total_angle(path: Path) -> float:
    """θe [rad], of both horizons, no less than over a smooth Earth (equation 3.8)."""
    horizons = path.tx_horizon + path.rx_horizon
    return max(path.tx_angle + path.rx_angle, -horizons * path.curvature)


@compiled
def irregularity(delta_h_m: float, over_m: float) -> float:
    """Δh(s) [m], what shows of Δh over a length (equation 3.9)."""
    return delta_h_m * (1 - 0.8 * math.exp(-over_m / _MOST_IRREGULAR_M))


@compiled
def roughness(irregularity_m: float) -> float:
    """σh [m], deviation of the terrain about its trend (equation 3.10)."""
    return 0.78 * irregularity_m * math.exp(-((irregularity_m / 16) ** 0.25))
