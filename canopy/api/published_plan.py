"""The public edition of the plan that was published last: its files, and the front page's part.

Only files that `canopy plan publish` and `canopy plan demo` write for everybody are in its folder,
and only those named here are sent.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.api.rendered_files import unless_known
from canopy.api.styling import PAGE_POLICY
from canopy.db.engine import Database
from canopy.errors import NotFound
from canopy.plan.published.shown import FILES, HTML, MAP, PDF, is_making, read_glance
from canopy.render.served import plan_folder
from canopy.settings import Settings

_POLICY = {"Content-Security-Policy": f"{PAGE_POLICY}; img-src data:"}

router = APIRouter(prefix="/plan", tags=["plan"])


@router.head("/report.html", include_in_schema=False)
@router.get("/report.html", response_class=FileResponse)
def plan_report(request: Request, database: DatabaseOf, settings: SettingsOf) -> Response:
    """The report of the published plan: its public edition."""
    return _sent(request, database, settings, HTML)


@router.head("/report.pdf", include_in_schema=False)
@router.get("/report.pdf", response_class=FileResponse)
def plan_report_pdf(request: Request, database: DatabaseOf, settings: SettingsOf) -> Response:
    """The same as tagged PDF, where one could be made."""
    return _sent(request, database, settings, PDF)


@router.head("/map.svg", include_in_schema=False)
@router.get("/map.svg", response_class=FileResponse)
def plan_map(request: Request, database: DatabaseOf, settings: SettingsOf) -> Response:
    """The map of the published plan by itself."""
    return _sent(request, database, settings, MAP)


def _sent(request: Request, database: Database, settings: Settings, name: str) -> Response:
    path = plan_folder(database, settings) / name
    if not path.is_file():
        raise NotFound(
            "No such plan has been published; whoever runs this service does it with "
            "`canopy plan publish`."
        )
    return unless_known(request, path, FILES[name], _POLICY)


_LINKS = {HTML: "Read the report", PDF: "The report as PDF", MAP: "The map alone (SVG)"}
_ALT = "Map of the plan's sites by ward; the report has the same as a table"


_BEING_MADE = "<p>A plan is being made: load this page again in half a minute to see it.</p>"


def plan_section(folder: Path) -> str:
    """Figures, map, and ways to the report, as HTML; empty where nothing is published."""
    glance = read_glance(folder)
    if glance is None:
        return _BEING_MADE if is_making(folder) else ""
    there = [name for name in _LINKS if (folder / name).is_file()]
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="n">{escape(value)}</td></tr>'
        for name, value in glance.figures
    )
    notes = "".join(f"<li>{escape(each)}</li>" for each in glance.notes)
    links = "".join(f'<li><a href="/plan/{name}">{_LINKS[name]}</a></li>' for name in there)
    picture = f'<p><img src="/plan/{MAP}" alt="{_ALT}"></p>' if MAP in there else ""
    return (
        f'<section class="plan" aria-labelledby="plan"><h2 id="plan">{escape(glance.title)}</h2>'
        f"<table><caption>The plan at a glance, {escape(glance.made_on)}</caption><thead><tr>"
        f'<th scope="col">Figure</th><th scope="col">Value</th></tr></thead>{rows}</table>'
        f"<ul>{links}</ul>{picture}<ul>{notes}</ul></section>"
    )
