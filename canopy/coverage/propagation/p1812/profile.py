"""Reduces a profile of any spacing, over land and sea, to a `Path` (Attachment 1)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled
from canopy.coverage.propagation.p1812.path import BETA_K, EARTH_KM, Path
from canopy.coverage.propagation.p1812.smooth import bullington_nu, lowered, smooth_ends

Floats = NDArray[np.float64]

SEA, COAST, INLAND = 1, 3, 4
"""Codes of radio-climatic zones, as profiles for this Recommendation carry them (§3.2)."""


@compiled
def _profile_nu(
    distance_km: Floats, top_m: Floats, tx_m: float, rx_m: float, wave_m: float, radius_km: float
) -> float:
    """ν by §4.3.1, for one effective Earth radius."""
    last = distance_km.size - 1
    whole = distance_km[last]
    up, down, most = -np.inf, -np.inf, -np.inf
    for at in range(1, last):
        near, far = distance_km[at], whole - distance_km[at]
        height = top_m[at] + 500 / radius_km * near * far
        up = max(up, (height - tx_m) / near)
        down = max(down, (height - rx_m) / far)
        over = height - (tx_m * far + rx_m * near) / whole
        most = max(most, over * math.sqrt(0.002 * whole / (wave_m * near * far)))
    if up < (rx_m - tx_m) / whole:
        return most
    return bullington_nu(up, down, whole, tx_m, rx_m, wave_m)


@compiled
def _horizons(
    distance_km: Floats, ground_m: Floats, tx_m: float, rx_m: float, wave_m: float, radius_km: float
) -> tuple[int, int, float, float]:
    """Numbers of the horizons' points, and their elevations [mrad] (equations 76 to 81)."""
    last = distance_km.size - 1
    whole = distance_km[last]
    tx_at, rx_at, nu_at = 1, last - 1, 1
    tx_slope, rx_slope, most = -np.inf, -np.inf, -np.inf
    for at in range(1, last):
        near, far = distance_km[at], whole - distance_km[at]
        from_tx = (ground_m[at] - tx_m) / (1000 * near) - near / (2 * radius_km)
        from_rx = (ground_m[at] - rx_m) / (1000 * far) - far / (2 * radius_km)
        over = ground_m[at] + 500 / radius_km * near * far - (tx_m * far + rx_m * near) / whole
        nu = over * math.sqrt(0.002 * whole / (wave_m * near * far))
        if from_tx > tx_slope:
            tx_slope, tx_at = from_tx, at
        if from_rx >= rx_slope:
            rx_slope, rx_at = from_rx, at
        if nu > most:
            most, nu_at = nu, at
    sight = (rx_m - tx_m) / (1000 * whole) - whole / (2 * radius_km)
    if tx_slope > sight:
        return tx_at, rx_at, 1000 * math.atan(tx_slope), 1000 * math.atan(rx_slope)
    back = (tx_m - rx_m) / (1000 * whole) - whole / (2 * radius_km)
    return nu_at, nu_at, 1000 * math.atan(sight), 1000 * math.atan(back)


@compiled
def _smooth_sums(distance_km: Floats, ground_m: Floats) -> tuple[float, float]:
    """v1 and v2 of equations 83 and 84."""
    v1, v2 = 0.0, 0.0
    for at in range(1, distance_km.size):
        here, before = distance_km[at], distance_km[at - 1]
        v1 += (here - before) * (ground_m[at] + ground_m[at - 1])
        v2 += (here - before) * (
            ground_m[at] * (2 * here + before) + ground_m[at - 1] * (here + 2 * before)
        )
    return v1, v2


@compiled
def _over_line(
    distance_km: Floats, ground_m: Floats, tx_m: float, rx_m: float
) -> tuple[float, float, float]:
    """Most height of the ground over the line between the antennas, and most by distance."""
    last = distance_km.size - 1
    whole = distance_km[last]
    highest, by_tx, by_rx = -np.inf, -np.inf, -np.inf
    for at in range(1, last):
        near, far = distance_km[at], whole - distance_km[at]
        over = ground_m[at] - (tx_m * far + rx_m * near) / whole
        highest = max(highest, over)
        by_tx = max(by_tx, over / near)
        by_rx = max(by_rx, over / far)
    return highest, by_tx, by_rx


