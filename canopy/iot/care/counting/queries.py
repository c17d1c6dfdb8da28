"""Statements about numbers of sources, and about who is silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from canopy.db.types import EPOCH
from canopy.iot.care.counting.following import Standing
from canopy.iot.care.queries import is_sqlite
from canopy.iot.store.tables import LatestObservation, Observation, SourceCounter
from canopy.iot.things.tables import Datastream

_MICROSECOND = timedelta(microseconds=1)
_AT_ONCE = 500


def sources(session: Session) -> dict[int, str]:
    """The source of each datastream; one that no device is named of counts by itself."""
    rows = session.execute(select(Datastream.id, Datastream.source, Datastream.stream))
    return {number: source or f"(no device)/{stream}" for number, source, stream in rows}


def keys_between(
    session: Session, after: int, until: int, settled: datetime
) -> tuple[Sequence[Any], int]:
    """(datastream, time, key) of what came between two places and before a moment; and up to
    which place that is everything."""
    row = Observation
    wanted = select(row.datastream_id, row.phenomenon_time, row.source_key)
    if not is_sqlite(session):
        until = min(until, (settled - EPOCH) // _MICROSECOND)
        came = (row.stored_at >= EPOCH + after * _MICROSECOND) & (
            row.stored_at < EPOCH + until * _MICROSECOND
        )
        return session.execute(wanted.where(came, row.source_key != "")).all(), until
    young = session.scalar(
        text("SELECT rowid FROM observation WHERE rowid > :after AND rowid <= :until "
             "AND stored_at >= :settled ORDER BY rowid LIMIT 1"),
        {"after": after, "until": until, "settled": (settled - EPOCH) // _MICROSECOND},
    )  # fmt: skip
    until = until if young is None else young - 1
    came_between = text("rowid > :after AND rowid <= :until")
    rows = session.execute(
        wanted.where(came_between, row.source_key != ""), {"after": after, "until": until}
    ).all()
    return rows, until


def standings(session: Session, of: Iterable[str]) -> dict[str, Standing]:
    """Where sources stand, of those that were followed before."""
    names = sorted(of)
    found: dict[str, Standing] = {}
    for start in range(0, len(names), _AT_ONCE):
        chunk = names[start : start + _AT_ONCE]
        for row in session.scalars(select(SourceCounter).where(SourceCounter.source.in_(chunk))):
            found[row.source] = Standing(
                row.epoch, row.number, row.at, row.steps, row.missing, row.restarts
            )
    return found


def keep(session: Session, source: str, standing: Standing) -> None:
    """Note where a source stands."""
    session.merge(SourceCounter(source=source, **standing._asdict()))


def streams_by_interval(session: Session) -> Sequence[Any]:
    """(number, source, stream, name, interval [s]) of datastreams that say how often they
    report."""
    return session.execute(
        select(
            Datastream.id, Datastream.source, Datastream.stream, Datastream.name,
            Datastream.interval_s,
        ).where(Datastream.interval_s > 0, Datastream.is_withdrawn.is_(False))
    ).all()  # fmt: skip


def last_heard(session: Session) -> dict[int, datetime]:
    """The time of the newest reading of each datastream."""
    rows = session.execute(
        select(LatestObservation.datastream_id, LatestObservation.phenomenon_time)
    )
    return {number: at for number, at in rows}
