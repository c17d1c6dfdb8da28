"""A catalogue backed up while it is used, and restored elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from addresses import url_of
from databases import MAKERS
from ogc_catalogue import add, fill_mixed, lamppost
from sqlalchemy import select, text

from canopy.db.backup.making import make_backup
from canopy.db.backup.manifest import BadBackup
from canopy.db.backup.readings_file import readings_path
from canopy.db.backup.restoring import restore, verify_backup
from canopy.db.engine import Database
from canopy.errors import CanopyError, Refused
from canopy.iot.payloads.reading import Message
from canopy.iot.store.opening import Readings, store_of
from canopy.iot.store.rows import Batch, DeadRow, ObservationRow
from canopy.iot.store.tables import DeadLetter, LatestObservation, Observation
from canopy.settings import load_settings

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
TABLES = ("asset", "revision", "change", "token", "offer")


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables that matter, as text."""
    found = {}
    with database.reading() as session:
        for table in TABLES:
            rows = session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2"))
            found[table] = [tuple(str(each) for each in row) for row in rows]
    return found


def restored(elsewhere: Database, file: Path) -> None:
    """Restore a backup there, while nobody has it open."""
    elsewhere.dispose()
    restore(load_settings(db_url=url_of(elsewhere)), file, lambda _: None)


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, database: Database) -> Iterator[Database]:
    """A place for another catalogue of the same sort, with nothing in it."""
    maker = request.getfixturevalue(MAKERS["gpkg" if database.is_gpkg else "postgis"])
    made: Database = maker.new()
    yield made
    maker.drop(made)


def test_what_is_restored_is_what_was_backed_up(
    database: Database, elsewhere: Database, tmp_path: Path
) -> None:
    """Row for row."""
    fill_mixed(database)
    file = tmp_path / "town.backup"
    manifest = make_backup(database, file)
    assert file.stat().st_mode & 0o077 == 0
    assert verify_backup(file) == manifest
    restored(elsewhere, file)
    assert contents(elsewhere) == contents(database)
    add(elsewhere, [lamppost(90, ref="after")], first=500)  # it goes on from there


def test_readings_stay_where_they_are(
    database: Database, elsewhere: Database, tmp_path: Path
) -> None:
    """There may be hundreds of millions: the catalogue around them is backed up and restored."""
    fill_mixed(database)
    store = store_of(database, 10)
    row = ObservationRow(1, 1_775_044_800_000_000, "k", None, 1.5, None, 0, None, None, None)
    store.write(Batch(observations=[row], origins=[Message(body=b"", arrived_at=NOW)]))
    store.close()
    file = tmp_path / "town.backup"
    manifest = make_backup(database, file)
    assert "observation" not in manifest.rows
    assert verify_backup(file) == manifest
    restored(elsewhere, file)
    assert contents(elsewhere) == contents(database)


def test_readings_are_backed_up_where_they_are_asked_for(
    database: Database, elsewhere: Database, tmp_path: Path
) -> None:
    """With their months on PostGIS; into a place that holds none yet."""
    fill_mixed(database)
    store = store_of(database, 10)
    month_us = 31 * 86_400_000_000
    rows = [
        ObservationRow(
            1, 1_775_044_800_000_000 + each * month_us, "k", None, 1.5, None, 0, None, None, None
        )
        for each in range(3)
    ]
    message = Message(body=b"\x00\xff", topic="a\tb", arrived_at=NOW)
    dead = [DeadRow(message, "mqtt", "malformed", "why")]
    store.write(Batch(observations=rows, origins=[message] * 3, dead=dead))
    store.close()
    file = tmp_path / "town.backup"
    manifest = make_backup(database, file, with_readings=True)
    assert manifest.observations == 3
    assert verify_backup(file) == manifest
    restored(elsewhere, file)
    assert contents(elsewhere) == contents(database)
    again = Readings(elsewhere, 10)
    with again.reading() as session:
        assert len(session.scalars(select(Observation)).all()) == 3
        assert [row.datastream_id for row in session.scalars(select(LatestObservation))] == [1]
        assert [letter.body for letter in session.scalars(select(DeadLetter))] == [message.body]
    again.dispose()
    other = store_of(elsewhere, 10)
    later = Message(body=b"2", arrived_at=NOW)
    assert other.write(Batch(observations=rows, dead=[DeadRow(later, "mqtt", "k", "w")])).known == 3
    other.close()


