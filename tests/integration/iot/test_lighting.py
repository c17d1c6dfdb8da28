"""Street lighting in a catalogue: files are matched, readings judged, proposals decided."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from catalogue import ADMIN, all_assets, changes_of
from registers import HEADINGS, ROWS, import_register, write_register

from canopy.assets.editing.writing.writer import nothing_derived
from canopy.concessions.exchange.meter_readings import read_meter_file
from canopy.db.engine import Database
from canopy.errors import ImportRefused, Refused
from canopy.iot.flags import FLAGS
from canopy.iot.lighting import checking, condition, energy, files, posts, queries, taking, talq
from canopy.iot.lighting.judging import Tolerance
from canopy.iot.lighting.streams import resting_on_single
from canopy.iot.store.opening import Readings, store_of
from canopy.iot.store.rows import Batch, ObservationRow
from canopy.iot.things.entries import StreamEntry
from canopy.iot.things.registering import register_all
from canopy.iot.things.tables import Datastream

sys.path.insert(0, str(Path(__file__).parents[3] / "fixtures"))
from lighting_system import Post, write_files

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
HOUR_US = 3_600_000_000
STREAMS = (
    ("powerState", "text", None), ("activePower", "number", "W"),
    ("activeEnergy", "number", "kW.h"), ("tilt", "number", "deg"),
)  # fmt: skip


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Database:
    """Four lampposts with a regime."""
    rows = [(*row, "35/18") for row in ROWS]
    path = write_register(tmp_path / "lighting.csv", rows, (*HEADINGS, "Switch Regime"))
    import_register(database, path)
    return database


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """The files of a lighting management system."""
    posts = [Post(str(r[0]), float(r[1]), float(r[2]), str(r[3]), float(r[4])) for r in ROWS]
    write_files(tmp_path / "lumen", posts)
    return tmp_path / "lumen"


@pytest.fixture
def readings(town: Database) -> Iterator[Readings]:
    opened = Readings(town, 10)
    yield opened
    opened.dispose()


def take(database: Database, system: Path, now: datetime = NOW, **options: bool) -> taking.Taken:
    mapping = files.read_mapping(system / "lumen.toml")
    rows = files.inventory_rows(system / "inventory.csv", mapping)
    return taking.take_inventory(database, "lumen", rows, ADMIN, now, **options)  # type: ignore[arg-type]


def node(database: Database, asset: str, data_class: str = "council") -> dict[str, int]:
    """Register a lamp's node on an asset: its streams by name."""
    entries = [
        (0, StreamEntry(
            asset=asset, source=f"node-{asset}", stream=stream, observed_property=stream,
            definition="urn:lamp", result=result, unit=unit, data_class=data_class,
            purpose="to know", lawful_basis="consent", retention_days=30, owner="Homes",
        ))
        for stream, result, unit in STREAMS
    ]  # fmt: skip
    done = register_all(database, entries, ADMIN, NOW)
    return dict(zip((each[0] for each in STREAMS), done.streams, strict=True))


def tell(
    database: Database, stream: int, begin: datetime, values: list[float | str], step_h: int = 1,
    flags: int = 0,
) -> None:  # fmt: skip
    """A reading each step."""
    start = round(begin.timestamp() * 1_000_000)
    rows = [
        ObservationRow(
            stream, start + at * step_h * HOUR_US, "", None,
            value if isinstance(value, float) else None,
            value if isinstance(value, str) else None, flags, None, None, None,
        )
        for at, value in enumerate(values)
    ]  # fmt: skip
    store = store_of(database, 10)
    store.write(Batch(observations=rows))
    store.close()


def test_an_inventory_is_matched_and_its_mismatches_listed_both_ways(
    town: Database, system: Path
) -> None:
    """By number however written, by place, or not at all; again it changes nothing."""
    assert take(town, system, dry_run=True).added == 4
    first, again = take(town, system), take(town, system, NOW + timedelta(days=1))
    assert dict(first.matches) == {"number": 2, "position": 1, "unmatched": 1}
    assert (first.added, again.added, again.changed, again.unchanged) == (4, 0, 0, 4)
    with town.reading() as session:
        units = [(each.ref, each.match) for each in queries.mismatched_after(session, 0, 10)]
        bare = posts.without_unit(session, town, ADMIN, 0, 10)
    assert units == [("N-900", "unmatched")]
    assert [(place, post.ref) for place, post in bare] == [(4, "LC-4")]


