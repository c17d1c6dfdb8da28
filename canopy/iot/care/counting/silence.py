"""Datastreams that have not been heard of for longer than they report."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from canopy.db.engine import Database
from canopy.iot.care.counting import queries
from canopy.iot.store.opening import Readings

INTERVALS = 3
"""So many intervals without a reading, and a datastream is silent: one late one is no silence."""


class Silent(NamedTuple):
    """A datastream that is silent. `since` is its newest reading's time, None where it has none."""

    datastream_id: int
    source: str
    stream: str
    name: str
    interval_s: int
    since: datetime | None


def silent(
    database: Database, readings: Readings, now: datetime, intervals: int = INTERVALS
) -> list[Silent]:
    """Who has been silent for more than so many of its own intervals, the longest first."""
    with database.reading() as session:
        rows = queries.streams_by_interval(session)
    with readings.reading() as session:
        heard = queries.last_heard(session)
    found = [
        Silent(row.id, row.source, row.stream, row.name, row.interval_s, heard.get(row.id))
        for row in rows
    ]
    late = [
        each
        for each in found
        if each.since is None or now - each.since > timedelta(seconds=intervals * each.interval_s)
    ]
    return sorted(late, key=lambda each: (each.since is not None, each.since or now, each.stream))
