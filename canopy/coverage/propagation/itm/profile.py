"""Reduces a terrain profile of equal steps to a `Path`: the point-to-point mode (§3.2)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled
from canopy.coverage.propagation.itm.path import (
    Path,
    effective_curvature,
    irregularity,
    smooth_horizon,
    surface_refractivity,
    usual_angle,
    usual_horizon,
)

Floats = NDArray[np.float64]

_LOW_M2 = 10.0
"""C of equation 4.9 where the profile is known."""


@compiled
def _mean_height(ground_m: Floats, last: int) -> float:
    """Mean height [m] of the profile without a tenth of its steps at either end."""
    left_out = last // 10
    total = 0.0
    for at in range(left_out, last - left_out + 1):
        total += ground_m[at]
    return total / (last - 2 * left_out + 1)


@compiled
def _horizons(
    ground_m: Floats, last: int, step_m: float, tx_m: float, rx_m: float, curvature: float
) -> tuple[float, float, float, float]:
    """dL1, dL2 [m], θe1 and θe2 [rad]; terminals in sight have each other as horizon."""
    whole = last * step_m
    sag = 0.5 * curvature
    tx_angle = (rx_m - tx_m) / whole - sag * whole
    rx_angle = (tx_m - rx_m) / whole - sag * whole
    tx_horizon, rx_horizon = whole, whole
    for at in range(1, last):
        near, far = at * step_m, (last - at) * step_m
        from_tx = (ground_m[at] - tx_m) / near - sag * near
        from_rx = (ground_m[at] - rx_m) / far - sag * far
        if from_tx > tx_angle:
            tx_angle, tx_horizon = from_tx, near
        if from_rx > rx_angle:
            rx_angle, rx_horizon = from_rx, far
    return tx_horizon, rx_horizon, tx_angle, rx_angle


@compiled
def trend(heights_m: Floats, last: int, before: float, after: float) -> tuple[float, float]:
    """Heights [m] at both ends of the profile of the line fitted to a stretch of it.

    before, after: what to leave out at either end [steps]; the fit takes whole steps and at
    least one, and counts its first and last height by half, as an integral does.
    """
    first, final = int(max(before, 0.0)), last - int(max(after, 0.0))
    if final <= first:
        first, final = max(first - 1, 0), min(final + 1, last)
    steps = final - first
    middle = 0.5 * (first + final)
    area = -0.5 * (heights_m[first] + heights_m[final])
    moment = 0.25 * steps * (heights_m[first] - heights_m[final])
    for at in range(first, final + 1):
        area += heights_m[at]
        moment += (at - middle) * heights_m[at]
    # The squares of the offsets from the middle, with the ends by half, sum to n (n² + 2) / 12.
    slope = 12 * moment / (steps * (steps * steps + 2.0))
    mean = area / steps
    return mean - slope * middle, mean + slope * (last - middle)


@compiled
def terrain_irregularity(
    ground_m: Floats, last: int, step_m: float, before: float, after: float
) -> float:
    """Δh [m] of a profile less so many steps at either end; 0 for less than two steps.

    The heights between the first and the ninth decile about the trend, raised by equation 3.9
    to what a path of any length would show.
    """
    steps = last - (before + after)
    if steps < 2:
        return 0.0
    decile = min(max(4, int(0.1 * (steps + 8))), 25)
    count = 10 * decile - 5
    heights = np.empty(count)
    stride = steps / (count - 1)
    for number in range(count):
        place = before + number * stride
        at = min(int(place), last - 1)
        heights[number] = ground_m[at] + (place - at) * (ground_m[at + 1] - ground_m[at])
    low, high = trend(heights, count - 1, 0.0, 0.0)
    for number in range(count):
        heights[number] -= low + (high - low) * number / (count - 1)
    heights.sort()
    between = heights[count - decile] - heights[decile - 1]
    return between / irregularity(1.0, steps * step_m)


@compiled
def reduce_profile(
    ground_m: Floats,
    last: int,
    step_m: float,
    tx_height_m: float,
    rx_height_m: float,
    sea_n0: float,
) -> Path:
    """The `Path` of a profile; a number missing anywhere makes all of it NaN.

    ground_m: above the sea at 0, 1, ... `last` steps from the transmitter, `last` >= 2.
    tx_height_m, rx_height_m: above the ground. sea_n0: N0 [N-units].
    """
    missing = step_m + tx_height_m + rx_height_m + sea_n0
    for at in range(last + 1):
        missing += ground_m[at]
    if not math.isfinite(missing):
        return Path(
            np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan,
            np.nan, np.nan, np.nan, np.nan, np.nan,
        )  # fmt: skip
    whole = last * step_m
    surface_n = surface_refractivity(sea_n0, _mean_height(ground_m, last))
    curvature = effective_curvature(surface_n)
    tx_m, rx_m = ground_m[0] + tx_height_m, ground_m[last] + rx_height_m
    tx_horizon, rx_horizon, tx_angle, rx_angle = _horizons(
        ground_m, last, step_m, tx_m, rx_m, curvature
    )
    before = min(15 * tx_height_m, 0.1 * tx_horizon) / step_m
    after = min(15 * rx_height_m, 0.1 * rx_horizon) / step_m
    delta_h = terrain_irregularity(ground_m, last, step_m, before, after)
    in_sight = tx_horizon + rx_horizon > 1.5 * whole
    if in_sight:
        tx_trend, rx_trend = trend(ground_m, last, before, after)
    else:
        tx_trend, _ = trend(ground_m, last, before, last - 0.9 * tx_horizon / step_m)
        _, rx_trend = trend(ground_m, last, last - 0.9 * rx_horizon / step_m, after)
    tx = tx_height_m + max(ground_m[0] - tx_trend, 0.0)
    rx = rx_height_m + max(ground_m[last] - rx_trend, 0.0)
    if in_sight:
        reach = usual_horizon(tx, delta_h, curvature) + usual_horizon(rx, delta_h, curvature)
        if reach <= whole:
            tx, rx = tx * (whole / reach) ** 2, rx * (whole / reach) ** 2
        tx_horizon = usual_horizon(tx, delta_h, curvature)
        rx_horizon = usual_horizon(rx, delta_h, curvature)
        tx_angle = usual_angle(tx, delta_h, tx_horizon, curvature)
        rx_angle = usual_angle(rx, delta_h, rx_horizon, curvature)
    return Path(
        whole, tx_height_m, rx_height_m, tx, rx, tx_horizon, rx_horizon, tx_angle, rx_angle,
        smooth_horizon(tx, curvature), smooth_horizon(rx, curvature),
        delta_h, surface_n, curvature, _LOW_M2,
    )  # fmt: skip
