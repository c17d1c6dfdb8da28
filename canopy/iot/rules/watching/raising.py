"""Alarms as they begin, are raised and are cleared, with what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

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


class Found(NamedTuple):
    """What a step found of one subject: its open alarm, and what changed."""

    rule_id: int
    rule: Rule
    subject: Subject
    alarm_id: int | None
    changes: Sequence[Change]
    flutters: bool


def apply_all(telling: Telling, found: Sequence[Found]) -> list[int | None]:
    """Note what changed; of each the number of the alarm that is open then.

    Most of what changes begins to wait or ceases to: that is written together.
    """
    netted = [each._replace(changes=_net(each.changes)) for each in found]
    gone = [
        each.alarm_id for each in netted
        if each.alarm_id is not None and each.changes and each.changes[0].became == "dropped"
    ]  # fmt: skip
    queries.forget_pending(telling.session, gone)
    waiting: dict[int, Alarm] = {}
    numbers: list[int | None] = []
    for place, each in enumerate(netted):
        alarm_id = each.alarm_id
        for change in each.changes:
            if change.became == "dropped":
                alarm_id = None
            elif change.became == "pending" and change is each.changes[-1]:
                waiting[place], alarm_id = _alarm(telling, each, change), None
            else:
                alarm_id = _apply(telling, each, alarm_id, change)
        numbers.append(alarm_id)
    telling.session.add_all(waiting.values())
    telling.session.flush()
    for place, alarm in waiting.items():
        numbers[place] = alarm.id
        telling.session.add(_change(telling, alarm, alarm.since, alarm.value, WATCHER, ""))
    return numbers


def _net(changes: Sequence[Change]) -> list[Change]:
    """Changes without what began to wait and ceased to in between: it leaves nothing."""
    kept: list[Change] = []
    for each in changes:
        if each.became == "dropped" and kept and kept[-1].became == "pending":
            kept.pop()
        else:
            kept.append(each)
    return kept


def _apply(telling: Telling, found: Found, alarm_id: int | None, change: Change) -> int | None:
    session, rule = telling.session, found.rule
    alarm = session.get(Alarm, alarm_id) if alarm_id is not None else None
    at, value = moment(change.at_us), _value(found, change)
    if change.became == "cleared":
        if alarm is not None:
            _clear(telling, rule.tell, alarm, at, value, "")
        return None
    if alarm is None:
        alarm = _alarm(telling, found, change)
        session.add(alarm)
        session.flush()
        if change.became == "pending":
            _noted(telling, alarm, at, value, WATCHER, "")
    if change.became == "raised":
        alarm.state, alarm.raised_at, alarm.value = "raised", at, value
        alarm.since, alarm.changed_at = moment(change.since_us), telling.now
        alarm.flutters = found.flutters
        telling.tell(rule.tell, alarm, _noted(telling, alarm, at, value, WATCHER, ""))
    return alarm.id


def close(telling: Telling, tell: Tell, alarm_id: int, why: str) -> None:
    """Clear an alarm whose rule or subject is no longer looked at; forget one that waits."""
    alarm = telling.session.get(Alarm, alarm_id)
    if alarm is None or alarm.state == "cleared":
        return
    if alarm.state == "pending":
        queries.forget_pending(telling.session, [alarm_id])
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


def _value(found: Found, change: Change) -> float | None:
    return None if found.subject.is_personal else shown(found.rule, change.value)


def _alarm(telling: Telling, found: Found, change: Change) -> Alarm:
    """One that begins to wait."""
    rule, subject = found.rule, found.subject
    return Alarm(
        rule_id=found.rule_id, rule_name=rule.name, title=rule.title, severity=rule.severity,
        subject=subject.key, datastream_id=subject.datastream_id, thing_id=subject.thing_id,
        asset_id=subject.asset_id, thing=subject.thing, stream=subject.stream, unit=subject.unit,
        is_personal=subject.is_personal, state="pending", since=moment(change.since_us),
        value=_value(found, change), note="", flutters=False, changed_at=telling.now,
    )  # fmt: skip


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
    """What it came to, with a number."""
    change = _change(telling, alarm, at, value, author, note)
    telling.session.add(change)
    telling.session.flush()
    return change


def _change(
    telling: Telling, alarm: Alarm, at: datetime, value: float | None, author: str, note: str
) -> AlarmChange:
    return AlarmChange(
        alarm_id=alarm.id, state=alarm.state, at=at, noted_at=telling.now, author=author,
        note=note, value=value,
    )  # fmt: skip
