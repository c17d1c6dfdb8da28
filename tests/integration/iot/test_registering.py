"""Things and datastreams are registered on assets: all of a file or nothing, twice the same."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from catalogue import ADMIN, all_assets
from registers import import_register, write_register
from sqlalchemy import func, select

from canopy.db.engine import Database
from canopy.errors import BadSource, ImportRefused, NotFound, Refused
from canopy.iot.things import queries, registering
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.entry_files import read_entries
from canopy.iot.things.registering import Registered, register_all
from canopy.iot.things.registry import MEASUREMENT, Registry, Stream
from canopy.iot.things.tables import Datastream, HistoricalLocation, Thing

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 5, 1, 12, tzinfo=UTC)
HEADINGS = "asset,source,stream,observed_property,definition,unit,low,high,data_class"
TEMPERATURE = "Air temperature,http://qudt.org/vocab/quantitykind/Temperature,Cel"
FILE = f"""{HEADINGS}
lighting:LC-1,probe-1,air,{TEMPERATURE},-40,60,open
lighting:LC-1,probe-1,humidity,Relative humidity,http://qudt.org/vocab/quantitykind/RelativeHumidity,%,0,100,open
LC-2,probe-2,air,{TEMPERATURE},-40,60,council
"""


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Database:
    """A catalogue with four lampposts."""
    import_register(database, write_register(tmp_path / "lighting.csv"))
    return database


def _file(folder: Path, text: str = FILE) -> Path:
    path = folder / "things.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _import(
    database: Database, folder: Path, text: str = FILE, now: datetime = NOW, **options: bool
) -> Registered:
    return register_all(
        database, read_entries(_file(folder, text)), ADMIN, now, name="things.csv", **options
    )


def _counts(done: Registered) -> tuple[int, int, int, int, int]:
    return done.things, done.moved, done.added, done.changed, done.unchanged


def _things(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Thing)) or 0


def test_a_file_makes_things_on_their_assets(town: Database, tmp_path: Path) -> None:
    """Two devices with three streams, each Thing where its asset is."""
    assert _counts(_import(town, tmp_path)) == (2, 0, 3, 0, 0)
    lamps = {asset["ref"]: asset for asset in all_assets(town)}
    with town.reading() as session:
        (thing,) = queries.things_named(session, "probe-1")
        place = queries.present_location(session, thing.id)
        streams = queries.streams_of_thing(session, thing.id)
        assert thing.asset_id == lamps["LC-1"]["asset_id"]
        assert place is not None
        assert place.geom is not None
        assert (place.geom.x, place.geom.y) == (430100.25, 280200.5)
        assert [each.stream for each in streams] == ["air", "humidity"]
        assert streams[0].observation_type == MEASUREMENT


def test_the_ingester_knows_what_was_registered(town: Database, tmp_path: Path) -> None:
    """Its registry has the streams, with their limits, at the next look."""
    registry = Registry(town)
    registry.refresh()
    _import(town, tmp_path)
    assert registry.refresh()
    found = registry.streams["probe-1", "air"]
    assert found == Stream(id=found.id, takes="number", unit="Cel", low=-40, high=60)


def test_the_same_file_again_changes_nothing(town: Database, tmp_path: Path) -> None:
    """And a cell that differs changes its one stream."""
    _import(town, tmp_path)
    assert _counts(_import(town, tmp_path, now=LATER)) == (0, 0, 0, 0, 3)
    registry = Registry(town)
    registry.refresh()
    changed = FILE.replace(",%,0,100,open", ",%,0,101,open")
    assert _counts(_import(town, tmp_path, changed, LATER)) == (0, 0, 0, 1, 2)
    assert registry.refresh()
    assert registry.streams["probe-1", "humidity"].high == 101


def test_a_dry_run_writes_nothing(town: Database, tmp_path: Path) -> None:
    """It counts what would be done."""
    assert _counts(_import(town, tmp_path, dry_run=True)) == (2, 0, 3, 0, 0)
    assert _things(town) == 0


def test_a_device_on_another_asset_has_moved(town: Database, tmp_path: Path) -> None:
    """Its old place stays in its history."""
    _import(town, tmp_path)
    moved = FILE.replace("LC-2,probe-2", "LC-3,probe-2")
    assert _counts(_import(town, tmp_path, moved, LATER)) == (0, 1, 0, 0, 3)
    with town.reading() as session:
        (thing,) = queries.things_named(session, "probe-2")
        place = queries.present_location(session, thing.id)
        times = session.scalars(
            select(HistoricalLocation.at).where(HistoricalLocation.thing_id == thing.id)
        ).all()
        assert place is not None
        assert place.geom is not None
        assert place.geom.x == 430160
    assert sorted(times) == [NOW, LATER]


def test_a_thing_may_be_beside_its_asset(town: Database) -> None:
    """Its own longitude and latitude place it: OSTN15's test point TP01."""
    wanted = (91492.146, 11318.804)
    entry = StreamEntry(
        asset="LC-1", source="probe-9", stream="air", observed_property="Air temperature",
        definition="http://qudt.org/vocab/quantitykind/Temperature", longitude=-6.29977752014,
        latitude=49.92226393730, height_m=4.0,
    )  # fmt: skip
    register_all(town, [(0, entry)], ADMIN, NOW)
    with town.reading() as session:
        (thing,) = queries.things_named(session, "probe-9")
        place = queries.present_location(session, thing.id)
        assert place is not None
        assert place.geom is not None
        assert place.height_m == 4.0
        assert (place.geom.x, place.geom.y) == pytest.approx(wanted, abs=0.01)


