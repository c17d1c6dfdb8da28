"""A scenario's sites chosen by what they cover, with how far to trust the choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from canopy.errors import LimitExceeded
from canopy.plan.coverage import queries as coverage
from canopy.plan.coverage.tables import CoverageRun
from canopy.plan.scenarios.candidates import Pool, pool_of
from canopy.plan.scenarios.cover import Cover, cover, worth_of
from canopy.plan.scenarios.figures import Figure
from canopy.plan.scenarios.ground import CELLS_IN_REACH, Ground, grid_around, ground
from canopy.plan.scenarios.joining import joined
from canopy.plan.scenarios.phased import Picked, pick
from canopy.plan.scenarios.scenario import Scenario
from canopy.plan.scenarios.sited import Sited, baseline_of, baseline_run
from canopy.plan.scenarios.siting_asked import Measure, Siting
from canopy.plan.scenarios.trials import curve, sureness
from canopy.plan.siting.exact import covered_by
from canopy.plan.siting.minimums import Conflicting
from canopy.plan.siting.rules import Rules
from canopy.plan.suitability.computing import Suitability
from canopy.plan.suitability.facts import Floats
from canopy.plan.suitability.scoring import Scored

MOST_EXACT_CELLS = 250_000
MOST_DRAWN_PAIRS = 5_000_000_000
"""Draws times pairs: some minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    scenario: Scenario
    siting: Siting
    pool: Pool
    rules: Rules
    cover: Cover
    ground: Ground
    worth_gbp: Floats
    reach_m: float


def sited(
    session: Session, found: Suitability, scored: Scored, scenario: Scenario, epsg: int
) -> Sited:
    """The choice of a scenario that has a siting.

    Where no choice keeps to the rules, none is made, and those that clash are named. Raises
    Refused for a measure that is not known, NotFound and NotReadyYet for the run, LimitExceeded.
    """
    assert scenario.siting is not None
    run = baseline_run(session, scenario)
    problem = _problem(session, found, scored, scenario, epsg, run)
    baseline = baseline_of(run)
    try:
        picked = pick(
            problem.cover.sets, problem.cover.weights, problem.rules, problem.siting,
            scenario.phases,
        )  # fmt: skip
    except Conflicting as clash:
        told = {**_told(problem), "conflicts": list(clash.members["rules"])}  # type: ignore[call-overload]
        return Sited((), (), told, (Figure("sites", None, "sites", clash.detail),), baseline)
    return _sited(session, found, problem, picked, run, baseline)


def picked_places(
    session: Session, found: Suitability, scored: Scored, scenario: Scenario, epsg: int
) -> list[tuple[int, str | None]]:
    """Rank and phase of each site as `sited` chooses them, without curve, draws and backhaul."""
    run = baseline_run(session, scenario)
    problem = _problem(session, found, scored, scenario, epsg, run)
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


def _problem(
    session: Session, found: Suitability, scored: Scored, scenario: Scenario, epsg: int,
    run: CoverageRun | None,
) -> _Problem:  # fmt: skip
    siting = scenario.siting
    assert siting is not None
    pool = pool_of(scored, scenario, siting)
    reach_m = siting.reach_m or scored.technology.reach_m
    grid = grid_around(pool.x_m, pool.y_m, reach_m, siting.cell_m or reach_m / CELLS_IN_REACH, epsg)
    demand = found.measured.demand
    there = ground(session, siting, grid, run, (demand, found.rule_file.rules.demand))
    income = siting.income
    worth = worth_of(
        income, pool.cost_gbp, 0 if income is None else income.gbp_per_year,
        0 if income is None else income.take_up,
    )  # fmt: skip
    made = cover(pool.x_m, pool.y_m, reach_m, there, siting, worth)
    _within_limits(siting, made)
    rules = pool.rules(scenario, siting)
    return _Problem(scenario, siting, pool, rules, made, there, worth, reach_m)


