"""Statements that sum up stored observations, on either database.

Quarters of an hour are computed whole from the observations in them, hours from their quarters
and days from their hours, never added to: doing it again, in any order, gives the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from canopy.db.types import EPOCH
from canopy.iot.care.queries import is_sqlite
from canopy.iot.flags import DOUBTFUL
from canopy.iot.store.tables import ObservationBucket

_MICROSECOND = timedelta(microseconds=1)
_LARGEST = "1e150"
"""Numbers beyond it are in no mean: their squares overflow, which PostgreSQL refuses."""
_COLUMNS = (
    "datastream_id, seconds, start, count, low, mean, high, coverage, numbers, flagged, slots, "
    "first_at, last_at"
)
_SET = """
ON CONFLICT (datastream_id, seconds, start) DO UPDATE SET count = excluded.count,
    low = excluded.low, mean = excluded.mean, high = excluded.high, coverage = excluded.coverage,
    numbers = excluded.numbers, flagged = excluded.flagged, slots = excluded.slots,
    first_at = excluded.first_at, last_at = excluded.last_at
"""


class Place(NamedTuple):
    """Where a quarter of an hour is that something came into: it begins at `start`."""

    datastream_id: int
    start: datetime


class _Words(NamedTuple):
    """What the two databases say differently; times are microseconds in SQLite."""

    every: str
    begin: str
    """When the span of :seconds begins that a time is in."""
    end: str
    slot: str
    """The number of the interval that a time is in."""
    join: str
    came: str
    least: str


_POSTGRES = _Words(
    every="SELECT CAST(key AS integer) AS datastream_id, CAST(value AS integer) AS interval_s "
    "FROM json_each_text(CAST(:intervals AS json))",
    begin="date_bin(make_interval(secs => :seconds), {0}, 'epoch')",
    end="{0} + make_interval(secs => :seconds)",
    slot="floor(extract(epoch FROM {0}) / e.interval_s)",
    join="JOIN",
    came="stored_at >= :after AND stored_at < :until",
    least="least",
)
_SQLITE = _Words(
    every="SELECT CAST(key AS integer) AS datastream_id, value AS interval_s "
    "FROM json_each(:intervals)",
    begin="{0} / (:seconds * 1000000) * (:seconds * 1000000)",
    end="{0} + :seconds * 1000000",
    slot="{0} / (e.interval_s * 1000000)",
    join="CROSS JOIN",  # the changed ones first
    came="rowid > :after AND rowid <= :until",
    least="min",
)


def _coverage(words: _Words, slots: str) -> str:
    """A reading speaks for the interval in which it is; several in one interval speak for it once.

    `least` of PostgreSQL would not give null where the interval is not known.
    """
    share = f"e.interval_s * {slots} / CAST(:seconds AS double precision)"
    return f"CASE WHEN e.interval_s > 0 THEN {words.least}(1.0, {share}) END"


def _quarters(words: _Words) -> str:
    slots = f"count(DISTINCT {words.slot.format('o.phenomenon_time')})"
    is_number = f"abs(o.result) < {_LARGEST}"
    return f"""
WITH every AS ({words.every})
INSERT INTO observation_bucket ({_COLUMNS})
SELECT c.datastream_id, :seconds, c.start, count(*), min(o.result),
    avg(o.result) FILTER (WHERE {is_number}), max(o.result), {_coverage(words, slots)},
    count(*) FILTER (WHERE {is_number}),
    count(*) FILTER (WHERE o.flags & {DOUBTFUL} <> 0),
    CASE WHEN e.interval_s > 0 THEN {slots} END, min(o.phenomenon_time), max(o.phenomenon_time)
FROM changed_bucket c
{words.join} observation o ON o.datastream_id = c.datastream_id AND o.phenomenon_time >= c.start
    AND o.phenomenon_time < {words.end.format("c.start")}
LEFT JOIN every e ON e.datastream_id = c.datastream_id
WHERE true
GROUP BY c.datastream_id, c.start, e.interval_s
{_SET}
"""


def _longer(words: _Words) -> str:
    """Two parts in a row may speak for the same interval, which lies across their border."""
    slots = "(sum(p.slots) - sum(p.meets))"
    return f"""
WITH every AS ({words.every}), whole AS (
    SELECT DISTINCT datastream_id, {words.begin.format("start")} AS start FROM changed_bucket
), part AS (
    SELECT b.*, w.start AS begins, CASE WHEN {words.slot.format("b.first_at")} =
        lag({words.slot.format("b.last_at")}) OVER (
            PARTITION BY b.datastream_id, w.start ORDER BY b.start) THEN 1 ELSE 0 END AS meets
    FROM whole w
    {words.join} observation_bucket b ON b.datastream_id = w.datastream_id
        AND b.seconds = :of_seconds AND b.start >= w.start
        AND b.start < {words.end.format("w.start")}
    LEFT JOIN every e ON e.datastream_id = b.datastream_id
)
INSERT INTO observation_bucket ({_COLUMNS})
SELECT p.datastream_id, :seconds, p.begins, sum(p.count), min(p.low),
    sum(p.mean * p.numbers) / nullif(sum(p.numbers), 0), max(p.high), {_coverage(words, slots)},
    sum(p.numbers), sum(p.flagged), CASE WHEN e.interval_s > 0 THEN {slots} END,
    min(p.first_at), max(p.last_at)
