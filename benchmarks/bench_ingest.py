"""Readings from a full queue at Mosquitto into a database, beside paho alone and one by one.

    python benchmarks/bench_ingest.py [--postgis URL] [--messages 60000] [--runs 3] [--quick]

Mosquitto runs with the limits that are shipped. Each run fills the queue of a session that nobody
reads, then drains it in a process of its own, timed from the first message to the last commit.
Figures are medians of the runs, and ratios medians of each run's own; the exit code is 1 where one
is below its bar. `bench_observations.py` asks for what 100 million observations left.
URL is a server on which the database `canopy_bench_ingest` may be dropped and made.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import psycopg
from sqlalchemy import make_url

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "docker" / "mosquitto" / "mosquitto.conf"
STREAMS = 10_000
PACK = 50
DATABASE = "canopy_bench_ingest"
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
SESSION_S = 3_600


class Mosquitto:
    """The broker, on a free port, in a folder that is thrown away."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="canopy-bench-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        limits = [
            line
            for line in SHIPPED.read_text().splitlines()
            if re.match(r"max_|persistence ", line)
        ]
        conf = self.folder / "mosquitto.conf"
        listening = [f"listener {self.port} 127.0.0.1", "allow_anonymous true"]
        place = f"persistence_location {self.folder}/"
        conf.write_text("\n".join([*listening, *limits, place, ""]))
        path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
        program = shutil.which("mosquitto", path=path)
        if program is None:
            sys.exit("Mosquitto is not installed (Debian: apt-get install mosquitto).")
        self._process = subprocess.Popen(
            [program, "-c", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(1)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def body_single(number: int) -> tuple[str, bytes]:
    at = BEGIN + timedelta(milliseconds=number)
    return "v1.1/Observations", json.dumps(
        {
            "phenomenonTime": at.isoformat(),
            "result": 20.0 + number % 7,
            "@iot.id": f"k{number}",
            "Datastream": {"@iot.id": f"d{number % STREAMS}"},
        }
    ).encode()


def body_pack(number: int) -> tuple[str, bytes]:
    base = BEGIN.timestamp() + number * 0.05
    records = [
        {"n": f"d{(number * PACK + each) % STREAMS}", "u": "Cel", "t": each / 1_000, "v": 20 + each}
        for each in range(PACK)
    ]
    records[0] |= {"bt": base}
    return "senml/pack", json.dumps(records).encode()


def client_of(port: int, name: str, **options: Any) -> paho.Client:
    client = paho.Client(
        paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5, **options
    )
    client.max_inflight_messages_set(2_000)
    client.connect("127.0.0.1", port, clean_start=False, properties=session())
    return client


def session() -> paho.Properties:
    kept = paho.Properties(paho.PacketTypes.CONNECT)
    kept.SessionExpiryInterval = SESSION_S
    kept.ReceiveMaximum = 4_000
    return kept


def reserve(port: int, session_name: str, topic: str) -> None:
    """Make a session that nobody reads: the broker queues for it."""
    reader = client_of(port, session_name, manual_ack=True)
    reader.subscribe(topic, 1)
    ends = time.monotonic() + 1
    while time.monotonic() < ends:
        reader.loop(0.05)
    reader.disconnect()


def publish(port: int, make: Callable[[int], tuple[str, bytes]], count: int) -> None:
    """Publish messages, until the broker has acknowledged all."""
    publisher = client_of(port, f"publisher-{time.time_ns()}")
    publisher.loop_start()
    for number in range(count):
        below, body = make(number)
        publisher.publish(f"canopy/gateways/bench/{below}", body, 1)
    while publisher._out_messages:
        time.sleep(0.02)
    publisher.disconnect()
    publisher.loop_stop()


def forget(port: int, *names: str) -> None:
    """End sessions, so that the broker queues nothing more for them."""
    for name in names:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5)
        client.connect("127.0.0.1", port, clean_start=True)
        ends = time.monotonic() + 0.3
        while time.monotonic() < ends:
            client.loop(0.05)
        client.disconnect()


def fill(port: int, session_name: str, make: Callable[[int], Any], count: int) -> None:
    """Queue `count` messages for a session that is not there."""
    reserve(port, session_name, "canopy/gateways/#")
    publish(port, make, count)


def drain_with_paho(port: int, session_name: str, count: int, answer: Any) -> None:
    """paho alone: receives and acknowledges by hand into nothing."""
    seen, times = 0, [0.0, 0.0]

    def take(client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        nonlocal seen
        seen += 1
        if seen == 1:
            times[0] = time.perf_counter()
        client.ack(message.mid, message.qos)
        if seen == count:
            times[1] = time.perf_counter()
            client.disconnect()

    client = paho.Client(
        paho.CallbackAPIVersion.VERSION2, client_id=session_name, protocol=paho.MQTTv5,
        manual_ack=True,
    )  # fmt: skip
    client.on_message = take
    client.connect("127.0.0.1", port, clean_start=False, properties=session())
    client.loop_forever()
    answer.put(times[1] - times[0])


def drain_one_by_one(port: int, session_name: str, count: int, url: str, answer: Any) -> None:
    """A plain subscriber: one INSERT and one commit a message."""
    seen, times = 0, [0.0, 0.0]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS plain (stream text, at timestamptz, key text, "
            "result double precision, PRIMARY KEY (stream, at, key))"
        )
        connection.execute("TRUNCATE plain")

        def take(client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
            nonlocal seen
            seen += 1
            if seen == 1:
                times[0] = time.perf_counter()
            told = json.loads(message.payload)
            connection.execute(
                "INSERT INTO plain VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (told["Datastream"]["@iot.id"], told["phenomenonTime"], told["@iot.id"],
                 told["result"]),
            )  # fmt: skip
            client.ack(message.mid, message.qos)
            if seen == count:
                times[1] = time.perf_counter()
                client.disconnect()

        client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id=session_name, protocol=paho.MQTTv5,
            manual_ack=True,
        )  # fmt: skip
        client.on_message = take
        client.connect("127.0.0.1", port, clean_start=False, properties=session())
        client.loop_forever()
    answer.put(times[1] - times[0])


def drain_with_canopy(
    url: str, broker_url: str, name: str, count: int, number: int, workers: int, answer: Any
) -> None:
    """One worker; answers when it took its first message and when it had committed its last."""
    from canopy.cli.iot_ingest import _OBJECTS_BETWEEN_LOOKS
    from canopy.db.engine import open_database
    from canopy.iot.ingest.running import Ingestion
    from canopy.settings import load_settings

    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)  # as the command does
    settings = load_settings(
        db_url=url, mqtt_url=broker_url, mqtt_client_id=name, log_level="error"
    )
    database = open_database(settings)
    ingestion = Ingestion(database, settings, number=number, workers=workers)
    first: list[float] = []
    store = ingestion.worker._store

    def timed(taken: Any) -> None:
        first or first.append(time.perf_counter())
        store(taken)

    ingestion.worker._store = timed  # type: ignore[method-assign]
    ingestion.start()
    last, before = time.perf_counter(), -1
    while ingestion.counts.messages < count and time.perf_counter() - last < 5:
        if ingestion.counts.messages != before:
            before, last = ingestion.counts.messages, time.perf_counter()
        time.sleep(0.002)
    if workers == 1:
        last = time.perf_counter()
    counts = ingestion.stop()
    answer.put((first[0] if first else last, last, counts.observations, counts.messages))


