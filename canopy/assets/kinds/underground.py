"""Attributes of what lies in the ground: ducts, chambers, fibre.

Sources: Open Fibre Data Standard 0.3 (spans and nodes; its fibreLength is in km), BS EN 124
(cover classes), Openreach physical infrastructure vocabulary. Capacity and route are for
operators: the National Underground Asset Register shares them under agreement only.
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


class Duct(CommonAttributes):
    """Underground duct."""

    from_node: Text | None = for_operators(
        "Chamber it starts at",
        headings="from node|from|start node|from chamber|start chamber|us node",
    )
    to_node: Text | None = for_operators(
        "Chamber it ends at", headings="to node|to|end node|to chamber|end chamber|ds node"
    )
    length_m: float | None = for_operators(
        "Length along the route",
        unit="m",
        ge=0.01,
        le=500_000,
        headings="length|length m|duct length|shape length|route length",
    )
    bores: int | None = for_operators(
        "Number of bores",
        ge=1,
        le=24,
        headings="bores|ways|no of ways|bore count|number of bores",
    )
    bore_diameter_mm: float | None = for_operators(
        "Inner diameter of a bore, 25 to 150 as a rule",
        unit="mm",
        ge=20,
        le=200,
        headings="bore diameter|diameter|duct size|size mm|diameter mm|bore mm",
    )
    subducts: int | None = for_operators(
        "Sub-ducts inside", ge=0, le=100, headings="subducts|sub ducts"
    )
    duct_material: Literal["pvc", "hdpe", "steel", "clay", "other"] | None = for_operators(
        "Material of the duct", headings="material|duct material"
    )
    cover_depth_m: float | None = for_operators(
        "Depth of cover, 0.2 to 3 as a rule",
        unit="m",
        ge=0,
        le=10,
        headings="depth|cover|depth m|cover depth",
    )
    occupied_pct: float | None = for_operators(
        "Share of the bore area that is taken",
        unit="%",
        ge=0,
        le=100,
        headings="occupancy|occupied|occupancy pct|occupied %|utilisation",
    )
    capacity_state: Literal["free", "limited", "full"] | None = for_operators(
        "Room left, where no share is known", headings="capacity state|capacity status"
    )
    cables: Texts | None = for_operators("Cables inside")
    calibrated_on: date | None = for_operators(
        "When a calibrated mandrel last went through", headings="calibrated|calibrated on"
    )
    rodded_on: date | None = for_operators(
        "When it was last proved", headings="rodded|rodded on|last rodded"
    )
    rod_result: Literal["pass", "blocked"] | None = for_operators(
        "Result of proving", headings="rod result"
    )
    blockage_at_m: float | None = for_operators(
        "Where it is blocked, from its start",
        unit="m",
        ge=0,
        le=500_000,
        headings="blockage|blockage at",
    )
    rope_left: bool | None = for_operators("Draw rope left in", headings="rope|draw rope")
    duct_use: Text | None = for_operators(
        "What it was laid for, such as CCTV or traffic signals",
        headings="use|owner use|purpose|duct use",
    )
    surface: Text | None = for_operators("Surface above", headings="surface|surface type")
    as_built_doc: Text | None = for_estates("As-built drawing", headings="as built|drawing")
    nuar_uploaded_on: date | None = for_planners("When NUAR was last sent it")


class Chamber(CommonAttributes):
    """Chamber or manhole on a duct route."""

    cover_class: Literal["A15", "B125", "C250", "D400", "E600", "F900"] | None = for_operators(
        "Load class of the cover (BS EN 124)", headings="cover class|load class|cover type"
    )
    size_mm: Text | None = for_operators(
        "Size, length × width in mm", headings="size|chamber size|size mm"
    )
    depth_m: float | None = for_operators(
        "Depth", unit="m", ge=0, le=15, headings="depth|depth m|chamber depth"
    )
    joint_space: bool | None = for_operators("Room for a joint", headings="joint space")
    flooded: bool | None = for_operators("Found flooded", headings="flooded")
    carriageway: bool | None = for_public(
        "In the carriageway", headings="carriageway|in carriageway"
    )
    node_type: Text | None = for_operators("Type of network node", headings="node type|type")


class Fibre(CommonAttributes):
    """Fibre cable route."""

    from_node: Text | None = for_operators(
        "Node it starts at", headings="from node|start|start node"
    )
    to_node: Text | None = for_operators("Node it ends at", headings="to node|end|end node")
    length_m: float | None = for_operators(
        "Length of the cable",
        unit="m",
        ge=0.01,
        le=5_000_000,
        headings="length|length m|fibre length|cable length|fibrelength",
    )
    fibre_count: int | None = for_operators(
        "Fibres in the cable",
        ge=1,
        le=6_912,
        headings="fibre count|fibres|fiber count|cores|fibrecount",
    )
    fibres_dark: int | None = for_operators(
        "Unlit fibres", ge=0, le=6_912, headings="dark fibres|spare fibres"
    )
    fibre_type: Text | None = for_operators(
        "Standard of the fibre, such as G.652", headings="fibre type|fibretype|fiber type"
    )
    deployment: Literal["belowGround", "aboveGround", "both"] | None = for_public(
        "Where the cable runs (OFDS deployment)", headings="deployment"
    )
    dark_fibre: bool | None = for_operators(
        "Whether it is dark fibre", headings="darkfibre|dark fibre"
    )
    capacity_gbit_s: float | None = for_operators(
        "Lit capacity", unit="Gbit/s", ge=0, le=1_000_000, headings="capacity"
    )
