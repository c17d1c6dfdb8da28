"""Pages of features: from what is ready where that answers, else made from the assets."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from canopy.access.rules import Principal
from canopy.api.ogc import item_pages
from canopy.api.ogc.answers import answer, etag_of, page
from canopy.api.ogc.collections import Collection, collection_of
from canopy.api.ogc.counting import matched
from canopy.api.ogc.features import collection_bytes, features
from canopy.api.ogc.negotiation import (
    GEOJSON,
    HTML,
    JSON,
    again,
    base_url,
    link,
    parameters,
    wants_html,
)
from canopy.api.ogc.parameters import ItemsQuery, read_items
from canopy.api.ogc.service import OgcService, asked, service_of
from canopy.assets.kinds import KINDS
from canopy.assets.reading.paging import PageKey, write_token
from canopy.assets.reading.paging.views import view_of

_NOT_NARROWING = frozenset(
    ("limit", "token", "f", "crs", "count", "sortby", "properties", "skipGeometry")
)


async def items(request: Request) -> Response:
    """A page of features."""
    service = service_of(request)
    principal = service.principals.known(request)
    if principal is None:
        principal = await run_in_threadpool(service.principals.of, request)
    if service.ready is not None:
        found = await _ready(request, service, principal)
        if found is not None:
            return found
    whole = await _whole(request, service, principal)
    return await run_in_threadpool(_made, request, whole)


async def _whole(request: Request, service: OgcService, principal: Principal) -> int | None:
    """How many features the collection has, where nothing narrows it and that is known."""
    if not parameters(request).keys() <= _NOT_NARROWING:
        return None
    kinds = collection_of(request.path_params["collection"]).kinds
    return await service.totals.of(principal, kinds)


async def _ready(request: Request, service: OgcService, principal: Principal) -> Response | None:
    """The page put together from ready features; None where it has to be made."""
    given = parameters(request)
    if service.ready is None or wants_html(request, given):
        return None
    collection = collection_of(request.path_params["collection"])
    view = view_of(collection.kinds, principal, service.policy)
    query = read_items(given, collection, principal, view.fields, service.database.storage_crs)
    if query.properties is not None or not query.has_geometry:
        return None
    of_kinds = None
    if query.request.area is not None and len(collection.kinds) < len(KINDS):
        of_kinds = await service.totals.of(principal, collection.kinds)
    found = await service.ready.page(query.request, of_kinds)
    if found is None:
        return None
    if query.request.after is None and found.next is None:
        total: int | None = len(found)
    else:
        total = await _whole(request, service, principal)
        if total is None and query.counts:
            return None
    written = b"[" + b",".join(found.features) + b"]"
    links = page_links(request, collection, given, found.next, html=False)
    return written_page(request, written, links, len(found), total, query)


def _made(request: Request, whole: int | None) -> Response:
    service = service_of(request)
    given = parameters(request)
    principal, collection, view = asked(request, service)
    html = wants_html(request, given)
    query = read_items(given, collection, principal, view.fields, service.database.storage_crs)
    found = service.pages.page(query.request)
    total = whole
    if query.request.after is None and found.next is None:
        total = len(found)
    elif total is None and query.counts:
        total = matched(service, query, found)
    links = page_links(request, collection, given, found.next, html=html)
    if html:
        text = item_pages.features_page(collection, found, links, total)
        return page(request, text)
    written = orjson.dumps(features(found, query))
    return written_page(request, written, links, len(found), total, query)


def written_page(
    request: Request,
    written: bytes,
    links: list[dict[str, str]],
    returned: int,
    total: int | None,
    query: ItemsQuery,
) -> Response:
    """A page whose features are written already, with its links and counts."""
    body = collection_bytes(written, links, returned, total)
    etag = etag_of(written, orjson.dumps([links, total]))
    content_crs = {"Content-Crs": f"<{query.crs.uri}>"}
    return answer(request, body, GEOJSON, etag=etag, headers=content_crs)


def page_links(
    request: Request,
    collection: Collection,
    given: Mapping[str, str],
    following: PageKey | None,
    *,
    html: bool,
) -> list[dict[str, str]]:
    """The links of a page; `following` is where the next begins, None on the last."""
    collection_url = f"{base_url(request)}/collections/{collection.id}"
    url = f"{collection_url}/items"
    this, other = (HTML, GEOJSON) if html else (GEOJSON, HTML)
    links = [
        link(again(request, url, given), "self", this, "This page"),
        link(
            again(request, url, given, f="json" if html else "html"), "alternate", other,
            "This page in another form",
        ),
        link(collection_url, "collection", JSON, collection.title),
    ]  # fmt: skip
    if following is not None:
        href = again(request, url, given, token=write_token(following))
        links.append(link(href, "next", this, "The next page"))
    return links