def elsewhere(work: Callable[..., None], *arguments: Any) -> Any:
    """What a process of its own answers."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=work, args=(*arguments, answer))
    process.start()
    found = answer.get(timeout=300)
    process.join()
    return found


def fresh(server: str | None, folder: Path) -> str:
    """An empty catalogue with the streams; its address."""
    from canopy.db import migrate
    from canopy.db.engine import open_database
    from canopy.iot.things.registry import MEASUREMENT
    from canopy.iot.things.tables import Datastream, ObservedProperty, Sensor, Thing
    from canopy.settings import load_settings

    if server is None:
        for old in folder.glob("bench*"):
            old.unlink()
        url = f"gpkg://{folder / 'bench.gpkg'}"
    else:
        with psycopg.connect(plain(server), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {DATABASE}")
        url = make_url(server).set(database=DATABASE).render_as_string(hide_password=False)
    database = open_database(load_settings(db_url=url))
    migrate.upgrade(database)
    now = datetime.now(UTC)
    entity: dict[str, Any] = {"description": "", "created_at": now, "changed_at": now}
    with database.writing() as session_:
        session_.add(Thing(id=1, name="Bench", source="", **entity))
        session_.add(
            Sensor(id=1, name="Probe", encoding_type="text/html", sensor_metadata="", **entity)
        )
        session_.add(ObservedProperty(id=1, name="Temperature", definition="", **entity))
        session_.flush()
        session_.add_all(
            Datastream(
                name=name, thing_id=1, sensor_id=1, observed_property_id=1,
                observation_type=MEASUREMENT, source=source, stream=name, data_class="open",
                is_withdrawn=False, **entity,
            )
            for number in range(STREAMS)
            for source, name in (("", f"d{number}"), (f"d{number}", f"d{number}#Cel"))
        )  # fmt: skip
    database.dispose()
    return url


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def insert_rate(url: str, batches: int) -> float:
    """PostgreSQL's own rate of insertion for batches as packs make them [readings/s]."""
    from canopy.db.engine import open_database
    from canopy.iot.ingest.sorting import Bounds, Sorter
    from canopy.iot.payloads.dispatch import Dispatcher
    from canopy.iot.payloads.reading import Message
    from canopy.iot.store.postgres import arrays, queries
    from canopy.iot.store.postgres.store import PostgresStore
    from canopy.iot.store.rows import Batch
    from canopy.iot.things.registry import streams_of
    from canopy.settings import load_settings

    database = open_database(load_settings(db_url=url))
    PostgresStore(database).prepare()
    with database.reading() as session_:
        streams = streams_of(session_)
    sorter, dispatcher = Sorter(streams, Bounds(), "mqtt"), Dispatcher()
    made: list[Batch] = []
    for number in range(batches * 1_000):
        if number % 1_000 == 0:
            made.append(Batch())
        topic, body = body_pack(number)
        message = Message(body=body, topic=topic, arrived_at=datetime.now(UTC))
        sorter.add(made[-1], message, dispatcher.decode(message), "bench")
    with psycopg.connect(plain(url), autocommit=True) as connection:
        arrays.register(connection)
        began = time.perf_counter()
        for batch in made:
            with connection.transaction(), connection.cursor() as cursor:
                assert queries.observe(cursor, batch.observations) == len(batch.observations)
        took = time.perf_counter() - began
    database.dispose()
    return batches * 1_000 * PACK / took


