"""SELECTs and INSERTs of alerts told and of feed keys. Functions take a session, never commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from canopy.concessions.governance.entries import GovernanceEntry
from canopy.concessions.governance.entry_documents import entry_of
from canopy.concessions.register.records.standing import standing
from canopy.concessions.register.records.tables import AgreementEntry
from canopy.concessions.register.tables import StoredAgreement
from canopy.concessions.register.told.addressing import Manager
from canopy.concessions.register.told.tables import AlertTold, FeedKey


def told_to(session: Session, recipient: str) -> dict[str, datetime]:
    """When somebody was told last, by the alert's uid."""
    rows = session.execute(
        select(AlertTold.uid, AlertTold.told_at).where(AlertTold.recipient == recipient)
    )
    return {uid: at for uid, at in rows}


def remember_told(session: Session, recipient: str, uids: Iterable[str], at: datetime) -> None:
    """Note that somebody was told of these."""
    for uid in uids:
        session.merge(AlertTold(recipient=recipient, uid=uid, told_at=at))
    session.flush()


def managers(session: Session) -> dict[str, Manager]:
    """Who looks after agreements, by reference: as the entries say that hold."""
    rows = session.execute(
        select(StoredAgreement.ref, AgreementEntry)
        .join(StoredAgreement, StoredAgreement.id == AgreementEntry.agreement_id)
        .where(AgreementEntry.kind == "governance")
        .order_by(AgreementEntry.id)
    )
    by_ref: dict[str, list[AgreementEntry]] = {}
    for ref, row in rows:
        by_ref.setdefault(ref, []).append(row)
    found = {}
    for ref, written in by_ref.items():
        for row in standing(written):
            entry = entry_of(row.content)
            if isinstance(entry, GovernanceEntry):
                found[ref] = Manager(entry.manager, entry.manager_email)
    return found


def feed_key_named(session: Session, name: str) -> FeedKey | None:
    """A key by its name, in use or not."""
    return session.scalars(select(FeedKey).where(FeedKey.name == name)).one_or_none()


def feed_key_of(session: Session, secret_sha256: str) -> FeedKey | None:
    """A key by what is kept of its secret."""
    return session.scalars(
        select(FeedKey).where(FeedKey.secret_sha256 == secret_sha256)
    ).one_or_none()


def feed_keys(session: Session) -> Sequence[FeedKey]:
    """Every key ever made, by name."""
    return session.scalars(select(FeedKey).order_by(FeedKey.name)).all()


def feed_keys_by(session: Session, maker: str, most: int) -> Sequence[FeedKey]:
    """The keys that somebody made, the last one first."""
    return session.scalars(
        select(FeedKey).where(FeedKey.created_by == maker).order_by(FeedKey.id.desc()).limit(most)
    ).all()


def count_in_use(session: Session, maker: str, now: datetime) -> int:
    """How many keys that somebody made open the feed."""
    return session.scalars(
        select(func.count())
        .select_from(FeedKey)
        .where(FeedKey.created_by == maker, FeedKey.revoked_at.is_(None), FeedKey.expires_at > now)
    ).one()


def add_feed_key(session: Session, key: FeedKey) -> bool:
    """Store a key; False when its name was used before, revoked ones included.

    The database decides, so that of two who add one name only one succeeds.
    """
    try:
        with session.begin_nested():
            session.add(key)
    except IntegrityError:
        return False
    return True
