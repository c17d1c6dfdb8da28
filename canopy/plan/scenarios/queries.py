"""Every SELECT and INSERT of scenarios. Functions take a session and never commit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from canopy.jobs.tables import Job
from canopy.plan.scenarios.tables import PlanResult, PlanScenario, PlanScenarioVersion


def hold_scenarios(session: Session) -> None:
    """Let nobody else change scenarios until this transaction ends.

    On a GeoPackage a writing transaction has the whole file.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE plan_scenario IN SHARE ROW EXCLUSIVE MODE"))


def scenario_row(session: Session, name: str) -> PlanScenario | None:
    """A scenario by its name."""
    query = select(PlanScenario).where(PlanScenario.name == name)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def scenario_rows(session: Session, limit: int) -> Sequence[PlanScenario]:
    """All scenarios by name."""
    return session.scalars(select(PlanScenario).order_by(PlanScenario.name).limit(limit)).all()


def version_row(session: Session, scenario_id: int, version: int) -> PlanScenarioVersion | None:
    """What a scenario said in one version."""
    return session.get(PlanScenarioVersion, (scenario_id, version))


def version_rows(session: Session, scenario_id: int) -> Sequence[PlanScenarioVersion]:
    """All versions, oldest first."""
    query = select(PlanScenarioVersion).where(PlanScenarioVersion.scenario_id == scenario_id)
    return session.scalars(query.order_by(PlanScenarioVersion.version)).all()


def unended_runs(session: Session, task: str) -> int:
    """How many jobs of a task wait or are being done."""
    waiting = (Job.task == task) & Job.state.in_(("queued", "running"))
    return session.scalar(select(func.count()).select_from(Job).where(waiting)) or 0


def newest_result(
    session: Session, scenario_id: int, version: int | None = None
) -> PlanResult | None:
    """What was computed last of a scenario, of one version or of whichever."""
    query = select(PlanResult).where(PlanResult.scenario_id == scenario_id)
    if version is not None:
        query = query.where(PlanResult.version == version)
    return session.scalars(query.order_by(PlanResult.id.desc()).limit(1)).one_or_none()
