"""Recurring charges of many agreements as columns of whole numbers, ready for the kernel.

The yearly amounts of rents, charges per unit and ducts are computed here in whole numbers:
factors in units of 1e-12, rates of 1e-6 pounds, quantities of 1e-3. What is rarer (power and
uplifts) is taken from the plain decimals of `yearly`. Days are ordinals of `date`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from canopy.concessions.calendar.months import add_months
from canopy.concessions.calendar.working_days import Nation, Roll
from canopy.concessions.fields import month_of
from canopy.concessions.indexation.factors import FACTOR_PLACES, Indices, factor_path
from canopy.concessions.indexation.rule import IndexRule
from canopy.concessions.rounding import EXACT
from canopy.concessions.schedule.figures import Figures
from canopy.concessions.schedule.periods import Periods
from canopy.concessions.schedule.yearly import yearly
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import DuctRent, PerUnit, Recurring, Rent, SharingUplift
from canopy.concessions.terms.payment import INSTALMENTS, VAT_PERCENT
from canopy.errors import LimitExceeded

FREE = -1
"""Stands for days on which nothing is payable."""
NEVER = date.max.toordinal()
PRORATIONS = ("actual/365", "actual/366", "period")
ROLLS: tuple[Roll, ...] = get_args(Roll)
NATIONS: tuple[Nation, ...] = get_args(Nation)
QUARTER_DAYS = 0
"""Stands for quarter days in the column of months between payments."""
_RATE, _QUANTITY, _FACTOR = 10**6, 10**3, 10**FACTOR_PLACES
MAX_YEAR_PENCE = 10**13
"""A hundred thousand million pounds: beyond it the kernel's sums could pass 64 bits."""


@dataclass(frozen=True, slots=True)
class Columns:
    """One row for each recurring charge; `changes` and `amounts` hold those of all, end to end.

    Attributes:
        agreement, charge: positions in the lists that were given.
        first, last, anchor, number: days, the day periods are counted from, and the number of
            the period that `first` lies in.
        months: between payments; 0 for quarter days.
        roll, nation: positions in `ROLLS` and `NATIONS`.
        assumed_from: the day from which the charge rests on a scenario.
        begins: where a row's changes begin; one entry more than rows.
        changes, amounts: the day, and the yearly amount from it on [p], or `FREE`.
    """

    agreement: NDArray[np.int32]
    charge: NDArray[np.int32]
    is_cost: NDArray[np.bool_]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    anchor: NDArray[np.int64]
    number: NDArray[np.int64]
    months: NDArray[np.int64]
    in_advance: NDArray[np.bool_]
    due_days: NDArray[np.int64]
    roll: NDArray[np.int64]
    nation: NDArray[np.int64]
    proration: NDArray[np.int64]
    vat_percent: NDArray[np.int64]
    assumed_from: NDArray[np.int64]
    begins: NDArray[np.int64]
    changes: NDArray[np.int64]
    amounts: NDArray[np.int64]


_Row = tuple[int, int, bool, int, int, int, int, int, bool, int, int, int, int, int, int]


def columns_of(agreements: Sequence[Agreement], indices: Indices) -> Columns:
    """The recurring charges and costs of agreements, in their order."""
    paths = _Paths(indices)
    rows: list[_Row] = []
    begins, changes, amounts = [0], [], []
    for at, agreement in enumerate(agreements):
        figures = Figures(agreement, indices)
        for which, is_cost, charge in _recurring(agreement):
            days, pence, assumed_from = _yearly(charge, figures, paths)
            rows.append((at, which, is_cost, *_times(charge, is_cost, figures), assumed_from))
            changes += days
            amounts += pence
            begins.append(len(changes))
    return _packed(rows, begins, changes, amounts)


def _recurring(agreement: Agreement) -> Iterator[tuple[int, bool, Recurring]]:
    for is_cost, charges in ((False, agreement.charges), (True, agreement.costs)):
        for which, charge in enumerate(charges):
            if isinstance(charge, Recurring):
                yield which, is_cost, charge