def test_a_unit_that_is_no_longer_listed_is_gone(town: Database, system: Path) -> None:
    """Unless a row failed: it might be that one."""
    take(town, system)
    path = system / "inventory.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], "N-7,LC-4,Mill Lane,B-1,many,35/18,0,0"]))
    broken = take(town, system, NOW + timedelta(days=1))
    assert (broken.gone, [each.column for each in broken.failed]) == (0, ["Watts"])
    path.write_text("\n".join(lines[:3]))
    assert take(town, system, NOW + timedelta(days=2)).gone == 2
    path.write_text("\n".join([*lines[:3], lines[1]]))
    with pytest.raises(ImportRefused, match="'N-1' is there twice"):
        take(town, system)


def test_talq_devices_are_an_inventory_too(town: Database, system: Path) -> None:
    """Matched by the identifier of their asset."""
    rows = talq.device_rows(system / "talq_devices.json")
    done = taking.take_inventory(town, "talq", rows, ADMIN, NOW)
    assert dict(done.matches) == {"number": 3}


def test_a_fault_that_ended_in_a_later_file_is_closed(town: Database) -> None:
    """Once; an end of which no start is known is told with its row."""
    ends = datetime(2026, 11, 2, 9, tzinfo=UTC)
    start = files.FaultRow("d", "lampFailure", "lamp-failure", "", ends - timedelta(days=1), None)
    later = [
        files.FaultEnd("d", "lampFailure", ends, 1),
        files.FaultEnd("d", "supplyLoss", ends, 2),
    ]
    taking.take_faults(town, "talq", [start])
    first, again = (taking.take_faults(town, "talq", later) for _ in range(2))
    assert (first.changed, again.changed, again.unchanged) == (1, 0, 1)
    assert [each.row for each in first.failed] == [2]
    with town.reading() as session:
        assert queries.faults_after(session, 0, 10, with_ended=False) == []


def test_faults_and_burn_hours_are_kept_once(town: Database, system: Path) -> None:
    """A wrong time is told with its row; hours that are not the regime's are listed."""
    take(town, system)
    mapping = files.read_mapping(system / "lumen.toml")
    for known in (0, 2):
        faults = taking.take_faults(town, "lumen", files.fault_rows(system / "faults.csv", mapping))
        burns = taking.take_burn_hours(
            town, "lumen", files.burn_rows(system / "burn_hours.csv", mapping)
        )
        assert (faults.added, faults.unchanged) == (2 - known, known)
        assert (burns.added, burns.unchanged) == (2 - known, known)
    assert [each.sentence()[:24] for each in faults.failed] == ["row 4, column Raised: 's"]
    for said, told in (("repeated_hour", "show twice"), ("time_zone", "no offset from UTC")):
        bare = msgspec.structs.replace(mapping, **{said: None})
        refused = [each for each in files.fault_rows(system / "faults.csv", bare)
                   if isinstance(each, files.Failed)]  # fmt: skip
        assert told in next(each for each in refused if each.row == 3).sentence()
    with town.reading() as session:
        (open_fault,) = queries.faults_after(session, 0, 10, with_ended=False)
        both = queries.faults_after(session, 0, 10, with_ended=True)
        assert (open_fault[0].unit_ref, open_fault[0].kind) == ("N-1", "lamp-failure")
        assert both[1][0].begun_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    found, _ = checking.burn_differences(town, ADMIN, LONDON, 0.1, 0, 100)
    assert [(each.unit_ref, each.hours) for each in found] == [("N-1", 168.0)]
    assert 95 < found[0].expected_hours < 110


