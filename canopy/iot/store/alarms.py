"""Alarms, and what is told of them, beside the readings.

They lie where readings lie so that a step of watching is one transaction: the place it has come
to, what it remembers, alarms and messages are committed together, or none of it is.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from canopy.db.types import Instant, Number, RowId
from canopy.iot.store.tables import ReadingsBase


class AlarmCursor(ReadingsBase):
    """Up to which place in the order of arrival a rule has looked at readings.

    `digest` is of what it judges by: where that changed, what it remembers is void. `version`
    counts what was written, so that of two processes one finds that the other was there.
    """

    __tablename__ = "alarm_cursor"

    rule_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(Text)
    place: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(BigInteger)


class AlarmMemory(ReadingsBase):
    """What a rule remembers of a stream, a Thing or a happening, and the alarm that is open."""

    __tablename__ = "alarm_memory"

    rule_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    """``stream:12``, ``thing:3`` or ``happening:kind/subject``."""
    memory: Mapped[str] = mapped_column(Text)
    alarm_id: Mapped[int | None] = mapped_column(BigInteger)


class Alarm(ReadingsBase):
    """An alarm of one rule about one subject, from when it waits until it is cleared.

    `state` is ``pending``, ``raised``, ``acknowledged`` or ``cleared``; one that waited and was
    never raised is deleted. Who and what are as they were when it began.
    """

    __tablename__ = "alarm"
    __table_args__ = (
        Index("ix_alarm_state", "state", "id"),
        Index("ix_alarm_rule_name", "rule_name", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    rule_id: Mapped[int] = mapped_column(BigInteger)
    rule_name: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    datastream_id: Mapped[int | None] = mapped_column(BigInteger)
    thing_id: Mapped[int | None] = mapped_column(BigInteger)
    asset_id: Mapped[str | None] = mapped_column(Text)
    thing: Mapped[str] = mapped_column(Text)
    stream: Mapped[str] = mapped_column(Text)
    unit: Mapped[str | None] = mapped_column(Text)
    is_personal: Mapped[bool] = mapped_column(Boolean)
    """Its values are for nobody: none is kept here."""
    state: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Instant)
    raised_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_by: Mapped[str | None] = mapped_column(Text)
    cleared_at: Mapped[datetime | None] = mapped_column(Instant)
    value: Mapped[float | None] = mapped_column(Number)
    note: Mapped[str] = mapped_column(Text)
    flutters: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class AlarmChange(ReadingsBase):
    """A state that an alarm came to: when it happened, when that was noted, by whom."""

    __tablename__ = "alarm_change"
    __table_args__ = (
        Index("ix_alarm_change_alarm_id", "alarm_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    alarm_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    noted_at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    value: Mapped[float | None] = mapped_column(Number)


class AlarmMessage(ReadingsBase):
    """What one recipient is to be told of one change. `due_at` is null when nothing is left to do:
    it was taken (`sent_at`), or given up (`given_up_at`) for the last `problem`."""

    __tablename__ = "alarm_message"
    __table_args__ = (
        Index("uq_alarm_message_change_id", "change_id", "channel", "recipient", unique=True),
        Index("ix_alarm_message_due_at", "due_at"),
        Index("ix_alarm_message_alarm_id", "alarm_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    change_id: Mapped[int] = mapped_column(BigInteger)
    alarm_id: Mapped[int] = mapped_column(BigInteger)
    channel: Mapped[str] = mapped_column(Text)
    """``mail``, ``webhook`` or ``mqtt``."""
    recipient: Mapped[str] = mapped_column(Text)
    """An address, the name of a webhook, or a topic."""
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(Integer)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    given_up_at: Mapped[datetime | None] = mapped_column(Instant)
    problem: Mapped[str] = mapped_column(Text)
