"""Imports as jobs, over HTTP."""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
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

router = APIRouter(tags=["imports"])

JOBS_LISTED = 100
_SAFE_NAME = re.compile(r"[^A-Za-z0-9._ -]+")


class JobOut(BaseModel):
    """A job as the wire has it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    task: str
    owner: str
    state: str
    done: float
    total: float | None
    message: str | None
    log: list[dict[str, object]]
    result: dict[str, object] | None
    error: dict[str, object] | None
    attempts: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@router.post("/imports", status_code=202)
async def start_import(
    request: Request,
    database: DatabaseOf,
    settings: SettingsOf,
    principal: EditorOf,
    filename: Annotated[str, Query(max_length=200, description="Name of the file, with ending")],
    source: Annotated[str, Query(max_length=100)],
    kind: Annotated[str | None, Query(max_length=40)] = None,
    layer: Annotated[str | None, Query(max_length=200)] = None,
    crs: Annotated[str | None, Query(max_length=40)] = None,
    authority: Annotated[str | None, Query(max_length=100)] = None,
    reason: Annotated[str, Query(max_length=500)] = "",
    dry_run: bool = False,
    accept_valid: bool = False,
    withdraw_missing: bool = False,
) -> JobOut:
    """Send a file as the request's body; it is imported as a job."""
    path = await _received(request, filename, settings.max_import_bytes)
    wanted: dict[str, object] = {
        "path": str(path), "source": source, "author": principal.name, "kind": kind,
        "layer": layer, "crs": crs, "authority": authority, "reason": reason,
        "dry_run": dry_run, "accept_valid": accept_valid, "withdraw_missing": withdraw_missing,
        "max_bytes": settings.max_import_bytes,
    }  # fmt: skip
    return await run_in_threadpool(_submit, database, wanted, principal)


def _submit(database: Database, wanted: dict[str, object], principal: Principal) -> JobOut:
    with database.writing() as session:
        job_id = queries.submit(session, IMPORT, wanted, principal.name, now_utc())
        return JobOut.model_validate(queries.get(session, job_id))


async def _received(request: Request, filename: str, most: int) -> Path:
    """The request's body in a file of its own; its name cannot lead out of its folder."""
    name = _SAFE_NAME.sub("_", filename.replace("\\", "/").rpartition("/")[2]).strip(". ")
    folder = tempfile.mkdtemp(prefix=UPLOAD_PREFIX)
    path = Path(folder, name or "upload")
    size = 0
    try:
        with path.open("wb") as file:  # noqa: ASYNC230  (local disk, small writes)
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise LimitExceeded(f"The file is larger than the limit of {most:,} bytes.")
                file.write(part)
        if not size:
            raise Refused("The request has no body; send the file's bytes.")
    except (Refused, LimitExceeded, ClientDisconnect):
        shutil.rmtree(folder)
        raise
    return path


@router.get("/jobs")
def list_jobs(database: DatabaseOf, principal: EditorOf) -> list[JobOut]:
    """The newest jobs: your own, or everybody's for an admin."""
    owner = None if principal.role is Role.admin else principal.name
    with database.reading() as session:
        return [JobOut.model_validate(job) for job in queries.listed(session, owner, JOBS_LISTED)]


@router.get("/jobs/{job_id}")
def show_job(job_id: int, database: DatabaseOf, principal: EditorOf) -> JobOut:
    """How a job stands."""
    with database.reading() as session:
        return _own(session, job_id, principal)


@router.post("/jobs/{job_id}/cancel")
def cancel_job(job_id: int, database: DatabaseOf, principal: EditorOf) -> JobOut:
    """Ask a job to stop."""
    with database.writing() as session:
        _own(session, job_id, principal)
        return JobOut.model_validate(queries.request_cancel(session, job_id, now_utc()))


def _own(session: Session, job_id: int, principal: EditorOf) -> JobOut:
    job = queries.get(session, job_id)
    if principal.role is not Role.admin and job.owner != principal.name:
        raise NotFound(f"There is no job {job_id}.")
    return JobOut.model_validate(job)