def _packed(
    rows: Sequence[_Row], begins: list[int], changes: list[int], amounts: list[int]
) -> Columns:
    if amounts and max(amounts) > MAX_YEAR_PENCE:
        raise LimitExceeded(f"a yearly amount of {max(amounts):,} pence is over the limit")
    turned = np.array(rows, np.int64).reshape(len(rows), 15).T
    return Columns(
        agreement=turned[0].astype(np.int32),
        charge=turned[1].astype(np.int32),
        is_cost=turned[2].astype(np.bool_),
        first=turned[3].copy(),
        last=turned[4].copy(),
        anchor=turned[5].copy(),
        number=turned[6].copy(),
        months=turned[7].copy(),
        in_advance=turned[8].astype(np.bool_),
        due_days=turned[9].copy(),
        roll=turned[10].copy(),
        nation=turned[11].copy(),
        proration=turned[12].copy(),
        vat_percent=turned[13].copy(),
        assumed_from=turned[14].copy(),
        begins=np.array(begins, np.int64),
        changes=np.array(changes, np.int64),
        amounts=np.array(amounts, np.int64),
    )


def _times(
    charge: Recurring, is_cost: bool, figures: Figures
) -> tuple[int, int, int, int, int, bool, int, int, int, int, int]:
    agreement = figures.agreement
    payment = charge.payment or agreement.payment
    anchor = payment.counted_from or agreement.term.start
    first = charge.first_day or agreement.term.start
    last = charge.last_day or agreement.term.end
    quarter_days = payment.frequency == "quarter-days"
    return (
        first.toordinal(),
        last.toordinal(),
        anchor.toordinal(),
        Periods(payment.frequency, anchor).holding(first),
        QUARTER_DAYS if quarter_days else 12 // INSTALMENTS[payment.frequency],
        payment.timing == "advance",
        payment.due_days,
        ROLLS.index(payment.working_day_rule),
        NATIONS.index(agreement.nation),
        PRORATIONS.index(payment.proration),
        0 if is_cost else VAT_PERCENT[charge.vat or agreement.vat],
    )


def _yearly(charge: Recurring, figures: Figures, paths: _Paths) -> tuple[list[int], list[int], int]:
    """Days of change, yearly amounts, and the day from which they rest on a scenario."""
    of: Recurring = charge
    while isinstance(of, SharingUplift):
        name = of.of
        of = next(
            each
            for each in figures.agreement.charges
            if isinstance(each, Recurring) and each.name == name
        )
    term = figures.agreement.term
    days, factors, assumed_from = paths.path(figures.agreement.rule(of.index), term.start, term.end)
    if charge.free or charge.rent_free_months or not isinstance(charge, Rent | PerUnit | DuctRent):
        amounts = yearly(charge, figures)
        return (
            [each.from_day.toordinal() for each in amounts],
            [FREE if each.pence is None else each.pence for each in amounts],
            assumed_from,
        )
    first = (charge.first_day or term.start).toordinal()
    last = (charge.last_day or term.end).toordinal()
    if isinstance(charge, Rent):
        moments = list(zip(days, factors, strict=True))
        return *_within(_rents(charge, moments), first, last), assumed_from
    return *_within(_rated(charge, days, factors, figures), first, last), assumed_from


def _within(
    moments: Iterable[tuple[int, int]], first: int, last: int
) -> tuple[list[int], list[int]]:
    """Changes that happen while the charge runs; the one in force on the first day is its start."""
    days: list[int] = []
    amounts: list[int] = []
    for day, amount in moments:
        if day > last:
            break
        if day <= first and days:
            amounts[0] = amount
        else:
            days.append(max(day, first))
            amounts.append(amount)
    return days, amounts


