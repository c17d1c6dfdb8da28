"""What turns a path loss into a level, and a level into a service."""

from __future__ import annotations

import math
from dataclasses import dataclass

from canopy.errors import Refused

THERMAL_NOISE_DBM_PER_HZ = -173.98
"""k T at 290 K, 1.380649e-23 J/K (SI, exact) times 290 K, in dBm per hertz."""


@dataclass(frozen=True, slots=True)
class LinkBudget:
    """The receiver's side of one technology.

    Attributes:
        technology: id, such as "lte-1800".
        bandwidth_mhz: of the carrier [MHz], > 0.
        reference_carriers: into how many equal parts the carrier's power is divided for the
            reported level (12 per resource block for RSRP, 1 where the whole carrier counts).
        receiver_height_m: above the ground [m], > 0.
        noise_figure_db: of the receiver [dB].
        threshold_dbm: reported level at which a place counts as covered [dBm].
        load: share of the time that other sites transmit, 0 to 1; 1 is the worst case.
        extra_loss_db: lost between the outdoor place and the receiver, such as by entry
            into a building [dB], >= 0.
        shannon_share: part of Shannon's bound that the technology reaches, 0 to 1.
        most_bps_per_hz: cap of its spectral efficiency [bit/s/Hz].
        least_sinr_db: below it there is no service [dB].
    """

    technology: str
    bandwidth_mhz: float
    reference_carriers: float
    receiver_height_m: float
    noise_figure_db: float
    threshold_dbm: float
    load: float = 1.0
    extra_loss_db: float = 0.0
    shannon_share: float = 0.6
    most_bps_per_hz: float = 4.4
    least_sinr_db: float = -10.0

    def __post_init__(self) -> None:
        numbers = {name: getattr(self, name) for name in self.__slots__ if name != "technology"}
        for name, value in numbers.items():
            if not math.isfinite(value):
                raise Refused(f"{name} of {self.technology} is {value}, which is no finite number")
        for name in ("bandwidth_mhz", "reference_carriers", "receiver_height_m"):
            if numbers[name] <= 0:
                raise Refused(
                    f"{name} of {self.technology} is {numbers[name]}, but must be above 0"
                )
        for name in ("load", "shannon_share"):
            if not 0 <= numbers[name] <= 1:
                raise Refused(f"{name} of {self.technology} is {numbers[name]}, not within 0 to 1")

    @property
    def noise_dbm(self) -> float:
        """Noise in the band of one reference part [dBm]."""
        hertz = self.bandwidth_mhz * 1e6 / self.reference_carriers
        return THERMAL_NOISE_DBM_PER_HZ + 10 * math.log10(hertz) + self.noise_figure_db

    def reference_eirp_dbm(self, eirp_dbm: float) -> float:
        """The part of a carrier's EIRP that the reported level counts [dBm]."""
        return eirp_dbm - 10 * math.log10(self.reference_carriers) - self.extra_loss_db
