"""Forecasts of an index: always named, always told apart from what was published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from canopy.concessions.calendar.months import add_months
from canopy.concessions.indexation.series import IndexSeries, Measure
from canopy.concessions.rounding import EXACT
from canopy.errors import Refused

_YEAR = 12


@dataclass(frozen=True, slots=True)
class Scenario:
    """What prices are taken to do.

    Attributes:
        name: shown with every figure that rests on it.
        source: whose forecast it is, and of which date.
        change_by_year: 12-month change of the months of a calendar year; 0.02 is 2 %.
        afterwards: the change of every year after the last in `change_by_year`; None ends the
            scenario there.
    """

    name: str
    source: str
    change_by_year: Mapping[int, Decimal]
    afterwards: Decimal | None = None

    def change_in(self, year: int) -> Decimal:
        """Raises Refused where the scenario says nothing of a year."""
        if year in self.change_by_year:
            return self.change_by_year[year]
        if self.afterwards is not None and year > max(self.change_by_year, default=year - 1):
            return self.afterwards
        raise Refused(f"the scenario {self.name} has no change for {year}")


def continued(series: IndexSeries, scenario: Scenario, until: date) -> IndexSeries:
    """`series` with months up to `until` added: each 12 months' change is the scenario's.

    Raises Refused for a series that holds less than a year of index numbers, or that a scenario
    continues already.
    """
    if series.scenario is not None:
        raise Refused(f"{series.series_id} is continued by {series.scenario} already")
    if series.measure == "index" and len(series.values) < _YEAR:
        raise Refused(f"{series.series_id} needs 12 months to be continued from")
    values = list(series.values)
    month = add_months(series.last, 1)
    while month <= until:
        change = scenario.change_in(month.year)
        if series.measure == "index":
            values.append(EXACT.multiply(values[-_YEAR], 1 + change))
        else:
            values.append(EXACT.multiply(change, Decimal(100)))
        month = add_months(month, 1)
    return replace(
        series,
        values=tuple(values),
        scenario=scenario.name,
        source=f"{series.source}; then {scenario.name}: {scenario.source}",
    )


def assumed(scenario: Scenario, first: date, until: date, measure: Measure) -> IndexSeries:
    """A series that is nothing but a scenario, from 100 in the year before `first`.

    For plans of agreements that no published figure reaches yet.
    """
    change = scenario.change_in(first.year)
    if measure == "annual-rate":
        start = IndexSeries(
            scenario.name, measure, "", first, (EXACT.multiply(change, Decimal(100)),), 0,
            scenario.source,
        )  # fmt: skip
    else:
        year_before = add_months(first, -_YEAR)
        start = IndexSeries(
            scenario.name, measure, f"{year_before:%Y-%m}=100", year_before,
            (Decimal(100),) * _YEAR, 0, scenario.source,
        )  # fmt: skip
    return replace(continued(start, scenario, until), published=0, source=scenario.source)
