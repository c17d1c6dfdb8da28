"""How sure each site is of its place: the choice again and again under other draws.

A site that is chosen in every draw of propagation, take-up and price is a safe first phase.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.errors import Refused
from canopy.plan.siting.greedy import choose
from canopy.plan.siting.rules import Rules
from canopy.plan.siting.sets import CoverageSets

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator], tuple[CoverageSets, Floats, Rules]]
"""Sets, weights and rules of one draw, with the same candidates in the same order."""
MOST_DRAWS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What many choices have in common.

    Attributes:
        share: float64, of the draws in which each candidate is chosen, 0 to 1.
        mean_place: float64, its mean place in the order of choice from 1; NaN if never chosen.
        covered: float64, weight covered in each draw.
    """

    share: Floats
    mean_place: Floats
    covered: Floats

    def always(self, at_least: float = 1.0) -> NDArray[np.int32]:
        """Candidates chosen in at least this share of the draws, by their mean place."""
        found = np.flatnonzero(self.share >= at_least)
        return found[np.argsort(self.mean_place[found], kind="stable")].astype(np.int32)


def chosen_under(draw: Draw, draws: int, seed: int) -> Chosen:
    """Choose once for each draw; the same seed gives the same answer.

    draws: 1 to `MOST_DRAWS`. Each has a random stream of its own, so the first hundred of a
    thousand are those of a hundred. Raises Refused.
    """
    if not 1 <= draws <= MOST_DRAWS:
        raise Refused(f"draws: 1 to {MOST_DRAWS:,}")
    times = places = np.empty(0)
    covered = np.empty(draws)
    for number, child in enumerate(np.random.SeedSequence(seed).spawn(draws)):
        sets, weights, rules = draw(np.random.default_rng(child))
        if not number:
            times, places = np.zeros(sets.count), np.zeros(sets.count)
        if sets.count != times.size:
            raise Refused("every draw must have the same candidates")
        choice = choose(sets, weights, rules)
        times[choice.sites] += 1
        places[choice.sites] += np.arange(1, len(choice.sites) + 1)
        covered[number] = choice.covered
    never = times == 0
    mean = np.divide(places, times, out=np.full(times.size, np.nan), where=~never)
    return Chosen(times / draws, mean, covered)


def drawn_cover(sets: CoverageSets, generator: np.random.Generator) -> CoverageSets:
    """One draw of which cells are covered, each pair by its own chance."""
    if sets.chance is None:
        return sets
    kept = generator.random(sets.cells.size, dtype=np.float32) < sets.chance
    before = np.concatenate([[0], np.cumsum(kept)])
    return CoverageSets(before[sets.starts], sets.cells[kept], sets.cell_count)
