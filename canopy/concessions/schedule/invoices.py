"""What to invoice: lines of one agreement that fall due on one day, on one bill."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from canopy.concessions.schedule.lines import Line


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill to be expected, or a credit note where its sum is negative.

    Attributes:
        number: `<agreement>/<due day>`: an agreement has one for a day.
        lines: with their own VAT; their sums are the invoice's.
    """

    number: str
    agreement: str
    due: date
    lines: tuple[Line, ...]

    @property
    def net_pence(self) -> int:
        return sum(line.net_pence for line in self.lines)

    @property
    def vat_pence(self) -> int:
        return sum(line.vat_pence for line in self.lines)

    @property
    def gross_pence(self) -> int:
        return self.net_pence + self.vat_pence


def invoices(lines: Iterable[Line]) -> list[Invoice]:
    """The invoices of income lines, in the order of due days. Costs are not invoiced."""
    by_day: dict[tuple[date, str], list[Line]] = defaultdict(list)
    for line in lines:
        if line.side == "income":
            by_day[line.due, line.agreement].append(line)
    return [
        Invoice(f"{agreement}/{due}", agreement, due, tuple(each))
        for (due, agreement), each in sorted(by_day.items(), key=lambda item: item[0])
    ]
