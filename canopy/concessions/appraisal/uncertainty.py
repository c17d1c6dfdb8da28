"""Agreements as a simulation takes them: what is certain, and what hangs on take-up and price.

Rents, wayleaves and one-off amounts are certain; fees for each node, duct metre or unit, power,
roll-out payments and shares hang on take-up and price, and so do the council's costs of that
kind. A guarantee is the least of the charges that it counts, in every draw and year: what of
them is drawn is topped up anew. Charges that it does not count are drawn beside it. Several
guarantees of an agreement are one minimum, and what is recouped of earlier top-ups is taken as
planned: `simplified` tells where. Amounts are real, by the year that they are for.

Inflation is drawn too, around the path that the schedule was made by. Income that follows an
index keeps its worth within the cap and collar of its rule; a fixed rate and what follows
nothing lose or gain by it. Between reviews a rule is taken as if it worked every year, and an
agreement with several rules as if all followed the one that moves most money. Shares of turnover,
power and costs are taken to rise with prices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.appraisal.following import Following
from canopy.concessions.appraisal.hanging import counted, guarantees_of
from canopy.concessions.appraisal.hanging import drawn as drawn_of
from canopy.concessions.appraisal.indices import changes_of
from canopy.concessions.appraisal.value import PRICE_LAG_MONTHS, price_months
from canopy.concessions.calendar.months import add_months
from canopy.concessions.indexation.series import IndexName, IndexSeries
from canopy.concessions.montecarlo.assumed import Assumed
from canopy.concessions.montecarlo.portfolio import (
    Bounds,
    Inflation,
    Portfolio,
    Uncertain,
)
from canopy.concessions.schedule.figures import Figures
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.settled import came_to, minimum_pence
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.valuation.discounting import GREEN_BOOK, RealDiscount, Timing
from canopy.errors import Refused

Floats = NDArray[np.float64]


COUNTED_BY = (
    "Amounts count in the year that they are for, as guarantees are reckoned; `value` counts them "
    "in the year that they fall due, and so may tell another present value."
)


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
    prices = (deflator, price_lag_months)
    rules: dict[str, Bounds] = {}
    agreements = tuple(
        _uncertain(each, first_day, years, assumed, prices, rules) for each in planned
    )
    return Portfolio(
        agreements=agreements,
        years=years,
        discount=discount,
        timing=timing,
        inflation=Inflation(
            0.0,
            assumed.inflation.deviation,
            assumed.inflation.persistence,
            assumed.inflation.source,
            _path(planned, first_day, years, prices),
        ),
        loadings={"take-up": assumed.market, "fee": assumed.market},
        indexations=rules,
    )


def _path(
    planned: Sequence[Planned], first_day: date, years: int, prices: tuple[IndexName, int]
) -> tuple[float, ...]:
    """Inflation into years 2, 3, … by which the longest agreement was planned."""
    longest = max(planned, key=_last_day)
    level = _levels(longest.indices, prices, first_day, _lasts(longest, first_day, years))
    path = level[1:] / level[:-1] - 1
    return tuple(path.tolist()) or (0.0,)


def _lasts(planned: Planned, first_day: date, years: int) -> int:
    return min(years, max(1, _year(_last_day(planned), first_day) + 1))


def _uncertain(
    planned: Planned,
    first_day: date,
    years: int,
    assumed: Assumed,
    prices: tuple[IndexName, int],
    rules: dict[str, Bounds],
) -> Uncertain:
    agreement = planned.agreement
    lasts = _lasts(planned, first_day, years)
    level = np.full(years, np.nan)
    level[:lasts] = _levels(planned.indices, prices, first_day, lasts)
    level[lasts:] = level[lasts - 1]  # nothing is for these years
    drawn, beside = drawn_of(agreement), _beside(agreement)
    sums = {name: np.zeros(years) for name in _PARTS}
    follow = Following(agreement, rules)
    for line in planned.lines:
        year = _year(line.first, first_day)
        if 0 <= year < years:
            part = _part(line, drawn, beside)
            if part == "certain" and line.side == "income":
                part = follow.part(line)
            elif part in ("hanging", "beside"):
                follow.weigh(line, part)
            sums[part][year] += _signed(line)
    real = {name: each / 100 / level for name, each in sums.items()}
    return Uncertain(
        ref=agreement.ref,
        planned=tuple(real["hanging"]),
        beside=tuple(real["beside"]),
        fee=assumed.price.distribution(),
        take_up=assumed.take_up.distribution(),
        churn=assumed.churn.distribution(),
        capital=assumed.capital.distribution(),
        capital_gbp=tuple(-real["capital"]),
        least_gbp=tuple(_least(planned, first_day, years) / level),
        certain_gbp=tuple(real["certain"]),
        scaling_gbp=tuple(-real["scaling"]),
        indexation=follow.most("hanging"),
        indexed_gbp=tuple(real["indexed"]),
        unindexed_gbp=tuple(real["unindexed"]),
        certain_indexation=follow.most("certain"),
        beside_indexation=follow.most("beside"),
    )


_PARTS = ("hanging", "beside", "scaling", "certain", "capital", "indexed", "unindexed")


def _last_day(planned: Planned) -> date:
    """The last day that anything is for."""
    return max([planned.agreement.term.end, *(line.first for line in planned.lines)])


def _beside(agreement: Agreement) -> frozenset[str]:
    """Charges that a guarantee is beside and does not count; none where there is no guarantee."""
    if not guarantees_of(agreement):
        return frozenset()
    return frozenset(each.name for each in agreement.charges) - counted(agreement)


def _part(line: Line, drawn: frozenset[tuple[str, str]], beside: frozenset[str]) -> str:
    if line.account == "capital" and line.side == "cost":
        return "capital"
    if (line.side, line.charge) not in drawn:
        return "certain"
    if line.side == "cost":
        return "scaling"
    return "beside" if line.charge in beside else "hanging"


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
    """What is guaranteed by year [GBP] of what is drawn: a rent that counts fills it first.

    Of the contract year that most of the year lies in.
    """
    found = np.zeros(years)
    agreement = planned.agreement
    guarantees = guarantees_of(agreement)
    if not guarantees:
        return found
    figures = Figures(agreement, dict(planned.indices))
    drawn, names = drawn_of(agreement), counted(agreement)
    certain = [
        each
        for each in agreement.charges
        if each.name in names and ("income", each.name) not in drawn
    ]
    for number, (first, _) in enumerate(agreement.term.years(), 1):
        year = _year(add_months(first, 6), first_day)
        if 0 <= year < years:
            minimum = sum(minimum_pence(each, number, figures) for each in guarantees)
            filled = sum(came_to(each, number, figures) for each in certain)
            found[year] = max(0, minimum - filled) / 100
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
