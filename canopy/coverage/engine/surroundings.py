"""Methods that are set by what stands around: P.1411 in streets, Hata, COST 231, free space."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.propagation.free_space import free_space_loss
from canopy.coverage.propagation.okumura_hata import (
    LEAST_DISTANCE_KM,
    Area,
    cost231_loss,
    hata_loss,
    location_sigma,
)
from canopy.coverage.propagation.p1411.site_general import ROWS, RowName, site_general_loss
from canopy.coverage.propagation.tr38901 import Losses, umi_los_probability
from canopy.coverage.validity import Validity

Floats = NDArray[np.float64]
Ends = tuple[float, float]
"""Heights of the site's and the receiver's antenna above the ground [m]."""
Median = tuple[Floats, Floats, NDArray[np.uint8]]

_HIDDEN: dict[str, RowName] = {
    "dense urban": "below, high-rise nlos",
    "urban": "below, high-rise nlos",
    "suburban": "below, low-rise nlos",
    "rural": "below, residential nlos",
}
"""Rows of P.1411's Table 4. It has none for open country: there the mildest is taken, flagged."""
_AREAS: dict[str, Area] = {
    "dense urban": "large city",
    "urban": "urban",
    "suburban": "suburban",
    "rural": "open",
}

NOTES = {
    "p1411": "In P.1411 the probability of sight is that of 3GPP TR 38.901, UMi: the "
    "Recommendation has none for these paths.",
    "hata": "Hata has one median for the whole surroundings, with sight and without; its "
    "deviation is a fit to Okumura's (Saunders and Aragón-Zavala, 2007, chapter 9).",
    "cost231": "COST 231 has one median for the whole surroundings, with sight and without; its "
    "deviation is a fit to Okumura's (Saunders and Aragón-Zavala, 2007, chapter 9).",
    "free-space": "Free space has neither obstacles nor shadowing: levels are the most there "
    "can be, not what to expect.",
}
"""What a reader must know of a method, beyond its range."""


def short_range(environment: str, distance_m: Floats, frequency_mhz: float, ends_m: Ends) -> Losses:
    """Losses by P.1411's Table 4, sight by the probability of TR 38.901 UMi.

    distance_m: horizontal [m].
    """
    slant_m = np.hypot(distance_m, ends_m[0] - ends_m[1])
    f_ghz = np.full(distance_m.shape, frequency_mhz / 1000)
    seen_db, seen_flags = site_general_loss("below, los", slant_m, f_ghz)
    row = _HIDDEN[environment]
    hidden_db, hidden_flags = site_general_loss(row, slant_m, f_ghz)
    if environment == "rural":
        seen_flags = np.maximum(seen_flags, np.uint8(Validity.EXTRAPOLATED))
        hidden_flags = np.maximum(hidden_flags, np.uint8(Validity.EXTRAPOLATED))
    return Losses(
        seen_db,
        hidden_db,
        np.array([umi_los_probability(each) for each in distance_m]),
        np.full(distance_m.shape, ROWS["below, los"].sigma_db),
        np.full(distance_m.shape, ROWS[row].sigma_db),
        seen_flags,
        hidden_flags,
    )


def _hata(environment: str, distance_m: Floats, frequency_mhz: float, ends_m: Ends) -> Median:
    area = _AREAS[environment]
    loss, flags = hata_loss(_held_km(distance_m), frequency_mhz, *ends_m, area)
    return loss, np.full(loss.shape, location_sigma(frequency_mhz, area)), flags


def _cost231(environment: str, distance_m: Floats, frequency_mhz: float, ends_m: Ends) -> Median:
    area = _AREAS[environment]
    loss, flags = cost231_loss(_held_km(distance_m), frequency_mhz, *ends_m, area)
    return loss, np.full(loss.shape, location_sigma(frequency_mhz, area)), flags


def _held_km(distance_m: Floats) -> Floats:
    """Distance [km], held where Hata's formula has no value nearer: a mast serves its own foot."""
    return np.maximum(distance_m / 1000, LEAST_DISTANCE_KM)


def _free_space(environment: str, distance_m: Floats, frequency_mhz: float, ends_m: Ends) -> Median:
    slant_m = np.hypot(distance_m, ends_m[0] - ends_m[1])
    loss, flags = free_space_loss(slant_m, frequency_mhz)
    return loss, np.zeros(loss.shape), flags


MEDIANS: dict[str, Callable[[str, Floats, float, Ends], Median]] = {
    "hata": _hata,
    "cost231": _cost231,
    "free-space": _free_space,
}
"""Loss, deviation and standing by environment, horizontal distance, frequency and heights."""
