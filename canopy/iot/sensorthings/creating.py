"""Registering entities by SensorThings: with those they hold, and with links to known ones.

Source: OGC 18-088, section 10. Whoever registers a Datastream decides its class by
`properties.dataClass`; it is ``council`` where nobody does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from shapely.errors import GEOSException
from sqlalchemy.orm import Session

from canopy.errors import Refused
from canopy.geo.crs import WGS84
from canopy.geo.transforming import transformer
from canopy.iot import privacy
from canopy.iot.sensorthings.members import unfit
from canopy.iot.sensorthings.model import SETS, EntitySet
from canopy.iot.things.registry import OBSERVATION_TYPES
from canopy.iot.things.tables import Datastream, HistoricalLocation

MAX_TEXT_CHARS = 10_000
MOST_CREATED = 1_000
_HELD = (
    ("Thing", "Things", "thing_id"),
    ("Sensor", "Sensors", "sensor_id"),
    ("ObservedProperty", "ObservedProperties", "observed_property_id"),
)
"""What a Datastream holds: member, set, column."""
_OURS = {
    "dataClass": "data_class",
    "purpose": "purpose",
    "lawfulBasis": "lawful_basis",
    "owner": "owner",
    "retentionDays": "retention_days",
    "intervalSeconds": "interval_s",
}
_LAWFUL = ("data_class", "purpose", "lawful_basis", "retention_days", "owner")
_WHOLE = ("retention_days", "interval_s")


class BadEntity(Refused):
    """An entity that was sent lacks a member, or has one that cannot be."""

    kind, status, title = "bad-entity", 422, "The entity cannot be registered"


@dataclass(slots=True)
class Creator:
    """Registers what one request holds, in one transaction."""

    session: Session
    storage_crs: str
    srid: int
    now: datetime
    _created: int = 0

    def create(self, of: EntitySet, body: object, links: Mapping[str, int], where: str) -> Any:
        """An entity with all that it holds. `links`: numbers of what the address says it is of.

        Raises BadEntity with the place in the body.
        """
        given = _object(body, where)
        _require_fitting(of, given, where, is_new=True)
        self._created += 1
        if self._created > MOST_CREATED:
            raise BadEntity(f"One request registers at most {MOST_CREATED:,} entities.")
        if of.name == "Datastreams":
            return self._datastream(given, links, where)
        entity = of.table(
            **self._values(of, given, where), created_at=self.now, changed_at=self.now
        )
        if of.name == "Things":
            entity.source = ""
        self.session.add(entity)
        self.session.flush()
        if of.name == "Things":
            self._of_thing(entity, given, where)
        if of.name == "Locations" and "Things" in links:
            self._move(links["Things"], [entity.id])
        return entity

    def change(self, of: EntitySet, entity: Any, body: object) -> None:
        """Set the members that are given. Raises BadEntity."""
        given = _object(body, "the body")
        _require_fitting(of, given, "the body", is_new=False)
        values = self._values(of, given, "the body", required=False)
        if of.name == "Datastreams":
            values |= self._stream_values(given, "the body", required=False)
            _require_lawful({name: getattr(entity, name) for name in _LAWFUL} | values, "the body")
        if not values:
            raise BadEntity("The body changes nothing that this entity has.")
        for name, value in values.items():
            setattr(entity, name, value)
        entity.changed_at = self.now
        if of.name == "Things" and "Locations" in given:
            self._of_thing(entity, {"Locations": given["Locations"]}, "the body")

    def withdraw(self, of: EntitySet, entity: Any, streams: list[Datastream]) -> None:
        """End a Thing with its streams, or a stream: what they said stays. Raises BadEntity."""
        if of.name == "Things":
            entity.withdrawn_at = self.now
        for stream in streams:
            stream.is_withdrawn = True
            stream.changed_at = self.now
        entity.changed_at = self.now

    def _values(
        self, of: EntitySet, given: dict[str, Any], where: str, *, required: bool = True
    ) -> dict[str, Any]:
        """Columns from members."""
        values: dict[str, Any] = {}
        for name, (attribute, kind) in of.properties.items():
            if name == "id" or "/" in name:
                continue
            if name not in given:
                if required and name not in ("description", "definition"):
                    raise BadEntity(f"{where}: {name} is missing.", member=name)
                if required:
                    values[attribute] = ""
                continue
            member = f"{where}: {name}"
            values[attribute] = (
                self._shape(given[name], member)
                if kind == "geometry"
                else _text(given[name], member)
            )
        if "properties" in given:
            values["properties"] = _properties(given["properties"], where)
        return values

    def _shape(self, written: object, where: str) -> Any:
        document = written.get("geometry", written) if isinstance(written, dict) else written
        try:
            shape = shapely.from_geojson(_json(document))
        except (GEOSException, TypeError, ValueError) as error:
            raise BadEntity(f"{where} is no GeoJSON geometry ({error}).") from error
        moved = transformer(WGS84, self.storage_crs).geometries(np.array([shape], dtype=object))[0]
        if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(moved)).all():
            raise BadEntity(f"{where} lies outside what this catalogue covers.")
        return shapely.set_srid(shapely.force_2d(moved), self.srid)

    def _of_thing(self, thing: Any, given: dict[str, Any], where: str) -> None:
        places = [
            self._one("Locations", each, f"{where}: Locations[{at}]")
            for at, each in enumerate(_list(given.get("Locations", []), f"{where}: Locations"))
        ]
        if places:
            self._move(thing.id, places)
        for at, each in enumerate(_list(given.get("Datastreams", []), f"{where}: Datastreams")):
            self.create(
                SETS["Datastreams"], each, {"Things": thing.id}, f"{where}: Datastreams[{at}]"
            )

    def _move(self, thing: int, places: list[int]) -> None:
        self.session.add_all(
            HistoricalLocation(thing_id=thing, location_id=place, at=self.now) for place in places
        )
        self.session.flush()

    def _one(self, target: str, given: object, where: str) -> int:
        """The number of a known entity, or of one that is made now."""
        entity = _object(given, where)
        if set(entity) & {"@iot.id", "id"}:
            number = entity.get("@iot.id", entity.get("id"))
            found = None
            if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**31:
                found = self.session.get(SETS[target].table, number)
            if found is None:
                raise BadEntity(f"{where}: there is no {target}({number!r}).")
            return int(found.id)
        return int(self.create(SETS[target], entity, {}, where).id)

    def _datastream(self, given: dict[str, Any], links: Mapping[str, int], where: str) -> Any:
        of = SETS["Datastreams"]
        values = self._values(of, given, where) | self._stream_values(given, where, required=True)
        _require_lawful(values, where)
        for name, target, column in _HELD:
            if target in links:
                values[column] = links[target]
            elif name in given:
                values[column] = self._one(target, given[name], f"{where}: {name}")
            else:
                raise BadEntity(
                    f"{where}: {name} is missing; give it, or its @iot.id.", member=name
                )
        stream = Datastream(
            **values, source="", stream=f"new of {self.now.isoformat()} {self._created}",
            is_withdrawn=False, created_at=self.now, changed_at=self.now,
        )  # fmt: skip
        self.session.add(stream)
        self.session.flush()
        stream.stream = str(stream.id)  # so that messages name it by its number
        return stream

    def _stream_values(
        self, given: dict[str, Any], where: str, *, required: bool
    ) -> dict[str, Any]:
        values: dict[str, Any] = {"data_class": "council"} if required else {}
        if "observationType" in given and given["observationType"] not in OBSERVATION_TYPES:
            raise BadEntity(
                f"{where}: observationType is one of {', '.join(OBSERVATION_TYPES)}.",
                member="observationType",
            )
        if "unitOfMeasurement" in given:
            values |= _unit(given["unitOfMeasurement"], f"{where}: unitOfMeasurement")
        own = dict(_properties(given.get("properties"), where) or {})
        for name, column in _OURS.items():
            if name in own:
                check: Callable[[object, str], Any] = _count if column in _WHOLE else _text
                values[column] = check(own.pop(name), f"{where}: properties/{name}")
        if "properties" in given:
            values["properties"] = own or None
        return values


def _require_fitting(of: EntitySet, given: dict[str, Any], where: str, *, is_new: bool) -> None:
    """Raises BadEntity for a member that would be passed over."""
    found = unfit(of, given, is_new=is_new)
    if found is not None:
        raise BadEntity(f"{where}: {found[0]}: {found[1]}.", member=found[0])


def _require_lawful(values: Mapping[str, Any], where: str) -> None:
    """Raises BadEntity where a stream's class lacks what it needs."""
    members = {column: name for name, column in _OURS.items()}
    for column, rule in privacy.faults(*(values.get(name) for name in _LAWFUL)):
        raise BadEntity(f"{where}: properties/{members[column]}: {rule}.", member="properties")


def _object(body: object, where: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadEntity(f"{where} is no object.")
    return body


def _list(body: object, where: str) -> list[Any]:
    return body if isinstance(body, list) else [body]


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or "\x00" in value or len(value) > MAX_TEXT_CHARS:
        raise BadEntity(f"{where} is a text of at most {MAX_TEXT_CHARS:,} characters.")
    return value


def _count(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise BadEntity(f"{where} is a whole number above 0.")
    return value


def _properties(value: object, where: str) -> dict[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise BadEntity(f"{where}: properties is an object.")
    if value is not None and "\\u0000" in _json(value):
        raise BadEntity(f"{where}: properties holds a NUL character.")
    return value


def _unit(value: object, where: str) -> dict[str, str | None]:
    unit = _object(value, where)
    found = {
        column: None if unit.get(name) is None else _text(unit[name], f"{where}/{name}")
        for name, column in (("name", "unit_name"), ("symbol", "unit_symbol"))
    }
    definition = unit.get("definition")
    if definition is None:
        return {**found, "unit_ucum": None}
    code = _text(definition, f"{where}/definition")
    return {**found, "unit_ucum": code.removeprefix("ucum:")}


def _json(value: object) -> str:
    return json.dumps(value)
