"""A meter whose readings the catalogue stores."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from canopy.db.engine import Database
from canopy.db.types import EPOCH
from canopy.iot.store.opening import store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.things.registry import MEASUREMENT
from canopy.iot.things.tables import Datastream, ObservedProperty, Sensor, Thing

SOURCE, STREAM = "cabinet-7", "active_energy"
Read = tuple[datetime, float]


def add_meter(
    database: Database, unit: str | None = "kW.h", interval_s: int | None = None,
    data_class: str = "council",
) -> int:  # fmt: skip
    """Its datastream's number."""
    now = datetime.now(UTC)
    entity = {"description": "", "created_at": now, "changed_at": now}
    with database.writing() as session:
        thing = Thing(name="Cabinet 7", source=SOURCE, **entity)
        sensor = Sensor(name="Meter", encoding_type="text/html", sensor_metadata="-", **entity)
        energy = ObservedProperty(name="Active energy", definition="-", **entity)
        session.add_all([thing, sensor, energy])
        session.flush()
        stream = Datastream(
            name="Energy of cabinet 7", thing_id=thing.id, sensor_id=sensor.id,
            observed_property_id=energy.id, observation_type=MEASUREMENT, source=SOURCE,
            stream=STREAM, data_class=data_class, is_withdrawn=False, unit_ucum=unit,
            interval_s=interval_s, **entity,
        )  # fmt: skip
        session.add(stream)
        session.flush()
        return stream.id


def read(database: Database, stream: int, reads: Iterable[Read], flags: int = 0) -> None:
    """Store readings as ingestion does."""
    rows = [
        ObservationRow(
            stream, int((at - EPOCH).total_seconds()) * 1_000_000, "", None, value, None, flags,
            None, None, None,
        )
        for at, value in reads
    ]  # fmt: skip
    store = store_of(database, 10)
    try:
        store.write(Batch(observations=rows))
    finally:
        store.close()
