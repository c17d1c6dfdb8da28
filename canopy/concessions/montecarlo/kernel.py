"""Draws of each agreement's own factors, and its cash, compiled and run on all cores.

Own factors are a Latin hypercube too: each takes the middle of each of n slices once, in an
order of its own. The orders come from a generator in whole numbers (splitmix64: Steele, Lea and
Flood, Fast splittable pseudorandom number generators, OOPSLA 2014), so they are the same on any
machine. Agreements are worked in blocks whose sums are added in order, so figures do not depend
on how many threads there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Floats = NDArray[np.float64]

TILE = 1000
FIXED, UNIFORM, TRIANGULAR, NORMAL, LOGNORMAL, PERT = range(6)
TABLE_REACH, TABLE_STEP = 6.0, 0.01
"""Of tables of quantiles: normal scores from -6 to 6."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_LOW = np.uint64(0xFFFFFFFF)
_30, _27, _31, _32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)


def compiled(function: F) -> F:
    return cast(F, numba.njit(cache=True, error_model="numpy", nogil=True)(function))


def compiled_parallel(function: F) -> F:
    make = numba.njit(cache=True, error_model="numpy", nogil=True, parallel=True)
    return cast(F, make(function))


@compiled
def mixed(state: np.uint64) -> np.uint64:
    """The output of splitmix64 for a state."""
    state = (state ^ (state >> _30)) * _MIX_A
    state = (state ^ (state >> _27)) * _MIX_B
    return state ^ (state >> _31)


@compiled
def shuffle(order: NDArray[np.int32], state: np.uint64) -> None:
    """0 to n-1 in a random order (Fisher and Yates)."""
    for at in range(len(order)):
        order[at] = at
    for at in range(len(order) - 1, 0, -1):
        state += _GOLDEN
        high = (mixed(state) & _LOW) * np.uint64(at + 1)
        other = np.int64(high >> _32)
        order[at], order[other] = order[other], order[at]


@compiled
def value_of(kind: int, a: float, b: float, c: float, u: float, z: float, table: Floats) -> float:
    """A distribution's value at a probability u, which z is the normal score of."""
    if kind == UNIFORM:
        return a + u * (b - a)
    if kind == TRIANGULAR:
        width = c - a
        if u * width < b - a:
            return a + math.sqrt(u * width * (b - a))
        return c - math.sqrt((1 - u) * width * (c - b))
    if kind == NORMAL:
        return a + b * z
    if kind == LOGNORMAL:
        return a * math.exp(b * z)
    if kind == PERT:
        at = (min(max(z, -TABLE_REACH), TABLE_REACH) + TABLE_REACH) / TABLE_STEP
        left = min(int(at), len(table) - 2)
        return table[left] + (at - left) * (table[left + 1] - table[left])
    return a


@compiled
def draw_factor(
    out: Floats,
    order: NDArray[np.int32],
    state: np.uint64,
    kind: int,
    row: Floats,
    table: Floats,
    loading: float,
    scores: Floats,
    market: Floats,
) -> None:
    """Values of one factor for every draw; `scores` are the normal scores of the slices."""
    if kind == FIXED:
        out[:] = row[0]
        return
    shuffle(order, state)
    count = len(out)
    own = math.sqrt(1 - loading * loading)
    for at in range(count):
        u = (order[at] + 0.5) / count
        z = scores[order[at]]
        if loading != 0:
            z = loading * market[at] + own * z
            u = 0.5 * math.erfc(-z * math.sqrt(0.5))
        out[at] = value_of(kind, row[0], row[1], row[2], u, z, table)


