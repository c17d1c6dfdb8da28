"""A loss from a profile: the whole of P.1812-7 for one path."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.propagation.p1812.loss import Climate, Losses, at_locations, losses
from canopy.coverage.propagation.p1812.path import FROM_THE_SEA_KM
from canopy.coverage.propagation.p1812.profile import COAST, INLAND, SEA, reduce_profile
from canopy.coverage.validity import Validity
from canopy.errors import Refused

EDITION = "Recommendation ITU-R P.1812-7 (08/2023)"
FREQUENCY_GHZ = (0.03, 6.0)
DISTANCE_KM = (0.25, 3000.0)
ANTENNA_M = (1.0, 3000.0)
TIME_PERCENT = (1.0, 50.0)
LOCATION_PERCENT = (1.0, 99.0)
LATITUDE_DEG = 80.0
"""What the method was made for (§1 and Table 1); latitudes either side of the equator."""


@dataclass(frozen=True, slots=True, eq=False)
class TerrainProfile:
    """Ground and what stands on it along a path, from the transmitter to the receiver.

    Attributes:
        distance_km: from the transmitter [km]: 0 first, rising, three points or more.
        ground_m: above sea level [m], as many.
        clutter_m: representative height of what stands there [m], >= 0, as many; that of the
            two ends is not counted (§3.2).
        zone: `SEA`, `COAST` or `INLAND`, as many.
    """

    distance_km: NDArray[np.float64]
    ground_m: NDArray[np.float64]
    clutter_m: NDArray[np.float64]
    zone: NDArray[np.int64]

    @classmethod
    def over_land(
        cls, distance_km: ArrayLike, ground_m: ArrayLike, clutter_m: ArrayLike = 0.0
    ) -> TerrainProfile:
        """A profile that is inland all along."""
        distance = np.asarray(distance_km, np.float64)
        clutter = np.broadcast_to(np.asarray(clutter_m, np.float64), distance.shape)
        zone = np.full(distance.shape, INLAND, np.int64)
        return cls(distance, np.asarray(ground_m, np.float64), clutter, zone)

    def __post_init__(self) -> None:
        count = self.distance_km.size
        shapes = {each.shape for each in (self.ground_m, self.clutter_m, self.zone)}
        if shapes != {(count,)} or count < 3:
            raise Refused("a profile has three points or more, and as many of each of its columns")
        if self.distance_km[0] != 0 or not (np.diff(self.distance_km) > 0).all():
            raise Refused("distance_km of a profile must be 0 first and rise from point to point")
        if (self.clutter_m < 0).any():
            raise Refused("clutter_m of a profile must be 0 or more")
        strange = set(np.unique(self.zone).tolist()) - {SEA, COAST, INLAND}
        if strange:
            raise Refused(f"zone {min(strange)} is not known: use {SEA}, {COAST} or {INLAND}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a loss is asked for.

    Attributes:
        frequency_ghz: 0.03 to 6 [GHz]; others are refused.
        tx_height_m, rx_height_m: above the ground [m], 1 to 3,000; above 0 is computed, flagged.
        delta_n: ΔN, fall of refractivity in the lowest kilometre [N-units/km], above 0,
            below 157.
        sea_n0: N0, surface refractivity at sea level [N-units].
        latitude_deg: of the middle of the path, -80 to 80.
        vertical: polarisation, else horizontal.
        time_percent: 1 to 50 [%] of an average year.
        location_percent: 1 to 99 [%] of the places around the receiver.
        location_sigma_db: how much losses vary over those places [dB], >= 0.
        tx_coast_km, rx_coast_km: to the coast along the path [km].
    """

    frequency_ghz: float
    tx_height_m: float
    rx_height_m: float
    delta_n: float
    sea_n0: float
    latitude_deg: float
    vertical: bool = True
    time_percent: float = 50.0
    location_percent: float = 50.0
    location_sigma_db: float = 0.0
    tx_coast_km: float = FROM_THE_SEA_KM
    rx_coast_km: float = FROM_THE_SEA_KM

    def __post_init__(self) -> None:
        for name, (least, most) in (
            ("frequency_ghz", FREQUENCY_GHZ),
            ("tx_height_m", (0.0, ANTENNA_M[1])),
            ("rx_height_m", (0.0, ANTENNA_M[1])),
            ("time_percent", TIME_PERCENT),
            ("location_percent", LOCATION_PERCENT),
            ("latitude_deg", (-LATITUDE_DEG, LATITUDE_DEG)),
            ("location_sigma_db", (0.0, math.inf)),
        ):
            value = getattr(self, name)
            if value < least or value > most:
                raise Refused(f"{name} is {value:g}: P.1812 answers from {least:g} to {most:g}")
        if self.tx_height_m == 0 or self.rx_height_m == 0:
            raise Refused("tx_height_m and rx_height_m must be above 0")
        if self.delta_n <= 0 or self.delta_n >= 157:
            raise Refused(f"delta_n is {self.delta_n:g}: give above 0 and below 157 N-units/km")


@dataclass(frozen=True, slots=True)
class Answer:
    """A loss and where it comes from.

    Attributes:
        loss_db: Lb, basic transmission loss [dB]; NaN where an input is.
        parts: what it is made of, at half of the locations.
        validity: in range, extrapolated (distance or heights) or unknown (NaN).
    """

    loss_db: float
    parts: Losses
    validity: Validity


def predict(profile: TerrainProfile, terms: Terms) -> Answer:
    """The basic transmission loss along a profile (§4).

    Heights of antennas below 1 m and distances outside 0.25 to 3,000 km are computed and
    flagged as extrapolated. A NaN anywhere gives NaN.
    """
    # One type for each argument: a kernel is compiled anew for every other.
    path = reduce_profile(
        _column(profile.distance_km),
        _column(profile.ground_m),
        _column(profile.clutter_m),
        np.array(profile.zone, np.int64),
        float(terms.tx_height_m),
        float(terms.rx_height_m),
        float(terms.tx_coast_km),
        float(terms.rx_coast_km),
        float(terms.frequency_ghz),
        float(terms.delta_n),
    )
    climate = Climate(
        float(terms.frequency_ghz),
        bool(terms.vertical),
        float(terms.time_percent),
        float(terms.delta_n),
        float(terms.sea_n0),
        float(terms.latitude_deg),
    )
    parts = losses(path, climate)
    loss = at_locations(parts, float(terms.location_percent), float(terms.location_sigma_db))
    known = np.isfinite(profile.ground_m).all() and np.isfinite(profile.clutter_m).all()
    if not known or math.isnan(loss):
        return Answer(math.nan, parts, Validity.UNKNOWN)
    inside = (
        DISTANCE_KM[0] <= path.distance <= DISTANCE_KM[1]
        and min(terms.tx_height_m, terms.rx_height_m) >= ANTENNA_M[0]
    )
    return Answer(loss, parts, Validity.IN_RANGE if inside else Validity.EXTRAPOLATED)


def _column(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array(values, np.float64)
