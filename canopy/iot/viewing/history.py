"""The past of a datastream, at the level that suits the span that is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy.orm import Session

from canopy.db.types import EPOCH
from canopy.iot.viewing import queries
from canopy.iot.viewing.queries import Silence, microseconds
from canopy.iot.viewing.silent import silent_after

Level = Literal["auto", "raw", "15min", "hour", "day"]
SECONDS: dict[str, int] = {"15min": 900, "hour": 3_600, "day": 86_400}
"""Lengths of the spans that readings are summed up by [s]."""
MOST_POINTS = 5_000
"""Most points of one answer."""
MOST_DRAWN = 1_500
"""More readings than this are summed up, where the level is left to us."""
MOST_SUMMED = 50_000
"""Most readings that are summed up while somebody waits."""
LONGEST = timedelta(days=3_660)
_RAW_FOR = timedelta(hours=25)
_QUARTERS_FOR = timedelta(days=8)
_HOURS_FOR = timedelta(days=62)
_SECOND_US = 1_000_000


class Point(NamedTuple):
    """A `number` of readings over a span from `start`; `coverage` is the share they speak for."""

    start: datetime
    number: int
    low: float | None
    mean: float | None
    high: float | None
    coverage: float | None


class Reading(NamedTuple):
    """A single reading."""

    at: datetime
    result: float | None
    text: str | None
    flags: int


@dataclass(frozen=True, slots=True)
class History:
    """`readings` where the level is raw, else `points`. `next` is where the rest begins."""

    level: str
    readings: Sequence[Reading] = ()
    points: Sequence[Point] = ()
    next: datetime | None = None


def history(
    session: Session,
    stream: int,
    interval_s: int | None,
    start: datetime,
    end: datetime,
    level: Level = "auto",
    limit: int = MOST_POINTS,
) -> History:
    """Readings from `start` up to `end`, which is not in it.

    What `canopy iot care` has summed up is taken as it is; what came since its last span is
    summed up here, so that the newest is always there.
    """
    if level == "auto":
        level = _suiting(session, stream, start, end)
    if level == "raw":
        found = queries.observations(session, stream, start, end, limit + 1)
        rows = [Reading(o.phenomenon_time, o.result, o.result_text, o.flags) for o in found]
        return History("raw", rows[:limit], (), rows[limit].at if len(rows) > limit else None)
    seconds = SECONDS[level]
    points, rest = _points(session, stream, interval_s, (floored(start, seconds), end), seconds)
    if len(points) > limit:
        return History(level, (), points[:limit], points[limit].start)
    return History(level, (), points, rest)


def _suiting(session: Session, stream: int, start: datetime, end: datetime) -> Level:
    span = end - start
    if span <= _RAW_FOR:
        found = queries.observations(session, stream, start, end, MOST_DRAWN + 1)
        return "raw" if len(found) <= MOST_DRAWN else "15min"
    if span <= _QUARTERS_FOR:
        return "15min"
    return "hour" if span <= _HOURS_FOR else "day"


def _points(
    session: Session,
    stream: int,
    interval_s: int | None,
    span: tuple[datetime, datetime],
    seconds: int,
) -> tuple[list[Point], datetime | None]:
    start, end = span
    made = queries.buckets(session, stream, seconds, start, end, MOST_POINTS + 1)
    known = [Point(b.start, b.count, b.low, b.mean, b.high, b.coverage) for b in made]
    if len(known) > MOST_POINTS:
        return known, None
    since = known[-1].start if known else start  # the last may have been made half-way through
    ends = floored(end, seconds)
    ends = ends if ends == end else ends + timedelta(seconds=seconds)
    found = queries.observations(session, stream, since, ends, MOST_SUMMED + 1)
    fresh = summed_up([(o.phenomenon_time, o.result) for o in found], seconds, interval_s)
    if len(found) <= MOST_SUMMED:
        return known[:-1] + (fresh or known[-1:]), None
    if len(fresh) == 1:  # too many for us: as far as it was summed up
        return known, known[-1].start if known else None
    return known[:-1] + fresh[:-1], fresh[-1].start


def gaps(
    session: Session, stream: int, interval_s: int, start: datetime, end: datetime, limit: int
) -> list[Silence]:
    """When a datastream said nothing for longer than expected, by time.

    A gap that had begun before `start` is one too, and so is one that lasts at `end`.
    """
    longest = silent_after(interval_s) or timedelta(0)
    since = queries.last_before(session, stream, start) or start
    found = queries.silences(session, stream, since, end, longest, limit)
    last = queries.last_before(session, stream, end)
    if last is not None and end - last > longest and len(found) < limit:
        found.append(Silence(last, None))
    return found


def summed_up(
    readings: Iterable[tuple[datetime, float | None]], seconds: int, interval_s: int | None
) -> list[Point]:
    """Points of readings in order of time, as `canopy.iot.care` makes them.

    seconds: length of a span [s]. interval_s: how often the datastream reports [s], for coverage.
    """
    spans: dict[datetime, list[tuple[datetime, float | None]]] = {}
    for each in readings:
        spans.setdefault(floored(each[0], seconds), []).append(each)
    return [_point(start, rows, seconds, interval_s) for start, rows in spans.items()]


def _point(
    start: datetime,
    rows: list[tuple[datetime, float | None]],
    seconds: int,
    interval_s: int | None,
) -> Point:
    numbers = [number for _, number in rows if number is not None]
    coverage = None
    if interval_s:
        said = {microseconds(at) // (interval_s * _SECOND_US) for at, _ in rows}
        coverage = min(1.0, interval_s * len(said) / seconds)
    if not numbers:
        return Point(start, len(rows), None, None, None, coverage)
    mean = sum(numbers) / len(numbers)
    return Point(start, len(rows), min(numbers), mean, max(numbers), coverage)


def floored(at: datetime, seconds: int) -> datetime:
    """Where the span begins that a time is in."""
    length = seconds * _SECOND_US
    return EPOCH + timedelta(microseconds=microseconds(at) // length * length)
