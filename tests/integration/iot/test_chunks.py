"""Observations in a hypertable, where a server with TimescaleDB is named; else in months."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from sqlalchemy import text

from canopy.db import timescale
from canopy.db.backup.postgres import _partitions, _parts
from canopy.db.engine import Database, open_database
from canopy.db.types import EPOCH
from canopy.iot.care.retention import queries
from canopy.iot.store.opening import store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.settings import load_settings

_READINGS = import_module("canopy.migrations.versions.2026_12_05_readings")
_TABLES = ("observation", "latest_observation", "held_observation", "dead_letter",
           "observation_bucket", "happening", "store_state")  # fmt: skip
BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def chunked() -> Iterator[Database]:
    """A database with TimescaleDB and the tables of readings, which are dropped at the end."""
    url = os.environ.get("CANOPY_TEST_TIMESCALE_URL")
    if url is None:
        pytest.skip("CANOPY_TEST_TIMESCALE_URL names no server with TimescaleDB")
    database = open_database(load_settings(db_url=url))
    drops = [text(f"DROP TABLE IF EXISTS {table}") for table in _TABLES]
    with database.engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
        for statement in drops:
            connection.execute(statement)
        _READINGS.create_observation(connection)
        for made in _READINGS.READINGS:
            connection.execute(text(made))
    yield database
    with database.engine.begin() as connection:
        for statement in drops:
            connection.execute(statement)
    database.dispose()


def _readings(*days: float) -> Batch:
    begin_us = (BEGIN - EPOCH) // timedelta(microseconds=1)
    return Batch(observations=[
        ObservationRow(1, begin_us + round(day * 86_400e6), "", None, day, None, 0, *[None] * 3)
        for day in days
    ])  # fmt: skip


def test_readings_lie_in_chunks_and_old_ones_are_dropped(chunked: Database) -> None:
    """Each once; a chunk goes as a month does; what comes late finds a place again."""
    store = store_of(chunked, 10)
    store.prepare()
    first, again = store.write(_readings(0, 40, 80)), store.write(_readings(0, 40, 80, 81))
    with chunked.reading() as session:
        ends = queries.months(session)
        parts, months = _parts(session.connection()), _partitions(session.connection())
        needed = [queries.is_needed(session, name, [], 4_000_000_000_000_000) for name in ends]
    with chunked.writing() as session:
        queries.drop(session, next(iter(ends)))
    late = store.write(_readings(1))
    store.close()
    with chunked.reading() as session:
        kept = session.scalars(text("SELECT result FROM observation ORDER BY phenomenon_time"))
        found = list(kept)
        anew = len(queries.months(session))
    assert (first.observations, again.observations, again.known, late.observations) == (3, 1, 3, 1)
    assert found == [1, 40, 80, 81]
    assert (len(ends), len(parts), anew, any(needed)) == (3, 3, 3, False)
    assert months[0] in ("observation_2026_05", "observation_2026_06")
    assert months[-1] in ("observation_2026_08", "observation_2026_09")
    assert min(ends.values()) > BEGIN


@pytest.mark.postgis
def test_without_timescale_observations_lie_in_months(postgis_database: Database) -> None:
    """Nothing of it is asked for."""
    with postgis_database.reading() as session:
        connection = session.connection()
        assert timescale.place(connection) is None
        assert not timescale.is_hypertable(connection, "observation")
        with pytest.raises(RuntimeError, match="no TimescaleDB"):
            timescale.make_hypertable(connection, "observation", "phenomenon_time")