def _within_limits(siting: Siting, made: Cover) -> None:
    """Raises LimitExceeded for what would take far too long, with the way out."""
    if siting.method == "exact" and made.weights.size > MOST_EXACT_CELLS:
        raise LimitExceeded(
            f"an exact choice takes {MOST_EXACT_CELLS:,} cells, and there are "
            f"{made.weights.size:,}: set a larger siting.cell_m, or choose greedily"
        )
    draws = 0 if siting.robustness is None else siting.robustness.draws
    if draws * made.sets.cells.size > MOST_DRAWN_PAIRS:
        raise LimitExceeded(
            f"{draws:,} draws of {made.sets.cells.size:,} pairs of a candidate and a cell are more "
            f"than {MOST_DRAWN_PAIRS:,} together: ask for fewer draws or a larger siting.cell_m"
        )


def _told(problem: _Problem) -> dict[str, Any]:
    """What was asked, as far as it is not the scenario's own words."""
    notes = [*problem.pool.notes, *problem.ground.notes]
    draws = problem.siting.robustness
    if draws is not None and draws.shadow_db and problem.siting.method == "exact":
        notes.append("The exact choice is by reach: shadow_db is left aside, also in draws.")
    if draws is not None and problem.siting.method == "exact":
        notes.append("In draws sites are chosen greedily: the shares are of that choice.")
    if "npv" in problem.siting.objective and (problem.worth_gbp < 0).any():
        many = int((problem.worth_gbp < 0).sum())
        notes.append(f"{many:,} candidates cost more than they earn: their npv adds nothing.")
    return {
        "objective": dict(problem.siting.objective), "unit": problem.cover.unit,
        "method": problem.siting.method, "reach_m": problem.reach_m,
        "cell_m": problem.ground.grid.cell_m, "candidates": len(problem.pool.names),
        "cells": problem.cover.shared, "pairs": int(problem.cover.sets.cells.size),
        "total": round(problem.cover.total, 6), "notes": notes, "conflicts": [],
    }  # fmt: skip


def _sited(
    session: Session, found: Suitability, problem: _Problem, picked: Picked,
    run: CoverageRun | None, baseline: Mapping[str, Any] | None,
) -> Sited:  # fmt: skip
    told = _told(problem)
    sure = sureness(problem.siting, problem.pool, problem.cover, problem.rules)
    told |= {
        "covered": round(picked.covered, 6), "possible": round(picked.possible, 6),
        "share_of_best": _down(picked.share_of_best), "gap": _up(1 - picked.share_of_best),
        "is_proven": picked.is_proven, "sentence": _sentence(picked, problem.siting),
        "curve": curve(problem.pool, problem.cover, problem.rules),
        "robustness": None if sure is None else sure.told,
    }  # fmt: skip
    backhaul, figures = _backhaul(found, problem, picked)
    told["backhaul"] = backhaul
    return Sited(
        tuple(int(problem.pool.places[site]) for site in picked.sites),
        tuple(_each(problem, picked, sure.share if sure else None)),
        told,
        (*_figures(problem, picked), *_after(session, problem, picked, run), *figures),
        baseline,
    )


def _sentence(picked: Picked, siting: Siting) -> str:
    many = f"{picked.sites.size:,} site{'' if picked.sites.size == 1 else 's'}"
    if picked.is_proven:
        return f"{many}, proven the best possible."
    percent = int(picked.share_of_best * 1000) / 10
    unproven = ""
    if siting.method == "exact":
        unproven = f"; {siting.time_limit_s:g} s were not enough to prove more"
    return f"{many}, at least {percent:g} % of the best possible{unproven}."


def _each(problem: _Problem, picked: Picked, share: Floats | None) -> list[dict[str, Any]]:
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


