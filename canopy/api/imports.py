"""Imports as jobs, over HTTP."""

from __future__ import annotations

import re
import shutil
import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from canopy.access.rules import Principal, Role
from canopy.api.deps import DatabaseOf, EditorOf, SettingsOf
from canopy.assets.intake.task import IMPORT, UPLOAD_PREFIX
from canopy.assets.queries import now_utc
from canopy.db.engine import Database
from canopy.errors import LimitExceeded, NotFound, Refused
from canopy.jobs import queries
from canopy.plan.tasks import TASKS

router = APIRouter(tags=["imports"])

JOBS_LISTED = 100
_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]+")


JobId = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]


class JobLine(BaseModel):
    """A job in a list: how it stands, without its log and result."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    task: str
    owner: str
    state: str
    done: float
    total: float | None
    message: str | None
    attempts: int
    cancel_requested_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class JobOut(JobLine):
    """A job with all that came of it: `result` when it is done, a problem when it failed."""

    log: list[dict[str, object]]
    result: dict[str, object] | None
    error: dict[str, object] | None


@router.post("/imports", status_code=202)
async def start_import(
    request: Request,
    database: DatabaseOf,
    settings: SettingsOf,
    principal: EditorOf,
    filename: Annotated[
        str, Query(min_length=1, max_length=200, description="Name of the file, with its ending")
    ],
    source: Annotated[str, Query(min_length=1, max_length=100, description="Which register")],
    kind: Annotated[str | None, Query(max_length=40)] = None,
    layer: Annotated[str | None, Query(max_length=200)] = None,
    crs: Annotated[str | None, Query(max_length=40)] = None,
    authority: Annotated[str | None, Query(max_length=100)] = None,
    reason: Annotated[str, Query(max_length=500)] = "",
    licence: Annotated[
        str | None, Query(min_length=1, max_length=200, description="Of rows that state none")
    ] = None,
    dry_run: bool = False,
    accept_valid: bool = False,
    withdraw_missing: bool = False,
) -> JobOut:
    """Send a file as the request's body; it is imported as a job."""
    with ExitStack() as unless_submitted:
        folder = Path(tempfile.mkdtemp(prefix=UPLOAD_PREFIX))
        unless_submitted.callback(shutil.rmtree, folder)
        path = folder / safe_name(filename)
        await receive(
            request,
            path,
            settings.max_import_bytes,
            "split it, or have CANOPY_MAX_IMPORT_BYTES raised",
        )
        wanted: dict[str, object] = {
            "path": str(path), "source": source, "author": principal.name, "kind": kind,
            "layer": layer, "crs": crs, "authority": authority, "reason": reason,
            "licence": licence, "audience": str(principal.role),
            "dry_run": dry_run, "accept_valid": accept_valid,
            "withdraw_missing": withdraw_missing, "max_bytes": settings.max_import_bytes,
        }  # fmt: skip
        job = await run_in_threadpool(_submit, database, wanted, principal)
        unless_submitted.pop_all()
    return job


def _submit(database: Database, wanted: dict[str, object], principal: Principal) -> JobOut:
    with database.writing() as session:
        job_id = queries.submit(session, IMPORT, wanted, principal.name, now_utc())
        return JobOut.model_validate(queries.get(session, job_id))


def safe_name(filename: str) -> str:
    """The last part of a file's name, in letters that cannot lead out of a folder."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("_", last).strip(". ") or "upload"


async def receive(request: Request, path: Path, most: int, way_out: str) -> None:
    """Write the request's body to a file. Raises LimitExceeded with the way out, or Refused."""
    too_large = LimitExceeded(f"The file is larger than the limit of {most:,} bytes; {way_out}.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise too_large
    size = 0
    try:
        with path.open("wb") as file:  # a local disk, and small writes
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise too_large
                file.write(part)
    except ClientDisconnect as error:
        raise Refused("The file was cut off on its way; send it again.") from error
    if not size:
        raise Refused("The request has no body; send the file's bytes.")


@router.get("/jobs")
def list_jobs(database: DatabaseOf, principal: EditorOf) -> list[JobLine]:
    """The newest jobs: your own, or everybody's for an admin."""
    owner = None if principal.role is Role.admin else principal.name
    with database.reading() as session:
        return [JobLine.model_validate(job) for job in queries.listed(session, owner, JOBS_LISTED)]


@router.get("/jobs/{job_id}")
def show_job(job_id: JobId, database: DatabaseOf, principal: EditorOf) -> JobOut:
    """How a job stands."""
    with database.reading() as session:
        return _own(session, job_id, principal)


@router.post("/jobs/{job_id}/cancel")
def cancel_job(job_id: JobId, database: DatabaseOf, principal: EditorOf) -> JobOut:
    """Ask a job to stop: at once where it waits, at its next step where it runs."""
    with database.writing() as session:
        _own(session, job_id, principal)
        job = queries.request_cancel(session, job_id, now_utc())
    if job.state == "cancelled":
        TASKS[job.task].discard(job.request)
    return JobOut.model_validate(job)


def _own(session: Session, job_id: int, principal: EditorOf) -> JobOut:
    job = queries.get(session, job_id)
    if principal.role is not Role.admin and job.owner != principal.name:
        raise NotFound(f"There is no job {job_id}.")
    return JobOut.model_validate(job)
