"""Clutter loss: Recommendation ITU-R P.2108-1 (09/2021).

What buildings and trees around a terminal add to the loss between clear positions: by its
height (§3.1), statistically for a terminal among them on a path over the ground (§3.2), and
towards an aircraft or a satellite (§3.3). Outside a section's range there is no value: NaN,
flagged as refused.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from canopy.coverage.validity import Validity
from canopy.errors import Refused

Clutter = Literal["water", "open", "suburban", "urban", "dense urban"]
REPRESENTATIVE_M: dict[str, float] = {
    "water": 10.0,
    "open": 10.0,
    "suburban": 10.0,
    "urban": 15.0,
    "dense urban": 20.0,
}
"""Height of the clutter where it is not known [m] (Table 3); "urban" is also woodland."""
STREET_WIDTH_M = 27.0
"""Width of streets where it is not known (§3.1)."""
_SATURATES_KM = 2.0
"""The loss of §3.2 is not to exceed that at 2 km, which for many places is less than nearer."""

Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]


def height_gain_loss(
    frequency_ghz: ArrayLike,
    height_m: ArrayLike,
    clutter: Clutter,
    *,
    clutter_m: ArrayLike | None = None,
    street_width_m: ArrayLike = STREET_WIDTH_M,
) -> tuple[Floats, Flags]:
    """Loss at a terminal that stands lower than the clutter around it [dB], and its standing.

    Parameters
    ----------
    frequency_ghz : 0.03 to 3 [GHz].
    height_m : of the antenna above the ground, > 0 [m]; at the clutter's height and above the
        loss is 0.
    clutter : what stands around.
    clutter_m : its height R, > 0 [m]; `REPRESENTATIVE_M` where None.
    street_width_m : w_s, > 0 [m].

    Source: §3.1, equations 1 and 2.
    """
    if clutter not in REPRESENTATIVE_M:
        raise Refused(f"the clutter {clutter!r} is not known: use {', '.join(REPRESENTATIVE_M)}")
    top = REPRESENTATIVE_M[clutter] if clutter_m is None else clutter_m
    f, h, r, w = _floats(frequency_ghz, height_m, top, street_width_m)
    fits = (f >= 0.03) & (f <= 3) & (h > 0) & (r > 0) & (w > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        if clutter in ("water", "open"):
            loss = -(21.8 + 6.2 * np.log10(f)) * np.log10(h / r)
        else:
            below = np.maximum(r - h, 0.0)
            angle_deg = np.degrees(np.arctan(below / w))
            nu = 0.342 * np.sqrt(f) * np.sqrt(below * angle_deg)
            loss = _knife_edge(nu) - 6.03
        loss = np.where(h >= r, 0.0, loss)
    return _told(loss, fits, f, h, r, w)


def terrestrial_loss(
    frequency_ghz: ArrayLike, distance_km: ArrayLike, locations_percent: ArrayLike
) -> tuple[Floats, Flags]:
    """Loss not exceeded at a share of places for one terminal among clutter [dB].

    Parameters
    ----------
    frequency_ghz : 0.5 to 67 [GHz].
    distance_km : of the whole path, >= 0.25 (1 where both ends are in clutter) [km].
    locations_percent : above 0 and below 100 [%].

    Source: §3.2.2, equations 3 to 6.
    """
    f, d, p = _floats(frequency_ghz, distance_km, locations_percent)
    fits = (f >= 0.5) & (f <= 67) & (d >= 0.25) & (p > 0) & (p < 100)
    with np.errstate(invalid="ignore", divide="ignore"):
        loss = np.minimum(_among_clutter(f, d, p), _among_clutter(f, _SATURATES_KM, p))
    return _told(loss, fits, f, d, p)


def _among_clutter(f: Floats, d: ArrayLike, p: Floats) -> Floats:
    """Equations 3 to 6 as they stand, before they are held to the value at 2 km."""
    long = -2 * np.log10(10 ** (-5 * np.log10(f) - 12.5) + 10**-16.5)
    short = 32.98 + 23.9 * np.log10(d) + 3 * np.log10(f)
    weight_long, weight_short = 10 ** (-0.2 * long), 10 ** (-0.2 * short)
    both = weight_long + weight_short
    sigma = np.sqrt((16 * weight_long + 36 * weight_short) / both)
    loss: Floats = -5 * np.log10(both) + sigma * ndtri(p / 100)
    return loss


def slant_loss(
    frequency_ghz: ArrayLike, elevation_deg: ArrayLike, locations_percent: ArrayLike
) -> tuple[Floats, Flags]:
    """Loss not exceeded at a share of places towards an aircraft or a satellite [dB].

    Parameters
    ----------
    frequency_ghz : 10 to 100 [GHz].
    elevation_deg : of the other end, 0 to 90 [°].
    locations_percent : above 0 and below 100 [%].

    Source: §3.3, equation 7.
    """
    f, theta, p = _floats(frequency_ghz, elevation_deg, locations_percent)
    fits = (f >= 10) & (f <= 100) & (theta >= 0) & (theta <= 90) & (p > 0) & (p < 100)
    with np.errstate(invalid="ignore", divide="ignore"):
        angle = 0.05 * (1 - theta / 90) + np.radians(theta)
        base = -93 * f**0.175 * np.log(1 - p / 100) / np.tan(angle)
        # At 90° the exponent is 0; the base may be a rounding below 0 there.
        loss = np.maximum(base, 0.0) ** (0.5 * (90 - theta) / 90) - 1 + 0.6 * ndtri(p / 100)
    return _told(loss, fits, f, theta, p)


def _knife_edge(nu: Floats) -> Floats:
    """Equation 2e; nothing below ν = -0.78."""
    shifted = nu - 0.1
    loss = 6.9 + 20 * np.log10(np.sqrt(shifted**2 + 1) + shifted)
    return np.where(nu <= -0.78, 0.0, loss)


def _floats(*given: ArrayLike) -> list[Floats]:
    return list(np.broadcast_arrays(*(np.asarray(each, np.float64) for each in given)))


def _told(loss: Floats, fits: NDArray[np.bool_], *inputs: Floats) -> tuple[Floats, Flags]:
    flags = np.where(fits, Validity.IN_RANGE, Validity.REFUSED).astype(np.uint8)
    unknown = np.zeros(fits.shape, np.bool_)
    for each in inputs:
        unknown |= np.isnan(each)
    flags[unknown] = Validity.UNKNOWN
    return np.where(fits, loss, math.nan), flags
