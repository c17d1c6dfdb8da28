"""What the refs of a file tell: rows that claim one twice, that have none, or nearly one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from canopy.assets.importers.base import RowIssue
from canopy.assets.intake import queries as stage
from canopy.assets.intake.report import ROWS_SHOWN, WarningTally


class RefSigns:
    """Whether the costlier checks are worth making, seen while the file is read."""

    def __init__(self) -> None:
        self._given = self._absent = self._small = self._capital = False

    def add(self, refs: Sequence[object]) -> None:
        """Take note of a batch."""
        self._absent = self._absent or None in refs
        joined = "".join(map(str, filter(None, refs)))
        self._given = self._given or bool(joined)
        self._small = self._small or joined != joined.upper()
        self._capital = self._capital or joined != joined.lower()

    @property
    def some_absent(self) -> bool:
        """Some rows have a ref and some have none."""
        return self._given and self._absent

    @property
    def both_cases(self) -> bool:
        """There are small letters and capitals."""
        return self._small and self._capital


def repeated(connection: Connection) -> Iterator[tuple[int, RowIssue]]:
    """(ordinal, reject) of each row that claims a ref another row of the file claims too."""
    for row in stage.repeated_refs(connection):
        if row.same_record and row.file_row == row.first_row:
            continue
        if row.same_record:
            code, rest = "duplicate-row", f"repeats row {row.first_row} word for word"
        else:
            code = "duplicate-ref"
            rest = "is one of several different rows with that ref; correct the wrong ones"
        message = f"Row {row.file_row}, ref {row.ref!r}, {rest}."
        yield row.ordinal, RowIssue(row.file_row, code, message, "ref")


def warn_of_refs(connection: Connection, signs: RefSigns, tally: WarningTally) -> None:
    """Warn of rows without a ref where others have one, and of refs that differ in case only."""
    if signs.some_absent:
        for kind, (count, rows) in stage.rows_without_ref(connection, ROWS_SHOWN).items():
            message = (
                f"{count:,} rows of {kind} have no ref, though others have one; they are known "
                "again by what they say and where they stand. Fill the refs in."
            )
            _add(tally, [RowIssue(row, "missing-refs", message) for row in rows], count)
    if signs.both_cases:
        count, alike = stage.refs_alike(connection, ROWS_SHOWN)
        issues = [
            RowIssue(
                each.file_row,
                "refs-differ-in-case",
                f"Row {each.file_row}, ref {each.ref!r}, is {each.first_ref!r} but for small and "
                "capital letters; both were taken. Are they one asset?",
                "ref",
            )
            for each in alike
        ]
        _add(tally, issues, count)


def _add(tally: WarningTally, issues: Sequence[RowIssue], count: int) -> None:
    for issue in issues:
        tally.add(issue)
    if issues and count > len(issues):
        tally.add(RowIssue(issues[0].row, issues[0].code, ""), count - len(issues))
