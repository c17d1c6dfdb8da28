"""Statements of the SensorThings API: who sees what, how entities are linked, pages of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    and_,
    any_,
    case,
    cast,
    false,
    func,
    join,
    literal,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from canopy.assets.tables import Asset
from canopy.iot.sensorthings.audience import Audience
from canopy.iot.store.tables import LatestObservation, Observation
from canopy.iot.things.tables import Datastream, HistoricalLocation, Location, Thing

Condition = ColumnElement[bool]


def restricted_thing(thing: Any, audience: Audience) -> Condition:
    """Whether a Thing stands on an asset that is shown coarsely, or not at all."""
    if audience.sees_all:
        return false()
    return (
        select(Asset.fid).where(Asset.asset_id == thing.asset_id, is_restricted(audience)).exists()
    )


def hidden_thing(thing: Any, audience: Audience) -> Condition:
    """Whether a Thing stands on an asset that the audience does not see at all."""
    if audience.sees_all:
        return false()
    return select(Asset.fid).where(Asset.asset_id == thing.asset_id, is_hidden(audience)).exists()


def is_hidden(audience: Audience) -> Condition:
    return and_(Asset.sensitivity.is_not(None), Asset.sensitivity.not_in(audience.levels))


def is_restricted(audience: Audience) -> Condition:
    return Asset.kind.in_(tuple(audience.cells_m)) | is_hidden(audience)


def restricted_location(location: Any, audience: Audience) -> Condition:
    """Whether a Thing that is or was there is restricted."""
    return false() if audience.sees_all else _ever_there(location, is_restricted(audience))


def _ever_there(location: Any, asset_is: Condition) -> Condition:
    was, thing = aliased(HistoricalLocation), aliased(Thing)
    return (
        select(was.id)
        .join(thing, thing.id == was.thing_id)
        .join(Asset, Asset.asset_id == thing.asset_id)
        .where(was.location_id == location.id, asset_is)
        .exists()
    )


def restricted_stream(stream: Any, audience: Audience) -> Condition:
    """Whether a datastream's Thing is restricted."""
    if audience.sees_all:
        return false()
    thing = aliased(Thing)
    return (
        select(thing.id)
        .where(thing.id == stream.thing_id, restricted_thing(thing, audience))
        .exists()
    )


def visible(name: str, entity: Any, audience: Audience) -> Condition:
    """Whether an entity of a set is there at all for an audience."""
    if name == "Things":
        return and_(entity.withdrawn_at.is_(None), ~untold_thing(entity, audience))
    if name == "Datastreams":
        return and_(
            entity.is_withdrawn.is_(False),
            entity.data_class.in_(audience.classes),
            _thing_is_there(entity.thing_id),
        )
    if name in ("Locations", "FeaturesOfInterest"):
        return _location_shown(entity, audience)
    if name == "HistoricalLocations":
        place = aliased(Location)
        shown = (
            select(place.id)
            .where(place.id == entity.location_id, _location_shown(place, audience))
            .exists()
        )
        return and_(_thing_is_there(entity.thing_id, audience), shown)
    return _instrument_shown(name, entity, audience)


def untold_thing(thing: Any, audience: Audience) -> Condition:
    """Whether a Thing has streams, and none that stands of a class whose Things are told of."""
    if audience.keeps_things:
        return false()
    other, told = aliased(Datastream), aliased(Datastream)
    return and_(
        select(other.id).where(other.thing_id == thing.id, _is_untold(other, audience)).exists(),
        ~select(told.id).where(told.thing_id == thing.id, _is_told(told, audience)).exists(),
    )


def _is_told(stream: Any, audience: Audience) -> Condition:
    return and_(stream.is_withdrawn.is_(False), stream.data_class.in_(audience.named))


def _is_untold(stream: Any, audience: Audience) -> Condition:
    condition: Condition = stream.data_class.not_in(audience.named)
    return condition


def _instrument_shown(name: str, entity: Any, audience: Audience) -> Condition:
    """A Sensor or an ObservedProperty that is of no stream, or of one that is told of.

    Found once for the whole set: streams have no index by either.
    """
    if audience.keeps_things:
        return true()
    other, told = aliased(Datastream), aliased(Datastream)
    link_name = {"Sensors": "sensor_id", "ObservedProperties": "observed_property_id"}[name]
    untold = select(getattr(other, link_name)).where(_is_untold(other, audience))
    own = select(getattr(told, link_name)).where(_is_told(told, audience))
    return or_(entity.id.not_in(untold), entity.id.in_(own))


def _thing_is_there(thing_id: Any, audience: Audience | None = None) -> Condition:
    """audience: where it has to be told of the Thing too."""
    thing = aliased(Thing)
    wanted = select(thing.id).where(thing.id == thing_id, thing.withdrawn_at.is_(None))
    if audience is not None:
        wanted = wanted.where(~untold_thing(thing, audience))
    return wanted.exists()


