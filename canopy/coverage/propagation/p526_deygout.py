"""Diffraction over up to three edges of a profile: Recommendation ITU-R P.526-11 (10/2009).

Deygout's construction as the Recommendation had it, "cascaded knife edge method": the edge
that stands highest in the Fresnel zone of the whole path, then the one of each half, and an
empirical correction. Later editions give Bullington's construction for a general path
(`canopy.coverage.propagation.p526`), which sees one edge; this one suits a surface with
buildings, where several stand between. The knife edge is that of P.526-15, equation 31.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.compiled import compiled_fast
from canopy.coverage.propagation.free_space import SPEED_OF_LIGHT_M_S
from canopy.coverage.propagation.p526 import LEAST_NU, knife_edge_loss
from canopy.errors import Refused

EDITION = "Recommendation ITU-R P.526-11 (10/2009), §4.4.2"
_NO_EDGE = -1


@compiled_fast
def highest_edge(
    heights_m: NDArray[np.float32],
    first: int,
    last: int,
    first_m: float,
    last_m: float,
    curvature_m: float,
) -> int:
    """Number of the sample between two others that is highest by ν; -1 for none between.

    first_m, last_m: heights of the ends above the datum [m]. curvature_m: bulge of the Earth
    over one step from both sides, step² / 2 a_e [m].
    """
    found = _NO_EDGE
    most = -np.inf
    for at in range(first + 1, last):
        here, back = at - first, last - at
        line_m = (first_m * back + last_m * here) / (last - first)
        over_m = heights_m[at] + curvature_m * here * back - line_m
        # ν² but for a factor that all samples share, with the sign of ν.
        share = over_m * abs(over_m) / (here * back)
        if share > most:
            found, most = at, share
    return found


@compiled_fast
def edge_nu(
    height_m: float,
    here: int,
    back: int,
    first_m: float,
    last_m: float,
    step_m: float,
    curvature_m: float,
    wavelength_m: float,
) -> float:
    """ν of an edge `here` steps after one end and `back` steps before the other."""
    steps = here + back
    line_m = (first_m * back + last_m * here) / steps
    over_m = height_m + curvature_m * here * back - line_m
    return over_m * math.sqrt(2 * steps / (wavelength_m * step_m * here * back))


@compiled_fast
def _half_loss(
    heights_m: NDArray[np.float32],
    first: int,
    last: int,
    first_m: float,
    last_m: float,
    step_m: float,
    curvature_m: float,
    wavelength_m: float,
) -> float:
    """J of the highest edge of a part of the path [dB], 0 where there is none."""
    at = highest_edge(heights_m, first, last, first_m, last_m, curvature_m)
    if at < 0:
        return 0.0
    nu = edge_nu(
        heights_m[at], at - first, last - at, first_m, last_m, step_m, curvature_m, wavelength_m
    )
    return knife_edge_loss(nu)


@compiled_fast
def deygout_loss(
    heights_m: NDArray[np.float32],
    last: int,
    step_m: float,
    tx_m: float,
    rx_m: float,
    wavelength_m: float,
    effective_earth_radius_m: float,
) -> float:
    """Diffraction loss of a profile over up to three edges [dB], >= 0.

    heights_m: heights above the datum at 0, 1, ... `last` steps; NaN anywhere between the
    ends gives NaN. step_m: between samples [m]. tx_m, rx_m: the antennas above the datum [m].
    Two samples or fewer have nothing between them: 0 dB. The same from either end.
    Source: P.526-11, §4.4.2: L = J(ν_p) + T (J(ν_t) + J(ν_r) + C) where ν_p > -0.78, with
    T = 1 - exp(-J(ν_p) / 6) and C = 10 + 0.04 D, D the path's length in km.
    """
    if last < 2:
        return 0.0
    known = tx_m + rx_m
    for at in range(1, last):
        known += heights_m[at]
    if math.isnan(known):
        return np.nan
    curvature_m = step_m * step_m / (2 * effective_earth_radius_m)
    top = highest_edge(heights_m, 0, last, tx_m, rx_m, curvature_m)
    top_m = float(heights_m[top])
    nu = edge_nu(top_m, top, last - top, tx_m, rx_m, step_m, curvature_m, wavelength_m)
    if nu <= LEAST_NU:
        return 0.0
    main = knife_edge_loss(nu)
    near = _half_loss(heights_m, 0, top, tx_m, top_m, step_m, curvature_m, wavelength_m)
    far = _half_loss(heights_m, top, last, top_m, rx_m, step_m, curvature_m, wavelength_m)
    correction = 10 + 0.04 * last * step_m / 1000
    return main + (1 - math.exp(-main / 6)) * (near + far + correction)


def deygout_over(
    profile_m: ArrayLike,
    step_m: float,
    tx_height_m: float,
    rx_height_m: float,
    frequency_mhz: float,
    effective_earth_radius_m: float,
) -> float:
    """Diffraction loss of one path over a profile [dB], >= 0; NaN where a height is not known.

    Parameters
    ----------
    profile_m : heights of the ground or surface above the datum, from under one antenna to
        under the other, at least two [m].
    step_m : between samples, > 0 [m].
    tx_height_m, rx_height_m : of the antennas above the ends of the profile [m].
    frequency_mhz : > 0; the wave must be short against the obstacles [MHz].
    effective_earth_radius_m : > 0; 8,494,667 for k = 4/3 [m].

    Source: as `deygout_loss`. Raises Refused for what is out of these bounds.
    """
    profile = np.ascontiguousarray(profile_m, np.float32)
    if profile.ndim != 1 or profile.size < 2:
        raise Refused("a profile needs two heights at least, in one row")
    if not (step_m > 0 and frequency_mhz > 0 and effective_earth_radius_m > 0):
        raise Refused("step_m, frequency_mhz and effective_earth_radius_m must be above 0")
    return float(
        deygout_loss(
            profile,
            profile.size - 1,
            step_m,
            float(profile[0]) + tx_height_m,
            float(profile[-1]) + rx_height_m,
            SPEED_OF_LIGHT_M_S / (frequency_mhz * 1e6),
            effective_earth_radius_m,
        )
    )
