"""What is generated: which datastreams, when, and in which steps."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STREAMS, DAYS = 10_000, 90
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
MONTHS = (6, 7, 8, 9)
EACH_STEP = 1_000_000
"""Observations that are written in one transaction."""
US = 1_000_000
_DAY_US = 86_400 * US


@dataclass(frozen=True, slots=True)
class Ticks:
    """Moments at which every datastream has a reading: from the first on, before the last."""

    first: int
    last: int

    @property
    def name(self) -> str:
        """How the step is remembered."""
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Plan:
    """So many observations, an equal number of each datastream, evenly over `DAYS`."""

    observations: int

    @property
    def ticks(self) -> int:
        """Readings of each datastream."""
        return max(1, self.observations // STREAMS)

    @property
    def step_us(self) -> int:
        """Between two readings of a datastream [µs]."""
        return DAYS * _DAY_US // self.ticks

    def _tick_at(self, after: timedelta) -> int:
        """The first tick that is not before a moment."""
        return min(self.ticks, math.ceil(after / timedelta(microseconds=self.step_us)))

    def _between(self, begin: datetime, end: datetime) -> Ticks:
        return Ticks(self._tick_at(begin - BEGIN), self._tick_at(end - BEGIN))

    def month(self, number: int) -> Ticks:
        """Ticks within a month of the year."""
        return self._between(*month_bounds(number))

    def day(self, number: int) -> Ticks:
        """Ticks within a day, from 0 on."""
        return self._between(BEGIN + timedelta(days=number), BEGIN + timedelta(days=number + 1))

    def steps(self, of: Ticks) -> Iterator[Ticks]:
        """Ticks in the portions in which they are written."""
        portion = EACH_STEP // STREAMS
        for first in range(of.first, of.last, portion):
            yield Ticks(first, min(first + portion, of.last))


def month_bounds(number: int) -> tuple[datetime, datetime]:
    """When a month of that year begins and ends."""
    begin = BEGIN.replace(month=number)
    return max(begin, BEGIN), BEGIN.replace(month=number + 1)


class Progress:
    """A line now and then, of what is done of how much."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._told_s = what, total, time.monotonic()

    def tell(self, done: int) -> None:
        """Every ten seconds."""
        if time.monotonic() - self._told_s > 10:
            self._told_s = time.monotonic()
            print(f"  {self._what}: {done:,} of {self._total:,}", file=sys.stderr, flush=True)
