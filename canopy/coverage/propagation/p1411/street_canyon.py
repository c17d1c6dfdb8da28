"""Along a street and around its corner: Recommendation ITU-R P.1411-12 (08/2023), §4.1.2, §4.1.3.

For one street whose widths, heights and distances are known; both antennas are below the
roofs.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.propagation.free_space import SPEED_OF_LIGHT_M_S
from canopy.coverage.validity import flags_of
from canopy.errors import Refused

EDITION = "Recommendation ITU-R P.1411-12 (08/2023)"
FARTHEST_M = 1000.0
"""The lengths of street that §4.1.2 speaks of."""
_TRAFFIC_M = 20.0
"""R_s: where an antenna no higher than the traffic begins to lose 30 dB per decade."""
_CORNER_M = 30.0
"""d_corner of §4.1.3.2."""

Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]
Corner = Literal["wedge", "chamfered", "residential"]
CORNERS = ("wedge", "chamfered", "residential")


class Bounds(NamedTuple):
    """Loss with sight along a street [dB]: between `lower_db` and `upper_db`."""

    lower_db: Floats
    median_db: Floats
    upper_db: Floats


def uhf_sight(
    distance_m: ArrayLike, frequency_ghz: ArrayLike, first_m: ArrayLike, second_m: ArrayLike
) -> tuple[Bounds, Flags]:
    """Loss along a street at 0.3 to 3 GHz [dB], and its standing.

    Parameters
    ----------
    distance_m : > 0 [m]; beyond 1,000 m flagged.
    frequency_ghz : 0.3 to 3 [GHz], refused outside.
    first_m, second_m : heights of the antennas over the road, > 0 [m].

    Either antenna may be called the first. Source: P.1411-12, §4.1.2, UHF propagation.
    """
    d, f, h1, h2 = _floats(distance_m, frequency_ghz, first_m, second_m)
    sensible = (d > 0) & (f >= 0.3) & (f <= 3) & (h1 > 0) & (h2 > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        bounds = _two_slopes(d, _wavelength_m(f), h1 * h2)
    return _told(bounds, sensible), flags_of(d <= FARTHEST_M, sensible, d, f, h1, h2)


def shf_sight(
    distance_m: ArrayLike,
    frequency_ghz: ArrayLike,
    first_m: ArrayLike,
    second_m: ArrayLike,
    road_m: ArrayLike,
) -> tuple[Bounds, Flags]:
    """Loss along a street with traffic at 3 to 15 GHz [dB], and its standing.

    Parameters
    ----------
    distance_m : > 0 [m]; beyond 1,000 m flagged.
    frequency_ghz : 3 to 15 [GHz], refused outside.
    first_m, second_m : heights of the antennas over the road, > 0 [m].
    road_m : effective road height h_s, to which vehicles and people raise the road, >= 0 [m].
        The Recommendation's Tables 5 and 6 have 0.23 to 1.6 m; more is flagged. An antenna
        no higher has no breakpoint.

    Source: P.1411-12, §4.1.2, SHF propagation up to 15 GHz.
    """
    d, f, h1, h2, hs = _floats(distance_m, frequency_ghz, first_m, second_m, road_m)
    sensible = (d > 0) & (f >= 3) & (f <= 15) & (h1 > 0) & (h2 > 0) & (hs >= 0)
    above = (h1 > hs) & (h2 > hs)
    with np.errstate(invalid="ignore", divide="ignore"):
        wavelength = _wavelength_m(f)
        raised = _two_slopes(d, wavelength, np.where(above, (h1 - hs) * (h2 - hs), h1 * h2))
        at_start = np.abs(20 * np.log10(wavelength / (2 * math.pi * _TRAFFIC_M)))
        through = at_start + 30 * np.log10(d / _TRAFFIC_M)
    among = ~above & (d >= _TRAFFIC_M)
    bounds = Bounds(
        np.where(among, through, raised.lower_db),
        np.where(among, through + 6, raised.median_db),
        np.where(among, through + 20, raised.upper_db),
    )
    inside = (d <= FARTHEST_M) & (hs <= 1.6)
    return _told(bounds, sensible), flags_of(inside, sensible, d, f, h1, h2, hs)


def _two_slopes(d: Floats, wavelength: Floats, heights_m2: Floats) -> Bounds:
    """The bounds on both sides of the breakpoint; `heights_m2` is the product of the heights."""
    breakpoint_m = 4 * heights_m2 / wavelength
    at_breakpoint = np.abs(20 * np.log10(wavelength**2 / (8 * math.pi * heights_m2)))
    decades = np.log10(d / breakpoint_m)
    beyond = d > breakpoint_m
    lower = at_breakpoint + np.where(beyond, 40, 20) * decades
    upper = at_breakpoint + 20 + np.where(beyond, 40, 25) * decades
    return Bounds(lower, lower + 6, upper)


def millimetre_sight(
    distance_m: ArrayLike, frequency_ghz: ArrayLike, exponent: ArrayLike, gas_db_per_km: ArrayLike
) -> tuple[Floats, Flags]:
    """Loss along a street at 10 to 100 GHz without rain [dB], and its standing.

    Parameters
    ----------
    distance_m : >= 1 [m]; beyond 1,000 m flagged.
    frequency_ghz : 10 to 100 [GHz], refused outside.
    exponent : n of the distance, > 0. The Recommendation's Table 7 has 1.9 to 2.21; others
        are flagged.
    gas_db_per_km : attenuation by the air at that frequency by P.676, >= 0 [dB/km]. It is
        about 15 at 60 GHz and little elsewhere.

    Source: P.1411-12, §4.1.2, millimetre-wave propagation, equation 13 without its rain.
    """
    d, f, n, gas = _floats(distance_m, frequency_ghz, exponent, gas_db_per_km)
    sensible = (d >= 1) & (f >= 10) & (f <= 100) & (n > 0) & (gas >= 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        at_one_metre = 20 * np.log10(f * 1000) - 28
        loss = at_one_metre + 10 * n * np.log10(d) + gas * d / 1000
    inside = (d <= FARTHEST_M) & (n >= 1.9) & (n <= 2.21)
    return np.where(sensible, loss, math.nan), flags_of(inside, sensible, d, f, n, gas)


def uhf_corner(
    frequency_ghz: ArrayLike,
    first_m: ArrayLike,
    second_m: ArrayLike,
    first_width_m: ArrayLike,
    second_width_m: ArrayLike,
    corner_rad: ArrayLike,
) -> tuple[Floats, Flags]:
    """Loss around one corner at 0.8 to 2 GHz, reflected and diffracted [dB], and its standing.

    Parameters
    ----------
    frequency_ghz : 0.8 to 2 [GHz], flagged to 0.3 and 3, refused beyond.
    first_m, second_m : from each antenna to the crossing, > 0 [m].
    first_width_m, second_width_m : of the street each stands in, > 0 [m].
    corner_rad : angle between the streets, above 0.6 and below π [rad], refused outside.

    The same from either end. Source: P.1411-12, §4.1.3.1; the powers of both ways are added,
    so the logarithm of their sum has a minus sign that the text leaves out.
    """
    f, x1, x2, w1, w2, angle = _floats(
        frequency_ghz, first_m, second_m, first_width_m, second_width_m, corner_rad
    )
    sensible = (f >= 0.3) & (f <= 3) & (x1 > 0) & (x2 > 0) & (w1 > 0) & (w2 > 0)
    sensible &= (angle > 0.6) & (angle < math.pi)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = 20 * np.log10(4 * math.pi / _wavelength_m(f))
        reflected = 20 * np.log10(x1 + x2) + x1 * x2 * 3.86 / angle**3.5 / (w1 * w2) + spread
        turn = (20 / math.pi) * (np.arctan(x2 / w2) + np.arctan(x1 / w1) - math.pi / 2)
        diffracted = (
            10 * np.log10(x1 * x2 * (x1 + x2)) + 2 * turn - 0.1 * (90 - np.degrees(angle)) + spread
        )
        loss = -10 * np.log10(10 ** (-reflected / 10) + 10 ** (-diffracted / 10))
    inside = (f >= 0.8) & (f <= 2)
    return np.where(sensible, loss, math.nan), flags_of(inside, sensible, f, x1, x2, w1, w2, angle)


def shf_corner(
    sight_db: ArrayLike,
    frequency_ghz: ArrayLike,
    first_m: ArrayLike,
    second_m: ArrayLike,
    first_width_m: ArrayLike,
    corner: Corner,
) -> tuple[Floats, Flags]:
    """Loss around one right-angled corner at 2 to 38 GHz [dB], and its standing.

    Parameters
    ----------
    sight_db : loss along the first street as far as the crossing [dB]: the median of
        `uhf_sight` below 3 GHz, of `shf_sight` to 10 GHz, `millimetre_sight` above.
    frequency_ghz : 2 to 38 [GHz], refused outside.
    first_m : from the first antenna to the crossing, above 20 [m]; nearer is flagged.
    second_m : from the crossing to the second antenna, >= 0 [m]. As far as half the first
        street's width and 1 m there is still sight.
    first_width_m : of the street the first antenna stands in, > 0 [m].
    corner : of buildings with a "wedge" or a "chamfered" corner in town, or "residential".

    Source: P.1411-12, §4.1.3.2, equation 19; its L_s is read as L_c, as in earlier editions.
    """
    if corner not in CORNERS:
        raise Refused(f"the corner {corner!r} is not known: use {', '.join(CORNERS)}")
    seen, f, x1, x2, w1 = _floats(sight_db, frequency_ghz, first_m, second_m, first_width_m)
    sensible = (f >= 2) & (f <= 38) & (x1 > 0) & (x2 >= 0) & (w1 > 0) & ~np.isnan(seen)
    most = 30.0 if corner == "residential" else 20.0
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.full(f.shape, 6.0)
        if corner == "chamfered":
            slope = 4.2 + (1.4 * np.log10(f * 1000) - 7.8) * (0.8 * np.log10(x1) - 1)
        into = x2 - w1 / 2
        turning = most / math.log10(1 + _CORNER_M) * np.log10(into)
        along = 10 * slope * np.log10((x1 + x2) / (x1 + w1 / 2 + _CORNER_M))
        beyond = np.where(into > 1 + _CORNER_M, most + along, turning)
        loss = seen + np.where(into > 1, beyond, 0.0)
    return np.where(sensible, loss, math.nan), flags_of(x1 > 20, sensible, seen, f, x1, x2, w1)


def _wavelength_m(frequency_ghz: Floats) -> Floats:
    return SPEED_OF_LIGHT_M_S / (frequency_ghz * 1e9)


def _floats(*given: ArrayLike) -> list[Floats]:
    return list(np.broadcast_arrays(*(np.asarray(each, np.float64) for each in given)))


def _told(bounds: Bounds, sensible: NDArray[np.bool_]) -> Bounds:
    return Bounds(*(np.where(sensible, each, math.nan) for each in bounds))
