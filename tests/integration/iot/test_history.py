"""Past readings come out of files once, flagged and placed, and what fails says where it stands."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from catalogue import ADMIN
from registers import import_register, write_register
from sqlalchemy import select

from canopy.db.engine import Database
from canopy.errors import BadSource, ImportRefused
from canopy.iot.flags import names
from canopy.iot.history.importing import Failed, History, import_history
from canopy.iot.history.mapping import HistoryMapping, loads
from canopy.iot.ingest.sorting import Bounds
from canopy.iot.store.opening import Readings, ReadingStore, store_of
from canopy.iot.store.tables import DeadLetter, HeldObservation, Observation
from canopy.iot.things import queries
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.registering import register_all
from canopy.iot.things.registry import streams_of

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BOUNDS = Bounds(timedelta(hours=24), timedelta(days=3_000))
WEEK = """sensor_id;sensor_type;location;lat;lon;timestamp;P1;durP1;ratioP1;P2;durP2;ratioP2
7;SDS011;1;52.4;-1.54;2026-03-01T00:00:15;23.07;;;10.90;;
7;SDS011;1;52.4;-1.54;2026-03-01T00:02:44;1999.90;;;999.90;;
7;SDS011;1;52.4;-1.54;2026-03-01T00:05:16;n/a;;;10.63;;
7;SDS011;2;52.41;-1.54;2026-03-02T00:00:00;9.5;;;4.1;;
9;SDS011;3;52.5;-1.6;2026-03-02T00:00:00;9.5;;;4.1;;
"""
COMMUNITY = 'format = "sensor-community"\ntime_zone = "UTC"\n'
COLUMNS = """
format = "columns"
time_zone = "Europe/London"
source_is = "7"
time = "When it was"
[[values]]
column = "PM (10)"
stream = "P1"
unit = "ug/m3"
saturated_from = 500.0
"""


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Database:
    """A catalogue in which device 7 stands on a lamppost and has two streams."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    entries = [
        (0, StreamEntry(
            asset="LC-1", source="7", stream=stream, observed_property=stream, unit="ug/m3",
            definition="http://qudt.org/vocab/quantitykind/MassConcentration", high=2_000.0,
            gateway="roof",
        ))
        for stream in ("P1", "P2")
    ]  # fmt: skip
    register_all(database, entries, ADMIN, NOW)
    return database


@pytest.fixture
def store(town: Database) -> Iterator[ReadingStore]:
    opened = store_of(town, 10)
    yield opened
    opened.close()


@pytest.fixture
def readings(town: Database) -> Iterator[Readings]:
    opened = Readings(town, 10)
    yield opened
    opened.dispose()


def write(folder: Path, text: str, name: str = "week.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def imported(
    database: Database, store: ReadingStore | None, path: Path, mapping: str | HistoryMapping,
    told: list[Failed] | None = None, most_failed: int = 1_000,
) -> History:  # fmt: skip
    with database.reading() as session:
        streams = streams_of(session)
    said = loads(mapping) if isinstance(mapping, str) else mapping
    tell = (lambda failed: None) if told is None else told.append
    return import_history(
        database, store, path, said, streams, BOUNDS, NOW, most_failed=most_failed, tell=tell
    )


def test_a_week_is_stored_once(
    town: Database, store: ReadingStore, readings: Readings, tmp_path: Path
) -> None:
    """Saturated values are flagged, unknown devices held, a wrong cell is a dead letter; the same
    file again adds nothing."""
    path, told = write(tmp_path, WEEK), list[Failed]()
    first = imported(town, store, path, COMMUNITY, told)
    again = imported(town, store, path, COMMUNITY)
    with readings.reading() as session:
        rows = session.scalars(select(Observation).order_by(Observation.phenomenon_time)).all()
        held = session.scalars(select(HeldObservation.source)).all()
        letters = session.scalars(select(DeadLetter)).all()
    assert (first.stored, first.held, first.failed, first.flags["saturated"]) == (7, 2, 1, 2)
    assert (again.stored, again.held, again.known, again.places) == (0, 0, 9, 0)
    assert {each.result for each in rows if "saturated" in names(each.flags)} == {1999.9, 999.9}
    assert all("historical" in names(each.flags) for each in rows)
    assert set(held) == {"9"}
    assert [tuple(each)[:4] for each in told] == [("week.csv", 4, "P1", "bad-value")]
    assert [(each.topic, each.part, each.times) for each in letters] == [
        ("history/week.csv", "row 4, column P1", 2)
    ]
    assert b"n/a" in letters[0].body


