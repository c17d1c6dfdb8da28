"""The schedule of one agreement in plain dates and decimals: what the arrays must equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from canopy.concessions.calendar.months import ONE_DAY
from canopy.concessions.indexation.factors import Indices
from canopy.concessions.rounding import EXACT, pence
from canopy.concessions.schedule.figures import NO_METERS, Figures, Meters
from canopy.concessions.schedule.lines import Line, Side
from canopy.concessions.schedule.periods import Periods
from canopy.concessions.schedule.settled import settled_lines
from canopy.concessions.schedule.yearly import Yearly, days_of, yearly
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import Recurring, SharingUplift
from canopy.concessions.terms.checking import checked
from canopy.concessions.terms.payment import VAT_PERCENT, Proration

_PENNY = Decimal("0.01")


def schedule(agreement: Agreement, indices: Indices, meters: Meters = NO_METERS) -> list[Line]:
    """Every line of an agreement over its term, in the order of due days.

    Extensions are not in it: an agreement that was extended has a longer term. Metered energy
    without readings is what the terms expect, and lines say so. Raises Refused
    where an index does not reach: continue it by a scenario, and lines say so. Raises BadTerms
    where the terms break a rule.
    """
    figures = Figures(checked(agreement), indices, meters)
    lines = list(settled_lines(figures))
    sides: tuple[tuple[Side, Sequence[object]], ...] = (
        ("income", agreement.charges),
        ("cost", agreement.costs),
    )
    for side, charges in sides:
        for charge in charges:
            if isinstance(charge, Recurring):
                lines += instalments(charge, side, figures)
    return sorted(lines, key=lambda line: (line.due, line.charge, line.first, line.what))


def instalments(charge: Recurring, side: Side, figures: Figures) -> Iterator[Line]:
    """The lines of a recurring charge."""
    agreement = figures.agreement
    payment = charge.payment or agreement.payment
    periods = Periods(payment.frequency, payment.counted_from or agreement.term.start)
    first, last = days_of(charge, figures)
    amounts = yearly(charge, figures)
    vat = VAT_PERCENT[charge.vat or agreement.vat] if side == "income" else 0
    number = periods.holding(first)
    while periods.first_day(number) <= last:
        begins, ends = periods.first_day(number), periods.first_day(number + 1) - ONE_DAY
        parts = payable(amounts, max(begins, first), min(ends, last))
        if parts:
            net = instalment(parts, periods, number, payment.proration)
            day = max(begins, first) if payment.timing == "advance" else min(ends, last)
            yield Line(
                agreement=agreement.ref,
                charge=charge.name,
                side=side,
                what="charge",
                account="revenue",
                first=max(begins, first),
                last=min(ends, last),
                due=agreement.due_day(charge, day + timedelta(days=payment.due_days)),
                net_pence=net,
                vat_pence=pence(EXACT.multiply(Decimal(net * vat), _PENNY) / 100),
                scenario=assumed_by(charge, figures, min(ends, last)),
            )
        number += 1


def payable(amounts: Sequence[Yearly], first: date, last: date) -> list[tuple[int, int]]:
    """Yearly amounts between two days, each with its number of days; what is free left out."""
    parts = []
    for at, amount in enumerate(amounts):
        begins = max(amount.from_day, first)
        ends = last if at + 1 == len(amounts) else min(amounts[at + 1].from_day - ONE_DAY, last)
        if amount.pence is not None and begins <= ends:
            parts.append((amount.pence, (ends - begins).days + 1))
    return parts


def instalment(
    parts: Sequence[tuple[int, int]], periods: Periods, number: int, proration: Proration
) -> int:
    """What is due for a period, from the yearly amounts of its payable days [p].

    An amount that stands all through a period is paid in instalments that sum to the year; else
    days weigh the yearly amounts, and the sum is rounded once.
    """
    length = (periods.first_day(number + 1) - periods.first_day(number)).days
    is_whole = sum(days for _, days in parts) == length
    if is_whole and len({amount for amount, _ in parts}) == 1:
        return part_of_year(parts[0][0], periods, number)
    if is_whole or proration == "period":
        weighted = sum(amount * days for amount, days in parts)
        return _rounded(weighted, length * periods.per_year)
    basis = periods.days_of_year(number) if proration == "actual/366" else 365
    return _rounded(sum(amount * days for amount, days in parts), basis)


def part_of_year(year_pence: int, periods: Periods, number: int) -> int:
    """The instalment of an amount that stands all year: part-sums are rounded, not parts [p]."""
    position = periods.position(number)
    after = _rounded(year_pence * (position + 1), periods.per_year)
    return after - _rounded(year_pence * position, periods.per_year)


def assumed_by(charge: Recurring, figures: Figures, day: date) -> bool:
    """Whether a charge rests on a scenario by `day`."""
    while isinstance(charge, SharingUplift):
        of = charge.of
        charge = next(
            each
            for each in figures.agreement.charges
            if isinstance(each, Recurring) and each.name == of
        )
    return figures.assumed_by(charge.index, day)


def _rounded(amount_pence: int, parts: int) -> int:
    """A quotient to the penny, halves up."""
    return pence(EXACT.divide(Decimal(amount_pence), Decimal(parts * 100)))
