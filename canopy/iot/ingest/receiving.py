"""Readings that come over HTTP: the same sorting and the same store as over MQTT, one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock

import msgspec

from canopy.db.engine import Database
from canopy.iot.ingest.sorting import Bounds, Sorter
from canopy.iot.ingest.writing import CONTRADICTION, store_all
from canopy.iot.payloads.reading import Decoded, Message, Outcome, Reading, Undecodable
from canopy.iot.store.opening import ReadingStore, store_of
from canopy.iot.store.rows import Batch, ObservationRow, Written
from canopy.iot.things.registry import Registry, Streams

CHANNEL = "http"


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of one reading: its row, or why there is none. `kind` is of a dead letter, or
    why it was held."""

    row: ObservationRow | None = None
    kind: str = ""
    reason: str = ""
    is_held: bool = False


class Receiver:
    """Stores what is sent; it returns when that is committed. For many threads at once."""

    def __init__(self, database: Database, bounds: Bounds, lock_timeout_s: float) -> None:
        self._database, self._bounds, self._lock_timeout_s = database, bounds, lock_timeout_s
        self._registry = Registry(database)
        self._store: ReadingStore | None = None
        self._lock = Lock()

    def receive(
        self, message: Message, outcome: Outcome, gateway: str | None, *, by_number: bool = False
    ) -> list[Placed]:
        """Store what a message held; what became of each reading, then of what was unreadable.

        gateway: who sends; None for somebody who may write any stream. by_number: streams are named
        by the numbers of their Datastreams. Raises StorageUnavailable: send it again then.
        """
        with self._lock:
            self._registry.refresh()
            streams = self._registry.streams
            if gateway is None:
                streams = {
                    key: msgspec.structs.replace(each, gateway=None)
                    for key, each in streams.items()
                }
            if by_number and isinstance(outcome, Decoded):
                outcome = _named(outcome, streams)
            batch = Batch()
            sorter = Sorter(streams, self._bounds, CHANNEL)
            placed = _place(sorter, batch, message, outcome, gateway or "")
            if batch.is_empty():
                return placed
            written = store_all(self._opened(), batch, CHANNEL)
            placed = _without_contradicted(placed, written)
            if written.dead > len(batch.dead) + len(written.contradicted):
                return [self._looked_at(each, message) for each in placed]
            return placed

    def _looked_at(self, placed: Placed, message: Message) -> Placed:
        """What became of a reading of a batch that held one which the database refuses.

        Storing it again changes nothing, and tells.
        """
        if placed.row is None:
            return placed
        alone = Batch(observations=[placed.row], origins=[message])
        if store_all(self._opened(), alone, CHANNEL).dead:
            return Placed(kind="unstorable", reason="the database cannot hold a value of it")
        return placed

    def _opened(self) -> ReadingStore:
        if self._store is None:
            self._store = store_of(self._database, self._lock_timeout_s)
        return self._store

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None


def _without_contradicted(placed: list[Placed], written: Written) -> list[Placed]:
    """What was said to be stored, and is not, since another result is."""
    refused = set(map(id, written.contradicted))
    kind, reason = CONTRADICTION
    return [
        Placed(kind=kind, reason=reason) if id(each.row) in refused else each for each in placed
    ]


def _named(outcome: Decoded, streams: Streams) -> Decoded:
    """Readings that name a Datastream by its number, as its source names it."""
    keys = {str(each.id): key for key, each in streams.items()}
    named = tuple(_by_key(each, keys.get(each.stream)) for each in outcome.readings)
    return msgspec.structs.replace(outcome, readings=named, links_datastreams=False)


def _by_key(reading: Reading, key: tuple[str, str] | None) -> Reading:
    if key is None or reading.source:
        return reading
    return msgspec.structs.replace(reading, source=key[0], stream=key[1])


def _place(
    sorter: Sorter, batch: Batch, message: Message, outcome: Outcome, gateway: str
) -> list[Placed]:
    if isinstance(outcome, Undecodable):
        parts: Iterable[Outcome] = (outcome,)
    else:
        rest = msgspec.structs.replace(outcome, readings=())
        parts = [Decoded(readings=(each,)) for each in outcome.readings]
        if rest.refused or rest.events or not parts:
            parts.append(rest)
    placed: list[Placed] = []
    for part in parts:
        before = len(batch.observations), len(batch.held), len(batch.dead)
        sorter.add(batch, message, part, gateway)
        placed += [Placed(row) for row in batch.observations[before[0] :]]
        placed += [Placed(kind=row.reason, is_held=True) for row in batch.held[before[1] :]]
        placed += [Placed(kind=row.kind, reason=row.reason) for row in batch.dead[before[2] :]]
    return placed
