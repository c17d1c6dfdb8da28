"""Alarms as they begin, are raised and are cleared, with what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy.orm import Session

from canopy.iot.rules.hours import EPOCH
from canopy.iot.rules.judging import shown
from canopy.iot.rules.machine import Change
from canopy.iot.rules.rule import Rule, Tell
from canopy.iot.rules.selecting import Subject
from canopy.iot.rules.telling.messages import document_of, recipients
from canopy.iot.rules.telling.queries import add_message, count_waiting
from canopy.iot.rules.watching import queries
from canopy.iot.store.alarms import Alarm, AlarmChange, AlarmMessage

MOST_WAITING = 20_000
"""Messages that wait; what is told beyond is given up at once, and says so."""
WATCHER = "canopy"


@dataclass(slots=True)
class Telling:
    """What is told in one transaction, as far as there is room."""

    session: Session
    now: datetime
    room: int

    @classmethod
    def begun(cls, session: Session, now: datetime) -> Telling:
        """With the room that there is."""
        return cls(session, now, MOST_WAITING - count_waiting(session))

    def tell(self, tell: Tell, alarm: Alarm, change: AlarmChange) -> None:
        """Have everybody told of a change."""
        body = msgspec.json.encode(document_of(alarm, change)).decode()
        for channel, recipient in recipients(tell, alarm, change.state):
            has_room = self.room > 0
            self.room -= 1
            add_message(
                self.session,
                AlarmMessage(
                    change_id=change.id, alarm_id=alarm.id, channel=channel,
                    recipient=recipient, body=body, created_at=self.now,
                    due_at=self.now if has_room else None, attempts=0,
                    given_up_at=None if has_room else self.now,
                    problem="" if has_room else f"{MOST_WAITING:,} messages wait already",
                ),
            )  # fmt: skip


def apply(
    telling: Telling, rule_id: int, rule: Rule, subject: Subject, alarm_id: int | None,
    change: Change, *, flutters: bool,
) -> int | None:  # fmt: skip
    """Note a change; the number of the alarm that is open now."""
    session = telling.session
    alarm = session.get(Alarm, alarm_id) if alarm_id is not None else None
    if change.became == "dropped":
        if alarm is not None and alarm.state == "pending":
            queries.forget_alarm(session, alarm.id)
            session.expunge(alarm)
        return None
    if change.became == "cleared":
        if alarm is not None:
            _clear(telling, rule.tell, alarm, moment(change.at_us), shown(rule, change.value), "")
        return None
    if alarm is None:
        alarm = _new(telling, rule_id, rule, subject, change)
    alarm.flutters = flutters
    alarm.since = moment(change.since_us)
    if change.became == "raised":
        at = moment(change.at_us)
        alarm.state, alarm.raised_at = "raised", at
        alarm.value, alarm.changed_at = shown(rule, change.value), telling.now
        session.flush()
        noted = _noted(telling, alarm, at, alarm.value, WATCHER, "")
        telling.tell(rule.tell, alarm, noted)
    return alarm.id


def close(telling: Telling, tell: Tell, alarm_id: int, why: str) -> None:
    """Clear an alarm whose rule or subject is no longer looked at; forget one that waits."""
    alarm = telling.session.get(Alarm, alarm_id)
    if alarm is None or alarm.state == "cleared":
        return
    if alarm.state == "pending":
        queries.forget_alarm(telling.session, alarm_id)
        return
    _clear(telling, tell, alarm, telling.now, None, why)


def acknowledged(telling: Telling, tell: Tell, alarm: Alarm, by: str, note: str) -> None:
    """Note that somebody sees to an alarm that is raised."""
    alarm.state, alarm.acknowledged_at, alarm.acknowledged_by = "acknowledged", telling.now, by
    alarm.note, alarm.changed_at = note, telling.now
    telling.tell(tell, alarm, _noted(telling, alarm, telling.now, alarm.value, by, note))


def moment(at_us: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return EPOCH + timedelta(microseconds=at_us)


def _new(telling: Telling, rule_id: int, rule: Rule, subject: Subject, change: Change) -> Alarm:
    alarm = Alarm(
        rule_id=rule_id, rule_name=rule.name, title=rule.title, severity=rule.severity,
        subject=subject.key, datastream_id=subject.datastream_id, thing_id=subject.thing_id,
        asset_id=subject.asset_id, thing=subject.thing, stream=subject.stream, unit=subject.unit,
        is_personal=subject.is_personal, state="pending", since=moment(change.since_us),
        value=shown(rule, change.value), note="", flutters=False, changed_at=telling.now,
    )  # fmt: skip
    telling.session.add(alarm)
    telling.session.flush()
    if change.became == "pending":
        _noted(telling, alarm, moment(change.at_us), alarm.value, WATCHER, "")
    return alarm


def _clear(
    telling: Telling, tell: Tell, alarm: Alarm, at: datetime, value: float | None, why: str
) -> None:
    alarm.state, alarm.cleared_at, alarm.changed_at = "cleared", at, telling.now
    alarm.flutters = False
    noted = _noted(telling, alarm, at, value, WATCHER, why)
    telling.tell(tell, alarm, noted)


def _noted(
    telling: Telling, alarm: Alarm, at: datetime, value: float | None, author: str, note: str
) -> AlarmChange:
    change = AlarmChange(
        alarm_id=alarm.id, state=alarm.state, at=at, noted_at=telling.now, author=author,
        note=note, value=value,
    )  # fmt: skip
    telling.session.add(change)
    telling.session.flush()
    return change
