"""Lazy greedy choice over sparse sets: the kernel.

What a site adds never grows while others are chosen (coverage is submodular), so what it was
once found to add is a bound on what it adds now. Candidates wait in a heap by that bound; the
first is looked at again, and only if it is no longer the first is the next one.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled, compiled_parallel

Floats = NDArray[np.float64]


class Sets(NamedTuple):
    """`CoverageSets` as kernels read them; `chance` is empty where each pair is sure."""

    starts: NDArray[np.int64]
    cells: NDArray[np.int32]
    chance: NDArray[np.float32]


class Limits(NamedTuple):
    """What a choice keeps to: `shut_starts` and `shut` are the candidates each shuts out."""

    most_sites: int
    cost: NDArray[np.int64]
    budget: int
    shut_starts: NDArray[np.int64]
    shut: NDArray[np.int32]
    by_cost: bool


@compiled
def gain_of(sets: Sets, left: Floats, candidate: int) -> float:
    """What a candidate adds: the weight that is left in its cells, by its chance of each."""
    total = 0.0
    sure = sets.chance.size == 0
    for at in range(sets.starts[candidate], sets.starts[candidate + 1]):
        here = left[sets.cells[at]]
        total += here if sure else here * sets.chance[at]
    return total


@compiled
def take(sets: Sets, left: Floats, candidate: int) -> None:
    """Let a candidate cover its cells: what is left of each falls by its chance."""
    sure = sets.chance.size == 0
    for at in range(sets.starts[candidate], sets.starts[candidate + 1]):
        cell = sets.cells[at]
        left[cell] = 0.0 if sure else left[cell] * (1.0 - sets.chance[at])


@compiled_parallel
def gains_of_all(sets: Sets, left: Floats, gains: Floats) -> None:
    """Fill `gains` with what each candidate would add now."""
    for candidate in numba.prange(gains.size):
        gains[candidate] = gain_of(sets, left, candidate)


@compiled
def _key(gain: float, cost: int, by_cost: bool) -> float:
    """What candidates are ranked by: the gain, or the gain for each penny.

    One that costs nothing is ranked by ten thousand times its gain, before nearly all others:
    whatever comes before it leaves its place in the budget untouched.
    """
    if not by_cost:
        return gain
    return gain / cost if cost > 0 else gain * 1e4


@compiled
def _before(keys: Floats, first: int, second: int) -> bool:
    """Whether one candidate comes before another: the greater key, or the lower number."""
    return keys[first] > keys[second] or (keys[first] == keys[second] and first < second)


@compiled
def _sink(heap: NDArray[np.int32], size: int, at: int, keys: Floats) -> None:
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        if child + 1 < size and _before(keys, heap[child + 1], heap[child]):
            child += 1
        if not _before(keys, heap[child], heap[at]):
            return
        heap[at], heap[child] = heap[child], heap[at]
        at = child


@compiled
def choose_lazily(
    sets: Sets,
    left: Floats,
    gains: Floats,
    may: NDArray[np.bool_],
    first: NDArray[np.int32],
    limits: Limits,
    chosen: NDArray[np.int32],
    added: Floats,
) -> tuple[int, int]:
    """Fill `chosen` and `added` with the sites in the order of choice; how many, and their cost.

    left: weight of each cell, changed. gains: what each candidate adds at first, changed.
    may: which candidates may be chosen, changed. first: those taken before any other.
    A candidate that adds nothing is not chosen.
    """
    count, spent = 0, 0
    for candidate in first:
        added[count] = gain_of(sets, left, candidate)
        take(sets, left, candidate)
        chosen[count] = candidate
        count += 1
        spent += limits.cost[candidate]
        may[candidate] = False
        _shut_out(limits, candidate, may)
    fresh = np.full(gains.size, 0 if first.size == 0 else -1, np.int32)
    keys = np.empty(gains.size)
    for candidate in range(gains.size):
        keys[candidate] = _key(gains[candidate], limits.cost[candidate], limits.by_cost)
    heap = np.flatnonzero(may).astype(np.int32)
    size = heap.size
    for at in range(size // 2 - 1, -1, -1):
        _sink(heap, size, at, keys)
    steps = 0
    while size > 0 and count < limits.most_sites:
        best = heap[0]
        if not may[best] or spent + limits.cost[best] > limits.budget or keys[best] <= 0.0:
            size -= 1
            heap[0] = heap[size]
        elif fresh[best] != steps:
            gains[best] = gain_of(sets, left, best)
            keys[best] = _key(gains[best], limits.cost[best], limits.by_cost)
            fresh[best] = steps
        else:
            take(sets, left, best)
            chosen[count], added[count] = best, gains[best]
            count += 1
            steps += 1
            spent += limits.cost[best]
            may[best] = False
            _shut_out(limits, best, may)
            continue
        _sink(heap, size, 0, keys)
    return count, spent


@compiled
def _shut_out(limits: Limits, candidate: int, may: NDArray[np.bool_]) -> None:
    for at in range(limits.shut_starts[candidate], limits.shut_starts[candidate + 1]):
        may[limits.shut[at]] = False
