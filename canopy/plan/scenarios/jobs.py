"""A scenario computed as a job: its sites chosen, its figures stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from canopy.errors import LimitExceeded, NotFound, Refused
from canopy.jobs import queries as jobs
from canopy.jobs.pulse import utc_now
from canopy.jobs.runner import JobContext, Task
from canopy.jobs.tables import Job
from canopy.plan.scenarios import queries
from canopy.plan.scenarios.storing import Kept

SCENARIO = "scenario"
"""The task of jobs that compute scenarios."""
MOST_UNENDED = 20


def submit(
    session: Session, kept: Kept, author: str, rules: Path | None, inputs: Path | None,
    now: datetime,
) -> Job:  # fmt: skip
    """Ask for a run. Raises Refused for the do-minimum that nobody has put, LimitExceeded where
    too many wait.

    rules: file of rules of suitability; those that are shipped where None. inputs: folder of
    what agreements are valued with.
    """
    if kept.scenario_id is None:
        raise Refused(f"put {kept.scenario.name} first, so that its figures have a version")
    if queries.unended_runs(session, SCENARIO) >= MOST_UNENDED:
        raise LimitExceeded(f"{MOST_UNENDED} scenarios wait already; ask again when some are done.")
    wanted: dict[str, object] = {
        "name": kept.scenario.name, "version": kept.version, "author": author,
        "rules": None if rules is None else str(rules.absolute()),
        "inputs": None if inputs is None else str(inputs.absolute()),
    }  # fmt: skip
    return jobs.get(session, jobs.submit(session, SCENARIO, wanted, author, now))


def run_of(session: Session, name: str, number: int) -> Job:
    """The job of a scenario's run. Raises NotFound for one that is of another."""
    job = jobs.get(session, number)
    if job.task != SCENARIO or job.request.get("name") != name:
        raise NotFound(f"There is no run {number} of the scenario {name}.")
    return job


def run_scenario_job(context: JobContext, wanted: Mapping[str, object]) -> dict[str, object]:
    """Compute one version of a scenario and store its figures."""
    # The solver, and what reads the rules' files, take seconds to load: not before there is one.
    from canopy.concessions.register.valuing import Schedules
    from canopy.plan.scenarios.computing import Inputs, compute, store
    from canopy.plan.scenarios.storing import find
    from canopy.plan.suitability.rules_file import read_rules

    rules, inputs = (
        None if wanted[each] is None else Path(str(wanted[each])) for each in ("rules", "inputs")
    )
    context.progress(0.0, 100.0, "measuring assets and choosing sites")
    given = Inputs(context.database, read_rules(rules), Schedules(inputs), utc_now().date())
    with context.database.reading() as session:
        kept = find(session, str(wanted["name"]), int(str(wanted["version"])))
        result = compute(session, kept, given)
    context.progress(95.0, 100.0, "storing figures")
    conflicts = [] if result.choosing is None else result.choosing["conflicts"]
    told: dict[str, object] = {
        "scenario": kept.label, "sites": len(result.chosen), "conflicts": conflicts,
        "inputs_sha256": result.inputs_sha256,
    }  # fmt: skip
    with context.database.writing() as session:
        store(session, result, str(wanted["author"]), utc_now())
        context.finish_in(session, told)
    return told


TASKS = {SCENARIO: Task(run_scenario_job)}
"""What a worker of scenarios can do."""
