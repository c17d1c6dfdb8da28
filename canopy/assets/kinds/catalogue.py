"""The list of kinds, the common columns, and the validation of both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from canopy.assets.kinds import models
from canopy.assets.kinds.fields import AssetAttributes, AttributeField, describe
from canopy.assets.rules import (
    Availability,
    BackhaulType,
    LifecycleStatus,
    PositionMethod,
    PowerSupply,
    normalise_postcode,
    normalise_uprn,
    normalise_usrn,
)
from canopy.errors import BadAttribute

POINT = frozenset({"Point"})
LINE = frozenset({"LineString", "MultiLineString"})
PLACE = frozenset({"Point", "Polygon", "MultiPolygon"})


class Kind(StrEnum):
    """Kinds of asset, in the order in which they are shown."""

    lamppost = "lamppost"
    building = "building"
    rooftop = "rooftop"
    mast = "mast"
    small_cell_site = "small_cell_site"
    cctv = "cctv"
    wifi_ap = "wifi_ap"
    cabinet = "cabinet"
    street_furniture = "street_furniture"
    chamber = "chamber"
    duct = "duct"
    fibre = "fibre"
    open_space = "open_space"


@dataclass(frozen=True, slots=True)
class KindSpec:
    """What a kind is. `height_m_range` bounds the common column ``height_m`` [m]."""

    kind: Kind
    label: str
    label_plural: str
    geometry: frozenset[str]
    attributes: type[AssetAttributes]
    description: str
    height_m_range: tuple[float, float]


def _spec(
    kind: Kind,
    label: str,
    plural: str,
    geometry: frozenset[str],
    attributes: type[AssetAttributes],
    height_m_range: tuple[float, float],
) -> tuple[Kind, KindSpec]:
    description = (attributes.__doc__ or "").strip()
    return kind, KindSpec(kind, label, plural, geometry, attributes, description, height_m_range)


KINDS: Mapping[Kind, KindSpec] = MappingProxyType(
    dict(
        (
            _spec(Kind.lamppost, "Lamppost", "Lampposts", POINT, models.Lamppost, (1, 20)),
            _spec(Kind.building, "Building", "Buildings", PLACE, models.Building, (1, 400)),
            _spec(Kind.rooftop, "Rooftop", "Rooftops", PLACE, models.Rooftop, (3, 400)),
            _spec(Kind.mast, "Mast", "Masts", POINT, models.Mast, (3, 400)),
            _spec(
                Kind.small_cell_site, "Small-cell site", "Small-cell sites", POINT,
                models.SmallCellSite, (1, 100),
            ),
            _spec(Kind.cctv, "CCTV column", "CCTV columns", POINT, models.Cctv, (1, 40)),
            _spec(
                Kind.wifi_ap, "Wi-Fi access point", "Wi-Fi access points", POINT, models.WifiAp,
                (0, 100),
            ),
            _spec(Kind.cabinet, "Cabinet", "Cabinets", POINT, models.Cabinet, (0, 5)),
            _spec(
                Kind.street_furniture, "Street furniture", "Street furniture", POINT,
                models.StreetFurniture, (0, 30),
            ),
            _spec(Kind.chamber, "Chamber", "Chambers", POINT, models.Chamber, (0, 5)),
            _spec(Kind.duct, "Duct", "Ducts", LINE, models.Duct, (0, 5)),
            _spec(Kind.fibre, "Fibre route", "Fibre routes", LINE, models.Fibre, (0, 50)),
            _spec(
                Kind.open_space, "Open space", "Open spaces",
                frozenset({"Point", "Polygon", "MultiPolygon"}), models.OpenSpace, (0, 100),
            ),
        )
    )
)  # fmt: skip
"""Every kind, in display order."""


def _values(enum: type[StrEnum]) -> tuple[str, ...]:
    return tuple(each.value for each in enum)


def _common(*fields: AttributeField) -> Mapping[str, AttributeField]:
    return MappingProxyType({field.name: field for field in fields})


COMMON_FIELDS: Mapping[str, AttributeField] = _common(
    AttributeField("asset_id", "text", "Canopy's own identity of the asset, a UUID"),
    AttributeField("kind", "text", "Kind of asset", allowed=_values(Kind)),
    AttributeField("authority", "text", "Council the asset belongs to"),
    AttributeField("source", "text", "Register the asset came from"),
    AttributeField(
        "ref", "text", "The council's own number of the asset",
        headings=("ref", "asset ref", "asset id", "asset no", "asset number", "id", "unit id",
                  "column no", "column number", "column ref", "unit no", "unit number", "assetcode",
                  "asset code", "reference", "camera id", "site id", "feature id", "lamp id",
                  "local authority asset number", "pole number", "cell id", "duct id", "node id",
                  "chamber id", "assetid", "unitno"),
    ),
    AttributeField("name", "text", "Name of the asset",
                   headings=("name", "asset name", "title", "building name", "site name")),
    AttributeField("status", "text", "Life cycle", allowed=_values(LifecycleStatus),
                   headings=("status", "asset status", "lifecycle", "state")),
    AttributeField("availability", "text", "Whether it can be had", allowed=_values(Availability),
                   headings=("availability", "available")),
    AttributeField(
        "height_m", "number", "Height above ground", unit="m", minimum=0, maximum=400,
        headings=("height", "column height", "height m", "mounting height", "lamp height",
                  "mast height", "roof height", "col height", "heightm", "height cm", "height mm",
                  "building height", "ht"),
    ),
    AttributeField("power", "text", "How it is fed", allowed=_values(PowerSupply),
                   headings=("power", "supply", "supply type", "power supply")),
    AttributeField("backhaul_type", "text", "What carries its traffic",
                   allowed=_values(BackhaulType), headings=("backhaul", "backhaul type")),
    AttributeField("backhaul_dist_m", "number", "Distance to fibre or duct", unit="m", minimum=0,
                   maximum=50_000, headings=("backhaul distance", "distance to fibre",
                                             "backhaul dist m", "fibre distance")),
    AttributeField("owner", "text", "Who owns it",
                   headings=("owner", "ownership", "organisation", "owned by")),
    AttributeField("maintainer", "text", "Who maintains it",
                   headings=("maintainer", "maintained by", "contractor", "maintenance")),
    AttributeField("street", "text", "Street it stands in",
                   headings=("street", "street name", "road", "road name", "location",
                             "thoroughfare")),
    AttributeField("locality", "text", "Locality or town",
                   headings=("locality", "town", "district", "area", "village", "parish")),
    AttributeField("postcode", "text", "Postcode, or outward code",
                   headings=("postcode", "post code", "postal code", "zip")),
    AttributeField("uprn", "text", "Unique property reference number, 12 digits",
                   headings=("uprn", "unique property reference number")),
    AttributeField("usrn", "text", "Unique street reference number, 8 digits",
                   headings=("usrn", "unique street reference number", "street usrn", "nsg")),
    AttributeField("ward", "text", "Ward, derived from its position",
                   headings=("ward", "ward name", "electoral ward")),
    AttributeField("designations", "list", "Designated areas it touches, derived"),
    AttributeField("sensitivity", "text", "Least role that sees the asset at all", level="estates",
                   allowed=("public", "operator", "planner", "estates", "admin"),
                   headings=("sensitivity", "classification", "protective marking")),
    AttributeField("pos_accuracy_m", "number", "Accuracy of the position", unit="m", minimum=0,
                   maximum=10_000, headings=("accuracy", "position accuracy", "accuracy m")),
    AttributeField("pos_method", "text", "How the position was found",
                   allowed=_values(PositionMethod),
                   headings=("spatial accuracy", "position method", "capture method",
                             "positional accuracy", "source of position")),
    AttributeField("observed_on", "date", "When it was last seen or surveyed",
                   headings=("observed", "surveyed", "survey date", "surveyed on", "date surveyed",
                             "survey", "observed on")),
    AttributeField("licence", "text", "Licence of the record", headings=("licence", "license")),
    AttributeField("version", "integer", "Number of its last revision", minimum=0),
    AttributeField("created_at", "text", "When Canopy first knew it, UTC"),
    AttributeField("updated_at", "text", "When it last changed, UTC"),
    AttributeField("withdrawn_at", "text", "When it was withdrawn, UTC"),
)  # fmt: skip
"""The common columns, described as attributes are."""


@cache
def attribute_fields(kind: Kind) -> Mapping[str, AttributeField]:
    """The attributes of a kind: its own first, then those any asset may have."""
    described = describe(KINDS[Kind(kind)].attributes)
    general = models.CommonAttributes.model_fields
    own = {name: field for name, field in described.items() if name not in general}
    return MappingProxyType({**own, **{name: described[name] for name in general}})


def validate_attributes(kind: Kind, values: Mapping[str, object]) -> dict[str, object]:
    """Attributes in JSON form, without nulls.

    Raises BadAttribute naming each wrong attribute, its value and what is allowed.
    """
    try:
        model = KINDS[Kind(kind)].attributes.model_validate(values)
    except ValidationError as error:
        raise BadAttribute(_explanation(Kind(kind), error), fields=_wrong(error)) from error
    valid: dict[str, object] = model.model_dump(
        mode="json", exclude_none=True, exclude_defaults=True
    )
    return valid


def _wrong(error: ValidationError) -> list[str]:
    return [str(each["loc"][0]) for each in error.errors(include_url=False) if each["loc"]]


def _explanation(kind: Kind, error: ValidationError) -> str:
    fields = attribute_fields(kind)
    sentences = []
    for each in error.errors(include_url=False):
        name = str(each["loc"][0]) if each["loc"] else "attributes"
        field = fields.get(name)
        if field is None:
            sentences.append(f"{name} is no attribute of a {kind}")
            continue
        value = repr(each.get("input"))[:80]
        sentences.append(f"{name} {value}: {allowed_text(field) or each['msg']}")
    return "; ".join(sentences) + "."


def allowed_text(field: AttributeField) -> str:
    """What a field may hold, in words."""
    unit = f" {field.unit}" if field.unit else ""
    if field.allowed:
        return f"must be one of {', '.join(field.allowed)}"
    if field.minimum is not None and field.maximum is not None:
        return f"must be {field.minimum:g} to {field.maximum:g}{unit}"
    if field.minimum is not None:
        return f"must be at least {field.minimum:g}{unit}"
    if field.maximum is not None:
        return f"must be at most {field.maximum:g}{unit}"
    return f"must be a {field.type}" if field.type != "text" else ""


_IDENTIFIERS = {"uprn": normalise_uprn, "usrn": normalise_usrn, "postcode": normalise_postcode}
MAX_TEXT = 2_000


def validate_column(kind: Kind, name: str, value: object) -> Any:
    """A common column's value in canonical form; None stays None.

    Raises BadAttribute naming the column, the value and what is allowed.
    """
    if value is None or value == "":
        return None
    field = COMMON_FIELDS[name]
    if name in _IDENTIFIERS:
        found, note = _IDENTIFIERS[name](value)
        if found is None:
            raise BadAttribute(f"{name}: {note}.", field=name)
        return found
    if field.type == "number":
        return _number(kind, field, value)
    if field.type == "date":
        return _day(field, value)
    text = str(value)
    if field.allowed and text not in field.allowed:
        raise BadAttribute(f"{name} {text!r}: {allowed_text(field)}.", field=name)
    if len(text) > MAX_TEXT:
        raise BadAttribute(f"{name} has more than {MAX_TEXT:,} characters.", field=name)
    return text


def _number(kind: Kind, field: AttributeField, value: object) -> float:
    low, high = field.minimum, field.maximum
    if field.name == "height_m":
        low, high = KINDS[Kind(kind)].height_m_range
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        number = float(value)
        if (low is None or number >= low) and (high is None or number <= high):
            return number
    raise BadAttribute(
        f"{field.name} {value!r}: must be {low:g} to {high:g} {field.unit} for a {kind}.",
        field=field.name,
    )


def _day(field: AttributeField, value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadAttribute(
            f"{field.name} {value!r}: must be a date, as 2026-01-31.", field=field.name
        ) from error