def latencies(
    url: str, mosquitto: Mosquitto, name: str, per_s: int, seconds: int
) -> tuple[float, float]:
    """(p50, p99) from publishing to the commit, at a steady rate [ms]."""
    context = multiprocessing.get_context("spawn")
    answer, ready = context.Queue(), context.Event()
    broker_url = f"mqtt://127.0.0.1:{mosquitto.port}"
    process = context.Process(
        target=_watch_latencies, args=(url, broker_url, name, per_s * seconds, ready, answer)
    )
    process.start()
    ready.wait(60)
    publisher = client_of(mosquitto.port, "steady")
    publisher.loop_start()
    began = time.perf_counter()
    for number in range(per_s * seconds):
        observation = {
            "phenomenonTime": datetime.now(UTC).isoformat(), "result": 1.0,
            "@iot.id": f"s{number}", "Datastream": {"@iot.id": f"d{number % STREAMS}"},
        }  # fmt: skip
        body = json.dumps(observation).encode()
        publisher.publish("canopy/gateways/bench/v1.1/Observations", body, 1)
        ahead_s = number / per_s - (time.perf_counter() - began)
        if ahead_s > 0.002:
            time.sleep(ahead_s)
    found: list[float] = answer.get(timeout=120)
    process.join()
    if len(found) < per_s * seconds:
        sys.exit(f"{len(found):,} of {per_s * seconds:,} readings at a steady rate were stored")
    publisher.disconnect()
    publisher.loop_stop()
    cuts = statistics.quantiles(found, n=100)
    return cuts[49], cuts[98]


def _watch_latencies(
    url: str, broker_url: str, name: str, count: int, ready: Any, answer: Any
) -> None:
    from canopy.db.engine import open_database
    from canopy.iot.ingest.running import Ingestion
    from canopy.settings import load_settings

    settings = load_settings(
        db_url=url, mqtt_url=broker_url, mqtt_client_id=name, log_level="error"
    )
    ingestion = Ingestion(open_database(settings), settings)
    found: list[float] = []
    acknowledge = ingestion.worker.acknowledge

    def timed(arrived: Any) -> None:
        now = datetime.now(UTC)
        for each in arrived:
            at = datetime.fromisoformat(json.loads(each.message.body)["phenomenonTime"])
            found.append((now - at).total_seconds() * 1_000)
        acknowledge(arrived)

    ingestion.worker.acknowledge = timed
    ingestion.start()
    ingestion.subscriber.wait_until_ready(30)
    ready.set()
    ends = time.monotonic() + 60
    while len(found) < count and time.monotonic() < ends:
        time.sleep(0.05)
    ingestion.stop()
    answer.put(found)


