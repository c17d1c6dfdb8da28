"""What a rule would have raised, had it been there: nothing is stored, nobody is told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from canopy.db.engine import Database
from canopy.errors import LimitExceeded
from canopy.iot.rules.conditions import Missing
from canopy.iot.rules.hours import EPOCH
from canopy.iot.rules.judging import Reading, hear_all, look, shown
from canopy.iot.rules.machine import MINUTE_US, Change
from canopy.iot.rules.memory import Memory
from canopy.iot.rules.rule import Rule
from canopy.iot.rules.selecting import Selected, Subject, candidates, select
from canopy.iot.rules.watching import queries
from canopy.iot.store.opening import Readings

MOST_HOURS = 31 * 24
MOST_READINGS = 200_000
MOST_STREAMS = 500
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Would:
    """A change that would have been."""

    became: str
    at: datetime
    thing: str
    stream: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it. `other_unit`: streams that are left out because of their unit."""

    streams: int
    other_unit: int
    readings: int
    problem: str
    changes: list[Would]


def try_rule(
    database: Database, readings: Readings, rule: Rule, hours: float, now: datetime
) -> Tried:
    """Let a rule hear what was measured in the last hours, each reading as if it came at once.

    Silence is looked at from reading to reading, and now. Rules about ingestion have nothing to
    hear. Raises LimitExceeded above `MOST_STREAMS` streams or `MOST_READINGS` readings.
    """
    if not 0 < hours <= MOST_HOURS:
        raise LimitExceeded(f"A rule is tried on up to {MOST_HOURS} hours.")
    with database.reading() as session:
        selected = select(session, database, rule, candidates(session, database))
    streams = sorted(selected.heard_by)
    if len(streams) > MOST_STREAMS:
        raise LimitExceeded(
            f"The rule selects {len(streams):,} streams; it is tried on up to {MOST_STREAMS}. "
            "Select fewer for the trial."
        )
    since = now - timedelta(hours=hours)
    with readings.reading() as session:
        came = queries.history(session, streams, since, now, MOST_READINGS + 1)
    if len(came) > MOST_READINGS:
        raise LimitExceeded(
            f"More than {MOST_READINGS:,} readings in {hours:g} hours; try it on fewer hours."
        )
    by_subject: dict[str, list[Reading]] = defaultdict(list)
    for number, reading in came:
        by_subject[selected.heard_by[number]].append(reading._replace(arrived_us=reading.at_us))
    changes = []
    for key, subject in selected.subjects.items():
        changes += [
            _would(rule, subject, each)
            for each in _of_subject(rule, selected, by_subject.get(key, []), since, now)
        ]
    changes.sort(key=lambda each: each.at)
    return Tried(len(streams), selected.other_unit, len(came), selected.problem, changes)


def _of_subject(
    rule: Rule, selected: Selected, heard: list[Reading], since: datetime, now: datetime
) -> list[Change]:
    if not isinstance(rule.when, Missing):
        return hear_all(rule, Memory(), heard, selected.fence)[1]
    since_us, silent_us = _us(since), round(rule.when.silent_min * MINUTE_US)
    memory, changes = Memory(), []
    for each in [*heard, None]:
        next_us = _us(now) if each is None else each.at_us
        due_us = (memory.newest_us or since_us) + silent_us
        looks = [at_us for at_us in (due_us, next_us - 1) if at_us < next_us]
        if each is not None:
            looks.append(next_us)  # what came ends a silence
        for at_us in looks:
            if each is not None and at_us == next_us:
                memory, _ = hear_all(rule, memory, [each])
            memory, more = look(rule, memory, at_us, since_us)
            changes += more
    return changes


def _would(rule: Rule, subject: Subject, change: Change) -> Would:
    at = EPOCH + timedelta(microseconds=change.at_us)
    value = None if subject.is_personal else shown(rule, change.value)
    return Would(change.became, at, subject.thing, subject.stream, value)


def _us(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND
