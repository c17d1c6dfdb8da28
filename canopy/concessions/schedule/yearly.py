"""What a recurring charge comes to in a year, on each day of its life: plain decimals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from canopy.concessions.calendar.months import ONE_DAY, add_months
from canopy.concessions.rounding import EXACT, pence, to_penny
from canopy.concessions.schedule.figures import Figures
from canopy.concessions.terms.charges import (
    DuctRent,
    PerUnit,
    Power,
    Recurring,
    Rent,
    SharingUplift,
)

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Yearly:
    """The amount of a year from a day on [p]; None: nothing is payable for these days."""

    from_day: date
    pence: int | None


def days_of(charge: Recurring, figures: Figures) -> tuple[date, date]:
    """First and last day that a charge runs."""
    term = figures.agreement.term
    return charge.first_day or term.start, charge.last_day or term.end


def yearly(charge: Recurring, figures: Figures) -> list[Yearly]:
    """The yearly amounts of a charge, one entry for each day it changes on, oldest first."""
    first, last = days_of(charge, figures)
    changes = {day for day in _changes(charge, figures) if first < day <= last}
    for free_first, free_last in free_days(charge, first):
        changes |= {day for day in (free_first, free_last + ONE_DAY) if first < day <= last}
    free = free_days(charge, first)
    return [
        Yearly(
            day,
            None
            if any(begins <= day <= ends for begins, ends in free)
            else amount_on(day, charge, figures),
        )
        for day in sorted({first} | changes)
    ]


def free_days(charge: Recurring, first: date) -> list[tuple[date, date]]:
    """First and last days of what is free of charge."""
    found = [(free.first, free.last) for free in charge.free]
    if charge.rent_free_months:
        found.append((first, add_months(first, charge.rent_free_months) - ONE_DAY))
    return found


def _changes(charge: Recurring, figures: Figures) -> set[date]:
    if isinstance(charge, SharingUplift):
        of = recurring_named(charge.of, figures)
        changes = _changes(of, figures)
    else:
        changes = {step.from_day for step in figures.path(charge.index)}
    if isinstance(charge, Rent):
        changes |= {step.from_day for step in charge.steps}
    if isinstance(charge, PerUnit | Power | SharingUplift) and charge.volume is not None:
        changes |= {begins for begins, _ in figures.agreement.term.years()}
    return changes


def recurring_named(name: str, figures: Figures) -> Recurring:
    """A recurring charge that is known to be there."""
    return next(
        each
        for each in figures.agreement.charges
        if isinstance(each, Recurring) and each.name == name
    )


def amount_on(day: date, charge: Recurring, figures: Figures) -> int:
    """The yearly amount in force on a day, rent-free or not [p]."""
    if isinstance(charge, SharingUplift):
        base = amount_on(day, recurring_named(charge.of, figures), figures)
        sharers = _quantity(day, charge.volume, charge.sharers, figures)
        return pence(EXACT.multiply(EXACT.multiply(charge.part, sharers), Decimal(base)) / 100)
    factor = figures.factor(charge.index, day)
    if isinstance(charge, Rent):
        amounts = [charge.amount, *(each.amount for each in charge.steps if each.from_day <= day)]
        return pence(EXACT.multiply(amounts[-1], factor))
    if isinstance(charge, DuctRent):
        rate = rounded_rate(charge.rate, factor, charge.rate_places)
        return sum(pence(EXACT.multiply(rate, span.length_m * span.ducts)) for span in charge.spans)
    if isinstance(charge, PerUnit):
        quantity = _quantity(day, charge.volume, charge.quantity, figures)
        rate = rounded_rate(charge.rate, factor, charge.rate_places)
        return pence(EXACT.multiply(rate, quantity))
    assert isinstance(charge, Power)
    quantity = _quantity(day, charge.volume, charge.quantity, figures)
    price = sum((EXACT.multiply(band.part, band.price) for band in charge.tariff), Decimal(0))
    energy = EXACT.multiply(EXACT.multiply(charge.kwh_per_unit, quantity), price)
    cost = to_penny(EXACT.multiply(energy, factor))
    return pence(EXACT.multiply(cost, _ONE + charge.admin))


def rounded_rate(rate: Decimal, factor: Decimal, places: int) -> Decimal:
    """An indexed rate at the decimals that the charge says."""
    return EXACT.multiply(rate, factor).quantize(_ONE.scaleb(-places), context=EXACT)


def _quantity(
    day: date, volume: str | None, fixed: Decimal | int | None, figures: Figures
) -> Decimal:
    if volume is not None:
        return figures.volume(volume, figures.year_of(day))
    return Decimal(fixed or 0)
