"""Reading what is stored: the latest of 10,000 datastreams, and a month's hourly sums of one.

    python benchmarks/bench_observations.py [--postgis URL] [--rows 5000000] [--runs 15]

Observations of 10,000 datastreams over 90 days are generated in the database, hourly sums of 1,000
of them, and the latest of each. Then each question is asked by the functions that the service
asks with, and how the database answers it (EXPLAIN) is printed: by one index, whatever the rows.
URL is a server on which the database `canopy_bench_observations` may be dropped and made; a
SQLite file is filled in the temporary folder in any case. 100,000,000 rows take some 20 GB there.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from canopy.db import migrate
from canopy.db.backup.readings_file import readings_path
from canopy.db.engine import Database, open_database
from canopy.iot.care.summing.queries import series
from canopy.iot.sensorthings.queries import latest
from canopy.iot.store.opening import Readings
from canopy.settings import load_settings

STREAMS, SUMMED, DAYS = 10_000, 1_000, 90
DATABASE = "canopy_bench_observations"
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
MONTH = BEGIN + timedelta(days=30), BEGIN + timedelta(days=60)
STREAM = 777
LATEST_MS, SERIES_MS = 200.0, 50.0
_US = 1_000_000

_LATEST_PLAN = "SELECT * FROM latest_observation WHERE datastream_id IN (SELECT 1 UNION SELECT 2)"
_SERIES_PLAN = (
    f"SELECT * FROM observation_bucket WHERE datastream_id = {STREAM} AND seconds = 3600 "
    "AND start >= {begin} AND start < {end} ORDER BY start"
)


def postgres(server: str, rows: int) -> Database:
    """A catalogue in PostgreSQL with so many observations."""
    url = make_url(server)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    made = url.set(database=DATABASE)
    database = open_database(load_settings(db_url=made.render_as_string(hide_password=False)))
    migrate.upgrade(database)
    each = max(1, rows // STREAMS)
    step_s = DAYS * 86_400 / each
    where = made.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        for month in (6, 7, 8):
            connection.execute(
                f"CREATE TABLE observation_2026_{month:02d} PARTITION OF observation FOR VALUES "
                f"FROM ('2026-{month:02d}-01Z') TO ('2026-{month + 1:02d}-01Z')"
            )
        connection.execute(
            f"""INSERT INTO observation (datastream_id, phenomenon_time, source_key, result, flags)
            SELECT s, '{BEGIN.isoformat()}'::timestamptz + n * {step_s} * interval '1 second',
                '', n % 97, 0
            FROM generate_series(0, {each - 1}) AS n, generate_series(1, {STREAMS}) AS s"""
        )
        connection.execute(
            f"""INSERT INTO observation_bucket (datastream_id, seconds, start, count, low, mean,
                high, numbers, flagged, first_at, last_at)
            SELECT s, 3600, at, 60, 0, 5, 10, 60, 0, at, at
            FROM generate_series(1, {SUMMED}) AS s, generate_series(0, {DAYS * 24 - 1}) AS n,
                LATERAL (SELECT '{BEGIN.isoformat()}'::timestamptz + n * interval '1 hour') AS a
                    (at)"""
        )
        connection.execute(
            f"""INSERT INTO latest_observation (datastream_id, phenomenon_time, source_key, result,
                flags, stored_at)
            SELECT s, '{BEGIN.isoformat()}', '', 1.5, 0, now()
            FROM generate_series(1, {STREAMS}) AS s"""
        )
        connection.execute("ANALYZE observation_bucket, latest_observation")
    return database


def sqlite(folder: Path, rows: int) -> Database:
    """A GeoPackage with so many observations beside it."""
    database = open_database(load_settings(db_url=f"gpkg://{folder / 'bench.gpkg'}"))
    migrate.upgrade(database)
    path = folder / "bench.gpkg"
    Readings(database, 10).dispose()
    each = max(1, rows // STREAMS)
    step_us, begin_us = DAYS * 86_400 * _US // each, int(BEGIN.timestamp()) * _US
    numbers = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {0})"
    with sqlite3.connect(readings_path(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        streams = f"(SELECT value AS s FROM json_each('{list(range(1, STREAMS + 1))}'))"
        connection.execute(
            f"""{numbers.format(each - 1)}
            INSERT INTO observation (datastream_id, phenomenon_time, source_key, result, flags,
                stored_at)
            SELECT s, {begin_us} + i * {step_us}, '', i % 97, 0, {begin_us}
            FROM n CROSS JOIN {streams}"""
        )
        connection.execute(
            f"""{numbers.format(DAYS * 24 - 1)}
            INSERT INTO observation_bucket (datastream_id, seconds, start, count, low, mean, high,
                numbers, flagged, first_at, last_at)
            SELECT s, 3600, at, 60, 0, 5, 10, 60, 0, at, at
            FROM (SELECT s, {begin_us} + i * 3600 * {_US} AS at FROM n CROSS JOIN {streams}
                WHERE s <= {SUMMED})"""
        )
        connection.execute(
            f"""INSERT INTO latest_observation (datastream_id, phenomenon_time, source_key, result,
                flags, stored_at)
            SELECT s, {begin_us}, '', 1.5, 0, {begin_us} FROM {streams}"""
        )
        connection.execute("ANALYZE")
    connection.close()
    return database


def timed(ask: Callable[[], int], runs: int) -> tuple[float, float, int]:
    """Median and longest time of some runs after a first one [ms], and how many rows came."""
    count = ask()
    times = []
    for _ in range(runs):
        begun_s = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun_s) * 1_000)
    return statistics.median(times), max(times), count


def plans(database: Database, readings: Readings) -> str:
    """How the database answers both questions."""
    begin: Any
    end: Any
    begin, end = (f"'{at.isoformat()}'" for at in MONTH)
    word = "EXPLAIN (COSTS OFF)"
    if database.path is not None:
        begin, end = (int(at.timestamp()) * _US for at in MONTH)
        word = "EXPLAIN QUERY PLAN"
    told = []
    with readings.reading() as session:
        for asked in (_LATEST_PLAN, _SERIES_PLAN.format(begin=begin, end=end)):
            found = session.connection().exec_driver_sql(f"{word} {asked}")
            told += [f"    {row[-1]}" for row in found]
    return "\n".join(told)


def measure(name: str, database: Database, rows: int, runs: int) -> bool:
    """Ask, print, and say whether both bars are kept."""
    readings = Readings(database, 10)
    ids = list(range(1, STREAMS + 1))
    dialect = "sqlite" if database.path is not None else "postgresql"

    def ask_latest() -> int:
        with readings.reading() as session:
            return len(latest(session, ids, dialect))

    def ask_series() -> int:
        with readings.reading() as session:
            return len(series(session, STREAM, 3_600, *MONTH))

    is_good = True
    print(f"{name}, {rows:,} observations")
    for what, ask, bar_ms in (
        ("latest of 10,000", ask_latest, LATEST_MS), ("a month's hours", ask_series, SERIES_MS),
    ):  # fmt: skip
        median_ms, longest_ms, count = timed(ask, runs)
        is_good = is_good and median_ms <= bar_ms
        print(
            f"  {what}: {median_ms:.1f} ms (longest {longest_ms:.1f}, bar {bar_ms:.0f}), "
            f"{count:,} rows"
        )
    print(plans(database, readings))
    readings.dispose()
    database.dispose()
    return is_good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgis")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=15)
    chosen = parser.parse_args()
    is_good = True
    with tempfile.TemporaryDirectory(prefix="canopy-bench-") as folder:
        begun_s = time.perf_counter()
        database = sqlite(Path(folder), chosen.rows)
        print(f"made in {time.perf_counter() - begun_s:.0f} s")
        is_good = measure("SQLite", database, chosen.rows, chosen.runs)
    if chosen.postgis:
        begun_s = time.perf_counter()
        database = postgres(chosen.postgis, chosen.rows)
        print(f"made in {time.perf_counter() - begun_s:.0f} s")
        is_good = measure("PostgreSQL", database, chosen.rows, chosen.runs) and is_good
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory of this process: {peak_mb:.0f} MB")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
