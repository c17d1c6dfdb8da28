"""Sums of readings are those of all that is stored, in whatever order and however late it came."""

from __future__ import annotations

import math
import os
import random
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import pytest
from addresses import url_of
from sqlalchemy import func, select
from stations import add_streams
from typer.testing import CliRunner

from canopy.cli.application import application
from canopy.db.backup.readings_file import readings_path
from canopy.db.engine import Database
from canopy.db.types import EPOCH
from canopy.iot.care import downsampling, queries
from canopy.iot.care.downsampling import BUCKETS_S, downsample
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.store.tables import Observation, ObservationBucket

Key = tuple[int, int, int]
Sums = tuple[int, float | None, float | None, float | None, float | None]
BEGIN_US = 1_780_000_000_000_000
INTERVAL_S = 60


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


def reading(stream: int, at_us: int, value: float | None, key: str = "") -> ObservationRow:
    """A number, or a text where it is None."""
    text = "on" if value is None else None
    return ObservationRow(stream, at_us, key, None, value, text, 0, None, None, None)


def made_up(streams: list[int], count: int, seed: int) -> list[ObservationRow]:
    """Readings of three days in no order, on ends of buckets too; some are texts."""
    chosen = random.Random(seed)
    return [
        reading(
            chosen.choice(streams),
            BEGIN_US + chosen.choice([1, 1_000_000, 900_000_000]) * chosen.randrange(288),
            None if chosen.random() < 0.1 else chosen.uniform(-50, 50),
            str(number),
        )
        for number in range(count)
    ]


def expected(rows: list[ObservationRow], intervals: dict[int, int]) -> dict[Key, Sums]:
    """The sums, each worked out from all of its readings."""
    inside: dict[Key, list[ObservationRow]] = defaultdict(list)
    for row in rows:
        for seconds in BUCKETS_S:
            start_s = row.phenomenon_us // (seconds * 1_000_000) * seconds
            inside[row.datastream_id, seconds, start_s].append(row)
    return {key: _sums(key, held, intervals.get(key[0])) for key, held in inside.items()}


