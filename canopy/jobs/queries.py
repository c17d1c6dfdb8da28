"""SELECTs and UPDATEs of jobs. Functions take a session and never commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from canopy.errors import NotFound
from canopy.jobs.tables import Job

LOG_LINES = 200
"""Lines a job's log keeps; older ones go."""


def submit(
    session: Session, task: str, request: dict[str, object], owner: str, now: datetime
) -> int:
    """Ask for a piece of work; its number."""
    job = Job(task=task, request=request, owner=owner, created_at=now, state="queued", log=[])
    session.add(job)
    session.flush()
    return job.id


def get(session: Session, job_id: int) -> Job:
    """A job. Raises NotFound."""
    job = session.get(Job, job_id, populate_existing=True)
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    return job


def listed(session: Session, owner: str | None, limit: int) -> Sequence[Job]:
    """The newest jobs, of one owner or of all."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if owner is not None:
        query = query.where(Job.owner == owner)
    return session.scalars(query).all()


def claim(
    session: Session, tasks: Sequence[str], worker: str, now: datetime, stale_after: timedelta
) -> Job | None:
    """Take the oldest job that waits, or whose worker has gone silent; None where there is none.

    Workers never take the same job: PostgreSQL skips rows that are locked, and a
    GeoPackage has one writer at a time.
    """
    silent = now - stale_after
    query = (
        select(Job)
        .where(
            Job.task.in_(tasks),
            or_(Job.state == "queued", (Job.state == "running") & (Job.heartbeat_at < silent)),
        )
        .order_by(Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job = session.scalars(query).one_or_none()
    if job is None:
        return None
    job.state, job.worker = "running", worker
    job.started_at = job.started_at or now
    job.heartbeat_at = now
    job.attempts += 1
    session.flush()
    return job


def beat(
    session: Session,
    job_id: int,
    worker: str,
    now: datetime,
    done: float,
    total: float | None,
    message: str | None,
    checkpoint: object,
) -> bool:
    """Note progress; False when the job was cancelled or another worker has it."""
    job = session.get(Job, job_id, populate_existing=True)
    if job is None or job.state != "running" or job.worker != worker:
        return False
    job.heartbeat_at, job.done, job.total, job.message = now, done, total, message
    if checkpoint is not None:
        job.checkpoint = checkpoint
    session.flush()
    return job.cancel_requested_at is None


def add_log(session: Session, job_id: int, now: datetime, line: str) -> None:
    """Add a line to a job's log, dropping the oldest beyond `LOG_LINES`."""
    job = get(session, job_id)
    job.log = [*job.log, {"at": now.isoformat(), "line": line[:2_000]}][-LOG_LINES:]
    session.flush()


def end(
    session: Session,
    job_id: int,
    state: str,
    now: datetime,
    *,
    result: Any = None,
    error: Any = None,
) -> None:
    """Close a job as ``done``, ``failed`` or ``cancelled``."""
    session.execute(
        update(Job)
        .where(Job.id == job_id)
        .values(state=state, ended_at=now, result=result, error=error)
    )


def request_cancel(session: Session, job_id: int, now: datetime) -> Job:
    """Ask a job to stop: one that waits is cancelled at once, a running one at its next step."""
    job = get(session, job_id)
    if job.state == "queued":
        job.state, job.ended_at, job.cancel_requested_at = "cancelled", now, now
    elif job.state == "running" and job.cancel_requested_at is None:
        job.cancel_requested_at = now
    session.flush()
    return job
