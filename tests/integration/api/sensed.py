"""A small town that is sensed: Things on assets, streams of every class, readings."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import shapely

from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.db.types import EPOCH
from canopy.iot.flags import FLAGS
from canopy.iot.store.opening import store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.things.registry import MEASUREMENT, TRUTH
from canopy.iot.things.tables import (
    Datastream,
    HistoricalLocation,
    Location,
    ObservedProperty,
    Sensor,
    Thing,
)

BEGIN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
NOW = datetime.now(UTC)
ROOT = "/sensorthings/v1.1"
EXACT = shapely.Point(457_012.0, 339_987.0)
"""Where the lamppost stands; the camera and the secret mast stand 1 and 2 km east of it."""
_ENTITY = {"description": "in the town", "created_at": NOW, "changed_at": NOW}


def microseconds(at: datetime) -> int:
    """Since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)


def _asset(kind: str, geom: shapely.Point, sensitivity: str | None = None) -> Asset:
    return Asset(
        asset_id=str(uuid.uuid4()), kind=kind, source="test", ref=f"{kind}-1",
        geom=shapely.set_srid(geom, 27_700), sensitivity=sensitivity, attributes={},
        created_at=NOW, updated_at=NOW, version=1,
    )  # fmt: skip


def sense(database: Database, readings: int = 5) -> dict[str, int]:
    """Fill a catalogue; the numbers of its Things and streams by name.

    Things: ``lamp`` on a lamppost, ``camera`` on a CCTV camera, ``mast`` on an asset that only
    operators see. Streams of ``lamp``: ``open``, ``council``, ``personal``, ``state``; the others
    have an open one each. Readings are one an hour: 0, 1, 2 … of each.
    """
    with database.writing() as session:
        assets = [
            _asset("lamppost", EXACT),
            _asset("cctv", shapely.Point(458_012.0, 339_987.0)),
            _asset("mast", shapely.Point(459_012.0, 339_987.0), "operator"),
        ]
        session.add_all(assets)
        session.flush()
        things = {
            name: Thing(name=f"{name} by no. 5", source="", asset_id=asset.asset_id,
                        properties={"note": "by no. 5"}, **_ENTITY)
            for name, asset in zip(("lamp", "camera", "mast"), assets, strict=True)
        }  # fmt: skip
        places = [
            Location(name=f"place of {name}", encoding_type="application/geo+json",
                     geom=shapely.set_srid(asset.geom, database.srid), **_ENTITY)
            for name, asset in zip(things, assets, strict=True)
        ]  # fmt: skip
        sensor = Sensor(name="Probe", encoding_type="text/html",
                        sensor_metadata="https://example.org", **_ENTITY)  # fmt: skip
        observed = ObservedProperty(
            name="Temperature",
            definition="http://qudt.org/vocab/quantitykind/Temperature",
            **_ENTITY,
        )
        session.add_all([*things.values(), *places, sensor, observed])
        session.flush()
        session.add_all(
            HistoricalLocation(thing_id=thing.id, location_id=place.id, at=BEGIN)
            for thing, place in zip(things.values(), places, strict=True)
        )
        streams = [
            Datastream(
                name=f"{name} of {thing}", thing_id=things[thing].id, sensor_id=sensor.id,
                observed_property_id=observed.id, observation_type=kind, source=thing,
                stream=name, data_class=data_class, is_withdrawn=False, unit_name="degree Celsius",
                unit_symbol="°C", unit_ucum="Cel", purpose="to know", **_ENTITY,
            )
            for thing, name, data_class, kind in (
                ("lamp", "open", "open", MEASUREMENT), ("lamp", "council", "council", MEASUREMENT),
                ("lamp", "personal", "personal-risk", MEASUREMENT),
                ("lamp", "state", "open", TRUTH),
                ("camera", "count", "open", MEASUREMENT), ("mast", "wind", "open", MEASUREMENT),
            )
        ]  # fmt: skip
        session.add_all(streams)
        session.flush()
        numbers = {each.stream: each.id for each in streams}
        numbers |= {name: thing.id for name, thing in things.items()}
    _read(database, [each.id for each in streams], numbers["state"], readings)
    return numbers


def _read(database: Database, streams: list[int], truth: int, readings: int) -> None:
    rows = [
        ObservationRow(
            stream, microseconds(BEGIN + timedelta(hours=at)), f"k/{at}", None,
            float(at % 2) if stream == truth else float(at), None,
            FLAGS["truth"] if stream == truth else 0, None, None, None,
        )
        for stream in streams for at in range(readings)
    ]  # fmt: skip
    store = store_of(database, 5.0)
    store.write(Batch(observations=rows))
    store.close()
