"""Statements about checks of datastreams, and the flags that they give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from canopy.iot.care.quality.rules import Checks
from canopy.iot.flags import FLAGS
from canopy.iot.store.tables import Observation, ObservationBucket
from canopy.iot.things.tables import (
    Datastream,
    HistoricalLocation,
    Location,
    ObservedProperty,
    StreamCheck,
)

_AT_ONCE = 500
_HOUR = timedelta(hours=1)


class Checked(NamedTuple):
    """A datastream with what it is checked for."""

    datastream_id: int
    checks: Checks
    interval_s: int | None
    source: str
    stream: str


class Row(NamedTuple):
    """What checks see of a reading."""

    at: datetime
    key: str
    result: float | None
    flags: int


def checked(session: Session) -> list[Checked]:
    """Datastreams that are checked for something, withdrawn ones left out."""
    rows = session.execute(
        select(
            Datastream.id, StreamCheck.rules, Datastream.interval_s, Datastream.source,
            Datastream.stream,
        )
        .join(StreamCheck, StreamCheck.datastream_id == Datastream.id)
        .where(Datastream.is_withdrawn.is_(False))
        .order_by(Datastream.id)
    )  # fmt: skip
    return [
        Checked(number, msgspec.convert(rules, Checks, strict=False), *rest)
        for number, rules, *rest in rows
    ]


def put_checks(session: Session, datastream_id: int, checks: Checks, now: datetime) -> None:
    """Have a datastream checked."""
    rules = msgspec.to_builtins(checks)
    session.merge(StreamCheck(datastream_id=datastream_id, rules=rules, changed_at=now))


def drop_checks(session: Session, datastream_id: int) -> bool:
    """Have a datastream checked no more; whether it was."""
    known = session.get(StreamCheck, datastream_id)
    if known is not None:
        session.delete(known)
    return known is not None


def checks_of(session: Session, datastream_id: int) -> Checks:
    """What a datastream is checked for."""
    known = session.get(StreamCheck, datastream_id)
    return Checks() if known is None else msgspec.convert(known.rules, Checks, strict=False)


def streams_named(session: Session, reference: str) -> Sequence[Datastream]:
    """Datastreams that are meant by a number, by ``source/stream``, or by the URI of what they
    observe."""
    if reference.isdigit() and len(reference) < 10:
        found = session.get(Datastream, int(reference))
        return [] if found is None else [found]
    named = Datastream.source + "/" + Datastream.stream == reference
    defined = Datastream.observed_property_id.in_(
        select(ObservedProperty.id).where(ObservedProperty.definition == reference)
    )
    return session.scalars(select(Datastream).where(named | defined).order_by(Datastream.id)).all()


def beside_span(
    session: Session, datastream_id: int, begin: datetime, end: datetime, context: int
) -> tuple[list[Row], list[Row], list[Row]]:
    """Readings before, in and after a span, by time and key; so many before and after at most."""
    row = Observation
    columns = (row.phenomenon_time, row.source_key, row.result, row.flags)
    wanted = select(*columns).where(row.datastream_id == datastream_id)
    order = (row.phenomenon_time, row.source_key)
    before = session.execute(
        wanted.where(row.phenomenon_time < begin)
        .order_by(*(each.desc() for each in order))
        .limit(context)
    )
    inside = session.execute(
        wanted.where(row.phenomenon_time >= begin, row.phenomenon_time < end).order_by(*order)
    )
    after = session.execute(
        wanted.where(row.phenomenon_time >= end).order_by(*order).limit(context)
    )
    return (
        [Row(*each) for each in before][::-1],
        [Row(*each) for each in inside],
        [Row(*each) for each in after],
    )


def set_flags(session: Session, datastream_id: int, changed: Iterable[tuple[Row, int]]) -> None:
    """Put other flags beside readings; nothing else of them changes."""
    given = [
        {"of_id": datastream_id, "at": row.at, "key": row.key, "now": flags}
        for row, flags in changed
    ]
    table: Any = Observation.__table__
    statement = (
        update(table)
        .where(table.c.datastream_id == bindparam("of_id"))
        .where(table.c.phenomenon_time == bindparam("at"), table.c.source_key == bindparam("key"))
        .values(flags=bindparam("now"))
    )
    if given:
        session.connection().execute(statement, given)


def add_drift(session: Session, datastream_id: int, begin: datetime, end: datetime) -> int:
    """Flag the readings of a span as drifting; how many were not yet."""
    row = Observation
    found = session.execute(
        update(row)
        .where(row.datastream_id == datastream_id)
        .where(row.phenomenon_time >= begin, row.phenomenon_time < end)
        .where(row.flags.bitwise_and(FLAGS["drift"]) == 0)
        .values(flags=row.flags.bitwise_or(FLAGS["drift"])),
        execution_options={"synchronize_session": False},
    )
    count: int = found.rowcount  # type: ignore[attr-defined]
    return count


class Placed(NamedTuple):
    """A datastream, what it observes in which unit, and where its Thing is now (storage CRS)."""

    datastream_id: int
    definition: str
    unit: str | None
    geometry: Any


def placed_like(session: Session, of: Iterable[int]) -> list[Placed]:
    """All datastreams that observe what some of these observe, with their places."""
    properties = select(ObservedProperty.definition).where(
        ObservedProperty.id.in_(
            select(Datastream.observed_property_id).where(Datastream.id.in_(sorted(of)))
        )
    )
    place = HistoricalLocation
    newest = (
        select(place.thing_id, func.max(place.at).label("at")).group_by(place.thing_id).subquery()
    )
    rows = session.execute(
        select(Datastream.id, ObservedProperty.definition, Datastream.unit_ucum, Location.geom)
        .join(ObservedProperty, ObservedProperty.id == Datastream.observed_property_id)
        .join(newest, newest.c.thing_id == Datastream.thing_id)
        .join(place, (place.thing_id == newest.c.thing_id) & (place.at == newest.c.at))
        .join(Location, Location.id == place.location_id)
        .where(ObservedProperty.definition.in_(properties), Location.geom.is_not(None))
        .where(Datastream.is_withdrawn.is_(False))
        .order_by(Datastream.id)
    )
    return [Placed(*row) for row in rows]


def hourly_means(
    session: Session, of: Iterable[int], begin: datetime, end: datetime
) -> list[tuple[int, int, float]]:
    """(datastream, hour since `begin`, mean) of hours with numbers."""
    bucket = ObservationBucket
    numbers = sorted(set(of))
    found: list[tuple[int, int, float]] = []
    for start in range(0, len(numbers), _AT_ONCE):
        rows = session.execute(
            select(bucket.datastream_id, bucket.start, bucket.mean)
            .where(bucket.datastream_id.in_(numbers[start : start + _AT_ONCE]))
            .where(bucket.seconds == _HOUR.total_seconds(), bucket.mean.is_not(None))
            .where(bucket.start >= begin, bucket.start < end)
        )
        found += [
            (number, (at - begin) // _HOUR, mean) for number, at, mean in rows if mean is not None
        ]
    return found
