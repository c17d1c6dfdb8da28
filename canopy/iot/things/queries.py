"""Statements about Things and their streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from canopy.iot.privacy import COUNCIL, OPEN
from canopy.iot.things.tables import (
    Datastream,
    Gateway,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)

_MOST_OF_A_NAME = 50


def stream_rows(session: Session) -> Sequence[Any]:
    """What sorting readings needs to know of every datastream that is not withdrawn."""
    return session.execute(
        select(
            Datastream.id, Datastream.source, Datastream.stream, Datastream.observation_type,
            Datastream.unit_ucum, Datastream.gateway, Datastream.low, Datastream.high,
            Datastream.expected_low, Datastream.expected_high, Datastream.retention_days,
        ).where(Datastream.is_withdrawn.is_(False))
    ).all()  # fmt: skip


class RiskyStream(NamedTuple):
    """A datastream of which no single reading leaves, as messages name it."""

    id: int
    source: str
    stream: str
    gateway: str | None


def risky_streams(session: Session) -> list[RiskyStream]:
    """Datastreams of personal risk, or of no class that is known; withdrawn ones too."""
    rows = session.execute(
        select(Datastream.id, Datastream.source, Datastream.stream, Datastream.gateway).where(
            Datastream.data_class.not_in((OPEN, COUNCIL))
        )
    )
    return [RiskyStream(*row) for row in rows]


def streams_stamp(session: Session) -> tuple[Any, ...]:
    """What differs whenever datastreams were added, changed or withdrawn."""
    return tuple(
        session.execute(
            select(func.count(), func.max(Datastream.id), func.max(Datastream.changed_at))
        ).one()
    )


def last_stream_change(session: Session) -> datetime | None:
    """When a datastream was added or changed last."""
    return session.scalar(select(func.max(Datastream.changed_at)))


def stream_named(session: Session, source: str, stream: str) -> Datastream | None:
    """The datastream that messages name so, withdrawn or not."""
    return session.scalars(
        select(Datastream).where(Datastream.source == source, Datastream.stream == stream)
    ).one_or_none()


def thing_of_source(session: Session, source: str) -> Thing | None:
    """The Thing of a device: the one that stands before one that was withdrawn."""
    return session.scalars(
        select(Thing)
        .where(Thing.source == source)
        .order_by(Thing.withdrawn_at.is_not(None), Thing.id.desc())
        .limit(1)
    ).one_or_none()


def thing_on(session: Session, name: str, asset_id: str) -> Thing | None:
    """The Thing of that name on that asset."""
    return session.scalars(
        select(Thing).where(Thing.asset_id == asset_id, Thing.name == name).order_by(Thing.id)
    ).first()


def things_named(session: Session, reference: str) -> Sequence[Thing]:
    """Things whose number, source or name it is; by number where that fits."""
    if reference.isdigit() and len(reference) < 10:
        thing = session.get(Thing, int(reference))
        if thing is not None:
            return [thing]
    return session.scalars(
        select(Thing)
        .where(or_(Thing.source == reference, Thing.name == reference))
        .order_by(Thing.id)
        .limit(_MOST_OF_A_NAME)
    ).all()


def present_location(session: Session, thing_id: int) -> Location | None:
    """Where a Thing is now."""
    return session.scalars(
        select(Location)
        .join(HistoricalLocation, HistoricalLocation.location_id == Location.id)
        .where(HistoricalLocation.thing_id == thing_id)
        .order_by(HistoricalLocation.at.desc(), HistoricalLocation.id.desc())
        .limit(1)
    ).one_or_none()


def places_of_thing(session: Session, thing_id: int) -> Sequence[Any]:
    """(since when, shape) of every place that a Thing is known to have been at."""
    return session.execute(
        select(HistoricalLocation.at, Location.geom)
        .join(Location, Location.id == HistoricalLocation.location_id)
        .where(HistoricalLocation.thing_id == thing_id, Location.geom.is_not(None))
        .order_by(HistoricalLocation.at, HistoricalLocation.id)
    ).all()


def sensor_named(session: Session, name: str, metadata: str) -> Sensor | None:
    """The kind of instrument of that name and description."""
    return session.scalars(
        select(Sensor).where(Sensor.name == name, Sensor.sensor_metadata == metadata)
    ).first()


def property_defined(session: Session, name: str, definition: str) -> ObservedProperty | None:
    """The observed property of that name and definition."""
    return session.scalars(
        select(ObservedProperty).where(
            ObservedProperty.definition == definition, ObservedProperty.name == name
        )
    ).first()


def streams_of_thing(session: Session, thing_id: int) -> Sequence[Datastream]:
    """The datastreams of a Thing, withdrawn ones too."""
    return session.scalars(
        select(Datastream).where(Datastream.thing_id == thing_id).order_by(Datastream.id)
    ).all()


def streams_in_use(session: Session) -> Iterator[Datastream]:
    """Every datastream that is not withdrawn, by number, without holding all of them."""
    wanted = select(Datastream).where(Datastream.is_withdrawn.is_(False)).order_by(Datastream.id)
    yield from session.scalars(wanted.execution_options(yield_per=1_000))


def things_after(
    session: Session, after: int, limit: int, *, with_withdrawn: bool
) -> Sequence[Any]:
    """(Thing, how many streams it has), by number, from after a number on."""
    wanted = (
        select(Thing, func.count(Datastream.id))
        .outerjoin(
            Datastream,
            (Datastream.thing_id == Thing.id) & Datastream.is_withdrawn.is_(False),
        )
        .where(Thing.id > after)
        .group_by(Thing.id)
        .order_by(Thing.id)
        .limit(limit)
    )
    if not with_withdrawn:
        wanted = wanted.where(Thing.withdrawn_at.is_(None))
    return session.execute(wanted).all()


def gateway_named(session: Session, name: str) -> Gateway | None:
    """The gateway of that name, revoked or not."""
    return session.scalars(select(Gateway).where(Gateway.name == name)).one_or_none()


def gateways(session: Session) -> Sequence[Gateway]:
    """Every gateway, by name."""
    return session.scalars(select(Gateway).order_by(Gateway.name)).all()
