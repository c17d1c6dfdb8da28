"""Health, the front page, and the rendered map."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from canopy.access.rules import PUBLIC
from canopy.api import web
from canopy.api.deps import DatabaseOf, PolicyOf, SessionOf, SettingsOf
from canopy.api.ogc.negotiation import parameters, wants_html
from canopy.api.ogc.routes import landing_document
from canopy.api.published_plan import plan_section
from canopy.api.rendered_files import unless_known
from canopy.api.styling import PAGE_POLICY, STYLE
from canopy.assets.kinds import KINDS
from canopy.assets.policy import SensitivityPolicy
from canopy.assets.reading.queries import last_change
from canopy.assets.reading.summary import CatalogueSummary, summary
from canopy.db import migrate
from canopy.errors import NotFound
from canopy.render.served import map_path, plan_folder

router = APIRouter()


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", tags=["service"])
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", tags=["service"])
def readyz(database: DatabaseOf) -> dict[str, str]:
    """The database is reachable and of this release; a 503 problem otherwise."""
    migrate.require_current(database)
    return {"status": "ready", "storage_crs": database.storage_crs}


@router.head("/", include_in_schema=False)
@router.get("/", response_class=HTMLResponse, include_in_schema=False)
def front_page(
    request: Request,
    session: SessionOf,
    database: DatabaseOf,
    settings: SettingsOf,
    policy: PolicyOf,
) -> Response:
    """What is here for the public, for people; for programs the landing page of OGC API."""
    if not wants_html(request, parameters(request)):
        return landing_document(request)
    counts = _public_summary(request, session, policy)
    rows = "".join(
        f'<tr><th scope="row">{escape(spec.label_plural)}</th>'
        f'<td class="n">{counts.assets_by_kind[kind]:,}</td></tr>'
        for kind, spec in KINDS.items()
        if counts.assets_by_kind.get(kind)
    )
    title = escape(settings.catalogue_title)
    body = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>"
        f"{plan_section(plan_folder(database, settings))}{_live_map()}"
        '<p><a class="go" href="/map">Open the combined infrastructure map</a></p>'
        "<table><caption>Assets in the catalogue</caption>"
        f'<thead><tr><th scope="col">Kind</th><th scope="col">Assets</th></tr></thead>'
        f"{rows}</table>"
        '<p><a href="/collections?f=html">Browse the assets</a></p>'
        '<p><a href="/transparency">What our sensors do, and why</a></p>'
        '<p>For programs: <a href="/?f=json">OGC API</a>, '
        '<a href="/openapi.json">OpenAPI description</a>, '
        '<a href="/healthz">health</a>, <a href="/readyz">readiness</a>.</p></main></body></html>'
    )
    policy_header = f"{PAGE_POLICY}; img-src 'self'"
    return HTMLResponse(body, headers={"Content-Security-Policy": policy_header})


def _live_map() -> str:
    """The ways to the pages of the app, where it has been built."""
    if not web.is_built():
        return ""
    return (
        '<p><a class="go" href="/explore/">Explore the live map</a></p>'
        '<p><a class="go" href="/agreements">Agreements and what they earn</a></p>'
        '<p><a class="go" href="/things">Things and their readings</a></p>'
    )


def _public_summary(
    request: Request, session: Session, policy: SensitivityPolicy
) -> CatalogueSummary:
    """Counted once per change of the catalogue: the count reads all of it."""
    change = last_change(session)
    kept: tuple[int, CatalogueSummary] | None = getattr(request.app.state, "summary", None)
    if kept is not None and kept[0] == change:
        return kept[1]
    counts = summary(session, PUBLIC, policy)
    request.app.state.summary = (change, counts)
    return counts


@router.head("/map", include_in_schema=False)
@router.get("/map", tags=["map"], response_class=HTMLResponse)
def map_page(request: Request, database: DatabaseOf, settings: SettingsOf) -> Response:
    """The combined infrastructure map, as it was last rendered for the public."""
    path = map_path(database, settings)
    if not path.is_file():
        raise NotFound(
            "No map has been rendered yet; whoever runs this service makes one with `canopy map` "
            "and names it in CANOPY_MAP_PATH."
        )
    return unless_known(request, path, "text/html; charset=utf-8")
