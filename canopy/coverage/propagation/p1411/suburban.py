"""Over the roofs of a suburb: Recommendation ITU-R P.1411-12 (08/2023), §4.2.2.2.

An antenna above the roofs is heard in a street below directly, then by waves reflected once
and more often between its houses, and farther away by what is diffracted over the last roof.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.propagation.free_space import SPEED_OF_LIGHT_M_S
from canopy.coverage.validity import flags_of

EDITION = "Recommendation ITU-R P.1411-12 (08/2023)"
_REFLECTIONS = 8
"""As many as are looked at: from 0.3 to 100 GHz diffraction rules before the sixth."""
_DIFFRACTED_DB_PER_DECADE = 32.1

Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]


class _Street(NamedTuple):
    """A street of width w at an angle phi [rad], roofs hr, antennas h1 over and h2 in it."""

    h1: Floats
    h2: Floats
    hr: Floats
    w: Floats
    phi: Floats

    def heard_at_m(self, reflections: int) -> Floats:
        """d_k: from where the k-th reflected wave is heard (equations 50 and 56)."""
        return np.hypot(self._offset_m(reflections) / np.sin(self.phi), self.h1 - self.h2)

    def _unfolded_m(self, reflections: int) -> Floats:
        """A_k of equation 55."""
        lengths: Floats = self.w * (self.h1 - self.h2) * (2 * reflections + 1)
        return lengths / (2 * (self.hr - self.h2))

    def _offset_m(self, reflections: int) -> Floats:
        """B_k of equation 56."""
        return self._unfolded_m(reflections) - reflections * self.w

    def travelled_m(self, reflections: int) -> Floats:
        """d_kp: how far that wave has gone there (equations 54, 55 and 57)."""
        unfolded = self._unfolded_m(reflections)
        turned = np.arctan(unfolded / self._offset_m(reflections) * np.tan(self.phi))
        return np.hypot(unfolded / np.sin(turned), self.h1 - self.h2)

    def diffracted_from_m(self, frequency_ghz: Floats) -> Floats:
        """d_RD: from where the diffracted wave rules (equation 52)."""
        d1, d2, d3, d4 = (self.heard_at_m(k) for k in (1, 2, 3, 4))
        rising = 0.25 * d3 + 0.25 * d4 - 0.16 * d1 - 0.35 * d2
        return rising * np.log10(frequency_ghz) + 0.25 * d1 + 0.56 * d2 + 0.10 * d3 + 0.10 * d4


def suburban_loss(
    distance_m: ArrayLike,
    frequency_ghz: ArrayLike,
    first_m: ArrayLike,
    second_m: ArrayLike,
    roof_m: ArrayLike,
    street_m: ArrayLike,
    street_deg: ArrayLike,
) -> tuple[Floats, Flags]:
    """Loss over the roofs of a suburb into a street [dB], and its standing.

    Parameters
    ----------
    distance_m : between the antennas in a straight line, 10 to 5,000 [m].
    frequency_ghz : 0.8 to 38 [GHz]; refused outside 0.3 to 100.
    first_m : the antenna above the roofs, 1 to 100 higher than they are [m].
    second_m : the antenna in the street, 4 to 10 lower than they are [m].
    roof_m : average height of the roofs [m].
    street_m : width of the street, 10 to 25 [m].
    street_deg : its angle to the path, above 0 to 90 [°].

    Outside the ranges the value is flagged; refused where the roofs are not between the two
    antennas. Source: P.1411-12, §4.2.2.2, equations 48 to 57.
    """
    d, f, h1, h2, hr, w, phi = np.broadcast_arrays(
        *(
            np.asarray(each, np.float64)
            for each in (distance_m, frequency_ghz, first_m, second_m, roof_m, street_m, street_deg)
        )
    )
    sensible = (d > 0) & (f >= 0.3) & (f <= 100) & (h1 > hr) & (h2 > 0) & (h2 < hr)
    sensible &= (w > 0) & (phi > 0) & (phi <= 90)
    with np.errstate(invalid="ignore", divide="ignore"):
        loss = _loss(d, f, _Street(h1, h2, hr, w, np.radians(phi)))
    inside = (d >= 10) & (d <= 5000) & (f >= 0.8) & (f <= 38) & (w >= 10) & (w <= 25)
    inside &= (h1 >= hr + 1) & (h1 <= hr + 100) & (h2 >= hr - 10) & (h2 <= hr - 4)
    flags = flags_of(inside, sensible, d, f, h1, h2, hr, w, phi)
    return np.where(sensible, loss, math.nan), flags


def _loss(d: Floats, f: Floats, street: _Street) -> Floats:
    """Equations 48, 49 and 53: straight lines from wave to wave, then one over the logarithm.

    The line to d_RD ends on the one between the waves around it, so both are the same.
    """
    wavelength = SPEED_OF_LIGHT_M_S / (f * 1e9)
    diffracted_m = street.diffracted_from_m(f)
    reached_m = np.minimum(d, diffracted_m)
    loss = 20 * np.log10(4 * math.pi * reached_m / wavelength)
    for k in range(_REFLECTIONS):
        here_m, next_m = street.heard_at_m(k), street.heard_at_m(k + 1)
        here, after = _reflected(street, k, wavelength), _reflected(street, k + 1, wavelength)
        between = here + (after - here) * (reached_m - here_m) / (next_m - here_m)
        loss = np.where((reached_m >= here_m) & (reached_m < next_m), between, loss)
    farther = _DIFFRACTED_DB_PER_DECADE * np.log10(np.maximum(d / diffracted_m, 1.0))
    total: Floats = loss + farther
    return total


def _reflected(street: _Street, reflections: int, wavelength: Floats) -> Floats:
    """L_dk of equation 51 [dB]: each reflection leaves 0.4 of the field."""
    loss: Floats = 20 * np.log10(
        4 * math.pi * street.travelled_m(reflections) / (0.4**reflections * wavelength)
    )
    return loss
