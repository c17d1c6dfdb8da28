"""The common columns, described as attributes are: unit, range, values, level, headings."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from types import MappingProxyType

from canopy.assets.kinds.catalogue import Kind
from canopy.assets.kinds.fields import AttributeField
from canopy.assets.rules import (
    Availability,
    BackhaulType,
    LifecycleStatus,
    PositionMethod,
    PowerSupply,
)

_public = partial(AttributeField, level="public")
_operators = partial(AttributeField, level="operator")
_estates = partial(AttributeField, level="estates")


def _values(enum: type[StrEnum]) -> tuple[str, ...]:
    return tuple(each.value for each in enum)


def _common(*fields: AttributeField) -> Mapping[str, AttributeField]:
    return MappingProxyType({field.name: field for field in fields})


COMMON_FIELDS: Mapping[str, AttributeField] = _common(
    _public("asset_id", "text", "Canopy's own identity of the asset, a UUID"),
    _public("kind", "text", "Kind of asset", allowed=_values(Kind)),
    _public("authority", "text", "Council the asset belongs to"),
    _public("source", "text", "Register the asset came from"),
    _public(
        "ref", "text", "The council's own number of the asset",
        headings=("ref", "asset ref", "asset id", "asset no", "asset number", "id", "unit id",
                  "column no", "column number", "column ref", "unit no", "unit number", "assetcode",
                  "asset code", "reference", "camera id", "site id", "feature id", "lamp id",
                  "local authority asset number", "pole number", "cell id", "duct id", "node id",
                  "chamber id", "assetid", "unitno", "roof ref", "cabinet no", "cabinet ref",
                  "site ref", "mast ref"),
    ),
    _public("name", "text", "Name of the asset",
                   headings=("name", "asset name", "title", "building name", "site name")),
    _public("status", "text", "Life cycle", allowed=_values(LifecycleStatus),
                   headings=("status", "asset status", "lifecycle", "state")),
    _public("availability", "text", "Whether it can be had", allowed=_values(Availability),
                   headings=("availability", "available")),
    _public(
        "height_m", "number", "Height above ground", unit="m", minimum=0, maximum=400,
        headings=("height", "column height", "height m", "mounting height", "lamp height",
                  "mast height", "roof height", "col height", "heightm", "height cm", "height mm",
                  "building height", "ht"),
    ),
    _public("power", "text", "How it is fed", allowed=_values(PowerSupply),
                   headings=("power", "supply", "supply type", "power supply")),
    _public("backhaul_type", "text", "What carries its traffic",
                   allowed=_values(BackhaulType), headings=("backhaul", "backhaul type")),
    _operators("backhaul_dist_m", "number", "Distance to fibre or duct", unit="m", minimum=0,
                   maximum=50_000, headings=("backhaul distance", "distance to fibre",
                                             "backhaul dist m", "fibre distance")),
    _public("owner", "text", "Who owns it",
                   headings=("owner", "ownership", "organisation", "owned by")),
    _public("maintainer", "text", "Who maintains it",
                   headings=("maintainer", "maintained by", "contractor", "maintenance")),
    _public("street", "text", "Street it stands in",
                   headings=("street", "street name", "road", "road name", "location",
                             "thoroughfare")),
    _public("locality", "text", "Locality or town",
                   headings=("locality", "town", "district", "area", "village", "parish")),
    _public("postcode", "text", "Postcode, or outward code",
                   headings=("postcode", "post code", "postal code", "zip")),
    _public("uprn", "text", "Unique property reference number, 12 digits",
                   headings=("uprn", "unique property reference number")),
    _public("usrn", "text", "Unique street reference number, 8 digits",
                   headings=("usrn", "unique street reference number", "street usrn", "nsg")),
    _public("ward", "text", "Ward, derived from its position",
                   headings=("ward", "ward name", "electoral ward")),
    _public("designations", "list", "Designated areas it touches, derived"),
    _estates("sensitivity", "text", "Least role that sees the asset at all",
                   allowed=("public", "operator", "planner", "estates", "admin"),
                   headings=("sensitivity", "classification", "protective marking")),
    _public("pos_accuracy_m", "number", "Accuracy of the position", unit="m", minimum=0,
                   maximum=10_000, headings=("accuracy", "position accuracy", "accuracy m")),
    _public("pos_method", "text", "How the position was found",
                   allowed=_values(PositionMethod),
                   headings=("spatial accuracy", "position method", "capture method",
                             "positional accuracy", "source of position")),
    _public("observed_on", "date", "When it was last seen or surveyed",
                   headings=("observed", "surveyed", "survey date", "surveyed on", "date surveyed",
                             "survey", "observed on")),
    _public("licence", "text", "Licence of the record", headings=("licence", "license")),
    _public("version", "integer", "Number of its last revision", minimum=0),
    _public("created_at", "text", "When Canopy first knew it, UTC"),
    _public("updated_at", "text", "When it last changed, UTC"),
    _public("withdrawn_at", "text", "When it was withdrawn, UTC"),
)  # fmt: skip
"""The common columns, described as attributes are."""
