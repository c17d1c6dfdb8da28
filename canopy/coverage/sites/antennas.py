"""Directional antennas: loss against the strongest direction, from a formula or a file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from canopy.errors import Refused

Table = NDArray[np.float32]

DBD_TO_DBI = 2.15
"""Gain of a half-wave dipole over an isotropic antenna [dB] (ITU-R V.573)."""

_KRAUS_SQUARE_DEGREES = 32_400.0
"""Gain = 32,400 / (beamwidths in degrees multiplied), which allows for side lobes and losses
(J. D. Kraus, Antennas, 2nd edition, section 2-10; the loss-free figure is 41,253)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Loss by direction; compared by identity, as one pattern is shared by many sites.

    Attributes:
        name: of the antenna.
        horizontal_loss_db: float32 (360), by degrees clockwise off the azimuth [dB], >= 0.
        vertical_loss_db: float32 (360), by degrees below the horizon (90 is straight down,
            270 straight up), electrical tilt included [dB], >= 0.
        gain_dbi: in the strongest direction [dBi].
        most_loss_db: cap of the sum of both [dB]; infinite when there is none.
    """

    name: str
    horizontal_loss_db: Table
    vertical_loss_db: Table
    gain_dbi: float
    most_loss_db: float = math.inf

    def __post_init__(self) -> None:
        for cut in ("horizontal", "vertical"):
            table = getattr(self, f"{cut}_loss_db")
            if table.shape != (360,) or table.dtype != np.float32:
                raise Refused(
                    f"the {cut} cut of antenna {self.name!r} must have 360 float32 values"
                )
            if not np.isfinite(table).all() or table.min() < 0:
                raise Refused(
                    f"a loss in the {cut} cut of antenna {self.name!r} is not 0 dB or more"
                )
            table.setflags(write=False)
        if not math.isfinite(self.gain_dbi):
            raise Refused(f"the gain of antenna {self.name!r} is {self.gain_dbi}, no finite number")


def eirp_dbm(power_dbm: float, gain_dbi: float, feeder_loss_db: float = 0.0) -> float:
    """Radiated power in the strongest direction [dBm]: power + gain - feeder loss.

    power_dbm: at the transmitter, of the whole carrier [dBm]. gain_dbi: [dBi].
    feeder_loss_db: between them [dB], >= 0. Refused for a number that is not finite or a
    negative feeder loss (a gain).
    """
    if not all(map(math.isfinite, (power_dbm, gain_dbi, feeder_loss_db))) or feeder_loss_db < 0:
        raise Refused(
            f"no EIRP from {power_dbm} dBm, {gain_dbi} dBi and a feeder loss of {feeder_loss_db} "
            "dB: all must be finite and the loss 0 or more"
        )
    return power_dbm + gain_dbi - feeder_loss_db


def _parabola(off_deg: NDArray[np.float64], width_deg: float, most_db: float) -> Table:
    """min(12 (angle / beamwidth)^2, most) by 3GPP: 3 dB at half the beamwidth."""
    wrapped = (off_deg + 180.0) % 360.0 - 180.0
    return np.minimum(12.0 * (wrapped / width_deg) ** 2, most_db).astype(np.float32)


def three_gpp(
    horizontal_3db_deg: float = 65.0,
    vertical_3db_deg: float = 65.0,
    max_attenuation_db: float = 30.0,
    sla_db: float = 30.0,
    *,
    gain_dbi: float = 8.0,
    electrical_tilt_deg: float = 0.0,
) -> Pattern:
    """The 3GPP parabolic antenna.

    The defaults are one element of 3GPP TR 38.901, Table 7.3-1 (65° both ways, 30 dB, 8 dBi).
    The three-sector antenna of TR 36.814, Table A.2.1.1-2 is 70°, 10°, 25 dB, sla_db 20.

    horizontal_3db_deg, vertical_3db_deg: beamwidths [°], above 0 to 360.
    max_attenuation_db: of the horizontal cut, and of the sum of both [dB], > 0.
    sla_db: of the vertical cut [dB], > 0. electrical_tilt_deg: positive downwards, -90 to 90.
    Outside these ranges Refused.
    """
    for name, width in (("horizontal", horizontal_3db_deg), ("vertical", vertical_3db_deg)):
        if not 0 < width <= 360:
            raise Refused(f"a {name} beamwidth of {width}° is not above 0 and up to 360°")
    if not (max_attenuation_db > 0 and sla_db > 0 and abs(electrical_tilt_deg) <= 90):
        raise Refused(
            f"attenuations of {max_attenuation_db} and {sla_db} dB with a tilt of "
            f"{electrical_tilt_deg}°: the first two must be above 0, the tilt -90 to 90"
        )
    degrees = np.arange(360, dtype=np.float64)
    name = f"3GPP {horizontal_3db_deg:g}x{vertical_3db_deg:g} {max_attenuation_db:g}/{sla_db:g} dB"
    if electrical_tilt_deg:
        name += f" tilt {electrical_tilt_deg:g}"
    return Pattern(
        f"{name} {gain_dbi:g} dBi",
        _parabola(degrees, horizontal_3db_deg, max_attenuation_db),
        _parabola(degrees - electrical_tilt_deg, vertical_3db_deg, sla_db),
        gain_dbi,
        max_attenuation_db,
    )


_THREE_GPP_NAME = re.compile(
    r"3GPP (?P<across>[\d.]+)x(?P<upright>[\d.]+) (?P<most>[\d.]+)/(?P<sla>[\d.]+) dB"
    r"(?: tilt (?P<tilt>-?[\d.]+))? (?P<gain>-?[\d.]+) dBi"
)


@lru_cache(maxsize=1024)
def three_gpp_named(name: str) -> Pattern | None:
    """The antenna that `three_gpp` calls so ("3GPP 65x10 25/20 dB tilt 6 17 dBi"), else None.

    One name gives one pattern, shared by the sites that have it. Refused for beamwidths and
    attenuations that `three_gpp` refuses.
    """
    said = _THREE_GPP_NAME.fullmatch(name)
    if said is None:
        return None
    try:
        across, upright, most, sla, tilt, gain = (float(each or 0) for each in said.groups())
    except ValueError:
        return None
    return three_gpp(across, upright, most, sla, gain_dbi=gain, electrical_tilt_deg=tilt)


def pattern_named(name: str, patterns: Mapping[str, Pattern]) -> Pattern | None:
    """The antenna that a list calls `name`: one of `patterns`, or a 3GPP one by its name."""
    return patterns[name] if name in patterns else three_gpp_named(name)


def beamwidth(
    horizontal_deg: float,
    vertical_deg: float,
    *,
    gain_dbi: float | None = None,
    front_to_back_db: float = 25.0,
    electrical_tilt_deg: float = 0.0,
) -> Pattern:
    """An antenna of which only the beamwidths are known: a parabola in both cuts.

    gain_dbi: when None, 10 log10(32,400 / (horizontal * vertical)), Kraus. A horizontal
    beamwidth of 360° is omnidirectional. front_to_back_db: largest loss [dB]; 25 is what
    TR 36.814, Table A.2.1.1-2 has.
    """
    if gain_dbi is None:
        if not (0 < horizontal_deg <= 360 and 0 < vertical_deg <= 180):
            raise Refused(f"beamwidths of {horizontal_deg}° and {vertical_deg}° have no gain")
        gain_dbi = 10 * math.log10(_KRAUS_SQUARE_DEGREES / (horizontal_deg * vertical_deg))
    pattern = three_gpp(
        horizontal_deg, vertical_deg, front_to_back_db, front_to_back_db,
        gain_dbi=gain_dbi, electrical_tilt_deg=electrical_tilt_deg,
    )  # fmt: skip
    if horizontal_deg < 360:
        return pattern
    return Pattern(
        f"omni x{vertical_deg:g} {gain_dbi:g} dBi",
        np.zeros(360, np.float32),
        np.array(pattern.vertical_loss_db),
        gain_dbi,
        front_to_back_db,
    )
