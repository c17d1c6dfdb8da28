"""Routes of tiles, plain Starlette: a tile that was cut before goes out as it is."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from canopy.access.rules import Principal
from canopy.api.ogc.answers import VARY, document, is_known
from canopy.api.ogc.collections import Collection, collection_of
from canopy.api.ogc.negotiation import base_url, parameters, refuse_unknown
from canopy.api.ogc.service import service_of
from canopy.api.problems import BadRequest
from canopy.api.tiles import documents
from canopy.api.tiles.cutting import TileService
from canopy.assets.reading.tiling import TileAddress
from canopy.errors import NotFound

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")
_HERE = f"/collections/{{collection}}/tiles/{documents.MATRIX_SET}"


def routes() -> list[Route]:
    """The routes, the busiest first."""
    return [
        Route(f"{_HERE}/{{z}}/{{y}}/{{x}}", tile_route),
        Route(_HERE, tileset_route),
        Route("/collections/{collection}/tiles", tilesets_route),
        Route("/tileMatrixSets", matrix_sets_route),
        Route(f"/tileMatrixSets/{documents.MATRIX_SET}", matrix_set_route),
    ]


async def tile_route(request: Request) -> Response:
    """One tile."""
    refuse_unknown(parameters(request), ("f",))
    if request.query_params.get("f", "mvt") != "mvt":
        raise BadRequest("Tiles are Mapbox Vector Tiles: f is mvt.", parameter="f")
    principal = await principal_of(request)
    collection = collection_of(request.path_params["collection"])
    packed = "gzip" in request.headers.get("accept-encoding", "")
    tile = await tiles_of(request).tile(principal, collection, _address(request), packed=packed)
    scope = "private" if "authorization" in request.headers else "public"
    headers = {"ETag": tile.etag, "Vary": VARY, "Cache-Control": f"{scope}, no-cache"}
    if is_known(tile.etag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    if not tile.body:
        return Response(status_code=204, headers=headers)
    if tile.is_packed:
        headers["Content-Encoding"] = "gzip"
    return Response(tile.body, media_type=documents.TILE_TYPE, headers=headers)


async def tileset_route(request: Request) -> Response:
    """What the tiles of a collection hold, also as TileJSON."""
    given = parameters(request)
    refuse_unknown(given, ("f",))
    form = given.get("f", "json")
    if form not in ("json", "tilejson"):
        raise BadRequest(f"f is json or tilejson, and not {form[:40]!r}.", parameter="f")
    principal, collection = await principal_of(request), _collection(request)
    bounds = await tiles_of(request).bounds(principal)
    box, base = bounds.get(collection.id), base_url(request)
    if form == "tilejson":
        credit = service_of(request).attribution
        return document(request, documents.tilejson(base, collection, box, credit))
    return document(request, documents.tileset(base, collection, box))


async def tilesets_route(request: Request) -> Response:
    """The tilesets of a collection."""
    await _plain(request)
    return document(request, documents.tilesets(base_url(request), _collection(request)))


async def matrix_sets_route(request: Request) -> Response:
    """The tile matrix sets."""
    await _plain(request)
    return document(request, documents.matrix_sets(base_url(request)))


async def matrix_set_route(request: Request) -> Response:
    """WebMercatorQuad."""
    await _plain(request)
    return document(request, documents.matrix_set())


def tiles_of(request: Request) -> TileService:
    """The running service's tiles."""
    found: TileService = request.app.state.tiles
    return found


async def principal_of(request: Request) -> Principal:
    """Who asks; looked up in a thread where that takes a look-up."""
    principals = service_of(request).principals
    known = principals.known(request)
    return known if known is not None else await run_in_threadpool(principals.of, request)


async def _plain(request: Request) -> None:
    given = parameters(request)
    refuse_unknown(given, ("f",))
    if given.get("f", "json") != "json":
        raise BadRequest("This document is there as json only.", parameter="f")
    await principal_of(request)


def _collection(request: Request) -> Collection:
    return collection_of(request.path_params["collection"])


def _address(request: Request) -> TileAddress:
    z, y, x = (request.path_params[name] for name in ("z", "y", "x"))
    if not all(_NUMBER.fullmatch(each) for each in (z, y, x)) or int(z) > documents.MAX_ZOOM:
        raise NotFound(f"There is no tile {z[:20]}/{y[:20]}/{x[:20]}.")
    return TileAddress(int(z), int(x), int(y))
