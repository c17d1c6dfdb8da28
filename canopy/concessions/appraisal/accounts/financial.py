"""The financial account: what the council is paid and pays, by financial year, as it falls due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.schedule.lines import Line
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.appraised import Loan
from canopy.concessions.terms.charges import Account, Charge

UNSTATED = "not stated"
_BY_TYPE = {
    "power": "power", "metered-power": "power", "survey-fee": "surveys", "legal-cost": "legal",
    "access-fee": "access",
}  # fmt: skip
Side = Literal["income", "cost"]
Gain = tuple[date, str, int]
"""A benefit of the council: the last day of its year, its name, and what it is then [p]."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A sum of a financial year [p].

    Attributes:
        heading: the type of a charge, what a cost is spent on, or "borrowing".
        financing: whether it is of a loan, or a cost of borrowing.
    """

    year: FinancialYear
    account: Account
    side: Side
    heading: str
    financing: bool
    pence: int


@dataclass(frozen=True, slots=True)
class YearAccount:
    """Totals of a financial year and account [p], without VAT; revenue and capital stay apart."""

    year: FinancialYear
    account: Account
    income_pence: int
    cost_pence: int
    borrowed_pence: int
    repaid_pence: int

    @property
    def net_pence(self) -> int:
        """Before financing."""
        return self.income_pence - self.cost_pence

    @property
    def net_after_financing_pence(self) -> int:
        return self.net_pence + self.borrowed_pence - self.repaid_pence


def heading_of(agreement: Agreement, side: Side, name: str) -> str:
    """What a charge or cost counts under."""
    charges: Iterable[Charge] = agreement.charges if side == "income" else agreement.costs
    charge = next(each for each in charges if each.name == name)
    kind = str(getattr(charge, "type", UNSTATED))
    if side == "income":
        return kind
    return charge.purpose or _BY_TYPE.get(kind, UNSTATED)


def entries(
    agreement: Agreement, lines: Iterable[Line], loans: Iterable[Loan], benefits: Iterable[Gain]
) -> list[Entry]:
    """Every sum by year, account and heading; a loan's principal is capital, its interest
    revenue, and so are the council's own benefits.
    """
    headings: dict[tuple[Side, str], str] = {}
    sums: dict[tuple[FinancialYear, Account, Side, str], int] = defaultdict(int)
    for line in lines:
        named = (line.side, line.charge)
        if named not in headings:
            headings[named] = heading_of(agreement, *named)
        at = (FinancialYear.of(line.due), line.account, line.side, headings[named])
        sums[at] += line.net_pence
    for year, account, side, pence in _loans(loans):
        sums[year, account, side, "borrowing"] += pence
    for day, name, pence in benefits:
        sums[FinancialYear.of(day), "revenue", "income", f"benefit {name}"] += pence
    return [
        Entry(year, account, side, heading, heading == "borrowing", pence)
        for (year, account, side, heading), pence in sorted(
            sums.items(), key=lambda each: (each[0][0], each[0][1] != "revenue", *each[0][2:])
        )
        if pence
    ]


def _loans(loans: Iterable[Loan]) -> Iterator[tuple[FinancialYear, Account, Side, int]]:
    for loan in loans:
        for each in loan.movements():
            year = FinancialYear.of(each.day)
            drawn = each.principal_pence > 0
            yield year, "capital", "income" if drawn else "cost", abs(each.principal_pence)
            yield year, "revenue", "cost", -each.interest_pence


def by_year(found: Iterable[Entry]) -> list[YearAccount]:
    """Totals of each year and account that has an entry."""
    sums: dict[tuple[FinancialYear, Account], Mapping[tuple[Side, bool], int]] = {}
    for each in found:
        total = sums.setdefault((each.year, each.account), defaultdict(int))
        total[each.side, each.financing] += each.pence  # type: ignore[index]  # a defaultdict
    return [
        YearAccount(
            year, account, total["income", False], total["cost", False], total["income", True],
            total["cost", True],
        )
        for (year, account), total in sums.items()
    ]  # fmt: skip
