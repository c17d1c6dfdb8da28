"""Observations into PostgreSQL: COPY into a month's table, which is indexed and attached after."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from sqlalchemy import URL, make_url

from canopy.db import migrate
from canopy.db.engine import Database, open_database
from canopy.iot.store.postgres.queries import partition_name
from canopy.settings import load_settings
from observed.made import BEGIN, DAYS, MONTHS, STREAMS, US, Plan, Progress, Ticks, month_bounds

_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TAIL = struct.pack(">h", -1)
_BEGIN_US = int((BEGIN - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()) * US
_ROW = np.dtype([
    ("columns", ">i2"), ("id_bytes", ">i4"), ("id", ">i4"), ("at_bytes", ">i4"), ("at", ">i8"),
    ("key_bytes", ">i4"), ("result_bytes", ">i4"), ("result", ">f8"), ("flags_bytes", ">i4"),
    ("flags", ">i4"), ("stored_bytes", ">i4"), ("stored", ">i8"),
])  # fmt: skip
"""A row as COPY reads it in binary. Source: PostgreSQL, COPY, "Binary Format"."""
_COLUMNS = "datastream_id, phenomenon_time, source_key, result, flags, stored_at"


def filled(server: str, plan: Plan, *, anew: bool) -> Database:
    """A catalogue with so many observations, made or gone on with; it is kept."""
    url = make_url(server)
    name = f"canopy_bench_observations_{plan.observations}"
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        if anew:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if there.fetchone() is None:
            connection.execute(f"CREATE DATABASE {name}")
    made = url.set(database=name)
    database = open_database(load_settings(db_url=made.render_as_string(hide_password=False)))
    migrate.upgrade(database)
    with psycopg.connect(_plain(made), autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("CREATE TABLE IF NOT EXISTS bench_done (step text PRIMARY KEY)")
        _observe(connection, plan)
        _sum_up(connection, plan)
        _finish(connection, plan)
    return database


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _done(connection: psycopg.Connection) -> set[str]:
    return {step for (step,) in connection.execute("SELECT step FROM bench_done")}


def _mark(connection: psycopg.Connection, step: str) -> None:
    connection.execute("INSERT INTO bench_done VALUES (%s)", [step])


def _observe(connection: psycopg.Connection, plan: Plan) -> None:
    done, progress = _done(connection), Progress("observations", plan.ticks * STREAMS)
    for month in MONTHS:
        name, ticks = partition_name(BEGIN.year, month), plan.month(month)
        if name in done or ticks.first == ticks.last:
            continue
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {name} (LIKE observation INCLUDING DEFAULTS)"
        )
        for step in plan.steps(ticks):
            if f"{name} {step.name}" not in done:
                with connection.transaction(), connection.cursor() as cursor:
                    with cursor.copy(f"COPY {name} ({_COLUMNS}) FROM STDIN (FORMAT binary)") as to:
                        to.write(_HEAD + _rows(plan, step) + _TAIL)
                    _mark(connection, f"{name} {step.name}")
            progress.tell(step.last * STREAMS)
        _attach(connection, name, month)


def _attach(connection: psycopg.Connection, name: str, month: int) -> None:
    """With its indexes, which are built at once: sooner than row by row."""
    begins, ends = month_bounds(month)
    with connection.transaction():
        connection.execute(
            f"ALTER TABLE observation ATTACH PARTITION {name} "
            f"FOR VALUES FROM ('{begins.isoformat()}') TO ('{ends.isoformat()}')"
        )
        _mark(connection, name)


def _rows(plan: Plan, step: Ticks) -> bytes:
    ticks = np.arange(step.first, step.last).repeat(STREAMS)
    streams = np.tile(np.arange(1, STREAMS + 1), step.last - step.first)
    rows = np.zeros(len(ticks), _ROW)
    rows["columns"] = 6
    rows["id_bytes"] = rows["flags_bytes"] = 4
    rows["at_bytes"] = rows["result_bytes"] = rows["stored_bytes"] = 8
    rows["id"] = streams
    rows["at"] = rows["stored"] = _BEGIN_US + ticks * plan.step_us
    rows["result"] = (streams * 7 + ticks * 13) % 97 / 10
    return rows.tobytes()


def _sum_up(connection: psycopg.Connection, plan: Plan) -> None:
    """The hours of every datastream, a day at a time."""
    done, progress = _done(connection), Progress("days summed up", DAYS)
    for day in range(DAYS):
        begins = BEGIN + timedelta(days=day)
        if f"hours {day}" not in done:
            with connection.transaction():
                connection.execute(
                    """INSERT INTO observation_bucket (datastream_id, seconds, start, count, low,
                        mean, high, coverage, numbers, flagged, first_at, last_at)
                    SELECT datastream_id, 3600, date_trunc('hour', phenomenon_time) AS hour,
                        count(*), min(result), avg(result), max(result), 1, count(*), 0,
                        min(phenomenon_time), max(phenomenon_time)
                    FROM observation WHERE stored_at >= %s AND stored_at < %s
                    GROUP BY datastream_id, hour""",  # stored when made: found by the BRIN index
                    [begins, begins + timedelta(days=1)],
                )
                _mark(connection, f"hours {day}")
        progress.tell(day + 1)


def _finish(connection: psycopg.Connection, plan: Plan) -> None:
    if "latest" in _done(connection):
        return
    newest = BEGIN + timedelta(microseconds=(plan.ticks - 1) * plan.step_us)
    with connection.transaction():
        connection.execute(
            """INSERT INTO latest_observation (datastream_id, phenomenon_time, source_key, result,
                flags, stored_at)
            SELECT datastream_id, phenomenon_time, source_key, result, flags, stored_at
            FROM observation WHERE phenomenon_time = %s""",
            [newest],
        )
        _mark(connection, "latest")
    connection.execute("VACUUM (ANALYZE) observation, observation_bucket, latest_observation")
