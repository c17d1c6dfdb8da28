"""An agreement that ended before its term: the schedule up to its last day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from canopy.concessions.indexation.factors import Indices
from canopy.concessions.schedule.figures import NO_METERS, Figures, Meters
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.reference import lines_of
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import RUNNING, AnyCharge
from canopy.concessions.terms.checking import checked
from canopy.concessions.terms.duration import Term


def ended_schedule(
    agreement: Agreement, indices: Indices, last_day: date, meters: Meters = NO_METERS
) -> list[Line]:
    """The lines for days up to the last, where that is before the end of the term.

    A period that is cut short by it is apportioned as `proration` says; a contract year's share
    and guarantee are by the day. One-off amounts, credits and payments for later days are left
    out. Raises as `schedule`.
    """
    whole = checked(agreement)
    if last_day < agreement.term.start:
        return []
    shorter = replace(
        whole,
        term=Term(start=agreement.term.start, last_day=last_day),
        charges=tuple(_cut(each, last_day) for each in agreement.charges),
        costs=tuple(_cut(each, last_day) for each in agreement.costs),
    )
    found = lines_of(Figures(shorter, indices, meters))
    return [line for line in found if line.first <= last_day]


def _cut(charge: AnyCharge, last_day: date) -> AnyCharge:
    """Charges that begin later stay as they are: others may name them."""
    if not isinstance(charge, RUNNING) or charge.last_day is None:
        return charge
    if charge.first_day is not None and charge.first_day > last_day:
        return charge
    return replace(charge, last_day=min(charge.last_day, last_day))
