"""Following the numbers of a source: gaps, new starts, and beginning again from 0. Pure.

Which sources count is found out: one counts whose numbers mostly follow each other. Numbers that
come late are missing for a while only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

_COUNTED = re.compile(r"(?:(.*):)?([0-9]{1,18})", re.DOTALL)
_LEARNT = 10
"""So many more steps by one than others, and a source counts."""
_MOST_STEPS = 100
_MOST_MISSING = 10_000
"""A longer step is no gap: the source began again, or its numbers are no count."""
_TURNS = (1 << 8, 1 << 16, 1 << 32)
"""Counters of one, two (LoRaWAN's FCnt on air) and four bytes begin again from 0."""
_NEAR_TURN = 8
"""A counter that is in the last eighth of its range may begin again in the first."""


class Seen(NamedTuple):
    """A number of a source, and what stands before it, such as a session."""

    at: datetime
    number: int
    epoch: str = ""


class Standing(NamedTuple):
    """Where a source stands. `missing` is what has not come until now."""

    epoch: str
    number: int
    at: datetime
    steps: int = 0
    missing: int = 0
    restarts: int = 0

    @property
    def counts(self) -> bool:
        """Whether its numbers have mostly followed each other."""
        return self.steps >= _LEARNT


class Gap(NamedTuple):
    """Numbers between two that came."""

    after: int
    before: int
    missing: int

    def sentence(self) -> str:
        """In words."""
        many = "1 number is" if self.missing == 1 else f"{self.missing:,} numbers are"
        return f"{many} missing between {self.after} and {self.before}"


def number_of(source_key: str) -> tuple[str, int] | None:
    """What stands before a key's number, and the number; None where it has none."""
    found = _COUNTED.fullmatch(source_key)
    return None if found is None else (found[1] or "", int(found[2]))


def follow(standing: Standing | None, seen: Sequence[Seen]) -> tuple[Standing | None, list[Gap]]:
    """Where a source stands after some more numbers, in any order, and what is missing."""
    gaps: list[Gap] = []
    for each in sorted(set(seen)):
        if standing is None:
            standing = Standing(each.epoch, each.number, each.at)
            continue
        standing, gap = _step(standing, each)
        if gap is not None:
            gaps.append(gap)
    return standing, gaps


def _step(standing: Standing, seen: Seen) -> tuple[Standing, Gap | None]:
    if seen.epoch == standing.epoch and seen.number == standing.number:
        return standing, None  # another reading of the same message
    if seen.at < standing.at:
        return standing._replace(missing=max(0, standing.missing - 1)), None
    missing = _missing(standing.number, seen.number) if seen.epoch == standing.epoch else None
    moved = standing._replace(epoch=seen.epoch, number=seen.number, at=seen.at)
    if missing is None:
        restarts = standing.restarts + standing.counts
        return moved._replace(steps=max(0, standing.steps - 1), restarts=restarts), None
    if missing == 0:
        return moved._replace(steps=min(_MOST_STEPS, standing.steps + 1)), None
    moved = moved._replace(steps=max(0, standing.steps - 1))
    if not standing.counts:
        return moved, None
    gap = Gap(standing.number, seen.number, missing)
    return moved._replace(missing=standing.missing + missing), gap


def _missing(last: int, number: int) -> int | None:
    """How many are missing between two numbers; None where it is another count."""
    if number > last:
        missing = number - last - 1
        return missing if missing <= _MOST_MISSING else None
    for turn in _TURNS:
        near = turn // _NEAR_TURN
        if turn - near <= last < turn and number < near:
            missing = turn - last - 1 + number
            return missing if missing <= _MOST_MISSING else None
    return None
