"""Loss beyond the horizons: knife edges and a rounded Earth, weighed (§4.2)."""

from __future__ import annotations

import math
from typing import NamedTuple

from canopy.coverage.compiled import compiled
from canopy.coverage.propagation.itm.path import Path, Radio, irregularity, roughness, total_angle

_ROUND_EARTH_DB = 151.03
"""A of equation 4.20."""
_ROUND_EARTH_BASE_DB = 20.0
"""C1(K0) of the three radii (equation 4.17)."""
_MOST_CLUTTER_DB = 15.0
_CLUTTER_PER_M2 = 4.77e-4
"""Afx and α of equation 4.10."""
_MOST_WAVELENGTHS = 1000.0
"""Of terrain irregularity that count in the weight of the two losses (equation 4.9)."""


class Beyond(NamedTuple):
    """The loss beyond the horizons as a line over distance (equations 4.7 and 4.8).

    Attributes:
        at_zero_db: Aed, of the line at distance 0; not a loss by itself.
        db_per_m: md.
    """

    at_zero_db: float
    db_per_m: float


@compiled
def reach_of_diffraction(path: Path, radio: Radio) -> float:
    """Xae [m], length over which a smooth Earth diffracts (equation 4.2)."""
    return (radio.wave_number * path.curvature**2) ** (-1 / 3)


@compiled
def knife_edge(nu_squared: float) -> float:
    """Fn(ν) [dB], loss of a knife edge at grazing or above (equations 4.21 and 6.1)."""
    if nu_squared < 5.76:
        return 6.02 + 9.11 * math.sqrt(nu_squared) - 1.27 * nu_squared
    return 12.953 + 10 * math.log10(nu_squared)


@compiled
def _round_earth(x: float) -> float:
    """G(x) [dB], over a long distance (equation 4.20)."""
    return 0.05751 * x - 10 * math.log10(x)


@compiled
def height_gain(x: float, k: float) -> float:
    """F(x, K) [dB], by which an antenna's height lessens the loss (equations 6.2 to 6.7)."""
    if x >= 2000:
        return _round_earth(x)
    if x >= 200:
        share = 0.0134 * x * math.exp(-0.005 * x)
        return (1 - share) * _round_earth(x) + share * (40 * math.log10(x) - 117)
    steep = -math.log(k)
    if k < 1e-5 or x * steep**3 > 5495:
        return 40 * math.log10(max(x, 1.0)) - 117
    return 2.5e-5 * x * x / k - 8.686 * steep - 15


@compiled
def _rounded(radius_m: float, along: float, radio: Radio) -> tuple[float, float]:
    """x and K of an arc (equations 4.16, 4.18 and 4.19).

    radius_m: of the Earth that the arc lies on. along: its angle [rad].
    """
    alpha = (radio.wave_number * radius_m) ** (1 / 3)
    k = 1 / (alpha * abs(radio.impedance))
    return _ROUND_EARTH_DB * (1.607 - k) * alpha * along, k


@compiled
def _over_round_earth(path: Path, radio: Radio, angle: float, between_m: float) -> float:
    """Ar [dB] by Vogler's three radii (equations 4.16 to 4.20).

    between_m: s, from horizon to horizon. angle: θ, by which the ray is bent there.
    """
    tx_radius = 0.5 * path.tx_horizon**2 / path.tx_effective
    rx_radius = 0.5 * path.rx_horizon**2 / path.rx_effective
    tx_x, tx_k = _rounded(tx_radius, path.tx_horizon / tx_radius, radio)
    rx_x, rx_k = _rounded(rx_radius, path.rx_horizon / rx_radius, radio)
    middle_x, _ = _rounded(between_m / angle, angle, radio)
    return (
        _round_earth(middle_x + tx_x + rx_x)
        - height_gain(tx_x, tx_k)
        - height_gain(rx_x, rx_k)
        - _ROUND_EARTH_BASE_DB
    )


@compiled
def _over_edges(path: Path, radio: Radio, angle: float, between_m: float) -> float:
    """Ak [dB] of two knife edges at the horizons (equations 4.13 to 4.15)."""
    spread = radio.wave_number / (4 * math.pi) * between_m * angle * angle
    return knife_edge(spread * path.tx_horizon / (between_m + path.tx_horizon)) + knife_edge(
        spread * path.rx_horizon / (between_m + path.rx_horizon)
    )


@compiled
def _weight_of_round_earth(path: Path, radio: Radio, distance_m: float) -> float:
    """w: near 1 over smooth ground, small over rough (equation 4.9)."""
    wavelengths = radio.wave_number / (2 * math.pi) * irregularity(path.delta_h, distance_m)
    raised = (path.tx_effective * path.rx_effective + path.low) / (path.tx * path.rx + path.low)
    horizons = path.tx_horizon + path.rx_horizon
    near = (horizons + total_angle(path) / path.curvature) / distance_m
    counted = min(wavelengths, _MOST_WAVELENGTHS) * (math.sqrt(raised) + near)
    return 1 / (1 + 0.1 * math.sqrt(counted))


@compiled
def _clutter(path: Path, radio: Radio) -> float:
    """Afo [dB], of what stands about the antennas (equation 4.10)."""
    over_m = path.tx_smooth + path.rx_smooth
    rough = roughness(irregularity(path.delta_h, over_m))
    screened = _CLUTTER_PER_M2 * path.tx * path.rx * radio.wave_number * rough
    return min(_MOST_CLUTTER_DB, 5 * math.log10(1 + screened))


@compiled
def diffraction(path: Path, radio: Radio, distance_m: float) -> float:
    """Adiff [dB] at a distance well beyond the horizons (equations 4.11 and 4.12)."""
    angle = total_angle(path) + distance_m * path.curvature
    between_m = distance_m - path.tx_horizon - path.rx_horizon
    weight = _weight_of_round_earth(path, radio, distance_m)
    return (
        (1 - weight) * _over_edges(path, radio, angle, between_m)
        + weight * _over_round_earth(path, radio, angle, between_m)
        + _clutter(path, radio)
    )


@compiled
def beyond_horizons(path: Path, radio: Radio) -> Beyond:
    """The line through the loss at two distances (equations 4.2 to 4.8)."""
    reach = reach_of_diffraction(path, radio)
    near = max(path.tx_smooth + path.rx_smooth, path.tx_horizon + path.rx_horizon + 1.3787 * reach)
    far = near + 2.7574 * reach
    at_near = diffraction(path, radio, near)
    slope = (diffraction(path, radio, far) - at_near) / (far - near)
    return Beyond(at_near - slope * near, slope)
