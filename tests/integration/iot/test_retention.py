"""Readings go when they are too old and in sums; what nobody decided about by its own limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from stations import add_streams

from canopy.db.engine import Database
from canopy.db.types import EPOCH
from canopy.iot.care.downsampling import downsample
from canopy.iot.care.queries import counted
from canopy.iot.care.retention import queries
from canopy.iot.care.retention.planning import Periods
from canopy.iot.care.retention.removing import Removed, Retention
from canopy.iot.care.undecided.removing import Limits, remove, waited
from canopy.iot.payloads.reading import Message
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.iot.store.rows import Batch, DeadRow, HeldRow, ObservationRow
from canopy.iot.store.tables import (
    DeadLetter,
    Happening,
    HeldObservation,
    LatestObservation,
    Observation,
    ObservationBucket,
)
from canopy.iot.tending.queries import happenings

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
PERIODS = Periods(raw=30, quarters=60, sums=90)


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


def reading(stream: int, days_ago: float, value: float = 1.0, key: str = "") -> ObservationRow:
    at = NOW - timedelta(days=days_ago)
    at_us = (at - EPOCH) // timedelta(microseconds=1)
    return ObservationRow(stream, at_us, key, None, value, None, 0, None, None, None)


def fill(store: ReadingStore, streams: list[int], days: range) -> None:
    store.write(
        Batch(observations=[reading(each, day) for each in streams for day in reversed(days)])
    )


def summed_up(database: Database, readings: Readings) -> None:
    """Sums of all that came, as long ago as it takes to be sure of them."""
    downsample(database, readings)
    if not database.is_gpkg:
        with readings.writing() as session:
            session.execute(text("UPDATE observation SET stored_at = now() - interval '1 hour'"))


def at(database: Database, readings: Readings, now: datetime = NOW) -> Retention:
    return Retention(database, readings, PERIODS, now)


def days_kept(readings: Readings, stream: int) -> list[int]:
    with readings.reading() as session:
        times = session.scalars(
            select(Observation.phenomenon_time).where(Observation.datastream_id == stream)
        )
        return sorted((NOW - each).days for each in times)


def sums_kept(readings: Readings, stream: int, seconds: int) -> int:
    with readings.reading() as session:
        return session.scalar(
            select(func.count())
            .select_from(ObservationBucket)
            .where(ObservationBucket.datastream_id == stream, ObservationBucket.seconds == seconds)
        ) or 0  # fmt: skip


def test_each_datastream_keeps_readings_as_long_as_it_says(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """At most as long as the setting; sums longer, each length its own; the latest value stays."""
    short = add_streams(database, ["short"], retention_days=7)["short"]
    usual = add_streams(database, ["usual"], retention_days=3_000)["usual"]
    old = add_streams(database, ["old"])["old"]
    fill(store, [short, usual], range(0, 120))
    fill(store, [old], range(100, 102))
    summed_up(database, readings)
    told = {each.name: each.readings for each in at(database, readings).plan()}
    removed = at(database, readings).remove()
    assert days_kept(readings, short)[-1] == 7
    assert days_kept(readings, usual)[-1] == 30
    assert [sums_kept(readings, short, each) for each in (900, 3_600, 86_400)] == [61, 91, 91]
    with readings.reading() as session:
        done = counted(session)
        assert session.get(LatestObservation, old) is not None
    assert told[f"datastream {short}"] == 112
    assert removed is not None
    assert done["sums-removed"] == removed.sums > 0
    assert at(database, readings).plan() == [] or database.is_gpkg  # there the newest row stays
    assert removed.partitions == (0 if database.is_gpkg else 3)  # July to September


def test_nothing_goes_before_it_is_in_sums(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """A reading that came after sums were computed stays until it is in them."""
    stream = add_streams(database, ["a"])["a"]
    fill(store, [stream], range(0, 50))
    assert at(database, readings).remove() == Removed()
    summed_up(database, readings)
    late = [reading(stream, 40, 5.0, "late"), reading(stream, 80, 5.0, "late")]
    store.write(Batch(observations=late))
    at(database, readings).remove()
    assert [day for day in days_kept(readings, stream) if day > 30] == [40, 80]


def test_sums_of_removed_readings_are_not_computed_from_what_is_left(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """A reading of a removed day is stored, told of, and changes no sum; of a new day it does."""
    stream = add_streams(database, ["a"])["a"]
    fill(store, [stream], range(0, 50))
    summed_up(database, readings)
    at(database, readings).remove()
    store.write(Batch(observations=[reading(stream, 40, 5.0, "x"), reading(stream, 85, 5.0, "x")]))
    downsample(database, readings)
    with readings.reading() as session:
        day = select(ObservationBucket).where(ObservationBucket.seconds == 86_400)
        means = {(NOW - row.start).days: row.mean for row in session.scalars(day)}
        told = [each.kind for each in happenings(session, with_acknowledged=False, limit=9)]
    assert (means[40], means[85], told) == (1.0, 5.0, ["late-after-removal"])


def test_late_readings_update_every_length(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """As long as the day's readings are there."""
    stream = add_streams(database, ["a"])["a"]
    fill(store, [stream], range(0, 50))
    summed_up(database, readings)
    at(database, readings).remove()
    store.write(Batch(observations=[reading(stream, 29, 5.0, "late")]))
    downsample(database, readings)
    with readings.reading() as session:
        found = session.scalars(select(ObservationBucket.seconds).where(
            ObservationBucket.high == 5.0, ObservationBucket.count == 2))  # fmt: skip
        assert sorted(found) == [900, 3_600, 86_400]


