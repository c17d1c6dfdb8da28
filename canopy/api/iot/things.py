"""Things and their datastreams over HTTP, for those who keep them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from canopy.api.deps import DatabaseOf
from canopy.api.iot.deps import MOST, KeeperOf
from canopy.assets.queries import now_utc
from canopy.errors import NotFound
from canopy.iot.things import queries, registering
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.tables import Thing

MOST_ENTRIES = 1_000
router = APIRouter(tags=["iot"])
NumberOf = Annotated[int, Path(ge=1, le=2**53)]


class EntryIn(BaseModel):
    """A datastream with its Thing and asset; docs/how-to/readings.md explains the fields."""

    model_config = ConfigDict(extra="forbid")

    asset: str
    stream: str
    observed_property: str
    definition: str
    source: str = ""
    thing: str = ""
    name: str = ""
    sensor: str = ""
    sensor_metadata: str = ""
    result: str = "number"
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None
    interval_s: int | None = None
    purpose: str | None = None
    lawful_basis: str | None = None
    data_class: str = "council"
    retention_days: int | None = None
    owner: str | None = None
    gateway: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    height_m: float | None = None


class EntriesIn(BaseModel):
    """Registered together: all, or none."""

    model_config = ConfigDict(extra="forbid")

    entries: Annotated[list[EntryIn], Field(min_length=1, max_length=MOST_ENTRIES)]


class RegisteredOut(BaseModel):
    """What came of it."""

    model_config = ConfigDict(from_attributes=True)

    things: int
    moved: int
    added: int
    changed: int
    unchanged: int


class StreamOut(BaseModel):
    """A datastream."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    source: str
    stream: str
    name: str
    unit_ucum: str | None
    low: float | None
    high: float | None
    expected_low: float | None
    expected_high: float | None
    interval_s: int | None
    purpose: str | None
    lawful_basis: str | None
    data_class: str
    retention_days: int | None
    owner: str | None
    gateway: str | None
    is_withdrawn: bool


class ThingOut(BaseModel):
    """A Thing."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    source: str
    asset_id: str | None
    withdrawn_at: datetime | None


class WholeThingOut(ThingOut):
    """A Thing with its datastreams."""

    streams: list[StreamOut]


class ThingsOut(BaseModel):
    """A page of Things; `next` is the `after` of the next one."""

    things: list[ThingOut]
    next: int | None


@router.get("/iot/things")
def list_things(
    database: DatabaseOf,
    _: KeeperOf,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
    withdrawn: bool = False,
) -> ThingsOut:
    """Things by number; withdrawn ones where they are asked for."""
    with database.reading() as session:
        rows = queries.things_after(session, after, limit + 1, with_withdrawn=withdrawn)
        things = [ThingOut.model_validate(row[0]) for row in rows[:limit]]
    return ThingsOut(things=things, next=things[-1].id if len(rows) > limit else None)


@router.get("/iot/things/{number}")
def show_thing(database: DatabaseOf, _: KeeperOf, number: NumberOf) -> WholeThingOut:
    """A Thing with its datastreams."""
    with database.reading() as session:
        return _whole(session, number)


@router.post("/iot/things")
def register_things(
    database: DatabaseOf, principal: KeeperOf, body: EntriesIn, dry_run: bool = False
) -> RegisteredOut:
    """Add or change datastreams with their Things: all, or none. Rows count from 1."""
    entries = [(row, StreamEntry(**each.model_dump())) for row, each in enumerate(body.entries, 1)]
    done = registering.register_all(
        database, entries, principal, now_utc(), name="entries", dry_run=dry_run
    )
    return RegisteredOut.model_validate(done)


@router.post("/iot/things/{number}/withdraw")
def withdraw_thing(database: DatabaseOf, _: KeeperOf, number: NumberOf) -> WholeThingOut:
    """End a Thing and its datastreams; what they said stays."""
    with database.writing() as session:
        _one(session, number)
        registering.withdraw(session, str(number), now_utc())
        session.flush()
        return _whole(session, number)


def _one(session: Session, number: int) -> Thing:
    thing = session.get(Thing, number)
    if thing is None:
        raise NotFound(f"There is no Thing {number}.")
    return thing


def _whole(session: Session, number: int) -> WholeThingOut:
    thing = ThingOut.model_validate(_one(session, number))
    rows = queries.streams_of_thing(session, number)
    streams = [StreamOut.model_validate(each) for each in rows]
    return WholeThingOut(**thing.model_dump(), streams=streams)
