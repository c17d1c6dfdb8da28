"""Numbers that sources gave their messages and of which no reading was stored.

What came is looked at when it has settled, so that what two workers store at the same time is seen
in the order in which it was measured. A number that is in quarantine or a dead letter counts as
missing: look there first.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from canopy.db.engine import Database
from canopy.iot.care import queries as care
from canopy.iot.care.counting import queries
from canopy.iot.care.counting.following import Seen, follow, number_of
from canopy.iot.store.opening import Readings
from canopy.iot.store.rows import HappeningRow

SETTLED = timedelta(minutes=2)
"""How old what came is when it is looked at: longer than a transaction lasts."""
_PROGRESS = "numbers"
_STEP_ROWS = 20_000
_STEP_US = timedelta(hours=1) // timedelta(microseconds=1)


def find_missing(database: Database, readings: Readings, now: datetime | None = None) -> int | None:
    """Follow what came since the last time; how many numbers are missing in it.

    None where another process does it. now: the present moment, UTC.
    """
    settled = (now or datetime.now(UTC)) - SETTLED
    with database.reading() as session:
        sources = queries.sources(session)
    step = _STEP_ROWS if database.is_gpkg else _STEP_US
    with readings.reading() as session:
        last = care.last_place(session)
    missing = 0
    while True:
        with readings.writing() as session:
            if not care.take_turn(session):
                return None
            known = care.progress(session, _PROGRESS)
            at = care.first_place(session) if known is None else known
            rows, until = queries.keys_between(session, at, min(at + step, last), settled)
            if until <= at:
                return missing
            missing += _follow(session, rows, sources, settled)
            care.set_progress(session, _PROGRESS, until)


def _follow(session: Session, rows: Any, sources: dict[int, str], now: datetime) -> int:
    seen: dict[str, set[Seen]] = defaultdict(set)
    for datastream_id, at, key in rows:
        source, numbered = sources.get(datastream_id), number_of(key)
        if source is not None and numbered is not None:
            seen[source].add(Seen(at, numbered[1], numbered[0]))
    known = queries.standings(session, seen)
    told: list[HappeningRow] = []
    for source, numbers in seen.items():
        standing, gaps = follow(known.get(source), list(numbers))
        if standing is not None:
            queries.keep(session, source, standing)
        told += [HappeningRow("counter-gap", source, gap.sentence(), gap.missing) for gap in gaps]
    care.tell(session, told, now)
    missing = sum(row.times for row in told)
    care.count(session, "numbers-missing", missing)
    return missing
