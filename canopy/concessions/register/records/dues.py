"""What entries of the register leave to be done: notices to publish, actions of meetings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy.orm import Session

from canopy.concessions.governance.entries import MeetingEntry, NoticeEntry
from canopy.concessions.governance.entry_documents import entry_of
from canopy.concessions.register.records import queries as record_queries
from canopy.concessions.register.records.needed import dues_of
from canopy.concessions.register.records.standing import standing
from canopy.concessions.register.records.tables import AgreementEntry
from canopy.concessions.register.tables import StoredAgreement
from canopy.concessions.terms.registered import Due


def dues_by_agreement(
    session: Session, agreements: Sequence[StoredAgreement], on: date
) -> dict[int, tuple[Due, ...]]:
    """What is due on a day, by the agreement's number; entries that no longer hold leave nothing.

    Beside what entries say: the notices that a route to market needs and nobody has published.
    """
    entries = record_queries.due_entries(session)
    routed = record_queries.routed(session)
    return {
        row.id: (
            *_dues(entries.get(row.id, ())),
            *(dues_of(session, row, entries.get(row.id, ()), on) if row.id in routed else ()),
        )
        for row in agreements
        if row.id in entries or row.id in routed
    }


def _dues(rows: Sequence[AgreementEntry]) -> Iterator[Due]:
    for row in standing(rows):
        entry = entry_of(row.content)
        if isinstance(entry, NoticeEntry) and entry.published_on is None:
            text = f"The notice {entry.notice} is to be published by {entry.due}."
            yield Due("notice-due", entry.due, text, f"entries[{row.id}]")
        elif isinstance(entry, MeetingEntry):
            for at, action in enumerate(entry.actions):
                if not action.done:
                    text = f"{action.who}: {action.what} (meeting of {entry.on})."
                    yield Due("action-due", action.due, text, f"entries[{row.id}].actions[{at}]")
