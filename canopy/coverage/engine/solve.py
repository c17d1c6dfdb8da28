"""A run: from a problem to the layers of its cells, whole or part by part.

Parts are cut on multiples of the kernels' blocks and take every site that reaches them, so
the layers of a part equal those of the whole, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.finish_kernel import Service, Told, tell, throughput
from canopy.coverage.engine.open_kernel import (
    BLOCK,
    Best,
    Frame,
    best_two,
    count_within,
    others_power,
    total_power,
)
from canopy.coverage.engine.path_kernel import Along, best_two_along
from canopy.coverage.engine.preparing import Prepared
from canopy.coverage.engine.rings import Rings
from canopy.coverage.engine.site_arrays import SiteArrays, bin_sites
from canopy.coverage.result import CoverageResult, OperatorLayers
from canopy.coverage.validity import Validity

PART_CELLS = 64 * BLOCK
"""Side of the parts that a large run is done in [cells]."""


@dataclass(frozen=True, slots=True)
class Part:
    """Cells [row, row + rows) by [column, column + columns) of a run grid."""

    row: int
    column: int
    rows: int
    columns: int


def parts_of(shape: tuple[int, int], side: int = PART_CELLS) -> Iterator[Part]:
    """The parts that cover a grid of `shape`, row by row; `side` is a multiple of `BLOCK`."""
    if side % BLOCK:
        raise ValueError(f"parts are cut on blocks of {BLOCK} cells, not at {side}")
    for row in range(0, shape[0], side):
        for column in range(0, shape[1], side):
            yield Part(row, column, min(side, shape[0] - row), min(side, shape[1] - column))


@dataclass(frozen=True, slots=True, eq=False)
class OperatorPart:
    """One operator's answer over a part; arrays of the part's shape, sites in run order."""

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    first_dbm: NDArray[np.float32]
    second_dbm: NDArray[np.float32]
    above: NDArray[np.uint16]
    told: Told
    links_evaluated: int


def solve_operator(prepared: Prepared, operator: str, part: Part) -> OperatorPart:
    """The best two servers of one operator over a part, and what they are worth."""
    problem = prepared.problem
    grid = problem.grid
    piece = grid.part(part.row, part.column, part.rows, part.columns)
    sites = prepared.sites[operator].touching(grid, piece)
    shape = (part.rows, part.columns)
    mask = prepared.mask(part)
    best = Best.empty(shape)
    told = Told.empty(shape)
    frame = Frame(part.column, part.row, grid.cell_m)
    if sites.number.size == 0:
        return _nobody(best, told, mask)
    if prepared.along_paths[operator]:
        along = Along.empty(shape)
        best_two_along(
            best,
            along,
            mask,
            frame,
            sites,
            bin_sites(sites),
            *prepared.paths,
        )
        interference, above, sight = along.interference_mw, along.above, along.sight
        evaluated = int(along.evaluated.sum())
    else:
        best_two(best, mask, frame, sites, bin_sites(sites), prepared.tables, True)
        interference = np.zeros(shape, np.float32)
        power_mw = sites.power_mw
        total_power(interference, frame, sites, power_mw, prepared.tables)
        others_power(interference, best.first, frame, sites, power_mw, prepared.tables)
        above = _count_above(shape, frame, sites, prepared.rings)
        sight = np.zeros(shape, np.uint8)
        evaluated = 0
    tell(told, best, interference, sight, mask, frame, sites, prepared.tables, prepared.service)
    return OperatorPart(
        _in_run_order(best.first, sites),
        _in_run_order(best.second, sites),
        best.first_dbm,
        best.second_dbm,
        above,
        told,
        evaluated,
    )


def _nobody(best: Best, told: Told, mask: NDArray[np.bool_]) -> OperatorPart:
    told.flag[mask] = Validity.IN_RANGE
    told.sinr_db[mask] = -np.inf
    told.probability[mask] = 0
    above = np.zeros(mask.shape, np.uint16)
    return OperatorPart(best.first, best.second, best.first_dbm, best.second_dbm, above, told, 0)


def _in_run_order(positions: NDArray[np.int32], sites: SiteArrays) -> NDArray[np.int32]:
    """Numbers of the run's sites for positions in `sites`, -1 kept."""
    numbers = np.append(sites.number, np.int32(-1))
    return numbers[positions]


def _count_above(
    shape: tuple[int, int], frame: Frame, sites: SiteArrays, rings: Rings
) -> NDArray[np.uint16]:
    """How many of `sites` reach the threshold in each cell, by the rings in which they do."""
    x_m, y_m, from_m, to_m = rings.around(sites)
    steps = np.zeros((shape[0], shape[1] + 1), np.int32)
    count_within(steps, frame, x_m, y_m, from_m, to_m)
    return np.cumsum(steps[:, :-1], axis=1).astype(np.uint16)


def solve(prepared: Prepared, progress: Callable[[float], None] | None = None) -> CoverageResult:
    """The whole run in memory.

    progress: called with the share that is done, 0 to 1; what it raises stops the run.
    """
    layers = Layers.empty(prepared)
    parts = list(parts_of(prepared.problem.grid.shape))
    for done, part in enumerate(parts):
        if progress is not None:
            progress(done / len(parts))
        layers.put(part, solve_part(prepared, part))
    if progress is not None:
        progress(1.0)
    return layers.result(prepared)


