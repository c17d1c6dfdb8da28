"""`/transparency`: what is sensed, as the public is told of it, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from canopy.access.rules import PUBLIC
from canopy.api.deps import DatabaseOf, PolicyOf, SettingsOf
from canopy.api.iot.transparency import pages
from canopy.api.ogc.negotiation import base_url
from canopy.api.styling import PAGE_POLICY
from canopy.iot.sensorthings.audience import audience_of
from canopy.iot.sensorthings.translating import Scope
from canopy.iot.transparency.notices import notice, notices
from canopy.settings import Settings

MOST = 100
"""Things of one page."""
_HEADERS = {"Content-Security-Policy": PAGE_POLICY}
router = APIRouter(prefix="/transparency", tags=["transparency"])
NumberOf = Annotated[int, Path(ge=1, le=2**31 - 1)]


def public_scope(database: DatabaseOf, policy: PolicyOf) -> Iterator[Scope]:
    """The catalogue as the public sees it: these pages are the same for all."""
    with database.reading() as session:
        audience = audience_of(PUBLIC, policy)
        yield Scope(session, audience, database.srid, database.storage_crs)


ScopeOf = Annotated[Scope, Depends(public_scope)]


@router.get("", response_class=HTMLResponse)
def transparency(
    scope: ScopeOf, settings: SettingsOf, after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0
) -> HTMLResponse:
    """Every device that senses something, as a page for people."""
    found = notices(scope, after, MOST + 1)
    more = f"/transparency?after={found[MOST - 1].number}" if len(found) > MOST else None
    return _page(pages.list_page(settings.catalogue_title, found[:MOST], more))


@router.get("/{number}", response_class=HTMLResponse)
def transparency_of_thing(
    request: Request, scope: ScopeOf, settings: SettingsOf, number: NumberOf
) -> HTMLResponse:
    """What one device senses, why, by what right, for how long, and whom to ask."""
    told = notice(scope, number)
    title, contact = settings.catalogue_title, settings.privacy_contact
    return _page(pages.thing_page(title, told, _address(request, settings, number), contact))


@router.get("/{number}/sign", response_class=HTMLResponse)
def transparency_sign(
    request: Request, scope: ScopeOf, settings: SettingsOf, number: NumberOf
) -> HTMLResponse:
    """A sign to print and put beside the device."""
    told = notice(scope, number)
    title, contact = settings.catalogue_title, settings.privacy_contact
    return _page(pages.sign_page(title, told, _address(request, settings, number), contact))


@router.get(
    "/{number}/qr.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
def transparency_qr(
    request: Request, scope: ScopeOf, settings: SettingsOf, number: NumberOf
) -> Response:
    """The address of a device's page as a QR code."""
    drawn = pages.qr_svg(_address(request, settings, notice(scope, number).number))
    named = drawn.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return Response(named, media_type="image/svg+xml", headers=_HEADERS)


def _page(written: str) -> HTMLResponse:
    return HTMLResponse(written, headers=_HEADERS)


def _address(request: Request, settings: Settings, number: int) -> str:
    base = (settings.public_url or base_url(request)).rstrip("/")
    return f"{base}/transparency/{number}"
