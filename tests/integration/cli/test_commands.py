"""The other commands: what they print, where they write, and how they end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from addresses import url_of
from catalogue import all_assets, edit
from command_outcome import Canopy
from registers import import_register, write_register
from sqlalchemy import text

from canopy import __version__
from canopy.cli.application import COMMANDS, GROUPS
from canopy.db.engine import Database

SECRET = re.compile(r"^canopy_\S{43}$", re.MULTILINE)
WARD = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"WD24NM": "Mill", "WD24CD": "E05000001"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[-1.57, 52.40], [-1.55, 52.40], [-1.55, 52.43], [-1.57, 52.43], [-1.57, 52.40]]
                ],
            },
        }
    ],
}


@pytest.fixture
def lamps(database: Database, tmp_path: Path) -> None:
    """Four lampposts in the catalogue."""
    import_register(database, write_register(tmp_path / "a.csv"), reason="2018 survey")


def test_help_lists_every_command(canopy: Canopy) -> None:
    """A newcomer sees all there is, and where to begin."""
    told = canopy("--help")
    assert told.code == 0
    assert [name for name in (*COMMANDS, *GROUPS) if f" {name} " not in told.out] == []
    assert "canopy import FILE" in told.out


@pytest.mark.parametrize("name", [*COMMANDS, *GROUPS])
def test_every_command_has_help(canopy: Canopy, name: str) -> None:
    """Each command explains itself, though only its own module is loaded."""
    told = canopy(name, "--help")
    assert told.code == 0
    assert f"canopy {name}" in told.out


def test_unknown_command_is_2(canopy: Canopy) -> None:
    """A command that is not there is wrong usage, and names the near one."""
    told = canopy("imprt")
    assert told.code == 2
    assert "imprt" in told.err


def test_version_is_printed(canopy: Canopy) -> None:
    """The version, and nothing else."""
    assert canopy("--version").out == f"canopy {__version__}\n"


def test_init_twice_shows_the_first_admin_once(
    canopy: Canopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run finds everything in place and shows no secret."""
    monkeypatch.setenv("CANOPY_DB_URL", f"gpkg://{tmp_path / 'town.gpkg'}")
    first, second = canopy("init"), canopy("init")
    assert (first.code, second.code) == (0, 0)
    assert len(SECRET.findall(first.out)) == 1
    assert SECRET.findall(second.out) == []
    assert f"{tmp_path / 'town.gpkg'} is ready: EPSG:27700" in second.out


