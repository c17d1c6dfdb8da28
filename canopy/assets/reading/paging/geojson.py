"""A page of assets as GeoJSON features (RFC 7946)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import orjson
import shapely

from canopy.assets.reading.paging.cutting import Page
from canopy.assets.reading.paging.place import Geometries, all_points

_POLYGONS = (3, 6)


def features(
    page: Page,
    *,
    swaps: bool = False,
    has_geometry: bool = True,
    wanted: Collection[str] | None = None,
) -> list[dict[str, Any]]:
    """The page's features, ready to be written by orjson.

    `swaps`: coordinates are written y before x. `wanted`: the properties to keep, None for
    all.
    """
    properties = page.properties
    if wanted is not None:
        properties = [
            {name: value for name, value in each.items() if name in wanted} for each in properties
        ]
    geometries = positions(page, swaps) if has_geometry else iter([None] * len(page))
    return [
        {"type": "Feature", "id": each, "geometry": geometry, "properties": values}
        for each, geometry, values in zip(page.ids, geometries, properties, strict=True)
    ]


def positions(page: Page, swaps: bool) -> Iterator[object]:
    """GeoJSON geometries, None where the position is withheld."""
    points = all_points(page.geometries)
    if points is not None:
        ordered = points[:, ::-1] if swaps else points
        return ({"type": "Point", "coordinates": xy} for xy in ordered.tolist())
    return _written(page.geometries, swaps)


def _written(geometries: Geometries, swaps: bool) -> Iterator[object]:
    if np.isin(shapely.get_type_id(geometries), _POLYGONS).any():
        geometries = shapely.orient_polygons(geometries)  # RFC 7946, 3.1.6
    if swaps:
        geometries = shapely.transform(geometries, lambda xy: xy[:, ::-1])
    texts: list[str | None] = shapely.to_geojson(geometries).tolist()
    return (None if text is None else orjson.Fragment(text) for text in texts)