def test_what_waits_for_a_decision_keeps_no_reading_and_has_limits_of_its_own(
    database: Database, store: ReadingStore, readings: Readings
) -> None:
    """Readings go by their own retention, after their sums; what waits by age, and by count the
    first, and it is told what went."""
    stream = add_streams(database, ["a"])["a"]
    fill(store, [stream], range(0, 60))
    at_us = reading(0, 45).phenomenon_us
    message = Message(body=b"{}", topic="t", arrived_at=NOW)
    when = (NOW - timedelta(days=50)).isoformat()
    for day in range(9):
        held = HeldRow(
            f"d{day}", "a", at_us, "k", "g", None, 1.0, None, 0, None, None, None, None,
            "unknown-stream",
        )  # fmt: skip
        letter = DeadRow(message, "mqtt", f"kind-{day}", "why", f"/a@{when}")
        store.write(Batch(held=[held], held_origins=[message], dead=[letter]))
        came = NOW - timedelta(days=10 * (9 - day))
        with readings.writing() as session:
            of_held = HeldObservation.source == f"d{day}"
            session.execute(update(HeldObservation).where(of_held).values(stored_at=came))
            of_dead = DeadLetter.kind == f"kind-{day}"
            session.execute(update(DeadLetter).where(of_dead).values(last_at=came))
    summed_up(database, readings)
    at(database, readings).remove()
    limits = Limits(held_days=45, held_most=2, dead_days=65, dead_most=100)
    before = waited(readings, limits, NOW)
    gone = [remove(readings, limits, NOW, lambda: False) for _ in range(2)]
    with readings.reading() as session:
        sources = session.scalars(select(HeldObservation.source)).all()
        kinds = session.scalars(select(DeadLetter.kind).order_by(DeadLetter.id)).all()
        told = {
            each.subject: each for each in happenings(session, with_acknowledged=False, limit=9)
        }
    assert (days_kept(readings, stream)[-1], sums_kept(readings, stream, 86_400)) == (30, 60)
    assert (sorted(sources), kinds[0], len(kinds)) == (["d7", "d8"], "kind-3", 6)
    assert gone == [(7, 3), (0, 0)]
    assert (len(before.held), before.letters[0]) == (7, ("kind-0", 1))
    assert (told["quarantine"].kind, told["quarantine"].times) == ("undecided-removed", 7)
    assert "d0 1, d1 1, d2 1, d3 1, d4 1 and 2 others" in told["quarantine"].detail
    assert told["dead letters"].times == 3


def test_a_row_that_comes_after_the_newest_was_too_old_is_summed_up(
    gpkg_database: Database,
) -> None:
    """SQLite would give its number again, and it would seem to be in sums already."""
    stream = add_streams(gpkg_database, ["a"])["a"]
    store, kept = store_of(gpkg_database, 10), Readings(gpkg_database, 10)
    store.write(Batch(observations=[reading(stream, day) for day in range(60)]))
    downsample(gpkg_database, kept)
    Retention(gpkg_database, kept, PERIODS, NOW).remove()
    store.write(Batch(observations=[reading(stream, 1, 9.0, "new")]))
    downsample(gpkg_database, kept)
    with kept.reading() as session:
        assert session.scalar(select(func.max(ObservationBucket.high))) == 9.0
    store.close()
    kept.dispose()


@pytest.mark.postgis
def test_a_month_of_which_one_reading_is_kept_is_not_dropped(postgis_database: Database) -> None:
    """A partition with one reading of a datastream that keeps longer stays, without the others."""
    streams = add_streams(postgis_database, ["a"], retention_days=30)
    longer = add_streams(postgis_database, ["b"])["b"]
    store, kept = store_of(postgis_database, 10), Readings(postgis_database, 10)
    store.write(
        Batch(observations=[reading(streams["a"], day) for day in range(0, 100, 5)]
              + [reading(longer, 60)])
    )  # fmt: skip
    summed_up(postgis_database, kept)
    removed = Retention(postgis_database, kept, Periods(300, 300, 300), NOW).remove()
    assert removed is not None
    assert removed.partitions == 1  # August
    assert days_kept(kept, longer) == [60]
    assert days_kept(kept, streams["a"])[-1] == 30
    # What comes of a dropped month after all, where it is kept longer now, makes it anew.
    assert store.write(Batch(observations=[reading(longer, 95)])).observations == 1
    store.close()
    kept.dispose()


@pytest.mark.postgis
def test_a_drop_does_not_keep_writers_waiting(
    postgis_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a reader is in the way for long, the month goes at another time."""
    monkeypatch.setattr(queries, "_LOCK_WAIT_MS", 50)
    stream = add_streams(postgis_database, ["a"])["a"]
    store, kept = store_of(postgis_database, 10), Readings(postgis_database, 10)
    store.write(Batch(observations=[reading(stream, 100)]))
    summed_up(postgis_database, kept)
    with kept.reading() as reader:
        reader.scalars(select(Happening)).all()
        reader.scalars(select(Observation)).all()
        removed = Retention(postgis_database, kept, PERIODS, NOW).remove()
    again = Retention(postgis_database, kept, PERIODS, NOW).remove()
    assert removed is not None
    assert again is not None
    assert (removed.partitions, removed.readings, again.partitions) == (0, 1, 1)
    store.close()
    kept.dispose()
