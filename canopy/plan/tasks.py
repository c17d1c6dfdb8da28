"""Every task that jobs are made of, by its name."""

from __future__ import annotations

from collections.abc import Mapping

from canopy.assets.intake.task import TASKS as IMPORTS
from canopy.jobs.runner import Task
from canopy.plan.coverage.jobs import TASKS as COVERAGE_RUNS
from canopy.plan.scenarios.jobs import TASKS as SCENARIOS

TASKS: Mapping[str, Task] = {**IMPORTS, **COVERAGE_RUNS, **SCENARIOS}
