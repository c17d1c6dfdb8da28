"""Agreements as a simulation takes them: what is certain, and what hangs on take-up and price.

Rents, wayleaves and one-off amounts are certain; fees for each node, duct metre or unit, power,
roll-out payments and shares hang on take-up and price, and so do the council's costs of that
kind. A guarantee is the least of the charges that it counts; a charge beside it that it does
not count is taken as planned. Amounts are real, by the year that they are for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.appraisal.indices import changes_of
from canopy.concessions.appraisal.value import PRICE_LAG_MONTHS, price_months
from canopy.concessions.calendar.months import add_months
from canopy.concessions.indexation.series import IndexName, IndexSeries
from canopy.concessions.montecarlo.assumed import Assumed
from canopy.concessions.montecarlo.portfolio import Inflation, Portfolio, Uncertain
from canopy.concessions.schedule.figures import Figures
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.settled import minimum_pence
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import (
    DuctRent,
    Guarantee,
    PerUnit,
    Power,
    RevenueShare,
    RollOut,
    SharingUplift,
)
from canopy.concessions.valuation.discounting import GREEN_BOOK, RealDiscount, Timing
from canopy.errors import Refused

Floats = NDArray[np.float64]
HANGING = (PerUnit, DuctRent, Power, SharingUplift, RollOut, RevenueShare)
NOT_DRAWN = Inflation(0.0, 0.0, 0.0, "prices as in the scenario")


@dataclass(frozen=True, slots=True)
class Planned:
    """An agreement to be simulated, with its schedule and the series that it was made by."""

    agreement: Agreement
    lines: Sequence[Line]
    indices: Mapping[IndexName, IndexSeries]


def portfolio_of(
    planned: Sequence[Planned],
    first_day: date,
    years: int,
    assumed: Assumed,
    deflator: IndexName = "cpi",
    discount: RealDiscount = GREEN_BOOK,
    timing: Timing = "middle",
    price_lag_months: int = PRICE_LAG_MONTHS,
) -> Portfolio:
    """What is drawn together: `years` from `first_day` on, in prices of the first of them.

    Raises Refused where prices are not known that far.
    """
    if not planned:
        raise Refused("there is no agreement to simulate")
    return Portfolio(
        agreements=tuple(
            _uncertain(each, first_day, years, assumed, (deflator, price_lag_months))
            for each in planned
        ),
        years=years,
        discount=discount,
        timing=timing,
        inflation=NOT_DRAWN,
        loadings={"take-up": assumed.market, "fee": assumed.market},
    )


def _uncertain(
    planned: Planned,
    first_day: date,
    years: int,
    assumed: Assumed,
    prices: tuple[IndexName, int],
) -> Uncertain:
    agreement = planned.agreement
    lasts = min(years, max(1, _year(_last_day(planned), first_day) + 1))
    level = np.full(years, np.nan)
    level[:lasts] = _levels(planned.indices, prices, first_day, lasts)
    level[lasts:] = level[lasts - 1]  # nothing is for these years
    drawn = _drawn(agreement)
    sums = {name: np.zeros(years) for name in ("hanging", "scaling", "certain", "capital")}
    for line in planned.lines:
        year = _year(line.first, first_day)
        if 0 <= year < years:
            sums[_part(line, drawn)][year] += _signed(line)
    real = {name: each / 100 / level for name, each in sums.items()}
    income = float(real["hanging"].sum())
    per_node = -float(real["scaling"].sum()) / income if income > 0 else 0.0
    # What costs that scale are in a year beside the same part of income, so that the base holds.
    rest = real["scaling"] + per_node * real["hanging"]
    return Uncertain(
        ref=agreement.ref,
        planned=tuple(real["hanging"]),
        fee=assumed.price.distribution(),
        take_up=assumed.take_up.distribution(),
        churn=assumed.churn.distribution(),
        capital=assumed.capital.distribution(),
        capital_gbp=tuple(-real["capital"]),
        least_gbp=tuple(_least(planned, first_day, years) / level),
        certain_gbp=tuple(real["certain"] + rest),
        cost_per_node_gbp=per_node,
    )


def _last_day(planned: Planned) -> date:
    """The last day that anything is for."""
    return max([planned.agreement.term.end, *(line.first for line in planned.lines)])


def _drawn(agreement: Agreement) -> frozenset[tuple[str, str]]:
    """Side and name of what hangs on take-up; beside a guarantee, of what it counts alone."""
    guarantees = [each for each in agreement.charges if isinstance(each, Guarantee)]
    counted = {name for each in guarantees for name in each.counts}
    income = [
        each
        for each in agreement.charges
        if isinstance(each, HANGING) and (not guarantees or each.name in counted)
    ]
    # Power goes in and out together: where its recharge is taken as planned, so is its cost.
    is_power_drawn = any(isinstance(each, Power) for each in income)
    costs = [
        each
        for each in agreement.costs
        if isinstance(each, PerUnit) or (isinstance(each, Power) and is_power_drawn)
    ]
    return frozenset(
        {("income", each.name) for each in income} | {("cost", each.name) for each in costs}
    )


def _part(line: Line, drawn: frozenset[tuple[str, str]]) -> str:
    if line.account == "capital" and line.side == "cost":
        return "capital"
    if (line.side, line.charge) not in drawn:
        return "certain"
    return "hanging" if line.side == "income" else "scaling"


def _signed(line: Line) -> int:
    """Of top-ups nothing is taken: the simulation makes them anew from the guarantee."""
    if line.what == "top-up":
        return 0
    return -line.net_pence if line.side == "cost" else line.net_pence


def _year(day: date, first_day: date) -> int:
    """The year from `first_day` on that a day lies in, 0 for the first; negative before."""
    year = day.year - first_day.year
    return year - (add_months(first_day, 12 * year) > day)


def _least(planned: Planned, first_day: date, years: int) -> Floats:
    """What is guaranteed by year [GBP]: of the contract year that most of the year lies in."""
    found = np.zeros(years)
    figures = Figures(planned.agreement, dict(planned.indices))
    guarantees = [each for each in planned.agreement.charges if isinstance(each, Guarantee)]
    if not guarantees:
        return found
    for number, (first, _) in enumerate(planned.agreement.term.years(), 1):
        year = _year(add_months(first, 6), first_day)
        if 0 <= year < years:
            found[year] = sum(minimum_pence(each, number, figures) for each in guarantees) / 100
    return found


def _levels(
    indices: Mapping[IndexName, IndexSeries],
    prices: tuple[IndexName, int],
    first_day: date,
    years: int,
) -> Floats:
    """Of the index of `prices`, whose second is the lag in months."""
    deflator, lag = prices
    if deflator not in indices:
        raise Refused(f"prices are not known: no series of {deflator} and no scenario was given")
    months = price_months(first_day, years, lag)
    return np.concatenate([[1.0], np.cumprod(1 + np.array(changes_of(indices[deflator], months)))])
