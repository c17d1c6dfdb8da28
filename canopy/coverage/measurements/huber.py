"""A straight line through points of which some are wrong: Huber's regression.

Iteratively reweighted least squares with Huber's weights, min(1, k s / |r|), the scale s
from the median absolute residual in every round. Huber, P. J. (1964), Robust estimation of a
location parameter, Annals of Mathematical Statistics 35, 73-101; Holland, P. W. and Welsch,
R. E. (1977), Robust regression using iteratively reweighted least-squares, Communications in
Statistics A6, 813-827. It was taken rather than Theil-Sen's median of slopes because it is as
good as least squares on clean data (95 %), takes memory in proportion to the points, and the
large errors here are in the measured level, hardly in the predicted one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.errors import Refused

Floats = NDArray[np.float64]

TUNING = 1.345
"""Residuals beyond this many scales lose weight: 95 % efficiency for normal errors (Holland
and Welsch, 1977)."""

_MAD_TO_DEVIATION = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""

MAX_ROUNDS = 200
_SETTLED = 1e-8


@dataclass(frozen=True, slots=True)
class Line:
    """y = offset + slope * x, and the robust scale of what is left over."""

    offset: float
    slope: float
    scale: float


def huber_line(x: Floats, y: Floats) -> Line:
    """The line through (x, y) that large errors in y do not pull away.

    Raises Refused for fewer than three points, for x that does not vary, and where the rounds
    do not settle.
    """
    if len(x) < 3 or np.ptp(x) == 0:
        raise Refused("a line needs three points at two places at least")
    middle = float(np.median(x))
    centred = x - middle  # so that offset and slope are nearly independent
    weights = np.ones(len(x))
    offset, slope = _weighted_line(centred, y, weights)
    for _ in range(MAX_ROUNDS):
        left = y - offset - slope * centred
        scale = _MAD_TO_DEVIATION * float(np.median(np.abs(left)))
        if scale <= 1e-12 * max(1.0, float(np.abs(y).max())):
            return Line(offset - slope * middle, slope, 0.0)  # more than half lie on the line
        weights = np.minimum(1.0, TUNING * scale / np.maximum(np.abs(left), 1e-300))
        before = offset, slope
        offset, slope = _weighted_line(centred, y, weights)
        moved = abs(offset - before[0]) + abs(slope - before[1]) * float(np.abs(centred).max())
        if moved < _SETTLED * max(1.0, scale):
            return Line(offset - slope * middle, slope, scale)
    raise Refused(f"the robust line did not settle in {MAX_ROUNDS} rounds: look at the data")


def _weighted_line(x: Floats, y: Floats, weights: Floats) -> tuple[float, float]:
    total = weights.sum()
    mean_x, mean_y = (weights * x).sum() / total, (weights * y).sum() / total
    spread = (weights * (x - mean_x) ** 2).sum()
    if spread <= 0:
        raise Refused("the points that count lie at one place: no slope can be had")
    slope = float((weights * (x - mean_x) * (y - mean_y)).sum() / spread)
    return float(mean_y - slope * mean_x), slope
