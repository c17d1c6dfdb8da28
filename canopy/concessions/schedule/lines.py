"""Lines of a schedule, and their sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from canopy.concessions.calendar.financial_years import FinancialYear
from canopy.concessions.terms.charges import Account

Side = Literal["income", "cost"]
What = Literal["charge", "top-up", "recoupment", "milestone", "credit"]


@dataclass(frozen=True, slots=True)
class Line:
    """One amount that falls due.

    Attributes:
        what: "charge" for what a charge says itself; "top-up" and "recoupment" of a guarantee.
        first, last: the days it is for, both counted.
        net_pence: without VAT; negative where it is given back [p].
        vat_pence: of income; costs are kept without VAT.
        scenario: whether it rests on what a scenario says of an index.
        expected: whether energy is in it that no reading tells, and that is counted as expected.
    """

    agreement: str
    charge: str
    side: Side
    what: What
    account: Account
    first: date
    last: date
    due: date
    net_pence: int
    vat_pence: int
    scenario: bool
    expected: bool = False

    @property
    def assumed(self) -> bool:
        """Whether it rests on anything that is not known yet."""
        return self.scenario or self.expected


@dataclass(frozen=True, slots=True)
class YearTotal:
    """Sums of what falls due in a financial year, without VAT [p]: never netted here."""

    income_pence: int
    cost_pence: int


def by_financial_year(lines: Iterable[Line], account: Account) -> dict[FinancialYear, YearTotal]:
    """Totals by the financial year that lines fall due in, of revenue or of capital alone."""
    sums: dict[FinancialYear, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        if line.account == account:
            sums[FinancialYear.of(line.due)][line.side == "cost"] += line.net_pence
    return {year: YearTotal(*sums[year]) for year in sorted(sums)}


def net_by_charge(lines: Iterable[Line]) -> dict[str, int]:
    """The sum of each charge over all lines, without VAT [p]."""
    sums: dict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.charge] += line.net_pence
    return dict(sums)
