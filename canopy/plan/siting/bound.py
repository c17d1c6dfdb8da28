"""What no choice can exceed: the bound that makes a greedy choice a statement.

Coverage f is monotone and submodular, so for any sets S and T, f(T) is at most f(S) and what
the members of T add to S one by one. The best T within the rules therefore covers no more than
f(S) and the largest such sum within them. Any S gives a bound; the least of several is taken.

Source: J. Leskovec and others, "Cost-effective Outbreak Detection in Networks" (KDD 2007),
section 3.2, after G. L. Nemhauser, L. A. Wolsey and M. L. Fisher (Mathematical Programming 14,
1978).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import ONE_AT_A_TIME
from canopy.plan.siting.greedy_kernel import Sets, gains_of_all, take
from canopy.plan.siting.rules import Rules

Floats = NDArray[np.float64]
LOOKS = 8
"""How many beginnings of the choice are tried as S, beside the whole of it and none of it."""


def most_possible(sets: Sets, weights: Floats, rules: Rules, chosen: NDArray[np.int32]) -> float:
    """The least bound found along a choice: no choice within `rules` covers more weight."""
    left = weights.copy()
    whole = float(weights.sum())
    least = whole
    stops = np.unique(np.linspace(0, chosen.size, LOOKS + 2).astype(int))
    taken = 0
    for stop in stops:
        for candidate in chosen[taken:stop]:
            take(sets, left, candidate)
        taken = stop
        least = min(least, whole - float(left.sum()) + _most_added(sets, left, rules))
    return least


def _most_added(sets: Sets, left: Floats, rules: Rules) -> float:
    """The largest sum of single gains that number and cost allow."""
    gains = np.empty(sets.starts.size - 1)
    with ONE_AT_A_TIME:
        gains_of_all(sets, left, gains)
    gains[~rules.allowed()] = 0.0
    count = rules.most_sites
    by_number = float(np.sort(gains)[::-1][:count].sum())
    if rules.budget_pence is None:
        return by_number
    return min(by_number, _within_budget(gains, rules.costs(), rules.budget_pence))


def _within_budget(gains: Floats, cost: NDArray[np.int64], budget_pence: int) -> float:
    """The largest sum where the last site may be bought in part: at least any whole choice's."""
    worth = np.full(gains.size, np.inf)  # what costs nothing comes first
    order = np.argsort(-np.divide(gains, cost, out=worth, where=cost > 0), kind="stable")
    spent = np.cumsum(cost[order])
    whole = int(np.searchsorted(spent, budget_pence, side="right"))
    total = float(gains[order[:whole]].sum())
    if whole < order.size:
        before = int(spent[whole - 1]) if whole else 0
        total += float(gains[order[whole]]) * (budget_pence - before) / int(cost[order[whole]])
    return total
