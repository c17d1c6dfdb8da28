"""Which notices an agreement needs by what the register holds of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from canopy.concessions.governance.changes import Advice
from canopy.concessions.governance.entries import NoticeEntry
from canopy.concessions.governance.entry_documents import entry_of
from canopy.concessions.governance.notices import Needed, Procurement, Published, needed
from canopy.concessions.register.records import queries as record_queries
from canopy.concessions.register.records import writing
from canopy.concessions.register.records.standing import standing
from canopy.concessions.register.records.tables import (
    AgreementEntry,
    AgreementModification,
    AgreementRoute,
)
from canopy.concessions.register.tables import StoredAgreement
from canopy.concessions.standing import Status
from canopy.concessions.terms.reading import from_stored
from canopy.concessions.terms.registered import Due
from canopy.errors import Refused

_DIRECT = "direct"
"""How the chosen option of a route begins where there was no competition."""
_OLD_FORM = "F20"
_NEW_FORM = "UK10"


def notices_of(session: Session, ref: str, on: date) -> list[Needed]:
    """Notices of an agreement, as they stand on a day.

    Raises NotFound where there is no such agreement, and Refused where no route to market is on
    record: record it first.
    """
    row = writing.agreement_of(session, ref)
    route = record_queries.route(session, row.id)
    if route is None:
        raise Refused(f"{ref} has no route to market on record; record it first")
    return _needed(session, row, route, on)


def dues_of(
    session: Session, row: StoredAgreement, entries: Sequence[AgreementEntry], on: date
) -> Iterator[Due]:
    """Notices of an agreement that are not published, but for those an entry speaks of."""
    route = record_queries.route(session, row.id)
    if route is None or row.status == Status.withdrawn:
        return
    spoken = {
        entry.notice
        for entry in map(entry_of, (each.content for each in standing(entries)))
        if isinstance(entry, NoticeEntry) and entry.published_on is None
    }
    for each in _needed(session, row, route, on):
        if each.due is None or each.published is not None or each.number in spoken:
            continue
        text = f"The {each.name} ({each.number}) is to be published by {each.due}: {each.because}."
        yield Due("notice-due", each.due, text, f"route.notices[{each.number} {each.place}]")


def _needed(
    session: Session, row: StoredAgreement, route: AgreementRoute, on: date
) -> list[Needed]:
    entries = record_queries.entries(session, row.id)
    changes = writing.standing(record_queries.modifications(session, row.id))
    agreement = from_stored(row.terms)
    subject = writing.subject_of(route)
    procurement = Procurement(
        began=route.procured_on,
        is_inside_law=route.is_inside_law,
        is_direct=route.chosen.strip().lower().startswith(_DIRECT),
        is_call_off=agreement.kind == "call-off",
        subject=subject,
        value_gbp=Decimal(route.initial_pence) / 100,
        start=agreement.term.start,
        ended=row.status_on if row.status == Status.ended else None,
    )
    advice: list[Advice] = (
        writing.advice(session, row.ref) if changes and route.is_inside_law else []
    )
    published = [*_published(entries), *_of_changes(changes)]
    return needed(procurement, advice, published, on)


def _published(entries: Sequence[AgreementEntry]) -> Iterator[Published]:
    for row in standing(entries):
        entry = entry_of(row.content)
        if isinstance(entry, NoticeEntry) and entry.published_on is not None:
            yield Published(entry.notice, entry.published_on, entry.published_id or "")


def _of_changes(changes: Sequence[AgreementModification]) -> Iterator[Published]:
    """A change that names its notice has it published, of whichever regime it is."""
    for row in changes:
        if row.notice_id:
            for number in (_NEW_FORM, _OLD_FORM):
                place = f"change of {row.changed_on}"
                yield Published(number, row.changed_on, row.notice_id, place)
