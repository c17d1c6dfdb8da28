"""What an appraisal of an agreement counts beside its charges and costs: benefits, and loans.

Neither is in the agreement's dated schedule: the accounts of `appraisal.accounts` have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from canopy.concessions.calendar.months import add_months
from canopy.concessions.fields import CLOSED, Day, Fraction, Name, Pounds, Rate, Text
from canopy.concessions.rounding import EXACT, pence
from canopy.errors import BadTerms

Purpose = Literal[
    "staff", "surveys", "strengthening", "replacement", "power", "maintenance", "access", "legal",
    "borrowing", "other",
]  # fmt: skip
"""What the council spends a cost on."""
Beneficiary = Literal["council", "business", "residents", "visitors"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """A yearly benefit that no charge is, such as energy saved or premises newly covered.

    Attributes:
        name: shown in accounts; benefits share no name.
        beneficiary: for whom it is; what is for the council is its cash, saved or received.
        by_year: of contract years 1, 2, ..., in prices of the first; the last one goes on to the
            end [GBP].
        volume: the volume that the benefit is so much of for each, instead of `by_year`.
        rate: for each of `volume` and year, in prices of the first contract year [GBP/unit/yr].
        source: of the value; nothing is counted without one.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    beneficiary: Beneficiary
    source: Text
    by_year: Annotated[tuple[Pounds, ...], Field(max_length=200)] = ()
    volume: Name | None = None
    rate: Rate | None = None

    def __post_init__(self) -> None:
        if bool(self.by_year) == (self.volume is not None):
            raise BadTerms("a benefit has either by_year or volume", field="by_year")
        if (self.volume is None) != (self.rate is None):
            raise BadTerms("rate goes with volume", field="rate")


@dataclass(frozen=True, slots=True)
class LoanMovement:
    """What a loan moves on a day [p]: to the council above 0, from it below."""

    day: date
    principal_pence: int
    interest_pence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loan:
    """Money that the council borrows for the agreement. It is financing, and no cost to society.

    Attributes:
        name: shown in accounts; loans share no name.
        amount: that is borrowed [GBP].
        drawn: the day it is.
        years: until it is paid back.
        rate: of interest a year: 0.045 is 4.5 %.
        repayment: equal payments ("annuity"), equal parts of the loan ("equal-principal"), or
            all of it at the end ("maturity").
        payments_per_year: each pays the interest since the one before.
        source: of the rate.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    name: Name
    amount: Pounds
    drawn: Day
    years: Annotated[int, Field(ge=1, le=60)]
    rate: Fraction
    repayment: Literal["annuity", "equal-principal", "maturity"]
    source: Text
    payments_per_year: Literal[1, 2, 4, 12] = 2

    def movements(self) -> Iterator[LoanMovement]:
        """The loan as it is drawn and paid back, to the penny; the last payment clears it."""
        left = borrowed = pence(self.amount)
        yield LoanMovement(self.drawn, left, 0)
        count = self.years * self.payments_per_year
        part = self.rate / self.payments_per_year
        level = _level(left, part, count)
        for number in range(1, count + 1):
            interest = pence(EXACT.multiply(Decimal(left), part) / 100)
            paid = {
                "annuity": min(level - interest, left),  # of pence the level one may pay too soon
                "equal-principal": borrowed // count,
                "maturity": 0,
            }[self.repayment]
            if number == count:
                paid = left
            left -= paid
            day = add_months(self.drawn, number * 12 // self.payments_per_year)
            yield LoanMovement(day, -paid, -interest)


def _level(amount_pence: int, part: Decimal, count: int) -> int:
    """The equal payment of an annuity [p]."""
    if not part:
        return amount_pence // count
    return round(amount_pence * part / (1 - (1 + part) ** -count))
