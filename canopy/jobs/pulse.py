"""The sign of life of a running job, written from a thread of its own.

The task only notes how far it is and goes on. So it never waits for the database while
another program holds a GeoPackage's write lock, and a job in a long statement, which
reports nothing, still counts as alive.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from types import TracebackType

from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.jobs import queries
from canopy.jobs.queries import Standing
from canopy.log import logger

BEAT_EVERY_S = 1.0
"""How often noted progress is written [s]."""
ALIVE_EVERY_S = 10.0
"""How often a job without progress is marked as alive [s]."""


def utc_now() -> datetime:
    """The present time."""
    return datetime.now(UTC)


class Pulse:
    """Writes a job's progress while its task runs; learns whether it was cancelled or lost."""

    def __init__(
        self, database: Database, job_id: int, worker: str, every_s: float = BEAT_EVERY_S
    ) -> None:
        self._database = database
        self._job_id = job_id
        self._worker = worker
        self._every_s = every_s
        self._lock = threading.Lock()
        self._noted = False
        self._checkpoint: object = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"job-{job_id}", daemon=True)
        self.standing = Standing()
        self.cancelled = False
        self.lost = False

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def note(self, standing: Standing, checkpoint: object = None) -> None:
        """Remember how far the task is; written with the next beat."""
        with self._lock:
            self.standing = standing
            self._noted = True
            if checkpoint is not None:
                self._checkpoint = checkpoint

    def _run(self) -> None:
        last = time.monotonic()
        while not self._over.wait(self._every_s):
            if self._noted or time.monotonic() - last >= ALIVE_EVERY_S:
                self.beat()
                last = time.monotonic()

    def beat(self) -> None:
        """Write what is noted. While the database is locked it stays noted for the next beat."""
        with self._lock:
            standing, checkpoint = self.standing, self._checkpoint
            noted, self._noted, self._checkpoint = self._noted, False, None
        try:
            with self._database.writing() as session:
                job = queries.beat(
                    session, self._job_id, self._worker, utc_now(),
                    standing if noted else None, checkpoint,
                )  # fmt: skip
                self.lost = job is None
                self.cancelled = job is not None and job.cancel_requested_at is not None
        except StorageUnavailable as error:
            logger("jobs").debug("progress_waited", job=self._job_id, reason=error.detail)
            with self._lock:
                self._noted = self._noted or noted
                self._checkpoint = self._checkpoint if self._checkpoint is not None else checkpoint
