"""Nothing that a broker acknowledged is lost or kept twice, whatever dies in between.

Every number that was published is looked for: stored, held in quarantine, or among the dead
letters, and there once.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

import pytest
from ingesting import Ingest
from mosquitto_server import Mosquitto
from numbered import POISON_EVERY, STREAMS, Latest, check, publish, wait_until_kept
from publishing import Publisher
from stations import Kept, add_streams, noticed, told_of

from canopy.db.engine import Database


def _kill_often(
    database: Database, mosquitto: Mosquitto, folder: Path, kills: int, seed: int
) -> None:
    add_streams(database, STREAMS)
    ingest = Ingest(database, mosquitto.url, folder)
    ingest.start()
    publisher = Publisher(mosquitto.port)
    chosen = random.Random(seed)
    number = 0
    with Latest(database) as latest:
        for _ in range(kills):
            publish(publisher, number, 700, per_s=2_500)
            number += 700
            time.sleep(chosen.uniform(0, 0.15))
            ingest.kill()
            ingest.start(ready=False)
            time.sleep(chosen.uniform(0, 1.5))  # at times it dies again before it is connected
        taken = publisher.finish()
        kept = wait_until_kept(database, taken)
    assert ingest.stop() == 0
    assert len(taken) == number
    assert (latest.backwards, latest.looks > 0) == ([], True)
    check(kept, taken)
    assert len(kept.dead) == number // POISON_EVERY
    assert len(kept.held) == len(
        [each for each in range(number) if each % 7 == 0 and each % 100 != 50]
    )


def test_a_killed_worker_loses_nothing(
    database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """kill -9 at random moments, three times."""
    _kill_often(database, mosquitto, tmp_path, kills=3, seed=1)


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_worker_killed_a_hundred_times_loses_nothing(
    database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """kill -9 at random moments, a hundred times within five minutes."""
    began = time.monotonic()
    _kill_often(database, mosquitto, tmp_path, kills=100, seed=2)
    assert time.monotonic() - began < 300


def test_a_stopped_worker_acknowledges_what_it_stored(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """SIGTERM: what came is stored and acknowledged, the exit code is 0, nothing comes again."""
    add_streams(gpkg_database, STREAMS)
    ingest = Ingest(gpkg_database, mosquitto.url, tmp_path)
    ingest.start()
    publisher = Publisher(mosquitto.port)
    publish(publisher, 0, 3_000)
    taken = publisher.finish()
    assert ingest.stop() == 0
    stored = Kept(gpkg_database)
    ingest.start()
    kept = wait_until_kept(gpkg_database, taken)
    ingest.stop()
    check(kept, taken)
    assert '"known": 0' in ingest.said.read_text().splitlines()[-1], "something came again"
    assert set(stored.ids()) <= set(kept.ids())


def _children(parent: int) -> list[int]:
    return [int(each) for each in
            Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_what_watches_beside_ingestion_is_started_again(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Else rules would stop without a word."""
    ingest = Ingest(gpkg_database, mosquitto.url, tmp_path)
    ingest.start()
    assert ingest.process is not None
    threads = Path(f"/proc/{ingest.process.pid}/task")
    found = [each for at in threads.iterdir() for each in (at / "children").read_text().split()]
    (first,) = found
    os.kill(int(first), signal.SIGKILL)
    ends = time.monotonic() + 60
    now = [first]
    while now in ([], [first]) and time.monotonic() < ends:
        time.sleep(0.2)
        now = [each for at in threads.iterdir() for each in (at / "children").read_text().split()]
    assert len(now) == 1
    assert now != [first]
    assert "care_ended" in ingest.said.read_text()
    assert ingest.stop() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_workers_end_with_the_process_that_keeps_them(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Else they would take turns at the broker with those that are started in their place."""
    ingest = Ingest(gpkg_database, mosquitto.url, tmp_path, "--workers", "2")
    ingest.start()
    assert ingest.process is not None
    workers = [
        each for each in _children(ingest.process.pid)
        if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()
    ]  # fmt: skip
    assert len(workers) == 2
    ingest.kill()
    ends = time.monotonic() + 60
    while any(Path(f"/proc/{each}").exists() for each in workers) and time.monotonic() < ends:
        time.sleep(0.2)
    assert not any(Path(f"/proc/{each}").exists() for each in workers)
    assert "parent_ended" in ingest.said.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_a_killed_worker_leaves_no_process_behind(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """What sums readings up beside it ends too: else each restart would add one."""
    ingest = Ingest(gpkg_database, mosquitto.url, tmp_path)
    ingest.start()
    assert ingest.process is not None
    threads = Path(f"/proc/{ingest.process.pid}/task")
    (child,) = [each for at in threads.iterdir() for each in (at / "children").read_text().split()]
    assert b"care" in Path(f"/proc/{child}/cmdline").read_bytes()
    ingest.wait_to_say("readings_summed_up")
    ingest.kill()
    ends = time.monotonic() + 60
    while Path(f"/proc/{child}").exists() and time.monotonic() < ends:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}").exists()


def test_readings_wait_while_the_database_is_locked(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """A writer that cannot write acknowledges nothing, and goes on when it can."""
    add_streams(gpkg_database, STREAMS)
    ingest = Ingest(gpkg_database, mosquitto.url, tmp_path, CANOPY_DB_LOCK_TIMEOUT_S="0.2")
    ingest.start()
    assert gpkg_database.path is not None
    other = sqlite3.connect(gpkg_database.path.with_suffix(".readings.sqlite"))
    other.execute("BEGIN IMMEDIATE")
    publisher = Publisher(mosquitto.port)
    publish(publisher, 0, 2_000)
    taken = publisher.finish()
    ingest.wait_to_say("readings_not_stored")
    assert Kept(gpkg_database).ids() == {}
    other.rollback()
    other.close()
    kept = wait_until_kept(gpkg_database, taken)
    ingest.stop()
    check(kept, taken)


def _share(database: Database, mosquitto: Mosquitto, folder: Path) -> None:
    add_streams(database, STREAMS)
    ingest = Ingest(database, mosquitto.url, folder, "--workers", "2")
    ingest.start()
    ingest.wait_to_say("broker_subscribed", times=3)
    publisher = Publisher(mosquitto.port)
    with Latest(database) as latest:
        publish(publisher, 0, 6_000)
        taken = publisher.finish()
        kept = wait_until_kept(database, taken)
    assert ingest.stop() == 0
    check(kept, taken)
    assert (latest.backwards, latest.looks > 0) == ([], True)
    stopped = [line for line in ingest.said.read_text().splitlines() if "ingestion_stopped" in line]
    assert len(stopped) == 2
    assert all('"messages": 0,' not in line for line in stopped), "one had nothing to do"


@pytest.mark.postgis
def test_two_workers_share_and_lose_nothing(
    postgis_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Each message goes to one of them; both write, and none is kept twice."""
    _share(postgis_database, mosquitto, tmp_path)


@pytest.mark.long
def test_two_workers_share_a_file_and_lose_nothing(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """They take turns at the file."""
    _share(gpkg_database, mosquitto, tmp_path)


def test_two_workers_of_one_name_lose_nothing(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """The broker gives the session to one of them at a time; they do not wear each other out."""
    add_streams(gpkg_database, STREAMS)
    first = Ingest(gpkg_database, mosquitto.url, tmp_path)
    first.start()
    (tmp_path / "other").mkdir()
    second = Ingest(gpkg_database, mosquitto.url, tmp_path / "other")
    second.start()
    publisher = Publisher(mosquitto.port)
    publish(publisher, 0, 3_000, per_s=1_500)
    taken = publisher.finish()
    kept = wait_until_kept(gpkg_database, taken)
    first.stop()
    second.stop()
    check(kept, taken)


def test_a_killed_broker_that_comes_back_is_found_again(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """What gateways publish after it is stored, also before the worker is back.

    Mosquitto writes its sessions to disk by and by: with them it comes back knowing for whom it
    must queue. Worker and gateways connect again by themselves. Where it comes back without them,
    people are told; what is linked by a Datastream's number, as it is told, is stored in it.
    """
    streams = add_streams(gpkg_database, STREAMS)
    ingest = Ingest(gpkg_database, mosquitto.url, tmp_path)
    ingest.start()
    publisher = Publisher(mosquitto.port)
    publish(publisher, 0, 500)
    before = wait_until_kept(gpkg_database, set(range(500)))
    mosquitto.save()
    mosquitto.kill()
    time.sleep(0.5)
    mosquitto.start()
    publish(publisher, 500, 500)
    taken = publisher.finish()
    kept = wait_until_kept(gpkg_database, taken)
    assert len(before.ids()) == 500
    check(kept, taken)
    assert noticed(gpkg_database) == []
    mosquitto.kill()
    mosquitto.forget()
    mosquitto.start()
    ends = time.monotonic() + 20
    while not noticed(gpkg_database) and time.monotonic() < ends:
        time.sleep(0.1)
    assert noticed(gpkg_database) == [("session-lost", "canopy-ingest")]
    publisher = Publisher(mosquitto.port, "another")
    topic = f"v1.1/Datastreams({streams['s1']})/Observations"
    publisher.publish(1_001, b'{"result": 1, "@iot.id": "n1001"}', f"canopy/gateways/yard/{topic}")
    wait_until_kept(gpkg_database, taken | publisher.finish())
    ingest.stop()
    assert told_of(gpkg_database, "n1001") == [topic]


@pytest.mark.long
def test_a_broker_killed_under_load_loses_nothing_while_it_is_read(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """kill -9 five times at 1,000 messages/s: what it has acknowledged, the worker has by then.

    What waits in its queue because nobody reads is only as safe as its last save: so the worker is
    back, and has all that came before, when the next messages are published.
    """
    add_streams(gpkg_database, STREAMS)
    ingest = Ingest(gpkg_database, mosquitto.url, tmp_path)
    ingest.start()
    mosquitto.save()
    publisher = Publisher(mosquitto.port)
    chosen = random.Random(3)
    for turn, number in enumerate(range(0, 10_000, 2_000)):
        ingest.wait_to_say("broker_subscribed", times=turn + 1)
        publisher.settle_all()
        wait_until_kept(gpkg_database, publisher.taken)
        publish(publisher, number, 2_000, per_s=1_000)
        time.sleep(chosen.uniform(0, 0.2))
        mosquitto.kill()
        time.sleep(chosen.uniform(0.2, 1.5))
        mosquitto.start()
    publish(publisher, 10_000, 1_000, per_s=1_000)  # nobody kills it any more
    taken = publisher.finish()
    kept = wait_until_kept(gpkg_database, taken)
    assert ingest.stop() == 0
    assert len(taken) == 11_000
    check(kept, taken)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.skipif(sys.platform != "linux", reason="memory of a process is read in /proc")
def test_memory_of_a_worker_stays_flat(
    database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """200,000 messages, a part unreadable and a part of unknown streams: after the first fifth it
    grows by less than a tenth. What SQLite may keep of its file comes on top."""
    add_streams(database, STREAMS)
    ingest = Ingest(database, mosquitto.url, tmp_path)
    ingest.start()
    publisher = Publisher(mosquitto.port)
    resident = []
    for number in range(0, 200_000, 20_000):
        publish(publisher, number, 20_000)
        assert ingest.process is not None
        status = Path(f"/proc/{ingest.process.pid}/status").read_text()
        resident.append(int(status.split("VmRSS:")[1].split()[0]))
    taken = publisher.finish()
    kept = wait_until_kept(database, taken, 120)
    assert ingest.stop() == 0
    check(kept, taken)
    cache_kib = 65_536 if database.is_gpkg else 0
    assert max(resident[2:]) < 1.1 * resident[1] + cache_kib, resident
