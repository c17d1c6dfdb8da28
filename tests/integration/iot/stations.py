"""Things with streams, in a catalogue; and what was stored of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from canopy.db.engine import Database
from canopy.iot.publishing.following import Follower
from canopy.iot.publishing.queries import set_progress
from canopy.iot.store.opening import Readings
from canopy.iot.store.tables import (
    DeadLetter,
    Happening,
    HeldObservation,
    LatestObservation,
    Observation,
)
from canopy.iot.things.registry import MEASUREMENT
from canopy.iot.things.tables import Datastream, ObservedProperty, Sensor, Thing


def add_streams(database: Database, names: list[str], **fields: object) -> dict[str, int]:
    """Streams of one Thing, by name: their numbers."""
    now = datetime.now(UTC)
    entity = {"description": "", "created_at": now, "changed_at": now}
    with database.writing() as session:
        thing = Thing(name="Yard", source="", **entity)
        sensor = Sensor(
            name="Probe", encoding_type="text/html", sensor_metadata="https://example.org", **entity
        )
        observed = ObservedProperty(
            name="Temperature",
            definition="http://qudt.org/vocab/quantitykind/Temperature",
            **entity,
        )
        session.add_all([thing, sensor, observed])
        session.flush()
        streams = [
            Datastream(
                **{
                    "name": name, "thing_id": thing.id, "sensor_id": sensor.id,
                    "observed_property_id": observed.id, "observation_type": MEASUREMENT,
                    "source": "", "stream": name, "data_class": "open", "is_withdrawn": False,
                    **entity, **fields,
                }
            )
            for name in names
        ]  # fmt: skip
        session.add_all(streams)
        session.flush()
        return {stream.stream: stream.id for stream in streams}


class Kept:
    """What a catalogue's readings hold, counted by the id that each message had."""

    def __init__(self, database: Database) -> None:
        readings = Readings(database, 10)
        with readings.reading() as session:
            self.observed = Counter(session.scalars(select(Observation.source_key)))
            self.held = Counter(session.scalars(select(HeldObservation.source_key)))
            self.dead = list(session.scalars(select(DeadLetter)))
            self.latest = {
                row.datastream_id: row for row in session.scalars(select(LatestObservation))
            }
            self.newest = {
                stream: max(times)
                for stream, times in _times(session.execute(
                    select(Observation.datastream_id, Observation.phenomenon_time)
                ).all()).items()
            }  # fmt: skip
        readings.dispose()

    def ids(self) -> Counter[str]:
        """How often each id is kept, wherever it is."""
        dead: Counter[str] = Counter()
        for letter in self.dead:
            dead[str(json.loads(letter.body.rstrip(b"!"))["@iot.id"])] += 1
        return self.observed + self.held + dead


def noticed(database: Database) -> list[tuple[str, str]]:
    """(kind, subject) of what was noticed."""
    readings = Readings(database, 10)
    with readings.reading() as session:
        found = [(row.kind, row.subject) for row in session.scalars(select(Happening))]
    readings.dispose()
    return found


def told_of(database: Database, source_key: str) -> list[str]:
    """On which topics of Datastreams `canopy iot publish` tells of an Observation."""
    topics: list[str] = []

    def send(messages: Sequence[tuple[str, bytes]]) -> bool:
        topics.extend(
            topic for topic, body in messages
            if json.loads(body)["@iot.id"].endswith(f"~{source_key}") and "(" in topic
        )  # fmt: skip
        return True

    readings = Readings(database, 10)
    with readings.writing() as session:
        set_progress(session, 0)
    follower = Follower(database, readings, send, "")
    while follower.step():
        pass
    readings.dispose()
    return topics


def _times(rows: object) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = {}
    for stream, at in rows:  # type: ignore[attr-defined]
        found.setdefault(stream, []).append(at)
    return found