@pytest.mark.parametrize(
    "words",
    [
        ("export", "--out", "x.csv"), ("map", "--out", "m.html"), ("asset", "history", "LC-1"),
        ("token", "list"), ("job", "list"), ("reconcile",),
    ],
)  # fmt: skip
def test_missing_catalogue_says_init(
    canopy: Canopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Commands that read do not create a catalogue; they name the command that does."""
    monkeypatch.setenv("CANOPY_DB_URL", f"gpkg://{tmp_path / 'none.gpkg'}")
    told = canopy(*words)
    assert told.code == 1
    assert "canopy init" in told.err
    assert not (tmp_path / "none.gpkg").exists()


def test_wrong_setting_is_told_without_its_value(
    canopy: Canopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting that cannot be used is named; its value may be a secret."""
    monkeypatch.setenv("CANOPY_DB_URL", "mysql://root:hunter2@host/db")
    told = canopy("doctor")
    assert told.code == 1
    assert "CANOPY_DB_URL" in told.err
    assert "hunter2" not in told.err + told.out


@pytest.mark.usefixtures("lamps")
def test_history_fits_a_narrow_terminal(town: Canopy, database: Database) -> None:
    """Field names are whole, geometry is WKT, and each change is one line."""
    edit(database, "LC-1", height_m=10.0)
    told = town("asset", "history", "lighting/LC-1")
    lines = told.out.splitlines()
    assert told.code == 0
    assert lines[0].startswith("lamppost ")
    assert "  attributes.lamp_w: 35.0" in lines
    assert "  geom: POINT (430100.25 280200.5)" in lines
    assert "  height_m: 8.0 -> 10.0" in lines
    assert any(re.match(r"version 1, created .* UTC by officer: 2018 survey", x) for x in lines)


@pytest.mark.usefixtures("lamps")
def test_history_of_nothing_is_refused(town: Canopy) -> None:
    """A ref that is not there ends with 1."""
    told = town("asset", "history", "LC-77")
    assert told.code == 1
    assert "'LC-77'" in told.err


@pytest.mark.usefixtures("lamps")
def test_export_writes_what_was_chosen(town: Canopy, tmp_path: Path) -> None:
    """A filter chooses; the ending decides the format; the count is told."""
    told = town("export", "--out", "lamps.geojson", "--filter", "height_m>=8")
    assert told.code == 0
    assert told.out.startswith("Wrote 2 assets to lamps.geojson (geojson, ")
    features = json.loads((tmp_path / "lamps.geojson").read_text())["features"]
    assert len(features) == 2


@pytest.mark.parametrize(
    ("words", "code", "word"),
    [
        (("--out", "x.docx"), 2, "--format"),
        (("--out", "x.csv", "--filter", "no such"), 1, "no such"),
        (("--out", "x.csv", "--filter", "wattage=3"), 1, "wattage"),
        (("--out", "x.csv", "--bbox", "1,2,3"), 1, "four numbers"),
        (("--out", "x.csv", "--as-of", "yesterday"), 1, "2026-01-31T12:00:00Z"),
    ],
)
@pytest.mark.usefixtures("lamps")
def test_export_that_cannot_be_says_why(
    town: Canopy, tmp_path: Path, words: tuple[str, ...], code: int, word: str
) -> None:
    """Each refusal names what is wrong, and leaves no file behind."""
    told = town("export", *words)
    assert told.code == code
    assert word in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv"]


@pytest.mark.usefixtures("lamps")
def test_map_is_one_file(town: Canopy, tmp_path: Path) -> None:
    """The map is written and its size and audience told; another ending is refused."""
    told = town("map", "--out", "town.html")
    assert told.code == 0
    assert re.match(r"Wrote 4 assets to town.html \(\d\.\d MB, for public\)\.", told.out)
    assert (tmp_path / "town.html").read_text().startswith("<!")
    assert town("map", "--out", "town.pdf").code == 1


def test_map_names_a_folder_that_is_not_there(town: Canopy) -> None:
    """It is refused as a sentence, before anything is rendered."""
    told = town("map", "--out", "maps/town.html")
    assert told.code == 1
    assert "There is no folder maps" in told.err


def test_demo_makes_the_folder_of_its_map(town: Canopy, tmp_path: Path) -> None:
    """Where the map lies in var/, as beside PostGIS, that need not be there before."""
    (tmp_path / "manifest.json").write_text('{"assets": []}')
    told = town("demo", "--dir", ".")
    assert told.code == 0, told.err
    assert "Map of 0 assets written to" in told.out


def test_demo_refuses_agreements_about_assets_that_are_not_there(
    town: Canopy, tmp_path: Path
) -> None:
    """As `canopy register add` does: by the place in the terms, and nothing is added."""
    guide = (Path(__file__).parents[3] / "docs" / "how-to" / "concessions.md").read_text("utf-8")
    (terms,) = re.findall(r'```toml title="small-cells.toml"\n(.*?)```', guide, flags=re.DOTALL)
    (tmp_path / "a.toml").write_text(terms + '\n[[assets]]\nref = "NOWHERE"\n')
    listed = [{"file": "a.toml", "status": "active", "since": "2026-04-01"}]
    (tmp_path / "manifest.json").write_text(json.dumps({"assets": [], "agreements": listed}))
    told = town("demo", "--dir", ".")
    assert (told.code, "assets[0].ref: the catalogue has no asset NOWHERE" in told.err) == (1, True)
    assert "CON-A" not in town("register", "list").out


def test_token_is_made_listed_and_revoked(town: Canopy) -> None:
    """The secret is shown once; the list has name, role and end, and then the revocation."""
    made = town("token", "create", "acme-telecom", "--role", "operator", "--days", "90")
    assert made.code == 0
    (secret,) = SECRET.findall(made.out)
    listed = town("token", "list")
    assert "acme-telecom" in listed.out
    assert "operator" in listed.out
    assert secret not in listed.out
    assert town("token", "revoke", "acme-telecom").code == 0
    assert town("token", "revoke", "acme-telecom").code == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("Acme!", "--role", "operator"), 1), (("acme", "--role", "king"), 2),
        (("acme", "--role", "public"), 1), (("acme", "--role", "admin", "--days", "0"), 1),
        (("acme",), 2),
    ],
)  # fmt: skip
def test_token_that_cannot_be_is_refused(town: Canopy, words: tuple[str, ...], code: int) -> None:
    """A wrong name, role or life makes no token."""
    assert town("token", "create", *words).code == code
    assert SECRET.findall(town("token", "list").out) == []


