"""A deposit's way: it is neither income nor a cost, so no total has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from canopy.concessions.calendar.months import add_months
from canopy.concessions.rounding import EXACT, pence
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.deposits import Deposit

_ONE, _YEAR_DAYS = Decimal(1), Decimal(365)


@dataclass(frozen=True, slots=True)
class DepositMovement:
    """Money of a deposit on a day [p]: to the council above 0, from it below."""

    day: date
    what: Literal["taken", "returned", "interest"]
    pence: int


def deposit_movements(agreement: Agreement, ended_on: date | None = None) -> list[DepositMovement]:
    """When a deposit is taken and given back, and the interest that goes with it.

    It goes back on the day it was returned, or the last day for it, by the end of the term or
    the day that the agreement ended on. No deposit, no movement.
    """
    deposit = agreement.deposit
    if deposit is None:
        return []
    paid = deposit.paid_on or agreement.term.start
    back = deposit.returned_on or deposit.due_back(ended_on or agreement.term.end)
    amount = pence(deposit.amount)
    found = [DepositMovement(paid, "taken", amount), DepositMovement(back, "returned", -amount)]
    interest = pence(interest_of(deposit, paid, back))
    if interest:
        found.append(DepositMovement(back, "interest", -interest))
    return found


def interest_of(deposit: Deposit, paid: date, back: date) -> Decimal:
    """Interest from the day of payment to that of return, not rounded [GBP].

    Days count 1/365 of a year's; compounded, it bears interest itself from each anniversary of
    payment on, and by days after the last of them.
    """
    if not deposit.compounded:
        return EXACT.multiply(deposit.amount, _for_days(deposit.interest, (back - paid).days))
    years = 0
    while add_months(paid, 12 * (years + 1)) <= back:
        years += 1
    rest = (back - add_months(paid, 12 * years)).days
    grown = EXACT.power(_ONE + deposit.interest, Decimal(years))
    grown = EXACT.multiply(grown, _ONE + _for_days(deposit.interest, rest))
    return EXACT.multiply(deposit.amount, grown - _ONE)


def _for_days(yearly: Decimal, days: int) -> Decimal:
    return EXACT.divide(EXACT.multiply(yearly, Decimal(days)), _YEAR_DAYS)
