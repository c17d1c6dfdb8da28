"""Observations into the SQLite file beside a GeoPackage, a step a transaction."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from canopy.db import migrate
from canopy.db.backup.readings_file import readings_path
from canopy.db.engine import Database, open_database
from canopy.iot.store.opening import Readings
from canopy.settings import load_settings
from observed.made import BEGIN, DAYS, STREAMS, US, Plan, Progress, Ticks

_BEGIN_US = int(BEGIN.timestamp()) * US


def filled(folder: Path, plan: Plan, *, anew: bool) -> Database:
    """A catalogue with so many observations beside it, made or gone on with; it is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"observations-{plan.observations}"
    if anew:
        for old in folder.glob(f"{name}.*"):
            old.unlink()
    database = open_database(load_settings(db_url=f"gpkg://{folder / name}.gpkg"))
    migrate.upgrade(database)
    Readings(database, 10).dispose()
    assert database.path is not None
    with closing(sqlite3.connect(readings_path(database.path), isolation_level=None)) as file:
        file.execute("PRAGMA synchronous = OFF")
        file.execute("PRAGMA cache_size = -1000000")
        file.execute("CREATE TABLE IF NOT EXISTS bench_done (step TEXT PRIMARY KEY)")
        _observe(file, plan)
        _sum_up(file, plan)
        if _begin(file, "latest"):
            _keep_latest(file, plan)
            file.execute("COMMIT")
            file.execute("ANALYZE")
    return database


def _begin(file: sqlite3.Connection, step: str) -> bool:
    """A transaction in which a step is noted as done; not where it was."""
    if file.execute("SELECT 1 FROM bench_done WHERE step = ?", [step]).fetchone():
        return False
    file.execute("BEGIN IMMEDIATE")
    file.execute("INSERT INTO bench_done VALUES (?)", [step])
    return True


def _observe(file: sqlite3.Connection, plan: Plan) -> None:
    progress = Progress("observations", plan.ticks * STREAMS)
    for step in plan.steps(Ticks(0, plan.ticks)):
        if _begin(file, step.name):
            file.execute(
                f"""WITH RECURSIVE n (i) AS (
                    SELECT {step.first} UNION ALL SELECT i + 1 FROM n WHERE i < {step.last - 1}
                ), s (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM s WHERE id < {STREAMS})
                INSERT INTO observation (datastream_id, phenomenon_time, source_key, result, flags,
                    stored_at)
                SELECT s.id, {_BEGIN_US} + i * {plan.step_us}, '', (s.id * 7 + i * 13) % 97 / 10.0,
                    0, {_BEGIN_US} + i * {plan.step_us}
                FROM n CROSS JOIN s"""
            )
            file.execute("COMMIT")
        progress.tell(step.last * STREAMS)


def _sum_up(file: sqlite3.Connection, plan: Plan) -> None:
    """The hours of every datastream, a day at a time: rows lie in the order of time."""
    progress, hour_us = Progress("days summed up", DAYS), 3_600 * US
    for day in range(DAYS):
        ticks = plan.day(day)
        if _begin(file, f"hours {day}"):
            file.execute(
                f"""INSERT INTO observation_bucket (datastream_id, seconds, start, count, low, mean,
                    high, coverage, numbers, flagged, first_at, last_at)
                SELECT datastream_id, 3600, phenomenon_time / {hour_us} * {hour_us} AS hour,
                    count(*), min(result), avg(result), max(result), 1, count(*), 0,
                    min(phenomenon_time), max(phenomenon_time)
                FROM observation
                WHERE rowid > {ticks.first * STREAMS} AND rowid <= {ticks.last * STREAMS}
                GROUP BY datastream_id, hour"""
            )
            file.execute("COMMIT")
        progress.tell(day + 1)


def _keep_latest(file: sqlite3.Connection, plan: Plan) -> None:
    file.execute(
        f"""INSERT INTO latest_observation (datastream_id, phenomenon_time, source_key, result,
            flags, stored_at)
        SELECT datastream_id, phenomenon_time, source_key, result, flags, stored_at
        FROM observation WHERE rowid > {(plan.ticks - 1) * STREAMS}"""
    )
