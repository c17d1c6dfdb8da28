"""What a step finds: which memories change, and what that raises and clears. Nothing is written."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.orm import Session

from canopy.iot.rules.conditions import Ingestion, Missing
from canopy.iot.rules.hours import EPOCH
from canopy.iot.rules.judging import Reading, hear_all, look, noticed
from canopy.iot.rules.machine import MINUTE_US, Change
from canopy.iot.rules.memory import Memory
from canopy.iot.rules.rule import Rule
from canopy.iot.rules.selecting import Selected, Subject
from canopy.iot.rules.watching import queries

MOST_HAPPENINGS = 500
_MICROSECOND = timedelta(microseconds=1)
Memories = dict[str, tuple[Memory, int | None]]


class Active(NamedTuple):
    """A rule that is looked at, with what it is about."""

    number: int
    rule: Rule
    digest: str
    selected: Selected


class Noted(NamedTuple):
    """What a step found of one subject."""

    active: Active
    subject: Subject
    memory: Memory
    alarm_id: int | None
    changes: Sequence[Change]


def heard(session: Session, active: Active, came: Iterable[tuple[int, Reading]]) -> list[Noted]:
    """What readings change."""
    by_subject: dict[str, list[Reading]] = defaultdict(list)
    for number, reading in came:
        key = active.selected.heard_by.get(number)
        if key is not None:
            by_subject[key].append(reading)
    memories = _memories(queries.memories(session, active.number, list(by_subject)))
    found = []
    for key, readings in by_subject.items():
        before, alarm_id = memories.get(key, (Memory(), None))
        after, changes = hear_all(active.rule, before, readings, active.selected.fence)
        if after != before or changes:
            found.append(Noted(active, active.selected.subjects[key], after, alarm_id, changes))
    return found


def clocked(session: Session, active: Active, now_us: int) -> list[Noted]:
    """What the clock changes, and what was noticed about ingestion."""
    if isinstance(active.rule.when, Ingestion):
        return _noticed(session, active, active.rule.when, now_us)
    return _looked(session, active, now_us)


def _looked(session: Session, active: Active, now_us: int) -> list[Noted]:
    number, selected = active.number, active.selected
    if isinstance(active.rule.when, Missing):
        memories = _memories(queries.memories(session, number))
        keys: Iterable[str] = selected.subjects
    else:
        memories = _memories(queries.open_memories(session, number))
        keys = memories.keys() & selected.subjects.keys()
    found = []
    for key in keys:
        before, alarm_id = memories.get(key, (Memory(), None))
        subject = selected.subjects[key]
        since_us = now_us if subject.since is None else (subject.since - EPOCH) // _MICROSECOND
        after, changes = look(active.rule, before, now_us, since_us)
        if after != before or changes:
            found.append(Noted(active, subject, after, alarm_id, changes))
    return found


def _noticed(session: Session, active: Active, when: Ingestion, now_us: int) -> list[Noted]:
    memories = _memories(queries.memories(session, active.number))
    found = []
    for each in queries.happenings(session, when.happenings, MOST_HAPPENINGS):
        subject = Subject(
            f"happening:{each.kind}/{each.subject}", stream=f"{each.kind} {each.subject}"
        )
        last_us = (each.last_at - EPOCH) // _MICROSECOND
        is_lately = now_us - last_us < when.quiet_min * MINUTE_US
        is_standing = each.acknowledged_at is None and each.times >= when.times and is_lately
        before, alarm_id = memories.get(subject.key, (Memory(), None))
        after, changes = noticed(active.rule, before, is_standing, last_us, now_us)
        if after != before or changes:
            found.append(Noted(active, subject, after, alarm_id, changes))
    return found


def written(memory: Memory) -> str:
    """A memory as it is stored."""
    return msgspec.json.encode(memory).decode()


def digest(rule: Rule) -> str:
    """What differs where a rule judges by something else."""
    return hashlib.sha256(msgspec.json.encode(rule.judged_by(), order="sorted")).hexdigest()


def _memories(rows: Mapping[str, Any]) -> Memories:
    return {
        key: (msgspec.json.decode(row.memory, type=Memory), row.alarm_id)
        for key, row in rows.items()
    }
