"""Attributes that an asset of any kind may have, beside the common columns.

What is searched and joined on is a column (`batches.COMMON_COLUMNS`); the rest of what
registers know of any asset is here. The height of a thing above ground is always the
column ``height_m``: a column's for a lamppost, the structure's for a mast, the roof's
for a building or rooftop. It is never repeated among the attributes; only heights of
something else (a lantern, an antenna, a parapet) are.

Sources: GOV.UK, *Mapping public sector assets* (2018); DCMS, Digital Connectivity
Infrastructure Accelerator (2021): location, dimensions, nearness to the street and power
are what operators cannot get; published registers of Camden, Cheltenham and Trafford.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from canopy.assets.kinds.fields import (
    MAX_ITEMS,
    AssetAttributes,
    Text,
    for_admins,
    for_estates,
    for_operators,
    for_planners,
    for_public,
)


class Attachment(BaseModel):
    """Equipment fixed to an asset; its sum is set against the spare capacity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    owner: Text | None = None
    kind: Text | None = None
    mass_kg: float | None = Field(default=None, ge=0, le=2_000)
    area_m2: float | None = Field(default=None, ge=0, le=50)
    power_w: float | None = Field(default=None, ge=0, le=20_000)
    height_m: float | None = Field(default=None, ge=0, le=400)
    licence_ref: Text | None = None
    expires_on: date | None = None


class Encumbrance(BaseModel):
    """A right that somebody holds over an asset, so that it is not let twice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["wayleave", "exclusivity", "attachment", "lease", "covenant", "other"]
    holder: Text | None = None
    from_on: date | None = None
    until_on: date | None = None
    note: Text | None = None


Attachments = Annotated[tuple[Attachment, ...], Field(max_length=MAX_ITEMS)]
Encumbrances = Annotated[tuple[Encumbrance, ...], Field(max_length=MAX_ITEMS)]


class CommonAttributes(AssetAttributes):
    """Facts any asset may have that are not columns of their own."""

    address: Text | None = for_public(
        "Postal address or description of the place",
        headings="address|site address|full address|property address|location description",
    )
    site_name: Text | None = for_public(
        "Name of the site the asset belongs to", headings="site|site name|property name"
    )
    ground_m_aod: float | None = for_public(
        "Ground level above Ordnance Datum; lowest fen to Ben Nevis",
        unit="m",
        ge=-10,
        le=1345,
        headings="ground level|ground height|elevation|altitude",
    )
    tenure: Literal["freehold", "leasehold", "licence", "other"] | None = for_public(
        "How the council holds the asset (published by Cheltenham)",
        headings="tenuretype|tenure type|tenure|interest",
    )
    tenure_detail: Text | None = for_public(
        "What the register says of the holding",
        headings="tenure detail|occupation|interest detail",
    )
    tenure_expires_on: date | None = for_operators(
        "When the council's own interest ends; no lease can outlive it",
        headings="tenure expiry|lease end",
    )
    holding_type: Text | None = for_public(
        "Use the register gives the holding (published by Cheltenham)",
        headings="holding type|holding|asset type|use class",
    )
    pfi_contract: Text | None = for_public(
        "Contract whose holder must consent too, such as a street lighting PFI",
        headings="pfi|pfi contract",
    )
    adopted_highway: bool | None = for_public(
        "Whether the asset stands on adopted highway", headings="adopted|adopted highway"
    )
    condition: int | None = for_public(
        "Condition grade, 1 best to 5 worst", ge=1, le=5, headings="condition|condition grade"
    )
    inspected_on: date | None = for_public(
        "Last inspection",
        headings="last inspection|inspected|date inspected|inspection date",
    )
    next_inspection_on: date | None = for_public(
        "Next inspection due", headings="next inspection|inspection due|next due"
    )
    installed_on: date | None = for_public(
        "Installation date",
        headings="installed|install date|installation date|installed date|date installed|erected",
    )
    installed_year: int | None = for_public(
        "Year of installation, or of building",
        ge=1000,
        le=2100,
        headings="year installed|install year|year|installation year|year built",
    )
    external_id: Text | None = for_public(
        "Identifier in another system",
        headings="objectid|gid|globalid|external id|system id|asset number",
    )
    power_spare_va: float | None = for_operators(
        "Spare capacity of the supply",
        unit="VA",
        ge=0,
        le=2_000_000,
        headings="spare power|spare va|spare capacity va",
    )
    supply_v: float | None = for_operators(
        "Voltage of the supply", unit="V", ge=1, le=33_000, headings="voltage|volts|supply voltage"
    )
    dno: Text | None = for_public("Distribution network operator", headings="dno|network operator")
    mpan: Text | None = for_estates(
        "Supply number: the identity of the supply", headings="mpan|supply number|meter point"
    )
    encumbrances: Encumbrances | None = for_estates(
        "Rights others hold over the asset; a concession may be exclusive"
    )
    access_note: Text | None = for_estates(
        "How to reach the asset", headings="access|access notes|access arrangements"
    )
    access_code: Text | None = for_estates(
        "Door, key or lift code", headings="access code|key code|door code|key type"
    )
    keyholder: Text | None = for_admins(
        "Who holds the keys, a person's name as a rule", headings="keyholder|key holder"
    )
    vulnerable_site: Literal["hospital", "police", "school", "other"] | None = for_planners(
        "Whether the asset stands at a site that needs care",
        headings="vulnerable site|sensitive site",
    )
    comment: Text | None = for_estates(
        "Remarks of the register; free text may hold anything",
        headings="comment|comments|notes|note|remarks|description",
    )
    attribution: Text | None = for_public(
        "Credit the register asks for", headings="attribution|copyright notice"
    )
    register_updated_on: date | None = for_public(
        "When the register last touched the record",
        headings="last uploaded|last updated|updated|date updated|last edited|modified",
    )
