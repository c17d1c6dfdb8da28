"""Attributes of what stands in streets: lampposts, CCTV, cabinets, furniture, Wi-Fi.

Sources: Camden street lighting (2022: columns, wall lights, uplighters; heritage; switch
regimes), Trafford CCTV; FIWARE Smart Data Models (Streetlight); attachment conditions of
Essex (kerb clearance 0.45 m, structural test every 6 years), North Northamptonshire (steel
only) and Westminster (BS EN 40, PD 6547); Town and Country Planning (General Permitted
Development) Order 2015, Schedule 2 Part 16 (ground area 1.5 m²).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from canopy.assets.kinds.fields import (
    Text,
    for_admins,
    for_estates,
    for_operators,
    for_planners,
    for_public,
)
from canopy.assets.kinds.shared import Attachments, CommonAttributes

StructuralResult = Literal["pass", "monitor", "fail"]


class Lamppost(CommonAttributes):
    """Lighting column, wall light or uplighter."""

    column_type: (
        Literal["lighting_column", "wall_light", "uplighter", "bollard", "other"] | None
    ) = for_public(
        "Form of the lighting point; a wall light needs the wall's owner to agree",
        headings="column type|unit type|lamp column type|type",
    )
    material: (
        Literal["steel", "aluminium", "concrete", "cast_iron", "wood", "grp", "composite", "other"]
        | None
    ) = for_public(
        "Material of the column; councils differ in what they allow attachments on",
        headings="material|column material|col material",
    )
    standard: Text | None = for_public(
        "Standard it was designed to, such as BS EN 40", headings="design standard"
    )
    design_life_y: float | None = for_public(
        "Design life, 25 to 40 years as a rule", unit="yr", ge=1, le=100, headings="design life"
    )
    top_diameter_mm: float | None = for_public(
        "Outer diameter at the top", unit="mm", ge=20, le=600, headings="top diameter"
    )
    base_diameter_mm: float | None = for_public(
        "Outer diameter at the base", unit="mm", ge=20, le=1_000, headings="base diameter"
    )
    structural_test_on: date | None = for_estates(
        "Last structural test",
        headings="structural test|structural test date|last structural test|test date",
    )
    structural_valid_until_on: date | None = for_estates(
        "Until when that test counts; Essex tests again after 6 years",
        headings="structural test expiry|next structural test|structural test due",
    )
    structural_result: StructuralResult | None = for_operators(
        "Result of the structural test",
        headings="structural result|test result|structural test result",
    )
    spare_moment_knm: float | None = for_operators(
        "Spare bending moment at the base", unit="kNm", ge=0, le=200
    )
    spare_shear_kn: float | None = for_operators(
        "Spare shear force at the base", unit="kN", ge=0, le=200
    )
    spare_windage_m2: float | None = for_operators(
        "Area that may still be attached", unit="m²", ge=0, le=10
    )
    spare_mass_kg: float | None = for_operators(
        "Mass that may still be attached", unit="kg", ge=0, le=500
    )
    door_size_mm: Text | None = for_operators("Door opening, height × width in mm")
    cutout_a: float | None = for_public("Cut-out rating, 6 to 25 as a rule", unit="A", ge=1, le=100)
    isolator: bool | None = for_operators(
        "Whether equipment can be isolated on its own", headings="isolator"
    )
    internal_duct: bool | None = for_operators(
        "Whether a cable can be led up inside", headings="internal duct"
    )
    lamp_w: float | None = for_public(
        "Lamp or circuit power",
        unit="W",
        ge=0,
        le=2_000,
        headings="wattage|lamp wattage|watts|lamp watts|watt|lamp w|lamp power|circuit watts",
    )
    lamp_tech: Text | None = for_public(
        "Lamp technology, such as LED or SON",
        headings="lamp type|lamp|light source|lamp technology|lantern type",
    )
    lantern: Text | None = for_public("Lantern model", headings="lantern|luminaire|lantern model")
    lantern_height_m: float | None = for_public(
        "Height of the lantern where it is not the column's (FIWARE lanternHeight)",
        unit="m",
        ge=0.1,
        le=30,
        headings="lantern height",
    )
    cms_node: Text | None = for_estates(
        "Node of the control system", headings="cms node|cms|node id|telecell"
    )
    switch_regime: Text | None = for_public(
        "When the supply or lamp is switched, such as 35/18; part-night supply ends a host",
        headings="switch regime|switching regime|burning hours|regime|photocell",
    )
    charge_code: Text | None = for_estates(
        "Charge code of the unmetered supply, 13 digits", headings="charge code"
    )
    heritage: bool | None = for_public(
        "Whether the column is a heritage design", headings="heritage|heritage column|ornate"
    )
    feeder_pillar: Text | None = for_public(
        "Feeder pillar that supplies it", headings="feeder pillar|pillar|feeder pillar ref"
    )
    footway_width_m: float | None = for_public(
        "Footway width; 1.5 m is to be left free", unit="m", ge=0, le=50, headings="footway width"
    )
    offset_from_kerb_m: float | None = for_public(
        "Distance from the carriageway's edge; Essex asks 0.45 m",
        unit="m",
        ge=0,
        le=50,
        headings="setback|offset from kerb|kerb offset",
    )
    attachments: Attachments | None = for_operators("What is fixed to it")


class Cctv(CommonAttributes):
    """CCTV camera and the column it stands on."""

    camera_type: Literal["ptz", "fixed", "dome", "anpr", "other"] | None = for_operators(
        "Type of camera", headings="camera type|type|camera"
    )
    fov_deg: float | None = for_admins(
        "Field of view", unit="°", ge=0, le=360, headings="fov|field of view"
    )
    recording_controller: Text | None = for_admins(
        "Who holds the recordings", headings="recorder|controller|control room"
    )
    link: Text | None = for_admins(
        "How pictures travel", headings="link|transmission|connection|backhaul link"
    )
    monitored: bool | None = for_admins("Whether pictures are watched live", headings="monitored")
    criticality: Text | None = for_admins("How much depends on it", headings="criticality|priority")
    power_w: float | None = for_operators(
        "Power drawn", unit="W", ge=0, le=20_000, headings="power w|power draw|watts"
    )
    public_space: bool | None = for_public("Watches public space", headings="public space")
    dpia_ref: Text | None = for_planners(
        "Data protection impact assessment", headings="dpia|dpia ref"
    )
    area_name: Text | None = for_public(
        "Area the camera watches over, as signed (published by Trafford)",
        headings="area|area name|zone|town",
    )
    area_code: Text | None = for_public("Code of that area", headings="area code|ward code")
    place_note: Text | None = for_operators(
        "Where the camera stands, in words",
        headings="location|camera location|position",
    )


class Cabinet(CommonAttributes):
    """Cabinet or feeder pillar."""

    cabinet_type: Literal["feeder_pillar", "traffic_signal", "telecoms", "cctv", "other"] | None = (
        for_public("What it serves", headings="type|cabinet type")
    )
    volume_m3: float | None = for_public(
        "Volume", unit="m³", ge=0, le=100, headings="volume|volume m3"
    )
    base_area_m2: float | None = for_public(
        "Ground area; the 2015 Order drew a line at 1.5 m²",
        unit="m²",
        ge=0,
        le=50,
        headings="base area|footprint",
    )
    rack_free_u: float | None = for_operators(
        "Free rack units", unit="U", ge=0, le=200, headings="rack free|free u"
    )
    power_max_kw: float | None = for_operators(
        "Power by contract (FIWARE maximumPowerAvailable)",
        unit="kW",
        ge=0,
        le=5_000,
        headings="max power|kw|power kw|max kw",
    )
    cooling: bool | None = for_public("Cooled", headings="cooling")
    ip_rating: Text | None = for_public("Ingress protection", headings="ip rating|ip")


class StreetFurniture(CommonAttributes):
    """Shelter, sign, bollard, kiosk or the like."""

    furniture_type: (
        Literal[
            "bus_shelter", "sign", "bollard", "kiosk", "bench", "bin", "planter", "totem", "other"
        ]
        | None
    ) = for_public("What it is", headings="type|furniture type|item|asset type|category")
    ad_contract_holder: Text | None = for_public(
        "Holder of the advertising contract, who often owns the shelter",
        headings="ad contract|advertising contract|contractor",
    )


class WifiAp(CommonAttributes):
    """Public Wi-Fi access point."""

    model: Text | None = for_public("Model", headings="model|ap model")
    ssid: Text | None = for_public("Network name", headings="ssid|network name")
    bands_ghz: Text | None = for_public("Bands in GHz", headings="band|bands|bands ghz")
    radio_tx_dbm: float | None = for_operators(
        "Transmit power", unit="dBm", ge=-30, le=40, headings="tx power|radio tx"
    )
    poe_w: float | None = for_public(
        "Power over Ethernet drawn", unit="W", ge=0, le=200, headings="poe|poe w"
    )
    users_peak: int | None = for_public(
        "Most users at once", ge=0, le=100_000, headings="peak users|users peak|users"
    )
    free_minutes: float | None = for_public(
        "Free use a day", unit="min", ge=0, le=1_440, headings="free minutes"
    )
