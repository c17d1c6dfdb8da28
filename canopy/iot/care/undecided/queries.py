"""Statements about what has waited too long, or is too much, on either database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from canopy.iot.store.tables import DeadLetter, HeldObservation
from canopy.iot.tending.queries import let_go


def held_until(session: Session, before: datetime, most: int) -> datetime:
    """Until when readings in quarantine go: those stored before a moment, and the first of more
    than `most`. Those of one commit go together."""
    held = HeldObservation
    beyond = session.scalar(
        select(held.stored_at).order_by(held.stored_at.desc()).offset(most).limit(1)
    )
    if beyond is None or beyond < before:
        return before
    after = session.scalar(select(func.min(held.stored_at)).where(held.stored_at > beyond))
    return beyond if after is None else after


def held_by_source(session: Session, until: datetime) -> list[tuple[str, int]]:
    """How many readings of each source were held before a moment, the most first."""
    held, number = HeldObservation, func.count()
    rows = session.execute(
        select(held.source, number)
        .where(held.stored_at < until)
        .group_by(held.source)
        .order_by(number.desc(), held.source)
    )
    return [(source, count) for source, count in rows]


def remove_held(session: Session, until: datetime, most: int) -> int:
    """Remove some of the readings that were held before a moment; how many went."""
    held = HeldObservation
    rows = session.scalars(select(held).where(held.stored_at < until).limit(most)).all()
    let_go(session, rows)
    session.expunge_all()
    return len(rows)


Letters = tuple[datetime, int]
"""Dead letters that came last before a moment, and those up to a number."""


def letters_until(session: Session, before: datetime, most: int) -> Letters:
    """Which dead letters go: those of before a moment, and the first of more than `most`."""
    beyond = session.scalar(
        select(DeadLetter.id).order_by(DeadLetter.id.desc()).offset(most).limit(1)
    )
    return before, beyond or 0


def letters_by_kind(session: Session, which: Letters) -> list[tuple[str, int]]:
    """How many of them there are of each kind, the most first; those replayed do not count."""
    number = func.count()
    rows = session.execute(
        select(DeadLetter.kind, number)
        .where(_are(which), DeadLetter.replayed_at.is_(None))
        .group_by(DeadLetter.kind)
        .order_by(number.desc(), DeadLetter.kind)
    )
    return [(kind, count) for kind, count in rows]


def remove_letters(session: Session, which: Letters, most: int) -> int:
    """Remove some of them; how many went."""
    numbers: Sequence[int] = session.scalars(
        select(DeadLetter.id).where(_are(which)).order_by(DeadLetter.id).limit(most)
    ).all()
    session.execute(
        delete(DeadLetter).where(DeadLetter.id.in_(numbers)),
        execution_options={"synchronize_session": False},
    )
    return len(numbers)


def _are(which: Letters) -> ColumnElement[bool]:
    before, number = which
    return or_(DeadLetter.last_at < before, DeadLetter.id <= number)
