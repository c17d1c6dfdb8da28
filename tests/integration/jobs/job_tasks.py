"""Tasks and runners for tests of jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from canopy.db.engine import Database
from canopy.jobs import queries
from canopy.jobs.pulse import utc_now
from canopy.jobs.runner import JobContext, JobRunner, Task
from canopy.jobs.tables import Job

BEAT_S = 0.02
WAIT_S = 20.0


def submit(database: Database, task: str = "count", **request: object) -> int:
    """A job that waits."""
    with database.writing() as session:
        return queries.submit(session, task, dict(request), "tester", utc_now())


def job(database: Database, job_id: int) -> Job:
    """A job as it is stored now."""
    with database.reading() as session:
        found = queries.get(session, job_id)
        session.expunge(found)
        return found


def runner(
    database: Database, run: Callable[[JobContext, Mapping[str, object]], Mapping[str, object]],
    **options: object,
) -> JobRunner:  # fmt: skip
    """A worker whose only task, named count, is `run`."""
    chosen = {"beat_every_s": BEAT_S, **options}
    return JobRunner(database, {"count": Task(run)}, **chosen)  # type: ignore[arg-type]


def fail_silent(database: Database, job_id: int, ago: timedelta = timedelta(hours=1)) -> None:
    """Let a job look as if its worker had died in the middle of it, a while ago."""
    with database.writing() as session:
        claimed = queries.claim(session, ["count", "import"], "dead", utc_now() - ago, utc_now())
        assert claimed is not None
        assert claimed.id == job_id


def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds, for at most WAIT_S."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)
