"""What a rule remembers of one stream or Thing, and how readings change it.

Pure. Readings come in any order and some come twice. Those of the last `ALLOWANCE_US` before the
newest are kept: one that comes late is put in its place and the steps since are done again, so
that the phase is the same in whatever order they came. What is older than that is not looked at.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from canopy.iot.rules.machine import Change, Limit, Machine, step

ALLOWANCE_US = 600_000_000
"""How late a reading may be, reckoned from the newest: 10 minutes."""
MOST_KEPT = 200
"""Readings of that time that are kept; where there are more, the newest."""


class Heard(NamedTuple):
    """A reading as a rule hears it: when, its source's key, and a number."""

    at_us: int
    key: str
    number: float


class Track(msgspec.Struct, frozen=True, omit_defaults=True):
    """A machine, and the reading before, by which a change is measured."""

    machine: Machine = Machine()
    last: tuple[int, float] | None = None


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """`base` is the track up to `floor_us`, `track` the one after all of `kept`."""

    floor_us: int | None = None
    base: Track = Track()
    kept: tuple[Heard, ...] = ()
    track: Track = Track()
    arrived_us: int | None = None
    """When something came last, and the newest time that was heard of."""
    newest_us: int | None = None


class Judge(NamedTuple):
    """How numbers are judged. `number` makes one of the reading and the one before; None: skip."""

    limit: Limit
    number: Callable[[Heard, tuple[int, float] | None], float | None]
    is_open: Callable[[int], bool]


def hear(memory: Memory, judge: Judge, heard: Iterable[Heard]) -> tuple[Memory, list[Change]]:
    """The memory after readings, and what changed, in order of time."""
    known = {(each.at_us, each.key) for each in memory.kept}
    fresh: list[Heard] = []
    for each in sorted(heard):
        is_new = memory.floor_us is None or each.at_us > memory.floor_us
        if is_new and (each.at_us, each.key) not in known:
            known.add((each.at_us, each.key))
            fresh.append(each)
    if not fresh:
        return memory, []
    kept, track, changes = list(memory.kept), memory.track, []
    end = (kept[-1].at_us, kept[-1].key) if kept else None
    late = [each for each in fresh if end is not None and (each.at_us, each.key) < end]
    if late:
        for each in late:
            insort(kept, each)
        again = _walk(memory.base, judge, kept)[0]
        changes += _corrected(track, again)
        track = again
    onward = fresh[len(late) :]
    track, more = _walk(track, judge, onward)
    return _folded(memory, judge, [*kept, *onward], track), [*changes, *more]


def _walk(track: Track, judge: Judge, heard: Sequence[Heard]) -> tuple[Track, list[Change]]:
    machine, last, changes = track.machine, track.last, []
    for each in heard:
        number = judge.number(each, last)
        if last is None or each.at_us > last[0]:
            last = (each.at_us, each.number)
        if number is None:
            continue
        machine, change = step(
            machine, judge.limit, each.at_us, number, is_open=judge.is_open(each.at_us)
        )
        if change is not None:
            changes.append(change)
    return Track(machine, last), changes


def _corrected(before: Track, after: Track) -> list[Change]:
    """What late readings changed, as one change at the newest time."""
    old, new = before.machine, after.machine
    if old.phase == new.phase:
        return []
    became = {"ok": "dropped", "pending": "pending", "raised": "raised"}[new.phase]
    at_us = new.at_us or 0
    found = []
    if old.phase == "raised":
        found.append(Change("cleared", at_us, old.since_us, None))
    if not (old.phase == "raised" and new.phase == "ok"):
        found.append(Change(became, at_us, new.since_us or old.since_us, None))  # type: ignore[arg-type]
    return found


def _folded(memory: Memory, judge: Judge, kept: list[Heard], track: Track) -> Memory:
    """Let go of what is older than the allowance, or too much."""
    least_us = kept[-1].at_us - ALLOWANCE_US
    gone = sum(each.at_us <= least_us for each in kept)
    gone = max(gone, len(kept) - MOST_KEPT)
    floor_us, base = memory.floor_us, memory.base
    if gone:
        base = _walk(base, judge, kept[:gone])[0]
        floor_us = kept[gone - 1].at_us
    return msgspec.structs.replace(
        memory, floor_us=floor_us, base=base, kept=tuple(kept[gone:]), track=track
    )
