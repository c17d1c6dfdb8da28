"""What fails around a worker, and comes back: nothing is lost, and nothing is kept twice."""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faulty import Line, Postgres
from ingesting import Ingest
from mosquitto_server import Mosquitto
from numbered import STREAMS, Latest, check, publish, wait_until_kept
from publishing import Publisher, observation
from stations import Kept, add_streams

from canopy.db import migrate
from canopy.db.engine import Database, open_database
from canopy.iot.flags import FLAGS
from canopy.settings import load_settings


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of the test's own, running."""
    folder = Path(tempfile.mkdtemp(prefix="canopy-faults-"))
    server = Postgres(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def catalogue(postgres: Postgres) -> Iterator[Database]:
    """A catalogue on it, with streams."""
    database = open_database(load_settings(db_url=postgres.url, db_lock_timeout_s=2.0))
    migrate.upgrade(database)
    add_streams(database, STREAMS)
    yield database
    database.dispose()


def _kill_the_database(
    kills: int, postgres: Postgres, catalogue: Database, mosquitto: Mosquitto, folder: Path
) -> None:
    ingest = Ingest(catalogue, mosquitto.url, folder)
    ingest.start()
    publisher = Publisher(mosquitto.port)
    with Latest(catalogue) as latest:
        for turn in range(kills):
            publish(publisher, turn * 4_000, 2_000, per_s=4_000)
            postgres.kill()
            publish(publisher, turn * 4_000 + 2_000, 2_000, per_s=4_000)
            postgres.start()
        taken = publisher.finish()
    catalogue.dispose()  # its connections died too
    kept = wait_until_kept(catalogue, taken)
    assert ingest.stop() == 0
    assert len(taken) == 4_000 * kills
    assert "readings_not_stored" in ingest.said.read_text()
    assert latest.backwards == []
    check(kept, taken)


@pytest.mark.postgis
def test_a_killed_database_loses_nothing(
    postgres: Postgres, catalogue: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """kill -9 of PostgreSQL under load, twice; the worker waits and goes on by itself."""
    _kill_the_database(2, postgres, catalogue, mosquitto, tmp_path)


@pytest.mark.long
@pytest.mark.postgis
def test_a_database_killed_ten_times_loses_nothing(
    postgres: Postgres, catalogue: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """kill -9 of PostgreSQL under load, ten times."""
    _kill_the_database(10, postgres, catalogue, mosquitto, tmp_path)


def _outage(
    seconds: float, postgres: Postgres, catalogue: Database, mosquitto: Mosquitto, folder: Path
) -> None:
    ingest = Ingest(catalogue, mosquitto.url, folder)
    ingest.start()
    publisher = Publisher(mosquitto.port)
    publish(publisher, 0, 1_000)
    catalogue.dispose()
    postgres.stop()
    publish(publisher, 1_000, int(1_000 * seconds), per_s=1_000)
    postgres.start()
    taken = publisher.finish()
    kept = wait_until_kept(catalogue, taken, 120)
    assert ingest.stop() == 0
    assert len(taken) == 1_000 + int(1_000 * seconds)
    check(kept, taken)


@pytest.mark.postgis
def test_readings_wait_while_the_database_is_down(
    postgres: Postgres, catalogue: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Five seconds at 1,000 messages a second."""
    _outage(5, postgres, catalogue, mosquitto, tmp_path)


@pytest.mark.long
@pytest.mark.postgis
def test_readings_wait_while_the_database_is_down_for_a_minute(
    postgres: Postgres, catalogue: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Sixty seconds: more than the inbox holds, so that the broker is held back."""
    _outage(60, postgres, catalogue, mosquitto, tmp_path)


@pytest.mark.postgis
def test_readings_wait_while_the_database_is_read_only(
    postgres: Postgres, catalogue: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """As after a fail-over to a standby: refused writes are tried again, not given up."""
    ingest = Ingest(catalogue, mosquitto.url, tmp_path)
    ingest.start()
    publisher = Publisher(mosquitto.port)
    publish(publisher, 0, 500)
    wait_until_kept(catalogue, set(range(500)))
    postgres.execute("ALTER ROLE postgres SET default_transaction_read_only = on")
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    catalogue.dispose()
    publish(publisher, 500, 1_000)
    taken = publisher.finish()
    ingest.wait_to_say("read-only")
    assert len(Kept(catalogue).ids()) == 500
    postgres.execute("ALTER ROLE postgres SET default_transaction_read_only = off")
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    catalogue.dispose()
    kept = wait_until_kept(catalogue, taken)
    assert ingest.stop() == 0
    check(kept, taken)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a running process are Linux's")
def test_readings_wait_while_the_disk_is_full(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """The file may not grow: nothing is acknowledged until it may."""
    add_streams(gpkg_database, STREAMS)
    ingest = Ingest(gpkg_database, mosquitto.url, tmp_path)
    ingest.start()
    publisher = Publisher(mosquitto.port)
    publish(publisher, 0, 500)
    wait_until_kept(gpkg_database, set(range(500)))
    assert ingest.process is not None
    none = resource.RLIM_INFINITY
    resource.prlimit(ingest.process.pid, resource.RLIMIT_FSIZE, (64 * 1024, none))
    publish(publisher, 500, 3_000)
    taken = publisher.finish()
    ingest.wait_to_say("readings_not_stored")
    assert len(Kept(gpkg_database).ids()) < 3_500
    resource.prlimit(ingest.process.pid, resource.RLIMIT_FSIZE, (none, none))
    kept = wait_until_kept(gpkg_database, taken)
    assert ingest.stop() == 0
    check(kept, taken)


def test_a_silent_line_is_found_out(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """A half-open connection: nothing comes and nothing says so, until the keep-alive does."""
    add_streams(gpkg_database, STREAMS)
    line = Line(mosquitto.port)
    ingest = Ingest(
        gpkg_database, f"mqtt://127.0.0.1:{line.port}", tmp_path, CANOPY_MQTT_KEEPALIVE_S="5"
    )
    ingest.start()
    publisher = Publisher(mosquitto.port)
    publish(publisher, 0, 500)
    wait_until_kept(gpkg_database, set(range(500)))
    line.is_silent.set()
    publish(publisher, 500, 500)
    taken = publisher.finish()
    ingest.wait_to_say("broker_lost")
    line.is_silent.clear()
    kept = wait_until_kept(gpkg_database, taken)
    assert ingest.stop() == 0
    line.close()
    check(kept, taken)


def test_what_is_published_twice_is_kept_once(
    database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """A gateway that heard no acknowledgement sends again, with the same key."""
    add_streams(database, STREAMS)
    ingest = Ingest(database, mosquitto.url, tmp_path)
    ingest.start()
    for name in ("first", "again"):
        publisher = Publisher(mosquitto.port, name)
        publish(publisher, 0, 1_000)
        taken = publisher.finish()
    marker = Publisher(mosquitto.port, "marker")
    marker.publish(5_001, observation(5_001, STREAMS[1]))
    kept = wait_until_kept(database, taken | marker.finish())
    assert ingest.stop() == 0
    check(kept, taken | {5_001})


def test_a_clock_ten_minutes_off_is_stored_and_told(
    gpkg_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Readings are kept with the time that they say, those ahead with a flag; the latest is what
    is latest by that time, also when one comes that is ten minutes behind."""
    add_streams(gpkg_database, STREAMS)
    ingest = Ingest(gpkg_database, mosquitto.url, tmp_path)
    ingest.start()
    publisher = Publisher(mosquitto.port)
    ahead = datetime.now(UTC) + timedelta(minutes=10)
    publisher.publish(1, observation(1, STREAMS[0], ahead))
    publisher.publish(2, observation(2, STREAMS[0]))
    publisher.publish(3, observation(3, STREAMS[0], ahead - timedelta(minutes=20)))
    taken = publisher.finish()
    kept = wait_until_kept(gpkg_database, taken)
    assert ingest.stop() == 0
    check(kept, taken)
    (latest,) = kept.latest.values()
    assert latest.source_key == "n1"
    assert latest.flags & FLAGS["ahead"]
