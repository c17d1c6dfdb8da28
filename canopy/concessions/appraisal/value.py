"""Schedule, yearly totals, present values, rate of return and cover of one agreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from canopy.concessions.appraisal.indices import changes_of
from canopy.concessions.appraisal.telling import assumptions, meter_sources, metering_told, sources
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.fields import month_of
from canopy.concessions.indexation.series import IndexName, IndexSeries
from canopy.concessions.schedule.deposits import DepositMovement, deposit_movements
from canopy.concessions.schedule.figures import NO_METERS, Figures, Meters
from canopy.concessions.schedule.lines import Line, YearTotal, by_financial_year
from canopy.concessions.schedule.metered import MeteredPeriod, metered_periods
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.schedule.settled import minimum_pence
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Account, Guarantee, MeteredPower
from canopy.concessions.valuation.discounting import (
    GREEN_BOOK,
    NominalDiscount,
    RealDiscount,
    Timing,
    npv,
)
from canopy.concessions.valuation.flows import (
    NominalFlows,
    PriceLevels,
    by_due_year,
    deflated,
    price_levels,
)
from canopy.concessions.valuation.returns import COVER_WARNING, Irr, guarantee_cover, irr
from canopy.errors import Refused

PRICE_LAG_MONTHS = 2
"""How many months before a year the index figure is of that its prices are taken from.

