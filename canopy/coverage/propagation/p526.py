"""Diffraction over obstacles: Recommendation ITU-R P.526-15 (10/2019).

The knife edge (§4.1, equations 26 and 31) and the Bullington construction over a terrain
profile (§4.5.1, equations 45 to 51), for wavelengths that are short against the obstacles.
The kernels take a profile of equal steps and allocate nothing, so that an area run can ask
them for each of millions of links.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled_fast

LEAST_NU = -0.78
"""Below it equation 31 is not to be used and the loss is taken as 0 dB (§4.1)."""


@compiled_fast
def knife_edge_loss(nu: float) -> float:
    """Loss J(ν) of a single knife edge [dB], >= 0; NaN for NaN.

    nu: the dimensionless ratio of the edge's height above the direct ray, equation 26.
    Source: equation 31, an approximation within 0.1 dB for ν > -0.78.
    """
    if nu <= LEAST_NU:
        return 0.0
    shifted = nu - 0.1
    return 6.9 + 20 * math.log10(math.sqrt(shifted * shifted + 1) + shifted)


@compiled_fast
def bullington_loss(
    heights_m: NDArray[np.float32],
    last: int,
    step_m: float,
    tx_m: float,
    rx_m: float,
    wavelength_m: float,
    effective_earth_radius_m: float,
) -> float:
    """Diffraction loss of a profile by the Bullington construction [dB], >= 0.

    heights_m: heights above the datum at 0, 1, ... `last` steps; NaN anywhere gives NaN.
    step_m: between samples [m]. tx_m, rx_m: the antennas above the datum [m].
    Two samples or fewer have nothing between them: 0 dB.
    Source: §4.5.1, equations 45 to 51; the profile's ends are left out of it.
    """
    if last < 2:
        return 0.0
    length = last * step_m
    curvature = step_m * step_m / (2 * effective_earth_radius_m)
    rise = np.float32((rx_m - tx_m) / last)
    tx, rx = np.float32(tx_m), np.float32(rx_m)
    bulge = np.float32(curvature)
    sum_m = np.float32(0)
    up = np.float32(-np.inf)
    down = np.float32(-np.inf)
    end = np.float32(last)
    for at in range(1, last):
        here = np.float32(np.int32(at))
        back = end - here
        height = heights_m[at] + bulge * here * back
        sum_m += height
        up = max(up, (height - tx) / here)
        down = max(down, (height - rx) / back)
    if math.isnan(sum_m + tx + rx):
        return np.nan
    if up < rise:
        most = np.float32(-np.inf)
        for at in range(1, last):
            here = np.float32(np.int32(at))
            back = end - here
            edge = heights_m[at] + bulge * here * back - (tx + rise * here)
            most = max(most, edge * abs(edge) / (here * back))
        # ν² is 2 over² d / (λ d1 d2); in steps that is 2 over² last / (λ here back step).
        nu = math.copysign(math.sqrt(2 * abs(most) * last / (wavelength_m * step_m)), most)
    else:
        crossing = float((rx_m - tx_m + down * last) / (up + down))
        top = tx_m + float(up) * crossing - (tx_m + (rx_m - tx_m) * crossing / last)
        nu = top * math.sqrt(2 * last / (wavelength_m * step_m * crossing * (last - crossing)))
    loss = knife_edge_loss(nu)
    return loss + (1 - math.exp(-loss / 6)) * (10 + 0.02 * length / 1000)
