"""Reduces the statistics of an area to a `Path`: the area prediction mode (§3.1)."""

from __future__ import annotations

import math

from canopy.coverage.compiled import compiled
from canopy.coverage.propagation.itm.path import (
    Path,
    effective_curvature,
    smooth_horizon,
    usual_angle,
    usual_horizon,
)

RANDOM, CAREFUL, VERY_CAREFUL = 0, 1, 2
"""How a terminal's place was chosen."""
_FULL_GAIN_M = 5.0
"""H2: structural height from which siting has its full effect (equation 3.2)."""


@compiled
def _effective(height_m: float, delta_h_m: float, siting: int) -> float:
    """he [m] (equations 3.1 and 3.2)."""
    if siting == RANDOM:
        return height_m
    most = 5.0 if siting == CAREFUL else 10.0
    share = math.sin(0.5 * math.pi * min(height_m / _FULL_GAIN_M, 1.0))
    gain = 1 + (most - 1) * share
    if delta_h_m == 0:
        return height_m
    return height_m + gain * math.exp(-2 * height_m / delta_h_m)


@compiled
def reduce_area(
    distance_m: float,
    delta_h_m: float,
    tx_height_m: float,
    rx_height_m: float,
    tx_siting: int,
    rx_siting: int,
    sea_n0: float,
) -> Path:
    """The `Path` of a pair of terminals in an area (equations 3.1 to 3.5).

    Refractivity is that at the sea: an area has no height of its own.
    """
    curvature = effective_curvature(sea_n0)
    tx = _effective(tx_height_m, delta_h_m, tx_siting)
    rx = _effective(rx_height_m, delta_h_m, rx_siting)
    tx_horizon = usual_horizon(tx, delta_h_m, curvature)
    rx_horizon = usual_horizon(rx, delta_h_m, curvature)
    return Path(
        distance_m, tx_height_m, rx_height_m, tx, rx, tx_horizon, rx_horizon,
        usual_angle(tx, delta_h_m, tx_horizon, curvature),
        usual_angle(rx, delta_h_m, rx_horizon, curvature),
        smooth_horizon(tx, curvature), smooth_horizon(rx, curvature),
        delta_h_m, sea_n0, curvature, 0.0,
    )  # fmt: skip