def through_the_embedded(url: str, folder: Path, make: Callable[[int], Any], count: int) -> float:
    """Messages a second from a publisher through amqtt into SQLite, all three at once."""
    from canopy.iot import passwords

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    passwords.put(folder / "broker" / "passwords", "bench", "bench")
    command = [sys.executable, "-m", "canopy", "iot", "embedded", "--db", url]
    said = folder / "said"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--folder", str(folder / "broker")],
            stdout=out, stderr=out, env={**os.environ, "CANOPY_LOG_FORMAT": "json"},
        )  # fmt: skip
    try:
        return _publish_embedded(url, port, said, make, count)
    finally:
        process.terminate()
        process.wait(30)


def _publish_embedded(
    url: str, port: int, said: Path, make: Callable[[int], Any], count: int
) -> float:
    ends = time.monotonic() + 30
    while "broker_subscribed" not in said.read_text():
        if time.monotonic() > ends:
            sys.exit(said.read_text())
        time.sleep(0.05)
    publisher = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    publisher.username_pw_set("bench", "bench")
    publisher.max_inflight_messages_set(200)
    publisher.connect("127.0.0.1", port)
    publisher.loop_start()
    began = time.perf_counter()
    for number in range(count):
        below, body = make(number)
        publisher.publish(f"canopy/gateways/bench/{below}", body, 1)
    while publisher._out_messages:
        time.sleep(0.01)
    wait_for(url, count * (PACK if make is body_pack else 1))
    took = time.perf_counter() - began
    publisher.disconnect()
    publisher.loop_stop()
    return count / took


def wait_for(url: str, readings: int) -> None:
    from sqlalchemy import func, select

    from canopy.db.engine import open_database
    from canopy.iot.store.opening import Readings
    from canopy.iot.store.tables import Observation
    from canopy.settings import load_settings

    kept = Readings(open_database(load_settings(db_url=url)), 10)
    ends = time.monotonic() + 120
    while True:
        with kept.reading() as session_:
            count = session_.scalar(select(func.count()).select_from(Observation)) or 0
        if count >= readings:
            return
        if time.monotonic() > ends:
            sys.exit(f"only {count:,} of {readings:,} readings arrived")
        time.sleep(0.02)


def drained(mosquitto: Mosquitto, url: str, make: Any, count: int, name: str) -> float:
    """Messages a second of one worker from a full queue."""
    fill(mosquitto.port, name, make, count)
    broker_url = f"mqtt://127.0.0.1:{mosquitto.port}"
    first, last, stored, messages = elsewhere(drain_with_canopy, url, broker_url, name, count, 0, 1)
    forget(mosquitto.port, name)
    wanted = count * (PACK if make is body_pack else 1)
    if stored != wanted or messages != count:
        sys.exit(f"{stored:,} readings of {wanted:,} were stored")
    return count / (last - first)


def drained_by_two(mosquitto: Mosquitto, url: str, count: int) -> float:
    """Messages a second of two workers with a shared subscription, from full queues."""
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    broker_url = f"mqtt://127.0.0.1:{mosquitto.port}"
    for number in (1, 2):
        reserve(mosquitto.port, f"two-{number}", "$share/two/canopy/gateways/#")
    publish(mosquitto.port, body_single, count)
    processes = [
        context.Process(
            target=drain_with_canopy, args=(url, broker_url, "two", count, number, 2, answer)
        )
        for number in range(2)
    ]
    for process in processes:
        process.start()
    found = [answer.get(timeout=300) for _ in processes]
    for process in processes:
        process.join()
    if sum(each[3] for each in found) != count:
        sys.exit(f"two workers took {[each[3] for each in found]} of {count:,} messages")
    forget(mosquitto.port, "two-1", "two-2")
    return count / (max(each[1] for each in found) - min(each[0] for each in found))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgis", default=os.environ.get("CANOPY_TEST_POSTGIS_URL"))
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a quarter of it, once")
    options = parser.parse_args()
    if options.quick:
        options.messages, options.runs = options.messages // 4, 1
    mosquitto = Mosquitto()
    print(
        f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; {options.messages:,} messages"
    )
    passed = True
    try:
        if options.postgis:
            passed = on_postgres(options, mosquitto)
        else:
            print("No --postgis: only the embedded default is measured.")
        passed = on_sqlite(options, mosquitto.folder) and passed
    finally:
        mosquitto.stop()
    return 0 if passed else 1


