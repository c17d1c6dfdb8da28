"""Statements that find what was stored since something was published last, on either database.

In SQLite there is one writer, and rows lie in the order of commits. On PostgreSQL an arrival is
the moment at which a transaction began: what began before a transaction that still runs may come
later, so only what arrived before the oldest that runs is looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, literal_column, select, text, tuple_
from sqlalchemy.orm import Session

from canopy.db.types import EPOCH
from canopy.iot.sensorthings.audience import Audience
from canopy.iot.sensorthings.queries import visible
from canopy.iot.store.tables import Observation, StoreState
from canopy.iot.things.tables import Datastream

PROGRESS = "published"
OPEN = "open"
"""The one class of datastreams that leaves."""
LONGEST = timedelta(minutes=10)
"""Longer than a transaction that stores readings lasts: what runs longer is not waited for."""
_MICROSECOND = timedelta(microseconds=1)
_MARGIN = timedelta(milliseconds=250)
"""Between a transaction's beginning and its being seen to run."""
_OLDEST = text(
    "SELECT clock_timestamp() AS now, min(xact_start) AS oldest FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)
_ROWID: ColumnElement[int] = literal_column("observation.rowid", Integer)


class Key(NamedTuple):
    """What rows that arrived together are put in order by."""

    datastream_id: int
    phenomenon_time: datetime
    source_key: str


class Place(NamedTuple):
    """Up to where all has been published: a row's number, or an arrival [us since 1970].

    `key` is the last of the next arrival that was published, where that was cut in two.
    """

    at: int
    key: Key | None = None


def open_streams(session: Session, audience: Audience) -> set[int]:
    """Datastreams that everybody sees."""
    return set(
        session.scalars(
            select(Datastream.id).where(
                visible("Datastreams", Datastream, audience), Datastream.data_class == OPEN
            )
        )
    )


def progress(session: Session) -> int | None:
    """Where publishing has come to, None where it never began."""
    return session.scalar(select(StoreState.value).where(StoreState.name == PROGRESS))


def set_progress(session: Session, value: int) -> None:
    """Note where publishing has come to."""
    session.merge(StoreState(name=PROGRESS, value=value))
    session.flush()


def last_place(session: Session) -> int:
    """Where what is stored ends for sure: a row's number, or an arrival that nothing comes before
    any more [us since 1970]."""
    if _is_sqlite(session):
        return session.scalar(text("SELECT coalesce(max(rowid), 0) FROM observation")) or 0
    now, oldest = session.execute(_OLDEST).one()
    safe = now - _MARGIN
    if oldest is not None:
        safe = max(min(safe, oldest), now - LONGEST)
    return int((safe - EPOCH) // _MICROSECOND)


def stored_after(session: Session, place: Place, until: int, limit: int) -> Sequence[Any]:
    """(Observation, its place) from a place on, in order of commits and then of time.

    The place of a row is its number, or its arrival [us since 1970].
    """
    if _is_sqlite(session):
        wanted = (
            select(Observation, _ROWID).where(_ROWID.between(place.at + 1, until)).order_by(_ROWID)
        )
        return session.execute(wanted.limit(limit)).all()
    after, last = (EPOCH + each * _MICROSECOND for each in (place.at, until))
    keys = (Observation.datastream_id, Observation.phenomenon_time, Observation.source_key)
    came = select(Observation, Observation.stored_at).where(Observation.stored_at < last)
    if place.key is None:
        came = came.where(Observation.stored_at > after)
    else:  # `at` is then the arrival itself that was cut in two
        beyond = tuple_(Observation.stored_at, *keys) > tuple_(after, *place.key)
        came = came.where(Observation.stored_at >= after, beyond)
    rows = session.execute(came.order_by(Observation.stored_at, *keys).limit(limit)).all()
    return [(row, (at - EPOCH) // _MICROSECOND) for row, at in rows]


def only(rows: Sequence[Any], streams: Collection[int]) -> list[Any]:
    """The observations among them of some datastreams."""
    return [row for row, _ in rows if row.datastream_id in streams]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