def test_readings_are_not_put_among_others(
    gpkg_database: Database, elsewhere_file: Path, tmp_path: Path
) -> None:
    """Where a file of readings is in the way, nothing is restored."""
    store = store_of(gpkg_database, 10)
    row = ObservationRow(1, 1_775_044_800_000_000, "k", None, 1.5, None, 0, None, None, None)
    store.write(Batch(observations=[row]))
    store.close()
    file = tmp_path / "town.backup"
    make_backup(gpkg_database, file, with_readings=True)
    other = store_of(gpkg_database, 10)
    other.close()
    in_the_way = readings_path(elsewhere_file)
    in_the_way.write_bytes(readings_path(Path(str(gpkg_database.path))).read_bytes())
    settings = load_settings(db_url=f"gpkg://{elsewhere_file}")
    with pytest.raises(Refused, match="Move that file away"):
        restore(settings, file, lambda _: None)
    assert not elsewhere_file.exists()


@pytest.fixture
def elsewhere_file(tmp_path: Path) -> Path:
    """Where no catalogue is yet."""
    return tmp_path / "elsewhere.gpkg"


def test_a_backup_of_a_busy_catalogue_is_of_one_moment(
    database: Database, elsewhere: Database, tmp_path: Path
) -> None:
    """While assets are added each has its first revision in it, or is not in it at all."""
    fill_mixed(database)
    stop = threading.Event()

    def busy() -> None:
        number = 1_000
        while not stop.is_set():
            add(database, [lamppost(number, ref=f"busy-{number}")], first=number)
            number += 1

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        make_backup(database, tmp_path / "busy.backup")
    finally:
        stop.set()
        thread.join()
    restored(elsewhere, tmp_path / "busy.backup")
    with elsewhere.reading() as session:
        lost = session.scalar(
            text(
                """SELECT count(*) FROM asset AS a LEFT JOIN revision AS r
                   ON r.fid = a.fid AND r.version = a.version WHERE r.fid IS NULL"""
            )
        )
        assert lost == 0
        assert session.scalar(text("SELECT count(*) FROM asset")) >= 37


def test_nothing_is_restored_over_a_catalogue(
    database: Database, elsewhere: Database, tmp_path: Path
) -> None:
    """What is there stays there."""
    fill_mixed(database)
    make_backup(database, tmp_path / "a.backup")
    add(elsewhere, [lamppost(1, ref="mine")])
    before = contents(elsewhere)
    with pytest.raises(CanopyError):
        restored(elsewhere, tmp_path / "a.backup")
    assert contents(elsewhere) == before


@pytest.mark.parametrize("harm", ["cut", "changed", "foreign", "empty"])
def test_a_damaged_backup_is_refused(
    database: Database, elsewhere: Database, tmp_path: Path, harm: str
) -> None:
    """By verification and by restoring, which writes nothing."""
    fill_mixed(database)
    file = tmp_path / "a.backup"
    make_backup(database, file)
    whole = file.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    file.write_bytes(
        {"cut": whole[:-500], "changed": flipped, "foreign": b"PK" + b"x" * 999, "empty": b""}[harm]
    )
    with pytest.raises(BadBackup):
        verify_backup(file)
    before = contents(elsewhere)
    with pytest.raises(BadBackup):
        restored(elsewhere, file)
    assert contents(elsewhere) == before


def test_a_backup_does_not_replace_another_by_accident(database: Database, tmp_path: Path) -> None:
    """Unless it is told to."""
    file = tmp_path / "a.backup"
    file.write_text("precious")
    with pytest.raises(CanopyError):
        make_backup(database, file)
    assert file.read_text() == "precious"
    make_backup(database, file, force=True)
    verify_backup(file)