@compiled
def add_cash(
    drawn: Floats,
    fixed: Floats,
    settled_after: int,
    planned: Floats,
    beside: Floats,
    scaling: Floats,
    capital: Floats,
    least: Floats,
    certain: Floats,
    indexed: Floats,
    unindexed: Floats,
    worth: Floats,
    worth_of_beside: Floats,
    worth_of_certain: Floats,
    worth_unindexed: Floats,
    discount: Floats,
    totals: Floats,
    npv: Floats,
    nodes_left: Floats,
) -> None:
    """Adds an agreement's cash to `totals` (years, draws), and sets its present values.

    `fixed` is its guarantee, cost a year and cost a node. `worth…` are by year and draw.
    """
    guarantee, per_year, per_node = fixed
    years, draws = totals.shape
    for begin in range(0, draws, TILE):
        end = min(begin + TILE, draws)
        for at in range(begin, end):
            nodes_left[at] = drawn[0, at]
            drawn[1, at] += drawn[3, at] * drawn[2, at]
            drawn[4, at] = 1 - drawn[4, at]
            npv[at] = 0.0
        for year in range(years):
            if year + 1 > settled_after:
                for at in range(begin, end):
                    nodes_left[at] *= drawn[4, at]
            plan, spent, factor = planned[year], capital[year], discount[year]
            floor, sure = max(guarantee, least[year]), certain[year] - per_year
            uncounted = beside[year]
            running = per_node * (plan + uncounted) + scaling[year]
            for at in range(begin, end):
                left = nodes_left[at]
                income = max(floor, plan * left * drawn[1, at]) * worth[year, at]
                cash = income + sure - running * left - spent * drawn[5, at]
                totals[year, at] += cash
                npv[at] += cash * factor
            if uncounted != 0:
                for at in range(begin, end):
                    cash = uncounted * nodes_left[at] * drawn[1, at] * worth_of_beside[year, at]
                    totals[year, at] += cash
                    npv[at] += cash * factor
            follows, stands = indexed[year], unindexed[year]
            if follows != 0 or stands != 0:
                for at in range(begin, end):
                    cash = follows * worth_of_certain[year, at] + stands * worth_unindexed[year, at]
                    totals[year, at] += cash
                    npv[at] += cash * factor


@compiled_parallel
def simulate(
    streams: NDArray[np.uint64],
    kinds: NDArray[np.int64],
    rows: Floats,
    table_of: NDArray[np.int64],
    tables: Floats,
    loadings: Floats,
    fixed: Floats,
    settled_after: NDArray[np.int64],
    planned: Floats,
    beside: Floats,
    scaling: Floats,
    capital: Floats,
    least: Floats,
    certain: Floats,
    indexed: Floats,
    unindexed: Floats,
    worth_of: NDArray[np.int64],
    worth_of_beside: NDArray[np.int64],
    worth_of_certain: NDArray[np.int64],
    worths: Floats,
    discount: Floats,
    scores: Floats,
    market: Floats,
    blocks: Floats,
    quantiles: Floats,
    out: Floats,
) -> None:
    """Every agreement's cash in `blocks` (block, year, draw); its figures in `out`.

    The last of `worths` is of money that no index raises. A row of `out` holds present values at
    `quantiles`, then their mean and the part below 0.
    """
    count, draws = len(streams), len(scores)
    size = (count + len(blocks) - 1) // len(blocks)
    for block in numba.prange(len(blocks)):
        drawn = np.empty((kinds.shape[1], draws))
        order = np.empty(draws, np.int32)
        npv, nodes_left = np.empty(draws), np.empty(draws)
        for agreement in range(block * size, min(count, (block + 1) * size)):
            for factor in range(kinds.shape[1]):
                state = mixed(streams[agreement] + np.uint64(factor + 1) * _MIX_B)
                draw_factor(
                    drawn[factor], order, state, kinds[agreement, factor],
                    rows[agreement, factor], tables[table_of[agreement, factor]],
                    loadings[factor], scores, market,
                )  # fmt: skip
            add_cash(
                drawn, fixed[agreement], settled_after[agreement], planned[agreement],
                beside[agreement], scaling[agreement], capital[agreement], least[agreement],
                certain[agreement], indexed[agreement], unindexed[agreement],
                worths[worth_of[agreement]], worths[worth_of_beside[agreement]],
                worths[worth_of_certain[agreement]], worths[-1], discount, blocks[block], npv,
                nodes_left,
            )  # fmt: skip
            figures(npv, quantiles, out[agreement])


@compiled
def figures(npv: Floats, quantiles: Floats, out: Floats) -> None:
    """Quantiles by linear interpolation at (n - 1) p, the mean, and the part below 0."""
    total, below = 0.0, 0
    for value in npv:
        total += value
        below += value < 0
    npv.sort()
    for at in range(len(quantiles)):
        place = (len(npv) - 1) * quantiles[at]
        left = min(int(place), len(npv) - 2)
        out[at] = npv[left] + (place - left) * (npv[left + 1] - npv[left])
    out[len(quantiles)] = total / len(npv)
    out[len(quantiles) + 1] = below / len(npv)
