"""Over the roofs of a town: Recommendation ITU-R P.1411-12 (08/2023), §4.2.2.1.

Rows of buildings of much the same height stand between an antenna and a street: the multiple
screens of Walfisch and Ikegami. The loss is that of free space, of the way from the last roof
down to the street (L_rts) and of the screens before it (L_msd).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.propagation.free_space import SPEED_OF_LIGHT_M_S
from canopy.coverage.validity import flags_of
from canopy.errors import Refused

EDITION = "Recommendation ITU-R P.1411-12 (08/2023)"
_CHI = 0.1
_UPSILON = 0.0417

Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]
City = Literal["medium", "metropolitan"]
CITIES = ("medium", "metropolitan")


@dataclass(frozen=True, slots=True)
class Blocks:
    """The buildings between an antenna and a street.

    Attributes:
        roof_m: average height of the roofs h_r [m].
        built_m: length of the path that buildings cover l, >= 0 [m]; 0 leaves free space.
        apart_m: average distance from building to building b, > 0 [m].
        street_m: width of the street the lower antenna stands in w, > 0 [m].
        street_deg: angle of that street to the path φ, 0 to 90 [°].
        city: "medium" is also a suburban centre; it matters to 2 GHz.
    """

    roof_m: ArrayLike
    built_m: ArrayLike
    apart_m: ArrayLike
    street_m: ArrayLike
    street_deg: ArrayLike
    city: City = "medium"


def urban_loss(
    distance_m: ArrayLike,
    frequency_ghz: ArrayLike,
    first_m: ArrayLike,
    second_m: ArrayLike,
    blocks: Blocks,
) -> tuple[Floats, Flags]:
    """Loss over the roofs of a town into a street [dB], and its standing.

    Parameters
    ----------
    distance_m : 20 to 5,000 [m].
    frequency_ghz : 0.8 to 26; 2 to 16 where the first antenna is below the roofs and the
        street is narrower than 10 m [GHz]. Refused outside 0.3 to 100.
    first_m : the higher antenna, 4 to 55 above the ground [m].
    second_m : the one in the street, 1 to 3 above the ground [m]; refused unless it is below
        the roofs.
    blocks : what stands between.

    Outside the ranges the value is flagged. Never less than free space. Source: P.1411-12,
    §4.2.2.1.
    """
    if blocks.city not in CITIES:
        raise Refused(f"the city {blocks.city!r} is not known: use {', '.join(CITIES)}")
    d, f, h1, h2, hr, built, b, w, phi = np.broadcast_arrays(
        *(
            np.asarray(each, np.float64)
            for each in (
                distance_m, frequency_ghz, first_m, second_m, blocks.roof_m, blocks.built_m,
                blocks.apart_m, blocks.street_m, blocks.street_deg,
            )
        )
    )  # fmt: skip
    sensible = (d > 0) & (f >= 0.3) & (f <= 100) & (h1 > 0) & (h2 > 0) & (h2 < hr)
    sensible &= (built >= 0) & (b > 0) & (w > 0) & (phi >= 0) & (phi <= 90)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        f_mhz = f * 1000
        free = 32.4 + 20 * np.log10(d / 1000) + 20 * np.log10(f_mhz)
        screens = _Screens(f_mhz, h1, hr, b, blocks.city)
        more = _to_street(f_mhz, hr - h2, w, phi) + screens.loss(d, built)
        loss = free + np.where(built > 0, np.maximum(more, 0.0), 0.0)
    low = (h1 < hr) & (w < 10)
    inside = (f >= np.where(low, 2.0, 0.8)) & (f <= np.where(low, 16.0, 26.0))
    inside &= (d >= 20) & (d <= 5000) & (h1 >= 4) & (h1 <= 55) & (h2 >= 1) & (h2 <= 3)
    flags = flags_of(inside, sensible, d, f, h1, h2, hr, built, b, w, phi)
    return np.where(sensible, loss, math.nan), flags


def _to_street(f_mhz: Floats, drop_m: Floats, street_m: Floats, phi: Floats) -> Floats:
    """L_rts: from the last roof to the street, which lies `drop_m` lower [dB]."""
    turned = np.select(
        [phi < 35, phi < 55],
        [-10 + 0.354 * phi, 2.5 + 0.075 * (phi - 35)],
        4.0 - 0.114 * (phi - 55),
    )
    street = -8.2 - 10 * np.log10(street_m) + 10 * np.log10(f_mhz)
    loss: Floats = street + 20 * np.log10(drop_m) + turned
    return loss


@dataclass(frozen=True, slots=True, eq=False)
class _Screens:
    """The rows of buildings before the last roof; heights and spacing in metres."""

    f_mhz: Floats
    h1: Floats
    hr: Floats
    b: Floats
    city: City

    def loss(self, d: Floats, built: Floats) -> Floats:
        """L_msd [dB]: settled over many screens, or by the last few, and a passage between."""
        over = self.h1 - self.hr
        wavelength = SPEED_OF_LIGHT_M_S / (self.f_mhz * 1e6)
        settles_m = wavelength * d**2 / over**2
        breakpoint_m = np.abs(over) * np.sqrt(built / wavelength)
        upper, lower = self._settled(breakpoint_m), self._last_few(breakpoint_m)
        middle, gap = (upper + lower) / 2, upper - lower
        decades = np.log10(d / breakpoint_m)
        steep, soft = np.tanh(decades / _CHI), np.tanh(decades / (gap * _UPSILON))
        many, few = self._settled(d), self._last_few(d)
        is_many = built > settles_m
        loss: Floats = np.select(
            # An antenna at the height of the roofs has its breakpoint at 0 m and is past it.
            [(over == 0) | (gap == 0), is_many & (gap > 0), gap > 0, is_many],
            [
                few,
                middle - steep * (many - middle),
                middle + steep * (few - middle),
                many - soft * (upper - middle) - upper + middle,
            ],
            few + soft * (middle - lower) + middle - lower,
        )
        return loss

    def _settled(self, d: Floats) -> Floats:
        """L1_msd: the field has settled over the screens (l > d_s)."""
        over = self.h1 - self.hr
        is_above, is_high = over > 0, self.f_mhz > 2000
        shadow = np.where(is_above, -18 * np.log10(1 + np.maximum(over, 0)), 0.0)
        low_start = np.where(is_high, 73.0, 54.0) - np.where(d < 500, 1.6 * d / 1000, 0.8) * over
        start = np.where(is_above, np.where(is_high, 71.4, 54.0), low_start)
        per_distance = np.where(is_above, 18.0, 18 - 15 * over / self.hr)
        rise = 0.7 if self.city == "medium" else 1.5
        per_frequency = np.where(is_high, -8.0, -4 + rise * (self.f_mhz / 925 - 1))
        loss: Floats = (
            shadow
            + start
            + per_distance * np.log10(d / 1000)
            + per_frequency * np.log10(self.f_mhz)
            - 9 * np.log10(self.b)
        )
        return loss

    def _last_few(self, d: Floats) -> Floats:
        """L2_msd: the last screens decide (l < d_s)."""
        over = self.h1 - self.hr
        wavelength = SPEED_OF_LIGHT_M_S / (self.f_mhz * 1e6)
        upper = 10 ** (
            -np.log10(np.sqrt(self.b / wavelength))
            - np.log10(d) / 9
            + 10 / 9 * np.log10(self.b / 2.35)
        )
        lower = (
            (0.00023 * self.b**2 - 0.1827 * self.b - 9.4978) / np.log10(self.f_mhz) ** 2.938
            + 0.000781 * self.b
            + 0.06923
        )
        theta = np.arctan(over / self.b)
        below = (
            self.b / (2 * math.pi * d) * np.sqrt(wavelength / np.hypot(over, self.b))
            * (1 / theta - 1 / (2 * math.pi + theta))
        )  # fmt: skip
        above = 2.35 * (np.maximum(over, 0) / d * np.sqrt(self.b / wavelength)) ** 0.9
        q = np.select([over > upper, over >= lower], [above, self.b / d], below)
        loss: Floats = -10 * np.log10(q**2)
        return loss
