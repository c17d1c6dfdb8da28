"""Financial years of local government: 1 April to 31 March."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_APRIL = 4


@dataclass(frozen=True, slots=True, order=True)
class FinancialYear:
    """The year that begins on 1 April of `begins`."""

    begins: int

    @classmethod
    def of(cls, day: date) -> FinancialYear:
        return cls(day.year if day.month >= _APRIL else day.year - 1)

    @property
    def start(self) -> date:
        return date(self.begins, _APRIL, 1)

    @property
    def end(self) -> date:
        return date(self.begins + 1, 3, 31)

    @property
    def days(self) -> int:
        """365, or 366 where a 29 February lies in it."""
        return (self.end - self.start).days + 1

    def __str__(self) -> str:
        """As councils write it: 2026/27."""
        return f"{self.begins}/{(self.begins + 1) % 100:02d}"


def years_between(start: date, end: date) -> list[FinancialYear]:
    """Every financial year that two days and those between them lie in."""
    first, last = FinancialYear.of(start), FinancialYear.of(end)
    return [FinancialYear(begins) for begins in range(first.begins, last.begins + 1)]
