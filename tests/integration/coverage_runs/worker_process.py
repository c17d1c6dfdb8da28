"""Runs coverage jobs of one database, each part slowed down: `URL SECONDS`."""

from __future__ import annotations

import sys
import time

from canopy.coverage.engine.parts import Part, PartAnswer
from canopy.coverage.engine.preparing import Prepared
from canopy.coverage.engine.solve import solve_part
from canopy.db.engine import open_database
from canopy.jobs.runner import JobRunner
from canopy.plan.coverage import resuming
from canopy.plan.coverage.jobs import TASKS
from canopy.settings import load_settings


def slowly(prepared: Prepared, part: Part) -> PartAnswer:
    time.sleep(float(sys.argv[2]))
    return solve_part(prepared, part)


resuming.solve_part = slowly  # type: ignore[attr-defined]
JobRunner(open_database(load_settings(db_url=sys.argv[1])), TASKS, beat_every_s=0.05).run_one()
