"""Runs jobs: one at a time, with progress, cancellation and resumption.

A task is a function of a `JobContext` and its request. It reports progress now and then;
that is also where it learns that it was cancelled, or that the service is to stop: then the
job goes back to the queue. A job whose worker died (its heartbeat is stale) is taken up
again with its last checkpoint, at most `MAX_ATTEMPTS` times in all; so is one that found
the database busy. A task that writes the catalogue records its own result in the same
transaction (`JobContext.finish_in`), so that a crash between the two cannot do the work
twice.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.errors import CanopyError, StorageUnavailable
from canopy.jobs import queries
from canopy.jobs.pulse import BEAT_EVERY_S, Pulse, utc_now
from canopy.jobs.queries import Standing
from canopy.log import logger

MAX_ATTEMPTS = 3
STALE_AFTER = timedelta(seconds=60)
"""Silence after which a job's worker counts as dead: six times its longest pause."""
POLL_EVERY_S = 1.0


class JobCancelled(CanopyError):
    """Somebody cancelled the job; what it had not finished was not written."""

    kind, status, title = "job-cancelled", 409, "The job was cancelled"


class JobInterrupted(Exception):
    """The worker is to stop; the job waits for another."""


class JobLost(Exception):
    """Another worker has the job, because this one seemed dead."""


Request = Mapping[str, object]
Result = Mapping[str, object]


def _keep(_: Request) -> None:
    """What a request brought is not to be thrown away."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the jobs of one name do.

    `run` does the work and returns the job's result. `discard` throws away what the
    request brought (an uploaded file) once the job has ended, however it did.
    """

    run: Callable[[JobContext, Request], Result]
    discard: Callable[[Request], None] = _keep


class JobContext:
    """What a running task may ask of its runner."""

    def __init__(
        self,
        database: Database,
        job_id: int,
        worker: str,
        checkpoint: object,
        pulse: Pulse,
        stop: threading.Event,
    ) -> None:
        self.database = database
        self.job_id = job_id
        self.checkpoint = checkpoint
        self._worker = worker
        self._pulse = pulse
        self._stop = stop
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
        """Say how far the task is; written within about a second, without waiting for it.

        Raises JobCancelled, JobInterrupted or JobLost where the task is to end.
        """
        self._pulse.note(Standing(done, total, message), checkpoint)
        if self._pulse.lost:
            raise JobLost(f"Job {self.job_id} has another worker now.")
        if self._pulse.cancelled:
            raise JobCancelled(f"Job {self.job_id} was cancelled.")
        if self._stop.is_set():
            raise JobInterrupted(f"Job {self.job_id} waits for another worker.")

    def log(self, line: str) -> None:
        """Add a line to the job's log."""
        with self.database.writing() as session:
            queries.add_log(session, self.job_id, utc_now(), line)

    def finish_in(self, session: Session, result: Result) -> None:
        """Record the result in the transaction that does the work.

        Raises JobLost, and with it undoes that transaction, where another worker has the job.
        """
        if not queries.end(
            session, self.job_id, self._worker, "done", utc_now(),
            standing=self._pulse.standing, result=dict(result),
        ):  # fmt: skip
            raise JobLost(f"Job {self.job_id} has another worker now.")
        self._finished = True


@dataclass(frozen=True, slots=True)
class _Claimed:
    job_id: int
    task: str
    request: Request
    checkpoint: object
    attempts: int
    cancelled: bool


class JobRunner:
    """Takes jobs of the tasks it knows, until told to stop."""

    def __init__(
        self,
        database: Database,
        tasks: Mapping[str, Task],
        *,
        stale_after: timedelta = STALE_AFTER,
        beat_every_s: float = BEAT_EVERY_S,
    ) -> None:
        self._database = database
        self._tasks = tasks
        self._stale_after = stale_after
        self._beat_every_s = beat_every_s
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self._stop = threading.Event()
        self._log = logger("jobs")

    def stop(self) -> None:
        """End `run_forever` soon: a job under way goes back to the queue at its next step."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stop.is_set()

    def run_forever(self) -> None:
        """Run jobs until stopped."""
        while not self._stop.is_set():
            try:
                ran = self.run_one()
            except StorageUnavailable as error:
                self._log.warning("jobs_waited", reason=error.detail)
                ran = None
            if ran is None:
                self._stop.wait(POLL_EVERY_S)

    def run_one(self) -> int | None:
        """Run the next job to its end; its number, or None where none waits."""
        job = self._claim()
        if job is None:
            return None
        if job.cancelled:
            self._end(job, "cancelled")
        elif job.attempts > MAX_ATTEMPTS:
            detail = f"Its worker died {MAX_ATTEMPTS} times; it is not tried again."
            self._end(job, "failed", error={"detail": detail})
        else:
            self._run(job)
        return job.job_id

    def _claim(self) -> _Claimed | None:
        names = list(self._tasks)
        silent_since = utc_now() - self._stale_after
        with self._database.reading() as session:
            if not queries.any_claimable(session, names, silent_since):
                return None
        with self._database.writing() as session:
            job = queries.claim(session, names, self._worker, utc_now(), silent_since)
            if job is None:
                return None
            return _Claimed(
                job.id, job.task, dict(job.request), job.checkpoint, job.attempts,
                job.cancel_requested_at is not None,
            )  # fmt: skip

    def _run(self, job: _Claimed) -> None:
        started = time.monotonic()
        pulse = Pulse(self._database, job.job_id, self._worker, self._beat_every_s)
        context = JobContext(
            self._database, job.job_id, self._worker, job.checkpoint, pulse, self._stop
        )
        with pulse:
            state, result, error = self._outcome(job, context)
        if state == "queued":
            with self._database.writing() as session:
                interrupted = error is None
                queries.put_back(session, job.job_id, self._worker, uncounted=interrupted)
        elif state == "lost":
            pass  # the worker that has the job now says how it ends
        elif state == "done" and context.finished:
            self._tasks[job.task].discard(job.request)
        else:
            self._end(job, state, pulse.standing, result, error)
        self._log.info(
            "job_ended", job=job.job_id, task=job.task, state=state,
            duration_s=round(time.monotonic() - started, 2),
        )  # fmt: skip

    def _outcome(
        self, job: _Claimed, context: JobContext
    ) -> tuple[str, Result | None, Result | None]:
        try:
            return "done", self._tasks[job.task].run(context, job.request), None
        except JobCancelled:
            return "cancelled", None, None
        except JobInterrupted:
            return "queued", None, None
        except JobLost:
            return "lost", None, None
        except StorageUnavailable as failure:
            self._log.warning("job_waited", job=job.job_id, reason=failure.detail)
            state = "queued" if job.attempts < MAX_ATTEMPTS else "failed"
            return state, None, failure.problem()
        except CanopyError as failure:
            return "failed", None, failure.problem()
        except Exception:  # a task's bug must not take the worker, and its other jobs, down
            self._log.exception("job_failed", job=job.job_id, task=job.task)
            return "failed", None, {"detail": "An unexpected failure; see the service's log."}

    def _end(
        self,
        job: _Claimed,
        state: str,
        standing: Standing | None = None,
        result: Result | None = None,
        error: Result | None = None,
    ) -> None:
        with self._database.writing() as session:
            queries.end(
                session, job.job_id, self._worker, state, utc_now(), standing=standing,
                result=None if result is None else dict(result),
                error=None if error is None else dict(error),
            )  # fmt: skip
        self._tasks[job.task].discard(job.request)