def _figures(problem: _Problem, picked: Picked) -> list[Figure]:
    """What the chosen cover of each measure, and of the best possible."""
    note = f"Within {problem.reach_m:g} m of a chosen site; of {{:,.6g}} in all."
    figures = [
        Figure(
            "siting_share_of_best",
            _down(picked.share_of_best),
            "of 1",
            _sentence(picked, problem.siting),
        )
    ]
    for measure in problem.cover.amounts:
        covered = _covered(problem, picked, measure)
        whole = problem.ground.totals[measure]
        figures.append(
            Figure(
                f"sited_{measure}",
                round(covered, 2),
                problem.ground.units[measure],
                note.format(whole),
            )
        )
    if problem.siting.income is not None:
        known = bool(np.isfinite(problem.pool.cost_gbp[picked.sites]).all())
        worth = float(problem.worth_gbp[picked.sites].sum())
        figures.append(Figure(
            "sited_npv_gbp", round(worth, 2) if known else None, "£",
            problem.siting.income.source if known else "Of some sites the cost is not known.",
        ))  # fmt: skip
    return figures


def _covered(problem: _Problem, picked: Picked, measure: Measure) -> float:
    """Within reach for certain, or by chance as the choice counted it."""
    sets, shared = problem.cover.sets, problem.cover.shared
    amounts = np.zeros(sets.cell_count)
    amounts[:shared] = problem.cover.amounts[measure]
    if sets.chance is None:
        return covered_by(sets, amounts, picked.sites)
    missed = np.ones(sets.cell_count)
    for site in picked.sites:
        part = slice(sets.starts[site], sets.starts[site + 1])
        missed[sets.cells[part]] *= 1.0 - sets.chance[part]
    return float((amounts * (1 - missed)).sum())


def _after(
    session: Session, problem: _Problem, picked: Picked, run: CoverageRun | None
) -> list[Figure]:
    """Shares in a total not-spot outdoors once the sites are there, by the run's own wholes."""
    if run is None or problem.siting.spots != ("total",):
        return []
    rows = [
        row
        for row in coverage.figures(session, run)
        if (row.area_id, row.operator, row.place, row.status) == ("all", "all", "outdoor", "total")
    ]
    figures = []
    names: tuple[Measure, ...] = ("residents", "premises", "road")
    for name in names:
        for row in rows:
            share = getattr(row, f"{name}_share")
            amount = getattr(row, "road_m" if name == "road" else name)
            if name not in problem.cover.amounts or not share or not amount:
                continue
            left = max(0.0, amount - _covered(problem, picked, name))
            figures.append(Figure(
                f"sited_{name}_total_share", round(left * share / amount, 6), "of 1",
                "What the run of today has, less what lies within reach; a coverage run with the "
                "sites tells better.",
            ))  # fmt: skip
    return figures


def _backhaul(
    found: Suitability, problem: _Problem, picked: Picked
) -> tuple[dict[str, Any] | None, list[Figure]]:
    technology = found.rule_file.rules.technology(problem.scenario.technology)
    names = [problem.pool.names[site] for site in picked.sites]
    x_m, y_m = problem.pool.x_m[picked.sites], problem.pool.y_m[picked.sites]
    try:
        way = joined(
            found.measured.lines, found.rule_file.rules.network, technology.cost, names, x_m, y_m
        )
    except LimitExceeded as limit:
        return {"note": f"Not joined to fibre: {limit.detail}."}, []
    if way is None:
        return {"note": "Not joined to fibre: no route can be seen that ducts lead to."}, []
    note = "All sites joined to fibre together, at no more than twice the least cost."
    told = {
        "duct_m": way.duct_m, "trench_m": way.trench_m, "cost_gbp": way.cost_gbp,
        "unjoined": list(way.unjoined), "note": note,
    }  # fmt: skip
    return told, [
        Figure("backhaul_duct_m", way.duct_m, "m", note),
        Figure("backhaul_trench_m", way.trench_m, "m", note),
        Figure("backhaul_gbp", way.cost_gbp, "£",
               None if way.cost_gbp is not None else "The rules name no cost."),
        Figure("backhaul_unjoined", len(way.unjoined), "sites"),
    ]  # fmt: skip


def _down(share: float) -> float:
    return float(np.floor(share * 1e6) / 1e6)


def _up(gap: float) -> float:
    return float(np.ceil(max(0.0, gap) * 1e6) / 1e6)
