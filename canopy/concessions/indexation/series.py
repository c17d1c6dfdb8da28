"""Monthly series of a price index, as published or continued by a scenario.

A series has every month from its first to its last; it cannot be made with a gap. Index
numbers of two bases are never mixed: each reading says which series and base it is of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from canopy.concessions.calendar.months import add_months
from canopy.concessions.fields import month_of
from canopy.errors import Refused

IndexName = Literal["cpi", "cpih", "rpi"]
Measure = Literal["index", "annual-rate"]

SERIES_IDS: dict[IndexName, tuple[str, str]] = {
    "cpi": ("D7BT", "D7G7"),
    "cpih": ("L522", "L55O"),
    "rpi": ("CHAW", "CZBH"),
}
"""ONS identifiers (CDID, dataset MM23) of the index and of its published 12-month rate."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure that a charge was indexed by, to be kept with the charge.

    Attributes:
        value: an index number, or a 12-month rate [%].
        scenario: the name of the scenario it comes from; None for a published figure.
    """

    series_id: str
    base: str
    month: date
    value: Decimal
    scenario: str | None


@dataclass(frozen=True, slots=True)
class IndexSeries:
    """Figures of consecutive months.

    Attributes:
        measure: index numbers, or published rates of 12 months [%].
        base: of the index, such as "2015=100"; empty for rates.
        first: the first of the first month.
        published: how many of `values` are published; those after them are of `scenario`.
        source: file, edition and date, or whoever stands behind the figures.
    """

    series_id: str
    measure: Measure
    base: str
    first: date
    values: tuple[Decimal, ...]
    published: int
    source: str
    scenario: str | None = None

    @property
    def last(self) -> date:
        """The first of the last month."""
        return add_months(self.first, len(self.values) - 1)

    @property
    def last_published(self) -> date:
        return add_months(self.first, self.published - 1)

    def at(self, month: date) -> Reading:
        """The figure of a month. Raises Refused where the series does not reach."""
        offset = _months_apart(self.first, month)
        if not 0 <= offset < len(self.values):
            raise Refused(
                f"{self.series_id} has no figure for {month:%B %Y}: it runs from "
                f"{self.first:%B %Y} to {self.last:%B %Y}. Load a newer file, or continue it by a "
                "scenario",
                series=self.series_id,
            )
        scenario = None if offset < self.published else self.scenario
        return Reading(self.series_id, self.base, month_of(month), self.values[offset], scenario)


def series_of_months(
    series_id: str, measure: Measure, base: str, values: Mapping[date, Decimal], source: str
) -> IndexSeries:
    """A published series from figures by month (the first of each).

    Raises Refused, naming the first gap, where a month between the first and last is missing,
    where there is no figure at all, and where an index number is not above zero.
    """
    if not values:
        raise Refused(f"{series_id} has no monthly figure", series=series_id)
    first, last = min(values), max(values)
    months = [add_months(first, at) for at in range(_months_apart(first, last) + 1)]
    missing = [month for month in months if month not in values]
    if missing:
        raise Refused(
            f"{series_id} has no figure for {missing[0]:%B %Y}"
            + (f" and {len(missing) - 1} other months" if len(missing) > 1 else "")
            + ": a series is taken whole or not at all",
            series=series_id,
        )
    if measure == "index" and min(values.values()) <= 0:
        raise Refused(f"{series_id} has an index number that is not above zero", series=series_id)
    kept = tuple(values[month] for month in months)
    return IndexSeries(series_id, measure, base, first, kept, len(kept), source)


def _months_apart(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month
