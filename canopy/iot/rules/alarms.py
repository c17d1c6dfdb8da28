"""Alarms as people see them, and acknowledging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from canopy.db.engine import Database
from canopy.errors import LimitExceeded, NotFound, Refused
from canopy.iot.rules import keeping
from canopy.iot.rules.rule import Tell
from canopy.iot.rules.watching import queries, raising
from canopy.iot.rules.watching.queries import AlarmFilter
from canopy.iot.rules.watching.raising import Telling
from canopy.iot.store.alarms import Alarm, AlarmChange, AlarmMessage
from canopy.iot.store.opening import Readings

STATES = ("pending", "raised", "acknowledged", "cleared")
MOST_NOTE_CHARACTERS = 2_000
_MOST = 1_000
"""Changes and messages of one alarm that are shown."""


@dataclass(frozen=True, slots=True)
class WholeAlarm:
    """An alarm with what it came to, and what was told of it."""

    alarm: Alarm
    changes: Sequence[AlarmChange]
    messages: Sequence[AlarmMessage]


def alarms(
    readings: Readings, wanted: AlarmFilter, before: int | None, limit: int
) -> Sequence[Alarm]:
    """Alarms, the newest first, from before a number on. Raises Refused for an unknown state."""
    for each in wanted.states:
        if each not in STATES:
            raise Refused(f"{each!r} is no state of an alarm: {', '.join(STATES)}.")
    with readings.reading() as session:
        return queries.alarms(session, wanted, before, limit)


def whole(readings: Readings, number: int) -> WholeAlarm:
    """An alarm with its past. Raises NotFound."""
    with readings.reading() as session:
        alarm = session.get(Alarm, number)
        if alarm is None:
            raise _none(number)
        return WholeAlarm(
            alarm,
            queries.changes(session, number, _MOST),
            queries.messages_of(session, number, _MOST),
        )


def acknowledge(
    database: Database, readings: Readings, number: int, by: str, note: str, now: datetime
) -> Alarm:
    """Note that somebody sees to an alarm, and have it told.

    Raises NotFound, and Refused for one that is not raised: each is acknowledged once.
    """
    if len(note) > MOST_NOTE_CHARACTERS:
        raise LimitExceeded(f"A note has at most {MOST_NOTE_CHARACTERS:,} characters.")
    with database.reading() as session:
        rules = keeping.all_rules(session).by_number
    with readings.writing() as session:
        alarm = queries.locked_alarm(session, number)
        if alarm is None:
            raise _none(number)
        if alarm.state != "raised":
            who = f" by {alarm.acknowledged_by}" if alarm.state == "acknowledged" else ""
            raise Refused(
                f"Alarm {number} is {alarm.state}{who}; one that is raised can be acknowledged."
            )
        telling = Telling.begun(session, now)
        rule = rules.get(alarm.rule_id)
        raising.acknowledged(telling, Tell() if rule is None else rule.tell, alarm, by, note)
        session.flush()
        return alarm


def _none(number: int) -> NotFound:
    return NotFound(f"There is no alarm {number}; `canopy iot alarm list` has them.")
