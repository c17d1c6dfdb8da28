"""Statements of watching: what came, where rules have come to, and alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, delete, func, literal_column, select, text
from sqlalchemy.orm import Session

from canopy.db.types import EPOCH
from canopy.iot.rules.judging import Reading
from canopy.iot.store.alarms import Alarm, AlarmChange, AlarmCursor, AlarmMemory, AlarmMessage
from canopy.iot.store.tables import Happening, LatestObservation, Observation

OVERLAP = timedelta(minutes=10)
"""Longer than a transaction that stores readings lasts."""
_AGO = timedelta(seconds=1)
"""A transaction is seen by others a little later than it began."""
_WATCH_LOCK = 0x43616E6F77
"""One process at a time notes alarms."""
_KEYS_AT_ONCE = 500
_MICROSECOND = timedelta(microseconds=1)
# Who may not see the others' sessions is told nothing of their transactions.
_OLDEST = text(
    "SELECT min(xact_start) FILTER (WHERE backend_type = 'client backend'), "
    "coalesce(bool_or(state IS NULL AND backend_type IS NULL OR state = 'disabled'), false) "
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_REMEMBER = text(
    "INSERT INTO alarm_memory (rule_id, subject, memory, alarm_id) "
    "VALUES (:rule_id, :subject, :memory, :alarm_id) ON CONFLICT (rule_id, subject) "
    "DO UPDATE SET memory = excluded.memory, alarm_id = excluded.alarm_id"
)
_COME_TO = text(
    "INSERT INTO alarm_cursor (rule_id, digest, place, version) "
    "VALUES (:rule_id, :digest, :place, 1) ON CONFLICT (rule_id) DO UPDATE SET "
    "digest = excluded.digest, place = excluded.place, version = alarm_cursor.version + 1"
)


class Places(NamedTuple):
    """Where what is stored ends, and up to where nothing more can come in between."""

    end: int
    settled: int


def places(session: Session) -> Places:
    """Numbers of rows in SQLite; else arrivals [us since 1970]. First in its transaction.

    On PostgreSQL an arrival is when a transaction began, and it may be committed later: what is
    settled lies before every transaction that is open, or `OVERLAP` ago at most.
    """
    if _is_sqlite(session):
        end = session.scalar(text("SELECT coalesce(max(rowid), 0) FROM observation")) or 0
        return Places(end, end)
    oldest, is_blind = session.execute(_OLDEST).one()
    now: datetime = session.scalars(select(func.clock_timestamp())).one()
    settled = now - OVERLAP
    if not is_blind:
        settled = max(settled, min(now - _AGO, oldest or now))
    return Places((now - EPOCH) // _MICROSECOND, (settled - EPOCH) // _MICROSECOND)


def place_at(session: Session, at: datetime, places: Places) -> int:
    """The place before all that came after a moment.

    In SQLite it reads the rows that came since, the last first, so that none before are touched.
    """
    if _is_sqlite(session):
        row = literal_column("rowid", BigInteger)
        wanted = select(row).select_from(Observation).where(Observation.stored_at <= at)
        return session.scalar(wanted.order_by(row.desc()).limit(1)) or 0
    return min((at - EPOCH) // _MICROSECOND, places.end)


def came(
    session: Session, after: int, until: int, streams: Sequence[int]
) -> Sequence[tuple[int, Reading]]:
    """(datastream, reading) of what came between two places, in no order."""
    found = Observation
    wanted = select(
        found.datastream_id, found.phenomenon_time, found.source_key, found.result, found.flags,
        found.longitude, found.latitude, found.stored_at,
    )  # fmt: skip
    if _is_sqlite(session):
        row = literal_column("rowid", BigInteger)
        wanted = wanted.where(row > after, row <= until)
    else:
        wanted = wanted.where(
            found.stored_at >= EPOCH + after * _MICROSECOND,
            found.stored_at < EPOCH + until * _MICROSECOND,
        )
    if len(streams) <= _KEYS_AT_ONCE:
        wanted = wanted.where(found.datastream_id.in_(streams))
    return _readings(session, wanted)


def history(
    session: Session, streams: Sequence[int], since: datetime, until: datetime, limit: int
) -> Sequence[tuple[int, Reading]]:
    """(datastream, reading) between two phenomenon times, the earliest first."""
    found = Observation
    wanted = (
        select(
            found.datastream_id, found.phenomenon_time, found.source_key, found.result,
            found.flags, found.longitude, found.latitude, found.stored_at,
        )
        .where(
            found.datastream_id.in_(streams[:_KEYS_AT_ONCE]), found.phenomenon_time >= since,
            found.phenomenon_time < until,
        )
        .order_by(found.phenomenon_time)
        .limit(limit)
    )  # fmt: skip
    return _readings(session, wanted)


def _readings(session: Session, wanted: Any) -> Sequence[tuple[int, Reading]]:
    return [
        (
            row[0],
            Reading(
                (row[1] - EPOCH) // _MICROSECOND, row[2], row[3], row[4], row[5], row[6],
                (row[7] - EPOCH) // _MICROSECOND,
            ),
        )
        for row in session.execute(wanted)
    ]  # fmt: skip


def newest(session: Session, streams: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Of each datastream that ever said anything: the newest time and when that came [us]."""
    latest, found = LatestObservation, {}
    for start in range(0, len(streams), _KEYS_AT_ONCE):
        rows = session.execute(
            select(latest.datastream_id, latest.phenomenon_time, latest.stored_at).where(
                latest.datastream_id.in_(streams[start : start + _KEYS_AT_ONCE])
            )
        )
        for number, at, stored_at in rows:
            found[number] = ((at - EPOCH) // _MICROSECOND, (stored_at - EPOCH) // _MICROSECOND)
    return found


def take_turn(session: Session) -> bool:
    """Whether this transaction alone notes alarms; SQLite has one writer as it is."""
    if _is_sqlite(session):
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_WATCH_LOCK))))


