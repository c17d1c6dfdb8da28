"""The hour that clocks show twice, in files of local times: the order of rows tells which is meant.

A wall time that a datastream of a file has had already, or one before it, is of the second time
round. In a file that begins with the newest the second comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from canopy.iot.payloads.reading import Reading

HINT = "ambiguous-local-time"
_SAME_HOUR = timedelta(hours=2)
"""Readings of one repeated hour lie within less."""
_JUST_AFTER = timedelta(hours=24)
"""A reading so little after the hour, and before it in the file, shows that the newest is first."""
MOST_STREAMS = 100_000
"""Datastreams of one file whose order is followed; more are read as the first time round."""
MOST_SEEN = 100_000


@dataclass(slots=True)
class _Course:
    """Where a datastream of a file stands. `wall` is of a repeated hour, as its first time."""

    at: datetime
    wall: datetime | None = None
    is_newest_first: bool = False
    has_turned: bool = False
    seen: set[tuple[datetime, str]] = field(default_factory=set)


class RepeatedHours:
    """Reads ambiguous local times by the order of a file's rows. `second` counts those of the
    second time round."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._file = ""
        self._courses: dict[tuple[str, str], _Course] = {}
        self.second = 0

    def read(self, file: str, readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
        """The readings of a row, moved to the second time round where the rows before say so."""
        if file != self._file:
            self._file, self._courses = file, {}
        return tuple(each if each.at is None else self._one(each, each.at) for each in readings)

    def _one(self, reading: Reading, at: datetime) -> Reading:
        name = (reading.source, reading.stream)
        course = self._courses.get(name)
        if HINT not in reading.hints:
            if course is not None:
                course.at, course.wall = at, None
            elif len(self._courses) < MOST_STREAMS:
                self._courses[name] = _Course(at)
            return reading
        late = at.astimezone(self._zone).replace(fold=1).astimezone(UTC)
        if course is None:
            if len(self._courses) >= MOST_STREAMS:
                return reading
            course = self._courses[name] = _Course(at)
        if course.wall is None or abs(course.wall - at) >= _SAME_HOUR:
            course.is_newest_first = late < course.at <= late + _JUST_AFTER
            course.wall, course.has_turned, course.seen = None, False, set()
        is_second = _is_second(course, at, reading.source_key)
        course.at, course.wall = late if is_second else at, at
        if not is_second:
            return reading
        self.second += 1
        return msgspec.structs.replace(reading, at=late)


def _is_second(course: _Course, wall: datetime, key: str) -> bool:
    """Whether a wall time is of the second time round; notes that it was there."""
    if course.wall is not None:
        turned = wall > course.wall if course.is_newest_first else wall < course.wall
        course.has_turned = course.has_turned or turned
    is_later_in_file = course.has_turned or (wall, key) in course.seen
    if len(course.seen) < MOST_SEEN:
        course.seen.add((wall, key))
    return is_later_in_file != course.is_newest_first
