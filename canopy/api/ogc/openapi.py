"""The API's description: FastAPI's own, and the features' with one address per collection.

Clients (GDAL among them) look up the parameters of ``/collections/lamppost/items`` by that
very address, so every collection stands in it with the queryables that are seen.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from canopy.access.rules import Principal
from canopy.api.ogc import limits
from canopy.api.ogc.collections import Collection, collections
from canopy.api.ogc.finding_parameters import NEAREST, SEARCH
from canopy.api.ogc.negotiation import GEOJSON, HTML, JSON, OPENAPI, OPENAPI_3_0, SCHEMA
from canopy.api.ogc.offers.collection import OFFERS
from canopy.api.ogc.offers.description import with_offer_writes
from canopy.api.ogc.schemas import field_schema
from canopy.api.ogc.writing.description import with_writes
from canopy.api.problems import MEDIA_TYPE
from canopy.api.problems import SCHEMA as SCHEMA_OF_PROBLEMS
from canopy.api.tiles.documents import MAX_ZOOM, TILE_TYPE
from canopy.assets.filtering import FilterField
from canopy.assets.offers.viewing import offer_view
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.paging.views import view_of

Document = dict[str, object]


def description(request: Request, principal: Principal) -> Document:
    """The whole description for one principal."""
    service_wide: Document = request.app.openapi()
    own = feature_paths(principal, request.app.state.policy)
    paths = service_wide["paths"]
    assert isinstance(paths, dict)
    policy: SensitivityPolicy = request.app.state.policy
    written = with_writes({**service_wide, "paths": {**paths, **own}}, principal, policy)
    return with_offer_writes(written, offer_view(principal, policy).fields)


def older_description(request: Request, principal: Principal) -> Document:
    """The features' part in OpenAPI 3.0, as OGC 17-069r4's class oas30 asks for it."""
    return {
        "openapi": "3.0.3",
        "info": {"title": request.app.title, "version": request.app.version},
        "paths": feature_paths(principal, request.app.state.policy),
        "components": {"securitySchemes": {"HTTPBearer": {"type": "http", "scheme": "bearer"}}},
    }


def feature_paths(principal: Principal, policy: SensitivityPolicy) -> Document:
    """The addresses of the features, as `principal` may use them."""
    paths: Document = {
        "/": _get("Landing page", "landing", JSON, [_FORMAT]),
        "/conformance": _get("Conformance classes", "conformance", JSON, [_FORMAT]),
        "/api": _description(),
        "/collections": _get("The collections", "collections", JSON, [_FORMAT]),
    }
    paths |= {
        "/tileMatrixSets": _get("Tile matrix sets", "matrixSets", JSON, [_JSON_ONLY], html=False),
        "/tileMatrixSets/WebMercatorQuad": _get(
            "WebMercatorQuad", "matrixSet", JSON, [_JSON_ONLY], html=False
        ),
    }
    paths |= {
        "/nearest": _get("Assets nearest to a place", "nearest", GEOJSON, NEAREST, html=False),
        "/search": _get("Assets by what they are called", "search", GEOJSON, SEARCH, html=False),
    }
    for each in collections().values():
        fields = view_of(each.kinds, principal, policy).fields
        paths |= _collection_paths(each, fields)
    return paths | _collection_paths(OFFERS, offer_view(principal, policy).fields)


def _collection_paths(each: Collection, fields: Mapping[str, FilterField]) -> Document:
    here = f"/collections/{each.id}"
    name = each.title.lower()
    tiles = _tile_paths(each, name) if each.has_tiles else {}
    return {
        here: _get(f"About {name}", f"{each.id}.describe", JSON, [_FORMAT]),
        f"{here}/queryables": _get(
            f"Fields to filter {name} on", f"{each.id}.queryables", SCHEMA, [_FORMAT]
        ),
        f"{here}/schema": _get(f"Schema of {name}", f"{each.id}.schema", SCHEMA, [_FORMAT]),
        f"{here}/items": _get(
            f"Features: {name}", f"{each.id}.items", GEOJSON,
            [*_items(each), *(_queryable(each, field) for field in fields.values())],
        ),
        f"{here}/items/{{featureId}}": _get(
            f"One feature of {name}", f"{each.id}.item", GEOJSON, [_FEATURE_ID, _CRS, _FORMAT]
        ),
        **tiles,
    }  # fmt: skip


def _tile_paths(each: Collection, name: str) -> Document:
    here = f"/collections/{each.id}"
    return {
        f"{here}/tiles": _get(
            f"Tilesets of {name}", f"{each.id}.tilesets", JSON, [_JSON_ONLY], html=False
        ),
        f"{here}/tiles/WebMercatorQuad": _get(
            f"Vector tiles of {name}", f"{each.id}.tileset", JSON, [_TILESET_FORMAT], html=False
        ),
        f"{here}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}": _tile_of(each, name),
    }


def _description() -> Document:
    found = _get("This description", "description", OPENAPI, [_FORMAT, _VERSION])
    content = found["get"]["responses"]["200"]["content"]  # type: ignore[index]
    content[OPENAPI_3_0] = content[OPENAPI]
    return found


def _tile_of(each: Collection, name: str) -> Document:
    found = _get(f"A vector tile of {name}", f"{each.id}.tile", TILE_TYPE, _TILE, html=False)
    answers = found["get"]["responses"]  # type: ignore[index]
    answers["200"]["content"] = {TILE_TYPE: {"schema": {"type": "string", "format": "binary"}}}
    answers["204"] = {"description": "Nothing is there"}
    return found


def _get(
    summary: str,
    operation: str,
    media_type: str,
    parameters: list[Document],
    *,
    html: bool = True,
) -> Document:
    problem: Document = {
        "description": "A problem",
        "content": {MEDIA_TYPE: {"schema": SCHEMA_OF_PROBLEMS}},
    }
    content: Document = {media_type: {"schema": {"type": "object"}}}
    if html:
        content[HTML] = {"schema": _TEXT}
    found: Document = {"description": summary, "content": content}
    responses: Document = {"200": found, "304": {"description": "As the client has it"}}
    responses.update((code, problem) for code in _REFUSALS)
    operation_object: Document = {
        "tags": ["features"],
        "summary": summary,
        "operationId": operation,
        "parameters": parameters,
        "responses": responses,
        "security": [{}, {"HTTPBearer": []}],
    }
    return {"get": operation_object}


_REFUSALS = ("400", "401", "404", "413", "500", "503")
_TEXT: Document = {"type": "string"}


def _parameter(name: str, schema: Document, told: str) -> Document:
    return {
        "name": name, "in": "query", "required": False, "description": told, "schema": schema,
        "style": "form", "explode": False,
    }  # fmt: skip


_NUMBERS: Document = {
    "type": "array", "items": {"type": "number"},
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
}  # fmt: skip
_URI: Document = {"type": "string", "format": "uri"}
_TRUTH: Document = {"type": "boolean", "default": False}
_NAMES: Document = {"type": "array", "items": _TEXT}

_FORMAT = _parameter("f", {"type": "string", "enum": ["json", "html"]}, "The answer's form")
_VERSION = _parameter("openapi", {"type": "string", "enum": ["3.0", "3.1"]}, "Version of OpenAPI")
_CRS = _parameter("crs", _URI, "CRS of the answer; CRS84 where none is named")
_JSON_ONLY = _parameter("f", {"type": "string", "enum": ["json"]}, "The answer's form")
_TILESET_FORMAT = _parameter(
    "f", {"type": "string", "enum": ["json", "tilejson"]}, "The answer's form"
)
_TILE: list[Document] = [
    {
        "name": name, "in": "path", "required": True, "description": told,
        "schema": {"type": "integer", "minimum": 0, "maximum": most},
    }
    for name, told, most in (
        ("z", "Zoom", MAX_ZOOM),
        ("y", "Row from the north", 2**MAX_ZOOM - 1),
        ("x", "Column from the west", 2**MAX_ZOOM - 1),
    )
]  # fmt: skip
_FEATURE_ID: Document = {
    "name": "featureId", "in": "path", "required": True, "description": "The feature's UUID",
    "schema": {"type": "string", "format": "uuid"},
}  # fmt: skip
_ITEMS: list[Document] = [
    _parameter("bbox", _NUMBERS, "Only what touches this box; axis order as in bbox-crs"),
    _parameter("bbox-crs", _URI, "CRS of bbox; CRS84 (longitude, latitude) where none is named"),
    _parameter(
        "limit",
        {
            "type": "integer", "minimum": 1, "maximum": limits.MAX_LIMIT,
            "default": limits.DEFAULT_LIMIT,
        },
        "Features of a page; more than the maximum is brought down to it",
    ),
    _CRS,
    _parameter("filter", _TEXT, "Only what satisfies this CQL2 filter"),
    _parameter(
        "filter-lang",
        {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
        "How the filter is written",
    ),
    _parameter("filter-crs", _URI, "CRS of the filter's geometries"),
    _parameter("sortby", _NAMES, f"Up to {limits.MAX_SORT_KEYS} fields, -field for largest first"),
    _parameter("properties", _NAMES, "Only these properties"),
    _parameter("skipGeometry", _TRUTH, "Leave positions out"),
    _parameter("count", _TRUTH, "Tell numberMatched too, which has to be counted"),
    _parameter("token", _TEXT, "Where the page begins, as a next link has it"),
    _FORMAT,
]  # fmt: skip


def _items(each: Collection) -> list[Document]:
    return [*_ITEMS, _parameter("datetime", _TEXT, each.datetime_told)]


def _queryable(each: Collection, field: FilterField) -> Document:
    schema = field_schema(each, field)
    told = str(schema.pop("description"))
    if field.type == "list":
        schema = {"title": field.name, "type": "string"}
        told = f"{told}; one of those in the list"
    return _parameter(field.name, schema, told)
