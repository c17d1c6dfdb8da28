"""Statements about messages that wait to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, aliased

from canopy.iot.store.alarms import AlarmMessage


def add_message(session: Session, message: AlarmMessage) -> None:
    """Have something told."""
    session.add(message)


def count_waiting(session: Session) -> int:
    """How many messages wait."""
    return session.scalars(
        select(func.count()).select_from(AlarmMessage).where(AlarmMessage.due_at.is_not(None))
    ).one()


def claim(session: Session, now: datetime, until: datetime, limit: int) -> Sequence[AlarmMessage]:
    """Messages that are due, which nobody else is given before `until`.

    Of one alarm to one recipient the oldest alone: what comes after it waits for it.
    """
    message, earlier = AlarmMessage, aliased(AlarmMessage)
    is_first = ~(
        select(earlier.id)
        .where(
            earlier.alarm_id == message.alarm_id, earlier.channel == message.channel,
            earlier.recipient == message.recipient, earlier.due_at.is_not(None),
            earlier.id < message.id,
        )
        .exists()
    )  # fmt: skip
    found = session.scalars(
        select(message)
        .where(message.due_at <= now, is_first)
        .order_by(message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for each in found:
        each.due_at = until
        each.attempts += 1
    session.flush()
    return found


def note_sent(session: Session, numbers: Sequence[int], now: datetime) -> None:
    """Note that these were taken."""
    session.execute(
        update(AlarmMessage)
        .where(AlarmMessage.id.in_(numbers))
        .values(sent_at=now, due_at=None, problem="")
    )


def note_failed(
    session: Session, number: int, problem: str, due_at: datetime | None, now: datetime
) -> None:
    """Note that one was not taken, and when it is tried again; never, where that is None."""
    given_up_at = now if due_at is None else None
    session.execute(
        update(AlarmMessage)
        .where(AlarmMessage.id == number)
        .values(problem=problem, due_at=due_at, given_up_at=given_up_at)
    )


def outbox(
    session: Session, before: int | None, limit: int, *, with_done: bool
) -> Sequence[AlarmMessage]:
    """Messages, the newest first: those that wait or were given up, and those that are done."""
    message = AlarmMessage
    found = select(message).order_by(message.id.desc()).limit(limit)
    if before is not None:
        found = found.where(message.id < before)
    if not with_done:
        found = found.where(message.sent_at.is_(None))
    return session.scalars(found).all()


def forget_given_up(session: Session, before: datetime) -> None:
    """Delete what was given up before a moment."""
    session.execute(delete(AlarmMessage).where(AlarmMessage.given_up_at < before))
