"""Until when readings and sums of each datastream go. Pure.

Whole days (UTC) go, so that no sum is left of a part of its readings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_DAY = timedelta(days=1)
_NOT_OF_A_STREAM = frozenset({"older-than-retention", "too-far-ahead"})
"""Dead letters that no removal changes anything for: they wait for another retention, or clock."""


class Kept(NamedTuple):
    """A datastream and how long its readings are kept [days], None where it does not say."""

    datastream_id: int
    source: str
    stream: str
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
    """Until when readings, quarters and longer sums of a datastream may go.

    `held_by` says what refers to readings that would have gone else; empty where nothing does.
    """

    datastream_id: int
    raw: datetime
    quarters: datetime
    sums: datetime
    held_by: str = ""


class Reference(NamedTuple):
    """Something that waits for a decision, of readings from a time on."""

    source_and_stream: str
    at: datetime
    what: str


def cuts(
    streams: Iterable[Kept], periods: Periods, references: Iterable[Reference], now: datetime
) -> list[Cut]:
    """What may go of each datastream at a moment."""
    first: dict[str, Reference] = {}
    for each in references:
        known = first.get(each.source_and_stream)
        if known is None or each.at < known.at:
            first[each.source_and_stream] = each
    return [_cut(stream, periods, first, now) for stream in streams]


def _cut(stream: Kept, periods: Periods, first: Mapping[str, Reference], now: datetime) -> Cut:
    days = periods.raw
    if stream.retention_days is not None:
        days = min(days, stream.retention_days)
    raw, held_by = _days_before(now, days), ""
    quarters = _days_before(now, max(days, periods.quarters))
    sums = _days_before(now, max(days, periods.quarters, periods.sums))
    reference = first.get(f"{stream.source}/{stream.stream}")
    if reference is not None and reference.at < raw:
        raw, held_by = _days_before(reference.at, 0), reference.what
    return Cut(stream.datastream_id, raw, min(quarters, raw), min(sums, raw), held_by)


def _days_before(at: datetime, days: int) -> datetime:
    """The begin of the day that is so many days earlier, UTC."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - days * _DAY


def of_letter(kind: str, part: str) -> Reference | None:
    """What a dead letter refers to, where its part says so: ``source/stream@time``."""
    if kind in _NOT_OF_A_STREAM:
        return None
    name, sign, told = part.rpartition("@")
    if not sign:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return None
    return None if at.tzinfo is None else Reference(name, at, f"dead letters ({kind})")
