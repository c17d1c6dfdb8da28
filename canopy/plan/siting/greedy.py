"""The greedy choice, and how far from the best it can be at the most."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import ONE_AT_A_TIME
from canopy.errors import Refused
from canopy.plan.siting.bound import most_possible
from canopy.plan.siting.greedy_kernel import Limits, Sets, choose_lazily, gains_of_all
from canopy.plan.siting.minimums import meeting_minimums, unmet
from canopy.plan.siting.rules import Rules
from canopy.plan.siting.sets import CoverageSets
from canopy.plan.siting.spacing import conflicts

Floats = NDArray[np.float64]
_NO_CHANCE = np.empty(0, np.float32)
NO_BUDGET = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Sites in the order of choice, and what each adds to those before it.

    Attributes:
        sites: int32, numbers of candidates.
        added: float64, weight that each adds, by its chance where sets have one.
        cost_pence: int64, of each [p]; 1 of each where money plays no part.
        possible: what no choice that keeps to the rules can exceed.
        weight: of all cells, covered or not.
    """

    sites: NDArray[np.int32]
    added: Floats
    cost_pence: NDArray[np.int64]
    possible: float
    weight: float

    @property
    def covered(self) -> float:
        """Weight that all of them cover together."""
        return float(self.added.sum())

    @property
    def share_of_best(self) -> float:
        """At least this share of the best possible, 0 to 1; 1 where nothing can be covered."""
        return min(1.0, self.covered / self.possible) if self.possible > 0 else 1.0

    def sentence(self) -> str:
        """The guarantee for a reader, rounded down."""
        percent = int(self.share_of_best * 1000) / 10
        return f"{len(self.sites):,} sites, at least {percent:g} % of the best possible."


def kernel_sets(sets: CoverageSets) -> Sets:
    """The sets as kernels read them."""
    return Sets(sets.starts, sets.cells, _NO_CHANCE if sets.chance is None else sets.chance)


def checked_weights(sets: CoverageSets, weights: Floats, rules: Rules) -> Floats:
    """The weight of each cell. Raises Refused where one is missing, negative or no number."""
    found = np.asarray(weights, np.float64)
    if found.shape != (sets.cell_count,):
        raise Refused(f"there are {sets.cell_count:,} cells and weights of shape {found.shape}")
    if not (np.isfinite(found).all() and (found >= 0).all()):
        raise Refused("the weight of a cell must be a number of 0 or more; leave unknown ones out")
    if rules.candidates != sets.count:
        raise Refused(
            f"the rules are for {rules.candidates:,} candidates, there are {sets.count:,}"
        )
    return found


def choose(sets: CoverageSets, weights: Floats, rules: Rules) -> Choice:
    """The greedy choice that keeps to the rules; the same for the same input, on any machine.

    weights: of each cell, >= 0 (residents, premises, metres of road, or a mix of them).
    By what a site adds and, where there is a budget, also by what it adds for its cost: the
    better of the two. Required sites come first, and where the minimums would be missed,
    sites that meet them. Raises Refused for weights that are none, and Conflicting where no
    choice can keep to the rules.
    """
    known = checked_weights(sets, weights, rules)
    first = np.array(sorted(rules.required), np.int32)
    found = _best(sets, known, rules, first)
    if not _kept(rules, found.sites) and rules.minimums:
        found = _best(sets, known, rules, _minimums_first(sets, known, rules, first))
    if not _kept(rules, found.sites):  # by the solver, which also finds out which rules clash
        found = _best(sets, known, rules, meeting_minimums(sets, known, rules))
    return found


def _kept(rules: Rules, sites: NDArray[np.int32]) -> bool:
    """Whether a choice keeps to all rules."""
    starts, shut = conflicts(rules)
    chosen = np.zeros(rules.candidates, np.bool_)
    chosen[sites] = True
    near = any(chosen[shut[starts[site] : starts[site + 1]]].any() for site in sites)
    budget = rules.budget_pence
    return not (
        near
        or sites.size > rules.most_sites
        or (budget is not None and int(rules.costs()[sites].sum()) > budget)
        or unmet(rules, sites)
    )


def _minimums_first(
    sets: CoverageSets, weights: Floats, rules: Rules, first: NDArray[np.int32]
) -> NDArray[np.int32]:
    """The required sites, and for each minimum in turn the best of its members."""
    chosen = first
    for each in rules.minimums:
        missing = each.sites - int(np.count_nonzero(each.members[chosen]))
        if missing <= 0:
            continue
        others = np.flatnonzero(~each.members)
        only = replace(
            rules, sites=min(chosen.size + missing, rules.candidates), minimums=(), required=(),
            forbidden=tuple({*rules.forbidden, *others.tolist()} - set(chosen.tolist())),
        )  # fmt: skip
        chosen = _greedy(sets, weights, only, chosen, rules.budget_pence is not None).sites
    return chosen


def _best(sets: CoverageSets, weights: Floats, rules: Rules, first: NDArray[np.int32]) -> Choice:
    ways = (False,) if rules.budget_pence is None else (False, True)
    found = [_greedy(sets, weights, rules, first, by_cost) for by_cost in ways]
    return max(found, key=lambda choice: choice.covered)


def _greedy(
    sets: CoverageSets, weights: Floats, rules: Rules, first: NDArray[np.int32], by_cost: bool
) -> Choice:
    compiled = kernel_sets(sets)
    shut_starts, shut = conflicts(rules)
    budget = NO_BUDGET if rules.budget_pence is None else rules.budget_pence
    limits = Limits(rules.most_sites, rules.costs(), budget, shut_starts, shut, by_cost)
    left, gains, may = weights.copy(), np.empty(sets.count), rules.allowed()
    with ONE_AT_A_TIME:
        gains_of_all(compiled, left, gains)
    chosen = np.empty(sets.count, np.int32)
    added = np.empty(sets.count)
    count, _ = choose_lazily(compiled, left, gains, may, first, limits, chosen, added)
    sites = chosen[:count].copy()
    possible = most_possible(compiled, weights, rules, sites)
    return Choice(sites, added[:count].copy(), rules.costs()[sites], possible, float(weights.sum()))