def _location_shown(location: Any, audience: Audience) -> Condition:
    if audience.sees_all:
        return true()
    return and_(~_ever_there(location, is_hidden(audience)), ~_untold_place(location, audience))


def _untold_place(location: Any, audience: Audience) -> Condition:
    """Whether Things are or were there, and none of them is told of."""
    if audience.keeps_things:
        return false()

    def there(*, is_untold: bool) -> Condition:
        was, thing = aliased(HistoricalLocation), aliased(Thing)
        untold = untold_thing(thing, audience)
        return (
            select(was.id)
            .join(thing, thing.id == was.thing_id)
            .where(was.location_id == location.id, untold if is_untold else ~untold)
            .exists()
        )

    return and_(there(is_untold=True), ~there(is_untold=False))


def withheld_words(name: str, entity: Any, audience: Audience, column: Any, text: str) -> Any:
    """A name or description as this audience sees it, for filters and sorting too."""
    if audience.sees_all:
        return column
    shown = {
        "Things": restricted_thing,
        "Locations": restricted_location,
        "FeaturesOfInterest": restricted_location,
        "Datastreams": restricted_stream,
    }[name](entity, audience)
    stands_in = literal(text) + cast(entity.id, Text) if text else literal("")
    return case((shown, stands_in), else_=column)


def link(name: str, link_name: str, source: Any, target: Any) -> Condition:
    """How an entity of a set is linked to those of another."""
    if link_name in ("Locations", "Things") and name in ("Things", "Locations"):
        thing, place = (source, target) if name == "Things" else (target, source)
        return _is_at(thing, place)
    ways = {
        ("Things", "Datastreams"): lambda: target.thing_id == source.id,
        ("Things", "HistoricalLocations"): lambda: target.thing_id == source.id,
        ("Locations", "HistoricalLocations"): lambda: target.location_id == source.id,
        ("HistoricalLocations", "Thing"): lambda: target.id == source.thing_id,
        ("HistoricalLocations", "Locations"): lambda: target.id == source.location_id,
        ("Datastreams", "Thing"): lambda: target.id == source.thing_id,
        ("Datastreams", "Sensor"): lambda: target.id == source.sensor_id,
        ("Datastreams", "ObservedProperty"): lambda: target.id == source.observed_property_id,
        ("Sensors", "Datastreams"): lambda: target.sensor_id == source.id,
        ("ObservedProperties", "Datastreams"): lambda: target.observed_property_id == source.id,
    }
    condition: Condition = ways[name, link_name]()
    return condition


def _is_at(thing: Any, place: Any) -> Condition:
    """A Thing is where its newest HistoricalLocation says."""
    now = aliased(HistoricalLocation)
    return (
        select(now.id)
        .where(now.thing_id == thing.id, now.location_id == place.id, _is_newest(now))
        .exists()
    )


def _is_newest(now: Any) -> Condition:
    other = aliased(HistoricalLocation)
    newest = select(func.max(other.at)).where(other.thing_id == now.thing_id).scalar_subquery()
    condition: Condition = now.at == newest
    return condition


def _together(name: str, link_name: str, source: Any, target: Any) -> Any:
    """Entities joined to what they are linked to, by keys: a page's links are looked up at once."""
    if (name, link_name) not in (("Things", "Locations"), ("Locations", "Things")):
        return join(source, target, link(name, link_name, source, target))
    now = aliased(HistoricalLocation)
    own, other = (now.thing_id, now.location_id)
    if name == "Locations":
        own, other = other, own
    return join(
        join(source, now, and_(own == source.id, _is_newest(now))), target, target.id == other
    )


def linked(target: Any, *conditions: Condition) -> Condition:
    """Whether there is a linked entity of which these hold."""
    return select(target.id).where(*conditions).exists()


def linked_value(value: Any, *conditions: Condition) -> Any:
    """A value of the one linked entity of which these hold; null where there is none."""
    return select(value).where(*conditions).limit(1).scalar_subquery()


def page(
    session: Session,
    entity: Any,
    conditions: Iterable[Condition],
    order: Sequence[Any],
    skip: int,
    limit: int,
) -> list[Any]:
    """Entities in order."""
    statement = select(entity).where(*conditions).order_by(*order).offset(skip).limit(limit)
    return list(session.scalars(statement))


def count(session: Session, entity: Any, conditions: Iterable[Condition]) -> int:
    """How many there are."""
    return session.scalars(select(func.count()).select_from(entity).where(*conditions)).one()


