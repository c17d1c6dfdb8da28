"""`GET /search`: assets by what they are called."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from canopy.api.ogc import limits
from canopy.api.ogc.answers import answer, etag_of
from canopy.api.ogc.asking import json_only, whole_number
from canopy.api.ogc.crs import CRS84_URI, named
from canopy.api.ogc.features import collection_bytes
from canopy.api.ogc.negotiation import GEOJSON, address, base_url, link, parameters, refuse_unknown
from canopy.api.ogc.service import service_of
from canopy.api.problems import BadRequest
from canopy.assets.reading.finding.words import MAX_CHARS, tidy
from canopy.assets.reading.paging import geojson

PARAMETERS = ("q", "limit", "crs", "f")
MATCHED = "matched_field"
"""The property of each feature that names the field the text was found in."""


def search(request: Request) -> Response:
    """Assets that a text names, as GeoJSON features in the order of their rank."""
    service = service_of(request)
    principal = service.principals.of(request)
    given = parameters(request)
    refuse_unknown(given, PARAMETERS)
    json_only(given)
    crs = named(given.get("crs", CRS84_URI), service.database.storage_crs, "crs")
    limit = whole_number(given, "limit", limits.DEFAULT_FOUND, limits.MAX_FOUND)
    found = service.search.search(_text(given.get("q")), principal, limit, crs.name)
    for properties, field in zip(found.page.properties, found.fields, strict=True):
        properties[MATCHED] = field
    written = orjson.dumps(geojson.features(found.page, swaps=crs.swaps))
    here = address(base_url(request), "/search", given)
    links = [link(here, "self", GEOJSON, "This document")]
    body = collection_bytes(written, links, len(found.page), None)
    headers = {"Content-Crs": f"<{crs.uri}>"}
    return answer(request, body, GEOJSON, etag=etag_of(written, here.encode()), headers=headers)


def _text(text: str | None) -> str:
    if text is None or not tidy(text) or len(text) > MAX_CHARS:
        raise BadRequest(
            f"q is what to search for, 1 to {MAX_CHARS} characters that are not all spaces: a "
            "ref, street, postcode, UPRN, USRN, name or asset id.",
            parameter="q",
        )
    return text
