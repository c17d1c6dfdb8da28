"""Devices that were elsewhere before: where each was since when, as SensorThings keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from canopy import geo
from canopy.db.engine import Database
from canopy.iot.payloads.reading import Position, Reading
from canopy.iot.things import queries
from canopy.iot.things.tables import HistoricalLocation, Location, Thing

MOST_MOVES = 20_000
_GEOJSON = "application/geo+json"


@dataclass(slots=True)
class Moves:
    """Positions of devices as readings tell them: the first, and each that differs from the one
    before. Beyond `MOST_MOVES` they are counted and not kept."""

    seen: dict[str, Position] = field(default_factory=dict)
    kept: dict[str, list[tuple[datetime, Position]]] = field(default_factory=dict)
    count: int = 0
    left_out: int = 0

    def note(self, reading: Reading) -> None:
        """Note where a device was when it took a reading."""
        place = reading.position
        if place is None or reading.at is None or self.seen.get(reading.source) == place:
            return
        self.seen[reading.source] = place
        if self.count >= MOST_MOVES:
            self.left_out += 1
            return
        self.count += 1
        self.kept.setdefault(reading.source, []).append((reading.at, place))


@dataclass(slots=True)
class Moved:
    """What came of it: places added, and devices that are no Thing yet."""

    added: int = 0
    unknown: list[str] = field(default_factory=list)


def keep(database: Database, moves: Moves, moves_m: float, now: datetime) -> Moved:
    """Add the places where Things were, each from its moment on. Raises StorageUnavailable.

    A place within `moves_m` [m] of where the Thing was known to be at that moment says nothing
    new, so that the same file again adds nothing.
    """
    done = Moved()
    if not moves.kept:
        return done
    with database.writing() as session:
        for source, places in sorted(moves.kept.items()):
            thing = queries.thing_of_source(session, source)
            if thing is None:
                done.unknown.append(source)
            else:
                done.added += _one(session, database, thing, places, moves_m, now)
    return done


def _one(
    session: Session,
    database: Database,
    thing: Thing,
    places: list[tuple[datetime, Position]],
    moves_m: float,
    now: datetime,
) -> int:
    known = [(at, geom) for at, geom in queries.places_of_thing(session, thing.id)]
    ordered = sorted(places, key=lambda each: each[0])
    shapes = _shapes(database, [place for _, place in ordered])
    added = 0
    for (at, place), shape in zip(ordered, shapes, strict=True):
        before = _before(known, at)
        if before is not None and before.distance(shape) <= moves_m:
            continue
        location = Location(
            name=thing.name, description="", encoding_type=_GEOJSON, geom=shape,
            height_m=place.height_m, created_at=now, changed_at=now,
        )  # fmt: skip
        session.add(location)
        session.flush()
        session.add(HistoricalLocation(thing_id=thing.id, location_id=location.id, at=at))
        known.append((at, shape))
        added += 1
    session.flush()
    return added


def _before(known: list[tuple[datetime, BaseGeometry]], at: datetime) -> BaseGeometry | None:
    """Where a Thing was at a moment."""
    found = [(since.astimezone(UTC), shape) for since, shape in known if since <= at]
    return max(found, key=lambda each: each[0])[1] if found else None


def _shapes(database: Database, places: list[Position]) -> list[BaseGeometry]:
    moved = geo.transformer("EPSG:4326", database.storage_crs)
    points = shapely.points([[each.longitude, each.latitude] for each in places])
    return [shapely.set_srid(each, database.srid) for each in moved.geometries(points)]
