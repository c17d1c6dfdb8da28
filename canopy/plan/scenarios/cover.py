"""What each candidate covers, by reach or by chance, and what it is worth by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from canopy.plan.scenarios.ground import Ground
from canopy.plan.scenarios.siting_asked import Draws, Income, Measure, Siting
from canopy.plan.siting.sets import CoverageSets, numbered, within_reach
from canopy.plan.suitability.facts import Floats

_FARTHEST = 2.5
"""Standard deviations beyond the reach up to which a chance is counted; beyond it is below 1 %."""


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Cells of each candidate, and after them a cell of its own for what it alone is worth.

    Attributes:
        weights: of each cell in the objective.
        amounts: of each measure, one for each cell that is shared.
        own: how much of the objective a pound of a site's worth is; 0 without npv.
        total: of the objective in the whole area.
        unit: of weights.
    """

    sets: CoverageSets
    weights: Floats
    amounts: Mapping[Measure, Floats]
    own: float
    total: float
    unit: str

    @property
    def shared(self) -> int:
        """How many cells are not a candidate's own."""
        return self.weights.size - self.sets.count if self.own else self.weights.size


def cover(
    x_m: Floats, y_m: Floats, reach_m: float, found: Ground, siting: Siting, worth_gbp: Floats
) -> Cover:
    """worth_gbp: of each candidate by itself [£], below 0 where it costs more than it earns."""
    wanted = np.zeros(found.grid.shape, np.bool_)
    for cells in found.amounts.values():
        wanted |= cells.reshape(found.grid.shape) > 0
    numbers = numbered(wanted)
    draws = siting.robustness
    by_chance = draws is not None and draws.shadow_db > 0 and siting.method == "greedy"
    far_m = reach_m * _stretch(draws) if by_chance and draws is not None else reach_m
    sets = within_reach(x_m, y_m, far_m, found.grid, numbers)
    if by_chance and draws is not None:
        sets = _with_chance(sets, x_m, y_m, reach_m, found, wanted, draws)
    amounts = {name: cells[wanted.ravel()] for name, cells in found.amounts.items()}
    weights, own, total, unit = _weights(siting, amounts, found, worth_gbp)
    shared = weights if weights.size else np.zeros(sets.cell_count)
    if own:
        sets = _with_own_cells(sets)
        shared = np.concatenate([shared, own_weights(worth_gbp, own)])
    return Cover(sets, shared, amounts, own, total, unit)


def own_weights(worth_gbp: Floats, own: float) -> Floats:
    """Of each candidate's own cell: a site that costs more than it earns adds nothing."""
    weights: Floats = np.maximum(worth_gbp, 0.0) * own
    return weights


def worth_of(income: Income | None, cost_gbp: Floats, per_year: float, let: float) -> Floats:
    """Present value of each site [£], real: what it earns and costs by the year, less its cost.

    per_year: income of a let site [£/yr]; let: part of the sites that are let. A cost that is
    not known counts as worth nothing. Source: HM Treasury, The Green Book (2022), annex 6.
    """
    if income is None:
        return np.zeros(cost_gbp.size)
    years = np.arange(1, income.years + 1)
    factor = float(((1 + income.rate) ** -years).sum())
    worth: Floats = factor * (per_year * let - income.running_gbp_per_year) - cost_gbp
    return np.nan_to_num(worth)


def _weights(
    siting: Siting, amounts: Mapping[Measure, Floats], found: Ground, worth_gbp: Floats,
) -> tuple[Floats, float, float, str]:  # fmt: skip
    """(weights of shared cells, of a pound of worth, the objective's total, its unit)."""
    size = next((cells.size for cells in amounts.values()), 0)
    best = float(np.maximum(worth_gbp, 0).sum())
    if len(siting.objective) == 1:
        (only,) = siting.objective
        if only == "npv":
            return np.zeros(size), 1.0, best, found.units[only]
        return amounts[only], 0.0, found.totals[only], found.units[only]
    together = sum(siting.objective.values())
    weights, own, total = np.zeros(size), 0.0, 0.0
    for measure, weight in siting.objective.items():
        part = weight / together
        whole = best if measure == "npv" else found.totals[measure]
        total += part if whole > 0 else 0.0
        if whole <= 0:
            continue
        if measure == "npv":
            own = part / whole
        else:
            weights = weights + amounts[measure] * (part / whole)
    return weights, own, total, "of 1"


def _stretch(draws: Draws) -> float:
    return float(10 ** (_FARTHEST * draws.shadow_db / (10 * draws.path_exponent)))


def _with_chance(
    sets: CoverageSets, x_m: Floats, y_m: Floats, reach_m: float, found: Ground,
    wanted: np.ndarray[tuple[int, int], np.dtype[np.bool_]], draws: Draws,
) -> CoverageSets:  # fmt: skip
    """The chance that a cell's level is above what it is at the reach in the median."""
    row, column = np.nonzero(wanted)
    grid = found.grid
    at_x = grid.west_m + (column + 0.5) * grid.cell_m
    at_y = grid.north_m - (row + 0.5) * grid.cell_m
    candidate = np.repeat(np.arange(sets.count), np.diff(sets.starts))
    apart = np.hypot(at_x[sets.cells] - x_m[candidate], at_y[sets.cells] - y_m[candidate])
    over_db = 10 * draws.path_exponent * np.log10(reach_m / np.maximum(apart, 1.0))
    chance = ndtr(over_db / draws.shadow_db).astype(np.float32)
    return CoverageSets(sets.starts, sets.cells, sets.cell_count, chance)


def _with_own_cells(sets: CoverageSets) -> CoverageSets:
    """One more cell for each candidate, that no other covers."""
    count = np.arange(sets.count)
    own = (sets.cell_count + count).astype(np.int32)
    cells = np.insert(sets.cells, sets.starts[1:], own).astype(np.int32)
    chance = sets.chance
    if chance is not None:
        chance = np.insert(chance, sets.starts[1:], np.float32(1)).astype(np.float32)
    starts = sets.starts + np.arange(sets.starts.size)
    return CoverageSets(starts, cells, sets.cell_count + sets.count, chance)
