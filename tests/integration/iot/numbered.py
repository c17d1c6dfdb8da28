"""Numbered readings, good and bad, and whether each is kept once."""

from __future__ import annotations

import time
from datetime import datetime
from threading import Event, Thread
from typing import Self

from publishing import Publisher, observation
from sqlalchemy import select
from stations import Kept

from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.iot.store.opening import Readings
from canopy.iot.store.tables import LatestObservation

STREAMS = [f"s{number}" for number in range(20)]
POISON_EVERY = 100


def publish(publisher: Publisher, first: int, count: int, per_s: float = float("inf")) -> None:
    """Numbered readings; each 100th cannot be read, each 7th is of a stream nobody knows."""
    began = time.monotonic()
    for number in range(first, first + count):
        stream = "unknown" if number % 7 == 0 else STREAMS[number % len(STREAMS)]
        body = observation(number, stream)
        publisher.publish(number, body + b"!" if number % POISON_EVERY == 50 else body)
        ahead_s = (number - first) / per_s - (time.monotonic() - began)
        if ahead_s > 0.01:
            time.sleep(ahead_s)


def wait_until_kept(database: Database, taken: set[int], timeout_s: float = 60) -> Kept:
    """Until all is there, or the time is up."""
    ends = time.monotonic() + timeout_s
    while True:
        kept = Kept(database)
        if len(kept.ids()) >= len(taken) or time.monotonic() > ends:
            return kept
        time.sleep(0.3)


class Latest:
    """Looks at the latest values again and again, while things go wrong; `with` it."""

    def __init__(self, database: Database) -> None:
        self._readings = Readings(database, 10)
        self._seen: dict[int, tuple[datetime, str]] = {}
        self._stopping = Event()
        self._thread = Thread(target=self._look)
        self.looks, self.backwards = 0, list[str]()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(60)
        self._readings.dispose()

    def _look(self) -> None:
        wanted = select(
            LatestObservation.datastream_id, LatestObservation.phenomenon_time,
            LatestObservation.source_key,
        )  # fmt: skip
        while not self._stopping.wait(0.1):
            try:
                with self._readings.reading() as session:
                    found = {number: (at, key) for number, at, key in session.execute(wanted)}
            except StorageUnavailable:
                continue  # the database is what was killed
            self.looks += 1
            for number, newest in self._seen.items():
                if number not in found or found[number] < newest:
                    self.backwards.append(f"{number}: {newest}, then {found.get(number)}")
            self._seen = found


def check(kept: Kept, taken: set[int]) -> None:
    ids = kept.ids()
    wanted = {f"n{number}" for number in taken}
    assert wanted - set(ids) == set(), "lost"
    assert {each: times for each, times in ids.items() if times > 1} == {}, "kept twice"
    assert {at: row.phenomenon_time for at, row in kept.latest.items()} == kept.newest
