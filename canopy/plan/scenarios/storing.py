"""Scenarios kept: put, cloned, listed; every version stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from canopy.errors import NotFound, Refused
from canopy.plan.scenarios import queries
from canopy.plan.scenarios.scenario import DO_MINIMUM, Scenario, do_minimum, scenario_of
from canopy.plan.scenarios.tables import PlanScenario, PlanScenarioVersion

MOST_SCENARIOS = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A scenario as it is stored.

    Attributes:
        scenario_id: None for the do-minimum that nobody has written down.
        version: 0 for that, else from 1.
    """

    scenario: Scenario
    scenario_id: int | None
    version: int
    cloned_from: str | None = None

    @property
    def label(self) -> str:
        return f"{self.scenario.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Note:
    """Who changes something, when and why."""

    author: str
    reason: str
    at: datetime


def find(session: Session, name: str, version: int | None = None) -> Kept:
    """A scenario, in its newest version or another. Raises NotFound; do-minimum always is."""
    row = queries.scenario_row(session, name)
    if row is None:
        if name == DO_MINIMUM and version in (None, 0):
            return Kept(do_minimum(), None, 0)
        raise NotFound(f"There is no scenario {name[:80]!r}; `canopy plan scenario list`.")
    wanted = row.version if version is None else version
    found = queries.version_row(session, row.id, wanted)
    if found is None:
        raise NotFound(f"The scenario {name} has no version {wanted}; its newest is {row.version}.")
    return Kept(scenario_of(found.document, name), row.id, wanted, row.cloned_from)


def every(session: Session) -> list[Kept]:
    """All by name, with the do-minimum among them."""
    names = [row.name for row in queries.scenario_rows(session, MOST_SCENARIOS)]
    return [find(session, name) for name in sorted({*names, DO_MINIMUM})]


def put(session: Session, scenario: Scenario, note: Note, cloned_from: str | None = None) -> Kept:
    """Store a scenario as a new one or a new version; unchanged, it stays the version it is."""
    queries.hold_scenarios(session)
    row = queries.scenario_row(session, scenario.name)
    if row is None:
        if len(queries.scenario_rows(session, MOST_SCENARIOS)) >= MOST_SCENARIOS:
            raise Refused(f"there are {MOST_SCENARIOS:,} scenarios already")
        row = PlanScenario(
            name=scenario.name, version=0, cloned_from=cloned_from, created_at=note.at
        )
        session.add(row)
        session.flush()
    else:
        newest = queries.version_row(session, row.id, row.version)
        if newest is not None and newest.sha256 == scenario.sha256:
            return Kept(scenario, row.id, row.version, row.cloned_from)
    row.version += 1
    session.add(
        PlanScenarioVersion(
            scenario_id=row.id, version=row.version, document=scenario.document(),
            sha256=scenario.sha256, author=note.author, reason=note.reason, at=note.at,
        )
    )  # fmt: skip
    session.flush()
    return Kept(scenario, row.id, row.version, row.cloned_from)


def clone(session: Session, name: str, new_name: str, title: str | None, note: Note) -> Kept:
    """The newest version of a scenario under another name. Raises Refused where that is taken."""
    if new_name == DO_MINIMUM or queries.scenario_row(session, new_name) is not None:
        raise Refused(f"there is a scenario {new_name} already; choose another name")
    found = find(session, name)
    return put(session, found.scenario.named(new_name, title), note, found.label)
