"""Plain Starlette routes: no validation models and no sessions on the way to the features."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from canopy.api.ogc import documents, item_pages, listing
from canopy.api.ogc.answers import answer, document, page
from canopy.api.ogc.collections import ALL, collection_of, collections
from canopy.api.ogc.crs import CRS84_URI, named
from canopy.api.ogc.items import items
from canopy.api.ogc.nearest import nearest
from canopy.api.ogc.negotiation import (
    GEOJSON,
    OPENAPI,
    OPENAPI_3_0,
    SCHEMA,
    base_url,
    parameters,
    refuse_unknown,
    wants_html,
)
from canopy.api.ogc.offers.collection import OFFERS
from canopy.api.ogc.openapi import description, older_description
from canopy.api.ogc.schemas import feature_schema, queryables
from canopy.api.ogc.search import search
from canopy.api.ogc.service import asked, service_of
from canopy.api.ogc.single import item_links, read_asset_id, written
from canopy.api.ogc.writing.routes import writing_routes
from canopy.api.problems import BadRequest
from canopy.api.tiles.routes import principal_of, tiles_of
from canopy.assets.reading.paging.views import view_of


def routes() -> list[Route]:
    """The routes, the busiest first."""
    found = "/collections/{collection}"
    return [
        Route(f"{found}/items", items),
        Route(f"{found}/items/{{feature}}", item),
        *writing_routes(),
        Route("/search", search),
        Route("/nearest", nearest),
        Route(f"{found}/queryables", queryables_document),
        Route(f"{found}/schema", schema_document),
        Route(found, collection_route),
        Route("/collections", collections_route),
        Route("/conformance", conformance_route),
        Route("/api", api_route),
    ]


def landing_document(request: Request) -> Response:
    """The landing page for programs."""
    service = service_of(request)
    service.principals.of(request)
    refuse_unknown(parameters(request), ("f",))
    described = service.attribution or "The digital canopy: assets that networks need."
    return document(request, documents.landing(base_url(request), service.title, described))


def conformance_route(request: Request) -> Response:
    """Conformance classes."""
    given = _given(request, "f")
    service_of(request).principals.of(request)
    content = documents.conformance()
    if wants_html(request, given):
        return page(request, listing.conformance_page(content))
    return document(request, content)


def api_route(request: Request) -> Response:
    """The API's description, with the parameters that this principal may use.

    OpenAPI 3.1 describes the whole service. Of 3.0, which older clients know, there is
    the part that features are read by.
    """
    given = _given(request, "f", "openapi")
    principal = service_of(request).principals.of(request)
    if wants_html(request, given):
        return page(request, listing.api_page(description(request, principal)))
    if _openapi_version(request, given) == "3.0":
        return document(request, older_description(request, principal), OPENAPI_3_0)
    return document(request, description(request, principal), OPENAPI)


def _openapi_version(request: Request, given: dict[str, str]) -> str:
    asked = given.get("openapi")
    if asked is None:
        accept = request.headers.get("accept", "").replace(" ", "")
        return "3.0" if OPENAPI_3_0 in accept and OPENAPI not in accept else "3.1"
    if asked not in ("3.0", "3.1"):
        raise BadRequest(f"openapi is 3.0 or 3.1, and not {asked[:40]!r}.", parameter="openapi")
    return asked


async def collections_route(request: Request) -> Response:
    """Every collection."""
    given = _given(request, "f")
    principal = await principal_of(request)
    base = base_url(request)
    if wants_html(request, given):
        return page(request, listing.collections_page(base, [*collections().values(), OFFERS]))
    boxes = await tiles_of(request).bounds(principal)
    crs = service_of(request).database.storage_crs
    found = [
        documents.collection_document(base, each, crs, boxes.get(each.id))
        for each in collections().values()
    ]
    found.append(documents.collection_document(base, OFFERS, crs, boxes.get(ALL)))
    return document(request, documents.collection_list(base, found, crs))


async def collection_route(request: Request) -> Response:
    """One collection."""
    given = _given(request, "f")
    service = service_of(request)
    principal = await principal_of(request)
    collection = collection_of(request.path_params["collection"])
    base = base_url(request)
    if wants_html(request, given):
        view = view_of(collection.kinds, principal, service.policy)
        return page(request, listing.collection_page(base, collection, view.fields))
    box = (await tiles_of(request).bounds(principal)).get(collection.id)
    crs = service.database.storage_crs
    return document(request, documents.collection_document(base, collection, crs, box))


def queryables_document(request: Request) -> Response:
    """What this principal may filter on."""
    given = _given(request, "f")
    service = service_of(request)
    _, collection, view = asked(request, service)
    base = base_url(request)
    if wants_html(request, given):
        return page(request, listing.queryables_page(base, collection, view.fields))
    url = f"{base}/collections/{collection.id}/queryables"
    return document(request, queryables(url, collection, view.fields), SCHEMA)


def schema_document(request: Request) -> Response:
    """What features of this collection may have."""
    given = _given(request, "f")
    service = service_of(request)
    _, collection, view = asked(request, service)
    base = base_url(request)
    if wants_html(request, given):
        return page(request, listing.queryables_page(base, collection, view.fields))
    url = f"{base}/collections/{collection.id}/schema"
    generalises = bool(view.generalised)
    return document(request, feature_schema(url, collection, view.fields, generalises), SCHEMA)


def item(request: Request) -> Response:
    """One feature."""
    service = service_of(request)
    given = _given(request, "f", "crs")
    principal, collection, _ = asked(request, service)
    html = wants_html(request, given)
    crs = named(given.get("crs", CRS84_URI), service.database.storage_crs, "crs")
    asset_id = read_asset_id(request.path_params["feature"])
    found = service.pages.one(collection.kinds, asset_id, principal, crs.name)
    links = item_links(request, collection, asset_id, given, html=html)
    if html:
        return page(request, item_pages.feature_page(collection, found, links))
    feature = written(found, crs, links)
    headers = {"Content-Crs": f"<{crs.uri}>"}
    return answer(request, feature.body, GEOJSON, etag=feature.etag, headers=headers)


def _given(request: Request, *known: str) -> dict[str, str]:
    given = parameters(request)
    refuse_unknown(given, known)
    return given
