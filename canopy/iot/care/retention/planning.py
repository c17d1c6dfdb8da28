"""Until when readings and sums of each datastream go. Pure.

Whole days (UTC) go, so that no sum is left of a part of its readings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_DAY = timedelta(days=1)


class Kept(NamedTuple):
    """A datastream and how long its readings are kept [days], None where it does not say."""

    datastream_id: int
    retention_days: int | None


@dataclass(frozen=True, slots=True)
class Periods:
    """How long what is kept at most [days], counted from now.

    raw: readings of datastreams that say nothing, and the most of those that do. quarters: sums
    of a quarter of an hour; sums: those of an hour and a day. Sums are kept for as long as their
    readings at least.
    """

    raw: int
    quarters: int
    sums: int


class Cut(NamedTuple):
    """Until when readings, quarters and longer sums of a datastream may go."""

    datastream_id: int
    raw: datetime
    quarters: datetime
    sums: datetime


def cuts(streams: Iterable[Kept], periods: Periods, now: datetime) -> list[Cut]:
    """What may go of each datastream at a moment."""
    return [_cut(stream, periods, now) for stream in streams]


def _cut(stream: Kept, periods: Periods, now: datetime) -> Cut:
    days = periods.raw
    if stream.retention_days is not None:
        days = min(days, stream.retention_days)
    return Cut(
        stream.datastream_id,
        _days_before(now, days),
        _days_before(now, max(days, periods.quarters)),
        _days_before(now, max(days, periods.quarters, periods.sums)),
    )


def _days_before(at: datetime, days: int) -> datetime:
    """The begin of the day that is so many days earlier, UTC."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - days * _DAY
