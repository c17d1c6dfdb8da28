"""The writes of offers in the API's description."""

from __future__ import annotations

from collections.abc import Mapping

from canopy.api.ogc.limits import MAX_BODY_BYTES, MAX_REASON_CHARS
from canopy.api.ogc.negotiation import GEOJSON
from canopy.api.ogc.offers.collection import OFFERS
from canopy.api.ogc.schemas import field_schema
from canopy.api.ogc.writing.bodies import FEATURE_TYPES, MERGE_PATCH
from canopy.api.problems import documented
from canopy.assets.filtering import FilterField
from canopy.assets.offers.fields import (
    LISTS,
    MAX_CONSTRAINT_CHARS,
    MAX_CONSTRAINTS,
    MAX_TERMS_CHARS,
    SET_BY_OFFICERS,
)
from canopy.assets.offers.rules import OfferStatus, Technology

Document = dict[str, object]

_REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422, 500, 503)
_NEEDED = ("technologies", "available_from")
_ITEMS = f"/collections/{OFFERS.id}/items"
_ITEM = f"{_ITEMS}/{{featureId}}"


def with_offer_writes(
    document: Mapping[str, object], fields: Mapping[str, FilterField]
) -> Document:
    """A description of reading with the writes of offers beside it; `fields` are those seen."""
    paths, components = document["paths"], document.get("components", {})
    assert isinstance(paths, dict)
    assert isinstance(components, dict)
    known = components.get("schemas", {})
    schemas = {
        f"{OFFERS.id}.feature": _body(fields, "new"),
        f"{OFFERS.id}.whole": _body(fields, "whole"),
        f"{OFFERS.id}.patch": _body(fields, "patch"),
    }
    offer_id = paths[_ITEM]["get"]["parameters"][0]
    added = {
        _ITEMS: {**paths[_ITEMS], "post": _create()},
        _ITEM: {
            **paths[_ITEM],
            "put": _change("Replace an offer", "replace", offer_id, "whole", FEATURE_TYPES),
            "patch": _change("Change an offer", "update", offer_id, "patch", (MERGE_PATCH,)),
            "delete": _withdraw(offer_id),
        },
    }
    return {
        **document,
        "paths": {**paths, **added},
        "components": {**components, "schemas": {**known, **schemas}},
    }


def _create() -> Document:
    answers = {**documented(*_REFUSALS), 201: _feature("The new offer", "Location")}
    made = _operation("Offer an asset", "create", [_REASON], answers)
    return made | _sent("feature", FEATURE_TYPES)


def _change(
    summary: str, name: str, offer_id: object, schema: str, types: tuple[str, ...]
) -> Document:
    answers = {
        **documented(*_REFUSALS, 412, 428),
        200: _feature("The offer as it is now"),
        204: {"description": "It was changed, and somebody has withdrawn it since"},
    }
    parameters = [offer_id, _IF_MATCH, _REASON, _CONTENT_CRS]
    return _operation(summary, name, parameters, answers) | _sent(schema, types)


def _withdraw(offer_id: object) -> Document:
    answers = {
        **documented(400, 401, 403, 404, 412, 428, 500, 503),
        204: {"description": "It is withdrawn for good; its history stays"},
    }
    return _operation("Withdraw an offer", "withdraw", [offer_id, _IF_MATCH, _REASON], answers)


def _operation(
    summary: str, name: str, parameters: list[object], answers: Mapping[int | str, object]
) -> Document:
    return {
        "tags": ["editing"],
        "summary": summary,
        "description": "For the roles estates and admin.",
        "operationId": f"{OFFERS.id}.{name}",
        "parameters": parameters,
        "responses": {str(status): each for status, each in sorted(answers.items(), key=str)},
        "security": [{"HTTPBearer": []}],
    }


def _sent(schema: str, types: tuple[str, ...]) -> Document:
    reference = {"schema": {"$ref": f"#/components/schemas/{OFFERS.id}.{schema}"}}
    return {
        "requestBody": {
            "required": True,
            "description": f"At most {MAX_BODY_BYTES:,} bytes.",
            "content": {name: reference for name in types},
        }
    }


def _feature(told: str, *more: str) -> Document:
    text: Document = {"schema": {"type": "string"}}
    return {
        "description": told,
        "headers": {name: text for name in ("ETag", "Content-Location", "Content-Crs", *more)},
        "content": {GEOJSON: {"schema": {"type": "object"}}},
    }


def _body(fields: Mapping[str, FilterField], use: str) -> Document:
    properties = {name: _field(fields[name]) for name in SET_BY_OFFICERS if name in fields}
    if use == "new":
        properties["asset_id"] = {"type": "string", "format": "uuid"}
    needed = {"new": ("asset_id", *_NEEDED), "whole": ("status", *_NEEDED)}.get(use, ())
    told: Document = {"type": "object", "properties": properties}
    if needed:
        told["required"] = list(needed)
    body: Document = {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "geometry": {
                "type": ["object", "null"],
                "description": "An offer stands where its asset stands: null, or as it was read",
            },
            "properties": told,
        },
    }
    if use != "patch":
        body["required"] = ["type", "properties"]
    return body


def _field(found: FilterField) -> Document:
    schema = field_schema(OFFERS, found)
    if found.name == "technologies":
        values = [each.value for each in Technology]
        return schema | {"items": {"type": "string", "enum": values}, "minItems": 1}
    if found.name == "status":
        written = [each.value for each in OfferStatus if each is not OfferStatus.withdrawn]
        return schema | {"enum": written}
    if found.name in LISTS:
        item = {"type": "string", "maxLength": MAX_CONSTRAINT_CHARS}
        schema |= {"items": item, "maxItems": MAX_CONSTRAINTS}
    if found.name == "terms":
        schema["maxLength"] = MAX_TERMS_CHARS
    if found.name == "available_from":
        return schema
    return schema | {"type": [schema["type"], "null"]}


_REASON: Document = {
    "name": "reason", "in": "query", "required": False,
    "description": "Why, for the history",
    "schema": {"type": "string", "maxLength": MAX_REASON_CHARS},
}  # fmt: skip
_IF_MATCH: Document = {
    "name": "If-Match", "in": "header", "required": True,
    "description": "The ETag that the offer was read with, or * for whatever there is",
    "schema": {"type": "string"},
}  # fmt: skip
_CONTENT_CRS: Document = {
    "name": "Content-Crs", "in": "header", "required": False,
    "description": "CRS of a position in the body, as <URI>; CRS84 where it is not sent",
    "schema": {"type": "string"},
}  # fmt: skip
