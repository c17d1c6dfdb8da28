"""Flags of checks: beside the readings, in sums, taken back when late readings show otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import shapely
from sqlalchemy import select
from stations import add_streams
from typer.testing import CliRunner

from canopy.cli.application import application
from canopy.db.engine import Database
from canopy.db.types import EPOCH
from canopy.iot.care.downsampling import BUCKETS_S, downsample
from canopy.iot.care.quality import asking
from canopy.iot.care.quality.drifting import find_drift
from canopy.iot.flags import names
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.store.tables import Observation, ObservationBucket
from canopy.iot.tending.queries import happenings
from canopy.iot.things.tables import Datastream, HistoricalLocation, Location

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


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


def rows(stream: int, values: dict[int, float], flags: int = 0) -> list[ObservationRow]:
    """Values by minute since noon."""
    begin_us = (NOW - EPOCH) // timedelta(microseconds=1)
    return [
        ObservationRow(
            stream, begin_us + minute * 60_000_000, "", None, value, None, flags, None, None, None
        )
        for minute, value in values.items()
    ]


def flagged(readings: Readings, stream: int) -> dict[int, str]:
    """Flags by minute, of readings that have some; and that no value has changed."""
    with readings.reading() as session:
        found = session.scalars(
            select(Observation).where(Observation.datastream_id == stream)
        ).all()
    return {
        (row.phenomenon_time - NOW) // timedelta(minutes=1): "+".join(names(row.flags))
        for row in found
        if row.flags
    }


def in_doubt(readings: Readings, stream: int) -> dict[int, int]:
    """How many readings are in doubt, by length of sums."""
    with readings.reading() as session:
        total: dict[int, int] = {}
        for row in session.scalars(
            select(ObservationBucket).where(ObservationBucket.datastream_id == stream)
        ):
            total[row.seconds] = total.get(row.seconds, 0) + row.flagged
        return total


def test_readings_are_flagged_across_quarters_and_batches(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """A spike is known when the reading after it has come, in the next quarter of an hour too."""
    stream = add_streams(database, ["a"], interval_s=60)["a"]
    asking.change(database, str(stream), {"spike": 5.0, "stuck": 3, "gap": 3}, NOW)
    store.write(Batch(observations=rows(stream, {12: 1.0, 13: 2.0, 14: 50.0})))
    downsample(database, readings)
    before = flagged(readings, stream), in_doubt(readings, stream)
    store.write(Batch(observations=rows(stream, {15: 2.5, 16: 2.5, 17: 2.5, 25: 3.0}, 1 << 5)))
    downsample(database, readings)
    network = "network-time"
    assert before == ({}, dict.fromkeys(BUCKETS_S, 0))
    assert flagged(readings, stream) == {
        14: "spike", 15: network, 16: network, 17: f"{network}+stuck", 25: f"{network}+gap",
    }  # fmt: skip
    assert in_doubt(readings, stream) == dict.fromkeys(BUCKETS_S, 2)


def test_late_readings_take_flags_back(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """What filled the gap, and what showed that the spike was a rise; sums follow."""
    stream = add_streams(database, ["a"], interval_s=60)["a"]
    asking.change(database, "/a", {"spike": 5.0, "gap": 3}, NOW)
    store.write(Batch(observations=rows(stream, {0: 1.0, 10: 20.0, 20: 1.0})))
    downsample(database, readings)
    before = flagged(readings, stream), in_doubt(readings, stream)[900]
    late = {minute: 20.0 for minute in range(2, 20) if minute != 10}
    store.write(Batch(observations=rows(stream, late)))
    downsample(database, readings)
    assert before == ({10: "spike+gap", 20: "gap"}, 1)
    assert (flagged(readings, stream), in_doubt(readings, stream)[900]) == ({}, 0)


def test_a_stream_that_drifts_from_its_neighbours_is_told(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """Neighbours are near and observe the same; the readings of each such hour are flagged."""
    named = {name: add_streams(database, [name])[name] for name in ("own", "a", "b", "c", "far")}
    with database.writing() as session:
        for place, number in enumerate(named.values()):
            thing = session.get_one(Datastream, number).thing_id
            where = shapely.Point(400_000 + (90_000 if place == 4 else 100 * place), 800_000)
            location = Location(
                name="", description="", encoding_type="application/geo+json", geom=where,
                created_at=NOW, changed_at=NOW,
            )  # fmt: skip
            session.add(location)
            session.flush()
            session.add(HistoricalLocation(thing_id=thing, location_id=location.id, at=NOW))
    asking.change(database, "/own", {"drift": 2.0, "drift_hours": 4}, NOW)
    minutes = range(0, 6 * 60, 30)
    for name, off in (("own", 4.0), ("a", 0.0), ("b", 0.2), ("c", -0.2), ("far", 4.0)):
        values = {minute: 10.0 + off for minute in minutes}
        store.write(Batch(observations=rows(named[name], values)))
    downsample(database, readings)
    found = [
        find_drift(database, readings, {}, BUCKETS_S, NOW + timedelta(hours=hours, minutes=5))
        for hours in (5, 6, 6)
    ]
    with readings.reading() as session:
        (told,) = happenings(session, with_acknowledged=False, limit=9)
    assert found == [1, 1, 0]
    assert flagged(readings, named["own"]) == dict.fromkeys((180, 210, 240, 270), "drift")
    assert in_doubt(readings, named["own"]) == dict.fromkeys(BUCKETS_S, 4)
    assert told.detail == "/own is +4 off the median of 3 neighbours over 4 hours"


def test_checks_are_set_listed_and_cleared_by_command(database: Database) -> None:
    """By number, name or what is observed; what makes no sense is refused with its field."""
    streams = add_streams(database, ["a", "b"])
    address = (
        f"gpkg://{database.path}"
        if database.path
        else database.engine.url.render_as_string(hide_password=False)
    )

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(application("iot"), ["iot", "check", *words, "--db", address])
        return result.exit_code, " ".join(result.output.split())

    uri = "http://qudt.org/vocab/quantitykind/Temperature"
    assert run("set", uri, "--spike", "5")[0] == 0
    assert run("set", "/b", "--stuck", "12")[0] == 0
    assert run("set", "/b", "--gap", "3")[0] != 0
    assert run("set", "99", "--spike", "1")[0] != 0
    listed = (
        f"{streams['a']} (no device)/a: spike 5 {streams['b']} (no device)/b: spike 5, stuck 12"
    )
    assert run("list") == (0, listed)
    assert run("clear", uri) == (0, "Readings of 2 datastreams are checked no more.")
