"""SELECTs and INSERTs of alerts told and of feed keys. Functions take a session, never commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

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


def add_feed_key(session: Session, key: FeedKey) -> None:
    """Store a key."""
    session.add(key)
    session.flush()
