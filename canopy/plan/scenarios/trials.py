"""A choice tried at other budgets and under other draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from canopy.plan.scenarios.candidates import Pool
from canopy.plan.scenarios.cover import Cover, own_weights, worth_of
from canopy.plan.scenarios.siting_asked import Draws, Siting
from canopy.plan.siting.curve import Point, trade_off
from canopy.plan.siting.greedy import choose
from canopy.plan.siting.minimums import Conflicting
from canopy.plan.siting.robustness import chosen_under, drawn_cover
from canopy.plan.siting.rules import Rules
from canopy.plan.siting.sets import CoverageSets
from canopy.plan.suitability.facts import Floats

POINTS = 10


def curve(pool: Pool, cover: Cover, rules: Rules) -> list[dict[str, Any]]:
    """What each of some budgets buys, by the greedy choice; by number where no cost is known.

    Budgets too small for what is required are left out, and so are candidates of unknown cost.
    """
    unknown = set(np.flatnonzero(~np.isfinite(pool.cost_gbp)).tolist())
    priced = len(unknown) < rules.candidates and not unknown & set(rules.required)
    if priced:
        shut = tuple(sorted(unknown | set(rules.forbidden)))
        free = replace(rules, cost_pence=pool.cost_pence, budget_pence=None, forbidden=shut)
    else:
        one = np.ones(rules.candidates, np.int64)
        free = replace(rules, cost_pence=one, budget_pence=None)
    try:
        top = int(choose(cover.sets, cover.weights, free).cost_pence.sum())
    except Conflicting:
        return []
    if rules.budget_pence is not None:
        top = min(top, rules.budget_pence)
    budgets = sorted({round(top * step / POINTS) for step in range(1, POINTS + 1)})
    while budgets:
        try:
            points = trade_off(cover.sets, cover.weights, free, budgets)
        except Conflicting:
            budgets = budgets[1:]
        else:
            return [_point(each, priced=priced) for each in points]
    return []


def _point(each: Point, *, priced: bool) -> dict[str, Any]:
    return {
        "budget_gbp": each.budget_pence / 100 if priced else None,
        "cost_gbp": each.cost_pence / 100 if priced else None,
        "sites": len(each.choice.sites), "covered": round(each.covered, 6),
        "possible": round(each.possible, 6), "is_knee": each.is_knee,
    }  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Sureness:
    """Share of the draws in which each candidate is chosen; what is told of them all."""

    share: Floats | None
    told: dict[str, Any]


def sureness(siting: Siting, pool: Pool, cover: Cover, rules: Rules) -> Sureness | None:
    """None where no draws are asked for."""
    draws = siting.robustness
    if draws is None:
        return None
    told: dict[str, Any] = {"draws": draws.draws, "seed": draws.seed, "source": draws.source}

    def draw(generator: np.random.Generator) -> tuple[CoverageSets, Floats, Rules]:
        return _drawn(siting, draws, pool, cover, rules, generator)

    try:
        found = chosen_under(draw, draws.draws, draws.seed)
    except Conflicting as clash:
        return Sureness(None, {**told, "note": f"In some draws: {clash.detail}"})
    p10, p50, p90 = np.quantile(found.covered, (0.1, 0.5, 0.9))
    return Sureness(found.share, {
        **told,
        "covered_p10": round(float(p10), 6), "covered_p50": round(float(p50), 6),
        "covered_p90": round(float(p90), 6),
        "always": [pool.names[site] for site in found.always()],
    })  # fmt: skip


def _drawn(
    siting: Siting, draws: Draws, pool: Pool, cover: Cover, rules: Rules,
    generator: np.random.Generator,
) -> tuple[CoverageSets, Floats, Rules]:  # fmt: skip
    """Propagation pair by pair; cost, price and take-up for all sites alike."""
    factor = generator.triangular(draws.cost_low, 1.0, draws.cost_high) if _wide(draws) else 1.0
    sets, weights = drawn_cover(cover.sets, generator), cover.weights
    if rules.cost_pence is not None:
        cost = np.rint(rules.cost_pence * factor).astype(np.int64)
        rules = replace(rules, cost_pence=cost)
    income = siting.income
    if income is not None and cover.own:
        price = _between(generator, *income.income, income.gbp_per_year)
        let = _between(generator, *income.let, income.take_up)
        worth = worth_of(income, pool.cost_gbp * factor, price, let)
        weights = weights.copy()
        weights[cover.shared :] = own_weights(worth, cover.own)
    return sets, weights, rules


def _wide(draws: Draws) -> bool:
    return draws.cost_low < draws.cost_high


def _between(generator: np.random.Generator, low: float, high: float, mode: float) -> float:
    return float(generator.triangular(low, mode, high)) if low < high else mode
