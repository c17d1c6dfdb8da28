"""Writing what the register holds beside terms: documents, routes to market, modifications.

Functions take a session and never commit. All raise NotFound where there is no such agreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy.orm import Session

from canopy.concessions.governance.changes import Advice, Change, Ground, Subject, advice_on_changes
from canopy.concessions.register import queries
from canopy.concessions.register.records import queries as record_queries
from canopy.concessions.register.records.files import Stored
from canopy.concessions.register.records.possible_days import require_possible_day
from canopy.concessions.register.records.tables import (
    AgreementDocument,
    AgreementModification,
    AgreementRoute,
)
from canopy.concessions.register.tables import StoredAgreement
from canopy.concessions.terms.reading import from_stored
from canopy.errors import NotFound, Refused

Sensitivity = Literal["public", "exempt"]
LONGEST_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class Decision:
    """How an agreement came to market: `options` that were considered, one of them `chosen`."""

    options: tuple[str, ...]
    chosen: str
    reason: str
    is_inside_law: bool
    procured_on: date
    subject: Subject
    initial_pence: int

    def __post_init__(self) -> None:
        if self.chosen not in self.options:
            raise Refused(f"chosen: {self.chosen!r} is not among the options considered")
        if not 0 < len(self.reason.strip()) <= LONGEST_TEXT:
            raise Refused(f"reason: say why, in 1 to {LONGEST_TEXT:,} characters")
        if self.initial_pence <= 0:
            raise Refused("initial_pence: a contract has an initial value above 0")


def add_document(
    session: Session,
    ref: str,
    stored: Stored,
    title: str,
    kind: str,
    sensitivity: Sensitivity,
    author: str,
    at: datetime,
    supersedes: int | None = None,
) -> AgreementDocument:
    """Record a file of the store. Raises Refused for an empty title or kind, and NotFound where
    what it supersedes is no document of the agreement.
    """
    if not title.strip() or not kind.strip() or len(title) + len(kind) > LONGEST_TEXT:
        raise Refused("a document has a title and a kind, both short")
    if supersedes is not None:
        document(session, ref, supersedes)
    row = AgreementDocument(
        agreement_id=agreement_of(session, ref).id, title=title.strip(), kind=kind.strip(),
        suffix=stored.suffix, sha256=stored.sha256, size_bytes=stored.size_bytes,
        sensitivity=sensitivity, supersedes=supersedes, author=author, recorded_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def documents(session: Session, ref: str) -> Sequence[AgreementDocument]:
    """All documents of an agreement, as they were added."""
    return record_queries.documents(session, agreement_of(session, ref).id)


def document(session: Session, ref: str, number: int) -> AgreementDocument:
    """One document of an agreement. Raises NotFound."""
    for row in documents(session, ref):
        if row.id == number:
            return row
    raise NotFound(f"{ref} has no document {number}.")


def withdraw_document(
    session: Session, ref: str, number: int, reason: str, author: str, at: datetime
) -> AgreementDocument:
    """Take a document back: it stays on record with its file. Raises Refused without a reason,
    or where it was withdrawn before.
    """
    row = document(session, ref, number)
    if row.withdrawn_at is not None or not reason.strip():
        raise Refused(f"document {number} is withdrawn once, and for a reason")
    row.withdrawn_by, row.withdrawn_at, row.withdrawn_reason = author, at, reason.strip()
    session.flush()
    return row


def decide_route(
    session: Session, ref: str, decision: Decision, author: str, at: datetime
) -> AgreementRoute:
    """Record how an agreement came to market; what was recorded before stays on record.

    Raises Refused where the agreement was signed before the procurement began.
    """
    of = agreement_of(session, ref)
    signed = from_stored(of.terms).signed
    if signed is not None and signed < decision.procured_on:
        raise Refused(
            f"procured_on: the procurement began on {decision.procured_on}, after {ref} was signed "
            f"on {signed}: correct the one that is wrong"
        )
    row = AgreementRoute(
        agreement_id=of.id, options=list(decision.options),
        chosen=decision.chosen, reason=decision.reason.strip(),
        is_inside_law=decision.is_inside_law, procured_on=decision.procured_on,
        subject=decision.subject, initial_pence=decision.initial_pence, author=author,
        recorded_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def add_modification(
    session: Session,
    ref: str,
    change: Change,
    note: str,
    author: str,
    at: datetime,
    notice_id: str | None = None,
) -> AgreementModification:
    """Record a change of a contract. Raises Refused for part of a penny, a note too long, or a day
    before the procurement began or after the agreement was withdrawn.
    """
    pence = change.value_gbp * 100
    if pence != pence.to_integral_value() or len(note) > LONGEST_TEXT:
        raise Refused(f"a change has whole pence, and a note up to {LONGEST_TEXT:,} characters")
    of = agreement_of(session, ref)
    require_possible_day(session, of, change.on, "on", "a change")
    row = AgreementModification(
        agreement_id=of.id, changed_on=change.on, ground=change.ground,
        value_pence=int(pence), months=change.months, alters_nature=change.alters_nature,
        notice_id=notice_id, note=note.strip(), author=author, recorded_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def reverse_modification(
    session: Session, ref: str, number: int, reason: str, author: str, at: datetime
) -> AgreementModification:
    """Record that a change was not as recorded: an entry of the opposite value and months.

    `number` is that of the change within its agreement, as `numbers_of` counts. Raises NotFound for
    a change that there is not, and Refused without a reason, for a reversal, and for a change that
    was reversed before.
    """
    rows = modifications(session, ref)
    if not 1 <= number <= len(rows):
        raise NotFound(f"{ref} has no modification {number}.")
    found = rows[number - 1]
    if found.reverses is not None or any(row.reverses == found.id for row in rows):
        raise Refused(f"modification {number} is a reversal, or reversed; record a new one instead")
    if not 0 < len(reason.strip()) <= LONGEST_TEXT:
        raise Refused(f"say why modification {number} is reversed")
    row = reversal_of(found, reason.strip(), author, at)
    session.add(row)
    session.flush()
    return row


def reversal_of(
    row: AgreementModification, reason: str, author: str, at: datetime
) -> AgreementModification:
    """The entry that takes a change back, on the day of the change."""
    return AgreementModification(
        agreement_id=row.agreement_id, changed_on=row.changed_on, ground=row.ground,
        value_pence=-row.value_pence, months=-row.months, alters_nature=row.alters_nature,
        notice_id=row.notice_id, note=reason, reverses=row.id, author=author, recorded_at=at,
    )  # fmt: skip


def modifications(session: Session, ref: str) -> Sequence[AgreementModification]:
    """Every entry, in the order they were recorded."""
    return record_queries.modifications(session, agreement_of(session, ref).id)


def numbers_of(rows: Sequence[AgreementModification]) -> dict[int, int]:
    """Numbers within the agreement by stored identity: from 1, in the order of recording.

    Reversals have one too. Nothing is ever taken out, so a number stays what it was.
    """
    return {row.id: at for at, row in enumerate(rows, 1)}


def standing(rows: Sequence[AgreementModification]) -> list[AgreementModification]:
    """The changes that hold: neither reversals nor reversed."""
    reversed_ids = {row.reverses for row in rows}
    return [row for row in rows if row.reverses is None and row.id not in reversed_ids]


def advice(session: Session, ref: str) -> list[Advice]:
    """How each change that holds stands under the regime of the procurement's date.

    Raises Refused where no route to market is on record, or it says that procurement law does
    not apply.
    """
    row = agreement_of(session, ref)
    route = record_queries.route(session, row.id)
    if route is None:
        raise Refused(f"{ref} has no route to market on record; record it first")
    if not route.is_inside_law:
        raise Refused(f"{ref} is outside procurement law by its route to market: {route.reason}")
    rows = modifications(session, ref)
    numbers = numbers_of(rows)
    changes = [change_of(each, numbers[each.id]) for each in standing(rows)]
    months = _months(row)
    initial = Decimal(route.initial_pence) / 100
    subject = subject_of(route)
    return advice_on_changes(changes, initial, months, route.procured_on, subject)


def subject_of(route: AgreementRoute) -> Subject:
    """What a route procured."""
    subject: Subject = route.subject  # type: ignore[assignment]  # only Decision writes it
    return subject


def change_of(row: AgreementModification, number: int = 0) -> Change:
    """A stored change as the tests take it, with its number within the agreement."""
    ground: Ground = row.ground  # type: ignore[assignment]  # only Change writes it
    value = Decimal(row.value_pence) / 100
    notice_id = row.notice_id or None
    return Change(
        row.changed_on, value, ground, row.months, row.alters_nature, notice_id, number
    )  # fmt: skip


def _months(row: StoredAgreement) -> int:
    """The greatest term that an agreement provides for, in whole months begun."""
    agreement = from_stored(row.terms)
    first, last = agreement.term.start, agreement.latest_end
    months = (last.year - first.year) * 12 + last.month - first.month
    return months + (last.day >= first.day)


def agreement_of(session: Session, ref: str) -> StoredAgreement:
    """An agreement's row. Raises NotFound."""
    row = queries.stored(session, ref)
    if row is None:
        raise NotFound(f"There is no agreement {ref} in the register.")
    return row
