"""Create, replace, patch and withdraw one feature.

Each checks who asks before it reads a body, and reads the body before it asks the database.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from canopy.access.rules import Principal, Role
from canopy.access.tokens import NotAuthenticated
from canopy.api.ogc.answers import VARY
from canopy.api.ogc.collections import Collection, collection_of
from canopy.api.ogc.crs import CRS84_URI, named
from canopy.api.ogc.item_tags import IfMatch
from canopy.api.ogc.limits import MAX_REASON_CHARS
from canopy.api.ogc.negotiation import GEOJSON, base_url, parameters, refuse_unknown
from canopy.api.ogc.service import OgcService, service_of
from canopy.api.ogc.single import item_links, item_path, read_asset_id, written
from canopy.api.ogc.writing.bodies import FEATURE_TYPES, PATCH_TYPES, read_object
from canopy.api.ogc.writing.features import patch_of_feature, whole_feature
from canopy.api.ogc.writing.positions import FIELD, content_crs
from canopy.api.problems import BadRequest, PreconditionRequired
from canopy.assets.editing.writing.writer import AssetWriter, Target
from canopy.assets.ready.keeping import refresh
from canopy.errors import BadAttribute, NotAllowed, NotFound, OutOfArea

ACCEPT_PATCH = ", ".join(PATCH_TYPES)


async def create(request: Request) -> Response:
    """POST to a collection: 201, with where the new feature is."""
    collection = collection_of(request.path_params["collection"])
    writer = await _writer(request)
    crs = content_crs(request, writer.database.storage_crs)
    content = await read_object(request, FEATURE_TYPES)

    def act() -> Response:
        proposed = whole_feature(content, None, crs, writer.database.storage_crs)
        asset_id = writer.create(proposed, collection.kinds)
        place = base_url(request) + item_path(collection, asset_id)
        return _told(request, writer.principal, collection, asset_id, 201, {"Location": place})

    return await run_in_threadpool(_in_words_of_the_wire, act)


async def replace(request: Request) -> Response:
    """PUT on a feature: all of it, also of one that was withdrawn."""
    writer, collection, target = await _target(request)
    crs = content_crs(request, writer.database.storage_crs)
    content = await read_object(request, FEATURE_TYPES)

    def act() -> Response:
        storage_crs = writer.database.storage_crs
        writer.change(target, whole_feature(content, target.asset_id, crs, storage_crs))
        return _told(request, writer.principal, collection, target.asset_id, 200, {})

    return await run_in_threadpool(_in_words_of_the_wire, act)


async def patch(request: Request) -> Response:
    """PATCH on a feature: what is named changes, what is null becomes unknown."""
    writer, collection, target = await _target(request)
    crs = content_crs(request, writer.database.storage_crs)
    content = await read_object(request, PATCH_TYPES)

    def act() -> Response:
        storage_crs = writer.database.storage_crs
        writer.change(target, patch_of_feature(content, target.asset_id, crs, storage_crs))
        return _told(request, writer.principal, collection, target.asset_id, 200, {})

    return await run_in_threadpool(_in_words_of_the_wire, act)


async def withdraw(request: Request) -> Response:
    """DELETE on a feature: it leaves every selection, its history stays."""
    writer, _, target = await _target(request)
    await run_in_threadpool(writer.withdraw, target)
    service_of(request).stamp.forget()
    return Response(status_code=204)


async def _target(request: Request) -> tuple[AssetWriter, Collection, Target]:
    """What is to be written. Raises PreconditionRequired where no version is named."""
    collection = collection_of(request.path_params["collection"])
    writer = await _writer(request)
    asset_id = read_asset_id(request.path_params["feature"])
    asked = ", ".join(request.headers.getlist("if-match")).strip()
    if not asked:
        raise PreconditionRequired(
            f"{request.method} needs the header If-Match with the ETag that you read the "
            "feature with, so that nobody's change is lost."
        )
    return writer, collection, Target(asset_id, collection.kinds, IfMatch.read(asked))


async def _writer(request: Request) -> AssetWriter:
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
    database, policy = service.database, service.policy
    return AssetWriter(
        database, policy, principal, reason,
        settled=lambda session, fids: refresh(session, database, policy, fids),
    )  # fmt: skip


def _editor(request: Request) -> Principal:
    if not request.headers.get("authorization"):
        raise NotAuthenticated(
            "Changing the catalogue needs a token: `Authorization: Bearer canopy_…`."
        )
    principal = service_of(request).principals.looked_up(request)
    if not principal.role.reaches(Role.estates):
        raise NotAllowed("Changing the catalogue needs a token with the role estates or admin.")
    return principal


def _told(
    request: Request,
    principal: Principal,
    collection: Collection,
    asset_id: str,
    status: int,
    headers: dict[str, str],
) -> Response:
    """The feature as a GET would answer it now; nothing where the writer may not see it."""
    service: OgcService = service_of(request)
    service.stamp.forget()
    crs = named(CRS84_URI, service.database.storage_crs, "crs")
    try:
        page = service.pages.one(collection.kinds, asset_id, principal, crs.name)
    except NotFound:  # raised above the writer's role, or withdrawn again by somebody
        return Response(status_code=201 if status == 201 else 204, headers=headers)
    feature = written(page, crs, item_links(request, collection, asset_id, {}, html=False))
    told = {
        **headers,
        "ETag": feature.etag,
        "Content-Location": base_url(request) + item_path(collection, asset_id),
        "Content-Crs": f"<{crs.uri}>",
        "Vary": VARY,
        "Cache-Control": "no-store",
    }
    return Response(feature.body, status, told, GEOJSON)


def _in_words_of_the_wire(act: Callable[[], Response]) -> Response:
    """The answer; a refusal names the position as GeoJSON does, and one field as `field`."""
    try:
        return act()
    except OutOfArea as error:
        raise OutOfArea(error.detail, **{"field": FIELD, **error.members}) from error
    except BadAttribute as error:
        raise _named(error) from error


def _named(error: BadAttribute) -> BadAttribute:
    members = dict(error.members)
    names = members.get("fields")
    if isinstance(names, list) and names:
        members.setdefault("field", names[0])
    if members.get("field") == "geom":
        members["field"] = FIELD
    return BadAttribute(error.detail, **members)
