"""Tile matrix set, tilesets and TileJSON as documents."""

from __future__ import annotations

from canopy.api.ogc.collections import Collection
from canopy.api.ogc.crs import CRS84_URI
from canopy.api.ogc.negotiation import JSON, link
from canopy.assets.reading.tiling import DETAIL_ZOOM, Box

TILE_TYPE = "application/vnd.mapbox-vector-tile"
TILEJSON_TYPE = "application/json"
MATRIX_SET = "WebMercatorQuad"
MATRIX_SET_URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{MATRIX_SET}"
MERCATOR_URI = "http://www.opengis.net/def/crs/EPSG/0/3857"
MAX_ZOOM = 22
_MATRIX_SET_REL = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
_HALF_WORLD_M = 20_037_508.342789244
_PIXEL_M = 0.00028
"""Width of a standardised pixel [m]: OGC 17-083r4, 6.1.1."""
_TILE_PIXELS = 256


def matrix_sets(base: str) -> dict[str, object]:
    """The tile matrix sets there are: one. OGC 20-057, 6.2."""
    here = f"{base}/tileMatrixSets/{MATRIX_SET}"
    return {
        "tileMatrixSets": [
            {
                "id": MATRIX_SET,
                "title": "Web mercator, tiles of 256 pixels, zoom 0 at the top",
                "uri": MATRIX_SET_URI,
                "links": [link(here, "self", JSON, MATRIX_SET)],
            }
        ]
    }


def matrix_set() -> dict[str, object]:
    """WebMercatorQuad: OGC 17-083r4, annex D.1."""
    return {
        "id": MATRIX_SET,
        "title": "Web mercator, tiles of 256 pixels, zoom 0 at the top",
        "uri": MATRIX_SET_URI,
        "crs": MERCATOR_URI,
        "orderedAxes": ["E", "N"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(zoom) for zoom in range(MAX_ZOOM + 1)],
    }


def _matrix(zoom: int) -> dict[str, object]:
    cell_m = 2 * _HALF_WORLD_M / (_TILE_PIXELS * 2**zoom)
    return {
        "id": str(zoom),
        "scaleDenominator": cell_m / _PIXEL_M,
        "cellSize": cell_m,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-_HALF_WORLD_M, _HALF_WORLD_M],
        "tileWidth": _TILE_PIXELS,
        "tileHeight": _TILE_PIXELS,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }


def tilesets(base: str, each: Collection) -> dict[str, object]:
    """The tilesets of a collection: OGC 20-057, 10.2."""
    here = f"{base}/collections/{each.id}/tiles"
    return {
        "links": [link(here, "self", JSON, "This document")],
        "tilesets": [_summary(here, each)],
    }


def _summary(here: str, each: Collection) -> dict[str, object]:
    return {
        "title": each.title,
        "dataType": "vector",
        "crs": MERCATOR_URI,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "links": [link(f"{here}/{MATRIX_SET}", "self", JSON, f"{each.title} as vector tiles")],
    }


def tileset(base: str, each: Collection, box: Box | None) -> dict[str, object]:
    """One tileset: OGC 20-057, 9.2. `box` is in degrees; None where nothing is seen."""
    here = f"{base}/collections/{each.id}/tiles"
    template = link(_template(here), "item", TILE_TYPE, "Tiles")
    told: dict[str, object] = {
        **_summary(here, each),
        "layers": [{"id": each.id, "title": each.title, "dataType": "vector"}],
        "links": [
            link(f"{here}/{MATRIX_SET}", "self", JSON, "This document"),
            {**template, "templated": True},
            link(f"{here}/{MATRIX_SET}?f=tilejson", "describedby", TILEJSON_TYPE, "TileJSON"),
            link(f"{base}/tileMatrixSets/{MATRIX_SET}", _MATRIX_SET_REL, JSON, MATRIX_SET),
        ],
    }
    if box is not None:
        west, south, east, north = box
        told["boundingBox"] = {
            "lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84_URI,
        }  # fmt: skip
    return told


def tilejson(base: str, each: Collection, box: Box | None, attribution: str) -> dict[str, object]:
    """The tileset as TileJSON 3.0.0 (Mapbox, 2021)."""
    kinds = {str(kind): "Number" for kind in each.kinds}
    asset = {"asset_id": "String", "kind": "String", "status": "String", "height_m": "Number"}
    told: dict[str, object] = {
        "tilejson": "3.0.0",
        "name": each.title,
        "description": f"From zoom {DETAIL_ZOOM} on each asset; below it how many there are.",
        "tiles": [_template(f"{base}/collections/{each.id}/tiles")],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "vector_layers": [
            {"id": each.id, "description": each.description,
             "fields": {**asset, "count": "Number", **kinds}},
        ],
    }  # fmt: skip
    if attribution:
        told["attribution"] = attribution
    if box is not None:
        told["bounds"] = list(box)
    return told


def _template(here: str) -> str:
    return f"{here}/{MATRIX_SET}/{{z}}/{{y}}/{{x}}"
