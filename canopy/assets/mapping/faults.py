"""What is wrong with the rows of one batch, gathered check by check.

A row is rejected once, however many checks it fails: the first fault gives the code,
and the messages of all of them are joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from canopy.assets.importers.base import RowIssue

HARMLESS_REJECTS: frozenset[str] = frozenset({"blank-row", "totals-row", "dropped-by-correction"})
"""Rejects that do not make an all-or-nothing import refuse the file: rows that hold no
asset, or that a person has decided to leave out."""

MAX_FAULTS_TOLD = 5
"""Faults told per row; a row with more is summed up."""


@dataclass(slots=True)
class Faults:
    """Rejects and warnings of one batch, by position in the batch."""

    row_numbers: Sequence[int]
    _rejects: dict[int, list[RowIssue]] = field(default_factory=dict)
    warnings: list[RowIssue] = field(default_factory=list)

    def reject(self, index: int, code: str, message: str, column: str | None = None) -> None:
        issue = RowIssue(self.row_numbers[index], code, message, column)
        self._rejects.setdefault(index, []).append(issue)

    def warn(
        self,
        index: int,
        code: str,
        message: str,
        column: str | None = None,
        parts: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`parts` are what the message was joined from, each with the column it quotes."""
        row = self.row_numbers[index]
        split = tuple(RowIssue(row, code, text, each) for text, each in parts)
        self.warnings.append(RowIssue(row, code, message, column, split))

    def is_rejected(self, index: int) -> bool:
        return index in self._rejects

    def any_rejected(self) -> bool:
        return bool(self._rejects)

    def rejected(self) -> list[RowIssue]:
        """One issue per rejected row, in the order of the rows."""
        return [_joined(self._rejects[index]) for index in sorted(self._rejects)]

    def kept(self, count: int) -> list[int]:
        """Positions of the rows that nothing rejected."""
        return [index for index in range(count) if index not in self._rejects]


def _joined(issues: list[RowIssue]) -> RowIssue:
    first = issues[0]
    if len(issues) == 1:
        return first
    parts = tuple(issues[:MAX_FAULTS_TOLD])
    told = [issue.message for issue in parts]
    if len(issues) > MAX_FAULTS_TOLD:
        told.append(f"And {len(issues) - MAX_FAULTS_TOLD} more.")
    return RowIssue(first.row, first.code, " ".join(told), first.column, parts)
