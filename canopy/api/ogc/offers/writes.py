"""Create, replace, patch and withdraw one offer: for estates and admin.

Each checks who asks before it reads a body, and reads the body before it asks the database.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from canopy.access.rules import Principal, Role
from canopy.access.tokens import NotAuthenticated
from canopy.api.ogc.answers import VARY
from canopy.api.ogc.crs import CRS84_URI, named
from canopy.api.ogc.item_tags import IfMatch
from canopy.api.ogc.limits import MAX_REASON_CHARS
from canopy.api.ogc.negotiation import GEOJSON, base_url, parameters, refuse_unknown
from canopy.api.ogc.offers.bodies import changed_offer, new_offer
from canopy.api.ogc.offers.collection import OFFERS
from canopy.api.ogc.offers.reading import read_offer_id
from canopy.api.ogc.service import service_of
from canopy.api.ogc.single import item_links, item_path, written
from canopy.api.ogc.writing.bodies import FEATURE_TYPES, PATCH_TYPES, read_object
from canopy.api.ogc.writing.positions import content_crs
from canopy.api.problems import BadRequest, PreconditionRequired
from canopy.assets.offers.writing.writer import OfferWriter
from canopy.errors import NotAllowed, NotFound


async def create_offer(request: Request) -> Response:
    """POST: 201, with where the new offer is."""
    writer = await _writer(request)
    content = await read_object(request, FEATURE_TYPES)

    def act() -> Response:
        offer_id = writer.create(*new_offer(content))
        place = base_url(request) + item_path(OFFERS, offer_id)
        return _told(request, writer.principal, offer_id, 201, {"Location": place})

    return await run_in_threadpool(act)


async def replace_offer(request: Request) -> Response:
    """PUT: all that the offer says; what is left out becomes unknown."""
    return await _changed(request, FEATURE_TYPES, is_whole=True)


async def patch_offer(request: Request) -> Response:
    """PATCH: what is named changes, what is null becomes unknown."""
    return await _changed(request, PATCH_TYPES, is_whole=False)


async def withdraw_offer(request: Request) -> Response:
    """DELETE: the offer is there no more; its history stays."""
    writer = await _writer(request)
    offer_id, condition = _target(request)
    await run_in_threadpool(writer.withdraw, offer_id, condition)
    return Response(status_code=204)


async def _changed(request: Request, types: tuple[str, ...], *, is_whole: bool) -> Response:
    writer = await _writer(request)
    offer_id, condition = _target(request)
    storage_crs = writer.database.storage_crs
    crs = content_crs(request, storage_crs)
    content = await read_object(request, types)

    def act() -> Response:
        shown = service_of(request).offers.one(offer_id, writer.principal, storage_crs)
        proposed = changed_offer(content, shown, crs, storage_crs, is_whole=is_whole)
        writer.change(offer_id, condition, proposed.applied)
        return _told(request, writer.principal, offer_id, 200, {})

    return await run_in_threadpool(act)


def _target(request: Request) -> tuple[str, IfMatch]:
    """Raises PreconditionRequired where no version is named."""
    offer_id = read_offer_id(request.path_params["feature"])
    asked = ", ".join(request.headers.getlist("if-match")).strip()
    if not asked:
        raise PreconditionRequired(
            f"{request.method} needs the header If-Match with the ETag that you read the offer "
            "with, so that nobody's change is lost."
        )
    return offer_id, IfMatch.read(asked)


async def _writer(request: Request) -> OfferWriter:
    """Raises NotAuthenticated, NotAllowed, or BadRequest for a parameter."""
    principal = await run_in_threadpool(_editor, request)
    given = parameters(request)
    refuse_unknown(given, ("reason",))
    reason = given.get("reason", "").strip()
    if len(reason) > MAX_REASON_CHARS:
        raise BadRequest(
            f"reason may have at most {MAX_REASON_CHARS} characters.", parameter="reason"
        )
    service = service_of(request)
    return OfferWriter(service.database, service.policy, principal, reason)


def _editor(request: Request) -> Principal:
    if not request.headers.get("authorization"):
        raise NotAuthenticated("Changing offers needs a token: `Authorization: Bearer canopy_…`.")
    principal = service_of(request).principals.looked_up(request)
    if not principal.role.reaches(Role.estates):
        raise NotAllowed("Changing offers needs a token with the role estates or admin.")
    return principal


def _told(
    request: Request, principal: Principal, offer_id: str, status: int, headers: dict[str, str]
) -> Response:
    """The offer as a GET would answer it now; nothing where it is gone already."""
    service = service_of(request)
    crs = named(CRS84_URI, service.database.storage_crs, "crs")
    try:
        page = service.offers.one(offer_id, principal, crs.name)
    except NotFound:  # withdrawn by somebody meanwhile
        return Response(status_code=201 if status == 201 else 204, headers=headers)
    feature = written(page, crs, item_links(request, OFFERS, offer_id, {}, html=False))
    told = {
        **headers,
        "ETag": feature.etag,
        "Content-Location": base_url(request) + item_path(OFFERS, offer_id),
        "Content-Crs": f"<{crs.uri}>",
        "Vary": VARY,
        "Cache-Control": "no-store",
    }
    return Response(feature.body, status, told, GEOJSON)