@dataclass(frozen=True, slots=True, eq=False)
class PartAnswer:
    """All operators' answers over a part."""

    by_operator: dict[str, OperatorPart]


def solve_part(prepared: Prepared, part: Part) -> PartAnswer:
    """The answer over one part; depends on nothing but the problem and the part."""
    return PartAnswer(
        {operator: solve_operator(prepared, operator, part) for operator in prepared.operators}
    )


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """The arrays of a whole run while its parts come in."""

    by_operator: dict[str, OperatorPart]

    @classmethod
    def empty(cls, prepared: Prepared) -> Layers:
        shape = prepared.problem.grid.shape
        return cls(
            {
                operator: OperatorPart(
                    *Best.empty(shape), np.zeros(shape, np.uint16), Told.empty(shape), 0
                )
                for operator in prepared.operators
            }
        )

    def put(self, part: Part, answer: PartAnswer) -> None:
        """Write a part's answer in its place."""
        place = (
            slice(part.row, part.row + part.rows),
            slice(part.column, part.column + part.columns),
        )
        for operator, mine in self.by_operator.items():
            theirs = answer.by_operator[operator]
            for name in ("first", "second", "first_dbm", "second_dbm", "above"):
                getattr(mine, name)[place] = getattr(theirs, name)
            for name in Told._fields:
                getattr(mine.told, name)[place] = getattr(theirs.told, name)

    def result(self, prepared: Prepared) -> CoverageResult:
        """The layers of all operators, and across them."""
        return merge(prepared, self.by_operator)


def merge(prepared: Prepared, by_operator: dict[str, OperatorPart]) -> CoverageResult:
    """The result of a run from its operators' layers."""
    problem = prepared.problem
    threshold = np.float32(problem.budget.threshold_dbm)
    shape = problem.grid.shape
    first = np.full(shape, -1, np.int32)
    second = np.full(shape, -1, np.int32)
    first_dbm = np.full(shape, -np.inf, np.float32)
    second_dbm = np.full(shape, -np.inf, np.float32)
    sinr = np.full(shape, -np.inf, np.float32)
    probability = np.zeros(shape, np.float32)
    flag = np.full(shape, Validity.IN_RANGE, np.uint8)
    operators_above = np.zeros(shape, np.uint8)
    servers_above = np.zeros(shape, np.uint16)
    unknown = np.zeros(shape, np.bool_)
    for answer in by_operator.values():
        level = answer.first_dbm
        unknown |= np.isnan(level)
        with np.errstate(invalid="ignore"):
            operators_above += level >= threshold
            leads = level > first_dbm
        servers_above += answer.above
        for candidate, candidate_dbm in (
            (np.where(leads, first, answer.first), np.where(leads, first_dbm, level)),
            (answer.second, answer.second_dbm),
        ):
            with np.errstate(invalid="ignore"):
                next_best = candidate_dbm > second_dbm
            second = np.where(next_best, candidate, second)
            second_dbm = np.where(next_best, candidate_dbm, second_dbm)
        first = np.where(leads, answer.first, first)
        first_dbm = np.where(leads, level, first_dbm)
        sinr = np.where(leads, answer.told.sinr_db, sinr)
        probability = np.where(leads, answer.told.probability, probability)
        flag = np.where(leads, answer.told.flag, flag)
    # An unknown operator could be stronger than those known, unless one covers already.
    unknown &= ~(first_dbm >= threshold)
    outside = ~prepared.mask(Part(0, 0, *shape))
    for layer in (first_dbm, sinr, probability):
        layer[unknown | outside] = np.nan
    first[unknown | outside] = -1
    flag[unknown] = Validity.UNKNOWN
    flag[outside] = Validity.OUTSIDE
    with np.errstate(invalid="ignore"):
        margin = first_dbm - second_dbm
    margin[np.isneginf(first_dbm)] = np.nan
    mbps = np.empty(shape, np.float32)
    throughput(mbps, sinr, prepared.service)
    return CoverageResult(
        grid=problem.grid,
        technology=problem.budget.technology,
        site_ids=tuple(site.site_id for site in problem.sites),
        operators=prepared.operators,
        threshold_dbm=problem.budget.threshold_dbm,
        rsrp_dbm=first_dbm,
        server=first,
        second_server=second,
        margin_db=margin,
        sinr_db=sinr,
        operators_above=operators_above,
        servers_above=servers_above,
        throughput_mbps=mbps,
        probability=probability,
        flag=flag,
        by_operator={
            operator: _operator_layers(answer, outside) for operator, answer in by_operator.items()
        },
        indicative=any(site.estimated for site in problem.sites),
        provenance=dict(prepared.provenance),
    )


def _operator_layers(answer: OperatorPart, outside: NDArray[np.bool_]) -> OperatorLayers:
    answer.first_dbm[outside] = np.nan
    return OperatorLayers(
        rsrp_dbm=answer.first_dbm,
        server=answer.first,
        sinr_db=answer.told.sinr_db,
        probability=answer.told.probability,
    )


__all__ = [
    "Layers",
    "OperatorPart",
    "Part",
    "PartAnswer",
    "Service",
    "merge",
    "parts_of",
    "solve",
    "solve_operator",
    "solve_part",
]
