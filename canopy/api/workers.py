"""The threads of a serving process that run jobs."""

from __future__ import annotations

import threading
import time

from canopy.assets.intake.task import TASKS as IMPORTS
from canopy.db.engine import Database
from canopy.jobs.runner import JobRunner
from canopy.plan.coverage.jobs import TASKS as COVERAGE_RUNS
from canopy.plan.scenarios.jobs import TASKS as SCENARIOS

STOP_S = 8.0
"""How long a stopping service waits for its jobs to come to a step where they can stop [s]."""


class Workers:
    """Runs imports in one thread, coverage and scenarios in others, so that no import waits for
    a county.

    coverage_jobs: how many coverage runs or scenarios are computed at a time.
    """

    def __init__(self, database: Database, coverage_jobs: int) -> None:
        tasks = [IMPORTS] + [{**COVERAGE_RUNS, **SCENARIOS}] * coverage_jobs
        self._runners = [JobRunner(database, each) for each in tasks]
        self._threads = [
            threading.Thread(target=each.run_forever, name="jobs", daemon=True)
            for each in self._runners
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each job come to a step where it can stop; it waits for the next service then."""
        for runner in self._runners:
            runner.stop()
        until = time.monotonic() + STOP_S
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
