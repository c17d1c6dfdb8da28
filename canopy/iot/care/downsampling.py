"""Observations summed up by quarter of an hour, hour and day, whenever they come.

Only spans in which something came since the last time are computed, each length from the one
before it. In SQLite that is told by the order of rows. On PostgreSQL by arrival, which is when a
transaction began: it may be committed later, so the last `OVERLAP` is looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.iot.care import queries
from canopy.iot.care.quality.checking import Checker, checker_of
from canopy.iot.care.summing import queries as sums
from canopy.iot.store.opening import Readings
from canopy.iot.store.rows import HappeningRow

BUCKETS_S = (900, 3_600, 86_400)
"""Lengths of buckets [s]; each is a whole number of the one before it."""
OVERLAP = timedelta(minutes=10)
"""Longer than a transaction that stores readings lasts."""
PROGRESS = "downsampled"
_MICROSECOND = timedelta(microseconds=1)
_STEP_ROWS = 20_000
_STEP_US = timedelta(hours=1) // _MICROSECOND


def downsample(database: Database, readings: Readings) -> int | None:
    """Check new readings and bring sums up to date; how many were computed.

    None where another process does it. Each step is a transaction of its own, so that what
    stores readings waits for one at most.
    """
    with database.reading() as session:
        intervals = queries.intervals_s(session)
        checker = checker_of(session)
    step, overlap = (_STEP_ROWS, 0) if database.is_gpkg else (_STEP_US, OVERLAP // _MICROSECOND)
    with readings.reading() as session:
        last = queries.last_place(session)
    made, reached = 0, 0
    while True:
        with readings.writing() as session:
            if not queries.take_turn(session):
                return None
            known = queries.progress(session, PROGRESS)
            at = queries.first_place(session) if known is None else known - overlap
            at = max(at, reached)
            if at >= last:
                return made
            reached = min(at + step, last)
            made += _sum_up(session, at, reached, intervals, checker)
            queries.set_progress(session, PROGRESS, max(reached, known or reached))


def _sum_up(
    session: Session, after: int, until: int, intervals: Mapping[int, int], checker: Checker
) -> int:
    """Sums of what came between two places; how many were computed."""
    if not sums.find_changed(session, after, until, BUCKETS_S[0]):
        return 0
    _tell_of_lost(session, sums.forget_removed(session))
    checker.check(session)
    made = sums.sum_all(session, BUCKETS_S, intervals)
    queries.count(session, "sums", made)
    return made


def _tell_of_lost(session: Session, datastreams: list[int]) -> None:
    detail = "readings came of days whose other readings were removed; their sums stay as they are"
    queries.tell(
        session,
        [HappeningRow("late-after-removal", f"datastream {each}", detail) for each in datastreams],
        datetime.now(UTC),
        2 * OVERLAP,  # on PostgreSQL what came is looked at more than once
    )
