"""The landing page, conformance and collections as documents."""

from __future__ import annotations

from canopy import geo
from canopy.api.ogc.collections import Collection
from canopy.api.ogc.crs import CRS84_URI, offered, storage_uri
from canopy.api.ogc.negotiation import GEOJSON, HTML, JSON, OPENAPI, OPENAPI_3_0, SCHEMA, link
from canopy.assets.reading.tiling import Box

_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_COMMON = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
_QUERYABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_CONFORMANCE_REL = "http://www.opengis.net/def/rel/ogc/1.0/conformance"
_DATA_REL = "http://www.opengis.net/def/rel/ogc/1.0/data"
_TILESETS_REL = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
_MATRIX_SETS_REL = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"

CONFORMANCE = (
    f"{_COMMON}/core",
    f"{_COMMON}/landing-page",
    f"{_COMMON}/json",
    f"{_COMMON}/html",
    f"{_FEATURES}-1/1.0/conf/core",
    f"{_FEATURES}-1/1.0/conf/geojson",
    f"{_FEATURES}-1/1.0/conf/html",
    f"{_FEATURES}-1/1.0/conf/oas30",
    f"{_FEATURES}-2/1.0/conf/crs",
    f"{_FEATURES}-3/1.0/conf/queryables",
    f"{_FEATURES}-3/1.0/conf/queryables-query-parameters",
    f"{_FEATURES}-3/1.0/conf/filter",
    f"{_FEATURES}-3/1.0/conf/features-filter",
    f"{_FEATURES}-4/1.0/conf/create-replace-delete",
    f"{_FEATURES}-4/1.0/conf/update",
    f"{_FEATURES}-4/1.0/conf/features",
    f"{_FEATURES}-4/1.0/conf/optimistic-locking-etags",
    f"{_CQL2}/cql2-text",
    f"{_CQL2}/cql2-json",
    f"{_CQL2}/basic-cql2",
    f"{_CQL2}/advanced-comparison-operators",
    f"{_CQL2}/case-insensitive-comparison",
    f"{_CQL2}/accent-insensitive-comparison",
    f"{_CQL2}/basic-spatial-functions",
    f"{_CQL2}/basic-spatial-functions-plus",
    f"{_CQL2}/spatial-functions",
    f"{_CQL2}/temporal-functions",
    f"{_CQL2}/array-functions",
    f"{_CQL2}/property-property",
    f"{_CQL2}/arithmetic",
    f"{_TILES}/core",
    f"{_TILES}/tileset",
    f"{_TILES}/tilesets-list",
    f"{_TILES}/geodata-tilesets",
    f"{_TILES}/mvt",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
)
"""Conformance classes, by their URIs."""


def landing(base: str, title: str, description: str) -> dict[str, object]:
    """Where everything else is found: OGC 17-069r4, 7.2."""
    return {
        "title": title,
        "description": description,
        "links": [
            link(f"{base}/?f=json", "self", JSON, "This document"),
            link(f"{base}/?f=html", "alternate", HTML, "This document as a page"),
            link(f"{base}/api?openapi=3.0", "service-desc", OPENAPI_3_0, "How features are read"),
            link(f"{base}/api", "service-desc", OPENAPI, "The whole API's description"),
            link(f"{base}/api?f=html", "service-doc", HTML, "The API's description as a page"),
            link(f"{base}/conformance", "conformance", JSON, "Conformance classes"),
            link(f"{base}/conformance", _CONFORMANCE_REL, JSON, "Conformance classes"),
            link(f"{base}/collections", "data", JSON, "The collections"),
            link(f"{base}/collections", _DATA_REL, JSON, "The collections"),
            link(f"{base}/tileMatrixSets", _MATRIX_SETS_REL, JSON, "Tile matrix sets"),
            _template(f"{base}/search?q={{q}}", "search", "Assets by what they are called"),
            _template(f"{base}/nearest?lon={{lon}}&lat={{lat}}", "related", "Assets near a place"),
        ],
    }


def _template(href: str, rel: str, title: str) -> dict[str, object]:
    """A link of which parts in braces are to be filled in."""
    return {**link(href, rel, GEOJSON, title), "templated": True}


def conformance() -> dict[str, object]:
    """What is conformed to."""
    return {"conformsTo": list(CONFORMANCE)}


def collection_list(
    base: str, found: list[dict[str, object]], storage_crs: str
) -> dict[str, object]:
    """Every collection: OGC 17-069r4, 7.13."""
    return {
        "links": [
            link(f"{base}/collections?f=json", "self", JSON, "This document"),
            link(f"{base}/collections?f=html", "alternate", HTML, "This document as a page"),
        ],
        "crs": list(offered(storage_crs)),
        "collections": found,
    }


def collection_document(
    base: str, each: Collection, storage_crs: str, box: Box | None
) -> dict[str, object]:
    """One collection: OGC 17-069r4, 7.14, and 18-058r1, 6.2.

    `box` is around what is seen [degrees]; where it is not known, the CRS's own area.
    """
    here = f"{base}/collections/{each.id}"
    west, south, east, north = geo.area_of_use(storage_crs) if box is None else box
    tiles = [link(f"{here}/tiles", _TILESETS_REL, JSON, "Vector tiles")] if each.has_tiles else []
    return {
        "id": each.id,
        "title": each.title,
        "description": each.description,
        "itemType": "feature",
        "extent": {"spatial": {"bbox": [[west, south, east, north]], "crs": CRS84_URI}},
        "crs": list(offered(storage_crs)),
        "storageCrs": storage_uri(storage_crs),
        "links": [
            link(f"{here}?f=json", "self", JSON, "This document"),
            link(f"{here}?f=html", "alternate", HTML, "This document as a page"),
            link(f"{here}/items?f=json", "items", GEOJSON, f"{each.title} as GeoJSON"),
            link(f"{here}/items?f=html", "items", HTML, f"{each.title} as a page"),
            link(f"{here}/queryables", _QUERYABLES_REL, SCHEMA, "Fields to filter on"),
            link(f"{here}/schema", "describedby", SCHEMA, "Schema of the features"),
            *tiles,
            link(f"{base}/", "root", JSON, "The service"),
        ],
    }
