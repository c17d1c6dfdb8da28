"""GET of offers: pages, single ones, and what describes them."""

from __future__ import annotations

import re

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from canopy.api.ogc import documents, item_pages, listing
from canopy.api.ogc.answers import answer, document, page
from canopy.api.ogc.crs import CRS84_URI, named
from canopy.api.ogc.features import features
from canopy.api.ogc.items import page_links, written_page
from canopy.api.ogc.negotiation import (
    GEOJSON,
    SCHEMA,
    base_url,
    parameters,
    refuse_unknown,
    wants_html,
)
from canopy.api.ogc.offers.asking import read_offer_items
from canopy.api.ogc.offers.collection import OFFERS
from canopy.api.ogc.schemas import feature_schema, queryables
from canopy.api.ogc.service import service_of
from canopy.api.ogc.single import item_links, written
from canopy.api.tiles.routes import principal_of, tiles_of
from canopy.assets.offers.viewing import offer_view
from canopy.errors import NotFound

_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HERE = f"/collections/{OFFERS.id}"


def reading_routes() -> list[Route]:
    """Routes of the GETs. They stand before those with ``{collection}`` in their address."""
    return [
        Route(f"{HERE}/items", offer_items, methods=["GET"]),
        Route(f"{HERE}/items/{{feature}}", offer_item, methods=["GET"]),
        Route(f"{HERE}/queryables", offer_queryables, methods=["GET"]),
        Route(f"{HERE}/schema", offer_schema, methods=["GET"]),
        Route(HERE, offers_collection, methods=["GET"]),
    ]


def offer_items(request: Request) -> Response:
    """A page of offers."""
    service = service_of(request)
    principal = service.principals.of(request)
    given = parameters(request)
    html = wants_html(request, given)
    view = offer_view(principal, service.policy)
    query = read_offer_items(given, principal, view.fields, service.database.storage_crs)
    found = service.offers.page(query.request)
    total = None
    if query.request.after is None and found.next is None:
        total = len(found)
    elif query.counts:
        total = service.offers.count(query.request)
    links = page_links(request, OFFERS, given, found.next, html=html)
    if html:
        return page(request, item_pages.features_page(OFFERS, found, links, total))
    body = orjson.dumps(features(found, query))
    return written_page(request, body, links, len(found), total, query)


def offer_item(request: Request) -> Response:
    """One offer."""
    service = service_of(request)
    given = parameters(request)
    refuse_unknown(given, ("f", "crs"))
    principal = service.principals.of(request)
    html = wants_html(request, given)
    crs = named(given.get("crs", CRS84_URI), service.database.storage_crs, "crs")
    offer_id = read_offer_id(request.path_params["feature"])
    found = service.offers.one(offer_id, principal, crs.name)
    links = item_links(request, OFFERS, offer_id, given, html=html)
    if html:
        return page(request, item_pages.feature_page(OFFERS, found, links))
    feature = written(found, crs, links)
    headers = {"Content-Crs": f"<{crs.uri}>"}
    return answer(request, feature.body, GEOJSON, etag=feature.etag, headers=headers)


async def offers_collection(request: Request) -> Response:
    """The collection. Its extent is that of the assets that are seen, offered or not."""
    given = parameters(request)
    refuse_unknown(given, ("f",))
    service = service_of(request)
    principal = await principal_of(request)
    base = base_url(request)
    if wants_html(request, given):
        fields = offer_view(principal, service.policy).fields
        return page(request, listing.collection_page(base, OFFERS, fields))
    box = (await tiles_of(request).bounds(principal)).get("assets")
    crs = service.database.storage_crs
    return document(request, documents.collection_document(base, OFFERS, crs, box))


def offer_queryables(request: Request) -> Response:
    """What this principal may filter offers on."""
    return _described(request, is_schema=False)


def offer_schema(request: Request) -> Response:
    """What an offer may have."""
    return _described(request, is_schema=True)


def _described(request: Request, *, is_schema: bool) -> Response:
    given = parameters(request)
    refuse_unknown(given, ("f",))
    service = service_of(request)
    view = offer_view(service.principals.of(request), service.policy)
    base = base_url(request)
    if wants_html(request, given):
        return page(request, listing.queryables_page(base, OFFERS, view.fields))
    if is_schema:
        generalises = bool(view.assets.generalised)
        url = f"{base}{HERE}/schema"
        return document(request, feature_schema(url, OFFERS, view.fields, generalises), SCHEMA)
    return document(request, queryables(f"{base}{HERE}/queryables", OFFERS, view.fields), SCHEMA)


def read_offer_id(text: str) -> str:
    """An id in the form it is stored in. Raises NotFound for what cannot be one."""
    found = text.lower()
    if _UUID.fullmatch(found) is None:
        raise NotFound(f"There is no offer {text[:60]} in this collection.")
    return found
