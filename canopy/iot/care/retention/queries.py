"""Statements that remove readings and sums, in bounded steps, on either database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from canopy.db import timescale
from canopy.db.types import EPOCH
from canopy.iot.care.queries import is_sqlite
from canopy.iot.care.retention.planning import Cut, Kept
from canopy.iot.store.tables import (
    Observation,
    ObservationBucket,
    ReadingRemoval,
)
from canopy.iot.things.tables import Datastream

_MICROSECOND = timedelta(microseconds=1)
_LOCK_WAIT_MS = 2_000
"""Whoever stores readings waits behind a drop that waits: better to try again later."""


def kept_streams(session: Session) -> list[Kept]:
    """Every datastream, withdrawn ones too."""
    rows = session.execute(select(Datastream.id, Datastream.retention_days).order_by(Datastream.id))
    return [Kept(*row) for row in rows]


_WITH_OLD = """
SELECT k.id FROM {cuts}
WHERE EXISTS (SELECT 1 FROM observation o
    WHERE o.datastream_id = k.id AND o.phenomenon_time < k.raw)
OR EXISTS (SELECT 1 FROM observation_bucket b
    WHERE b.datastream_id = k.id AND b.seconds = 900 AND b.start < k.quarters)
OR EXISTS (SELECT 1 FROM observation_bucket b
    WHERE b.datastream_id = k.id AND b.seconds IN (3600, 86400) AND b.start < k.sums)
"""
_CUTS = "json_to_recordset(CAST(:cuts AS json)) AS k (id integer, {columns})".format(
    columns=", ".join(f"{name} timestamptz" for name in ("raw", "quarters", "sums"))
)
_CUTS_IN_FILE = "(SELECT {columns} FROM json_each(:cuts)) AS k".format(
    columns=", ".join(
        f"json_extract(value, '$.{name}') AS {name}" for name in ("id", "raw", "quarters", "sums")
    )
)


def with_old(session: Session, cuts: Iterable[Cut]) -> set[int]:
    """Datastreams with readings or sums that may go; one look-up each."""
    is_file = is_sqlite(session)

    def told(at: datetime) -> int | str:
        return (at - EPOCH) // _MICROSECOND if is_file else at.isoformat()

    given = [
        {
            "id": cut.datastream_id, "raw": told(cut.raw), "quarters": told(cut.quarters),
            "sums": told(cut.sums),
        }
        for cut in cuts
    ]  # fmt: skip
    statement = _WITH_OLD.format(cuts=_CUTS_IN_FILE if is_file else _CUTS)
    return set(session.scalars(text(statement), {"cuts": json.dumps(given)}))


def note_removal(session: Session, datastream_id: int, until: datetime) -> None:
    """Sums before that moment are not computed from readings any more. It never goes back."""
    known = session.get(ReadingRemoval, datastream_id)
    if known is None:
        session.add(ReadingRemoval(datastream_id=datastream_id, removed_until=until))
    elif known.removed_until < until:
        known.removed_until = until
    session.flush()


def counted_before(session: Session, datastream_id: int, until: datetime) -> int:
    """How many readings of a datastream are older than a moment."""
    return session.scalar(
        select(func.count()).select_from(Observation).where(_before(datastream_id, until))
    ) or 0  # fmt: skip


def first_before(session: Session, datastream_id: int, until: datetime) -> datetime | None:
    """The time of the first reading of a datastream before a moment."""
    return session.scalar(
        select(Observation.phenomenon_time)
        .where(_before(datastream_id, until))
        .order_by(Observation.phenomenon_time)
        .limit(1)
    )


def end_of_step(
    session: Session, datastream_id: int, since: datetime, until: datetime, rows: int
) -> datetime:
    """Until when so many readings of a datastream lie, from a time on."""
    return session.scalar(
        select(Observation.phenomenon_time)
        .where(_before(datastream_id, until), Observation.phenomenon_time > since)
        .order_by(Observation.phenomenon_time)
        .offset(rows)
        .limit(1)
    ) or until  # fmt: skip


def _before(datastream_id: int, until: datetime) -> Any:
    return (Observation.datastream_id == datastream_id) & (Observation.phenomenon_time < until)


def remove(
    session: Session, datastream_id: int, since: datetime, until: datetime, summed: int
) -> int:
    """Remove a datastream's readings between two times that are in sums; how many went.

    summed: the place up to which sums hold everything. In SQLite the newest row stays: its number
    would be given again, and what got it would seem to be summed up.
    """
    observation = Observation
    wanted = delete(observation).where(
        _before(datastream_id, until), observation.phenomenon_time >= since
    )
    if is_sqlite(session):
        wanted = wanted.where(
            text("rowid <= :summed AND rowid < (SELECT max(rowid) FROM observation)")
        )
        found = session.execute(
            wanted, {"summed": summed}, execution_options={"synchronize_session": False}
        )
    else:
        found = session.execute(
            wanted.where(observation.stored_at < EPOCH + summed * _MICROSECOND),
            execution_options={"synchronize_session": False},
        )
    gone: int = found.rowcount  # type: ignore[attr-defined]
    return gone


def counted_sums(
    session: Session, datastream_id: int, lengths_s: Sequence[int], until: datetime
) -> int:
    """How many sums of a datastream of some lengths [s] begin before a moment."""
    bucket = ObservationBucket
    return session.scalar(
        select(func.count())
        .select_from(bucket)
        .where(bucket.datastream_id == datastream_id, bucket.seconds.in_(lengths_s))
        .where(bucket.start < until)
    ) or 0  # fmt: skip


def remove_sums(
    session: Session, datastream_id: int, lengths_s: Sequence[int], until: datetime
) -> int:
    """Remove a datastream's sums of some lengths [s] before a moment; how many went."""
    bucket = ObservationBucket
    found = session.execute(
        delete(bucket).where(
            bucket.datastream_id == datastream_id, bucket.seconds.in_(lengths_s),
            bucket.start < until,
        ),
        execution_options={"synchronize_session": False},
    )  # fmt: skip
    gone: int = found.rowcount  # type: ignore[attr-defined]
    return gone