def cursors(session: Session) -> dict[int, AlarmCursor]:
    """Where each rule has come to."""
    return {each.rule_id: each for each in session.scalars(select(AlarmCursor))}


def put_cursor(session: Session, rule_id: int, digest: str, place: int) -> None:
    """Note where a rule has come to: a version later than it was."""
    session.execute(_COME_TO, {"rule_id": rule_id, "digest": digest, "place": place})


def drop_cursor(session: Session, rule_id: int) -> None:
    """Forget a rule."""
    session.execute(delete(AlarmCursor).where(AlarmCursor.rule_id == rule_id))


def memories(
    session: Session, rule_id: int, subjects: Sequence[str] | None = None
) -> dict[str, AlarmMemory]:
    """What a rule remembers, by subject; of these subjects where they are given."""
    kept, found = AlarmMemory, {}
    wanted = select(kept).where(kept.rule_id == rule_id)
    if subjects is None:
        return {each.subject: each for each in session.scalars(wanted)}
    for start in range(0, len(subjects), _KEYS_AT_ONCE):
        some = kept.subject.in_(subjects[start : start + _KEYS_AT_ONCE])
        for each in session.scalars(wanted.where(some)):
            found[each.subject] = each
    return found


def open_memories(session: Session, rule_id: int) -> dict[str, AlarmMemory]:
    """What a rule remembers of subjects with an open alarm."""
    kept = AlarmMemory
    wanted = select(kept).where(kept.rule_id == rule_id, kept.alarm_id.is_not(None))
    return {each.subject: each for each in session.scalars(wanted)}


def put_memories(session: Session, rows: Sequence[tuple[int, str, str, int | None]]) -> None:
    """Remember: rule, subject, memory and the alarm that is open."""
    if rows:
        names = ("rule_id", "subject", "memory", "alarm_id")
        session.execute(_REMEMBER, [dict(zip(names, row, strict=True)) for row in rows])


