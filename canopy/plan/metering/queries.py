"""Statements about the stored readings of one meter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canopy.iot.store.tables import Observation

_AT_ONCE = 10_000


class Observed(NamedTuple):
    """One number that was observed."""

    at: datetime
    end: datetime | None
    result: float
    flags: int


def stamp(session: Session, datastream_id: int) -> tuple[int, datetime | None]:
    """How many observations a datastream has, and when the last was stored."""
    row = session.execute(
        select(func.count(), func.max(Observation.stored_at)).where(
            Observation.datastream_id == datastream_id
        )
    ).one()
    return row[0], row[1]


def numbers(session: Session, datastream_id: int, most: int) -> Iterator[Observed]:
    """The numbers of a datastream by time, up to `most`."""
    rows = session.execute(
        select(
            Observation.phenomenon_time, Observation.phenomenon_end, Observation.result,
            Observation.flags,
        )
        .where(Observation.datastream_id == datastream_id, Observation.result.is_not(None))
        .order_by(Observation.phenomenon_time, Observation.source_key)
        .limit(most)
        .execution_options(yield_per=_AT_ONCE)
    )  # fmt: skip
    for at, end, result, flags in rows:
        if result is not None:
            yield Observed(at, end, result, flags)
