"""What did not come is noticed: missing numbers, silent datastreams, births of nodes."""

from __future__ import annotations

import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from typing import Any

import paho.mqtt.client as paho
import pytest
from ingesting import Ingest
from mosquitto_server import Mosquitto
from programs import free_port
from sqlalchemy import select
from stations import add_streams
from typer.testing import CliRunner

from canopy.cli.application import application
from canopy.db.engine import Database
from canopy.db.types import EPOCH
from canopy.iot.care.counting.missing import find_missing
from canopy.iot.care.queries import counted
from canopy.iot.payloads.sparkplug.message import payload
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.store.tables import Observation
from canopy.iot.tending.queries import happenings

BEGIN = datetime.now(UTC) - timedelta(hours=3)
STORED = 'canopy_iot_readings_total{outcome="dead"} 1.0'


@pytest.fixture
def store(database: Database) -> Iterator[ReadingStore]:
    opened = store_of(database, 10)
    yield opened
    opened.close()


@pytest.fixture
def readings(database: Database) -> Iterator[Readings]:
    opened = Readings(database, 10)
    yield opened
    opened.dispose()


def wait_for(is_so: Callable[[], bool]) -> None:
    """Within a minute."""
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.05)


def numbered(stream: int, numbers: range, begin: int = 0) -> list[ObservationRow]:
    """A reading a second, each with its source's number."""
    begin_us = (BEGIN - EPOCH) // timedelta(microseconds=1)
    return [
        ObservationRow(
            stream, begin_us + (begin + number) * 1_000_000, str(number), None, 1.0, None, 0,
            None, None, None,
        )
        for number in numbers
    ]  # fmt: skip


def test_missing_numbers_of_a_source_are_told_once(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """A number is there when any stream of the source has it, whoever stored it, and in any order;
    a source that starts again is no gap."""
    streams = add_streams(database, ["a", "b"], source="meter")
    a, b = streams["a"], streams["b"]
    store.write(Batch(observations=numbered(a, range(20, 40))))
    store.write(Batch(observations=numbered(a, range(0, 20)) + numbered(b, range(40, 50))))
    store.write(Batch(observations=numbered(a, range(53, 60)) + numbered(b, range(0, 5), 100)))
    early = find_missing(database, readings)
    now = datetime.now(UTC) + timedelta(minutes=3)
    found = [find_missing(database, readings, now) for _ in range(2)]
    store.write(Batch(observations=numbered(a, range(6, 20), 100)))
    found.append(find_missing(database, readings, now + timedelta(minutes=3)))
    with readings.reading() as session:
        (told,) = happenings(session, with_acknowledged=False, limit=9)
        total = counted(session)["numbers-missing"]
    assert (early, found, total) == (0, [3, 0, 1], 4)
    assert (told.kind, told.subject, told.times) == ("counter-gap", "meter", 4)
    assert told.detail == "1 number is missing between 4 and 6"


def test_who_is_silent_is_listed(database: Database, store: ReadingStore) -> None:
    """By each datastream's own interval; one that says none is never silent."""
    for name, interval_s in (("often", 60), ("seldom", 86_400), ("unsaid", None), ("never", 60)):
        number = add_streams(database, [name], interval_s=interval_s)[name]
        if name != "never":
            store.write(Batch(observations=numbered(number, range(1))))
    address = (
        f"gpkg://{database.path}"
        if database.path
        else database.engine.url.render_as_string(hide_password=False)
    )
    result = CliRunner().invoke(application("iot"), ["iot", "silent", "--db", address])
    lines = result.output.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        "(no device)/never: was never heard",
        f"(no device)/often: silent since {BEGIN:%Y-%m-%d %H:%M} UTC",
    ]


def test_of_two_workers_one_follows_the_nodes(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """A node whose birth was missed is asked for it where its own gateway may read it; then aliases
    are known in every message, and only a number that is missing is a gap."""
    sys.path.append(str(Path(__file__).parents[2] / "unit" / "iot" / "payloads"))
    from sparkplug_made import field, metric
    from sparkplug_made import payload as made

    add_streams(gpkg_database, ["a"], source="g/n")
    port = free_port()
    ingest = Ingest(
        gpkg_database, mosquitto.url, tmp_path, "--workers", "2", CANOPY_IOT_CARE_S="0",
        CANOPY_IOT_METRICS_PORT=str(port),
    )  # fmt: skip
    asked: Queue[bytes] = Queue()
    node = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    node.on_message = lambda _, __, received: asked.put(received.payload)
    node.connect("127.0.0.1", mosquitto.port)
    node.subscribe("canopy/gateways/yard/spBv1.0/g/NCMD/n", 1)
    node.loop_start()
    ingest.start()
    ingest.wait_to_say("broker_subscribed", times=3)

    def publish(kind: str, seq: int, **of: Any) -> None:
        value = metric(field(12, float(seq)), alias=1, at_ms=1_700_000_000_000 + seq, **of)
        body = made(value, seq=seq)
        node.publish(f"canopy/gateways/yard/spBv1.0/g/{kind}/n", body, 1).wait_for_publish(10)

    publish("NDATA", 7)
    (told,) = payload(asked.get(timeout=60), 10).metrics
    publish("NBIRTH", 0, name="a", datatype=9)
    for seq in [*range(1, 21), 22]:
        publish("NDATA", seq)
    readings = Readings(gpkg_database, 10)

    def stored() -> list[float | None]:
        with readings.reading() as session:
            wanted = select(Observation.result).order_by(Observation.result)
            return list(session.scalars(wanted))

    expected = [float(each) for each in [*range(21), 22]]
    wait_for(lambda: len(stored()) >= len(expected))
    metrics, ends = "", time.monotonic() + 60
    while STORED not in metrics and time.monotonic() < ends:  # counted after it was stored
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
            metrics = answer.read().decode()
        time.sleep(0.02)
    with readings.reading() as session:
        (gap,) = happenings(session, with_acknowledged=False, limit=9)
    readings.dispose()
    node.disconnect()
    node.loop_stop()
    ingest.stop()
    assert stored() == expected
    assert (gap.kind, gap.subject, gap.times) == ("sequence-gap", "g/n", 1)
    assert gap.detail == "expected 21, got 22"
    assert "canopy_iot_rebirths_asked_total 1.0" in metrics
    assert STORED in metrics
    assert "canopy_iot_inbox_capacity_messages 20000.0" in metrics
    assert (told.name, told.value) == ("Node Control/Rebirth", True)