FROM part p
LEFT JOIN every e ON e.datastream_id = p.datastream_id
WHERE true
GROUP BY p.datastream_id, p.begins, e.interval_s
{_SET}
"""


def _changed(words: _Words) -> str:
    return f"""
INSERT INTO changed_bucket (datastream_id, start)
SELECT DISTINCT datastream_id, {words.begin.format("phenomenon_time")}
FROM observation WHERE {words.came}
ON CONFLICT DO NOTHING
"""


_STATEMENTS = {
    is_file: (_changed(words), _quarters(words), _longer(words))
    for is_file, words in ((False, _POSTGRES), (True, _SQLITE))
}


def forget_changed(session: Session) -> None:
    """Begin to note spans."""
    at_type = "integer" if is_sqlite(session) else "timestamptz"
    session.execute(
        text(
            "CREATE TEMPORARY TABLE IF NOT EXISTS changed_bucket (datastream_id integer, "
            f"start {at_type}, PRIMARY KEY (datastream_id, start))"
        )
    )
    session.execute(text("DELETE FROM changed_bucket"))


def find_changed(session: Session, after: int, until: int, seconds: int) -> int:
    """Note the spans of that length [s] that something came into between two places; how many."""
    is_file = is_sqlite(session)
    forget_changed(session)
    given: dict[str, object] = {"seconds": seconds, "after": after, "until": until}
    if not is_file:
        given |= {"after": EPOCH + after * _MICROSECOND, "until": EPOCH + until * _MICROSECOND}
    session.execute(text(_STATEMENTS[is_file][0]), given)
    if not is_file:
        session.execute(text("ANALYZE changed_bucket"))
    return session.scalar(text("SELECT count(*) FROM changed_bucket")) or 0


def changed(session: Session, of: Iterable[int]) -> list[Place]:
    """Which spans of some datastreams were noted, by datastream and time."""
    rows = session.execute(
        text("SELECT datastream_id, start FROM changed_bucket ORDER BY datastream_id, start"),
    )
    wanted = frozenset(of)
    found = [(number, start) for number, start in rows if number in wanted]
    if is_sqlite(session):
        return [Place(number, EPOCH + start * _MICROSECOND) for number, start in found]
    return [Place(*each) for each in found]


def add_changed(session: Session, places: Iterable[Place]) -> None:
    """Note spans to be summed up, too."""
    is_file = is_sqlite(session)
    rows = [
        {
            "number": place.datastream_id,
            "start": (place.start - EPOCH) // _MICROSECOND if is_file else place.start,
        }
        for place in places
    ]
    if rows:
        session.execute(
            text("INSERT INTO changed_bucket VALUES (:number, :start) ON CONFLICT DO NOTHING"), rows
        )


def series(
    session: Session, datastream_id: int, seconds: int, begin: datetime, end: datetime
) -> Sequence[Any]:
    """Sums of a datastream of a length [s] that begin between two moments, by time; rows with the
    columns of `ObservationBucket`."""
    bucket = ObservationBucket
    return session.execute(
        select(bucket.__table__)
        .where(bucket.datastream_id == datastream_id, bucket.seconds == seconds)
        .where(bucket.start >= begin, bucket.start < end)
        .order_by(bucket.start)
    ).all()


def forget_removed(session: Session) -> list[int]:
    """Leave out spans whose readings were removed and of which there are sums.

    They would be computed from a part. The datastreams that lose spans are told.
    """
    of_removed = """
        FROM reading_removal r WHERE r.datastream_id = changed_bucket.datastream_id
        AND changed_bucket.start < r.removed_until AND EXISTS (
            SELECT 1 FROM observation_bucket b WHERE b.datastream_id = r.datastream_id
            AND b.seconds = 86400 AND b.start = {day})
    """.format(
        day="changed_bucket.start / 86400000000 * 86400000000"
        if is_sqlite(session)
        else "date_bin('86400 s', changed_bucket.start, 'epoch')"
    )
    lost = session.scalars(
        text(f"DELETE FROM changed_bucket WHERE EXISTS (SELECT 1 {of_removed}) "
             "RETURNING datastream_id")
    )  # fmt: skip
    return sorted(set(lost))


def sum_all(session: Session, lengths_s: Sequence[int], intervals: Mapping[int, int]) -> int:
    """Compute the noted spans, and those that they are in, of each length [s]; how many.

    lengths_s: the shortest first, which is computed from observations; each other from the one
    before it.
    """
    made = _run(session, 1, {"seconds": lengths_s[0]}, intervals)
    for shorter, longer in pairwise(lengths_s):
        made += _run(session, 2, {"seconds": longer, "of_seconds": shorter}, intervals)
    return made


def _run(
    session: Session, number: int, given: dict[str, object], intervals: Mapping[int, int]
) -> int:
    is_file = is_sqlite(session)
    found = session.execute(
        text(_STATEMENTS[is_file][number]), given | {"intervals": json.dumps(intervals)}
    )
    if is_file:  # its driver does not count these
        return int(session.scalars(text("SELECT changes()")).one())
    made: int = found.rowcount  # type: ignore[attr-defined]
    return made
