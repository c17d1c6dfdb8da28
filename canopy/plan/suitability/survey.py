"""What to find out first: the unknown facts of assets that could move the ranking most.

For each asset and each fact that a surveyor can find out and that is not known of it, its score
is taken with that fact at its worst and at its best, all else as it is. How many places lie
between the two ranks is what the fact moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.assets.kinds import COMMON_FIELDS, Kind, attribute_fields
from canopy.plan.suitability.explaining import Line, lines
from canopy.plan.suitability.fact_names import FACTS
from canopy.plan.suitability.facts import Bools, Floats
from canopy.plan.suitability.scoring import Scored

ELSEWHERE = {
    "designations": "load areas of the designations, or name them in none_here of the rules",
    "demand": "name a file of demand in the rules",
    "held": "put agreements in the register, or encumbrances on the asset",
    "lead_in_m": "import ducts and fibre routes",
    "fibre_m": "import ducts and fibre routes, or state the distance",
    "cost_gbp": "give the technology's cost an amount for this kind, and import ducts",
}
"""How facts become known that no visit to the asset tells."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that is not known of an asset.

    Attributes:
        moves: places in the ranking that lie between its worst and its best.
        worst, best: scores of the asset with each.
        fields: of the catalogue, by which it becomes known for this kind of asset.
    """

    line: Line
    fact: str
    moves: int
    worst: float
    best: float
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FactGap:
    """A fact over all assets.

    Attributes:
        assets: of which it is not known and asked.
        moves: places it moves, of all of them together.
        found_by: fields to fill in, or what else to do.
    """

    fact: str
    text: str
    assets: int
    moves: int
    found_by: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What to find out, the most telling first.

    Attributes:
        gaps: of single assets, which a visit can fill.
        facts: all facts, also those that are found out elsewhere.
        left_out: gaps beyond the most that were asked for.
    """

    gaps: tuple[Gap, ...]
    facts: tuple[FactGap, ...]
    left_out: int


def survey(scored: Scored, most: int) -> Survey:
    """The `most` gaps that move the ranking most; equal ones by rank, then by fact.

    An asset that is unsuitable whatever is found out is left out.
    """
    places = np.empty(len(scored), np.intp)
    places[scored.order] = np.arange(len(scored))
    worth = scored.highest >= scored.technology.possible_from
    ranked = np.sort(scored.score)
    tables = []
    summaries = []
    for number, fact in enumerate(dict.fromkeys(rule.fact for rule in scored.technology.rules)):
        open_rows, worst, best = _span(scored, fact)
        moves = _moves(ranked, worst, best)
        open_rows &= worth
        summaries.append(_summary(fact, open_rows, moves))
        rows = np.flatnonzero(open_rows)
        table = np.stack([-moves[rows], places[rows], np.full(rows.size, number), rows], axis=1)
        tables.append((fact, table, worst, best))
    gaps, left_out = _first(scored, tables, places, most)
    told = tuple(sorted(filter(lambda each: each.assets, summaries), key=lambda e: -e.moves))
    return Survey(gaps, told, left_out)


def _first(
    scored: Scored,
    tables: list[tuple[str, NDArray[np.intp], Floats, Floats]],
    places: NDArray[np.intp],
    most: int,
) -> tuple[tuple[Gap, ...], int]:
    by_visit = [(n, *each) for n, each in enumerate(tables) if _by_visit(each[0])]
    every = (
        np.concatenate([table for _, _, table, _, _ in by_visit])
        if by_visit
        else np.empty((0, 4), np.intp)
    )
    kinds = scored.facts.assets.kind
    fields = {
        (number, kind): fields_of(tables[number][0], kind)
        for number, *_ in by_visit
        for kind in set(kinds)
    }
    fillable = np.array(
        [bool(fields[int(n), kinds[scored.at[row]]]) for _, _, n, row in every], np.bool_
    )
    every = every[fillable] if every.size else every
    every = every[np.lexsort((every[:, 2], every[:, 1], every[:, 0]))]
    gaps = []
    for moved, place, number, row in every[:most].tolist():
        fact, _, worst, best = tables[number]
        line = lines(scored, [int(place)])[0]
        gaps.append(
            Gap(
                line, fact, -int(moved), round(float(worst[row]), 2), round(float(best[row]), 2),
                fields[number, line.kind],
            )
        )  # fmt: skip
    return tuple(gaps), max(0, len(every) - most)


def _by_visit(fact: str) -> bool:
    """Whether fields of the catalogue tell a fact."""
    return bool(FACTS[fact].fields) if fact in FACTS else False


def fields_of(fact: str, kind: str) -> tuple[str, ...]:
    """The fields that tell a fact and that a kind of asset has."""
    spec = FACTS.get(fact)
    if spec is None:
        return ()
    known = {*COMMON_FIELDS, *attribute_fields(Kind(kind))}
    return tuple(each for each in spec.fields if each in known)


def _span(scored: Scored, fact: str) -> tuple[Bools, Floats, Floats]:
    """Of which assets a fact is asked and not known, and their scores at its worst and best."""
    technology = scored.technology
    hard = len(technology.hard)
    of_fact = np.array([rule.fact == fact for rule in technology.rules])
    unknown = scored.asked & np.isnan(scored.earned) & of_fact[:, None]
    gain = (scored.weights() * unknown * 100.0).sum(axis=0)
    worst = np.where(unknown[:hard].any(axis=0), 0.0, scored.score)
    return unknown.any(axis=0), worst, scored.score + gain


def _moves(ranked: Floats, worst: Floats, best: Floats) -> NDArray[np.intp]:
    """Places between two scores in the rising scores of all."""
    low = np.searchsorted(ranked, worst, side="left")
    high = np.searchsorted(ranked, best, side="right")
    between: NDArray[np.intp] = np.maximum(high - low - 1, 0)  # less the asset itself
    return between


def _summary(fact: str, rows: Bools, moves: NDArray[np.intp]) -> FactGap:
    spec = FACTS.get(fact)
    fields = spec.fields if spec else ()
    found_by = ELSEWHERE.get(fact) or f"fill in {' and '.join(fields)}"
    text = spec.text if spec else "Exclusion zone"
    return FactGap(fact, text, int(rows.sum()), int(moves[rows].sum()), found_by)
