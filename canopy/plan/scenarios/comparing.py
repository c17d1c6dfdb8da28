"""Scenarios side by side, the do-minimum first."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from canopy.plan.scenarios.computing import Result
from canopy.plan.scenarios.figures import Figure


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """One figure over all scenarios.

    Attributes:
        values: in the order of the scenarios; None where not known or not there.
        changes: from the first scenario to each; None where either is not known.
    """

    name: str
    unit: str
    values: tuple[float | None, ...]
    changes: tuple[float | None, ...]


def compared(results: Sequence[Result]) -> list[ComparedFigure]:
    """Every figure that any of the results has, in the order of the first that has it."""
    names = dict.fromkeys(each.name for result in results for each in result.figures)
    known = [{each.name: each for each in result.figures} for result in results]
    return [_row(name, known) for name in names]


def _row(name: str, known: Sequence[Mapping[str, Figure]]) -> ComparedFigure:
    found = [each.get(name) for each in known]
    values = tuple(None if each is None else each.value for each in found)
    unit = next(each.unit for each in found if each is not None)
    first = values[0]
    changes = tuple(
        None if first is None or each is None else round(each - first, 6) for each in values
    )
    return ComparedFigure(name, unit, values, changes)


def as_csv(results: Sequence[Result]) -> str:
    """A row for each figure, two columns for each scenario."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    labels = [result.kept.label for result in results]
    writer.writerow(
        ["figure", "unit", *labels, *(f"{each} less {labels[0]}" for each in labels[1:])]
    )
    for row in compared(results):
        cells = [*row.values, *row.changes[1:]]
        writer.writerow([row.name, row.unit, *("" if each is None else each for each in cells)])
    return out.getvalue()
