"""What was billed, also where terms were changed since: the past is corrected, never edited.

Each version of the terms billed what fell due while it held. A later version that makes a past
charge another one takes it back on the day of the change, and charges what is right beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from canopy.concessions.schedule.corrections import Entry, charged, correct
from canopy.concessions.schedule.lines import Line
from canopy.concessions.terms.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Version:
    """Terms as they held from a day on, and why they were changed."""

    since: date
    agreement: Agreement
    reason: str


def billed(
    versions: Sequence[Version], lines_of: Callable[[Agreement], Sequence[Line]]
) -> list[Line]:
    """The lines that invoices are made of, by all versions of an agreement, oldest first.

    Lines of the first version, however long ago they fell due, are as it says. Reversals and
    what replaces them fall due on the day of the change. What falls due after the last change
    is as the last version says.
    """
    book: list[Entry] = []
    for at, version in enumerate(versions):
        lines = lines_of(version.agreement)
        ends = versions[at + 1].since if at + 1 < len(versions) else date.max
        if at:
            past = [line for line in lines if line.due <= version.since]
            reason = version.reason.strip() or "changed terms"
            book += correct(book, past, version.since, reason)
            lines = [line for line in lines if line.due > version.since]
        book += charged((line for line in lines if line.due <= ends), version.since, len(book))
    return [_line(entry) for entry in book]


def _line(entry: Entry) -> Line:
    if entry.kind == "charge":
        return entry.line
    return replace(entry.line, due=entry.on, net_pence=entry.net_pence, vat_pence=entry.vat_pence)
