"""Entries of a book of charges, where nothing that was charged is ever edited.

A correction of the past is the reversal of an entry, and a new one beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from canopy.concessions.schedule.lines import Line
from canopy.errors import Refused


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as it was charged, or taken back.

    Attributes:
        number: counts from 1 in the book.
        kind: "reversal" has the opposite amounts of the entry that `reverses` numbers.
        on: the day of the entry, not that of the charge.
        reason: why, for a reversal and what replaces it.
    """

    number: int
    kind: Literal["charge", "reversal", "replacement"]
    on: date
    line: Line
    net_pence: int
    vat_pence: int
    reverses: int | None = None
    reason: str | None = None


def charged(lines: Iterable[Line], on: date, after: int = 0) -> list[Entry]:
    """Entries for lines, numbered from `after` + 1."""
    return [
        Entry(after + 1 + at, "charge", on, line, line.net_pence, line.vat_pence)
        for at, line in enumerate(lines)
    ]


def correct(book: Sequence[Entry], right: Iterable[Line], on: date, reason: str) -> list[Entry]:
    """The entries that make a book say what it should, to be added to it.

    `right` is every line that should stand. What stands and is right is left alone; what is
    wrong or should not be there is reversed, and what is right is entered anew. Raises Refused
    without a reason. The book and its additions then sum to `right`.
    """
    if not reason.strip():
        raise Refused("a correction needs a reason")
    wanted = list(right)
    added: list[Entry] = []
    number = max((entry.number for entry in book), default=0)
    for entry in standing(book):
        if entry.line in wanted:
            wanted.remove(entry.line)
            continue
        number += 1
        added.append(
            Entry(
                number, "reversal", on, entry.line, -entry.net_pence, -entry.vat_pence,
                entry.number, reason,
            )
        )  # fmt: skip
    for line in wanted:
        number += 1
        added.append(
            Entry(number, "replacement", on, line, line.net_pence, line.vat_pence, None, reason)
        )
    return added


def standing(book: Sequence[Entry]) -> list[Entry]:
    """Entries that charge something and have not been reversed."""
    gone = {entry.reverses for entry in book}
    return [entry for entry in book if entry.kind != "reversal" and entry.number not in gone]
