"""JSON Schemas of what a principal may filter on, and of the features it is shown."""

from __future__ import annotations

from collections.abc import Mapping

from canopy.api.ogc.collections import Collection
from canopy.assets.batches import GENERALISED_COLUMN
from canopy.assets.filtering import FilterField
from canopy.assets.kinds import COMMON_FIELDS, KINDS, AttributeField, attribute_fields

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Mapping[str, dict[str, object]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
    "list": {"type": "array", "items": {"type": "string"}},
}
_GEOMETRIES = {
    frozenset({"Point"}): ("geometry-point", "Point"),
    frozenset({"LineString", "MultiLineString"}): ("geometry-linestring-or-multilinestring", ""),
}


def queryables(
    url: str, collection: Collection, fields: Mapping[str, FilterField]
) -> dict[str, object]:
    """What may be filtered on: OGC 19-079r2, 6.2."""
    return {
        "$schema": _DIALECT,
        "$id": url,
        "type": "object",
        "title": collection.title,
        "description": "Fields that filters, and parameters of their own, may name.",
        "properties": {
            "geometry": geometry_schema(collection),
            **{name: field_schema(collection, each) for name, each in fields.items()},
        },
        "additionalProperties": False,
    }


def feature_schema(
    url: str, collection: Collection, fields: Mapping[str, FilterField], generalises: bool
) -> dict[str, object]:
    """The properties that a feature may have. What is not known or not seen is left out."""
    properties: dict[str, object] = {
        "geometry": {**geometry_schema(collection), "x-ogc-role": "primary-geometry"},
        **{name: field_schema(collection, each) for name, each in fields.items()},
    }
    if generalises:
        properties[GENERALISED_COLUMN] = {
            "type": "number",
            "title": GENERALISED_COLUMN,
            "description": "Side of the grid cell whose centre stands for the position [m]",
        }
    return {
        "$schema": _DIALECT,
        "$id": url,
        "type": "object",
        "title": collection.title,
        "description": collection.description,
        "properties": properties,
    }


def field_schema(collection: Collection, found: FilterField) -> dict[str, object]:
    """One field, with its unit and its range."""
    described = _description(collection, found)
    schema: dict[str, object] = {"title": found.name, **_TYPES[found.type]}
    schema["description"] = _in_words(described)
    if described.type == "integer":
        schema["type"] = "integer"
    if described.unit:
        schema["x-ogc-unit"] = described.unit
    if described.minimum is not None:
        schema["minimum"] = described.minimum
    if described.maximum is not None:
        schema["maximum"] = described.maximum
    if described.allowed:
        schema["enum"] = list(described.allowed)
    if found.name in ("asset_id", collection.id_field):
        schema["format"] = "uuid"
    if found.name == collection.id_field:
        schema["x-ogc-role"] = "id"
    return schema


def geometry_schema(collection: Collection) -> dict[str, object]:
    """The geometry, as Part 3 and Part 5 name it."""
    types = {KINDS[kind].geometry for kind in collection.kinds}
    name = _GEOMETRIES.get(types.pop(), ("", ""))[0] if len(types) == 1 else ""
    return {
        "title": "geometry",
        "description": "Where it is; the centre of a grid cell where that is not shown exactly",
        "format": name if name == "geometry-linestring-or-multilinestring" else "geometry-any",
    }


def _description(collection: Collection, found: FilterField) -> AttributeField:
    own = collection.own_fields.get(found.name)
    if own is not None:
        return own
    if not found.is_attribute:
        return COMMON_FIELDS[found.name]
    for kind in collection.kinds:
        described = attribute_fields(kind).get(found.name)
        if described is not None:
            return described
    raise KeyError(found.name)


def _in_words(described: AttributeField) -> str:
    return (
        f"{described.description} [{described.unit}]" if described.unit else described.description
    )
