"""What is to be solved to choose a scenario's sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from canopy.errors import LimitExceeded
from canopy.plan.coverage.tables import CoverageRun
from canopy.plan.scenarios.candidates import Pool, pool_of
from canopy.plan.scenarios.cover import Cover, cover, worth_of
from canopy.plan.scenarios.ground import CELLS_IN_REACH, Ground, grid_around, ground
from canopy.plan.scenarios.scenario import Scenario
from canopy.plan.scenarios.siting_asked import Siting
from canopy.plan.siting.rules import Rules
from canopy.plan.suitability.computing import Suitability
from canopy.plan.suitability.facts import Floats
from canopy.plan.suitability.scoring import Scored

MOST_EXACT_CELLS = 250_000
MOST_DRAWN_PAIRS = 5_000_000_000
"""Draws times pairs: some minutes."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Candidates, what they cover, and the rules of the choice.

    Attributes:
        worth_gbp: of each candidate by itself [£].
        reach_m: how far a site covers [m].
    """

    scenario: Scenario
    siting: Siting
    pool: Pool
    rules: Rules
    cover: Cover
    ground: Ground
    worth_gbp: Floats
    reach_m: float


def problem_of(
    session: Session, found: Suitability, scored: Scored, scenario: Scenario, epsg: int,
    run: CoverageRun | None,
) -> Problem:  # fmt: skip
    """The problem of a scenario that has a siting; `run` has the not-spots.

    Raises Refused for a ref or a measure that is not known, LimitExceeded.
    """
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
    return Problem(scenario, siting, pool, rules, made, there, worth, reach_m)


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


def asked_of(problem: Problem) -> dict[str, Any]:
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
