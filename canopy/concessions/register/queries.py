"""Every SELECT and INSERT of the register. Functions take a session and never commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    delete,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from canopy.assets.queries import plain
from canopy.assets.revising import Delta
from canopy.assets.tables import Change
from canopy.concessions.register.party_keys import party_key
from canopy.concessions.register.records.tables import AgreementDocument
from canopy.concessions.register.tables import (
    AgreementAsset,
    AgreementEvent,
    AgreementParty,
    AgreementRevision,
    StoredAgreement,
)
from canopy.concessions.standing import LIVE, Status
from canopy.concessions.terms.agreement import Agreement
from canopy.concessions.terms.overlaps import Overlap

Order = Literal["ref", "title", "kind", "status", "starts_on", "ends_on"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which agreements to list; what is not given does not narrow.

    Attributes:
        party: the whole name of somebody it binds.
        binds: the key of somebody it binds, other than as the council; see `party_keys`.
        text: somewhere in its reference, title or the name of a party.
        asset_ref: of an asset that it is about.
        on: a day in its term.
        ends_before: its term ends before this day.
        order: what agreements are sorted by, then by reference.
        falling: whether the last comes first.
        after: the reference that a page ended with: the next one begins after it.
        after_value: what that agreement was sorted by; not needed where that is the reference.
        handover: whether its terms have a hand-off clause.
    """

    kind: str | None = None
    statuses: tuple[Status, ...] = ()
    party: str | None = None
    asset_ref: str | None = None
    on: date | None = None
    binds: str | None = None
    text: str | None = None
    ends_before: date | None = None
    order: Order = "ref"
    falling: bool = False
    after: str | None = None
    after_value: str | date | None = None
    handover: bool | None = None


@dataclass(frozen=True, slots=True)
class PastAgreement:
    """One revision of an agreement, with who made it."""

    version: int
    action: str
    at: datetime
    author: str
    reason: str
    delta: Delta


def hold_register(session: Session) -> None:
    """Let nobody else change the register until this transaction ends.

    Whether an asset is let already is asked before an agreement is written, so two that are
    written at once could both find it free. On a GeoPackage a writing transaction has the
    whole file.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE agreement IN SHARE ROW EXCLUSIVE MODE"))


def stored(session: Session, ref: str) -> StoredAgreement | None:
    """An agreement as it is now, withdrawn or not."""
    return session.scalars(
        select(StoredAgreement)
        .where(StoredAgreement.ref == ref)
        .execution_options(populate_existing=True)
    ).one_or_none()


def listed(session: Session, wanted: Wanted, limit: int | None) -> Sequence[StoredAgreement]:
    """A page of agreements in their order; withdrawn ones only where that status is asked for."""
    query = _narrowed(session, select(StoredAgreement), wanted)
    if wanted.after is not None:
        query = query.where(_comes_after(wanted, wanted.after))
    columns = dict.fromkeys((_column(wanted.order), StoredAgreement.ref))
    ordered = [each.desc() if wanted.falling else each.asc() for each in columns]
    return session.scalars(query.order_by(*ordered).limit(limit)).all()


def count(session: Session, wanted: Wanted) -> int:
    """How many agreements are listed, on all pages."""
    query = select(func.count()).select_from(StoredAgreement)
    found: int = session.scalars(_narrowed(session, query, wanted)).one()
    return found


def _column(order: Order) -> InstrumentedAttribute[Any]:
    column: InstrumentedAttribute[Any] = getattr(StoredAgreement, order)
    return column


def _comes_after(wanted: Wanted, ref: str) -> ColumnElement[bool]:
    """Whether an agreement comes later in the order than the one that a page ended with."""
    by_ref = StoredAgreement.ref < ref if wanted.falling else StoredAgreement.ref > ref
    if wanted.order == "ref":
        return by_ref
    column = _column(wanted.order)
    last = wanted.after_value
    by_value = column < last if wanted.falling else column > last
    return or_(by_value, and_(column == last, by_ref))


def _narrowed(session: Session, query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.statuses:
        query = query.where(StoredAgreement.status.in_([str(each) for each in wanted.statuses]))
    else:
        query = query.where(StoredAgreement.status != str(Status.withdrawn))
    if wanted.kind is not None:
        query = query.where(StoredAgreement.kind == wanted.kind)
    if wanted.on is not None:
        query = query.where(
            StoredAgreement.starts_on <= wanted.on, StoredAgreement.ends_on >= wanted.on
        )
    if wanted.ends_before is not None:
        query = query.where(StoredAgreement.ends_on < wanted.ends_before)
    if wanted.handover is not None:
        has_one = func.coalesce(_has_handover(session), false())
        query = query.where(has_one if wanted.handover else ~has_one)
    if wanted.text is not None:
        query = query.where(_says(wanted.text))
    if wanted.binds is not None:
        bound = select(AgreementParty.agreement_id).where(
            AgreementParty.key == wanted.binds, AgreementParty.role != "council"
        )
        query = query.where(StoredAgreement.id.in_(bound))
    if wanted.party is not None:
        of_party = select(AgreementParty.agreement_id).where(AgreementParty.name == wanted.party)
        query = query.where(StoredAgreement.id.in_(of_party))
    if wanted.asset_ref is not None:
        of_asset = select(AgreementAsset.agreement_id).where(
            AgreementAsset.asset_ref == wanted.asset_ref
        )
        query = query.where(StoredAgreement.id.in_(of_asset))
    return query


def _has_handover(session: Session) -> ColumnElement[bool]:
    """Whether the terms have a hand-off clause: a yes or no that the document always holds."""
    if session.get_bind().dialect.name == "postgresql":
        member = StoredAgreement.terms.op("->>", return_type=Text())
        return member(literal("handover_clause", Text())) == "true"
    return func.json_extract(StoredAgreement.terms, "$.handover_clause", type_=Integer()) == 1


def _says(text: str) -> ColumnElement[bool]:
    """Whether reference, title or a party's name holds a text, in any case of letters."""
    named = select(AgreementParty.agreement_id).where(
        func.lower(AgreementParty.name).contains(text.lower(), autoescape=True)
    )
    return or_(
        func.lower(StoredAgreement.ref).contains(text.lower(), autoescape=True),
        func.lower(StoredAgreement.title).contains(text.lower(), autoescape=True),
        StoredAgreement.id.in_(named),
    )


