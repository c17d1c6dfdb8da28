"""Ofcom's published mobile coverage by local authority, and how far ours is from it.

The Connected Nations mobile files have a row for each authority (`laua`, `laua_name`) and
columns such as ``4G_prem_out_0``: the service, what is counted (``prem`` premises, ``geo``
land area), where (``out`` outdoors, ``in`` indoors) and the number of operators that cover it.
Values are percentages. Headings have kept this form from 2018 to 2025 while services came and
went (``5G_high_confidence_prem_out_4``), so they are read by their form, not from a list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from canopy.coverage.demand.sources import csv_rows, opened, required_column, sha256_of
from canopy.coverage.notspots.figures import ALL_OPERATORS, FigureRow
from canopy.errors import BadSource, Refused

_HEADING = re.compile(r"(?P<service>.+)_(?P<counted>prem|geo)_(?P<place>in|out)_(?P<many>\d)")

_SUM_TOLERANCE = 1.0
"""How far the percentages of one service may be from 100: each is rounded to a hundredth."""


@dataclass(frozen=True, slots=True)
class MobileColumns:
    """Headings of the authority's code and name; the figures are found by their form."""

    code: tuple[str, ...] = ("laua", "laua_code", "lad_code")
    name: tuple[str, ...] = ("laua_name", "lad_name")


@dataclass(frozen=True, slots=True)
class MobileMeasure:
    """One service as Ofcom counts it: ("4G", "prem", "out")."""

    service: str
    counted: str
    place: str


@dataclass(frozen=True, slots=True)
class PublishedCoverage:
    """One authority's percentages.

    Attributes:
        area_id, area_name: GSS code and name.
        by_operators: for each measure, percentages by number of operators covering, 0 first;
            None where the file has no value.
        file, sha256: where it was read.
    """

    area_id: str
    area_name: str
    by_operators: Mapping[MobileMeasure, tuple[float | None, ...]]
    file: str
    sha256: str


def read_mobile_coverage(
    path: Path, area_id: str, columns: MobileColumns | None = None
) -> PublishedCoverage:
    """The row of the authority `area_id` in a Connected Nations mobile file.

    Raises BadSource when there is no such row or two, no heading of the published form, or a
    value that is no percentage; each names the row and the column.
    """
    named = columns or MobileColumns()
    with opened(path) as file:
        headings, rows = csv_rows(path, file)
        code_at = required_column(path, headings, named.code)
        name_at = required_column(path, headings, named.name)
        measures = _measures(path, headings)
        found = [row for row in rows if row.values[code_at].strip() == area_id]
    if len(found) != 1:
        raise BadSource(f"{path.name} has {len(found)} rows for {area_id}, where 1 is needed")
    row = found[0]
    figures = {
        measure: tuple(
            None if at is None else _percentage(path, row.line, headings[at], row.values[at])
            for at in places
        )
        for measure, places in measures.items()
    }
    name = row.values[name_at].strip()
    return PublishedCoverage(area_id, name, figures, path.name, sha256_of(path))


def _measures(path: Path, headings: list[str]) -> dict[MobileMeasure, list[int | None]]:
    found: dict[MobileMeasure, dict[int, int]] = {}
    for at, heading in enumerate(headings):
        match = _HEADING.fullmatch(heading)
        if match:
            key = MobileMeasure(match["service"], match["counted"], match["place"])
            if int(match["many"]) in found.setdefault(key, {}):
                raise BadSource(f"{path.name} has two columns {heading!r}")
            found[key][int(match["many"])] = at
    if not found:
        raise BadSource(
            f"{path.name} has no column such as '4G_prem_out_0'; it has: "
            + ", ".join(headings)[:400]
        )
    return {key: [at.get(many) for many in range(max(at) + 1)] for key, at in found.items()}


def _percentage(path: Path, line: int, heading: str, text: str) -> float | None:
    stripped = text.strip().rstrip("%")
    if not stripped:
        return None
    try:
        value = float(stripped)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 100:
        raise BadSource(
            f"{path.name}: row {line}: {heading} is {text!r}, where a percentage is expected"
        )
    return value


def _require_whole(file: str, measure: MobileMeasure, values: Sequence[float | None]) -> None:
    known = [value for value in values if value is not None]
    if len(known) == len(values) and abs(sum(known) - 100.0) > _SUM_TOLERANCE:
        raise BadSource(
            f"{file}: {measure.service} {measure.counted} {measure.place} adds up to "
            f"{sum(known):g} over the numbers of operators, not to 100 %"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One status: Ofcom's percentage, ours, and ours less Ofcom's in percentage points.

    Attributes:
        status: "total", "partial" or "full".
        published: None where the file has no value.
        ours: of the area's whole, what is unknown included, so a lower bound.
        ours_unknown: percentage of which we do not know whether it has this status.
        difference: `ours` less `published`; None where either is.
    """

    measure: MobileMeasure
    area_id: str
    status: str
    published: float | None
    ours: float | None
    ours_unknown: float | None
    difference: float | None


def compared(
    rows: Sequence[FigureRow], published: PublishedCoverage, measure: MobileMeasure, operators: int
) -> tuple[Comparison, ...]:
    """Our figures for an area beside Ofcom's for one measure.

    Parameters
    ----------
    rows : sequence of FigureRow
        Of one technology and place; those over all operators of the area are used.
    published : PublishedCoverage
        Of the same area.
    measure : MobileMeasure
        "prem" is compared with premises, "geo" with area.
    operators : int
        How many operators ours counts: it must be how many Ofcom's columns count.

    Raises
    ------
    BadSource
        When Ofcom's percentages do not add up to 100.
    """
    values = published.by_operators.get(measure)
    if values is None:
        raise Refused(f"{published.file} has no figures for {measure}")
    if len(values) != operators + 1:
        raise Refused(
            f"{published.file} counts {len(values) - 1} operators for {measure.service}, the run "
            f"{operators}: partial coverage is not the same thing in the two"
        )
    _require_whole(published.file, measure, values)
    ours = _ours(rows, published.area_id, measure)
    full, none = values[-1], values[0]
    some = None if None in values[1:-1] else sum(value or 0.0 for value in values[1:-1])
    return tuple(
        _comparison(measure, published.area_id, status, figure, ours)
        for status, figure in (("total", none), ("partial", some), ("full", full))
    )


_MAY_BE = {
    "total": ("unknown", "beyond"),
    "partial": ("unknown", "at-least-one", "beyond"),
    "full": ("unknown", "at-least-one", "beyond"),
}


def _ours(
    rows: Sequence[FigureRow], area_id: str, measure: MobileMeasure
) -> dict[str, float | None]:
    chosen = [row for row in rows if row.area_id == area_id and row.operator == ALL_OPERATORS]
    if not chosen or len({(row.technology, row.place) for row in chosen}) != 1:
        raise Refused(f"figures of one technology and place are needed for the area {area_id}")
    share = "premises_share" if measure.counted == "prem" else "area_share"
    return {row.status: getattr(row, share) for row in chosen}


def _comparison(
    measure: MobileMeasure,
    area_id: str,
    status: str,
    published: float | None,
    ours: Mapping[str, float | None],
) -> Comparison:
    share = ours.get(status)
    if share is None:
        return Comparison(measure, area_id, status, published, None, None, None)
    unknown = 100.0 * sum(ours.get(word) or 0.0 for word in _MAY_BE[status])
    difference = None if published is None else 100.0 * share - published
    return Comparison(measure, area_id, status, published, 100.0 * share, unknown, difference)
