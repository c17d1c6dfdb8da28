"""When a charge is paid, and how parts of periods and VAT are counted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from canopy.concessions.calendar.working_days import Roll
from canopy.concessions.fields import CLOSED, Day

Frequency = Literal["monthly", "quarterly", "half-yearly", "yearly", "quarter-days"]
Proration = Literal["actual/365", "actual/366", "period"]
Vat = Literal["standard", "reduced", "zero", "exempt", "outside"]

INSTALMENTS: dict[Frequency, int] = {
    "monthly": 12,
    "quarterly": 4,
    "half-yearly": 2,
    "yearly": 1,
    "quarter-days": 4,
}
"""How many a year has."""

VAT_PERCENT: dict[Vat, int] = {"standard": 20, "reduced": 5, "zero": 0, "exempt": 0, "outside": 0}
"""Whole percents: VAT Act 1994 s.2(1) (20 % since 4 January 2011) and s.29A (5 %). Letting land is
exempt unless the landlord has opted to tax (Schedule 9, Group 1; Schedule 10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How instalments of a year's charge fall due.

    Attributes:
        frequency: "quarter-days" are the usual ones of England and Wales: 25 March, 24 June,
            29 September and 25 December.
        timing: due on the first day of a period, or on the last.
        counted_from: a day on which a period begins; the start of the term if not given.
        proration: of a period that is cut short. "actual/365": of the year's charge for each
            day, in leap years too. "actual/366": the same, with 366 where the year of periods
            holds a 29 February. "period": of the instalment, by days of the period.
        due_days: that payment is due after that day.
        working_day_rule: what becomes of a due day on a weekend or a bank holiday of the
            agreement's nation: it stays ("as-is"), moves to the next working day ("following"),
            to the one before ("preceding"), or to the next unless that is in another month, then
            to the one before ("modified-following"). Days that a charge is for never move.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED

    frequency: Frequency
    timing: Literal["advance", "arrears"]
    counted_from: Day | None = None
    proration: Proration = "actual/365"
    due_days: Annotated[int, Field(ge=0, le=365)] = 0
    working_day_rule: Roll = "as-is"


def vat_rate(vat: Vat) -> Decimal:
    """As a fraction."""
    return Decimal(VAT_PERCENT[vat]) / 100