def test_readings_are_judged_by_sun_regime_and_wattage(
    town: Database, system: Path, readings: Readings
) -> None:
    """A failed lamp and a day burner are told, a good one is not; lamps of a silent gateway are
    not called failed."""
    take(town, system)
    begin = datetime(2026, 11, 8, 12, tzinfo=UTC)
    night = ["off"] * 5 + ["on"] * 14 + ["off"] * 5
    good, failed, always = node(town, "LC-1"), node(town, "LC-2"), node(town, "LC-3")
    tell(town, good["powerState"], begin, night * 2)
    tell(town, failed["powerState"], begin, night * 2)
    tell(town, failed["activePower"], begin, [0.2] * 48)
    tell(town, always["powerState"], begin, ["on"] * 48)
    window = checking.Window(begin, NOW, LONDON)
    done = checking.check(town, readings, ADMIN, window, Tolerance())
    assert (done.lamps, done.unknown) == (3, [])
    assert {(each.kind, each.name) for each in done.findings} == {
        ("lamp-failure", "lighting:LC-2"), ("day-burner", "lighting:LC-3"),
    }  # fmt: skip
    later = checking.Window(NOW, NOW + timedelta(days=2), LONDON)
    (silent,) = checking.check(town, readings, ADMIN, later, Tolerance()).findings
    assert (silent.kind, silent.name) == ("gateway-silent", "B-1")


def test_a_leaning_column_is_proposed_and_an_officer_decides(
    town: Database, readings: Readings
) -> None:
    """The asset changes when somebody accepts, and its history names the readings."""
    one, other = node(town, "LC-1"), node(town, "LC-2")
    mounted = NOW - timedelta(days=60)
    for streams, lean in ((one, 4.0), (other, 9.0)):
        tell(town, streams["tilt"], mounted, [1.0] * 60)
        tell(town, streams["tilt"], NOW - timedelta(days=2), [1.0 + lean] * 24)
    first, again = (condition.propose(town, readings, ADMIN, NOW) for _ in range(2))
    assert (first.proposed, again.proposed, again.known) == (2, 0, 2)
    assert all("condition" not in each["attributes"] for each in all_assets(town))  # type: ignore[operator]
    with town.reading() as session:
        leaning, falling = queries.proposals_after(session, 0, 10, "open")
        assert (leaning.condition, falling.condition) == (4, 5)
        assert leaning.evidence["datastream"] == one["tilt"]
        first_id, second_id = leaning.id, falling.id
    accepted = condition.accept(town, first_id, ADMIN, NOW, nothing_derived)
    condition.refuse(town, second_id, ADMIN, NOW, "leans since it was planted")
    assert accepted.decided_by == "test-admin"
    lamps = {each["ref"]: each for each in all_assets(town)}
    assert lamps["LC-1"]["attributes"]["condition"] == 4  # type: ignore[index]
    assert "condition" not in lamps["LC-2"]["attributes"]  # type: ignore[operator]
    told = [each.reason or "" for each in changes_of(town, "LC-1")]
    named = f"readings suggest grade 4 (datastream {one['tilt']}, 24 readings)"
    assert any(named in each for each in told)
    assert not any("degrees" in each for each in told)
    assert condition.propose(town, readings, ADMIN, NOW).proposed == 0
    with pytest.raises(Refused, match="was refused by test-admin already"):
        condition.accept(town, second_id, ADMIN, NOW, nothing_derived)


