"""What a radio technology is to a coverage run: carrier, receiver, service and limits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from canopy.errors import Refused

Generation = Literal["2g", "3g", "4g", "5g", "wifi", "lorawan"]
SiteClass = Literal["macro", "small-cell"]
Standing = Literal["published", "derived", "recalled", "assumption"]
"""How well a value is founded: read in its source, worked out from one, remembered from a
source that was not read again, or chosen by us."""


@dataclass(frozen=True, slots=True)
class Note:
    """Where one value of a technology comes from."""

    about: str
    standing: Standing
    text: str


@dataclass(frozen=True, slots=True)
class SiteDefaults:
    """What is taken for a site of one class when nothing better is known.

    Attributes:
        eirp_dbm: of the whole carrier in the strongest direction [dBm].
        antenna_height_m: above the ground [m].
        reach_m: beyond it a run need not look for the site [m].
    """

    eirp_dbm: float
    antenna_height_m: float
    reach_m: float


@dataclass(frozen=True, slots=True)
class EirpLimit:
    """The most that may be radiated.

    Attributes:
        eirp_dbm: [dBm].
        per_mhz: bandwidth that the limit counts for [MHz]; None for the whole carrier.
        text: the rule as it is written, with its conditions.
    """

    eirp_dbm: float
    per_mhz: float | None
    text: str

    def for_bandwidth(self, bandwidth_mhz: float) -> float:
        """The limit of a carrier `bandwidth_mhz` wide [dBm]."""
        if self.per_mhz is None:
            return self.eirp_dbm
        return self.eirp_dbm + 10 * math.log10(max(1.0, bandwidth_mhz / self.per_mhz))


@dataclass(frozen=True, slots=True)
class Technology:
    """Defaults of one technology in one band; a site or a setting may override them.

    Attributes:
        technology_id: such as "lte-1800".
        name: for people.
        generation: family that share one operator's service.
        reported: name of the level that maps show ("RSRP", "RSSI", ...).
        band_mhz: downlink range in the United Kingdom [MHz].
        frequency_mhz: carrier taken when a site states none [MHz].
        bandwidth_mhz: of a carrier, likewise [MHz].
        carriers: (bandwidth [MHz], equal parts of a carrier's power of which the reported
            level counts one); the first is of `bandwidth_mhz`.
        macro, small_cell: defaults of a site on a mast or roof, and on street furniture.
        receiver_height_m: above the ground [m].
        noise_figure_db: of the receiver [dB].
        threshold_dbm: reported level at which a place outdoors counts as covered [dBm].
        shannon_share, least_sinr_db, most_bps_per_hz: spectral efficiency is
            ``min(share * log2(1 + SINR), most)`` and none below the least SINR.
        limits: EIRP limits from the strictest to the most generous; the last is the one
            that no use may pass.
        notes: where the values come from.
    """

    technology_id: str
    name: str
    generation: Generation
    reported: str
    band_mhz: tuple[float, float]
    frequency_mhz: float
    bandwidth_mhz: float
    carriers: tuple[tuple[float, float], ...]
    macro: SiteDefaults
    small_cell: SiteDefaults
    noise_figure_db: float
    threshold_dbm: float
    shannon_share: float
    least_sinr_db: float
    most_bps_per_hz: float
    limits: tuple[EirpLimit, ...]
    notes: tuple[Note, ...]
    receiver_height_m: float = 1.5

    @property
    def reference_carriers(self) -> float:
        """Parts of the default carrier's power of which the reported level counts one."""
        return self.carriers[0][1]

    def reference_carriers_at(self, bandwidth_mhz: float) -> float:
        """As `reference_carriers`, for a carrier of another bandwidth that is defined.

        Raises Refused for a bandwidth that the technology does not have.
        """
        for defined_mhz, parts in self.carriers:
            if math.isclose(defined_mhz, bandwidth_mhz, rel_tol=1e-6):
                return parts
        defined = ", ".join(f"{each:g}" for each, _ in sorted(self.carriers))
        raise Refused(
            f"{self.technology_id} has no carrier of {bandwidth_mhz:g} MHz; it has {defined} MHz"
        )

    def reference_eirp_dbm(self, eirp_dbm: float, bandwidth_mhz: float | None = None) -> float:
        """The part of a carrier's EIRP that the reported level counts [dBm]."""
        wide = self.bandwidth_mhz if bandwidth_mhz is None else bandwidth_mhz
        return eirp_dbm - 10 * math.log10(self.reference_carriers_at(wide))

    @property
    def noise_bandwidth_hz(self) -> float:
        """Band of one reference part [Hz], the carrier shared out evenly."""
        return self.bandwidth_mhz * 1e6 / self.reference_carriers

    def defaults(self, site_class: SiteClass) -> SiteDefaults:
        return self.macro if site_class == "macro" else self.small_cell

    def eirp_limit_dbm(self, bandwidth_mhz: float) -> float | None:
        """The most that any use of the band may radiate [dBm]; None where none is known."""
        if not self.limits:
            return None
        return self.limits[-1].for_bandwidth(bandwidth_mhz)
