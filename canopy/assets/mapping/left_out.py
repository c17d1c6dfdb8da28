"""Columns of a file that are not used, and why: none is lost without a word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from canopy.assets.importers.base import RowIssue
from canopy.assets.mapping.fields import FieldReader, Noted, Refused
from canopy.assets.mapping.headings import heading_score
from canopy.assets.mapping.model import ColumnRule
from canopy.assets.mapping.profile import BELIEVED_SHARE, Column
from canopy.assets.mapping.targets import Target

SURE_HEADING = 0.8
"""From this score on a heading is that of the field, and not using the column is told loudly."""

COLUMNS_TOLD = 50
"""Unused columns named in one warning; the count is of all of them."""


@dataclass(frozen=True, slots=True)
class LeftColumn:
    """A column that is not used. `reason` quotes none of its values.

    `target` is the field that its heading means, where its values did not fit; `example`
    then says of one value what is wrong with it.
    """

    name: str
    reason: str
    target: str | None = None
    example: str | None = None

    @property
    def is_misunderstood(self) -> bool:
        return self.target is not None


def left_columns(
    columns: Iterable[Column],
    targets: MappingOf[str, Target],
    rules: MappingOf[str, ColumnRule],
) -> list[LeftColumn]:
    """Why each of `columns` was not used, which no rule reads and no position stands in."""
    return [_left(column, targets, rules) for column in columns]


def _left(
    column: Column, targets: MappingOf[str, Target], rules: MappingOf[str, ColumnRule]
) -> LeftColumn:
    if not column.known:
        return LeftColumn(column.name, "empty")
    settable = [target for target in targets.values() if target.settable]
    score, target = max(
        ((heading_score(column.name, each.headings), each) for each in settable),
        key=lambda found: (found[0], -found[1].precedence),
    )
    if score < SURE_HEADING:
        return LeftColumn(column.name, "the heading is none that Canopy knows")
    if target.name in rules:
        other = rules[target.name].columns[0]
        return LeftColumn(column.name, f"{target.name} is read from {other!r}")
    return LeftColumn(
        column.name, "its values do not fit", target.name, _what_is_wrong(column, target)
    )


def _what_is_wrong(column: Column, target: Target) -> str:
    reader = FieldReader(target, None, column.name)
    for value in reader.read_column(column.some):
        if isinstance(value, Refused) or (isinstance(value, Noted) and value.value is None):
            return value.message.partition("; ")[0] + "."
    if column.numeric_share > BELIEVED_SHARE:
        return f"They are numbers, such as {column.texts[0][:80]!r}."
    return f"They repeat themselves, or are of another sort, such as {column.texts[0][:80]!r}."


def told(left: Sequence[LeftColumn], command: str = "canopy import") -> list[tuple[RowIssue, int]]:
    """Warnings with the number of columns that each is about; `command` explains such a file."""
    issues = [(_misunderstood(each, command), 1) for each in left if each.is_misunderstood]
    others = [each for each in left if not each.is_misunderstood]
    if others:
        issues.append((_unused(others, command), len(others)))
    return issues


def _misunderstood(left: LeftColumn, command: str) -> RowIssue:
    target = left.target or ""
    found = f"{left.name} was NOT used: its heading says {target}, but its values do not fit."
    way_out = (
        f"Correct the column and import again, or name it for {target} in a mapping, where values "
        f"can be corrected and explained (`{command} --explain` writes one)."
    )
    parts = (
        RowIssue(None, "column-not-understood", found),
        RowIssue(None, "unreadable-value", left.example or "", target),
        RowIssue(None, "column-not-understood", way_out),
    )
    message = " ".join(part.message for part in parts)
    return RowIssue(None, "column-not-understood", message, left.name, parts)


def _unused(left: Sequence[LeftColumn], command: str) -> RowIssue:
    named = [f"{each.name} ({each.reason})" for each in left[:COLUMNS_TOLD]]
    if len(left) > COLUMNS_TOLD:
        named.append(f"and {len(left) - COLUMNS_TOLD} more")
    return RowIssue(
        None,
        "unused-column",
        f"Not used: {'; '.join(named)}. Name those that matter in a mapping, or list them there "
        f"under ignore (`{command} --explain` writes one).",
    )
