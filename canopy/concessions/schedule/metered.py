"""What metered energy comes to, for each period of payment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from canopy.concessions.calendar.months import ONE_DAY
from canopy.concessions.metering.sums import DaysEnergy, energy_by_band
from canopy.concessions.rounding import EXACT, half_up, pence, to_penny
from canopy.concessions.schedule.figures import Figures
from canopy.concessions.schedule.lines import Line, Side
from canopy.concessions.schedule.periods import Periods
from canopy.concessions.schedule.yearly import rounded_rate
from canopy.concessions.terms.charges import MeteredPower
from canopy.concessions.terms.payment import VAT_PERCENT

_ZERO, _ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class MeteredPeriod:
    """A period that energy is paid for, in parts with one price each: indexation may fall in it.

    Attributes:
        net_pence: with its administration, without VAT.
    """

    first: date
    last: date
    parts: tuple[DaysEnergy, ...]
    net_pence: int

    @property
    def missing_seconds(self) -> int:
        return sum(part.missing_seconds for part in self.parts)

    @property
    def has_readings(self) -> bool:
        return any(part.has_readings for part in self.parts)

    def sum_of(self, part: str) -> Decimal:
        """Of measured, estimated, split or expected energy, or of all [kwh]."""
        return sum((each.sum_of(part) for each in self.parts), _ZERO)


def metered_periods(charge: MeteredPower, figures: Figures) -> Iterator[MeteredPeriod]:
    """Every period of the charge, with its energy and what it comes to."""
    agreement = figures.agreement
    payment = charge.payment or agreement.payment
    periods = Periods(payment.frequency, payment.counted_from or agreement.term.start)
    first = charge.first_day or agreement.term.start
    last = charge.last_day or agreement.term.end
    number = periods.holding(first)
    while periods.first_day(number) <= last:
        begins = max(periods.first_day(number), first)
        ends = min(periods.first_day(number + 1) - ONE_DAY, last)
        parts = tuple(
            energy_by_band(
                figures.meters.get(charge.meter), charge.bands, charge.time_zone, *days,
                charge.expected_kwh_per_year,
            )
            for days in _at_one_price(charge, begins, ends, figures)
        )  # fmt: skip
        cost = sum((_cost(charge, part, figures) for part in parts), _ZERO)
        yield MeteredPeriod(begins, ends, parts, pence(EXACT.multiply(cost, _ONE + charge.admin)))
        number += 1


def metered_lines(charge: MeteredPower, side: Side, figures: Figures) -> Iterator[Line]:
    """The lines of a charge: `expected` where any of the energy is only expected."""
    agreement = figures.agreement
    payment = charge.payment or agreement.payment
    vat = VAT_PERCENT[charge.vat or agreement.vat] if side == "income" else 0
    for period in metered_periods(charge, figures):
        day = period.first if payment.timing == "advance" else period.last
        yield Line(
            agreement=agreement.ref,
            charge=charge.name,
            side=side,
            what="charge",
            account="revenue",
            first=period.first,
            last=period.last,
            due=agreement.due_day(charge, day + timedelta(days=payment.due_days)),
            net_pence=period.net_pence,
            vat_pence=half_up(period.net_pence * vat, 100),
            scenario=figures.assumed_by(charge.index, period.last),
            expected=period.missing_seconds > 0,
        )


def _at_one_price(
    charge: MeteredPower, first: date, last: date, figures: Figures
) -> Iterator[tuple[date, date]]:
    """The days of a period, cut where indexation changes the price."""
    steps = (step.from_day for step in figures.path(charge.index))
    cuts = [first, *sorted(day for day in steps if first < day <= last)]
    for at, begins in enumerate(cuts):
        yield begins, cuts[at + 1] - ONE_DAY if at + 1 < len(cuts) else last


def _cost(charge: MeteredPower, part: DaysEnergy, figures: Figures) -> Decimal:
    """Each band and the standing charge to the penny [GBP]."""
    factor = figures.factor(charge.index, part.first)
    total = _ZERO
    for band in charge.bands:
        price = rounded_rate(band.price, factor, charge.price_places)
        total += to_penny(EXACT.multiply(price, part.bands[band.name].kwh))
    standing = rounded_rate(charge.standing, factor, charge.price_places)
    days = (part.last - part.first).days + 1
    return total + to_penny(EXACT.multiply(standing, Decimal(days)))
