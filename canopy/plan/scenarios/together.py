"""One plan over several councils' catalogues: figures of each, and of the whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from canopy.plan.scenarios.comparing import compared
from canopy.plan.scenarios.computing import Result

ADDED = ("£", "m", "m²", "sites", "residents", "premises")
"""Units that are added up: shares and scores of councils are not."""


@dataclass(frozen=True, slots=True)
class TogetherFigure:
    """A figure of each council, in their order, and of all of them.

    `whole` is None for what is not added up, and where any of them is not known.
    """

    name: str
    unit: str
    values: tuple[float | None, ...]
    whole: float | None


def together(results: Sequence[Result]) -> list[TogetherFigure]:
    """The figures of one plan in several catalogues, in the order of the first that has each."""
    return [
        TogetherFigure(row.name, row.unit, row.values, _whole(row.unit, row.values))
        for row in compared(results)
    ]


def _whole(unit: str, values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    if unit not in ADDED or len(known) < len(values):
        return None
    return round(sum(known), 6)


def as_csv(councils: Sequence[str], rows: Sequence[TogetherFigure]) -> str:
    """A row for each figure, a column for each council, and one for the whole."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["figure", "unit", *councils, "whole"])
    for row in rows:
        cells = ("" if each is None else each for each in (*row.values, row.whole))
        writer.writerow([row.name, row.unit, *cells])
    return out.getvalue()
