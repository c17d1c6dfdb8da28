"""Attributes of radio sites: small cells and masts.

Sources: what operators give in applications for street sites (bands, EIRP, azimuth, tilt,
volume, mass, power 100 to 400 W for a small cell); ICNIRP declarations state EIRP.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from canopy.assets.kinds.fields import Text, Texts, for_estates, for_operators, for_public
from canopy.assets.kinds.shared import CommonAttributes


class SmallCellSite(CommonAttributes):
    """Existing or planned small cell."""

    host_asset: Text | None = for_operators(
        "Ref of the asset that hosts it",
        headings="host|host asset|host ref|column ref|host column|lamp column",
    )
    operator: Text | None = for_operators("Operator of the cell", headings="operator|mno|network")
    neutral_host: Text | None = for_operators(
        "Who runs the equipment for several operators", headings="neutral host"
    )
    technologies: Texts | None = for_public(
        "Technologies, such as 4G, 5G", headings="technology|tech|technologies|rat"
    )
    bands_mhz: Text | None = for_operators(
        "Frequency bands in MHz", headings="band|bands|bands mhz|frequency"
    )
    eirp_dbm: float | None = for_operators(
        "Radiated power (EIRP)", unit="dBm", ge=-30, le=80, headings="eirp|eirp dbm"
    )
    antenna_height_m: float | None = for_public(
        "Antenna height above ground",
        unit="m",
        ge=0,
        le=400,
        headings="antenna height|antenna height m",
    )
    azimuth_deg: float | None = for_operators(
        "Azimuth, clockwise from grid north", unit="°", ge=0, le=360, headings="azimuth|bearing"
    )
    beamwidth_deg: float | None = for_operators(
        "Horizontal half-power beamwidth", unit="°", ge=1, le=360, headings="beamwidth"
    )
    tilt_deg: float | None = for_operators(
        "Tilt, positive downwards", unit="°", ge=-90, le=90, headings="tilt|downtilt"
    )
    volume_l: float | None = for_public(
        "Volume of the equipment", unit="l", ge=0, le=20_000, headings="volume|volume l"
    )
    mass_kg: float | None = for_public(
        "Mass of the equipment", unit="kg", ge=0, le=2_000, headings="weight|weight kg|mass"
    )
    power_w: float | None = for_operators(
        "Power drawn", unit="W", ge=0, le=20_000, headings="power w|power draw|watts"
    )
    live_on: date | None = for_public(
        "When it went live", headings="live|live date|go live|on air|live on"
    )
    planning_route: Text | None = for_public(
        "How it was consented, such as prior approval", headings="planning route"
    )
    licence_ref: Text | None = for_estates(
        "Licence it stands under", headings="licence ref|agreement|licence"
    )


class Mast(SmallCellSite):
    """Mast or tower; its common `height_m` is the structure's height above ground."""

    structure: Literal["lattice", "monopole", "guyed", "rooftop", "other"] | None = for_public(
        "Form of the structure", headings="structure|structure type|mast type|type"
    )
    operators: Texts | None = for_operators("Operators on the mast", headings="operators|tenants")
    landlord_rent_review_on: date | None = for_estates("Next rent review", headings="rent review")