@compiled
def _longest(distance_km: Floats, zone: NDArray[np.int64], inland_only: bool) -> float:
    """Longest continuous stretch of land, or of inland alone [km] (§3.6)."""
    longest, here = 0.0, 0.0
    last = distance_km.size - 1
    for at in range(last + 1):
        counts = zone[at] == INLAND or (zone[at] == COAST and not inland_only)
        before = (distance_km[at] - distance_km[at - 1]) / 2 if at > 0 else 0.0
        after = (distance_km[at + 1] - distance_km[at]) / 2 if at < last else 0.0
        here = here + before + after if counts else 0.0
        longest = max(longest, here)
    return longest


@compiled
def _share_of_sea(distance_km: Floats, zone: NDArray[np.int64]) -> float:
    """ω: each point stands for half the way to its neighbours (§3.6)."""
    over = 0.0
    last = distance_km.size - 1
    for at in range(last + 1):
        if zone[at] == SEA:
            before = (distance_km[at] - distance_km[at - 1]) / 2 if at > 0 else 0.0
            after = (distance_km[at + 1] - distance_km[at]) / 2 if at < last else 0.0
            over += before + after
    return over / distance_km[last]


@compiled
def reduce_profile(
    distance_km: Floats,
    ground_m: Floats,
    clutter_m: Floats,
    zone: NDArray[np.int64],
    tx_height_m: float,
    rx_height_m: float,
    tx_coast_km: float,
    rx_coast_km: float,
    frequency_ghz: float,
    delta_n: float,
) -> Path:
    """The `Path` of a profile of three points or more.

    distance_km: from the transmitter, 0 first, rising. ground_m, clutter_m: of the same
    length; what stands at the two ends is not counted. zone: `SEA`, `COAST` or `INLAND`.
    tx_height_m, rx_height_m: above the ground. delta_n: ΔN [N-units/km], equation 6.
    """
    last = distance_km.size - 1
    whole = distance_km[last]
    top_m = ground_m + clutter_m
    top_m[0], top_m[last] = ground_m[0], ground_m[last]
    tx_m, rx_m = ground_m[0] + tx_height_m, ground_m[last] + rx_height_m
    wave_m = 0.299792458 / frequency_ghz
    radius_km = EARTH_KM * 157 / (157 - delta_n)
    tx_at, rx_at, tx_angle, rx_angle = _horizons(
        distance_km, ground_m, tx_m, rx_m, wave_m, radius_km
    )
    v1, v2 = _smooth_sums(distance_km, ground_m)
    tx_surface, rx_surface = smooth_ends(v1, v2, whole)
    highest, by_tx, by_rx = _over_line(distance_km, ground_m, tx_m, rx_m)
    tx_low, rx_low = lowered(
        tx_surface, rx_surface, highest, by_tx, by_rx, ground_m[0], ground_m[last]
    )
    tx_surface, rx_surface = min(tx_surface, ground_m[0]), min(rx_surface, ground_m[last])
    even_m = np.zeros(last + 1)
    tx_even, rx_even = tx_m - tx_low, rx_m - rx_low
    slope = (rx_surface - tx_surface) / whole
    roughness = -np.inf
    for at in range(tx_at, rx_at + 1):
        roughness = max(roughness, ground_m[at] - (tx_surface + slope * distance_km[at]))
    return Path(
        whole, tx_m, rx_m, distance_km[tx_at], whole - distance_km[rx_at], tx_angle, rx_angle,
        tx_m - tx_surface, rx_m - rx_surface, tx_even, rx_even, roughness,
        _profile_nu(distance_km, top_m, tx_m, rx_m, wave_m, radius_km),
        _profile_nu(distance_km, top_m, tx_m, rx_m, wave_m, EARTH_KM * BETA_K),
        _profile_nu(distance_km, even_m, tx_even, rx_even, wave_m, radius_km),
        _profile_nu(distance_km, even_m, tx_even, rx_even, wave_m, EARTH_KM * BETA_K),
        _share_of_sea(distance_km, zone), _longest(distance_km, zone, True),
        _longest(distance_km, zone, False), tx_coast_km, rx_coast_km,
    )  # fmt: skip
