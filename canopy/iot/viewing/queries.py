"""Statements behind the views of readings: on the catalogue, and on the readings beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, and_, false, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from canopy.assets.tables import Asset
from canopy.db import spatial
from canopy.db.types import EPOCH
from canopy.iot.sensorthings.audience import Audience
from canopy.iot.sensorthings.queries import (
    is_hidden,
    is_restricted,
    link,
    linked,
    one_of,
    restricted_location,
    visible,
)
from canopy.iot.store.tables import LatestObservation, Observation, ObservationBucket
from canopy.iot.things.tables import Datastream, Location, ObservedProperty, Thing

Condition = ColumnElement[bool]
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which datastreams: an empty tuple or None does not narrow. `area` is in the storage CRS."""

    streams: tuple[int, ...] = ()
    things: tuple[int, ...] = ()
    properties: tuple[str, ...] = ()
    """Numbers or names of observed properties."""
    kinds: tuple[str, ...] = ()
    """Of the assets that Things stand on."""
    area: BaseGeometry | None = None


class Sensed(NamedTuple):
    """A datastream with its Thing, as it is stored; what is withheld of it is told apart."""

    id: int
    name: str
    stream: str
    thing_id: int
    thing_name: str
    interval_s: int | None
    unit: str | None
    ucum: str | None
    expected_low: float | None
    property_id: int
    property_name: str
    definition: str
    asset_id: str | None
    kind: str | None
    is_restricted: bool
    is_hidden: bool
    has_coarse_place: bool
    """Whether its place may not be seen exactly; told where an area is asked for."""


def sensed(
    session: Session, audience: Audience, wanted: Wanted, srid: int, after: int, limit: int
) -> list[Sensed]:
    """Datastreams that an audience sees, by number, from after a number on.

    One whose place the audience does not see exactly is given wherever `area` lies: whether its
    shown place is there has to be looked at.
    """
    restricted: Condition = false() if audience.sees_all else is_restricted(audience)
    coarse = _has_coarse_place(audience) if wanted.area is not None else false()
    hidden: Condition = false() if audience.sees_all else is_hidden(audience)
    statement = (
        select(
            Datastream.id, Datastream.name, Datastream.stream, Thing.id, Thing.name,
            Datastream.interval_s, Datastream.unit_symbol, Datastream.unit_ucum,
            Datastream.expected_low, ObservedProperty.id, ObservedProperty.name,
            ObservedProperty.definition, Thing.asset_id, Asset.kind,
            func.coalesce(restricted, false()), func.coalesce(hidden, false()), coarse,
        )
        .select_from(Datastream)
        .join(Thing, Thing.id == Datastream.thing_id)
        .join(ObservedProperty, ObservedProperty.id == Datastream.observed_property_id)
        .outerjoin(Asset, Asset.asset_id == Thing.asset_id)
        .where(visible("Datastreams", Datastream, audience), Datastream.id > after)
        .where(*_narrowed(wanted, hidden, coarse, srid))
        .order_by(Datastream.id)
        .limit(limit)
    )  # fmt: skip
    rows: Sequence[Any] = session.execute(statement).all()
    return [Sensed._make((*row[:14], *map(bool, row[14:]))) for row in rows]


def _has_coarse_place(audience: Audience) -> Condition:
    """Whether something is or was where a Thing is whose place is not seen exactly."""
    if audience.sees_all:
        return false()
    place = aliased(Location)
    return linked(
        place, link("Things", "Locations", Thing, place), restricted_location(place, audience)
    )


def _narrowed(wanted: Wanted, hidden: Condition, coarse: Condition, srid: int) -> list[Any]:
    conditions: list[Any] = []
    if wanted.streams:
        conditions.append(Datastream.id.in_(wanted.streams))
    if wanted.things:
        conditions.append(Thing.id.in_(wanted.things))
    if wanted.properties:
        numbers = [int(each) for each in wanted.properties if each.isdigit()]
        conditions.append(
            or_(ObservedProperty.id.in_(numbers), ObservedProperty.name.in_(wanted.properties))
        )
    if wanted.kinds:  # what is hidden has no kind either
        shown = ~func.coalesce(hidden, false())
        conditions.append(and_(Asset.kind.in_(wanted.kinds), shown))
    if wanted.area is not None:
        place = aliased(Location)
        is_there = linked(
            place, link("Things", "Locations", Thing, place),
            spatial.intersects(place, wanted.area, srid),
        )  # fmt: skip
        conditions.append(or_(is_there, coarse))
    return conditions


class Observed(NamedTuple):
    """An observed property, and how many datastreams of it an audience sees."""

    id: int
    name: str
    definition: str
    unit: str | None
    streams: int


