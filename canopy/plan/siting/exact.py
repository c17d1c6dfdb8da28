"""The best choice, proven: maximal covering as a programme of whole numbers, by HiGHS.

Cells that the same candidates cover are one, so a grid shrinks to the pieces its sets cut it
into. Source of the formulation: R. Church and C. ReVelle, "The maximal covering location
problem", Papers of the Regional Science Association 32 (1974).
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from canopy.errors import CanopyError, Refused
from canopy.plan.siting.greedy import Choice, checked_weights, choose
from canopy.plan.siting.minimums import constraint_of, rules_as_rows
from canopy.plan.siting.rules import Rules
from canopy.plan.siting.sets import CoverageSets

Floats = NDArray[np.float64]
PROVEN = 1e-6
"""A relative gap up to which an answer counts as proven."""


class NoAnswer(CanopyError):
    """The solver ended without any choice; its own words are in the detail."""

    kind, status, title = "solver-gave-nothing", 500, "The solver found no choice"


@dataclass(frozen=True, slots=True, eq=False)
class Proven:
    """The answer of the solver.

    Attributes:
        sites: int32, ascending.
        covered: weight that they cover together.
        possible: what no choice can exceed, as far as the solver has proven.
        seconds: that it took.
        greedy: the choice it began from, which it is never worse than.
    """

    sites: NDArray[np.int32]
    covered: float
    possible: float
    seconds: float
    greedy: Choice

    @property
    def gap(self) -> float:
        """How much more could be covered at the most, as a share of what can be at the most."""
        return max(0.0, 1 - self.covered / self.possible) if self.possible > 0 else 0.0

    @property
    def is_proven(self) -> bool:
        return self.gap <= PROVEN


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Cells that the same candidates cover, as one: `by_candidate` has a row for each piece."""

    by_candidate: csr_array
    weights: Floats


def solve(
    sets: CoverageSets,
    weights: Floats,
    rules: Rules,
    time_limit_s: float = 60.0,
    relative_gap: float = 0.0,
) -> Proven:
    """The best choice within the rules, from the greedy one on.

    time_limit_s: above 0; what is best by then is given, with its gap. Raises Refused for sets
    with chances (what is covered by chance is not a sum), and as `choose`.
    """
    if sets.chance is not None:
        raise Refused("the exact choice needs sets in which a cell is covered or is not")
    if not 0 < time_limit_s < np.inf:
        raise Refused("time_limit_s is above 0")
    known = checked_weights(sets, weights, rules)
    begun = choose(sets, known, rules)
    pieces = _pieces(sets, known)
    solver = _model(pieces, rules, time_limit_s, relative_gap)
    _start_from(solver, pieces, begun, rules.candidates)
    solver.run()
    values = np.array(solver.getSolution().col_value)
    if values.size == 0:
        raise NoAnswer(solver.modelStatusToString(solver.getModelStatus()))
    sites = np.flatnonzero(values[: rules.candidates] > 0.5).astype(np.int32)
    covered = covered_by(sets, known, sites)
    if covered < begun.covered:
        sites, covered = np.sort(begun.sites), begun.covered
    possible = min(float(solver.getInfo().mip_dual_bound) * -1.0, begun.possible)
    return Proven(sites, covered, max(possible, covered), solver.getRunTime(), begun)


def covered_by(sets: CoverageSets, weights: Floats, sites: NDArray[np.int32]) -> float:
    """The weight of all cells that any of the sites surely covers."""
    seen = np.zeros(sets.cell_count, np.bool_)
    for site in sites:
        seen[sets.of(int(site))] = True
    return float(weights[seen].sum())


def _pieces(sets: CoverageSets, weights: Floats) -> _Pieces:
    """The distinct rows of cells by candidates, with their weights together."""
    by_cell = csc_array(
        (np.ones(sets.cells.size, np.int8), sets.cells, sets.starts),
        shape=(sets.cell_count, sets.count),
    ).tocsr()
    by_cell.sort_indices()
    numbers: dict[bytes, int] = {}
    total: list[float] = []
    rows: list[NDArray[np.int32]] = []
    for cell in np.flatnonzero((np.diff(by_cell.indptr) > 0) & (weights > 0)):
        candidates = by_cell.indices[by_cell.indptr[cell] : by_cell.indptr[cell + 1]]
        number = numbers.setdefault(candidates.tobytes(), len(rows))
        if number == len(rows):
            rows.append(candidates)
            total.append(0.0)
        total[number] += float(weights[cell])
    starts = np.concatenate([[0], np.cumsum([row.size for row in rows])]).astype(np.int64)
    columns = np.concatenate(rows) if rows else np.empty(0, np.int32)
    matrix = csr_array((np.ones(columns.size), columns, starts), shape=(len(rows), sets.count))
    return _Pieces(matrix, np.array(total))


class _Silent(highspy.Highs):
    """A solver that does not even print its name, which would end up among a command's output."""

    def enableCallbacks(self) -> None:  # highspy's, called before options can be set
        self.silent()
        super().enableCallbacks()


def _model(
    pieces: _Pieces, rules: Rules, time_limit_s: float, relative_gap: float
) -> highspy.Highs:
    """Candidates first, whole; then pieces, which need not be: they are covered or not by them."""
    solver = _Silent()
    solver.setOptionValue("time_limit", float(time_limit_s))
    solver.setOptionValue("mip_rel_gap", float(relative_gap))
    solver.setOptionValue("random_seed", 0)
    solver.setOptionValue("threads", 1)
    count, parts = rules.candidates, pieces.weights.size
    cover = pieces.by_candidate
    lp = highspy.HighsLp()
    lp.col_cost_ = np.concatenate([np.zeros(count), -pieces.weights])
    lp.col_lower_, lp.col_upper_ = np.zeros(count + parts), np.ones(count + parts)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * count + [
        highspy.HighsVarType.kContinuous
    ] * parts
    links = csr_array(
        (np.full(parts, -1.0), np.arange(parts) + count, np.arange(parts + 1)),
        shape=(parts, count + parts),
    )
    wide = csr_array((cover.data, cover.indices, cover.indptr), shape=(parts, count + parts))
    matrix = csr_array(wide + links)
    lp.row_lower_, lp.row_upper_ = np.zeros(parts), np.full(parts, np.inf)
    rows = list(rules_as_rows(rules))
    if rows:
        own = constraint_of(rows, count + parts)
        matrix = csr_array(vstack([matrix, own.A]))
        lp.row_lower_ = np.concatenate([lp.row_lower_, own.lb])
        lp.row_upper_ = np.concatenate([lp.row_upper_, own.ub])
    lp.num_col_, lp.num_row_ = count + parts, matrix.shape[0]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    solver.passModel(lp)
    return solver


def _start_from(solver: highspy.Highs, pieces: _Pieces, begun: Choice, candidates: int) -> None:
    chosen = np.zeros(candidates)
    chosen[begun.sites] = 1.0
    covered = (pieces.by_candidate @ chosen > 0).astype(float)
    start = highspy.HighsSolution()
    start.col_value = np.concatenate([chosen, covered]).tolist()
    start.value_valid = True
    solver.setSolution(start)
