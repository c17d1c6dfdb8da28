"""Figures of a choice of sites, and how they are joined to fibre."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from canopy.errors import LimitExceeded
from canopy.plan.coverage import queries as coverage
from canopy.plan.coverage.tables import CoverageRun
from canopy.plan.scenarios.figures import Figure
from canopy.plan.scenarios.joining import joined
from canopy.plan.scenarios.phased import Picked
from canopy.plan.scenarios.problem import Problem
from canopy.plan.scenarios.siting_asked import Measure, Siting
from canopy.plan.siting.exact import covered_by
from canopy.plan.suitability.computing import Suitability


def sentence(picked: Picked, siting: Siting) -> str:
    """How good the choice is, for a reader, rounded down."""
    many = f"{picked.sites.size:,} site{'' if picked.sites.size == 1 else 's'}"
    if picked.is_proven:
        return f"{many}, proven the best possible."
    percent = int(picked.share_of_best * 1000) / 10
    unproven = ""
    if siting.method == "exact":
        unproven = f"; {siting.time_limit_s:g} s were not enough to prove more"
    return f"{many}, at least {percent:g} % of the best possible{unproven}."


def figures_of(problem: Problem, picked: Picked) -> list[Figure]:
    """What the chosen cover of each measure, and of the best possible."""
    note = f"Within {problem.reach_m:g} m of a chosen site; of {{:,.6g}} in all."
    figures = [
        Figure(
            "siting_share_of_best",
            rounded_down(picked.share_of_best),
            "of 1",
            sentence(picked, problem.siting),
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


def _covered(problem: Problem, picked: Picked, measure: Measure) -> float:
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


def figures_after(
    session: Session, problem: Problem, picked: Picked, run: CoverageRun | None
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


def backhaul_of(
    found: Suitability, problem: Problem, picked: Picked
) -> tuple[dict[str, Any] | None, list[Figure]]:
    """What joins the sites to fibre, in JSON values, and as figures."""
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


def rounded_down(share: float) -> float:
    """A share that claims no more than is so."""
    return float(np.floor(share * 1e6) / 1e6)
