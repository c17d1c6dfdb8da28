"""SELECTs, INSERTs and DELETEs of coverage runs. Functions take a session and never commit."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from canopy.access.rules import READING_ROLES, Role
from canopy.db import spatial
from canopy.errors import NotFound, NotReadyYet
from canopy.jobs.tables import Job
from canopy.plan.coverage.tables import CoverageFigure, CoverageRun, NotSpot, RadioCell

COVERAGE = "coverage"
"""The task of jobs that compute runs."""
_ROWS_AT_ONCE = 5_000
_LIKE = 200
"""Runs that are looked through for one that was asked the same."""
_FOLDER = re.compile(r"[0-9a-f-]{36}\.[0-9a-f]{8}")

RunAndJob = tuple[CoverageRun, Job | None]


def run_and_job(session: Session, run_id: str) -> RunAndJob:
    """A run and the job that computes it. Raises NotFound."""
    run = session.scalars(select(CoverageRun).where(CoverageRun.run_id == run_id)).one_or_none()
    if run is None:
        raise NotFound(f"There is no coverage run {run_id}.")
    return run, None if run.job_id is None else session.get(Job, run.job_id)


def run_folder(session: Session, run_id: str, runs: Path = Path()) -> Path:
    """The folder with a finished run's files, below the folder of all `runs`.

    Raises NotFound where there is no such run, or none of its files will come; NotReadyYet
    while it is being computed.
    """
    run, job = run_and_job(session, run_id)
    if run.folder is not None:
        if not _FOLDER.fullmatch(run.folder):  # another program can write a GeoPackage's rows
            raise NotFound(f"The coverage run {run_id} names {run.folder[:80]!r} as its folder.")
        return runs / run.folder
    state = "failed" if job is None else job.state
    if state in ("queued", "running"):
        raise NotReadyYet(f"The coverage run {run_id} is {state}; ask again when it is done.")
    raise NotFound(f"The coverage run {run_id} has no result: it is {state}.")


def finished_like(
    session: Session, request: object, audience: str, canopy_version: str
) -> CoverageRun | None:
    """The newest finished run that was asked the same by this release; None if there is none."""
    query = select(CoverageRun).where(
        CoverageRun.finished_at.is_not(None), CoverageRun.audience == audience,
        CoverageRun.canopy_version == canopy_version,
    )  # fmt: skip
    runs = session.scalars(query.order_by(CoverageRun.id.desc()).limit(_LIKE))
    return next((run for run in runs if run.request == request), None)


def page_of_runs(
    session: Session, role: Role, limit: int, before: int | None = None
) -> Sequence[RunAndJob]:
    """Runs that a role sees, newest first; those with a smaller `id` than `before`."""
    levels = [str(each) for each in READING_ROLES if role.reaches(each)]
    query = select(CoverageRun).where(CoverageRun.audience.in_(levels))
    if before is not None:
        query = query.where(CoverageRun.id < before)
    runs = session.scalars(query.order_by(CoverageRun.id.desc()).limit(limit)).all()
    numbers = [run.job_id for run in runs if run.job_id is not None]
    found = {job.id: job for job in session.scalars(select(Job).where(Job.id.in_(numbers)))}
    return [(run, found.get(run.job_id or 0)) for run in runs]


def unended(session: Session) -> int:
    """How many runs wait or are being computed."""
    waiting = (Job.task == COVERAGE) & Job.state.in_(("queued", "running"))
    return session.scalar(select(func.count()).select_from(Job).where(waiting)) or 0


def figures(session: Session, run: CoverageRun) -> Sequence[CoverageFigure]:
    """A run's figures, in their order."""
    query = select(CoverageFigure).where(CoverageFigure.run_id == run.id)
    return session.scalars(query.order_by(CoverageFigure.number)).all()


def page_of_spots(
    session: Session,
    run: CoverageRun,
    limit: int,
    *,
    after: int = -1,
    statuses: Sequence[str] = (),
    within: tuple[BaseGeometry, int] | None = None,
) -> Sequence[NotSpot]:
    """Not-spots of a run whose `number` is greater than `after`, in their order.

    within: an area and its SRID, the storage CRS: spots that have a point in common with it.
    """
    query = select(NotSpot).where(NotSpot.run_id == run.id, NotSpot.number > after)
    if statuses:
        query = query.where(NotSpot.status.in_(statuses))
    if within is not None:
        query = query.where(spatial.intersects(NotSpot, *within))
    return session.scalars(query.order_by(NotSpot.number).limit(limit)).all()


def page_of_cells(
    session: Session, run: CoverageRun, limit: int, *, after: int = -1, operator: str | None = None
) -> Sequence[RadioCell]:
    """Sites of a run whose `number` is greater than `after`, in their order."""
    query = select(RadioCell).where(RadioCell.run_id == run.id, RadioCell.number > after)
    if operator is not None:
        query = query.where(RadioCell.operator == operator)
    return session.scalars(query.order_by(RadioCell.number).limit(limit)).all()


def cells_numbered(
    session: Session, run: CoverageRun, numbers: Collection[int]
) -> dict[int, RadioCell]:
    """Some sites of a run by their `number`."""
    query = select(RadioCell).where(RadioCell.run_id == run.id, RadioCell.number.in_(numbers))
    return {row.number: row for row in session.scalars(query)}


def add_rows(
    session: Session,
    table: type[CoverageFigure] | type[NotSpot] | type[RadioCell],
    rows: Sequence[dict[str, object]],
) -> None:
    """Store many rows of one table."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        session.execute(insert(table), list(rows[start : start + _ROWS_AT_ONCE]))


def remove(session: Session, run: CoverageRun) -> None:
    """Delete a run and all that is stored of it; its files are the caller's."""
    for table in (CoverageFigure, NotSpot, RadioCell):
        session.execute(delete(table).where(table.run_id == run.id))
    session.execute(delete(CoverageRun).where(CoverageRun.id == run.id))