@pytest.mark.usefixtures("lamps")
def test_areas_are_loaded_and_assets_placed(
    town: Canopy, database: Database, tmp_path: Path
) -> None:
    """Wards from a file get their names found, and every asset its ward."""
    (tmp_path / "wards.geojson").write_text(json.dumps(WARD))
    told = town("area", "import", "wards.geojson", "--kind", "ward", "--source", "ons")
    assert told.code == 0, told.err
    assert "Stored 1 areas of kind ward" in told.out
    assert "4 assets changed ward" in told.out
    assert {asset["ward"] for asset in all_assets(database)} == {"Mill"}


def test_reconcile_tells_what_it_did(town: Canopy, database: Database, tmp_path: Path) -> None:
    """Nothing written from outside: nothing to do, and exit code 0."""
    told = town("reconcile")
    assert told.code == 0
    assert told.out.startswith("0 rows were written by other programs")


def test_reconcile_puts_back_and_says_so(
    canopy: Canopy, gpkg_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invalid outside change is put back, the row is named, and the exit code is 1."""
    monkeypatch.setenv("CANOPY_DB_URL", url_of(gpkg_database))
    import_register(gpkg_database, write_register(tmp_path / "a.csv"))
    with gpkg_database.connected() as connection, connection.begin():
        connection.execute(text("UPDATE asset SET status = 'broken' WHERE ref = 'LC-2'"))
    told = canopy("reconcile")
    assert told.code == 1
    assert "1 put back" in told.out
    assert "LC-2" in told.err
    assert canopy("reconcile").code == 0


def test_jobs_are_listed_and_worked_off(town: Canopy) -> None:
    """An empty queue is an empty table; working it off ends at once."""
    assert town("job", "list").code == 0
    assert town("job", "work", "--once").code == 0
    assert town("job", "cancel", "99").code == 1
    assert town("job", "cancel", "0").code == 2


@pytest.mark.usefixtures("lamps")
def test_doctor_finds_a_healthy_catalogue(town: Canopy, database: Database) -> None:
    """Every finding is ok, the assets are counted, and there is no secret in it."""
    told = town("doctor", "--json")
    findings = {each["name"]: each for each in json.loads(told.out)}
    assert told.code == 0
    assert {each["state"] for each in findings.values()} <= {"ok", "warn"}
    assert findings["content"]["detail"] == "4 assets (lamppost 4)"
    assert findings["schema"]["state"] == "ok"
    assert "TP01" in findings["coordinates"]["detail"]
    assert {"name", "state", "detail", "way_out"} == findings["python"].keys()


def test_doctor_before_the_first_start(
    canopy: Canopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A catalogue that is not there yet is a warning with the command to run, not a failure."""
    monkeypatch.setenv("CANOPY_DB_URL", f"gpkg://{tmp_path / 'none.gpkg'}")
    told = canopy("doctor")
    assert told.code == 0
    assert "canopy init" in told.out
    assert not (tmp_path / "none.gpkg").exists()


def test_doctor_names_an_unreachable_server(
    canopy: Canopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not answer is a failure with its address, without its password."""
    monkeypatch.setenv("CANOPY_DB_URL", "postgresql+psycopg://me:hunter2@127.0.0.1:1/none")
    told = canopy("doctor")
    assert told.code == 1
    assert "127.0.0.1:1" in told.out
    assert "hunter2" not in told.out + told.err


@pytest.mark.postgis
def test_doctor_misses_postgis(
    canopy: Canopy, postgis_databases: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PostgreSQL database without PostGIS is told, with the statement that mends it."""
    url = postgis_databases.unmigrated()  # type: ignore[attr-defined]
    monkeypatch.setenv("CANOPY_DB_URL", url)
    told = canopy("doctor")
    assert "CREATE EXTENSION postgis" in told.out
    assert "Traceback" not in told.err


@pytest.mark.parametrize(("words", "code"), [(("init",), 0), (("token", "list"), 1), (("x",), 2)])
def test_exit_codes_of_the_process(tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    """The codes are those of the real process too."""
    command = [sys.executable, "-m", "canopy", *words]
    environment = {**os.environ, "CANOPY_DB_URL": f"gpkg://{tmp_path / f'{code}.gpkg'}"}
    ended = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    assert ended.returncode == code
