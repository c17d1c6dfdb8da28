"""An entity in any of its representations, as plain attributes.

NGSI v2 normalized, NGSI-LD normalized, key-values with and without `@context`, and NGSI-LD's
GeoJSON feature (ETSI GS CIM 009, clauses 4.5 and 5.2.29) say the same in different words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from canopy.iot.payloads.limits import Limits
from canopy.iot.payloads.reading import Position
from canopy.iot.payloads.unreadable import Unreadable
from canopy.iot.payloads.values import geojson_point, obj, text

_ATTRIBUTE_TYPES = (
    "Property", "GeoProperty", "Relationship", "LanguageProperty", "JsonProperty", "VocabProperty",
)  # fmt: skip
"""A tuple, since a type may be a list or an object, which no set can look up."""


class Attribute(msgspec.Struct, frozen=True):
    """A value, with its own time and unit where they are said."""

    value: object
    unit_code: str = ""
    observed_at: object = None


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """An entity with plain attributes."""

    id: str
    type: str
    attributes: dict[str, Attribute]
    position: Position | None = None


def entities(document: object) -> Iterator[tuple[str, object]]:
    """The entities of a message, with a word for each: one, a list, or a notification of some."""
    if isinstance(document, dict) and isinstance(document.get("data"), list):
        document = document["data"]
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        document = document.get("features")
    if isinstance(document, list):
        for at, each in enumerate(document):
            yield f"[{at}]", each
    else:
        yield "", document


def entity(document: object, limits: Limits) -> Entity:
    """The entity of one JSON object."""
    given = obj(document, "an entity")
    body = given
    if given.get("type") == "Feature":
        body = obj(given.get("properties"), "properties")
    identity = text(given.get("id"), "the id", limits.name_chars)
    type_name = text(body.get("type"), "the type", limits.name_chars)
    attributes = {
        name: _attribute(value, name, limits)
        for name, value in body.items()
        if name not in ("id", "type", "@context")
    }
    place = attributes.get("location", _attribute(given.get("geometry"), "geometry", limits))
    return Entity(
        id=identity, type=type_name, attributes=attributes, position=geojson_point(place.value)
    )


def _attribute(value: object, name: str, limits: Limits) -> Attribute:
    if not isinstance(value, dict) or not _is_normalized(value):
        return Attribute(value)
    metadata = value.get("metadata")
    extra: dict[str, Any] = metadata if isinstance(metadata, dict) else {}
    code = _plain(value.get("unitCode", extra.get("unitCode")))
    if code is not None:
        code = text(code, f"unitCode of {name[:40]}", limits.name_chars)
    observed_at = _plain(value.get("observedAt", extra.get("TimeInstant")))
    return Attribute(_plain(value.get("value", value.get("object"))), code or "", observed_at)


def _is_normalized(value: dict[str, Any]) -> bool:
    """Told from a structured value: GeoJSON, too, has a type, but no value."""
    return "value" in value or value.get("type") in _ATTRIBUTE_TYPES


def _plain(value: object) -> object:
    """What stands in `{"value": …}` of metadata or in JSON-LD's `{"@value": …}`."""
    if isinstance(value, dict):
        for name in ("@value", "value"):
            if name in value:
                return value[name]
    if isinstance(value, list):
        return None
    return value


def checked_type(found: Entity, known: frozenset[str]) -> str:
    """The type of an entity, without the address of its vocabulary; one that is known."""
    name = found.type.rpartition("/")[2]
    if name not in known:
        raise Unreadable("not-understood", f"entities of type {name[:40]!r} are not read")
    return name
