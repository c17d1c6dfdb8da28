"""A page of assets as GeoJSON (RFC 7946) bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from canopy.api.ogc.parameters import ItemsQuery
from canopy.assets.queries import now_utc
from canopy.assets.reading.paging import Page
from canopy.assets.reading.paging.place import all_points
from canopy.db.types import utc_text

_POLYGONS = (3, 6)


def features(page: Page, query: ItemsQuery) -> list[dict[str, Any]]:
    """The page's features, ready to be written by orjson."""
    properties = page.properties
    wanted = query.properties
    if wanted is not None:
        properties = [
            {name: value for name, value in each.items() if name in wanted} for each in properties
        ]
    return [
        {"type": "Feature", "id": each, "geometry": geometry, "properties": values}
        for each, geometry, values in zip(page.ids, positions(page, query), properties, strict=True)
    ]


def positions(page: Page, query: ItemsQuery) -> Iterator[object]:
    """GeoJSON geometries in the axis order of the answer's CRS."""
    geometries = page.geometries
    if not query.has_geometry:
        return iter([None] * len(page))
    points = all_points(geometries)
    if points is not None:
        ordered = points[:, ::-1] if query.crs.swaps else points
        return ({"type": "Point", "coordinates": xy} for xy in ordered.tolist())
    return _written(geometries, query.crs.swaps)


def _written(geometries: NDArray[np.object_], swaps: bool) -> Iterator[object]:
    if np.isin(shapely.get_type_id(geometries), _POLYGONS).any():
        geometries = shapely.orient_polygons(geometries)  # RFC 7946, 3.1.6
    if swaps:
        geometries = shapely.transform(geometries, lambda xy: xy[:, ::-1])
    texts: list[str | None] = shapely.to_geojson(geometries).tolist()
    return (None if text is None else orjson.Fragment(text) for text in texts)


def collection_bytes(
    written: bytes, links: list[dict[str, str]], returned: int, matched: int | None
) -> bytes:
    """A FeatureCollection around features that are written already."""
    head: dict[str, object] = {
        "type": "FeatureCollection",
        "timeStamp": time_stamp(now_utc()),
        "numberReturned": returned,
        "links": links,
    }
    if matched is not None:
        head["numberMatched"] = matched
    return orjson.dumps(head)[:-1] + b',"features":' + written + b"}"


def time_stamp(at: datetime) -> str:
    """A time as OGC API writes it (RFC 3339, UTC)."""
    return utc_text(at)
