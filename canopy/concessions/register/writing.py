"""Writing agreements: each write is one revision that says who, when and why.

Functions take a session and never commit. Whoever changes an agreement names the version that
was read; where it has changed since, nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from canopy.assets.queries import ChangeNote, add_change, refs_there
from canopy.assets.revising import Delta, difference
from canopy.concessions.fields import Problem
from canopy.concessions.register import queries
from canopy.concessions.register.queries import Wanted
from canopy.concessions.register.records.dues import dues_by_agreement
from canopy.concessions.register.records.possible_days import require_possible_day
from canopy.concessions.register.tables import AgreementEvent, StoredAgreement
from canopy.concessions.standing import LIVE, Status, require_step
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.checking import refuse
from canopy.concessions.terms.reading import from_stored, to_document
from canopy.concessions.terms.registered import Registered
from canopy.errors import NotFound, Refused, StaleVersion

LONGEST_NOTE = 4_000


@dataclass(frozen=True, slots=True)
class Held:
    """An agreement of the register, as it is now."""

    agreement: Agreement
    status: Status
    status_on: date
    version: int
    updated_at: datetime


def held(row: StoredAgreement) -> Held:
    """A stored agreement with its terms read."""
    return Held(
        from_stored(row.terms), Status(row.status), row.status_on, row.version, row.updated_at
    )


def find(session: Session, ref: str) -> Held:
    """An agreement by its reference, withdrawn or not. Raises NotFound."""
    return held(_found(session, ref))


def registered(session: Session, on: date) -> list[Registered]:
    """What alerts of a day are found in: all that is live, or has ended."""
    rows = queries.listed(session, Wanted(statuses=(*LIVE, Status.ended)), None)
    dues = dues_by_agreement(session, rows, on)
    return [
        Registered(found.agreement, found.status, found.status_on, dues.get(row.id, ()))
        for row, found in ((row, held(row)) for row in rows)
    ]


def require_known_assets(session: Session, agreement: Agreement) -> None:
    """Raises BadTerms where terms name assets that the catalogue does not have.

    Those that the register has under the agreement already are not asked of again: an asset may
    have left the catalogue since.
    """
    there = refs_there(session, [each.ref for each in agreement.assets])
    row = queries.stored(session, agreement.ref)
    if row is not None:
        there |= {each.ref for each in from_stored(row.terms).assets}
    refuse(
        [
            Problem(f"assets[{at}].ref", f"the catalogue has no asset {each.ref}")
            for at, each in enumerate(agreement.assets)
            if each.ref not in there
        ]
    )


def add(
    session: Session,
    agreement: Agreement,
    status: Status,
    status_on: date,
    note: ChangeNote,
    at: datetime,
) -> Held:
    """Put an agreement in the register.

    Raises Refused where its reference is taken, and BadTerms where another holds one of its
    assets and either does so exclusively.
    """
    queries.hold_register(session)
    if queries.stored(session, agreement.ref) is not None:
        raise Refused(f"{agreement.ref} is in the register already; change that agreement instead")
    if status is Status.withdrawn:
        raise Refused(f"an agreement is not added as {status}")
    row = StoredAgreement(version=1, created_at=at)
    _put(row, agreement, status, status_on, at)
    session.add(row)
    _write(session, row, agreement, "added", Delta({}, _record(row)), note)
    return held(row)


def change(
    session: Session,
    agreement: Agreement,
    version: int,
    note: ChangeNote,
    at: datetime,
) -> Held:
    """Give an agreement new terms under the same reference; no revision where nothing differs.

    Raises NotFound, StaleVersion where `version` is not the present one, Refused for a
    withdrawn agreement, and BadTerms as `add` does.
    """
    row = _locked(session, agreement.ref, version)
    before = _record(row)
    _put(row, agreement, Status(row.status), row.status_on, at)
    delta = difference(before, _record(row))
    if delta:
        row.version += 1
        _write(session, row, agreement, "changed", delta, note)
    return held(row)


def set_status(
    session: Session,
    ref: str,
    version: int,
    status: Status,
    status_on: date,
    note: ChangeNote,
    at: datetime,
) -> Held:
    """Let an agreement stand otherwise from a day on. Raises as `change`, and Refused for a step
    that it cannot take; withdrawing needs a reason, and is for good.
    """
    row = _locked(session, ref, version)
    require_step(Status(row.status), status)
    if status_on < row.status_on and status is not Status.withdrawn:
        raise Refused(f"{ref} is {row.status} since {row.status_on}: {status} begins no earlier")
    if status is Status.withdrawn and not note.reason.strip():
        raise Refused(f"say why {ref} is withdrawn")
    before = _record(row)
    agreement = from_stored(row.terms)
    _put(row, agreement, status, status_on, at)
    row.version += 1
    action = "withdrawn" if status is Status.withdrawn else "changed"
    _write(session, row, agreement, action, difference(before, _record(row)), note)
    return held(row)


def withdraw(
    session: Session, ref: str, version: int, on: date, note: ChangeNote, at: datetime
) -> Held:
    """Take an agreement that should not be there out of the register; its history stays."""
    return set_status(session, ref, version, Status.withdrawn, on, note, at)


def record_event(
    session: Session, ref: str, on: date, kind: str, text: str, author: str, at: datetime
) -> int:
    """Record something that happened under an agreement; its number.

    Raises NotFound, and Refused for a note that is empty or over 4,000 characters, and for a day
    before the procurement began or after the agreement was withdrawn.
    """
    if not kind.strip() or not 0 < len(text.strip()) <= LONGEST_NOTE:
        raise Refused(f"an event has a kind, and a note of 1 to {LONGEST_NOTE:,} characters")
    row = _found(session, ref)
    require_possible_day(session, row, on, "on", "an event")
    return queries.add_event(
        session,
        AgreementEvent(
            agreement_id=row.id, happened_on=on, kind=kind.strip(), note=text.strip(),
            author=author, recorded_at=at,
        ),
    )  # fmt: skip


def _found(session: Session, ref: str) -> StoredAgreement:
    row = queries.stored(session, ref)
    if row is None:
        raise NotFound(f"There is no agreement {ref} in the register.")
    return row


def _locked(session: Session, ref: str, version: int) -> StoredAgreement:
    queries.hold_register(session)
    row = _found(session, ref)
    if row.version != version:
        raise StaleVersion(
            f"{ref} is at version {row.version} now, and you began from {version}; read it again "
            "and repeat the change.",
            version=row.version,
        )
    if row.status == Status.withdrawn:
        raise Refused(f"{ref} is withdrawn; add the agreement under another reference")
    return row


def _put(
    row: StoredAgreement, agreement: Agreement, status: Status, status_on: date, at: datetime
) -> None:
    row.ref, row.title, row.kind = agreement.ref, agreement.title, agreement.kind
    row.status, row.status_on = str(status), status_on
    row.starts_on, row.ends_on = agreement.term.start, agreement.term.end
    row.terms = to_document(agreement)
    row.updated_at = at


def _record(row: StoredAgreement) -> dict[str, object]:
    """What revisions compare: each part of the terms by its name, and how it stands."""
    return {**row.terms, "status": row.status, "status_on": row.status_on.isoformat()}


def _write(
    session: Session,
    row: StoredAgreement,
    agreement: Agreement,
    action: str,
    delta: Delta,
    note: ChangeNote,
) -> None:
    session.flush()
    if delta.fields & {"parties", "assets", "exclusivity"}:
        queries.put_parts(session, row.id, agreement)
    refuse(
        [
            Problem(
                f"assets {each.asset}",
                f"{each.second} holds it {each.days} too, and one of the two exclusively",
            )
            for each in queries.overlaps_of(session, row.id, only_refused=True)
            if each.refused
        ]
    )
    queries.add_revision(session, row, add_change(session, note, row.updated_at), action, delta)
