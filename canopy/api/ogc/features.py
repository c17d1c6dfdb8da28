"""A FeatureCollection as bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from canopy.api.ogc.parameters import ItemsQuery
from canopy.assets.queries import now_utc
from canopy.assets.reading.paging import Page, geojson
from canopy.db.types import utc_text


def features(page: Page, query: ItemsQuery) -> list[dict[str, Any]]:
    """The page's features as they were asked for."""
    return geojson.features(
        page,
        swaps=query.crs.swaps,
        has_geometry=query.has_geometry,
        wanted=query.properties,
    )


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
