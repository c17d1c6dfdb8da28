"""An agreement that goes on after its term: what runs by the day goes on with it.

The occupier who holds over, or whose rights under the Electronic Communications Code run on, pays
as before until a new agreement or the end. Shares, guarantees, one-off and roll-out payments end
with the term: terms that say otherwise are written as longer terms.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.indexation.factors import Indices
from canopy.concessions.schedule.figures import NO_METERS, Meters
from canopy.concessions.schedule.lines import Line
from canopy.concessions.schedule.reference import schedule
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.charges import RUNNING
from canopy.concessions.terms.duration import Term


def counted_until(today: date) -> date:
    """How far an agreement that continues is counted on: to the end of the next financial year.

    Nobody knows when it ends; so far councils budget.
    """
    return FinancialYear(FinancialYear.of(today).begins + 1).end


def going_on(agreement: Agreement, until: date) -> Agreement:
    """The agreement with its term up to a day: the index series that it needs reach so far."""
    if until <= agreement.term.end:
        return agreement
    return replace(agreement, term=Term(start=agreement.term.start, last_day=until))


def continued_schedule(
    agreement: Agreement, indices: Indices, until: date, meters: Meters = NO_METERS
) -> list[Line]:
    """The schedule of an agreement whose recurring charges and costs go on until a day.

    What falls due for days up to the end of the term is as `schedule` has it. Raises as that.
    """
    longer = going_on(agreement, until)
    if longer is agreement:
        return schedule(agreement, indices, meters)
    recurring = {
        (side, each.name)
        for side, charges in (("income", agreement.charges), ("cost", agreement.costs))
        for each in charges
        if isinstance(each, RUNNING)
    }
    settled = [
        line
        for line in schedule(agreement, indices, meters)
        if (line.side, line.charge) not in recurring
    ]
    by_day = [
        line for line in schedule(longer, indices, meters) if (line.side, line.charge) in recurring
    ]
    return sorted([*settled, *by_day], key=lambda line: line.due)