def observed(session: Session, audience: Audience, limit: int) -> list[Observed]:
    """Properties by name; the unit where all datastreams of one agree."""
    symbol = Datastream.unit_symbol
    statement = (
        select(
            ObservedProperty.id, ObservedProperty.name, ObservedProperty.definition,
            func.min(symbol), func.max(symbol), func.count(),
        )
        .join(Datastream, Datastream.observed_property_id == ObservedProperty.id)
        .where(visible("Datastreams", Datastream, audience))
        .group_by(ObservedProperty.id, ObservedProperty.name, ObservedProperty.definition)
        .order_by(ObservedProperty.name, ObservedProperty.id)
        .limit(limit)
    )  # fmt: skip
    return [
        Observed(number, name, definition, low if low == high else None, count)
        for number, name, definition, low, high, count in session.execute(statement)
    ]


def thing_description(session: Session, number: int) -> str:
    """What a Thing is, in its publisher's words."""
    return session.scalar(select(Thing.description).where(Thing.id == number)) or ""


def buckets(
    session: Session, stream: int, seconds: int, start: datetime, end: datetime, limit: int
) -> list[ObservationBucket]:
    """What is summed up of a datastream, by time."""
    bucket = ObservationBucket
    return list(
        session.scalars(
            select(bucket)
            .where(bucket.datastream_id == stream, bucket.seconds == seconds)
            .where(bucket.start >= start, bucket.start < end)
            .order_by(bucket.start)
            .limit(limit)
        )
    )


def observations(
    session: Session, stream: int, start: datetime, end: datetime, limit: int
) -> list[Observation]:
    """Observations of a datastream, by time."""
    return list(
        session.scalars(
            select(Observation)
            .where(Observation.datastream_id == stream)
            .where(Observation.phenomenon_time >= start, Observation.phenomenon_time < end)
            .order_by(Observation.phenomenon_time, Observation.source_key)
            .limit(limit)
        )
    )


class Silence(NamedTuple):
    """Two readings with nothing between them; `before` is None where nothing came since."""

    after: datetime
    before: datetime | None


def silences(
    session: Session, stream: int, start: datetime, end: datetime, longer: timedelta, limit: int
) -> list[Silence]:
    """Gaps of a datastream between readings of a span, by time."""
    at = Observation.phenomenon_time
    last_at = func.lag(at, type_=at.type)
    inner = (
        select(at.label("this_at"), last_at.over(order_by=at).label("last_at"))
        .where(Observation.datastream_id == stream, at >= start, at < end)
        .subquery()
    )
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    longest: Any = longer // _MICROSECOND if is_sqlite else longer
    statement = (
        select(inner.c.last_at, inner.c.this_at)
        .where(text("this_at - last_at > :longest"))
        .order_by(inner.c.this_at)
        .limit(limit)
    )
    return [Silence(*row) for row in session.execute(statement, {"longest": longest})]


def last_before(session: Session, stream: int, end: datetime) -> datetime | None:
    """When a datastream was heard last before a time."""
    at = Observation.phenomenon_time
    return session.scalar(
        select(at).where(Observation.datastream_id == stream, at < end).order_by(at.desc()).limit(1)
    )


def daily_means(
    session: Session, streams: Sequence[int], since: datetime
) -> dict[int, list[tuple[datetime, float]]]:
    """Daily means of some datastreams, by time."""
    bucket = ObservationBucket
    found: dict[int, list[tuple[datetime, float]]] = {}
    rows: Iterable[Any] = session.execute(
        select(bucket.datastream_id, bucket.start, bucket.mean)
        .where(bucket.datastream_id.in_(streams), bucket.seconds == 86_400)
        .where(bucket.start >= since, bucket.mean.is_not(None))
        .order_by(bucket.datastream_id, bucket.start)
    )
    for stream, start, mean in rows:
        found.setdefault(stream, []).append((start, mean))
    return found


class Newest(NamedTuple):
    """The newest observation of a datastream."""

    stream: int
    at: datetime
    key: str
    result: float | None
    text: str | None
    flags: int
    stored_at: datetime


_NEWEST = select(
    LatestObservation.datastream_id, LatestObservation.phenomenon_time,
    LatestObservation.source_key, LatestObservation.result, LatestObservation.result_text,
    LatestObservation.flags, LatestObservation.stored_at,
)  # fmt: skip


def newest_since(session: Session, since: datetime | None) -> list[Newest]:
    """Newest observations, of all datastreams or of those that got theirs since then."""
    statement = _NEWEST
    if since is not None:
        statement = statement.where(LatestObservation.stored_at >= since)
    return [Newest(*row) for row in session.execute(statement)]


def newest_of(session: Session, streams: Sequence[int]) -> dict[int, Newest]:
    """The newest observation of each of some datastreams."""
    dialect = session.get_bind().dialect.name
    wanted = one_of(LatestObservation.datastream_id, streams, dialect)
    return {row[0]: Newest(*row) for row in session.execute(_NEWEST.where(wanted))}


def moment(session: Session) -> datetime:
    """What time it is where `stored_at` is told."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    at: datetime = session.scalars(select(func.clock_timestamp())).one()
    return at.astimezone(UTC)


def microseconds(at: datetime) -> int:
    """Since 1970 [us]."""
    return (at - EPOCH) // _MICROSECOND
