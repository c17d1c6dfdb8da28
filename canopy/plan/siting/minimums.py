"""Rules as a small programme of whole numbers: whether any choice keeps to them, and which clash.

It knows the sites alone, not what they cover, so it is solved at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from canopy.coverage.compiled import ONE_AT_A_TIME
from canopy.errors import CanopyError, LimitExceeded
from canopy.plan.siting.greedy_kernel import Sets, gains_of_all
from canopy.plan.siting.rules import Minimum, Rules
from canopy.plan.siting.sets import CoverageSets
from canopy.plan.siting.spacing import near_pairs

Floats = NDArray[np.float64]
LONGEST_S = 20.0
MOST_SOLVED_PAIRS = 300_000


class Conflicting(CanopyError):
    """No choice of sites can keep to all rules; `rules` names a set of them that clash."""

    kind, status, title = "siting-conflict", 409, "The rules of the choice contradict each other"


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One rule as ``low <= terms . chosen <= high``."""

    name: str
    columns: NDArray[np.int64]
    terms: Floats
    low: float
    high: float


def unmet(rules: Rules, chosen: NDArray[np.int32]) -> tuple[Minimum, ...]:
    """The minimums that a choice misses."""
    return tuple(
        each for each in rules.minimums if np.count_nonzero(each.members[chosen]) < each.sites
    )


def meeting_minimums(sets: CoverageSets, weights: Floats, rules: Rules) -> NDArray[np.int32]:
    """Sites that meet required ones and minimums within the rules, and cover much by themselves.

    Raises Conflicting where there are none, with the rules that clash: leave any one of them
    out, and the others can be kept.
    """
    gains = np.empty(sets.count)
    none = np.empty(0, np.float32) if sets.chance is None else sets.chance
    with ONE_AT_A_TIME:
        gains_of_all(Sets(sets.starts, sets.cells, none), weights, gains)
    rows = list(rules_as_rows(rules))
    # Few sites first: each chosen one counts more than all that it could cover.
    found = _solved(rules, rows, gains / (gains.sum() + 1.0) - 1.0)
    if found is None:
        clashing = _clashing(rules, rows)
        raise Conflicting(
            "No choice of sites keeps to all of these rules together: "
            + "; ".join(clashing)
            + ". Change one of them.",
            rules=clashing,
        )
    return found


def rules_as_rows(rules: Rules) -> Iterator[Row]:
    """Every rule, by the name a reader knows."""
    every = np.arange(rules.candidates)
    ones = np.ones(rules.candidates)
    if rules.sites is not None:
        yield Row(f"at most {rules.sites:,} sites", every, ones, 0, rules.sites)
    if rules.budget_pence is not None:
        yield Row(
            f"a budget of £{rules.budget_pence / 100:,.2f}",
            every, rules.costs().astype(float), 0, rules.budget_pence,
        )  # fmt: skip
    for number in rules.required:
        yield Row(f"{rules.name_of(number)} is required", np.array([number]), np.ones(1), 1, 1)
    for number in rules.forbidden:
        yield Row(f"{rules.name_of(number)} is forbidden", np.array([number]), np.ones(1), 0, 0)
    for each in rules.minimums:
        members = np.flatnonzero(each.members)
        yield Row(
            f"at least {each.sites:,} of {each.name}, which has {members.size:,}",
            members, np.ones(members.size), each.sites, np.inf,
        )  # fmt: skip
    if rules.spacing is not None:
        pairs = near_pairs(rules.spacing)
        if len(pairs) > MOST_SOLVED_PAIRS:
            raise LimitExceeded(
                f"a solver is given {MOST_SOLVED_PAIRS:,} pairs of candidates, and {len(pairs):,} "
                f"stand nearer than {rules.spacing.least_m:g} m: take fewer candidates"
            )
        for first, second in pairs:
            yield Row(_spaced(rules), np.array([first, second]), np.ones(2), 0, 1)


def _spaced(rules: Rules) -> str:
    assert rules.spacing is not None
    return f"no two sites nearer than {rules.spacing.least_m:g} m"


def constraint_of(rows: Sequence[Row], columns: int) -> LinearConstraint:
    """The rows as one sparse constraint."""
    sizes = [row.columns.size for row in rows]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    matrix = csr_array(
        (
            np.concatenate([row.terms for row in rows]),
            np.concatenate([row.columns for row in rows]),
            starts,
        ),
        shape=(len(rows), columns),
    )
    return LinearConstraint(
        matrix, np.array([row.low for row in rows]), np.array([row.high for row in rows])
    )


def _solved(rules: Rules, rows: Sequence[Row], worth: Floats) -> NDArray[np.int32] | None:
    """The sites of greatest worth that keep to the rows; None where there are none."""
    if not rows:
        return np.empty(0, np.int32)
    found = milp(
        -worth,
        integrality=np.ones(rules.candidates),
        bounds=Bounds(0, 1),
        constraints=constraint_of(rows, rules.candidates),
        options={"time_limit": LONGEST_S, "mip_rel_gap": 0.0 if len(rows) < 1000 else 1e-3},
    )
    return None if found.x is None else np.flatnonzero(found.x > 0.5).astype(np.int32)


def _clashing(rules: Rules, rows: Sequence[Row]) -> list[str]:
    """Names of a set of rules that clash, from which none can be left out."""
    names = list(dict.fromkeys(row.name for row in rows))
    nothing = np.zeros(rules.candidates)
    for name in tuple(names):
        kept = [row for row in rows if row.name in names and row.name != name]
        if _solved(rules, kept, nothing) is None:
            names.remove(name)
    return names