def months(session: Session) -> dict[str, datetime]:
    """The ends of the partitions of observations that are there, by name; none in SQLite.

    With TimescaleDB they are its chunks.
    """
    if is_sqlite(session):
        return {}
    if timescale.is_hypertable(session.connection(), "observation"):
        chunks = timescale.chunks(session.connection(), "observation")
        return {name: ends for name, (_, ends) in chunks.items()}
    names = session.scalars(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'observation'::regclass ORDER BY c.relname"
        )
    )
    found = {}
    for name in names:
        _, _, told = name.partition("observation_")
        year, _, month = told.partition("_")
        if year.isdigit() and month.isdigit():
            after = datetime(int(year), int(month), 1, tzinfo=UTC) + timedelta(days=32)
            found[name] = after.replace(day=1)
    return found


def is_needed(session: Session, month: str, keepers: Sequence[int], summed: int) -> bool:
    """Whether a partition holds a reading of one of these, or one that is in no sums yet."""
    return bool(
        session.scalar(
            text(
                f"SELECT EXISTS (SELECT 1 FROM unnest(CAST(:keepers AS integer[])) AS k (id) "
                f"WHERE EXISTS (SELECT 1 FROM {month} o WHERE o.datastream_id = k.id)) "
                f"OR EXISTS (SELECT 1 FROM {month} WHERE stored_at >= :summed)"
            ),
            {"keepers": list(keepers), "summed": EPOCH + summed * _MICROSECOND},
        )
    )


def rows_about(session: Session, month: str) -> int:
    """How many rows a partition holds, as the server estimates."""
    estimated = session.scalar(
        text(f"SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = '{month}'::regclass")
    )
    return int(estimated or 0)


def drop(session: Session, month: str) -> None:
    """Drop a partition. Raises OperationalError where somebody is in the way for long."""
    session.execute(text(f"SET LOCAL lock_timeout = {_LOCK_WAIT_MS}"))
    if timescale.is_hypertable(session.connection(), "observation"):
        timescale.drop_chunk(session.connection(), "observation", month)
    else:
        session.execute(text(f"DROP TABLE {month}"))
