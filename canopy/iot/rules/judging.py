"""What a rule makes of readings, of silence and of happenings. Pure; times are arguments.

By which a reading is not judged: flags of `canopy.iot.rules.rule.DOUBTED`, texts, and an age above
the rule's `oldest_min` when it came, so that importing last year raises nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import NamedTuple

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from canopy.iot.flags import FLAGS
from canopy.iot.rules.conditions import Fence, Ingestion, Missing, Rate, Threshold
from canopy.iot.rules.hours import EPOCH, is_open, opened_at
from canopy.iot.rules.machine import MINUTE_US, Change, Limit, Machine, settle, step
from canopy.iot.rules.memory import Heard, Judge, Memory, hear
from canopy.iot.rules.rule import Rule

_YES_OR_NO = Limit(0.5, 0.5)
_WITHOUT_PLACE = FLAGS["no-position-fix"]


class Reading(NamedTuple):
    """A stored reading, as rules look at it."""

    at_us: int
    key: str
    result: float | None
    flags: int
    longitude: float | None
    latitude: float | None
    arrived_us: int


def judge_of(rule: Rule) -> Judge | None:
    """How numbers are judged; None for rules that the clock judges."""
    when = rule.when
    if isinstance(when, Missing | Ingestion):
        return None

    def may_be_raised(at_us: int) -> bool:
        return is_open(rule.hours, EPOCH + timedelta(microseconds=at_us))

    limit = _limit(when)
    if isinstance(when, Threshold):
        sign = 1.0 if when.below is None else -1.0
        return Judge(limit, lambda heard, _: sign * heard.number, may_be_raised)
    if isinstance(when, Rate):
        return Judge(limit, _rate(when), may_be_raised)
    return Judge(limit, lambda heard, _: heard.number, may_be_raised)


def shown(rule: Rule, value: float | None) -> float | None:
    """The value of a change as people read it: not with its sign turned, and no yes or no."""
    if isinstance(rule.when, Threshold) and rule.when.below is not None and value is not None:
        return -value
    return value if isinstance(rule.when, Threshold | Rate) else None


def hear_all(
    rule: Rule, memory: Memory, readings: Iterable[Reading], fence: BaseGeometry | None = None
) -> tuple[Memory, list[Change]]:
    """The memory after readings, and what changed. `fence`: of the rule, in WGS 84."""
    judge = judge_of(rule)
    came = list(readings)
    if not came:
        return memory, []
    changes: list[Change] = []
    if judge is not None:
        heard = (each for each in (_heard(rule, one, fence) for one in came) if each is not None)
        memory, changes = hear(memory, judge, heard)
    return msgspec.structs.replace(
        memory,
        arrived_us=_most(memory.arrived_us, max(each.arrived_us for each in came)),
        newest_us=_most(memory.newest_us, max(each.at_us for each in came)),
    ), changes


def look(
    rule: Rule, memory: Memory, now_us: int, known_since_us: int
) -> tuple[Memory, list[Change]]:
    """What the clock alone changes. `known_since_us`: silence is not reckoned from before."""
    machine = memory.track.machine
    if isinstance(rule.when, Missing):
        after, change = _silence(rule, rule.when, memory, now_us, known_since_us)
    else:
        judge = judge_of(rule)
        after, change = (machine, None) if judge is None else settle(machine, judge.limit, now_us)
    return _with(memory, machine, after), [] if change is None else [change]


def noticed(
    rule: Rule, memory: Memory, is_standing: bool, since_us: int, now_us: int
) -> tuple[Memory, list[Change]]:
    """What a happening changes. `is_standing`: whether it happened lately and nobody saw to it."""
    machine = memory.track.machine
    may_be = is_open(rule.hours, EPOCH + timedelta(microseconds=now_us))
    after, change = step(machine, _YES_OR_NO, now_us, float(is_standing), is_open=may_be)
    if change is not None and change.became == "raised":
        change = msgspec.structs.replace(change, since_us=since_us)
    return _with(memory, machine, after), [] if change is None else [change]


def _silence(
    rule: Rule, when: Missing, memory: Memory, now_us: int, known_since_us: int
) -> tuple[Machine, Change | None]:
    machine = memory.track.machine
    last_us = memory.arrived_us if when.by == "arrival" else memory.newest_us
    since_us = known_since_us if last_us is None else last_us
    long_us = round(when.silent_min * MINUTE_US)
    if machine.phase != "raised":
        opened = opened_at(rule.hours, EPOCH + timedelta(microseconds=now_us))
        if opened is None:
            return machine, None
        since_us = max(since_us, (opened - EPOCH) // timedelta(microseconds=1))
    after, change = step(machine, _YES_OR_NO, now_us, float(now_us - since_us >= long_us))
    if change is not None and change.became == "raised":
        return msgspec.structs.replace(after, since_us=since_us), msgspec.structs.replace(
            change, since_us=since_us
        )
    return after, change


def _with(memory: Memory, before: Machine, after: Machine) -> Memory:
    """The memory with a machine that the clock changed; the same where only time went by."""
    if (before.phase, before.back_us, before.flutters) == (
        after.phase, after.back_us, after.flutters,
    ):  # fmt: skip
        return memory
    track = msgspec.structs.replace(memory.track, machine=after)
    floor_us = memory.kept[-1].at_us if memory.kept else memory.floor_us
    # What the clock decided is not decided again by readings that came before.
    return msgspec.structs.replace(memory, track=track, base=track, kept=(), floor_us=floor_us)


def _heard(rule: Rule, reading: Reading, fence: BaseGeometry | None) -> Heard | None:
    if reading.flags & rule.doubted():
        return None
    if reading.arrived_us - reading.at_us > rule.oldest_min * MINUTE_US:
        return None
    number = reading.result
    if isinstance(rule.when, Fence):
        number = _outside(rule.when, reading, fence)
    if number is None or not math.isfinite(number):
        return None
    return Heard(reading.at_us, reading.key, number)


def _outside(when: Fence, reading: Reading, fence: BaseGeometry | None) -> float | None:
    place = (reading.longitude, reading.latitude)
    if fence is None or place[0] is None or place[1] is None or reading.flags & _WITHOUT_PLACE:
        return None
    is_inside = bool(shapely.intersects_xy(fence, *place))
    return float(is_inside == (when.alarm == "inside"))


def _limit(when: Threshold | Rate | Fence) -> Limit:
    for_us, clear_for_us = round(when.for_min * MINUTE_US), round(when.clear_for_min * MINUTE_US)
    if isinstance(when, Fence):
        return Limit(0.5, 0.5, for_us, clear_for_us)
    if isinstance(when, Threshold) and when.above is None:
        raises = -float(when.below or 0.0)
        clears = raises if when.clears_at is None else -when.clears_at
    else:
        raises = float(when.above or 0.0)
        clears = raises if when.clears_at is None else when.clears_at
    return Limit(raises, clears, for_us, clear_for_us)


def _rate(when: Rate) -> Callable[[Heard, tuple[int, float] | None], float | None]:
    per_us = when.per_min * MINUTE_US

    def number(heard: Heard, last: tuple[int, float] | None) -> float | None:
        if last is None or heard.at_us <= last[0]:
            return None
        change = (heard.number - last[1]) / (heard.at_us - last[0]) * per_us
        return {"rise": change, "fall": -change, "either": abs(change)}[when.direction]

    return number


def _most(one: int | None, other: int) -> int:
    return other if one is None else max(one, other)
