"""Statements that all care of stored readings needs: whose turn it is, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from canopy.db.types import EPOCH
from canopy.iot.store.rows import HappeningRow
from canopy.iot.store.tables import (
    DeadLetter,
    Happening,
    HeldObservation,
    LatestObservation,
    Observation,
    StoreState,
)
from canopy.iot.things.tables import Datastream

_CARE_LOCK = 0x43616E6F63
"""One process at a time takes care of readings."""
_COUNTED = "counted:"
_MICROSECOND = timedelta(microseconds=1)


def intervals_s(session: Session) -> dict[int, int]:
    """How often each datastream reports [s], of those that say so."""
    rows = session.execute(
        select(Datastream.id, Datastream.interval_s).where(Datastream.interval_s > 0)
    )
    return {number: interval_s for number, interval_s in rows if interval_s is not None}


def take_turn(session: Session) -> bool:
    """Whether this transaction alone takes care of readings.

    SQLite has one writer as it is: of two processes each takes the step that comes next.
    """
    if is_sqlite(session):
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_CARE_LOCK))))


def progress(session: Session, name: str) -> int | None:
    """Where some work has come to, None where it never began."""
    return session.scalar(select(StoreState.value).where(StoreState.name == name))


def set_progress(session: Session, name: str, value: int) -> None:
    """Note where some work has come to."""
    session.merge(StoreState(name=name, value=value))
    session.flush()


def count(session: Session, what: str, number: int) -> None:
    """Add to what care has done since the store was made."""
    if number:
        name = _COUNTED + what
        set_progress(session, name, (progress(session, name) or 0) + number)


def counted(session: Session) -> dict[str, int]:
    """What care has done since the store was made."""
    rows = session.execute(
        select(StoreState.name, StoreState.value).where(StoreState.name.startswith(_COUNTED))
    )
    return {name.removeprefix(_COUNTED): value for name, value in rows}


def tell(
    session: Session,
    rows: Iterable[HappeningRow],
    now: datetime,
    again_after: timedelta = timedelta(0),
) -> None:
    """Tell people of something; what was told before is counted, and is open again.

    again_after: what was told less long ago than this is not told again.
    """
    for row in rows:
        known = session.get(Happening, (row.kind, row.subject))
        if known is None:
            session.add(
                Happening(
                    kind=row.kind, subject=row.subject, first_at=now, last_at=now,
                    times=row.times, detail=row.detail,
                )
            )  # fmt: skip
            continue
        if now - known.last_at < again_after:
            continue
        known.last_at, known.detail, known.times = now, row.detail, known.times + row.times
        known.acknowledged_at = known.acknowledged_by = None
    session.flush()


def happenings_by_kind(session: Session) -> dict[str, int]:
    """Happenings that nobody has seen to, by kind."""
    rows = session.execute(
        select(Happening.kind, func.count())
        .where(Happening.acknowledged_at.is_(None))
        .group_by(Happening.kind)
    )
    return {kind: number for kind, number in rows}


def letters_by_kind(session: Session) -> dict[str, int]:
    """Dead letters that gave no reading yet, by kind."""
    rows = session.execute(
        select(DeadLetter.kind, func.count())
        .where(DeadLetter.replayed_at.is_(None))
        .group_by(DeadLetter.kind)
    )
    return {kind: number for kind, number in rows}


def held(session: Session) -> int:
    """Readings in quarantine."""
    return session.scalar(select(func.count()).select_from(HeldObservation)) or 0


def newest_stored_at(session: Session) -> datetime | None:
    """When a datastream's latest reading was stored last."""
    return session.scalar(select(func.max(LatestObservation.stored_at)))


def first_place(session: Session) -> int:
    """Before everything that is stored: 0 in SQLite, else the first arrival [us since 1970]."""
    if is_sqlite(session):
        return 0
    first = session.scalar(select(func.min(Observation.stored_at)))
    return last_place(session) if first is None else (first - EPOCH) // _MICROSECOND


def last_place(session: Session) -> int:
    """Where what is stored ends: a row's number in SQLite, else the moment [us since 1970]."""
    if is_sqlite(session):
        return session.scalar(text("SELECT coalesce(max(rowid), 0) FROM observation")) or 0
    now: datetime = session.scalars(select(func.clock_timestamp())).one()
    return (now - EPOCH) // _MICROSECOND


def is_sqlite(session: Session) -> bool:
    """Whether readings lie in a file beside a GeoPackage."""
    return session.get_bind().dialect.name == "sqlite"
