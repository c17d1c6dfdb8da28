"""A worker takes out of quarantine by itself what it knows by now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from catalogue import ADMIN
from quarantined import BOUNDS, NOW, Town, opened, reading
from registers import import_register, write_register

from canopy.db.engine import Database
from canopy.errors import StorageUnavailable
from canopy.iot.ingest import worker as working
from canopy.iot.ingest.inbox import Inbox
from canopy.iot.ingest.sorting import Sorter
from canopy.iot.ingest.worker import Worker
from canopy.iot.payloads.dispatch import Dispatcher
from canopy.iot.store.opening import store_of
from canopy.iot.tending.releasing import Released, release_known
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.registering import register_all
from canopy.iot.things.registry import Registry


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """A catalogue with four lampposts, and its readings."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    with opened(database) as found:
        yield found


def _worker(town: Town, release: Callable[[Worker], Released]) -> Worker:
    registry = Registry(town.database)
    registry.refresh()
    sorter = Sorter(registry.streams, BOUNDS, "mqtt")
    worker = Worker(
        inbox=Inbox(10, 10, Dispatcher(), sorter),
        store=store_of(town.database, 10),
        registry=registry,
        sorter=sorter,
        acknowledge=lambda _: None,
    )
    worker.release = lambda: release(worker)
    return worker


def _until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def test_what_waits_is_stored_when_its_stream_is_registered(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After every worker knows the stream; a database that fails once is asked again."""
    monkeypatch.setattr(working, "_RELEASE_AFTER_S", 0.2)
    monkeypatch.setattr(working, "_LOOK_FOR_STREAMS_S", (0.1, 0.1))
    monkeypatch.setattr(working, "_RETRY_S", (0.1, 0.2))
    town.hear(*(reading("air", float(at), after_s=at) for at in range(5)))
    calls: list[int] = []

    def release(worker: Worker) -> Released:
        calls.append(1)
        if len(calls) == 2:
            raise StorageUnavailable("the database is away")
        sorter = Sorter(worker.sorter.streams, BOUNDS, "held")
        return release_known(town.readings, worker.store, sorter, most=2)

    worker = _worker(town, release)
    thread = Thread(target=worker.run)
    thread.start()
    try:
        _until(lambda: len(calls) == 1)
        assert len(town.held()) == 5
        entry = StreamEntry(
            asset="LC-1", source="probe", stream="air", observed_property="Air",
            definition="urn:air",
        )  # fmt: skip
        register_all(town.database, [(0, entry)], ADMIN, datetime.now(UTC))
        _until(lambda: town.held() == [])
    finally:
        worker.stop(5)
        thread.join(10)
        worker.store.close()
    assert [number for _, number, _ in town.observed()] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert town.observed()[0][0] == NOW