def drop_memories(session: Session, rule_id: int, subjects: Iterable[str]) -> None:
    """Forget some subjects."""
    gone, kept = list(subjects), AlarmMemory
    for start in range(0, len(gone), _KEYS_AT_ONCE):
        some = kept.subject.in_(gone[start : start + _KEYS_AT_ONCE])
        session.execute(delete(kept).where(kept.rule_id == rule_id, some))


def happenings(session: Session, kinds: Sequence[str], limit: int) -> Sequence[Happening]:
    """What was noticed of these kinds, the latest first."""
    return session.scalars(
        select(Happening)
        .where(Happening.kind.in_(kinds))
        .order_by(Happening.last_at.desc())
        .limit(limit)
    ).all()


class AlarmFilter(NamedTuple):
    """Which alarms. `since`: those that changed from then on."""

    states: Sequence[str] = ()
    rule: str | None = None
    severity: str | None = None
    thing_id: int | None = None
    asset_id: str | None = None
    since: datetime | None = None


def alarms(
    session: Session, wanted: AlarmFilter, before: int | None, limit: int
) -> Sequence[Alarm]:
    """Alarms, the newest first, from before a number on."""
    found = select(Alarm).order_by(Alarm.id.desc()).limit(limit)
    if before is not None:
        found = found.where(Alarm.id < before)
    if wanted.states:
        found = found.where(Alarm.state.in_(wanted.states))
    for place, value in (
        (Alarm.rule_name, wanted.rule), (Alarm.severity, wanted.severity),
        (Alarm.thing_id, wanted.thing_id), (Alarm.asset_id, wanted.asset_id),
    ):  # fmt: skip
        if value is not None:
            found = found.where(place == value)
    if wanted.since is not None:
        found = found.where(Alarm.changed_at >= wanted.since)
    return session.scalars(found).all()


def locked_alarm(session: Session, number: int) -> Alarm | None:
    """An alarm that nobody else changes until the transaction ends."""
    return session.scalars(select(Alarm).where(Alarm.id == number).with_for_update()).one_or_none()


def changes(session: Session, alarm_id: int, limit: int) -> Sequence[AlarmChange]:
    """What an alarm came to, in order."""
    change = AlarmChange
    return session.scalars(
        select(change).where(change.alarm_id == alarm_id).order_by(change.id).limit(limit)
    ).all()


def messages_of(session: Session, alarm_id: int, limit: int) -> Sequence[AlarmMessage]:
    """What was or will be told of an alarm, in order."""
    message = AlarmMessage
    return session.scalars(
        select(message).where(message.alarm_id == alarm_id).order_by(message.id).limit(limit)
    ).all()


def forget_pending(session: Session, numbers: Sequence[int]) -> None:
    """Delete those of some alarms that were never raised."""
    for start in range(0, len(numbers), _KEYS_AT_ONCE):
        some = numbers[start : start + _KEYS_AT_ONCE]
        is_pending = select(Alarm.id).where(Alarm.id.in_(some), Alarm.state == "pending")
        session.execute(
            delete(AlarmChange).where(AlarmChange.alarm_id.in_(is_pending)),
            execution_options={"synchronize_session": False},
        )
        session.execute(
            delete(Alarm).where(Alarm.id.in_(some), Alarm.state == "pending"),
            execution_options={"synchronize_session": False},
        )


def forget_old(session: Session, before: datetime) -> int:
    """Delete alarms that were cleared before a moment, with all that was told of them."""
    old = list(
        session.scalars(
            select(Alarm.id)
            .where(Alarm.state == "cleared", Alarm.changed_at < before)
            .limit(_KEYS_AT_ONCE)
        )
    )
    for table, key in (
        (AlarmMessage, AlarmMessage.alarm_id), (AlarmChange, AlarmChange.alarm_id),
        (Alarm, Alarm.id),
    ):  # fmt: skip
        session.execute(delete(table).where(key.in_(old)))
    return len(old)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
