"""Statements about Things and their streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from canopy.iot.things.tables import Datastream


def stream_rows(session: Session) -> Sequence[Any]:
    """What sorting readings needs to know of every datastream that is not withdrawn."""
    return session.execute(
        select(
            Datastream.id, Datastream.source, Datastream.stream, Datastream.observation_type,
            Datastream.unit_ucum, Datastream.gateway, Datastream.low, Datastream.high,
            Datastream.expected_low, Datastream.expected_high, Datastream.retention_days,
        ).where(Datastream.is_withdrawn.is_(False))
    ).all()  # fmt: skip


def streams_stamp(session: Session) -> tuple[Any, ...]:
    """What differs whenever datastreams were added, changed or withdrawn."""
    return tuple(
        session.execute(
            select(func.count(), func.max(Datastream.id), func.max(Datastream.changed_at))
        ).one()
    )
