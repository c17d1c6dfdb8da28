"""Observations summed up by quarter of an hour, hour and day, whenever they come.

Only buckets in which something came since the last time are computed. In SQLite that is told by
the order of rows. On PostgreSQL by arrival, which is when a transaction began: it may be
committed later, so the last `OVERLAP` is looked at again.
"""

from __future__ import annotations

from datetime import timedelta

from canopy.db.engine import Database
from canopy.iot.care import queries
from canopy.iot.store.opening import Readings

BUCKETS_S = (900, 3_600, 86_400)
"""Lengths of buckets [s]."""
OVERLAP = timedelta(minutes=10)
"""Longer than a transaction that stores readings lasts."""
_PROGRESS = "downsampled"
_MICROSECOND = timedelta(microseconds=1)
_STEP_ROWS = 20_000
_STEP_US = timedelta(hours=1) // _MICROSECOND


def downsample(database: Database, readings: Readings) -> int | None:
    """Bring buckets up to date; how many were computed, None where another process does it.

    Each step is a transaction of its own, so that what stores readings waits for one at most.
    """
    with database.reading() as session:
        intervals = queries.intervals_s(session)
    step, overlap = (_STEP_ROWS, 0) if database.is_gpkg else (_STEP_US, OVERLAP // _MICROSECOND)
    with readings.reading() as session:
        known = queries.progress(session, _PROGRESS)
        at = queries.first_place(session) if known is None else known - overlap
        last = queries.last_place(session)
    made = 0
    while at < last:
        until = min(at + step, last)
        with readings.writing() as session:
            if not queries.take_turn(session):
                return None
            for seconds in BUCKETS_S:
                made += queries.make_buckets(session, seconds, at, until, intervals)
            queries.set_progress(session, _PROGRESS, until)
        at = until
    return made
