"""Runs jobs: one at a time, with progress, cancellation and resumption.

A task is a function of a `JobContext` and its request. It reports progress now and then;
that is also where it learns that it was cancelled. A job whose worker died (its
heartbeat is stale) is taken up again with its last checkpoint, at most `MAX_ATTEMPTS`
times. A task that writes the catalogue records its own result in the same transaction
(`JobContext.finish_in`), so that a crash between the two cannot do the work twice.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.errors import CanopyError, StorageUnavailable
from canopy.jobs import queries
from canopy.log import logger

MAX_ATTEMPTS = 3
STALE_AFTER = timedelta(seconds=120)
PROGRESS_EVERY_S = 1.0
POLL_EVERY_S = 1.0


class JobCancelled(CanopyError):
    """Somebody cancelled the job; what it had not finished was not written."""

    kind, status, title = "job-cancelled", 409, "The job was cancelled"


Request = Mapping[str, object]
Task = Callable[["JobContext", Request], Mapping[str, object]]


class JobContext:
    """What a running task may ask of its runner."""

    def __init__(self, database: Database, job_id: int, worker: str, checkpoint: object) -> None:
        self.database = database
        self.job_id = job_id
        self.checkpoint = checkpoint
        self._worker = worker
        self._last = 0.0
        self._finished = False

    @property
    def finished(self) -> bool:
        """Whether the task recorded its result itself."""
        return self._finished

    def progress(
        self,
        done: float,
        total: float | None = None,
        message: str | None = None,
        checkpoint: object = None,
    ) -> None:
        """Report progress, at most once a second. Raises JobCancelled.

        On a GeoPackage the file has one writer: while the job itself holds the write
        lock its progress cannot be stored, and is left out.
        """
        now = time.monotonic()
        if checkpoint is None and now - self._last < PROGRESS_EVERY_S:
            return
        self._last = now
        try:
            with self.database.writing() as session:
                goes_on = queries.beat(
                    session, self.job_id, self._worker, utc_now(), done, total, message, checkpoint
                )
        except StorageUnavailable:
            return
        if not goes_on:
            raise JobCancelled(f"Job {self.job_id} was cancelled.")

    def log(self, line: str) -> None:
        """Add a line to the job's log."""
        with self.database.writing() as session:
            queries.add_log(session, self.job_id, utc_now(), line)

    def finish_in(self, session: Session, result: Mapping[str, object]) -> None:
        """Record the result in the transaction that does the work."""
        queries.end(session, self.job_id, "done", utc_now(), result=dict(result))
        self._finished = True


class JobRunner:
    """Takes jobs of the tasks it knows, until told to stop."""

    def __init__(
        self, database: Database, tasks: Mapping[str, Task], stale_after: timedelta = STALE_AFTER
    ) -> None:
        self._database = database
        self._tasks = tasks
        self._stale_after = stale_after
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
        self._log = logger("jobs")

    def run_one(self) -> int | None:
        """Run the next job to its end; its number, or None where none waits."""
        with self._database.writing() as session:
            job = queries.claim(
                session, list(self._tasks), self._worker, utc_now(), self._stale_after
            )
            if job is None:
                return None
            job_id, task, request = job.id, job.task, dict(job.request)
            checkpoint, attempts = job.checkpoint, job.attempts
            if attempts > MAX_ATTEMPTS:
                error = {"detail": f"its worker died {MAX_ATTEMPTS} times; not tried again"}
                queries.end(session, job_id, "failed", utc_now(), error=error)
                return job_id
        self._run(JobContext(self._database, job_id, self._worker, checkpoint), task, request)
        return job_id

    def _run(self, context: JobContext, task: str, request: Request) -> None:
        started = time.monotonic()
        state, result, error = "done", None, None
        try:
            result = self._tasks[task](context, request)
        except JobCancelled:
            state = "cancelled"
        except CanopyError as failure:
            state, error = "failed", failure.problem()
        except Exception:  # a task's bug must not take the worker, and its other jobs, down
            state, error = "failed", {"detail": "an unexpected failure; see the server's log"}
            self._log.exception("job_failed", job=context.job_id, task=task)
        if state != "done" or not context.finished:
            with self._database.writing() as session:
                queries.end(
                    session, context.job_id, state, utc_now(),
                    result=None if result is None else dict(result), error=error,
                )  # fmt: skip
        self._log.info(
            "job_ended", job=context.job_id, task=task, state=state,
            duration_s=round(time.monotonic() - started, 2),
        )  # fmt: skip

    def run_forever(self, stop: threading.Event) -> None:
        """Run jobs until `stop` is set; a job under way is finished first."""
        while not stop.is_set():
            try:
                ran = self.run_one()
            except StorageUnavailable as error:
                self._log.warning("jobs_waited", reason=error.detail)
                ran = None
            if ran is None:
                stop.wait(POLL_EVERY_S)


def utc_now() -> datetime:
    """The present time."""
    return datetime.now(UTC)
