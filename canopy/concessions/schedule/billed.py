"""What was billed, also where terms were changed since: the past is corrected, never edited.

Each version of the terms billed what fell due while it held. A later version that makes a past
charge another one takes it back on the day of the change, and charges what is right beside it.
So it is where an agreement ends early, or goes on after its term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from canopy.concessions.calendar.months import ONE_DAY
from canopy.concessions.schedule.corrections import Entry, charged, correct
from canopy.concessions.schedule.lines import Line
from canopy.concessions.terms.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Version:
    """Terms as they held from a day on, and why they were changed.

    Attributes:
        continues: whether the agreement went on after its term under them.
        last_day: what is billed for: the day it ended, where it did.
    """

    since: date
    agreement: Agreement
    reason: str
    continues: bool = False
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Billable:
    """An agreement by its versions, oldest first, and the day it ended, if it has one."""

    versions: tuple[Version, ...]
    ended_on: date | None = None

    def lived(self) -> list[Version]:
        """The versions to bill by: one more where it went on, and where it ended."""
        versions = _gone_on(self.versions)
        return versions if self.ended_on is None else _ended(versions, self.ended_on)


def billed(
    versions: Sequence[Version], lines_of: Callable[[Version], Sequence[Line]]
) -> list[Line]:
    """The lines that invoices are made of, by all versions of an agreement, oldest first.

    Lines of the first version, however long ago they fell due, are as it says. Reversals and
    what replaces them fall due on the day of the change. What falls due after the last change
    is as the last version says.
    """
    book: list[Entry] = []
    for at, version in enumerate(versions):
        lines = lines_of(version)
        ends = versions[at + 1].since if at + 1 < len(versions) else date.max
        if at:
            past = [line for line in lines if line.due <= version.since]
            reason = version.reason.strip() or "changed terms"
            book += correct(book, past, version.since, reason)
            lines = [line for line in lines if line.due > version.since]
        book += charged((line for line in lines if line.due <= ends), version.since, len(book))
    return [_line(entry) for entry in book]


def _gone_on(versions: Sequence[Version]) -> list[Version]:
    """What runs by the day does so from the day after the term on, whenever that was recorded."""
    found: list[Version] = []
    for at, each in enumerate(versions):
        day_after = each.agreement.term.end + ONE_DAY
        if not each.continues or (at and each.since >= day_after):
            found.append(each)
            continue
        found.append(replace(each, continues=False))
        if at + 1 == len(versions) or versions[at + 1].since > day_after:
            found.append(replace(each, since=day_after, reason="it continues after its term"))
    return found


def _ended(versions: Sequence[Version], last_day: date) -> list[Version]:
    """What was billed for days after the last is taken back on it, whenever that was recorded."""
    first, *later = versions
    before = [first, *(each for each in later if each.since < last_day)]
    end = replace(before[-1], since=last_day, reason="the agreement ended", last_day=last_day)
    after = [replace(each, last_day=last_day) for each in later if each.since >= last_day]
    return [*before, end, *after]


def _line(entry: Entry) -> Line:
    if entry.kind == "charge":
        return entry.line
    return replace(entry.line, due=entry.on, net_pence=entry.net_pence, vat_pence=entry.vat_pence)
