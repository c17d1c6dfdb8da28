"""What each budget buys: coverage against cost, and what the next site adds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from canopy.errors import Refused
from canopy.plan.siting.greedy import Choice, choose
from canopy.plan.siting.rules import Rules
from canopy.plan.siting.sets import CoverageSets

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """One choice of the curve: what it costs [p] and covers; `is_knee` for the one at the bend."""

    budget_pence: int
    cost_pence: int
    covered: float
    possible: float
    choice: Choice
    is_knee: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One site of a choice in its order.

    Attributes:
        added, covered: weight that it adds, and that all up to it cover.
        cost_pence, spent_pence: its own, and of all up to it [p].
    """

    site: int
    added: float
    covered: float
    cost_pence: int
    spent_pence: int


def trade_off(
    sets: CoverageSets, weights: Floats, rules: Rules, budgets_pence: list[int]
) -> list[Point]:
    """The choices at several budgets that no other of them beats, cheapest first.

    A choice that costs as much and covers no more than another is left out. The knee is the
    point farthest above the line from the first to the last, both axes taken from 0 to 1; of
    fewer than three points there is none. Raises Refused without a budget, and as `choose`.
    """
    if not budgets_pence:
        raise Refused("name one budget at the least")
    found: list[Point] = []
    for budget in sorted(set(budgets_pence)):
        choice = choose(sets, weights, replace(rules, budget_pence=budget))
        cost = int(choice.cost_pence.sum())
        point = Point(budget, cost, choice.covered, choice.possible, choice)
        if not found or point.covered > found[-1].covered:
            found = [each for each in found if each.cost_pence < cost]
            found.append(point)
    knee = _knee(found)
    return [replace(each, is_knee=at == knee) for at, each in enumerate(found)]


def _knee(points: list[Point]) -> int | None:
    if len(points) < 3:
        return None
    cost = np.array([each.cost_pence for each in points], float)
    covered = np.array([each.covered for each in points])
    across = (cost - cost[0]) / (cost[-1] - cost[0])
    up = (covered - covered[0]) / (covered[-1] - covered[0])
    return int(np.argmax(up - across))


def steps_of(choice: Choice) -> list[Step]:
    """The table of what each next site adds."""
    covered = np.cumsum(choice.added)
    spent = np.cumsum(choice.cost_pence)
    return [
        Step(int(site), float(added), float(together), int(cost), int(so_far))
        for site, added, together, cost, so_far in zip(
            choice.sites, choice.added, covered, choice.cost_pence, spent, strict=True
        )
    ]
