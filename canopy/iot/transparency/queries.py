"""Statements about what the public is told of Things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from canopy.iot.privacy import CLASSES
from canopy.iot.sensorthings.audience import Audience
from canopy.iot.sensorthings.queries import hidden_thing
from canopy.iot.things.tables import Datastream, ObservedProperty, Sensor, Thing


def things(session: Session, audience: Audience, after: int, limit: int) -> Sequence[Thing]:
    """Things that the public is told of, by number, from after a number on.

    Those that stand, on assets that are not hidden, with a datastream that has a class.
    """
    wanted = select(Thing).where(Thing.id > after, *_told(audience)).order_by(Thing.id)
    return session.scalars(wanted.limit(limit)).all()


def one(session: Session, audience: Audience, number: int) -> Thing | None:
    """The Thing of a number, where the public is told of it."""
    return session.scalars(select(Thing).where(Thing.id == number, *_told(audience))).one_or_none()


def _told(audience: Audience) -> tuple[ColumnElement[bool], ...]:
    classed = select(Datastream.id).where(Datastream.thing_id == Thing.id, *_CLASSED).exists()
    return Thing.withdrawn_at.is_(None), ~hidden_thing(Thing, audience), classed


_CLASSED = (Datastream.is_withdrawn.is_(False), Datastream.data_class.in_(CLASSES))


def streams(session: Session, things: Sequence[int]) -> Sequence[Any]:
    """(Datastream, what it observes, by which kind of sensor) of Things, by number."""
    return session.execute(
        select(Datastream, ObservedProperty.name, Sensor.name)
        .join(ObservedProperty, ObservedProperty.id == Datastream.observed_property_id)
        .join(Sensor, Sensor.id == Datastream.sensor_id)
        .where(Datastream.thing_id.in_(things), *_CLASSED)
        .order_by(Datastream.thing_id, Datastream.id)
    ).all()