def _sums(key: Key, rows: list[ObservationRow], interval_s: int | None) -> Sums:
    numbers = [row.result for row in rows if row.result is not None]
    coverage = None
    if interval_s:
        spoken = {row.phenomenon_us // (interval_s * 1_000_000) for row in rows}
        coverage = min(1.0, len(spoken) * interval_s / key[1])
    if not numbers:
        return len(rows), None, None, None, coverage
    mean = math.fsum(numbers) / len(numbers)
    return len(rows), min(numbers), mean, max(numbers), coverage


def kept(readings: Readings) -> dict[Key, Sums]:
    """The sums that are stored."""
    with readings.reading() as session:
        return {
            (row.datastream_id, row.seconds, round((row.start - EPOCH).total_seconds())): (
                row.count, row.low, row.mean, row.high, row.coverage,
            )
            for row in session.scalars(select(ObservationBucket))
        }  # fmt: skip


def assert_same(found: dict[Key, Sums], wanted: dict[Key, Sums]) -> None:
    """Means are added up in another order, and coverage is kept in four bytes on PostgreSQL."""
    assert _plain(found) == pytest.approx(_plain(wanted), rel=1e-6, abs=1e-9, nan_ok=True)


def _plain(sums: dict[Key, Sums]) -> dict[tuple[Key, int], float]:
    """Each number by itself; NaN, which equals nothing but itself here, for none."""
    return {
        (key, place): math.nan if value is None else value
        for key, values in sums.items()
        for place, value in enumerate(values)
    }


@pytest.mark.parametrize("seed", range(3))
def test_sums_are_those_of_all_readings_in_any_order(
    database: Database, store: ReadingStore, readings: Readings, seed: int
) -> None:
    """Readings come shuffled in batches, and it is summed up after each of them. An interval may
    lie across the border of two quarters, or be longer than one."""
    intervals: dict[int, int] = {}
    for name, interval_s in (("a", INTERVAL_S), ("b", 700), ("c", 7_200)):
        intervals[add_streams(database, [name], interval_s=interval_s)[name]] = interval_s
    unknown = add_streams(database, ["d"])
    rows = made_up([*intervals, *unknown.values()], 600, seed)
    for begin in range(0, len(rows), 150):
        store.write(Batch(observations=rows[begin : begin + 150]))
        downsample(database, readings)
    assert_same(kept(readings), expected(rows, intervals))


def test_a_backlog_is_summed_up_in_steps(
    database: Database,
    store: ReadingStore,
    readings: Readings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Steps that cut through buckets give the same sums."""
    monkeypatch.setattr(downsampling, "_STEP_ROWS", 7)
    monkeypatch.setattr(downsampling, "_STEP_US", 20_000)
    streams = add_streams(database, ["a"], interval_s=INTERVAL_S)
    rows = made_up(list(streams.values()), 100, 9)
    for begin in range(0, len(rows), 20):
        store.write(Batch(observations=rows[begin : begin + 20]))
    downsample(database, readings)
    assert_same(kept(readings), expected(rows, dict.fromkeys(streams.values(), INTERVAL_S)))


def test_only_what_changed_is_computed(
    gpkg_database: Database,
) -> None:
    """A late reading has its own three sums computed; where nothing came, none is."""
    stream = add_streams(gpkg_database, ["a"])["a"]
    store, readings = store_of(gpkg_database, 10), Readings(gpkg_database, 10)
    store.write(Batch(observations=made_up([stream], 200, 4)))
    downsample(gpkg_database, readings)
    nothing = downsample(gpkg_database, readings)
    store.write(Batch(observations=[reading(stream, BEGIN_US, 1000.0, "late")]))
    late = downsample(gpkg_database, readings)
    store.close()
    readings.dispose()
    assert (nothing, late) == (0, 3)


@pytest.mark.postgis
def test_one_process_at_a_time_sums_up(postgis_database: Database) -> None:
    """Another one has nothing to do, and says so."""
    stream = add_streams(postgis_database, ["a"])["a"]
    store, readings = store_of(postgis_database, 10), Readings(postgis_database, 10)
    store.write(Batch(observations=[reading(stream, BEGIN_US, 1.0)]))
    with readings.writing() as session:
        assert queries.take_turn(session)
        refused = downsample(postgis_database, readings)
    done = downsample(postgis_database, readings)
    store.close()
    readings.dispose()
    assert (refused, done) == (None, 3)


def test_the_command_tells_how_much_it_computed(database: Database, store: ReadingStore) -> None:
    """`canopy iot care` once: a quarter of an hour, an hour and a day for one reading."""
    stream = add_streams(database, ["a"])["a"]
    store.write(Batch(observations=[reading(stream, BEGIN_US, 1.0)]))
    address = (
        f"gpkg://{database.path}"
        if database.path
        else database.engine.url.render_as_string(hide_password=False)
    )
    result = CliRunner().invoke(application("iot"), ["iot", "care", "--db", address])
    assert (result.exit_code, result.output.strip()) == (0, "Computed 3 sums of readings.")


@pytest.mark.postgis
def test_a_reading_committed_after_it_was_summed_up_is_not_missed(
    postgis_database: Database,
) -> None:
    """Its arrival is when its transaction began, before what was looked at meanwhile."""
    stream = add_streams(postgis_database, ["a"])["a"]
    store, readings = store_of(postgis_database, 10), Readings(postgis_database, 10)
    store.write(Batch(observations=[reading(stream, BEGIN_US, 1.0)]))
    with readings.writing() as slow:
        slow.add(
            Observation(
                datastream_id=stream, phenomenon_time=EPOCH + timedelta(microseconds=BEGIN_US),
                source_key="slow", result=3.0, flags=0, stored_at=func.now(),
            )
        )  # fmt: skip
        slow.flush()
        downsample(postgis_database, readings)
    downsample(postgis_database, readings)
    means = {sums[2] for sums in kept(readings).values()}
    store.close()
    readings.dispose()
    assert means == {2.0}


def test_two_processes_at_once_do_everything_once(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """In SQLite each takes the step that comes next; on PostgreSQL one waits for its turn."""
    streams = add_streams(database, ["a", "b"], interval_s=INTERVAL_S, source="meter")
    rows = made_up(list(streams.values()), 3_000, 5)
    store.write(Batch(observations=rows))
    environment = {**os.environ, "CANOPY_DB_URL": url_of(database)}
    command = [sys.executable, "-m", "canopy", "iot", "care"]
    processes = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    assert any("Computed" in each for each in told)
    assert_same(kept(readings), expected(rows, dict.fromkeys(streams.values(), INTERVAL_S)))
    with readings.reading() as session:
        done = queries.counted(session)
    assert not database.is_gpkg or done["sums"] == len(kept(readings))


def test_a_file_of_an_older_version_is_brought_up_to_date(gpkg_database: Database) -> None:
    """Readings stay, and sums are computed anew."""
    stream = add_streams(gpkg_database, ["a"])["a"]
    store = store_of(gpkg_database, 10)
    store.write(Batch(observations=made_up([stream], 20, 4)))
    store.close()
    assert gpkg_database.path is not None
    with sqlite3.connect(readings_path(gpkg_database.path)) as connection:
        for table in ("observation_bucket", "reading_removal", "source_counter"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute(
            "CREATE TABLE observation_bucket (datastream_id INTEGER, seconds INTEGER, start "
            "BIGINT, count INTEGER, low DOUBLE, mean DOUBLE, high DOUBLE, coverage FLOAT)"
        )
        connection.execute("INSERT INTO store_state VALUES ('downsampled', 20)")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    opened = Readings(gpkg_database, 10)
    assert (downsample(gpkg_database, opened) or 0) > 0
    opened.dispose()


def test_numbers_beyond_all_measure_do_not_stop_sums(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """They count and are the highest, and are in no mean: their sums would overflow."""
    stream = add_streams(database, ["a"])["a"]
    values = [1.0, 3.0, 1.7e308, 1.6e308, -1.7e308]
    store.write(Batch(observations=[
        reading(stream, BEGIN_US + place, value, str(place)) for place, value in enumerate(values)
    ]))  # fmt: skip
    downsample(database, readings)
    assert set(kept(readings).values()) == {(5, -1.7e308, 2.0, 1.7e308, None)}
