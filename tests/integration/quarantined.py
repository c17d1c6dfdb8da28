"""Messages taken as ingestion takes them, without a broker; and what became of their readings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select

from canopy.db.engine import Database
from canopy.iot.ingest.sorting import Bounds, Sorter
from canopy.iot.ingest.writing import store_all
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.payloads.reading import Decoded, Message, Reading
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.iot.store.rows import Batch
from canopy.iot.store.tables import DeadLetter, HeldObservation, Observation
from canopy.iot.things.registry import streams_of

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
BOUNDS = Bounds()


def reading(stream: str, result: float | bool | str, **more: object) -> Reading:
    """A reading of a device at noon, or so many seconds `after_s`."""
    at = NOW + timedelta(seconds=float(str(more.pop("after_s", 0))))
    fields = {"source": "probe", "stream": stream, "at": at, "result": result, **more}
    return Reading(**fields)  # type: ignore[arg-type]


class Town(NamedTuple):
    """A catalogue with its readings, open."""

    database: Database
    readings: Readings
    store: ReadingStore

    def sorter(self, channel: str = "mqtt") -> Sorter:
        """One that knows the streams of now."""
        with self.database.reading() as session:
            return Sorter(streams_of(session), BOUNDS, channel)

    def take(
        self, body: bytes, topic: str = "senml/x", gateway: str = "yard", at: datetime = NOW
    ) -> None:
        """What a worker does with a message."""
        batch, message = Batch(), Message(body=body, topic=topic, arrived_at=at)
        self.sorter().add(batch, message, Dispatcher().decode(message), gateway)
        store_all(self.store, batch, "mqtt")

    def hear(self, *readings: Reading, gateway: str = "yard", sorter: Sorter | None = None) -> None:
        """What a worker does with what a message held."""
        batch, message = Batch(), Message(body=b"{}", topic="x", arrived_at=NOW)
        (sorter or self.sorter()).add(batch, message, Decoded(readings=readings), gateway)
        store_all(self.store, batch, "mqtt")

    def observed(self) -> list[tuple[datetime, float | None, str | None]]:
        """(time, number, text) of every observation, in order."""
        with self.readings.reading() as session:
            wanted = select(
                Observation.phenomenon_time, Observation.result, Observation.result_text
            ).order_by(Observation.phenomenon_time, Observation.result)
            return [(at, number, text) for at, number, text in session.execute(wanted)]

    def held(self) -> list[HeldObservation]:
        """What is in quarantine."""
        with self.readings.reading() as session:
            return list(session.scalars(select(HeldObservation)))

    def dead(self) -> list[DeadLetter]:
        """Every dead letter."""
        with self.readings.reading() as session:
            return list(session.scalars(select(DeadLetter).order_by(DeadLetter.id)))


@contextmanager
def opened(database: Database) -> Iterator[Town]:
    """The catalogue's readings, closed at the end."""
    readings, store = Readings(database, 10), store_of(database, 10)
    store.prepare()
    try:
        yield Town(database, readings, store)
    finally:
        store.close()
        readings.dispose()
