"""Bullington points and the heights over a smooth surface, from sums over a profile."""

from __future__ import annotations

import math

from canopy.coverage.compiled import compiled


@compiled
def bullington_nu(
    up: float, down: float, distance_km: float, tx_m: float, rx_m: float, wavelength_m: float
) -> float:
    """ν of the Bullington point of a path beyond the horizon (equations 17 to 19).

    up, down: Stim and Srim, steepest slope to a point from either end [m/km].
    """
    at = (rx_m - tx_m + down * distance_km) / (up + down)
    line = (tx_m * (distance_km - at) + rx_m * at) / distance_km
    return (tx_m + up * at - line) * math.sqrt(
        0.002 * distance_km / (wavelength_m * at * (distance_km - at))
    )


@compiled
def smooth_ends(v1: float, v2: float, distance_km: float) -> tuple[float, float]:
    """Heights of the smooth surface at either end [m] (equations 85 and 86).

    v1, v2: the sums of equations 83 and 84 [m km, m km²].
    """
    squared = distance_km * distance_km
    return (2 * v1 * distance_km - v2) / squared, (v2 - v1 * distance_km) / squared


@compiled
def lowered(
    tx_smooth_m: float,
    rx_smooth_m: float,
    highest_m: float,
    tx_slope: float,
    rx_slope: float,
    tx_ground_m: float,
    rx_ground_m: float,
) -> tuple[float, float]:
    """The smooth surface for diffraction at either end [m] (equations 87 to 89).

    highest_m: of the terrain over the line between the antennas; tx_slope, rx_slope: most
    height over that line for distance from either end [m/km].
    """
    if highest_m > 0:
        both = tx_slope + rx_slope
        tx_smooth_m -= highest_m * tx_slope / both
        rx_smooth_m -= highest_m * rx_slope / both
    return min(tx_smooth_m, tx_ground_m), min(rx_smooth_m, rx_ground_m)