def expanded(
    session: Session,
    linking: tuple[str, str],
    source: Any,
    source_ids: Sequence[int],
    target: Any,
    conditions: Iterable[Condition],
    order: Sequence[Any],
    first: int,
    limit: int,
) -> list[tuple[int, Any]]:
    """Entities that a link (set, name) leads to from each of some.

    `limit` of each, from number `first` on, which counts from 0.
    """
    number = func.row_number().over(partition_by=source.id, order_by=order).label("number")
    ranked = (
        select(source.id.label("source_id"), target.id.label("target_id"), number)
        .select_from(_together(*linking, source, target))
        .where(source.id.in_(source_ids), *conditions)
        .subquery()
    )
    statement = (
        select(ranked.c.source_id, target)
        .join(target, target.id == ranked.c.target_id)
        .where(ranked.c.number > first, ranked.c.number <= first + limit)
        .order_by(ranked.c.source_id, ranked.c.number)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def link_counts(
    session: Session,
    linking: tuple[str, str],
    source: Any,
    ids: Sequence[int],
    target: Any,
    conditions: Iterable[Condition],
) -> dict[int, int]:
    """How many are linked to each of some."""
    statement = (
        select(source.id, func.count(target.id))
        .select_from(_together(*linking, source, target))
        .where(source.id.in_(ids), *conditions)
        .group_by(source.id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def stream_ids(session: Session, condition: Condition, entity: Any) -> list[int]:
    """Numbers of datastreams."""
    return list(session.scalars(select(entity.id).where(condition).order_by(entity.id)))


def ids_where(session: Session, entity: Any, ids: Sequence[int], condition: Condition) -> set[int]:
    """Those of some entities of which a condition holds."""
    return set(session.scalars(select(entity.id).where(entity.id.in_(ids), condition)))


def kinds_at(session: Session, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Kinds of the assets whose Things are or were at some Locations."""
    rows = session.execute(
        select(HistoricalLocation.location_id, Asset.kind)
        .join(Thing, Thing.id == HistoricalLocation.thing_id)
        .join(Asset, Asset.asset_id == Thing.asset_id)
        .where(HistoricalLocation.location_id.in_(ids))
        .distinct()
    )
    return [(row[0], row[1]) for row in rows]


def places_of(session: Session, thing_ids: Sequence[int]) -> list[tuple[int, Any]]:
    """Where Things are now."""
    rows = session.execute(
        select(Thing.id, Location)
        .select_from(_together("Things", "Locations", Thing, Location))
        .where(Thing.id.in_(thing_ids))
        .order_by(Thing.id, Location.id)
    )
    return [(row[0], row[1]) for row in rows]


def streams_at(session: Session, location_id: int, audience: Audience) -> list[int]:
    """Datastreams of the Things that are at a Location."""
    rows = session.scalars(
        select(Datastream.id)
        .join(HistoricalLocation, HistoricalLocation.thing_id == Datastream.thing_id)
        .where(HistoricalLocation.location_id == location_id, _is_newest(HistoricalLocation))
        .where(visible("Datastreams", Datastream, audience))
    )
    return sorted(set(rows))


def one_of(column: Any, ids: Sequence[int], dialect: str) -> Condition:
    """Whether a number is among many: as one parameter, however many there are."""
    if len(ids) <= 20:
        condition: Condition = column.in_(ids)
        return condition
    if dialect == "sqlite":
        listed = func.json_each(json.dumps(list(ids))).table_valued("value")
        return type_coerce(column, Integer).in_(select(listed.c.value))
    found: Condition = column == any_(cast(list(ids), ARRAY(Integer)))
    return found


def latest(session: Session, ids: Sequence[int], dialect: str) -> list[Any]:
    """The newest observation of each of some datastreams, as rows with the table's columns."""
    statement = select(LatestObservation.__table__).where(  # objects take six times as long
        one_of(LatestObservation.datastream_id, ids, dialect)
    )
    return list(session.execute(statement))


def observations_page(
    session: Session,
    conditions: Iterable[Condition],
    order: Sequence[Any],
    skip: int,
    limit: int,
) -> list[Any]:
    """Observations in order."""
    statement = select(Observation).where(*conditions).order_by(*order).offset(skip).limit(limit)
    return list(session.scalars(statement))


def observations_count(session: Session, conditions: Iterable[Condition], most: int) -> int:
    """How many there are, at most `most`."""
    bounded = select(Observation.datastream_id).where(*conditions).limit(most).subquery()
    return session.scalars(select(func.count()).select_from(bounded)).one()


def streams_of_thing(session: Session, thing_id: int) -> list[Datastream]:
    """Every datastream of a Thing that is not withdrawn."""
    return list(
        session.scalars(
            select(Datastream).where(
                Datastream.thing_id == thing_id, Datastream.is_withdrawn.is_(False)
            )
        )
    )