def test_a_device_that_moved_was_elsewhere_before(
    town: Database, store: ReadingStore, tmp_path: Path
) -> None:
    """Each place begins when the first reading there was taken; where the Thing is now stays."""
    done = imported(town, store, write(tmp_path, WEEK), COMMUNITY)
    with town.reading() as session:
        thing = queries.thing_of_source(session, "7")
        assert thing is not None
        places = queries.places_of_thing(session, thing.id)
        now = queries.present_location(session, thing.id)
        assert now is not None
        assert now.geom is not None
        assert (now.geom.x, now.geom.y) == (430100.25, 280200.5)
    assert done.places == 2
    assert [at.isoformat() for at, _ in places] == [
        "2026-03-01T00:00:15+00:00", "2026-03-02T00:00:00+00:00", NOW.isoformat(),
    ]  # fmt: skip
    assert 1_000 < places[0][1].distance(places[1][1]) < 1_200


def test_times_without_an_offset_are_refused_until_declared(
    town: Database, store: ReadingStore, readings: Readings, tmp_path: Path
) -> None:
    """The refusal names file, row and column, and nothing is written."""
    with pytest.raises(ImportRefused, match=r"week.csv: row 2, column timestamp"):
        imported(town, store, write(tmp_path, WEEK), 'format = "sensor-community"')
    with readings.reading() as session:
        assert not session.scalars(select(DeadLetter)).all()


def test_hours_that_clocks_repeat_or_leave_out_are_told(
    town: Database, store: ReadingStore, readings: Readings, tmp_path: Path
) -> None:
    """What comes again in the repeated hour is of its second time round, the missing one fails."""
    text = (
        "When it was,PM (10)\n2026-10-25 01:30:00,4\n2026-10-25 01:30:00,6\n"
        "2026-03-29 01:30:00,5\n2026-07-01 12:00:00,700\n"
    )
    told = list[Failed]()
    done = imported(town, store, write(tmp_path, text), COLUMNS, told)
    with readings.reading() as session:
        rows = session.scalars(select(Observation).order_by(Observation.phenomenon_time)).all()
    assert [(each.phenomenon_time.isoformat(), each.result) for each in rows] == [
        ("2026-07-01T11:00:00+00:00", 700), ("2026-10-25T00:30:00+00:00", 4),
        ("2026-10-25T01:30:00+00:00", 6),
    ]  # fmt: skip
    assert (done.flags["ambiguous-local-time"], done.flags["saturated"]) == (2, 1)
    assert done.second_times == 1
    assert any("second time round" in each for each in done.sentences())
    assert [(each.row, each.column, each.kind) for each in told] == [(4, "When it was", "bad-time")]


def test_a_dry_run_writes_nothing(
    town: Database, readings: Readings, tmp_path: Path
) -> None:  # fmt: skip
    """It tells what would come of the file."""
    done = imported(town, None, write(tmp_path, WEEK), COMMUNITY)
    with readings.reading() as session:
        assert session.scalars(select(Observation)).first() is None
        assert session.scalars(select(DeadLetter)).first() is None
    assert (done.readings, done.failed, done.held) == (9, 1, 2)


def test_many_failures_end_the_import(
    town: Database, store: ReadingStore, tmp_path: Path
) -> None:  # fmt: skip
    """A mapping that does not fit is told, and does not fill the dead letters."""
    rows = "".join(f"2026-07-01 12:{at:02}:00,x\n" for at in range(60))
    done = imported(
        town, store, write(tmp_path, "When it was,PM (10)\n" + rows), COLUMNS, most_failed=10
    )
    assert (done.failed, done.rows) == (11, 11)
    assert "row 12" in done.stopped


def test_a_zip_is_read_file_by_file(town: Database, store: ReadingStore, tmp_path: Path) -> None:
    """Names in the report are those inside of it."""
    path, told = tmp_path / "all.zip", list[Failed]()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("7/one.csv", WEEK)
        archive.writestr("9/two.csv", WEEK.splitlines()[0] + "\n9;SDS011;3;52.5;-1.6;x;1;;;2;;\n")
        archive.writestr("README", "no CSV")
    done = imported(town, store, path, COMMUNITY, told)
    assert done.rows == 6
    assert [(each.file, each.row, each.column) for each in told] == [
        ("all.zip/7/one.csv", 4, "P1"), ("all.zip/9/two.csv", 2, "timestamp"),
    ]  # fmt: skip


def test_a_file_without_a_column_is_refused(town: Database, tmp_path: Path) -> None:
    """The missing heading is named."""
    with pytest.raises(BadSource, match=r"row 1 has no column 'PM \(10\)'"):
        imported(town, None, write(tmp_path, "When it was,PM\n"), COLUMNS)


@pytest.mark.real_data
def test_the_week_in_aberdeen_is_sorted_whole(gpkg_database: Database, real_data: Path) -> None:
    """48,080 rows of 16 sensors; 28 values lie at the end of the sensor's range."""
    path = real_data / "data/iot/aberdeen_luftdaten_2019-03-01_07.zip"
    done = imported(gpkg_database, None, path, COMMUNITY)
    assert (done.rows, done.readings, done.failed) == (48_080, 96_160, 0)
    assert (done.flags["saturated"], len(done.unknown)) == (28, 16)
