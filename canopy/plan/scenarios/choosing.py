"""A scenario's sites chosen by what they cover, with how far to trust the choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from canopy.plan.coverage.tables import CoverageRun
from canopy.plan.scenarios.figures import Figure
from canopy.plan.scenarios.phased import Picked, pick
from canopy.plan.scenarios.problem import Problem, asked_of, problem_of
from canopy.plan.scenarios.scenario import Scenario
from canopy.plan.scenarios.sited import Sited, baseline_of, baseline_run
from canopy.plan.scenarios.sited_figures import (
    backhaul_of,
    figures_after,
    figures_of,
    rounded_down,
    sentence,
)
from canopy.plan.scenarios.trials import curve, sureness
from canopy.plan.siting.minimums import Conflicting
from canopy.plan.suitability.computing import Suitability
from canopy.plan.suitability.facts import Floats
from canopy.plan.suitability.scoring import Scored


def sited(
    session: Session, found: Suitability, scored: Scored, scenario: Scenario, epsg: int
) -> Sited:
    """The choice of a scenario that has a siting.

    Where no choice keeps to the rules, none is made, and those that clash are named. Raises
    Refused for a measure that is not known, NotFound and NotReadyYet for the run, LimitExceeded.
    """
    assert scenario.siting is not None
    run = baseline_run(session, scenario)
    problem = problem_of(session, found, scored, scenario, epsg, run)
    baseline = baseline_of(run)
    try:
        picked = pick(
            problem.cover.sets, problem.cover.weights, problem.rules, problem.siting,
            scenario.phases,
        )  # fmt: skip
    except Conflicting as clash:
        told = {**asked_of(problem), "conflicts": list(clash.members["rules"])}  # type: ignore[call-overload]
        return Sited((), (), told, (Figure("sites", None, "sites", clash.detail),), baseline)
    return _sited(session, found, problem, picked, run, baseline)


def picked_places(
    session: Session, found: Suitability, scored: Scored, scenario: Scenario, epsg: int
) -> list[tuple[int, str | None]]:
    """Rank and phase of each site as `sited` chooses them, without curve, draws and backhaul."""
    run = baseline_run(session, scenario)
    problem = problem_of(session, found, scored, scenario, epsg, run)
    cover = problem.cover
    try:
        picked = pick(
            cover.sets, cover.weights, problem.rules, problem.siting, scenario.phases
        )  # fmt: skip
    except Conflicting:
        return []
    return [
        (int(problem.pool.places[site]), scenario.phases[phase].name if phase >= 0 else None)
        for site, phase in zip(picked.sites.tolist(), picked.phases.tolist(), strict=True)
    ]


def _sited(
    session: Session, found: Suitability, problem: Problem, picked: Picked,
    run: CoverageRun | None, baseline: Mapping[str, Any] | None,
) -> Sited:  # fmt: skip
    told = asked_of(problem)
    sure = sureness(problem.siting, problem.pool, problem.cover, problem.rules)
    told |= {
        "covered": round(picked.covered, 6), "possible": round(picked.possible, 6),
        "share_of_best": rounded_down(picked.share_of_best), "gap": _up(1 - picked.share_of_best),
        "is_proven": picked.is_proven, "sentence": sentence(picked, problem.siting),
        "curve": curve(problem.pool, problem.cover, problem.rules),
        "robustness": None if sure is None else sure.told,
    }  # fmt: skip
    backhaul, figures = backhaul_of(found, problem, picked)
    told["backhaul"] = backhaul
    return Sited(
        tuple(int(problem.pool.places[site]) for site in picked.sites),
        tuple(_each(problem, picked, sure.share if sure else None)),
        told,
        (*figures_of(problem, picked), *figures_after(session, problem, picked, run), *figures),
        baseline,
    )


def _each(problem: Problem, picked: Picked, share: Floats | None) -> list[dict[str, Any]]:
    """The marginal table: what each site adds and costs, and all up to it."""
    pool, covered = problem.pool, np.cumsum(picked.added)
    cost = pool.cost_gbp[picked.sites]
    spent = np.cumsum(cost)  # not known from the first site of unknown cost on
    phases = problem.scenario.phases
    return [
        {
            "order": at + 1, "added": round(float(picked.added[at]), 6),
            "covered": round(float(covered[at]), 6),
            "cost_gbp": _known(cost[at]), "spent_gbp": _known(spent[at]),
            "phase": phases[number].name if number >= 0 else None,
            "share_of_draws": None if share is None else round(float(share[site]), 4),
            "is_required": int(site) in pool.required,
        }
        for at, (site, number) in enumerate(
            zip(picked.sites.tolist(), picked.phases.tolist(), strict=True)
        )
    ]  # fmt: skip


def _known(gbp: float) -> float | None:
    return round(float(gbp), 2) if np.isfinite(gbp) else None


def _up(gap: float) -> float:
    return float(np.ceil(max(0.0, gap) * 1e6) / 1e6)