WRONG = [
    ("LC-2,probe-2", "LC-9,probe-2", "row 4, column asset: There is no asset 'LC-9'"),
    (",%,0,", ",%,none,", "row 3, column low: 'none' is no number"),
    (",%,0,100", ",%,200,100", "row 3, column high: 100 is below low, which is 200"),
    ("Cel,-40,60,open", "°C,-40,60,open", "row 2, column unit: '°C' is no UCUM code; write Cel"),
    ("60,open", "60,secret", "row 2, column data_class: 'secret' is none of open, council"),
    ("60,open", "60,personal-risk", "row 2, column purpose: must be given where"),
    (",humidity,", ",air,", "row 3, column stream: row 2 names the same source and stream"),
    ("http://qudt.org/vocab/quantitykind/Relative", "Relative", "row 3, column definition: must"),
    ("lighting:LC-1,probe-1,h", "LC-3,probe-1,h", "row 3, column asset: row 2 has the same Thing"),
    ("60,council", "60,council,more", "row 4, column data_class: more cells follow"),
]


@pytest.mark.parametrize(("right", "wrong", "told"), WRONG, ids=[each[2][:28] for each in WRONG])
def test_a_wrong_cell_is_named_and_nothing_is_written(
    town: Database, tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    """With its row and column."""
    assert FILE.count(right) >= 1
    with pytest.raises(ImportRefused) as refused:
        _import(town, tmp_path, FILE.replace(right, wrong, 1))
    assert told in refused.value.detail
    assert _things(town) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FILE.replace("low,", "lowest,"), "row 1: 'lowest' is no column"),
        (FILE.replace(",definition", ",name", 1), "row 1: the column 'definition' is missing"),
        (HEADINGS + "\n", "has no rows"),
        (FILE.replace("data_class", "low"), "row 1: there are two columns 'low'"),
    ],
)
def test_a_wrong_heading_is_named(tmp_path: Path, text: str, told: str) -> None:
    """Before any row is read."""
    with pytest.raises(BadSource) as refused:
        read_entries(_file(tmp_path, text))
    assert told in refused.value.detail


def test_a_withdrawn_asset_carries_nothing(town: Database, tmp_path: Path) -> None:
    """It is named with its row."""
    import_register(
        town, write_register(tmp_path / "fewer.csv", [("LC-1", 430100.25, 280200.5, "x", 35, 8)]),
        withdraw_missing=True,
    )  # fmt: skip
    with pytest.raises(ImportRefused, match=r"row 4, column asset: The asset 'LC-2' has been with"):
        _import(town, tmp_path)


def test_a_withdrawn_thing_takes_no_readings_until_it_is_registered_again(
    town: Database, tmp_path: Path
) -> None:
    """The registry leaves its streams out; the same file brings them back."""
    _import(town, tmp_path)
    with town.writing() as session:
        registering.withdraw(session, "probe-1", LATER)
    registry = Registry(town)
    registry.refresh()
    assert set(registry.streams) == {("probe-2", "air")}
    with town.writing() as session, pytest.raises(Refused, match="was withdrawn on 2026-05-01"):
        registering.withdraw(session, "probe-1", LATER)
    assert _counts(_import(town, tmp_path, now=LATER)) == (0, 0, 0, 2, 1)
    registry.refresh()
    assert ("probe-1", "air") in registry.streams


def test_an_unknown_thing_is_told(town: Database) -> None:
    """With where the known ones are listed."""
    with town.reading() as session, pytest.raises(NotFound, match="thing list"):
        registering.one_thing(session, "nobody")


def test_a_stream_that_names_no_device_is_of_the_thing_of_its_name(town: Database) -> None:
    """Two of them on one asset are one Thing, on another asset another."""

    def entry(stream: str, asset: str) -> tuple[int, StreamEntry]:
        return 0, StreamEntry(
            asset=asset, stream=stream, thing="Weather", observed_property="Rain",
            definition="urn:rain",
        )  # fmt: skip

    register_all(town, [entry("s1", "LC-1")], ADMIN, NOW)
    register_all(town, [entry("s2", "LC-1")], ADMIN, NOW)
    register_all(town, [entry("s3", "LC-2")], ADMIN, NOW)
    with town.reading() as session:
        things = [len(queries.streams_of_thing(session, thing.id))
                  for thing in queries.things_named(session, "Weather")]  # fmt: skip
        assert things == [2, 1]
        assert session.scalar(select(func.count()).select_from(Datastream)) == 3
