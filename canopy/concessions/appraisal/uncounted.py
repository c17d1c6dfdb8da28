"""Sums that agreements without a schedule are not in: counted, and never nought as if known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from canopy.concessions.appraisal.portfolio import Earner
from canopy.concessions.appraisal.withholding import INCOME, Amount
from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.standing import LIVE, Status
from canopy.concessions.terms.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A live agreement that has no schedule, so that no sum has its money.

    Attributes:
        may_have: amounts that its terms speak of.
        last: the financial year that its term ends in; None where it continues without end.
    """

    ref: str
    kind: str
    may_have: frozenset[Amount]
    first: FinancialYear
    last: FinancialYear | None

    def is_in(self, year: FinancialYear) -> bool:
        """Whether it may have money in a financial year."""
        return self.first <= year and (self.last is None or year <= self.last)


def uncounted(earners: Iterable[Earner]) -> list[Uncounted]:
    """Every live agreement without a schedule."""
    return [
        Uncounted(
            each.agreement.ref,
            each.agreement.kind,
            frozenset(_amounts(each.agreement)),
            FinancialYear.of(each.agreement.term.start),
            None
            if each.registered.status is Status.continuing
            else FinancialYear.of(each.agreement.term.end),
        )
        for each in earners
        if each.reason is not None and each.registered.status in LIVE
    ]


def _amounts(agreement: Agreement) -> Iterable[Amount]:
    sides: tuple[Literal["income", "cost"], ...] = ("income", "cost")
    for side, charges in zip(sides, (agreement.charges, agreement.costs), strict=True):
        for charge in charges:
            yield getattr(charge, "account", "revenue"), side


def known(
    pence: int, left_out: Iterable[Uncounted], year: FinancialYear, of: Amount = INCOME
) -> int | None:
    """A sum of a financial year; None where it is nought only as far as is known [p]."""
    if pence == 0 and any(of in each.may_have and each.is_in(year) for each in left_out):
        return None
    return pence
