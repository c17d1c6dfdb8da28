"""What routes of coverage are given: who may read runs, and a run's files.

Nobody below planner sees a run. Each run has an audience besides, the least role that sees
it; a run beyond one's role is answered as if there were none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from canopy.access.rules import Principal, Role
from canopy.api.deps import DatabaseOf, SettingsOf, principal_of
from canopy.errors import NotAllowed, NotFound
from canopy.plan.coverage import queries
from canopy.plan.coverage.queries import RunAndJob
from canopy.settings import Settings


@dataclass(frozen=True, slots=True)
class ReadableRun:
    """A finished run that the principal may read.

    Attributes:
        run_id: of the run.
        folder: absolute, with the files that its manifest names and ``request.json``.
    """

    run_id: str
    folder: Path


def planner_of(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
    """A principal who may ask for coverage runs and read them. Raises NotAllowed."""
    if not principal.role.reaches(Role.planner):
        raise NotAllowed("Coverage runs need a token with the role planner, estates or admin.")
    return principal


PlannerOf = Annotated[Principal, Depends(planner_of)]


def seen_run(run_id: UUID, database: DatabaseOf, principal: PlannerOf) -> RunAndJob:
    """A run and its job. Raises NotFound where the principal may not see it."""
    with database.reading() as session:
        run, job = queries.run_and_job(session, str(run_id))
        session.expunge_all()
    if not principal.role.reaches(run.audience):
        raise NotFound(f"There is no coverage run {run_id}.")
    return run, job


SeenRun = Annotated[RunAndJob, Depends(seen_run)]


def readable_run(seen: SeenRun, database: DatabaseOf, settings: SettingsOf) -> ReadableRun:
    """A finished run and its folder. Raises NotReadyYet, or NotFound where it has no result.

    No session stays open: what comes after may take long.
    """
    run_id = seen[0].run_id
    with database.reading() as session:
        folder = queries.run_folder(session, run_id, runs_folder(settings))
    if not folder.is_dir():
        raise NotFound(
            f"The files of the coverage run {run_id} are gone from the folder of runs; "
            "restore them, or compute it again."
        )
    return ReadableRun(run_id, folder)


ReadableRunOf = Annotated[ReadableRun, Depends(readable_run)]


def runs_folder(settings: Settings) -> Path:
    """The absolute folder that runs are written to."""
    return settings.coverage_runs.absolute()