def _rents(charge: Rent, moments: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    amount = _scaled(charge.amount, 100)
    for day, factor in moments:
        yield day, _half_up(amount * factor, _FACTOR)
    for step in charge.steps:
        yield step.from_day.toordinal(), _scaled(step.amount, 100)


def _rated(
    charge: PerUnit | DuctRent, days: list[int], factors: list[int], figures: Figures
) -> Iterator[tuple[int, int]]:
    rate, places = _scaled(charge.rate, _RATE), 10**charge.rate_places
    rates = [_half_up(rate * factor * places, _RATE * _FACTOR) for factor in factors]
    divisor = places * _QUANTITY
    if isinstance(charge, DuctRent):
        spans = [_scaled(span.length_m * span.ducts, _QUANTITY) for span in charge.spans]
        for day, each in zip(days, rates, strict=True):
            yield day, sum(_half_up(each * span * 100, divisor) for span in spans)
        return
    if charge.volume is None:
        quantity = _scaled(charge.quantity or Decimal(0), _QUANTITY)
        for day, each in zip(days, rates, strict=True):
            yield day, _half_up(each * quantity * 100, divisor)
        return
    yield from _by_volume(charge.volume, days, rates, places, figures)


def _by_volume(
    volume: str, days: list[int], rates: list[int], places: int, figures: Figures
) -> Iterator[tuple[int, int]]:
    """Volumes may have any number of decimals (churn), so they are multiplied as decimals."""
    years = [begins.toordinal() for begins, _ in figures.agreement.term.years()]
    quantities = [figures.volume(volume, at + 1) for at in range(len(years))]
    year, step = 0, 0
    for day in sorted({*days, *years}):
        while step + 1 < len(days) and days[step + 1] <= day:
            step += 1
        while year + 1 < len(years) and years[year + 1] <= day:
            year += 1
        money = EXACT.multiply(Decimal(rates[step] * 100), quantities[year])
        yield day, int(EXACT.divide(money, Decimal(places)).to_integral_value(context=EXACT))


def _scaled(value: Decimal, by: int) -> int:
    """A decimal in whole units, of which it has no parts by its field's definition."""
    return int(EXACT.multiply(value, Decimal(by)))


def _half_up(numerator: int, denominator: int) -> int:
    """For numbers that are not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


class _Paths:
    """Factors of a rule: found once for terms that begin in one month, dated once for a term."""

    def __init__(self, indices: Indices) -> None:
        self._indices = indices
        self._known: dict[tuple[IndexRule, date, int], tuple[list[int], int]] = {}
        self._last: tuple[IndexRule, date, date] | None = None
        self._last_path: tuple[list[int], list[int], int] = ([], [], NEVER)

    def path(
        self, rule: IndexRule | None, start: date, end: date
    ) -> tuple[list[int], list[int], int]:
        """Days of steps, their factors in units of 1e-12, and the day scenarios begin."""
        if rule is None:
            return [start.toordinal()], [_FACTOR], NEVER
        if (rule, start, end) != self._last:
            self._last = (rule, start, end)
            self._last_path = self._new(rule, start, end)
        return self._last_path

    def _new(self, rule: IndexRule, start: date, end: date) -> tuple[list[int], list[int], int]:
        if rule.reviews_from is not None:
            return self._dated(rule, start, end)
        every = 12 * rule.review_every_years
        reviews = _reviews(start, end, every)
        key = (rule, month_of(start), reviews)
        if key not in self._known:
            self._known[key] = self._found(rule, month_of(start), every * reviews)
        factors, first_assumed = self._known[key]
        days = [add_months(start, every * at).toordinal() for at in range(len(factors))]
        return days, factors, days[first_assumed] if first_assumed >= 0 else NEVER

    def _found(self, rule: IndexRule, first: date, months: int) -> tuple[list[int], int]:
        steps = factor_path(rule, first, add_months(first, months), self._indices)
        assumed = (at for at, step in enumerate(steps) if step.rests_on)
        return [_scaled(step.factor, _FACTOR) for step in steps], next(assumed, -1)

    def _dated(self, rule: IndexRule, start: date, end: date) -> tuple[list[int], list[int], int]:
        steps = factor_path(rule, start, end, self._indices)
        assumed = (step.from_day.toordinal() for step in steps if step.rests_on)
        return (
            [step.from_day.toordinal() for step in steps],
            [_scaled(step.factor, _FACTOR) for step in steps],
            next(assumed, NEVER),
        )


def _reviews(start: date, end: date, every_months: int) -> int:
    """How many reviews fall into a term."""
    count = ((end.year - start.year) * 12 + end.month - start.month) // every_months
    while add_months(start, every_months * (count + 1)) <= end:
        count += 1
    while count and add_months(start, every_months * count) > end:
        count -= 1
    return count
