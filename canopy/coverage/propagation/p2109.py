"""Loss into buildings: Recommendation ITU-R P.2109-1 (08/2019)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from canopy.coverage.validity import Validity
from canopy.errors import Refused

EDITION = "Recommendation ITU-R P.2109-1"
Building = Literal["traditional", "thermally-efficient"]


@dataclass(frozen=True, slots=True)
class _Coefficients:
    """Table 1, by the letters it uses."""

    r: float
    s: float
    t: float
    u: float
    v: float
    w: float
    x: float
    y: float
    z: float


_OF: dict[str, _Coefficients] = {
    "traditional": _Coefficients(12.64, 3.72, 0.96, 9.6, 2.0, 9.1, -3.0, 4.5, -2.0),
    "thermally-efficient": _Coefficients(28.19, -3.00, 8.48, 13.5, 3.8, 27.8, -2.9, 9.4, -2.1),
}
BUILDINGS = tuple(_OF)


def entry_loss(
    frequency_ghz: ArrayLike,
    probability: ArrayLike,
    building: Building,
    elevation_deg: ArrayLike = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Loss between outdoors and a place in a building, not exceeded with a probability [dB].

    Parameters
    ----------
    frequency_ghz : 0.08 to 100 [GHz].
    probability : that a place of a building has no more loss, above 0 and below 1.
    building : "thermally-efficient" has metallised glass or foil-backed panels.
    elevation_deg : of the path at the façade, -90 to 90 [°].

    Returns
    -------
    The loss, and its standing: NaN and refused outside the ranges.

    Source: §3, equations 1 to 9, and Table 1.
    """
    if building not in _OF:
        raise Refused(f"the building {building!r} is not known: use {', '.join(BUILDINGS)}")
    each = _OF[building]
    f, p, theta = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (frequency_ghz, probability, elevation_deg))
    )
    fits = (f >= 0.08) & (f <= 100) & (p > 0) & (p < 1) & (np.abs(theta) <= 90)
    with np.errstate(invalid="ignore", divide="ignore"):
        log_f = np.log10(f)
        quantile = ndtri(p)
        median = each.r + each.s * log_f + each.t * log_f**2 + 0.212 * np.abs(theta)
        first = quantile * (each.u + each.v * log_f) + median
        second = quantile * (each.y + each.z * log_f) + each.w + each.x * log_f
        loss = 10 * np.log10(10 ** (0.1 * first) + 10 ** (0.1 * second) + 10**-0.3)
    flags = np.where(fits, Validity.IN_RANGE, Validity.REFUSED).astype(np.uint8)
    flags[np.isnan(f) | np.isnan(p) | np.isnan(theta)] = Validity.UNKNOWN
    return np.where(fits, loss, math.nan), flags