def on_postgres(options: argparse.Namespace, mosquitto: Mosquitto) -> bool:
    count, packs = options.messages, options.messages // 3
    alone, ours, packed, own, single, two, p50s, p99s = [], [], [], [], [], [], [], []
    for run in range(options.runs):
        fill(mosquitto.port, f"alone{run}", body_single, count)
        alone.append(count / elsewhere(drain_with_paho, mosquitto.port, f"alone{run}", count))
        forget(mosquitto.port, f"alone{run}")
        url = fresh(options.postgis, mosquitto.folder)
        ours.append(drained(mosquitto, url, body_single, count, f"ours{run}"))
        url = fresh(options.postgis, mosquitto.folder)
        packed.append(PACK * drained(mosquitto, url, body_pack, packs, f"packs{run}"))
        url = fresh(options.postgis, mosquitto.folder)
        own.append(insert_rate(url, max(2, packs // 1_000)))
        fewer = count // 20
        fill(mosquitto.port, f"plain{run}", body_single, fewer)
        took = elsewhere(drain_one_by_one, mosquitto.port, f"plain{run}", fewer, plain(url))
        single.append(fewer / took)
        forget(mosquitto.port, f"plain{run}")
        url = fresh(options.postgis, mosquitto.folder)
        two.append(drained_by_two(mosquitto, url, count))
        url = fresh(options.postgis, mosquitto.folder)
        p50, p99 = latencies(url, mosquitto, f"latency{run}", 2_000, 5 if options.quick else 15)
        forget(mosquitto.port, f"latency{run}")
        p50s.append(p50)
        p99s.append(p99)
    middle = statistics.median
    p50, p99 = middle(p50s), middle(p99s)
    ratio = middle(o / a for o, a in zip(ours, alone, strict=True))
    pack_ratio = middle(p / o for p, o in zip(packed, own, strict=True))
    plain_ratio = middle(o / s for o, s in zip(ours, single, strict=True))
    two_ratio = middle(t / o for t, o in zip(two, ours, strict=True))
    print(
        f"one reading a message: {middle(ours):,.0f}/s, paho alone {middle(alone):,.0f}/s: "
        f"{ratio:.2f} (bar 0.83)\n"
        f"packs of {PACK}: {middle(packed):,.0f} readings/s, PostgreSQL's own insertion "
        f"{middle(own):,.0f}: {pack_ratio:.2f} (bar 0.8)\n"
        f"one INSERT a message: {middle(single):,.0f}/s: ours is {plain_ratio:.1f} x (bar 10)\n"
        f"two workers: {middle(two):,.0f}/s: {two_ratio:.2f} x one (bar 1.2)\n"
        f"at 2,000/s, from publishing to the commit: p50 {p50:.0f} ms, p99 {p99:.0f} ms "
        "(bars 100, 400)"
    )
    return (
        ratio >= 0.83 and pack_ratio >= 0.8 and plain_ratio >= 10 and two_ratio >= 1.2
        and p50 <= 100 and p99 <= 400
    )  # fmt: skip


def on_sqlite(options: argparse.Namespace, folder: Path) -> bool:
    place = folder / "embedded"
    place.mkdir()
    place.chmod(0o755)
    count = max(2_000, options.messages // 10)
    singles, packs = [], []
    for _ in range(options.runs):
        singles.append(through_the_embedded(fresh(None, place), place, body_single, count))
        packs.append(PACK * through_the_embedded(fresh(None, place), place, body_pack, count // 2))
    single, packed = statistics.median(singles), statistics.median(packs)
    print(
        f"embedded (amqtt, SQLite): {single:,.0f} readings/s one a message (bar 1,000), "
        f"{packed:,.0f} in packs of {PACK} (bar 20,000)"
    )
    return single >= 1_000 and packed >= 20_000


if __name__ == "__main__":
    sys.exit(main())
