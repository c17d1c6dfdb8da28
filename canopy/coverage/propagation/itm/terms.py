"""What a loss is asked for: the terrain, the radio terms and the quantile, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from canopy.coverage.propagation.itm import siting, variability
from canopy.errors import Refused

FREQUENCY_MHZ = (20.0, 20000.0)
ANTENNA_M = (0.5, 3000.0)
SEA_N0 = (250.0, 400.0)
"""What NTIA's ITM answers for."""


class Climate(IntEnum):
    """Radio climates (NTIA Report 82-100). Britain's is `MARITIME_TEMPERATE_LAND`."""

    EQUATORIAL = 1
    CONTINENTAL_SUBTROPICAL = 2
    MARITIME_SUBTROPICAL = 3
    DESERT = 4
    CONTINENTAL_TEMPERATE = 5
    MARITIME_TEMPERATE_LAND = 6
    MARITIME_TEMPERATE_SEA = 7


class Mode(IntEnum):
    """Which variations are taken together (NTIA Report 82-100).

    Single message: all into confidence. Accidental: places into confidence; reliability is over
    time. Mobile: places into reliability. Broadcast: time, places and situations by themselves.
    """

    SINGLE_MESSAGE = variability.SINGLE_MESSAGE
    ACCIDENTAL = variability.ACCIDENTAL
    MOBILE = variability.MOBILE
    BROADCAST = variability.BROADCAST


class Siting(IntEnum):
    """How a terminal's place was chosen, in the area mode."""

    RANDOM = siting.RANDOM
    CAREFUL = siting.CAREFUL
    VERY_CAREFUL = siting.VERY_CAREFUL


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """Shares for which the loss is not exceeded, each above 0 and below 100 [%].

    Attributes:
        time_percent: of an average year. location_percent: of places like these.
        situation_percent: of paths that look the same by what the model knows of them.
        mode: which of them count by themselves. The others go by the share that they are
            taken into.
        places_vary, situations_vary: False leaves that variation out (NTIA's +10 and +20).
    """

    time_percent: float = 50.0
    location_percent: float = 50.0
    situation_percent: float = 50.0
    mode: Mode = Mode.BROADCAST
    places_vary: bool = True
    situations_vary: bool = True

    @classmethod
    def assured(
        cls,
        *,
        confidence_percent: float = 50.0,
        reliability_percent: float = 50.0,
        mode: Mode = Mode.MOBILE,
        places_vary: bool = True,
        situations_vary: bool = True,
    ) -> Quantile:
        """The quantile in the other form: reliability over time, confidence over situations.

        Places are at half unless `mode` takes them into one of the two.
        """
        _refuse_percent("confidence_percent", confidence_percent)
        _refuse_percent("reliability_percent", reliability_percent)
        return cls(
            time_percent=reliability_percent,
            situation_percent=confidence_percent,
            mode=mode,
            places_vary=places_vary,
            situations_vary=situations_vary,
        )

    def __post_init__(self) -> None:
        for name in ("time_percent", "location_percent", "situation_percent"):
            _refuse_percent(name, getattr(self, name))
        _refuse_unlisted("mode", self.mode, Mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a loss is asked for, besides the terrain. Others than the ranges are refused.

    Attributes:
        frequency_mhz: 20 to 20,000 [MHz]; outside 40 to 10,000 computed and flagged.
        tx_height_m, rx_height_m: above the ground, 0.5 to 3,000 [m]; outside 1 to 1,000
            computed and flagged.
        sea_n0: N0, least monthly mean refractivity at sea level, 250 to 400 [N-units].
        climate: of the path.
        vertical: polarisation, else horizontal.
        permittivity: of the ground, relative, >= 1; 15 is average ground.
        conductivity_s_m: of the ground, above 0 [S/m]; 0.005 is average ground.
        quantile: which of the losses.
    """

    frequency_mhz: float
    tx_height_m: float
    rx_height_m: float
    sea_n0: float
    climate: Climate
    vertical: bool = True
    permittivity: float = 15.0
    conductivity_s_m: float = 0.005
    quantile: Quantile = field(default_factory=Quantile)

    def __post_init__(self) -> None:
        for name, (least, most) in (
            ("frequency_mhz", FREQUENCY_MHZ),
            ("tx_height_m", ANTENNA_M),
            ("rx_height_m", ANTENNA_M),
            ("sea_n0", SEA_N0),
            ("permittivity", (1.0, math.inf)),
        ):
            value = getattr(self, name)
            if value < least or value > most:
                raise Refused(f"{name} is {value:g}: ITM answers from {least:g} to {most:g}")
        if self.conductivity_s_m <= 0:
            raise Refused("conductivity_s_m must be above 0")
        _refuse_unlisted("climate", self.climate, Climate)


@dataclass(frozen=True, slots=True, eq=False)
class TerrainProfile:
    """Ground at equal steps along a path, from the transmitter to the receiver.

    Attributes:
        step_m: from height to height [m], above 0.
        ground_m: above sea level [m], three heights or more.
    """

    step_m: float
    ground_m: NDArray[np.float64]

    @classmethod
    def of(cls, step_m: float, ground_m: ArrayLike) -> TerrainProfile:
        """A profile from any sequence of heights."""
        return cls(step_m, np.array(ground_m, np.float64))

    def __post_init__(self) -> None:
        if self.ground_m.ndim != 1 or self.ground_m.size < 3:
            raise Refused("ground_m of a profile must be a row of three heights or more")
        if self.step_m <= 0:
            raise Refused("step_m of a profile must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaPath:
    """What is known of a path without its profile.

    Attributes:
        distance_km: between the terminals [km], above 0.
        delta_h_m: Δh, interdecile range of the terrain about its trend [m], >= 0: 0 for a
            smooth plain or the sea, 90 for average ground, 200 for mountains.
        tx_siting, rx_siting: how the terminals' places were chosen.
    """

    distance_km: float
    delta_h_m: float
    tx_siting: Siting = Siting.RANDOM
    rx_siting: Siting = Siting.RANDOM

    def __post_init__(self) -> None:
        if self.distance_km <= 0:
            raise Refused("distance_km must be above 0")
        if self.delta_h_m < 0:
            raise Refused("delta_h_m must be 0 or more")
        _refuse_unlisted("tx_siting", self.tx_siting, Siting)
        _refuse_unlisted("rx_siting", self.rx_siting, Siting)


def _refuse_percent(name: str, percent: float) -> None:
    if percent <= 0 or percent >= 100:
        raise Refused(f"{name} is {percent:g}: ITM answers above 0 and below 100")


def _refuse_unlisted(name: str, value: int, known: type[IntEnum]) -> None:
    listed = [each.value for each in known]
    if value not in listed:
        raise Refused(f"{name} {value} is not known: use {min(listed)} to {max(listed)}")
