"""Registering Things and their datastreams: added, changed, moved, withdrawn; never deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from canopy import geo
from canopy.access.rules import Principal
from canopy.db.engine import Database
from canopy.errors import NotFound, Refused
from canopy.iot.things import queries
from canopy.iot.things.entries import OBSERVATION_TYPES, Fault, StreamEntry, faults_of
from canopy.iot.things.entry_files import Numbered, refuse
from canopy.iot.things.standing import Standing, assets_of
from canopy.iot.things.tables import (
    Datastream,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)

_GEOJSON = "application/geo+json"
_TEXT = "text/plain"
_MILLISECOND = timedelta(milliseconds=1)
_MADE_OF = (
    "low", "high", "expected_low", "expected_high", "interval_s", "purpose", "lawful_basis",
    "data_class", "retention_days", "owner", "gateway",
)  # fmt: skip
"""What a datastream has as its entry has it."""


@dataclass(slots=True)
class Registered:
    """What came of it. `streams` are those that were added or changed, by number."""

    things: int = 0
    moved: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    streams: list[int] = field(default_factory=list)

    def sentence(self) -> str:
        """In words."""
        return (
            f"Things added {self.things:,}, moved {self.moved:,}; datastreams added "
            f"{self.added:,}, changed {self.changed:,}, unchanged {self.unchanged:,}."
        )


class _OnlyTried(Exception):
    pass


def register_all(
    database: Database,
    entries: Sequence[Numbered],
    principal: Principal,
    now: datetime,
    *,
    name: str = "entries",
    dry_run: bool = False,
) -> Registered:
    """Register datastreams in one transaction: all, or none.

    What is there by its source and stream is changed to what the entry says. Raises
    ImportRefused with each wrong field.
    """
    refuse(name, [fault for row, entry in entries for fault in faults_of(entry, row)])
    done = Registered()
    try:
        with database.writing() as session:
            found, wrong = assets_of(
                session, database, (entry.asset for _, entry in entries), principal
            )
            refuse(name, [
                Fault(row, "asset", wrong[entry.asset])
                for row, entry in entries if entry.asset in wrong
            ])  # fmt: skip
            done = _Registering(session, database, found, now, name).all(entries)
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        pass
    return done


class _Registering:
    """One run. `stands` remembers which row said on which asset a Thing is."""

    def __init__(
        self,
        session: Session,
        database: Database,
        assets: Mapping[str, Standing],
        now: datetime,
        name: str,
    ) -> None:
        self._session = session
        self._database = database
        self._assets = assets
        self._now = now
        self._stream_changed_at = _after_every_change(session, now)
        self._name = name
        self._done = Registered()
        self._named: dict[tuple[str, str], int] = {}
        self._stands: dict[int, tuple[int, str, tuple[float | None, ...]]] = {}
        self._faults: list[Fault] = []

    def all(self, entries: Sequence[Numbered]) -> Registered:
        for row, entry in entries:
            if self._is_named_once(row, entry):
                self._one(row, entry)
        refuse(self._name, self._faults)
        return self._done

    def _is_named_once(self, row: int, entry: StreamEntry) -> bool:
        key = (entry.source, entry.stream)
        first = self._named.setdefault(key, row)
        if first == row:
            return True
        self._faults.append(Fault(row, "stream", f"row {first} names the same source and stream"))
        return False

    def _one(self, row: int, entry: StreamEntry) -> None:
        asset = self._assets[entry.asset]
        stream = queries.stream_named(self._session, entry.source, entry.stream)
        thing = self._thing(entry, asset, stream)
        if self._stands_elsewhere(row, entry, thing, asset):
            return
        self._place(thing, entry, asset)
        fields = self._fields(entry, thing)
        if stream is None:
            stream = Datastream(
                source=entry.source, stream=entry.stream, created_at=self._now,
                changed_at=self._stream_changed_at, description="", **fields,
            )  # fmt: skip
            self._session.add(stream)
            self._session.flush()
            self._done.added += 1
            self._done.streams.append(stream.id)
        elif self._change(stream, fields):
            self._done.changed += 1
            self._done.streams.append(stream.id)
        else:
            self._done.unchanged += 1

    def _change(self, stream: Datastream, fields: Mapping[str, object]) -> bool:
        different = {
            name: value for name, value in fields.items() if getattr(stream, name) != value
        }
        for name, value in different.items():
            setattr(stream, name, value)
        if different:
            stream.changed_at = self._stream_changed_at
        return bool(different)

    def _thing(self, entry: StreamEntry, asset: Standing, stream: Datastream | None) -> Thing:
        """The Thing of the stream, of the device, or of that name on that asset; else a new one."""
        session = self._session
        thing = None if stream is None else session.get(Thing, stream.thing_id)
        if thing is None and entry.source:
            thing = queries.thing_of_source(session, entry.source)
        if thing is None and not entry.source:
            thing = queries.thing_on(session, entry.thing_name, asset.asset_id)
        if thing is not None:
            return thing
        thing = Thing(
            name=entry.thing_name, description="", source=entry.source, asset_id=asset.asset_id,
            created_at=self._now, changed_at=self._now,
        )  # fmt: skip
        session.add(thing)
        session.flush()
        self._done.things += 1
        return thing

    def _stands_elsewhere(
        self, row: int, entry: StreamEntry, thing: Thing, asset: Standing
    ) -> bool:
        place = (entry.longitude, entry.latitude, entry.height_m)
        first, asset_id, other = self._stands.setdefault(thing.id, (row, asset.asset_id, place))
        if asset_id != asset.asset_id:
            rule = f"row {first} has the same Thing, {thing.name}, on another asset"
            self._faults.append(Fault(row, "asset", rule))
        elif other != place:
            rule = f"row {first} has the same Thing, {thing.name}, at another place"
            self._faults.append(Fault(row, "longitude", rule))
        else:
            return False
        return True

    def _place(self, thing: Thing, entry: StreamEntry, asset: Standing) -> None:
        """Set what the entry says of its Thing, and where it is from now on."""
        name = entry.thing or thing.name
        if (thing.asset_id, thing.name, thing.withdrawn_at) != (asset.asset_id, name, None):
            thing.asset_id, thing.name, thing.withdrawn_at = asset.asset_id, name, None
            thing.changed_at = self._now
        shape = self._shape(entry, asset)
        if shape is None:
            return
        known = queries.present_location(self._session, thing.id)
        if known is not None:
            same = known.geom is not None and shapely.equals_exact(known.geom, shape, 0.001)
            if same and known.height_m == entry.height_m:
                return
            self._done.moved += 1
        location = Location(
            name=name, description="", encoding_type=_GEOJSON, geom=shape,
            height_m=entry.height_m, created_at=self._now, changed_at=self._now,
        )  # fmt: skip
        self._session.add(location)
        self._session.flush()
        self._session.add(
            HistoricalLocation(thing_id=thing.id, location_id=location.id, at=self._now)
        )

    def _shape(self, entry: StreamEntry, asset: Standing) -> BaseGeometry | None:
        shape = asset.geometry
        if entry.longitude is not None and entry.latitude is not None:
            moved = geo.transformer("EPSG:4326", self._database.storage_crs)
            (shape,) = moved.geometries(shapely.points([[entry.longitude, entry.latitude]]))
        return None if shape is None else shapely.set_srid(shape, self._database.srid)

    def _fields(self, entry: StreamEntry, thing: Thing) -> dict[str, object]:
        made_of = {name: getattr(entry, name) for name in _MADE_OF}
        unit = entry.unit
        return made_of | {
            "name": entry.name or f"{thing.name}: {entry.observed_property}",
            "thing_id": thing.id,
            "sensor_id": self._sensor(entry).id,
            "observed_property_id": self._property(entry).id,
            "observation_type": OBSERVATION_TYPES[entry.result],
            "unit_name": unit, "unit_symbol": unit, "unit_ucum": unit,
            "is_withdrawn": False,
        }  # fmt: skip

    def _sensor(self, entry: StreamEntry) -> Sensor:
        name = entry.sensor or "not stated"
        found = queries.sensor_named(self._session, name, entry.sensor_metadata)
        if found is None:
            found = Sensor(
                name=name, description="", encoding_type=_TEXT,
                sensor_metadata=entry.sensor_metadata, created_at=self._now, changed_at=self._now,
            )  # fmt: skip
            self._session.add(found)
            self._session.flush()
        return found

    def _property(self, entry: StreamEntry) -> ObservedProperty:
        name, definition = entry.observed_property, entry.definition
        found = queries.property_defined(self._session, name, definition)
        if found is None:
            found = ObservedProperty(
                name=name, description="", definition=definition, created_at=self._now,
                changed_at=self._now,
            )  # fmt: skip
            self._session.add(found)
            self._session.flush()
        return found


def withdraw(session: Session, reference: str, now: datetime) -> Thing:
    """End a Thing and its datastreams; what they said stays. Raises NotFound and Refused.

    Readings that come after it are held in quarantine.
    """
    thing = one_thing(session, reference)
    if thing.withdrawn_at is not None:
        raise Refused(f"{thing.name} was withdrawn on {thing.withdrawn_at:%Y-%m-%d} already.")
    thing.withdrawn_at = thing.changed_at = now
    changed_at = _after_every_change(session, now)
    for stream in queries.streams_of_thing(session, thing.id):
        if not stream.is_withdrawn:
            stream.is_withdrawn, stream.changed_at = True, changed_at
    return thing


def _after_every_change(session: Session, now: datetime) -> datetime:
    """Now, or just after the last change where clocks differ or two came at once.

    Ingestion reads streams again when the time of the last change differs.
    """
    last = queries.last_stream_change(session)
    return now if last is None else max(now, last + _MILLISECOND)


def one_thing(session: Session, reference: str) -> Thing:
    """The Thing whose number, source or name it is. Raises NotFound, or Refused for several."""
    found = queries.things_named(session, reference)
    if not found:
        raise NotFound(f"There is no Thing {reference[:60]!r}; `canopy iot thing list` has them.")
    if len(found) > 1:
        choices = ", ".join(str(each.id) for each in found[:10])
        raise Refused(
            f"{len(found)} Things are named {reference!r}; name one by number: {choices}."
        )
    return found[0]
