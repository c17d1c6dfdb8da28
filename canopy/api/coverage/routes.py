"""Coverage runs over HTTP: asked for, followed, read, cancelled and deleted."""

from __future__ import annotations

import csv
import io
import shutil
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from canopy.access.rules import Principal, Role
from canopy.api.coverage import features, files, paths, places, viewing
from canopy.api.coverage.deps import PlannerOf, SeenRun, runs_folder
from canopy.api.coverage.documents import (
    RUNS,
    FigureOut,
    FiguresOut,
    RunOut,
    RunsOut,
    attribution,
    next_link,
    run_line,
    run_out,
    state_of,
)
from canopy.api.coverage.features import finished
from canopy.api.coverage.run_in import RunIn
from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.assets.queries import now_utc
from canopy.errors import NotAllowed, Refused
from canopy.jobs import queries as jobs
from canopy.plan.coverage import queries
from canopy.plan.coverage.jobs import TASKS
from canopy.plan.coverage.tables import CoverageRun

MOST_RUNS = 100
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

router = APIRouter(tags=["coverage"])


@router.post(RUNS, status_code=202)
def start_run(
    wanted: RunIn,
    response: Response,
    database: DatabaseOf,
    settings: SettingsOf,
    principal: PlannerOf,
) -> RunOut:
    """Ask for a run: 202 with where it is to be followed, while a job computes it."""
    from canopy.plan.coverage.asking import Limits, check, submit  # rasterio takes seconds

    if settings.coverage_inputs is None:
        raise Refused("No folder of inputs is set here; have CANOPY_COVERAGE_INPUTS set.")
    inputs = settings.coverage_inputs.absolute()
    limits = Limits(
        settings.coverage_max_cells, settings.coverage_max_area_km2, settings.coverage_max_unended
    )
    asked = check(wanted.model_dump(exclude={"audience"}), inputs, limits)
    with database.writing() as session:
        run = submit(
            session, database, asked, principal=principal, inputs=inputs, limits=limits,
            audience=_audience(wanted, principal), runs=runs_folder(settings), now=now_utc(),
        )  # fmt: skip
        told = run_out(*queries.run_and_job(session, run.run_id), principal)
    response.headers["Location"] = f"{RUNS}/{told.run_id}"
    return told


def _audience(wanted: RunIn, principal: Principal) -> Role:
    if wanted.audience is None:
        return Role.estates if principal.role.reaches(Role.estates) else principal.role
    if not principal.role.reaches(wanted.audience):
        raise NotAllowed(f"A run for {wanted.audience} is asked for by who may see it.")
    return Role(wanted.audience)


@router.get(RUNS)
def list_runs(
    database: DatabaseOf,
    principal: PlannerOf,
    limit: Annotated[int, Query(ge=1, le=MOST_RUNS)] = 20,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="Of the page before, from its link")
    ] = None,
) -> RunsOut:
    """The runs that you may see, newest first."""
    with database.reading() as session:
        found = queries.page_of_runs(session, principal.role, limit + 1, before)
        lines = [run_line(run, job, principal) for run, job in found[:limit]]
        more = len(found) > limit
        last = found[limit - 1][0].id if more else 0
    links = next_link(f"{RUNS}?limit={limit}&before={last}") if more else []
    return RunsOut(runs=lines, links=list(links))


@router.get(RUNS + "/{run_id}")
def show_run(seen: SeenRun, principal: PlannerOf) -> RunOut:
    """How a run stands, and what it found once it is done."""
    return run_out(*seen, principal)


@router.get(RUNS + "/{run_id}/figures", response_model=FiguresOut)
def show_figures(
    seen: SeenRun,
    database: DatabaseOf,
    f: Annotated[Literal["json", "csv"], Query(description="Format of the answer")] = "json",
) -> FiguresOut | Response:
    """Area, residents, premises and roads by area, operator and status."""
    run = finished(seen)
    with database.reading() as session:
        rows = [FigureOut.model_validate(row) for row in queries.figures(session, run)]
    if f == "csv":
        return Response(_as_csv(rows, run), media_type="text/csv; charset=utf-8")
    return FiguresOut(
        run_id=run.run_id,
        indicative=bool(run.is_indicative),
        attribution=attribution(run),
        figures=rows,
    )


def _as_csv(rows: list[FigureOut], run: CoverageRun) -> str:
    """A table that spreadsheets read: no text in it is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*FigureOut.model_fields, "indicative"])
    indicative = "true" if run.is_indicative else "false"
    for row in rows:
        cells = ("" if value is None else value for value in row.model_dump().values())
        writer.writerow([*map(_harmless, cells), indicative])
    return out.getvalue()


def _harmless(cell: object) -> object:
    is_formula = isinstance(cell, str) and cell.startswith(_FORMULA_STARTS)
    return f"'{cell}" if is_formula else cell


@router.post(RUNS + "/{run_id}/cancel")
def cancel_run(seen: SeenRun, database: DatabaseOf, principal: PlannerOf) -> RunOut:
    """Ask a run to stop: at once where it waits, at its next step where it is computed."""
    run, job = seen
    if principal.role is not Role.admin and principal.name != run.created_by:
        raise NotAllowed("A run is cancelled by who asked for it, or an admin.")
    if job is None:
        return run_out(run, None, principal)
    with database.writing() as session:
        asked = jobs.request_cancel(session, job.id, now_utc())
        told = run_out(run, asked, principal)
        state, request = asked.state, asked.request
    if state == "cancelled":
        TASKS[queries.COVERAGE].discard(request)
    return told


@router.delete(RUNS + "/{run_id}", status_code=204)
def delete_run(
    seen: SeenRun, database: DatabaseOf, settings: SettingsOf, principal: PlannerOf
) -> None:
    """Delete a run, its rows and its files. For admins."""
    if principal.role is not Role.admin:
        raise NotAllowed("Deleting a coverage run needs a token with the role admin.")
    with database.writing() as session:
        run, job = queries.run_and_job(session, seen[0].run_id)
        if state_of(run, job) in ("queued", "running"):
            raise Refused(f"The coverage run {run.run_id} has not ended; cancel it first.")
        runs, folder = runs_folder(settings), None
        if run.folder is not None:
            folder = queries.run_folder(session, run.run_id, runs)
        queries.remove(session, run)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


router.include_router(features.router)
router.include_router(files.router)
router.include_router(viewing.router)
router.include_router(places.router)
router.include_router(paths.router)