def test_nothing_is_told_by_readings_of_personal_risk(
    town: Database, system: Path, readings: Readings
) -> None:
    """Neither judged, billed nor proposed by, and told as left out; a proposal whose datastream
    became such is neither told nor decided."""
    take(town, system)
    home, other = node(town, "LC-1", "personal-risk"), node(town, "LC-2")
    begin = NOW - timedelta(days=2)
    for streams in (home, other):
        tell(town, streams["powerState"], begin, ["on"] * 48)
        tell(town, streams["activeEnergy"], begin, [float(at) for at in range(48)])
        tell(town, streams["tilt"], NOW - timedelta(days=60), [1.0] * 60)
        tell(town, streams["tilt"], begin, [12.0] * 24)
    done = checking.check(town, readings, ADMIN, checking.Window(begin, NOW, LONDON), Tolerance())
    assert (done.lamps, done.left_out.total()) == (1, 3)
    assert {each.name for each in done.findings} == {"lighting:LC-2"}
    left_out: Counter[str] = Counter()
    months = [(begin, begin + timedelta(hours=40))]
    energies = energy.monthly(town, readings, ADMIN, months, left_out=left_out)
    assert ([each.meter for each in energies], left_out.total()) == (["LC-2"], 1)
    proposed = condition.propose(town, readings, ADMIN, NOW)
    assert (proposed.proposed, proposed.left_out) == (1, 1)
    with town.writing() as session:
        (one,) = queries.proposals_after(session, 0, 10, "open")
        number = one.id
        stream = session.get(Datastream, other["tilt"])
        assert stream is not None
        stream.data_class = "personal-risk"
    with town.reading() as session:
        open_ones = queries.proposals_after(session, 0, 10, "open")
        assert resting_on_single(session, open_ones) == []
    with pytest.raises(Refused, match="rests on a datastream of personal risk"):
        condition.accept(town, number, ADMIN, NOW, nothing_derived)
    with pytest.raises(Refused, match="rests on a datastream of personal risk"):
        condition.refuse(town, number, ADMIN, NOW, "no")


def test_metered_energy_is_a_file_for_the_recharge(
    town: Database, readings: Readings, tmp_path: Path
) -> None:
    """Its reader takes it; a month between readings is estimated, one without is left out."""
    sure, unsure = node(town, "LC-1"), node(town, "LC-2")
    begin = datetime(2026, 10, 1, tzinfo=LONDON).astimezone(UTC)
    tell(town, sure["activeEnergy"], begin, [float(at) for at in range(32)], step_h=24)
    tell(town, unsure["activeEnergy"], begin - timedelta(days=10), [0.0, 60.0], step_h=24 * 60)
    months = energy.months_of(date(2026, 9, 1), 3, LONDON)
    path = tmp_path / "energy.csv"
    assert energy.write_csv(path, energy.monthly(town, readings, ADMIN, months)) == 2
    found = read_meter_file(path, None)
    (one,), (other,) = found.intervals["LC-1"], found.intervals["LC-2"]
    assert (one.start, one.kwh, one.is_estimated) == (begin, Decimal("31.000"), False)
    assert other.is_estimated
    assert other.kwh == pytest.approx(Decimal("31.042"), abs=Decimal("0.001"))


def test_a_month_in_which_a_register_fell_is_left_out(town: Database, readings: Readings) -> None:
    """Also where it recovers within; one with a reading in doubt is estimated, as for agreements,
    at its end or within."""
    begin = datetime(2026, 10, 1, tzinfo=LONDON).astimezone(UTC)
    end = datetime(2026, 11, 1, tzinfo=LONDON).astimezone(UTC)
    fallen, within, at_end, late = (node(town, f"LC-{at}")["activeEnergy"] for at in range(1, 5))
    tell(town, fallen, begin, [100.0])
    tell(town, fallen, begin + timedelta(days=14), [1000.0, 0.0], step_h=24)
    tell(town, fallen, end, [150.0])
    for stream, at, flag in (
        (within, begin + timedelta(days=9), "unlikely"), (at_end, end, "no-time"),
        (late, end, "late"),
    ):  # fmt: skip
        tell(town, stream, begin, [100.0])
        tell(town, stream, at, [150.0], flags=FLAGS[flag])
    tell(town, within, end, [160.0])
    months = energy.months_of(date(2026, 10, 1), 1, LONDON)
    told = {each.meter: each for each in energy.monthly(town, readings, ADMIN, months)}
    assert {name: (str(each.kwh), each.is_estimated) for name, each in told.items()} == {
        "LC-2": ("60.000", True), "LC-3": ("50.000", True), "LC-4": ("50.000", False),
    }  # fmt: skip
