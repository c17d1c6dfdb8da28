"""Attributes of land and buildings: buildings, rooftops, open spaces.

Sources: Cheltenham land and assets (2023); the Upper Tribunal's pricing of what a roof site
costs its owner (EE and Hutchison v Islington [2019] UKUT 53: repair, service charge,
redevelopment); Code of Practice for Wireless Network Development (2022), Annex C
(ICNIRP declaration). Height over the surroundings is not stored: it is ``height_m`` less
``clutter_height_250m_m``.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from canopy.assets.kinds.fields import (
    Text,
    Texts,
    for_estates,
    for_operators,
    for_planners,
    for_public,
)
from canopy.assets.kinds.shared import CommonAttributes


class Building(CommonAttributes):
    """Building of the council; its common `height_m` is the height of the roof above ground."""

    storeys: int | None = for_public(
        "Storeys above ground",
        ge=0,
        le=120,
        headings="storeys|floors|number of storeys|no of floors",
    )
    floor_area_m2: float | None = for_public(
        "Gross internal area",
        unit="m²",
        ge=0,
        le=2_000_000,
        headings="floor area|gia|floor area m2|gross internal area",
    )
    use: Text | None = for_public("Use of the building", headings="use|building use|usage|function")
    residential_units: int | None = for_public(
        "Homes in the building",
        ge=0,
        le=5_000,
        headings="residential units|dwellings|units|flats",
    )
    redevelopment_on: date | None = for_planners("When redevelopment is planned")
    three_phase: bool | None = for_operators("Three-phase supply", headings="three phase")
    fibre_ready: bool | None = for_operators(
        "Whether fibre is in the building", headings="fibre ready"
    )
    asbestos: bool | None = for_estates("Asbestos register entry", headings="asbestos")
    cladding_ews1: Text | None = for_estates("EWS1 rating", headings="ews1|cladding")
    listed_grade: Literal["I", "II*", "II"] | None = for_public(
        "Listing grade (National Heritage List for England)",
        headings="listed|listing|listed grade|grade",
    )


class Rooftop(Building):
    """Roof that may host antennas; its common `height_m` is above ground."""

    roof_type: Literal["flat", "pitched", "mansard", "plant_room", "tower", "other"] | None = (
        for_public("Form of the roof", headings="roof type|roof|roof form")
    )
    roof_area_m2: float | None = for_public(
        "Area of the roof", unit="m²", ge=0, le=500_000, headings="roof area|roof area m2"
    )
    clutter_height_250m_m: float | None = for_public(
        "Mean roof height within 250 m", unit="m", ge=0, le=300
    )
    parapet_m: float | None = for_public(
        "Height of the parapet", unit="m", ge=0, le=5, headings="parapet"
    )
    load_kpa: float | None = for_operators(
        "Load the roof may carry", unit="kPa", ge=0, le=50, headings="roof loading|loading kpa"
    )
    structural_survey_on: date | None = for_estates(
        "Last structural survey of the roof", headings="structural survey|roof survey"
    )
    plant_room: bool | None = for_public("Plant room on the roof", headings="plant room")
    lightning_protection: bool | None = for_public("Lightning protection", headings="lightning")
    lift_access: bool | None = for_operators("Lift to the roof", headings="lift access")
    riser: bool | None = for_operators("Riser free for cables", headings="riser")
    access_hours: Text | None = for_operators(
        "When the roof can be reached", headings="access hours|hours of access"
    )
    out_of_hours: bool | None = for_operators(
        "Whether it can be reached at any hour", headings="out of hours|24 hour access"
    )
    fire_strategy_note: Text | None = for_estates("What the fire strategy asks of works")
    icnirp_exclusion_zone_m: float | None = for_operators(
        "Public exclusion zone declared", unit="m", ge=0, le=100
    )
    icnirp_occupational_zone_m: float | None = for_operators(
        "Occupational exclusion zone declared", unit="m", ge=0, le=100
    )
    existing_operators: Texts | None = for_operators("Operators on the roof")
    code_agreement: bool | None = for_estates("Electronic Communications Code agreement")
    lease_ref: Text | None = for_estates("Lease of the roof", headings="lease ref|lease id")
    protected_lease: bool | None = for_estates(
        "Lease under the Landlord and Tenant Act 1954, which is renewed another way"
    )
    roof_repair_due_on: date | None = for_estates("When the roof is to be repaired")


class OpenSpace(CommonAttributes):
    """Park, green, square or other open land."""

    area_m2: float | None = for_public(
        "Area", unit="m²", ge=0.01, le=1e9, headings="area|area m2|size|shape area|hectares"
    )
    designation: Text | None = for_public(
        "Designation of the land", headings="designation|typology|category|type"
    )
    covenants: Text | None = for_estates("Covenants on the land", headings="covenants")
    events_power: bool | None = for_public("Power for events", headings="events power")
    charity_land: bool | None = for_public(
        "Held on charitable trust", headings="charity land|trust"
    )
