"""Moments as payloads write them, to UTC. A local time without a declared zone is refused."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from canopy.iot.payloads.reading import Hint
from canopy.iot.payloads.unreadable import Unreadable, shown

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UnixUnit = Literal["s", "ms", "us", "ns"]
_PER_SECOND: dict[UnixUnit, int] = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_SHAPE = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,12})?)?([Zz]|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)


def instant(value: object, what: str, zone: ZoneInfo | None = None) -> datetime:
    """A moment of ISO 8601 in UTC. `zone` is what a time without offset is in.

    Digits beyond microseconds are cut. Leap seconds are refused: the calendar has none.
    """
    return instant_with_hints(value, what, zone)[0]


def instant_with_hints(
    value: object, what: str, zone: ZoneInfo | None = None
) -> tuple[datetime, tuple[Hint, ...]]:
    """As `instant`, and whether the local time was one of an hour that came twice."""
    found = _SHAPE.fullmatch(value) if isinstance(value, str) and len(value) <= 64 else None
    if found is None:
        raise Unreadable("bad-time", f"{what} is {shown(value)}; write it as 2026-04-01T12:00:00Z")
    try:
        moment = datetime.fromisoformat(found[0].upper())
        if found[1] is None:
            return _local(moment, what, zone)
        return moment.astimezone(UTC), ()
    except (ValueError, OverflowError):
        raise Unreadable("bad-time", f"{what} is {shown(value)}, no time of the calendar") from None


def interval(
    value: object, what: str, zone: ZoneInfo | None = None
) -> tuple[datetime, datetime | None, tuple[Hint, ...]]:
    """A moment, or an interval of two with `/` between (ISO 8601)."""
    if not isinstance(value, str) or "/" not in value:
        start, hints = instant_with_hints(value, what, zone)
        return start, None, hints
    first, _, last = value.partition("/")
    start, hints = instant_with_hints(first, what, zone)
    end, more = instant_with_hints(last, what, zone)
    if end < start:
        raise Unreadable("bad-time", f"{what} ends before it begins")
    return start, end, tuple(dict.fromkeys((*hints, *more)))


def unix_instant(value: object, unit: UnixUnit, what: str) -> datetime:
    """A moment counted from 1970 in a unit that the format, never the size, decides."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable("bad-time", f"{what} is {shown(value)}, not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable("bad-time", f"{what} is {value}")
    if abs(value) > 2**63:
        raise Unreadable("bad-time", f"{what} lies outside the calendar")
    per_second = _PER_SECOND[unit]
    try:
        if isinstance(value, int):
            return EPOCH + timedelta(microseconds=value * 1_000_000 // per_second)
        return EPOCH + timedelta(microseconds=round(value * (1_000_000 / per_second)))
    except OverflowError:
        raise Unreadable("bad-time", f"{what} lies outside the calendar") from None


def _local(moment: datetime, what: str, zone: ZoneInfo | None) -> tuple[datetime, tuple[Hint, ...]]:
    if zone is None:
        raise Unreadable("naive-time", f"{what} has no offset from UTC, and no zone is declared")
    early = moment.replace(tzinfo=zone)
    late = early.replace(fold=1)
    if early.utcoffset() == late.utcoffset():
        return early.astimezone(UTC), ()
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise Unreadable("bad-time", f"{what} is a local time that the clocks left out")
    return early.astimezone(UTC), ("ambiguous-local-time",)
