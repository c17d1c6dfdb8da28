"""One transmitting antenna: what every coverage kernel is fed with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from canopy.coverage.sites.antennas import Pattern


@dataclass(frozen=True, slots=True)
class RadioSite:
    """One antenna (a sector, or an omnidirectional one) of one operator.

    Attributes:
        site_id: unique in a run.
        operator: slug of who runs it; levels of one operator interfere with each other.
        technology: id in `canopy.coverage.sites.technologies`, such as "lte-1800".
        easting_m, northing_m: position in the run's CRS [m].
        antenna_height_m: height of the antenna's centre above the ground at the site [m], > 0.
        frequency_mhz: carrier [MHz].
        bandwidth_mhz: of the carrier [MHz].
        eirp_dbm: of the whole carrier in the strongest direction [dBm].
        pattern: directional loss, or None for an omnidirectional antenna.
        azimuth_deg: of the strongest direction, clockwise from grid north [°], 0 to 360.
        downtilt_deg: mechanical, positive downwards [°].
        source: where the site was learnt from ("opencellid", "plan", ...).
        estimated: True when its position or power is an estimate: maps are then indicative.
        position_uncertainty_m: radius within which it may lie [m], None when surveyed.
        assumed: names of the attributes that were assumed and not given.
        asset_id: the catalogue's asset that carries it, or "".
    """

    site_id: str
    operator: str
    technology: str
    easting_m: float
    northing_m: float
    antenna_height_m: float
    frequency_mhz: float
    bandwidth_mhz: float
    eirp_dbm: float
    pattern: Pattern | None = None
    azimuth_deg: float = 0.0
    downtilt_deg: float = 0.0
    source: str = ""
    estimated: bool = False
    position_uncertainty_m: float | None = None
    assumed: tuple[str, ...] = ()
    asset_id: str = ""
