"""SELECTs and UPDATEs of jobs. Functions take a session and never commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from canopy.errors import NotFound
from canopy.jobs.tables import Job

LOG_LINES = 200
"""Lines a job's log keeps; older ones go."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a job is. `done` and `total` count what the task counts: rows, cells, sites."""

    done: float = 0.0
    total: float | None = None
    message: str | None = None


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


def counts_by_state(session: Session) -> dict[str, int]:
    """How many jobs there are in each state that any is in."""
    return {state: n for state, n in session.execute(
        select(Job.state, func.count()).group_by(Job.state)
    )}  # fmt: skip


def _claimable(tasks: Sequence[str], silent_since: datetime) -> ColumnElement[bool]:
    waits = or_(Job.state == "queued", (Job.state == "running") & (Job.heartbeat_at < silent_since))
    return Job.task.in_(tasks) & waits


def any_claimable(session: Session, tasks: Sequence[str], silent_since: datetime) -> bool:
    """Whether `claim` would find a job: a question that takes no lock and writes nothing."""
    found = session.scalar(select(Job.id).where(_claimable(tasks, silent_since)).limit(1))
    return found is not None


def claim(
    session: Session, tasks: Sequence[str], worker: str, now: datetime, silent_since: datetime
) -> Job | None:
    """Take the oldest job that waits, or whose worker has gone silent; None where there is none.

    Workers never take the same job: PostgreSQL skips rows that are locked, and a
    GeoPackage has one writer at a time.
    """
    query = (
        select(Job)
        .where(_claimable(tasks, silent_since))
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
    standing: Standing | None,
    checkpoint: object,
) -> Job | None:
    """Note that a job is alive and how far it is; None when it is no longer the worker's."""
    job = session.get(Job, job_id, populate_existing=True)
    if job is None or job.state != "running" or job.worker != worker:
        return None
    job.heartbeat_at = now
    if standing is not None:
        job.done, job.total, job.message = standing.done, standing.total, standing.message
    if checkpoint is not None:
        job.checkpoint = checkpoint
    session.flush()
    return job


def add_log(session: Session, job_id: int, now: datetime, line: str) -> None:
    """Add a line to a job's log, dropping the oldest beyond `LOG_LINES`."""
    job = get(session, job_id)
    job.log = [*job.log, {"at": now.isoformat(), "line": line[:2_000]}][-LOG_LINES:]
    session.flush()


def end(
    session: Session,
    job_id: int,
    worker: str,
    state: str,
    now: datetime,
    *,
    standing: Standing | None = None,
    result: Any = None,
    error: Any = None,
) -> bool:
    """Close a job as ``done``, ``failed`` or ``cancelled``; False when it is not the worker's."""
    values = {"state": state, "ended_at": now, "result": result, "error": error}
    if standing is not None:
        values |= {"done": standing.done, "total": standing.total, "message": standing.message}
    return _change_own(session, job_id, worker, values)


def put_back(session: Session, job_id: int, worker: str, *, uncounted: bool) -> bool:
    """Let a running job wait again; `uncounted` takes back the attempt that was begun."""
    values: dict[str, Any] = {"state": "queued", "worker": None, "heartbeat_at": None}
    if uncounted:
        values["attempts"] = Job.attempts - 1
    return _change_own(session, job_id, worker, values)


def _change_own(session: Session, job_id: int, worker: str, values: dict[str, Any]) -> bool:
    own = (Job.id == job_id) & (Job.state == "running") & (Job.worker == worker)
    result = session.execute(
        update(Job).where(own).values(values).execution_options(synchronize_session=False)
    )
    return int(result.rowcount) == 1  # type: ignore[attr-defined]


def cancel_unended(session: Session, now: datetime, detail: str) -> int:
    """Cancel every job that waits or runs, without asking its worker; how many those were.

    For a catalogue that nobody serves: what the jobs brought is not thrown away.
    """
    values = {"state": "cancelled", "ended_at": now, "error": {"detail": detail}, "worker": None}
    result = session.execute(
        update(Job)
        .where(Job.state.in_(("queued", "running")))
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def request_cancel(session: Session, job_id: int, now: datetime) -> Job:
    """Ask a job to stop: one that waits is cancelled at once, a running one at its next step."""
    job = get(session, job_id)
    if job.state == "queued":
        job.state, job.ended_at, job.cancel_requested_at = "cancelled", now, now
    elif job.state == "running" and job.cancel_requested_at is None:
        job.cancel_requested_at = now
    session.flush()
    return job
