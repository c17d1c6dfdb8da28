"""Every site that one cell hears, strongest first, by the run's own kernels.

A run keeps only the best two sites of a cell. Here each site that could be among the
strongest is solved by itself over the one cell, so its level is what the run would give it.
Which could be is told by a bound: the level by distance alone, which terrain and antenna
patterns only lower.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import on_one_core
from canopy.coverage.engine.loss_tables import BUCKET_SHIFT, FIRST_BUCKET
from canopy.coverage.engine.parts import Part
from canopy.coverage.engine.preparing import Prepared, prepare
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.solve import solve_operator

MOST_LOOKED_AT = 100
"""Sites whose path to the cell is looked at."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One site at a cell.

    Attributes:
        number: of the site in the problem.
        level_dbm: reference level outdoors [dBm]; NaN where a height on the path is unknown.
        probability: share of places in the cell at or above the threshold; NaN likewise.
        validity: `canopy.coverage.validity.Validity` of the level.
        distance_m: from the site to the cell's centre [m].
    """

    number: int
    level_dbm: float
    probability: float
    validity: int
    distance_m: float


@dataclass(frozen=True, slots=True)
class Hearing:
    """The sites that a cell hears.

    Attributes:
        heard: those of known level, strongest first; then those of unknown level.
        in_reach: how many sites reach the cell by distance.
        is_complete: whether no site left out can be stronger than the last of `heard`.
    """

    heard: tuple[Heard, ...]
    in_reach: int
    is_complete: bool


def heard_at(
    problem: Problem, row: int, column: int, most: int = 20, looked_at: int = MOST_LOOKED_AT
) -> Hearing:
    """The `most` strongest sites at a cell of the problem's grid, the mask left aside.

    looked_at: how many are solved at the most, those with the greatest bound. Kernels run:
    no two threads may be here, or in a run, at once.
    """
    numbers, bounds = _in_reach(problem, row, column)
    chosen = numbers[:looked_at]
    if chosen.size == 0:
        return Hearing((), 0, True)
    found = _solved(problem, row, column, chosen)
    known = sorted(
        (each for each in found if not math.isnan(each.level_dbm)),
        key=lambda each: (-each.level_dbm, each.number),
    )
    unknown = [each for each in found if math.isnan(each.level_dbm)]
    told = [*known, *unknown][:most]
    rest_dbm = bounds[looked_at] if bounds.size > looked_at else -math.inf
    weakest_dbm = known[most - 1].level_dbm if len(known) >= most else -math.inf
    return Hearing(tuple(told), int(numbers.size), bool(rest_dbm <= weakest_dbm))


def _in_reach(
    problem: Problem, row: int, column: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Numbers of the sites in reach of a cell, the greatest bound [dBm] first, and the bounds."""
    prepared = prepare(replace(problem, mask=None))
    side = problem.grid.cell_m
    x, y = (column + 0.5) * side, (row + 0.5) * side
    numbers: list[NDArray[np.int32]] = []
    bounds: list[NDArray[np.float32]] = []
    for sites in prepared.sites.values():
        squared = ((sites.x_m - x) ** 2 + (sites.y_m - y) ** 2).astype(np.float32)
        near = squared <= sites.reach_m**2
        held = np.maximum(squared[near], np.float32(1.0))
        bucket = (held.view(np.uint32) >> np.uint32(BUCKET_SHIFT)).astype(np.int64) - FIRST_BUCKET
        least_db = prepared.tables.least_db[sites.curve[near], bucket]
        numbers.append(sites.number[near])
        bounds.append(sites.level_dbm[near] - least_db)
    all_numbers, all_bounds = np.concatenate(numbers), np.concatenate(bounds)
    order = np.lexsort((all_numbers, -all_bounds))
    return all_numbers[order], all_bounds[order]


def _solved(problem: Problem, row: int, column: int, numbers: NDArray[np.int32]) -> list[Heard]:
    """Each site alone over the cell: as if it were the only one of an operator of its own."""
    sites = tuple(
        replace(problem.sites[number], operator=f"{number:06d}") for number in numbers.tolist()
    )
    alone = prepare(replace(problem, sites=sites, mask=None, sinr_change_db=None))
    with on_one_core():
        return [_heard(alone, number, row, column) for number in numbers.tolist()]


def _heard(prepared: Prepared, number: int, row: int, column: int) -> Heard:
    answer = solve_operator(prepared, f"{number:06d}", Part(row, column, 1, 1))
    grid, sites = prepared.problem.grid, prepared.sites[f"{number:06d}"]
    away = (
        (column + 0.5) * grid.cell_m - float(sites.x_m[0]),
        (row + 0.5) * grid.cell_m - float(sites.y_m[0]),
    )
    return Heard(
        number,
        float(answer.first_dbm[0, 0]),
        float(answer.told.probability[0, 0]),
        int(answer.told.flag[0, 0]),
        math.hypot(*away),
    )