The ONS publishes a month's consumer prices in the third or fourth week of the next: those of
February 2021 on 24 March, of March 2021 on 21 April ("Consumer price inflation, UK", release
dates). So the latest figure that is out on the first of a month is that of two months before.
"""
MAX_PRICE_LAG_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Basis:
    """How a schedule is valued.

    Attributes:
        real: rates for amounts in the prices of year 1.
        nominal: rates for amounts of each year's own money; a Green Book rate is none of them.
        deflator: the index that prices are taken from.
        price_lag_months: a year's prices are those of the index figure of so many months before
            the month that it begins in, 0 to 12.
        timing: when in a year its amounts are taken to fall.
        from_day, last_day: only what falls due between them, both counted; the whole schedule
            where not given. Years are counted from `from_day`, or from the start of the term:
            what falls due before it, such as a first rent on the working day before, is of year 1.
    """

    real: RealDiscount = GREEN_BOOK
    nominal: NominalDiscount | None = None
    deflator: IndexName = "cpi"
    timing: Timing = "middle"
    from_day: date | None = None
    last_day: date | None = None
    price_lag_months: int = PRICE_LAG_MONTHS

    def __post_init__(self) -> None:
        if not 0 <= self.price_lag_months <= MAX_PRICE_LAG_MONTHS:
            raise Refused(
                f"price_lag_months is {self.price_lag_months}, outside 0 to {MAX_PRICE_LAG_MONTHS}"
            )


@dataclass(frozen=True, slots=True)
class Worth:
    """A present value [p], or why there is none."""

    pence: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class ValuedYear:
    """A year of the valuation.

    Attributes:
        number: 1 for the first.
        income_pence, cost_pence: that fall due in it, without VAT [p].
        price_level: 1.0 in year 1; None where prices are not known.
    """

    number: int
    first: date
    last: date
    income_pence: int
    cost_pence: int
    price_level: float | None


@dataclass(frozen=True, slots=True)
class CoveredYear:
    """The guaranteed minimum of a contract year beside its costs [p]; `ratio` None: no cost."""

    number: int
    first: date
    guaranteed_pence: int
    cost_pence: int
    ratio: float | None
    flagged: bool


@dataclass(frozen=True, slots=True)
class Valuation:
    """All that is told of one agreement; `assumptions` and `sources` belong to every figure."""

    agreement: Agreement
    indices: Mapping[IndexName, IndexSeries]
    meters: Meters
    basis: Basis
    first_day: date
    lines: tuple[Line, ...]
    financial_years: Mapping[Account, Mapping[FinancialYear, YearTotal]]
    years: tuple[ValuedYear, ...]
    real: Worth
    nominal: Worth
    real_irr: Irr
    nominal_irr: Irr
    cover: tuple[CoveredYear, ...]
    deposit: tuple[DepositMovement, ...]
    metered: tuple[tuple[MeteredPower, MeteredPeriod], ...]
    assumptions: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def income_pence(self) -> int:
        return sum(year.income_pence for year in self.years)

    @property
    def cost_pence(self) -> int:
        return sum(year.cost_pence for year in self.years)


def value(
    agreement: Agreement,
    indices: Mapping[IndexName, IndexSeries],
    basis: Basis,
    meters: Meters = NO_METERS,
) -> Valuation:
    """The valuation of one agreement.

    Raises Refused where an index that the agreement follows does not reach, and where nothing
    falls due between the days of `basis`. Where only prices or a rate are missing, the figures
    that need them are None, with the reason.
    """
    first_day = basis.from_day or agreement.term.start
    every_line = schedule(agreement, indices, meters)
    lines = tuple(line for line in every_line if _within(line.due, basis))
    if not lines:
        raise Refused(f"nothing of {agreement.ref} falls due from {first_day} on, as asked")
    flows = by_due_year([_from(first_day, line) for line in lines], first_day)
    count = len(flows.amounts) - 1
    levels = levels_of(indices, basis, first_day, count)
    metered = metered_of(agreement, indices, meters)
    real, real_irr = _real(flows, levels, basis)
    return Valuation(
        agreement=agreement,
        indices=indices,
        meters=meters,
        basis=basis,
        first_day=first_day,
        lines=lines,
        financial_years={
            "revenue": by_financial_year(lines, "revenue"),
            "capital": by_financial_year(lines, "capital"),
        },
        years=tuple(_years(lines, first_day, count, levels)),
        real=real,
        nominal=_nominal(flows, basis),
        real_irr=real_irr,
        nominal_irr=irr(flows),
        cover=tuple(_cover(agreement, indices, every_line, lines)),
        deposit=tuple(each for each in deposit_movements(agreement) if _within(each.day, basis)),
        metered=metered,
        assumptions=(
            *assumptions(agreement, lines, first_day, basis.timing, _prices_told(basis, levels)),
            *metering_told(metered, meters),
        ),
        sources=(
            *sources(agreement, indices, [basis.real, *([basis.nominal] if basis.nominal else [])]),
            *meter_sources(meters),
        ),
    )


def _within(day: date, basis: Basis) -> bool:
    """Whether what happens on a day is asked for."""
    return (basis.from_day or day) <= day <= (basis.last_day or day)


def metered_of(
    agreement: Agreement, indices: Mapping[IndexName, IndexSeries], meters: Meters
) -> tuple[tuple[MeteredPower, MeteredPeriod], ...]:
    """Every period of every metered charge and cost."""
    figures = Figures(agreement, indices, meters)
    charges = (*agreement.charges, *agreement.costs)
    return tuple(
        (charge, period)
        for charge in charges
        if isinstance(charge, MeteredPower)
        for period in metered_periods(charge, figures)
    )


def _from(first_day: date, line: Line) -> Line:
    """A line as it counts by years: of the first, where it falls due before."""
    return line if line.due >= first_day else replace(line, due=first_day)


def levels_of(
    indices: Mapping[IndexName, IndexSeries], basis: Basis, first_day: date, years: int
) -> PriceLevels | str:
    """Levels of prices by year, or why there are none."""
    deflator = basis.deflator
    if deflator not in indices:
        return f"prices are not known: no series of {deflator} and no scenario was given"
    series = indices[deflator]
    months = price_months(first_day, years, basis.price_lag_months)
    try:
        changes = changes_of(series, months)
    except Refused as refusal:
        return f"prices are not known in every year: {refusal.detail}"
    return price_levels(
        [0.0, *changes], 1, f"year from {first_day}", f"{deflator}: {series.source}"
    )


def _prices_told(basis: Basis, levels: PriceLevels | str) -> str | None:
    if isinstance(levels, str):
        return None
    return (
        f"Prices of a year are those of the {basis.deflator} figure of {basis.price_lag_months} "
        "months before it begins."
    )


def price_months(first_day: date, years: int, lag_months: int) -> list[date]:
    """The months whose index figures are the prices of years 2, 3, ... from a day on."""
    return [add_months(month_of(first_day), 12 * at - lag_months) for at in range(1, years)]


def _real(flows: NominalFlows, levels: PriceLevels | str, basis: Basis) -> tuple[Worth, Irr]:
    if isinstance(levels, str):
        return Worth(None, levels), Irr(None, levels)
    real = deflated(flows, levels)
    return Worth(round(100 * npv(real, basis.real, basis.timing)), None), irr(real)


def _nominal(flows: NominalFlows, basis: Basis) -> Worth:
    if basis.nominal is None:
        return Worth(None, "no nominal rate was given, and a real one does not fit nominal amounts")
    return Worth(round(100 * npv(flows, basis.nominal, basis.timing)), None)


def _years(
    lines: Sequence[Line], first_day: date, count: int, levels: PriceLevels | str
) -> Iterator[ValuedYear]:
    for at in range(count):
        first = add_months(first_day, 12 * at)
        last = add_months(first_day, 12 * (at + 1)) - ONE_DAY
        due = [line for line in lines if first <= max(line.due, first_day) <= last]
        yield ValuedYear(
            at + 1,
            first,
            last,
            sum(line.net_pence for line in due if line.side == "income"),
            sum(line.net_pence for line in due if line.side == "cost"),
            None if isinstance(levels, str) else float(levels.levels[at + 1]),
        )


def _cover(
    agreement: Agreement,
    indices: Mapping[IndexName, IndexSeries],
    every_line: Sequence[Line],
    lines: Sequence[Line],
) -> Iterator[CoveredYear]:
    """Of the contract years that something that is valued is for; nothing without a guarantee."""
    guarantees = [each for each in agreement.charges if isinstance(each, Guarantee)]
    if not guarantees:
        return
    figures = Figures(agreement, indices)
    begins, ends = min(line.first for line in lines), max(line.last for line in lines)
    for at, (first, last) in enumerate(agreement.term.years()):
        if last < begins or first > ends:
            continue
        guaranteed = sum(minimum_pence(each, at + 1, figures) for each in guarantees)
        cost = sum(
            line.net_pence
            for line in every_line
            if line.side == "cost" and line.account == "revenue" and first <= line.first <= last
        )
        found = guarantee_cover([guaranteed], [cost], COVER_WARNING)
        ratio = None if np.isnan(found.ratio[0]) else float(found.ratio[0])
        yield CoveredYear(at + 1, first, guaranteed, cost, ratio, bool(found.flagged[0]))
