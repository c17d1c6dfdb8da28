"""Reduces a profile of equal steps over land to a `Path`, a few hundred points at a time.

The same as `profile.reduce_profile` for such a profile, for kernels that ask for millions
of them: nothing is allocated, and each pass over the points is one that a processor does
for eight of them at once. A processor takes the largest of eight integers at a time, but
not of eight numbers that may be NaN, so the largest is taken of the integers in whose order
the numbers are.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled, compiled_fast
from canopy.coverage.propagation.p1812.path import BETA_K, EARTH_KM, FROM_THE_SEA_KM, Path
from canopy.coverage.propagation.p1812.smooth import bullington_nu, lowered, smooth_ends

Column = NDArray[np.float32]

_LEAST = -(1 << 63) + 1
_BUT_SIGN = (1 << 63) - 1


@compiled
def _rank(value: float) -> int:
    """An integer that is larger for a larger number; means nothing for NaN."""
    bits = np.float64(value).view(np.int64)
    return int(bits ^ ((bits >> np.int64(63)) & np.int64(_BUT_SIGN)))


@compiled
def _ranked(rank: int) -> float:
    """The number of a `_rank`."""
    bits = np.int64(rank ^ ((rank >> np.int64(63)) & np.int64(_BUT_SIGN)))
    return float(bits.view(np.float64))


@compiled_fast
def _sums(ground_m: Column, clutter_m: Column, last: int) -> tuple[float, float, float]:
    """Sums between the ends of heights above the first, of those by number, of clutter."""
    base = np.float64(ground_m[0])
    plain, by_number, clutter = 0.0, 0.0, 0.0
    for at in range(1, last):
        height = ground_m[at] - base
        plain += height
        by_number += height * np.float64(np.int32(at))
        clutter += clutter_m[at]
    return plain, by_number, clutter


@compiled
def _steepest(
    ground_m: Column, clutter_m: Column, last: int, tx_m: float, rx_m: float, bulge_m: float
) -> tuple[float, float, float, float, float]:
    """Steepest slopes [m/step] and the most height of the ground over the line [m].

    From the transmitter and the receiver to the tops, from both to the ground, all over a
    curved Earth: `bulge_m` is its height one step from both ends of a path of two.
    """
    rise = (rx_m - tx_m) / last
    tx_top, rx_top, tx_ground, rx_ground, highest = _LEAST, _LEAST, _LEAST, _LEAST, _LEAST
    for at in range(1, last):
        here = np.float64(np.int32(at))
        back = last - here
        ground = np.float64(ground_m[at])
        highest = max(highest, _rank(ground - (tx_m + rise * here)))
        ground += bulge_m * here * back
        top = ground + clutter_m[at]
        tx_top = max(tx_top, _rank((top - tx_m) / here))
        rx_top = max(rx_top, _rank((top - rx_m) / back))
        tx_ground = max(tx_ground, _rank((ground - tx_m) / here))
        rx_ground = max(rx_ground, _rank((ground - rx_m) / back))
    return (
        _ranked(tx_top),
        _ranked(rx_top),
        _ranked(tx_ground),
        _ranked(rx_ground),
        _ranked(highest),
    )


@compiled
def _steepest_to_tops(
    ground_m: Column, clutter_m: Column, last: int, tx_m: float, rx_m: float, bulge_m: float
) -> tuple[float, float]:
    """The slopes to the tops alone, as in `_steepest`."""
    tx_top, rx_top = _LEAST, _LEAST
    for at in range(1, last):
        here = np.float64(np.int32(at))
        back = last - here
        top = np.float64(ground_m[at]) + bulge_m * here * back + clutter_m[at]
        tx_top = max(tx_top, _rank((top - tx_m) / here))
        rx_top = max(rx_top, _rank((top - rx_m) / back))
    return _ranked(tx_top), _ranked(rx_top)


@compiled
def _horizon_points(
    ground_m: Column,
    last: int,
    tx_m: float,
    rx_m: float,
    bulge_m: float,
    tx_slope: float,
    rx_slope: float,
) -> tuple[int, int]:
    """First point at the transmitter's steepest slope and last one at the receiver's."""
    tx_at, rx_at = last, 0
    for at in range(1, last):
        here = np.float64(np.int32(at))
        back = last - here
        ground = np.float64(ground_m[at]) + bulge_m * here * back
        tx_at = min(tx_at, at if (ground - tx_m) / here == tx_slope else last)
        rx_at = max(rx_at, at if (ground - rx_m) / back == rx_slope else 0)
    return tx_at, rx_at


@compiled
def _nearest_to_line(
    ground_m: Column, clutter_m: Column, last: int, tx_m: float, rx_m: float, bulge_m: float
) -> tuple[float, float]:
    """Most height over the line for the root of the product of distances [m/step], twice.

    Of the tops and of the ground: times the same factor these are the ν of a path in sight.
    """
    rise = (rx_m - tx_m) / last
    by_top, by_ground = _LEAST, _LEAST
    for at in range(1, last):
        here = np.float64(np.int32(at))
        both = here * (last - here)
        over = np.float64(ground_m[at]) + bulge_m * both - (tx_m + rise * here)
        by_ground = max(by_ground, _rank(over / math.sqrt(both)))
        by_top = max(by_top, _rank((over + clutter_m[at]) / math.sqrt(both)))
    return _ranked(by_top), _ranked(by_ground)


@compiled
def _point_nearest_to_line(
    ground_m: Column, last: int, tx_m: float, rx_m: float, bulge_m: float, most: float
) -> int:
    """First point of the ground at which `_nearest_to_line` found `most`."""
    rise = (rx_m - tx_m) / last
    found = last
    for at in range(1, last):
        here = np.float64(np.int32(at))
        both = here * (last - here)
        over = np.float64(ground_m[at]) + bulge_m * both - (tx_m + rise * here)
        found = min(found, at if over / math.sqrt(both) == most else last)
    return found


@compiled
def _slopes_over_line(ground_m: Column, last: int, tx_m: float, rx_m: float) -> tuple[float, float]:
    """Most height of the ground over the line for distance from either end [m/step]."""
    rise = (rx_m - tx_m) / last
    by_tx, by_rx = _LEAST, _LEAST
    for at in range(1, last):
        here = np.float64(np.int32(at))
        over = np.float64(ground_m[at]) - (tx_m + rise * here)
        by_tx = max(by_tx, _rank(over / here))
        by_rx = max(by_rx, _rank(over / (last - here)))
    return _ranked(by_tx), _ranked(by_rx)


@compiled
def _steepest_of_sea(antenna_m: float, last: int, bulge_m: float) -> float:
    """Steepest slope from an antenna to an even Earth [m/step].

    The slope bulge (last - i) - antenna / i rises to i = √(antenna / bulge) and falls after.
    """
    top = math.floor(math.sqrt(antenna_m / bulge_m))
    first = min(max(top, 1), last - 1)
    second = min(max(top + 1, 1), last - 1)
    return max(
        bulge_m * (last - first) - antenna_m / first, bulge_m * (last - second) - antenna_m / second
    )


@compiled
def _even_nu(
    last: int, step_km: float, tx_m: float, rx_m: float, wave_m: float, bulge_m: float
) -> float:
    """ν of §4.3.1 where all heights are 0."""
    up = _steepest_of_sea(tx_m, last, bulge_m)
    rise = (rx_m - tx_m) / last
    if up >= rise:
        down = _steepest_of_sea(rx_m, last, bulge_m)
        return bullington_nu(up / step_km, down / step_km, last * step_km, tx_m, rx_m, wave_m)
    most = _LEAST
    for at in range(1, last):
        here = np.float64(np.int32(at))
        both = here * (last - here)
        most = max(most, _rank((bulge_m * both - (tx_m + rise * here)) / math.sqrt(both)))
    return _ranked(most) * math.sqrt(0.002 * last / (wave_m * step_km))


@compiled
def _roughness(ground_m: Column, first: int, end: int, tx_surface_m: float, slope: float) -> float:
    """hm [m] (equation 93): most height of the ground over the smooth surface, ends included."""
    most = _LEAST
    for at in range(first, end + 1):
        here = np.float64(np.int32(at))
        most = max(most, _rank(np.float64(ground_m[at]) - (tx_surface_m + slope * here)))
    return _ranked(most) if end >= first else -np.inf


@compiled
def reduce_even(
    ground_m: Column,
    clutter_m: Column,
    last: int,
    step_km: float,
    tx_height_m: float,
    rx_height_m: float,
    frequency_ghz: float,
    delta_n: float,
    at_median: bool,
) -> Path:
    """The `Path` of `last` equal steps (two or more) over land, far from the sea.

    ground_m, clutter_m: from the transmitter on; what stands at the two ends is not
    counted. A NaN in either gives a path whose `tx` is NaN. at_median: the two ν for β0 of
    the time, which half of the time does not ask for, are left out (NaN).
    """
    whole = last * step_km
    tx_ground, rx_ground = np.float64(ground_m[0]), np.float64(ground_m[last])
    plain, by_number, clutter = _sums(ground_m, clutter_m, last)
    tx_m, rx_m = float(tx_ground + tx_height_m), float(rx_ground + rx_height_m)
    if math.isnan(plain + clutter + rx_ground):
        tx_m = math.nan
    wave_m = 0.299792458 / frequency_ghz
    radius_km = EARTH_KM * 157 / (157 - delta_n)
    bulge_m = 500 * step_km * step_km / radius_km
    rise = (rx_m - tx_m) / last
    to_nu = math.sqrt(0.002 * last / (wave_m * step_km))

    tx_top, rx_top, tx_slope, rx_slope, highest = _steepest(
        ground_m, clutter_m, last, tx_m, rx_m, bulge_m
    )
    by_top, by_ground = -np.inf, -np.inf
    if tx_top < rise or not tx_slope > rise:
        by_top, by_ground = _nearest_to_line(ground_m, clutter_m, last, tx_m, rx_m, bulge_m)
    if tx_top < rise:
        nu = by_top * to_nu
    else:
        nu = bullington_nu(tx_top / step_km, rx_top / step_km, whole, tx_m, rx_m, wave_m)

    # A slope over the bulge is one over a level line plus what the Earth falls on the way.
    fall = whole / (2 * radius_km)
    if tx_slope > rise:
        tx_at, rx_at = _horizon_points(ground_m, last, tx_m, rx_m, bulge_m, tx_slope, rx_slope)
        tx_angle = 1000 * math.atan(tx_slope / (1000 * step_km) - fall)
        rx_angle = 1000 * math.atan(rx_slope / (1000 * step_km) - fall)
    else:
        tx_at = _point_nearest_to_line(ground_m, last, tx_m, rx_m, bulge_m, by_ground)
        rx_at = tx_at
        tx_angle = 1000 * math.atan(rise / (1000 * step_km) - fall)
        rx_angle = 1000 * math.atan(-rise / (1000 * step_km) - fall)

    v1 = step_km * (2 * plain + (rx_ground - tx_ground))
    v2 = step_km * step_km * (6 * by_number + (3 * last - 1) * (rx_ground - tx_ground))
    tx_smooth, rx_smooth = smooth_ends(v1, v2, whole)
    tx_smooth, rx_smooth = tx_smooth + tx_ground, rx_smooth + tx_ground
    by_tx, by_rx = 0.0, 0.0
    if highest > 0:
        by_tx, by_rx = _slopes_over_line(ground_m, last, tx_m, rx_m)
    tx_low, rx_low = lowered(tx_smooth, rx_smooth, highest, by_tx, by_rx, tx_ground, rx_ground)
    tx_smooth, rx_smooth = min(tx_smooth, tx_ground), min(rx_smooth, rx_ground)
    tx_even, rx_even = tx_m - tx_low, rx_m - rx_low

    nu_beta, nu_smooth_beta = np.nan, np.nan
    if not at_median:
        bulge_beta_m = 500 * step_km * step_km / (EARTH_KM * BETA_K)
        nu_beta = _nu(ground_m, clutter_m, last, step_km, tx_m, rx_m, wave_m, bulge_beta_m)
        nu_smooth_beta = _even_nu(last, step_km, tx_even, rx_even, wave_m, bulge_beta_m)
    return Path(
        whole, tx_m, rx_m, tx_at * step_km, whole - rx_at * step_km, tx_angle, rx_angle,
        tx_m - tx_smooth, rx_m - rx_smooth, tx_even, rx_even,
        _roughness(ground_m, tx_at, rx_at, tx_smooth, (rx_smooth - tx_smooth) / last),
        nu, nu_beta,
        _even_nu(last, step_km, tx_even, rx_even, wave_m, bulge_m), nu_smooth_beta,
        0.0, whole, whole, FROM_THE_SEA_KM, FROM_THE_SEA_KM,
    )  # fmt: skip


@compiled
def _nu(
    ground_m: Column,
    clutter_m: Column,
    last: int,
    step_km: float,
    tx_m: float,
    rx_m: float,
    wave_m: float,
    bulge_m: float,
) -> float:
    """ν of §4.3.1 for one effective Earth radius, that of `bulge_m`."""
    up, down = _steepest_to_tops(ground_m, clutter_m, last, tx_m, rx_m, bulge_m)
    if up < (rx_m - tx_m) / last:
        by_top, _ = _nearest_to_line(ground_m, clutter_m, last, tx_m, rx_m, bulge_m)
        return by_top * math.sqrt(0.002 * last / (wave_m * step_km))
    return bullington_nu(up / step_km, down / step_km, last * step_km, tx_m, rx_m, wave_m)
