"""What came of choosing a scenario's sites, and the run whose not-spots they are to cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from canopy.access.rules import Role
from canopy.errors import NotFound, NotReadyYet
from canopy.plan.coverage import queries as coverage
from canopy.plan.coverage.tables import CoverageRun
from canopy.plan.scenarios import storing
from canopy.plan.scenarios.figures import Figure
from canopy.plan.scenarios.scenario import DO_MINIMUM, Scenario


@dataclass(frozen=True, slots=True)
class Sited:
    """What came of a siting.

    Attributes:
        places: ranks of the chosen among all scored, in the order of choice.
        each: what is told of each of them, in that order.
        told: of the choice as a whole, in JSON values.
        figures: of it.
        baseline: run id and manifest of the not-spots; None where none were used.
    """

    places: tuple[int, ...]
    each: tuple[Mapping[str, Any], ...]
    told: Mapping[str, Any]
    figures: tuple[Figure, ...]
    baseline: Mapping[str, Any] | None


def baseline_run(session: Session, scenario: Scenario) -> CoverageRun | None:
    """The run whose not-spots are to be covered; None where there is none, or no siting.

    Raises NotFound and NotReadyYet.
    """
    if scenario.siting is None:
        return None
    run_id = scenario.siting.baseline_run
    run_id = run_id or storing.find(session, DO_MINIMUM).scenario.coverage_run
    if run_id is None:
        return None
    run, _ = coverage.run_and_job(session, str(run_id))
    if not Role(scenario.audience).reaches(run.audience):
        raise NotFound(f"There is no coverage run {run_id}.")
    if run.finished_at is None:
        raise NotReadyYet(f"The coverage run {run_id} is not computed; ask again when it is.")
    return run


def baseline_of(run: CoverageRun | None) -> dict[str, Any] | None:
    """How provenance names it."""
    if run is None:
        return None
    return {"run_id": run.run_id, "manifest_sha256": run.manifest_sha256}
