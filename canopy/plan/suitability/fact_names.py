"""The facts that rules may ask for: what each is, and which fields of the catalogue tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from canopy.assets.kinds import COMMON_FIELDS, Kind, attribute_fields
from canopy.assets.places import DESIGNATIONS

NONE = "none"
YES, NO = "yes", "no"
DESIGNATED = DESIGNATIONS


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A fact of an asset.

    Attributes:
        name: as rules write it.
        type: a number, one word, or a list of words.
        text: what it is.
        unit: of a number.
        words: all that it may be; any where there are none.
        fields: of the catalogue, by which it becomes known; none where it is not an asset's.
    """

    name: str
    type: Literal["number", "word", "list"]
    text: str
    unit: str = ""
    words: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


def _allowed(name: str, kind: Kind | None = None) -> tuple[str, ...]:
    return (COMMON_FIELDS if kind is None else attribute_fields(kind))[name].allowed


def _number(name: str, unit: str, text: str, *fields: str) -> FactSpec:
    return FactSpec(name, "number", text, unit, (), fields)


def _word(name: str, text: str, words: tuple[str, ...], *fields: str) -> FactSpec:
    return FactSpec(name, "word", text, "", words, fields)


def _yes(name: str, text: str, *fields: str) -> FactSpec:
    return _word(name, text, (YES, NO), *fields)


FACTS: Mapping[str, FactSpec] = MappingProxyType({
    each.name: each
    for each in (
        _word("status", "Where it is in its life", _allowed("status"), "status"),
        _word("availability", "Whether its register says that it can be had",
              _allowed("availability"), "availability"),
        _word("owner", "Who owns it", (), "owner"),
        _word("tenure", "How the council holds it", _allowed("tenure", Kind.building), "tenure"),
        _number("tenure_left_y", "yr", "Years until the council's own interest ends",
                "tenure_expires_on"),
        _word("held", "What live agreements of the register and its encumbrances let of it: all "
              "of it exclusively, a part, or nothing. Not known where neither tells",
              ("exclusive", "shared", NONE)),
        _word("sensitivity", "Least role that sees it; for who does not see that field, their "
              "own", _allowed("sensitivity")),
        _word("vulnerable_site", "Whether it stands at a site that needs care",
              ("hospital", "police", "school", "other"), "vulnerable_site"),
        FactSpec("designations", "list", "Designated areas that it touches. Of a designation no "
                 "area of which is loaded it is not known, unless `none_here` names it", "",
                 (*DESIGNATIONS, NONE)),
        _word("listed_grade", "Listing grade", _allowed("listed_grade", Kind.building),
              "listed_grade"),
        _yes("heritage", "Whether a column is a heritage design", "heritage"),
        _word("material", "Material of a column", _allowed("material", Kind.lamppost), "material"),
        _word("column_type", "Form of a lighting point", _allowed("column_type", Kind.lamppost),
              "column_type"),
        _word("structural_result", "Result of the structural test", ("pass", "monitor", "fail"),
              "structural_result"),
        _number("structural_age_y", "yr", "Years since the structural test or survey",
                "structural_test_on", "structural_survey_on"),
        _number("residual_life_y", "yr", "Years left of its design life, 25 where none is stated",
                "installed_on", "installed_year", "design_life_y"),
        _number("condition", "grade", "Condition, 1 best to 5 worst", "condition"),
        _number("height_m", "m", "Its height above ground", "height_m"),
        _number("clear_height_m", "m", "Height at which equipment can hang clear: of the lantern "
                "or of the asset, less 1 m for the equipment", "height_m", "lantern_height_m"),
        _number("relative_height_m", "m", "Its height over the mean roof within 250 m",
                "clutter_height_250m_m", "height_m"),
        _number("roof_area_m2", "m²", "Area of the roof", "roof_area_m2"),
        _number("load_kpa", "kPa", "Load that the roof may carry", "load_kpa"),
        _word("roof_type", "Form of the roof", _allowed("roof_type", Kind.rooftop), "roof_type"),
        _word("power", "How it is fed", _allowed("power"), "power"),
        _number("power_spare_va", "VA", "Spare capacity of its supply", "power_spare_va"),
        _word("supply", "Whether the supply is live all night: read from the switch regime",
              ("live", "part_night"), "switch_regime"),
        _number("rack_free_u", "U", "Free rack units", "rack_free_u"),
        _yes("joint_space", "Room for a joint in a chamber", "joint_space"),
        _yes("flooded", "Whether a chamber was found flooded", "flooded"),
        _number("footway_width_m", "m", "Width of the footway", "footway_width_m"),
        _number("offset_from_kerb_m", "m", "Distance from the carriageway's edge",
                "offset_from_kerb_m"),
        _yes("adopted_highway", "Whether it stands on adopted highway", "adopted_highway"),
        _yes("any_hour", "Whether a roof can be reached at any hour", "out_of_hours"),
        _yes("asbestos", "Asbestos register entry", "asbestos"),
        _yes("pfi", "Whether the holder of a contract, such as a lighting PFI, must consent; not "
             "known where none is named", "pfi_contract"),
        _number("fibre_m", "m", "Way to fibre: along ducts and by a lead-in to them, else what "
                "the register states; 100,000 where the ducts lead to none",
                "backhaul_dist_m"),
        _number("lead_in_m", "m", "Lead-in to the nearest duct that leads to fibre"),
        _word("backhaul_type", "What carries its traffic", _allowed("backhaul_type"),
              "backhaul_type"),
        _number("demand", "counted", "What is counted within reach of the technology"),
        _number("cost_gbp", "£", "Cost of making it ready, by the technology's cost"),
    )
})  # fmt: skip
"""Every fact, in the order in which the documentation lists them."""

ZONE_PREFIX = "zone_"
ZONE = _yes("zone", "Whether it stands in an exclusion zone of the rules")

UNREACHED_M = 100_000.0
"""`fibre_m` of an asset from which the catalogue's ducts lead to no fibre: a stated number, so
that rules hold for it, and never shown as a distance."""
