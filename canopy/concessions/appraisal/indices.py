"""The index series that a valuation needs: published files, and a scenario after them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from canopy.concessions.calendar.months import add_months
from canopy.concessions.fields import month_of
from canopy.concessions.indexation.scenarios import Scenario, assumed, continued
from canopy.concessions.indexation.series import SERIES_IDS, IndexName, IndexSeries
from canopy.concessions.terms.agreement import Agreement
from canopy.errors import Refused


def indices_for(
    agreement: Agreement,
    published: Sequence[IndexSeries],
    scenario: Scenario | None,
    deflator: IndexName,
) -> dict[IndexName, IndexSeries]:
    """Series by index, each continued by the scenario until the term ends.

    An index that the agreement follows, or that prices are deflated by, and that no file is
    given of, is nothing but the scenario: 12-month rates from its first year on. Raises Refused
    for a file of another series and for two of one index.
    """
    found = _named(published)
    if scenario is None:
        return found
    end = month_of(agreement.term.end)
    known = {
        name: continued(series, scenario, end) if series.last < end else series
        for name, series in found.items()
    }
    first = month_of(agreement.term.start)
    if scenario.change_by_year:
        first = date(min(scenario.change_by_year), 1, 1)
    for name in sorted({*_followed(agreement), deflator} - set(known)):
        known[name] = assumed(scenario, first, end, "annual-rate")
    return known


def _named(published: Iterable[IndexSeries]) -> dict[IndexName, IndexSeries]:
    found: dict[IndexName, IndexSeries] = {}
    for series in published:
        name = next((each for each, ids in SERIES_IDS.items() if series.series_id in ids), None)
        if name is None:
            known = ", ".join(f"{each} {' or '.join(ids)}" for each, ids in SERIES_IDS.items())
            raise Refused(f"{series.series_id} is none of the series that are known: {known}")
        if name in found:
            raise Refused(f"two files are of {name}: {found[name].series_id}, {series.series_id}")
        found[name] = series
    return found


def _followed(agreement: Agreement) -> set[IndexName]:
    return {name for rule in agreement.index_rules for name in rule.follows}


def changes_of(series: IndexSeries, months: Sequence[date]) -> list[float]:
    """The change over the 12 months that end in each of `months`, as fractions.

    Raises Refused where the series does not reach.
    """
    if series.measure == "annual-rate":
        return [float(series.at(month).value) / 100 for month in months]
    return [
        float(series.at(month).value / series.at(add_months(month, -12)).value) - 1
        for month in months
    ]
