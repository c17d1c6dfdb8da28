"""What became of a file's rows: none is lost without a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

FIRST_ISSUES = 100
"""How many rejected rows are told one by one; the rest are counted."""


@dataclass(frozen=True, slots=True)
class RowIssue:
    """A row that was not used. `row` counts lines of the file from 1, a header included."""

    row: int
    column: str
    reason: str


@dataclass(slots=True)
class RowTally:
    """Counts rejected rows while a file is read."""

    counts: Counter[str] = field(default_factory=Counter)
    first: list[RowIssue] = field(default_factory=list)

    def reject(self, row: int, column: str, reason: str, *, kind: str = "") -> None:
        """Count a row under `kind` (its column when none is given) and keep the first ones."""
        self.counts[kind or column] += 1
        if len(self.first) < FIRST_ISSUES:
            self.first.append(RowIssue(row, column, reason))

    def told(self) -> Mapping[str, int]:
        return MappingProxyType(dict(self.counts))
