"""Statements that make buckets of stored observations, on either database.

A bucket is computed whole from the observations in it, never added to: doing it again, in any
order, gives the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from canopy.db.types import EPOCH
from canopy.iot.store.tables import Observation, StoreState
from canopy.iot.things.tables import Datastream

_CARE_LOCK = 0x43616E6F63
"""One process at a time makes buckets."""
_MICROSECOND = timedelta(microseconds=1)
_SET = """
ON CONFLICT (datastream_id, seconds, start) DO UPDATE SET count = excluded.count,
    low = excluded.low, mean = excluded.mean, high = excluded.high, coverage = excluded.coverage
"""
_COLUMNS = "datastream_id, seconds, start, count, low, mean, high, coverage"
# A reading speaks for the interval in which it is; several in one interval speak for it once.
_ON_POSTGRES = f"""
WITH changed AS (
    SELECT DISTINCT datastream_id,
        date_bin(make_interval(secs => :seconds), phenomenon_time, 'epoch') AS start
    FROM observation WHERE stored_at >= :after AND stored_at < :until
), every AS (
    SELECT CAST(key AS integer) AS datastream_id, CAST(value AS integer) AS interval_s
    FROM json_each_text(CAST(:intervals AS json))
)
INSERT INTO observation_bucket ({_COLUMNS})
SELECT c.datastream_id, :seconds, c.start, count(*), min(o.result), avg(o.result), max(o.result),
    CASE WHEN e.interval_s > 0 THEN  -- else null, which `least` would not give
        least(1.0, e.interval_s * count(DISTINCT
            floor(extract(epoch FROM o.phenomenon_time) / e.interval_s)) / CAST(:seconds AS float8))
    END
FROM changed c
JOIN observation o ON o.datastream_id = c.datastream_id AND o.phenomenon_time >= c.start
    AND o.phenomenon_time < c.start + make_interval(secs => :seconds)
LEFT JOIN every e ON e.datastream_id = c.datastream_id
GROUP BY c.datastream_id, c.start, e.interval_s
{_SET}
"""
_ON_SQLITE = f"""
WITH changed AS (
    SELECT DISTINCT datastream_id,
        phenomenon_time / (:seconds * 1000000) * (:seconds * 1000000) AS start
    FROM observation WHERE rowid > :after AND rowid <= :until
), every AS (
    SELECT CAST(key AS integer) AS datastream_id, value AS interval_s FROM json_each(:intervals)
)
INSERT INTO observation_bucket ({_COLUMNS})
SELECT c.datastream_id, :seconds, c.start, count(*), min(o.result), avg(o.result), max(o.result),
    min(1.0, e.interval_s * count(DISTINCT
        o.phenomenon_time / (e.interval_s * 1000000)) / CAST(:seconds AS real))
FROM changed c
CROSS JOIN observation o ON o.datastream_id = c.datastream_id AND o.phenomenon_time >= c.start
    AND o.phenomenon_time < c.start + :seconds * 1000000
LEFT JOIN every e ON e.datastream_id = c.datastream_id
WHERE true
GROUP BY c.datastream_id, c.start, e.interval_s
{_SET}
"""


def intervals_s(session: Session) -> dict[int, int]:
    """How often each datastream reports [s], of those that say so."""
    rows = session.execute(
        select(Datastream.id, Datastream.interval_s).where(Datastream.interval_s > 0)
    )
    return {number: interval_s for number, interval_s in rows if interval_s is not None}


def take_turn(session: Session) -> bool:
    """Whether this transaction alone makes buckets; SQLite has one writer as it is."""
    if _is_sqlite(session):
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_CARE_LOCK))))


def progress(session: Session, name: str) -> int | None:
    """Where some work has come to, None where it never began."""
    return session.scalar(select(StoreState.value).where(StoreState.name == name))


def set_progress(session: Session, name: str, value: int) -> None:
    """Note where some work has come to."""
    session.merge(StoreState(name=name, value=value))
    session.flush()


def first_place(session: Session) -> int:
    """Before everything that is stored: 0 in SQLite, else the first arrival [us since 1970]."""
    if _is_sqlite(session):
        return 0
    first = session.scalar(select(func.min(Observation.stored_at)))
    return last_place(session) if first is None else (first - EPOCH) // _MICROSECOND


def last_place(session: Session) -> int:
    """Where what is stored ends: a row's number in SQLite, else the moment [us since 1970]."""
    if _is_sqlite(session):
        return session.scalar(text("SELECT coalesce(max(rowid), 0) FROM observation")) or 0
    now: datetime = session.scalars(select(func.clock_timestamp())).one()
    return (now - EPOCH) // _MICROSECOND


def make_buckets(
    session: Session, seconds: int, after: int, until: int, intervals: Mapping[int, int]
) -> int:
    """Compute the buckets of a length [s] in which something came between two places; how many."""
    given: dict[str, object] = {"seconds": seconds, "intervals": json.dumps(intervals)}
    if _is_sqlite(session):
        session.execute(text(_ON_SQLITE), given | {"after": after, "until": until})
        counted = session.scalars(text("SELECT changes()"))  # its driver does not count these
        return int(counted.one())
    given |= {"after": EPOCH + after * _MICROSECOND, "until": EPOCH + until * _MICROSECOND}
    made: int = session.execute(text(_ON_POSTGRES), given).rowcount  # type: ignore[attr-defined]
    return made


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
