"""The writes in the API's description: bodies, answers and refusals of each."""

from __future__ import annotations

from collections.abc import Mapping

from canopy.access.rules import Principal
from canopy.api.ogc.collections import Collection, collections
from canopy.api.ogc.limits import MAX_BODY_BYTES, MAX_REASON_CHARS
from canopy.api.ogc.negotiation import GEOJSON
from canopy.api.ogc.schemas import field_schema
from canopy.api.ogc.writing.bodies import FEATURE_TYPES, MERGE_PATCH
from canopy.api.problems import documented
from canopy.assets.editing.writing.proposed import FIXED_FIELDS
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging.views import view_of

Document = dict[str, object]

_REFUSALS = (400, 401, 403, 404, 413, 415, 422, 500, 503)
_LOCKED = (400, 401, 403, 404, 412, 428, 500, 503)


def with_writes(document: Mapping[str, object], principal: Principal,
                policy: SensitivityPolicy) -> Document:  # fmt: skip
    """A description of reading with the writes beside it, with the fields of one principal."""
    paths, components = document["paths"], document.get("components", {})
    assert isinstance(paths, dict)
    assert isinstance(components, dict)
    schemas: Document = {}
    added: Document = {}
    for each in collections().values():
        items = f"/collections/{each.id}/items"
        schemas |= _schemas(each, principal, policy)
        added[items] = {**paths[items], "post": _create(each)}
        item = f"{items}/{{featureId}}"
        id_parameter = paths[item]["get"]["parameters"][0]
        added[item] = {
            **paths[item],
            "put": _replace(each, id_parameter),
            "patch": _patch(each, id_parameter),
            "delete": _withdraw(each, id_parameter),
        }
    known = components.get("schemas", {})
    return {
        **document,
        "paths": {**paths, **added},
        "components": {**components, "schemas": {**known, **schemas}},
    }


def _create(each: Collection) -> Document:
    answers = {**documented(*_REFUSALS), 201: _feature("The new feature", "Location")}
    types = dict.fromkeys(FEATURE_TYPES, f"{each.id}.feature")
    return _operation(f"Add to {each.title.lower()}", f"{each.id}.create",
                      [_REASON, _CONTENT_CRS], types, answers)  # fmt: skip


def _replace(each: Collection, id_parameter: object) -> Document:
    types = dict.fromkeys(FEATURE_TYPES, f"{each.id}.feature")
    parameters = [id_parameter, _IF_MATCH, _REASON, _CONTENT_CRS]
    summary = f"Replace one of {each.title.lower()}, or bring it back"
    return _operation(summary, f"{each.id}.replace", parameters, types, _changed())


def _patch(each: Collection, id_parameter: object) -> Document:
    parameters = [id_parameter, _IF_MATCH, _REASON, _CONTENT_CRS]
    return _operation(f"Change one of {each.title.lower()}", f"{each.id}.update",
                      parameters, {MERGE_PATCH: f"{each.id}.patch"}, _changed())  # fmt: skip


def _withdraw(each: Collection, id_parameter: object) -> Document:
    answers = {**documented(*_LOCKED), 204: {"description": "It is withdrawn; its history stays"}}
    return _operation(f"Withdraw one of {each.title.lower()}", f"{each.id}.withdraw",
                      [id_parameter, _IF_MATCH, _REASON], None, answers)  # fmt: skip


def _changed() -> dict[int | str, dict[str, object]]:
    return {
        **documented(*_REFUSALS, 412, 428),
        200: _feature("The feature as it is now"),
        204: {"description": "It was changed, and is for others to see now"},
    }


def _feature(told: str, *more: str) -> Document:
    text: Document = {"schema": {"type": "string"}}
    return {
        "description": told,
        "headers": {name: text for name in ("ETag", "Content-Location", "Content-Crs", *more)},
        "content": {GEOJSON: {"schema": {"type": "object"}}},
    }


def _operation(
    summary: str,
    operation: str,
    parameters: list[object],
    types: Mapping[str, str] | None,
    answers: Mapping[int | str, object],
) -> Document:
    made: Document = {
        "tags": ["editing"],
        "summary": summary,
        "description": "For the roles estates and admin.",
        "operationId": operation,
        "parameters": parameters,
        "responses": {str(status): each for status, each in sorted(answers.items(), key=str)},
        "security": [{"HTTPBearer": []}],
    }
    if types is not None:
        made["requestBody"] = {
            "required": True,
            "description": f"At most {MAX_BODY_BYTES:,} bytes.",
            "content": {
                name: {"schema": {"$ref": f"#/components/schemas/{schema}"}}
                for name, schema in types.items()
            },
        }
    return made


def _schemas(each: Collection, principal: Principal, policy: SensitivityPolicy) -> Document:
    fields = view_of(each.kinds, principal, policy).fields
    properties: Document = {}
    for name, field in fields.items():
        schema = _or_unknown(field_schema(each, field))
        properties[name] = schema | ({"readOnly": True} if name in FIXED_FIELDS else {})
    properties["kind"] = {"type": "string", "enum": [str(kind) for kind in each.kinds]}
    listed: Document = {"type": "object", "properties": properties}
    if len(each.kinds) > 1:
        listed["required"] = ["kind"]
    members: Document = {
        "type": {"type": "string", "enum": ["Feature"]},
        "geometry": _geometry(each),
        "properties": listed,
    }
    patch = {**members, "properties": {"type": "object", "properties": properties}}
    return {
        f"{each.id}.feature": {
            "type": "object", "required": ["type", "geometry", "properties"],
            "properties": members,
        },
        f"{each.id}.patch": {
            "type": "object", "properties": patch, "additionalProperties": False,
            "description": "What is named changes; a property that is null becomes unknown.",
        },
    }  # fmt: skip


def _geometry(each: Collection) -> Document:
    types = sorted({name for kind in each.kinds for name in KINDS[kind].geometry})
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {
            "type": {"type": "string", "enum": types},
            "coordinates": {"type": "array", "minItems": 1, "items": {}},
        },
    }


def _or_unknown(schema: dict[str, object]) -> Document:
    found = {**schema, "type": [schema["type"], "null"]}
    allowed = schema.get("enum")
    return {**found, "enum": [*allowed, None]} if isinstance(allowed, list) else found


_REASON: Document = {
    "name": "reason", "in": "query", "required": False,
    "description": "Why, for the history",
    "schema": {"type": "string", "maxLength": MAX_REASON_CHARS},
}  # fmt: skip
_IF_MATCH: Document = {
    "name": "If-Match", "in": "header", "required": True,
    "description": "The ETag that the feature was read with, or * for whatever there is",
    "schema": {"type": "string"},
}  # fmt: skip
_CONTENT_CRS: Document = {
    "name": "Content-Crs", "in": "header", "required": False,
    "description": "CRS of the position in the body, as <URI>; CRS84 where it is not sent",
    "schema": {"type": "string"},
}  # fmt: skip
