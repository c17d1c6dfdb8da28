"""What was computed of scenarios before, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from canopy.plan.scenarios import queries
from canopy.plan.scenarios.computing import Result
from canopy.plan.scenarios.figures import Figure, held_against
from canopy.plan.scenarios.storing import Kept


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A result with who computed it, and when."""

    result: Result
    author: str
    computed_at: datetime


def newest(session: Session, kept: Kept) -> StoredResult | None:
    """What was computed last of just this version of a scenario; None where nothing was."""
    if kept.scenario_id is None:
        return None
    row = queries.newest_result(session, kept.scenario_id, kept.version)
    if row is None:
        return None
    figures = tuple(Figure(**each) for each in row.figures)
    scenario = kept.scenario
    result = Result(
        kept, figures, tuple(held_against(scenario.targets, figures, scenario.phases)),
        tuple(row.chosen), row.provenance, row.choosing,
    )  # fmt: skip
    return StoredResult(result, row.author, row.computed_at)