def put_parts(session: Session, agreement_id: int, agreement: Agreement) -> None:
    """Make the parties and assets of a stored agreement those of its terms."""
    for table in (AgreementParty, AgreementAsset):
        session.execute(delete(table).where(table.agreement_id == agreement_id))
    session.add_all(
        AgreementParty(
            agreement_id=agreement_id,
            number=at,
            name=party.name,
            key=party_key(party.name),
            role=party.role,
        )
        for at, party in enumerate(agreement.parties, 1)
    )  # fmt: skip
    session.add_all(
        AgreementAsset(
            agreement_id=agreement_id,
            number=at,
            asset_ref=asset.ref,
            is_exclusive=agreement.lets_alone(asset),
        )
        for at, asset in enumerate(agreement.assets, 1)
    )
    session.flush()


def document_files(session: Session) -> list[tuple[str, str]]:
    """SHA-256 and suffix of every file that documents are on record of, withdrawn ones too."""
    rows = session.execute(
        select(AgreementDocument.sha256, func.min(AgreementDocument.suffix))
        .group_by(AgreementDocument.sha256)
        .order_by(AgreementDocument.sha256)
    )
    return [(sha256, suffix) for sha256, suffix in rows]


def add_revision(
    session: Session, row: StoredAgreement, change_id: int, action: str, delta: Delta
) -> None:
    """Record one change of an agreement, which has been flushed, so that it has a number."""
    session.add(
        AgreementRevision(
            agreement_id=row.id, version=row.version, change_id=change_id, action=action,
            before=plain(delta.before) or None, after=plain(delta.after) or None,
        )
    )  # fmt: skip
    session.flush()


def history(session: Session, ref: str) -> list[PastAgreement]:
    """All revisions of an agreement, oldest first; none where there is no such agreement."""
    rows = session.execute(
        select(
            AgreementRevision.version, AgreementRevision.action, Change.at, Change.author,
            Change.reason, AgreementRevision.before, AgreementRevision.after,
        )
        .join(StoredAgreement, StoredAgreement.id == AgreementRevision.agreement_id)
        .join(Change, Change.id == AgreementRevision.change_id)
        .where(StoredAgreement.ref == ref)
        .order_by(AgreementRevision.version)
    )  # fmt: skip
    return [
        PastAgreement(version, action, at, author, reason, Delta(before or {}, after or {}))
        for version, action, at, author, reason, before, after in rows
    ]


def add_event(session: Session, event: AgreementEvent) -> int:
    """Record what happened; its number."""
    session.add(event)
    session.flush()
    return event.id


def events(session: Session, ref: str) -> Sequence[AgreementEvent]:
    """What happened under an agreement, earliest first."""
    return session.scalars(
        select(AgreementEvent)
        .join(StoredAgreement, StoredAgreement.id == AgreementEvent.agreement_id)
        .where(StoredAgreement.ref == ref)
        .order_by(AgreementEvent.happened_on, AgreementEvent.id)
    ).all()


def overlaps_on(session: Session, asset_ref: str) -> list[Overlap]:
    """Every pair of live agreements that hold an asset on the same days."""
    ours = aliased(AgreementAsset)
    held = session.scalars(select(ours.agreement_id).where(ours.asset_ref == asset_ref)).all()
    return [
        each
        for agreement_id in sorted(set(held))
        for each in overlaps_of(session, agreement_id)
        if each.asset == asset_ref and each.first < each.second
    ]


_MINE, _OTHER = aliased(AgreementAsset), aliased(AgreementAsset)
_ME, _THEY = aliased(StoredAgreement), aliased(StoredAgreement)


def overlaps_of(session: Session, agreement_id: int, only_refused: bool = False) -> list[Overlap]:
    """What other live agreements hold of a live agreement's assets while it does.

    One that continues after its term holds them without end. only_refused: those where either
    holds the asset alone, which is all that a writer asks: many may share an asset.
    """
    mine, other, me, they = _MINE, _OTHER, _ME, _THEY
    live = [str(each) for each in LIVE]
    alone = or_(mine.is_exclusive, other.is_exclusive) if only_refused else true()
    rows = session.execute(
        select(
            mine.asset_ref, me.ref, they.ref, me.starts_on, me.ends_on, me.status,
            they.starts_on, they.ends_on, they.status, mine.is_exclusive, other.is_exclusive,
        )
        .join(me, me.id == mine.agreement_id)
        .join(other, (other.asset_ref == mine.asset_ref) & (other.agreement_id != me.id))
        .join(they, they.id == other.agreement_id)
        .where(me.id == agreement_id, me.status.in_(live), they.status.in_(live), alone)
        .order_by(mine.asset_ref, they.ref)
    )  # fmt: skip
    found = []
    for asset, ref, their_ref, starts, ends, status, begins, stops, standing, sole, soles in rows:
        first = max(starts, begins)
        last = min(_held_until(ends, status), _held_until(stops, standing))
        if first <= last:
            found.append(Overlap(asset, ref, their_ref, first, last, sole or soles))
    return found


def _held_until(ends: date, status: str) -> date:
    return date.max if status == Status.continuing else ends
