"""Okumura's measurements as Hata's formula, and its extension COST-231.

M. Hata, "Empirical formula for propagation loss in land mobile radio services", IEEE Trans.
Veh. Technol. VT-29 (1980) 317-325, equations 13 to 25; COST Action 231 final report (1999),
§4.4.1, equations 4.4.2 and 4.4.3. Base stations stand above the roofs around them.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.validity import Validity
from canopy.errors import Refused

Area = Literal["urban", "large city", "suburban", "open"]
AREAS = ("urban", "large city", "suburban", "open")
HATA_MHZ = (150.0, 1500.0)
COST231_MHZ = (1500.0, 2000.0)
BASE_M = (30.0, 200.0)
MOBILE_M = (1.0, 10.0)
DISTANCE_KM = (1.0, 20.0)
LEAST_DISTANCE_KM = 0.02
_LARGE_CITY_FROM_MHZ = 300.0
"""Where Hata's two corrections for large cities meet: 200 and 400 MHz in the paper's
figures, 300 MHz in most later statements."""

Floats = NDArray[np.float64]
Flags = NDArray[np.uint8]


def hata_loss(
    distance_km: ArrayLike,
    frequency_mhz: ArrayLike,
    base_m: ArrayLike,
    mobile_m: ArrayLike,
    area: Area = "urban",
) -> tuple[Floats, Flags]:
    """Median loss by Hata [dB], and its standing.

    Parameters
    ----------
    distance_km : 1 to 20 [km]; from 0.02 to 100 km it is computed and flagged.
    frequency_mhz : 150 to 1,500 [MHz]; from 100 to 2,000 MHz computed and flagged.
    base_m, mobile_m : effective heights, 30 to 200 and 1 to 10 [m]; flagged outside, refused
        at 0 and below.
    area : "urban" is a small or medium city.

    Source: Hata (1980), equations 13 to 25.
    """
    d, f, hb, hm = _floats(distance_km, frequency_mhz, base_m, mobile_m)
    with np.errstate(invalid="ignore", divide="ignore"):
        log_f = np.log10(f)
        loss = (
            69.55
            + 26.16 * log_f
            - 13.82 * np.log10(hb)
            - _mobile_gain(f, hm, area)
            + (44.9 - 6.55 * np.log10(hb)) * np.log10(d)
        )
        if area == "suburban":
            loss = loss - 2 * np.log10(f / 28) ** 2 - 5.4
        elif area == "open":
            loss = loss - 4.78 * log_f**2 + 18.33 * log_f - 40.94
    return _told(loss, (d, f, hb, hm), HATA_MHZ, (100.0, 2000.0))


def cost231_loss(
    distance_km: ArrayLike,
    frequency_mhz: ArrayLike,
    base_m: ArrayLike,
    mobile_m: ArrayLike,
    area: Area = "urban",
) -> tuple[Floats, Flags]:
    """Median loss by COST-231 Hata [dB], and its standing; ranges as `hata_loss`.

    frequency_mhz : 1,500 to 2,000 [MHz]; to 2,600 MHz computed and flagged. area : "urban" and
    "suburban" are the medium city (C_m = 0 dB), "large city" is a metropolitan centre (3 dB);
    the report has nothing for open land, which is refused.

    Source: COST 231 (1999), equations 4.4.2 and 4.4.3.
    """
    if area == "open":
        raise Refused("COST-231 has no formula for open land: use Hata")
    d, f, hb, hm = _floats(distance_km, frequency_mhz, base_m, mobile_m)
    with np.errstate(invalid="ignore", divide="ignore"):
        loss = (
            46.3
            + 33.9 * np.log10(f)
            - 13.82 * np.log10(hb)
            - _mobile_gain(f, hm, "urban")
            + (44.9 - 6.55 * np.log10(hb)) * np.log10(d)
            + (3.0 if area == "large city" else 0.0)
        )
    return _told(loss, (d, f, hb, hm), COST231_MHZ, (1500.0, 2600.0))


def location_sigma(frequency_mhz: float, area: Area) -> float:
    """Standard deviation of the median from place to place [dB].

    frequency_mhz: 100 to 3,000 [MHz]. A city has 1.4 dB less than a suburb, whose value also
    stands for open land, for which the source has none.

    Source: a fit to Okumura's curves, 0.65 (log f)² - 1.3 log f + A with A = 5.2 dB in cities
    and 6.6 dB in suburbs: S. R. Saunders and A. Aragón-Zavala, Antennas and Propagation for
    Wireless Communication Systems, 2nd edition (2007), chapter 9.
    """
    log_f = math.log10(frequency_mhz)
    return 0.65 * log_f**2 - 1.3 * log_f + (5.2 if area in ("urban", "large city") else 6.6)


def _mobile_gain(f: Floats, hm: Floats, area: str) -> Floats:
    """a(h_m) [dB]."""
    if area not in AREAS:
        raise Refused(f"the area {area!r} is not known: use {', '.join(AREAS)}")
    if area == "large city":
        low = 8.29 * np.log10(1.54 * hm) ** 2 - 1.1
        high = 3.2 * np.log10(11.75 * hm) ** 2 - 4.97
        return np.where(f < _LARGE_CITY_FROM_MHZ, low, high)
    return (1.1 * np.log10(f) - 0.7) * hm - (1.56 * np.log10(f) - 0.8)


def _floats(*given: ArrayLike) -> list[Floats]:
    return list(np.broadcast_arrays(*(np.asarray(each, np.float64) for each in given)))


def _told(
    loss: Floats,
    inputs: tuple[Floats, Floats, Floats, Floats],
    made_for_mhz: tuple[float, float],
    computed_mhz: tuple[float, float],
) -> tuple[Floats, Flags]:
    d, f, hb, hm = inputs
    sensible = (d >= LEAST_DISTANCE_KM) & (d <= 100) & (hb > 0) & (hm > 0)
    sensible &= (f >= computed_mhz[0]) & (f <= computed_mhz[1])
    inside = sensible.copy()
    for value, (least, most) in zip(
        inputs, (DISTANCE_KM, made_for_mhz, BASE_M, MOBILE_M), strict=True
    ):
        inside &= (value >= least) & (value <= most)
    flags = np.where(inside, Validity.IN_RANGE, Validity.EXTRAPOLATED).astype(np.uint8)
    flags[~sensible] = Validity.REFUSED
    unknown = np.isnan(d) | np.isnan(f) | np.isnan(hb) | np.isnan(hm)
    flags[unknown] = Validity.UNKNOWN
    return np.where(sensible, loss, math.nan), flags
