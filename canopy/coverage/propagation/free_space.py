"""Loss in free space: Recommendation ITU-R P.525-5 (11/2024).

What spreading alone takes away between isotropic antennas.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.validity import flags_of

EDITION = "Recommendation ITU-R P.525-5 (11/2024)"
SPEED_OF_LIGHT_M_S = 299_792_458.0

Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]


def free_space_loss(distance_m: ArrayLike, frequency_mhz: ArrayLike) -> tuple[Floats, Flags]:
    """Basic transmission loss of free space L_bf [dB], and its standing.

    Parameters
    ----------
    distance_m : between the antennas in a straight line [m]. The equation is of the far
        field: nearer than one wavelength it is flagged, and where it would fall below 0 dB
        (a 4π-th of the wavelength) refused.
    frequency_mhz : > 0 [MHz]; the Recommendation sets no range.

    Source: P.525-5, §2.2, 20 log(4πd/λ), of which 32.4 + 20 log f + 20 log d is the
    rounded form.
    """
    d, f = np.broadcast_arrays(
        np.asarray(distance_m, np.float64), np.asarray(frequency_mhz, np.float64)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        wavelengths = d * f * 1e6 / SPEED_OF_LIGHT_M_S
        loss = 20 * np.log10(4 * math.pi * wavelengths)
    sensible = (f > 0) & (4 * math.pi * wavelengths >= 1)
    return np.where(sensible, loss, math.nan), flags_of(wavelengths >= 1, sensible, d, f)
