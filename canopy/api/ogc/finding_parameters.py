"""The parameters of `/nearest` and `/search` in the API's description."""

from __future__ import annotations

from canopy.api.ogc import limits
from canopy.assets.kinds import KINDS
from canopy.assets.reading.finding.words import MAX_CHARS

Document = dict[str, object]


def _parameter(name: str, schema: Document, told: str, *, required: bool = False) -> Document:
    return {
        "name": name, "in": "query", "required": required, "description": told,
        "schema": schema, "style": "form", "explode": False,
    }  # fmt: skip


def _counted(name: str, default: int, most: int, told: str) -> Document:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return _parameter(name, schema, f"{told}; more than the maximum is brought down to it")


_TEXT: Document = {"type": "string"}
_NUMBER: Document = {"type": "number"}
_URI: Document = {"type": "string", "format": "uri"}
_FORM = _parameter("f", {"type": "string", "enum": ["json"]}, "The answer's form")

NEAREST: list[Document] = [
    _parameter("lon", {"type": "number", "minimum": -180, "maximum": 180},
               "Longitude of the place, with lat"),
    _parameter("lat", {"type": "number", "minimum": -90, "maximum": 90}, "Latitude of the place"),
    _parameter("x", _NUMBER, "Easting or longitude of the place, with y and crs"),
    _parameter("y", _NUMBER, "Northing or latitude of the place"),
    _parameter("crs", _URI, "CRS of x and y, and of the answer; CRS84 where none is named"),
    _counted("k", limits.DEFAULT_NEAREST, limits.MAX_NEAREST, "Assets wanted"),
    _parameter(
        "radius_m",
        {"type": "number", "exclusiveMinimum": 0, "maximum": limits.MAX_RADIUS_M,
         "default": limits.DEFAULT_RADIUS_M},
        "How far to look [m]",
    ),
    _parameter(
        "kinds",
        {"type": "array", "items": {"type": "string", "enum": [str(kind) for kind in KINDS]}},
        "Only assets of these kinds",
    ),
    _parameter("available", {"type": "boolean", "default": False},
               "Only assets with an open offer whose last day has not passed"),
    _parameter("filter", _TEXT, "Only what satisfies this CQL2 filter"),
    _parameter(
        "filter-lang",
        {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
        "How the filter is written",
    ),
    _parameter("filter-crs", _URI, "CRS of the filter's geometries"),
    _FORM,
]  # fmt: skip
"""OpenAPI parameters of `/nearest`."""

SEARCH: list[Document] = [
    _parameter(
        "q",
        {"type": "string", "minLength": 1, "maxLength": MAX_CHARS, "pattern": r"\S"},
        "A ref, UPRN, USRN, postcode, name, street or asset id; of text also its beginning",
        required=True,
    ),
    _counted("limit", limits.DEFAULT_FOUND, limits.MAX_FOUND, "Assets wanted"),
    _parameter("crs", _URI, "CRS of the answer; CRS84 where none is named"),
    _FORM,
]  # fmt: skip
"""OpenAPI parameters of `/search`."""
