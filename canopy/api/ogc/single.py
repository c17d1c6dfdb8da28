"""One feature as it is answered, after a GET and after a write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from starlette.requests import Request

from canopy.api.ogc.collections import Collection
from canopy.api.ogc.crs import OfferedCrs
from canopy.api.ogc.item_tags import item_etag
from canopy.api.ogc.negotiation import GEOJSON, HTML, JSON, address, base_url, link
from canopy.assets.reading.paging import Page, geojson
from canopy.errors import NotFound

_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class WrittenFeature:
    """A GeoJSON feature with its ETag."""

    body: bytes
    etag: str


def item_path(collection: Collection, asset_id: str) -> str:
    """Where a feature is found."""
    return f"/collections/{collection.id}/items/{asset_id}"


def read_asset_id(text: str) -> str:
    """An id in the form it is stored in. Raises NotFound for what cannot be one."""
    found = text.lower()
    if _UUID.fullmatch(found) is None:
        raise NotFound(f"There is no asset {text[:60]} in this collection.")
    return found


def item_links(
    request: Request, collection: Collection, asset_id: str, given: Mapping[str, str], *, html: bool
) -> list[dict[str, str]]:
    """The links of one feature."""
    base, path = base_url(request), item_path(collection, asset_id)
    return [
        link(address(base, path, given), "self", HTML if html else GEOJSON, "This document"),
        link(
            address(base, path, given, f="json" if html else "html"), "alternate",
            GEOJSON if html else HTML, "This document in another form",
        ),
        link(f"{base}/collections/{collection.id}", "collection", JSON, collection.title),
    ]  # fmt: skip


def written(page: Page, crs: OfferedCrs, links: list[dict[str, str]]) -> WrittenFeature:
    """The one feature of a page."""
    (feature,) = geojson.features(page, swaps=crs.swaps)
    feature["links"] = links
    body = orjson.dumps(feature)
    return WrittenFeature(body, item_etag(page.ids[0], page.properties[0], body))
