"""A choice of sites in one go, or phase by phase where phases have budgets of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from canopy.plan.scenarios.scenario import Phase
from canopy.plan.scenarios.siting_asked import Siting
from canopy.plan.siting.bound import most_possible
from canopy.plan.siting.exact import PROVEN, solve
from canopy.plan.siting.greedy import choose, kernel_sets
from canopy.plan.siting.greedy_kernel import take
from canopy.plan.siting.minimums import Conflicting
from canopy.plan.siting.rules import Rules
from canopy.plan.siting.sets import CoverageSets
from canopy.plan.suitability.facts import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """Sites in the order in which they are to be built.

    Attributes:
        sites: numbers of candidates.
        added: weight that each adds to those before it.
        phases: place of each in the scenario's phases; -1 for none.
        possible: what no choice within the rules can exceed.
    """

    sites: NDArray[np.int32]
    added: Floats
    phases: NDArray[np.int32]
    possible: float

    @property
    def covered(self) -> float:
        return float(self.added.sum())

    @property
    def share_of_best(self) -> float:
        return min(1.0, self.covered / self.possible) if self.possible > 0 else 1.0

    @property
    def is_proven(self) -> bool:
        return 1 - self.share_of_best <= PROVEN


def pick(
    sets: CoverageSets, weights: Floats, rules: Rules, siting: Siting, phases: Sequence[Phase]
) -> Picked:
    """Raises Conflicting where no choice keeps to the rules, naming those that clash."""
    if any(each.budget_gbp is not None for each in phases):
        return _by_phases(sets, weights, rules, siting, phases)
    sites, possible = _chosen(sets, weights, rules, siting)
    order, added = in_order(sets, weights, np.empty(0, np.int32), sites)
    numbers = np.full(order.size, -1, np.int32)
    begun = 0
    for number, phase in enumerate(phases):
        numbers[begun : begun + phase.sites] = number
        begun += phase.sites
    return Picked(order, added, numbers, possible)


def _chosen(
    sets: CoverageSets, weights: Floats, rules: Rules, siting: Siting
) -> tuple[NDArray[np.int32], float]:
    if siting.method == "exact":
        proven = solve(sets, weights, rules, siting.time_limit_s)
        return proven.sites, proven.possible
    choice = choose(sets, weights, rules)
    return choice.sites, choice.possible


def _by_phases(
    sets: CoverageSets, weights: Floats, rules: Rules, siting: Siting, phases: Sequence[Phase]
) -> Picked:
    """Each phase within its budget, on top of those before it; minimums by the last at least."""
    taken = np.empty(0, np.int32)
    orders, gains, numbers = [], [], []
    for number, phase in enumerate(phases):
        asked = _rules_of(rules, taken, phase, is_last=number == len(phases) - 1)
        try:
            sites, _ = _chosen(sets, weights, replace(asked, minimums=rules.minimums), siting)
        except Conflicting:
            if asked.minimums:
                raise
            sites, _ = _chosen(sets, weights, asked, siting)
        new = np.setdiff1d(sites, taken)
        order, added = in_order(sets, weights, taken, new)
        orders.append(order)
        gains.append(added)
        numbers.append(np.full(order.size, number, np.int32))
        taken = np.concatenate([taken, order])
    possible = most_possible(kernel_sets(sets), weights, rules, taken)
    return Picked(taken, np.concatenate(gains), np.concatenate(numbers), possible)


def _rules_of(rules: Rules, taken: NDArray[np.int32], phase: Phase, *, is_last: bool) -> Rules:
    spent = int(rules.costs()[taken].sum())
    budgets = [] if rules.budget_pence is None else [rules.budget_pence]
    if phase.budget_gbp is not None:
        budgets.append(spent + round(phase.budget_gbp * 100))
    return replace(
        rules,
        sites=min(rules.most_sites, taken.size + phase.sites),
        budget_pence=min(budgets, default=None),
        required=tuple(dict.fromkeys((*rules.required, *map(int, taken)))),
        minimums=rules.minimums if is_last else (),
    )


def in_order(
    sets: CoverageSets, weights: Floats, before: NDArray[np.int32], sites: NDArray[np.int32]
) -> tuple[NDArray[np.int32], Floats]:
    """The sites, the one that adds most first, and what each adds to those before it."""
    if not sites.size:
        return sites.astype(np.int32), np.empty(0)
    left, compiled = weights.copy(), kernel_sets(sets)
    for site in before:
        take(compiled, left, site)
    choice = choose(_only(sets, sites), left, Rules(sites.size))
    added = np.zeros(sites.size)
    added[: choice.sites.size] = choice.added
    idle = np.setdiff1d(np.arange(sites.size, dtype=np.int32), choice.sites)
    return sites[np.concatenate([choice.sites, idle])].astype(np.int32), added


def _only(sets: CoverageSets, sites: NDArray[np.int32]) -> CoverageSets:
    parts = [sets.of(int(site)) for site in sites]
    starts = np.zeros(sites.size + 1, np.int64)
    np.cumsum([each.size for each in parts], out=starts[1:])
    cells = np.concatenate(parts) if parts else np.empty(0, np.int32)
    if sets.chance is None:
        return CoverageSets(starts, cells, sets.cell_count)
    chances = [sets.chance[sets.starts[site] : sets.starts[site + 1]] for site in sites]
    chance = np.concatenate(chances) if chances else np.empty(0, np.float32)
    return CoverageSets(starts, cells, sets.cell_count, chance)
