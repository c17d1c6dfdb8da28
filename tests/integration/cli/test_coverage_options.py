"""Every option of ``canopy coverage run``, and a run from one file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import rasterio
import run_files
from addresses import url_of
from coverage_town import write_inputs
from typer.testing import CliRunner

from canopy.access.rules import Role
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.cli.application import application
from canopy.db.engine import Database
from canopy.errors import Refused

RUN_FILE = """
name = "Town"
technology = "lte-1800"
area = "wards.geojson"
area_id = "code"
area_name = "name"
sites = ["radio/sites.csv"]
resolution_m = 25
formats = ["cog", "csv"]

[people]
zones = "wards.geojson"
counts = "people.csv"
zone_id = "code"
counts_id = "code"
count = "people"
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with all inputs of the town, and the working folder another one."""
    folder = write_inputs(tmp_path / "inputs")
    run_files.write_terrain(folder)
    run_files.write_wall(folder)
    run_files.write_premises(folder)
    run_files.write_roads(folder)
    run_files.write_footfall(folder)
    run_files.write_ofcom(folder)
    run_files.write_broadband(folder)
    (folder / "run.toml").write_text(RUN_FILE)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return folder


def invoke(*words: object) -> str:
    """What ``canopy coverage run`` says, on one line."""
    ran = CliRunner().invoke(
        application("coverage"),
        ["coverage", "run", *map(str, words)],
        catch_exceptions=False,
    )
    assert ran.exit_code == 0, ran.output
    return " ".join(ran.output.split())


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def test_a_run_file_carries_the_whole_run(files: Path, tmp_path: Path) -> None:
    """Its files are beside it, wherever the command is called; twice gives the same figures."""
    for out in ("one", "two"):
        invoke("--run", files / "run.toml", "--out", tmp_path / out)
    one, two = ((tmp_path / out / "figures.csv").read_bytes() for out in ("one", "two"))
    assert one == two
    assert manifest(tmp_path / "one")["provenance"]["title"] == "Town"


def test_options_come_before_the_run_file(files: Path, tmp_path: Path) -> None:
    """What is said on the command line stands, paths from where one is; the rest is the
    file's."""
    (tmp_path / "elsewhere" / "mine.csv").write_bytes((files / "radio/sites.csv").read_bytes())
    invoke(
        "--run", files / "run.toml", "--resolution", 50, "--name", "Tow", "--threshold", -90,
        "--sites", "mine.csv",
        "--out", tmp_path / "out",
    )  # fmt: skip
    provenance = manifest(tmp_path / "out")["provenance"]
    parameters = provenance["parameters"]
    assert (provenance["title"], parameters["cell_m"], parameters["threshold_dbm"]) == (
        "Tow", "50", "-90",
    )  # fmt: skip
    assert {each["name"] for each in provenance["inputs"]} == {
        "mine.csv", "wards.geojson", "people.csv",
    }  # fmt: skip


def test_all_that_a_run_can_read_is_given_by_options(files: Path, tmp_path: Path) -> None:
    """Buildings, premises, roads, footfall, blocks, handover, Ofcom and broadband: each file
    is in the manifest, and each has its figures."""
    grid = "x=x,y=y,crs=EPSG:27700"
    said = invoke(
        "--run", files / "run.toml", "--out", tmp_path / "out",
        "--terrain", files / "ground.tif",
        "--buildings", files / "buildings.geojson", "--buildings-columns", "value=roof,name=id",
        "--buildings-height", 8, "--surface-cell", 10, "--sight", "surface",
        "--premises", files / "premises.csv",
        "--premises-columns", "x=Easting,y=Northing,crs=EPSG:27700,value=homes",
        "--roads", files / "roads.geojson",
        "--footfall", files / "footfall.tif", "--footfall-unit", "visits",
        "--people-points", files / "premises.csv",
        "--people-spread-columns", "x=Easting,y=Northing,crs=EPSG:27700",
        "--aggregate", "50,100", "--handover",
        "--ofcom", files / "mobile.csv", "--ofcom-area", "E09000007", "--ofcom-service", "4G",
        "--broadband", files / "fixed.csv",
        "--postcodes", files / "postcodes.csv", "--postcodes-columns", f"name=pcds,{grid}",
    )  # fmt: skip
    assert "premises" in said
    assert "2 buildings state no height and have 8 m, as was asked" in said
    written = manifest(tmp_path / "out")
    assert {each["name"] for each in written["provenance"]["inputs"]} == {
        "sites.csv", "ground.tif", "buildings.geojson", "wards.geojson", "people.csv",
        "premises.csv", "roads.geojson", "footfall.tif", "mobile.csv", "fixed.csv",
        "postcodes.csv",
    }  # fmt: skip
    names = {each["name"] for each in written["files"]}
    assert {"handover.csv", "ofcom.csv", "broadband.csv", "blocks_50m_class.tif"} <= names
    whole = [
        row for row in rows(tmp_path / "out", "figures.csv")
        if (row["area_id"], row["operator"], row["place"]) == ("all", "all", "outdoor")
    ]  # fmt: skip
    for column, total in (("premises [premises]", 14.0), ("road [m]", 1000.0)):
        assert sum(float(row[column] or 0) for row in whole) == pytest.approx(total)


def test_measurements_correct_predictions_where_that_is_asked(files: Path, tmp_path: Path) -> None:
    """Levels 8 dB below those predicted, read back from the run's own raster."""
    invoke("--run", files / "run.toml", "--out", tmp_path / "plain")
    with rasterio.open(tmp_path / "plain" / "operator_rsrp_dbm.tif") as raster:
        levels = raster.read(1)
        found = [
            (*raster.xy(row, column), levels[row, column] - 8)
            for row in range(raster.height)
            for column in range(row % 2, raster.width, 2)
            if -140 < levels[row, column] < -50
        ]
    lines = [f"{x},{y},2026-01-05T10:00:00Z,{level:.3f},a" for x, y, level in found]
    (files / "drive.csv").write_text("\n".join(["e,n,t,level,who", *lines]) + "\n")
    said = invoke(
        "--run", files / "run.toml", "--out", tmp_path / "out", "--apply-calibration",
        "--measurements", files / "drive.csv",
        "--measurement-columns", "x=e,y=n,crs=EPSG:27700,time=t,rsrp_dbm=level,operator=who",
    )  # fmt: skip
    assert "predictions are +8.0 dB off on average" in said
    assert "it is applied to the predictions" in said
    assert rows(tmp_path / "out", "calibration.csv")[0]["applied"] == "true"
    assert (tmp_path / "out" / "calibrated_rsrp_dbm.tif").is_file()


def test_assets_of_the_catalogue_are_candidates(
    files: Path, tmp_path: Path, database: Database
) -> None:
    """Those that hold of a filter and the audience may see."""
    (tmp_path / "lamps.csv").write_text(
        "ref,easting,northing,height_m,sensitivity\n"
        "a,528000,184150,8,\nb,528050,184150,5,\nc,528100,184150,8,estates\n"
    )
    run_import(
        database,
        ImportRequest(
            path=tmp_path / "lamps.csv", source="lamps", author="test", kind="lamppost",
            crs="EPSG:27700",
        ),
    )  # fmt: skip
    document = [line for line in RUN_FILE.splitlines() if not line.startswith("sites")]
    (files / "run.toml").write_text("\n".join(document))
    for audience, many in ((Role.public, 1), (Role.estates, 2)):
        said = invoke(
            "--run", files / "run.toml", "--assets", "lamppost", "--assets-filter", "height_m > 6",
            "--db", url_of(database), "--audience", audience, "--out", tmp_path / str(audience),
        )  # fmt: skip
        assert f"{many} assets (kinds lamppost" in said
        assert len(rows(tmp_path / str(audience), "servers.csv")) == many


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--premises-columns", "Easting"], "is no field=column"),
        (["--aggregate", "fifty"], "is no list of numbers"),
        (["--people-buildings", "a.gpkg", "--people-points", "b.csv"], "not both"),
    ],
)
def test_an_option_that_cannot_be_read_is_named(
    files: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    """As a usage error, before anything is read."""
    ran = CliRunner().invoke(
        application("coverage"),
        ["coverage", "run", "--run", str(files / "run.toml"), "--out", "out", *words],
        catch_exceptions=False,
    )
    assert ran.exit_code == 2
    assert said in " ".join(ran.output.replace("│", " ").split())


def test_what_is_missing_is_named_by_its_field(files: Path, tmp_path: Path) -> None:
    """A file without its columns, a run without an area, a file that is not there."""
    out = ("--out", tmp_path / "out")
    with pytest.raises(Refused, match="technology is missing"):
        invoke("--sites", files / "radio" / "sites.csv", *out)
    with pytest.raises(Refused, match=r"results\.ofcom\.area_id is missing"):
        invoke("--run", files / "run.toml", "--ofcom", files / "mobile.csv", *out)
    with pytest.raises(Refused, match=r"there is no file .*nowhere\.csv"):
        invoke("--run", files / "run.toml", "--sites", "nowhere.csv", *out)
    assert not (tmp_path / "out").exists()


@pytest.mark.real_data
def test_camdens_lamp_columns_are_candidates(real_data: Path, tmp_path: Path) -> None:
    """All 9,527, beside the cells that OpenCelliD knows; the run is indicative for these, and
    every block of 50 m has a class. At 25 m."""
    data = real_data / "data"
    db = f"gpkg://{tmp_path / 'camden.gpkg'}"
    imported = CliRunner().invoke(
        application("import"),
        ["import", str(data / "assets" / "camden_street_lighting_2018.csv"), "--source", "lamps",
         "--kind", "lamppost", "--accept-valid", "--db", db],
        catch_exceptions=False,
    )  # fmt: skip
    assert imported.exit_code == 0, imported.output
    said = invoke(
        "--area", data / "boundaries" / "camden_wards.geojson", "--area-id", "WD13CD",
        "--area-name", "WD13NM", "--name", "Camden", "--tech", "lte-1800", "--resolution", 25,
        "--sites", data / "radio" / "opencellid_camden_area.csv", "--reach", 1000,
        "--assets", "lamppost", "--db", db, "--terrain", data / "terrain", "--even-ground",
        "--aggregate", "50,100", "--handover", "--formats", "csv,cog", "--out", tmp_path / "out",
    )  # fmt: skip
    assert "9,527 assets (kinds lamppost" in said
    figures = rows(tmp_path / "out", "figures.csv")
    operators = {row["operator"] for row in figures} - {"all"}
    assert operators == {"candidates", "ee", "o2", "three", "vodafone"}
    area = {
        place: sum(
            float(row["area [m²]"])
            for row in figures
            if (row["area_id"], row["operator"], row["place"]) == ("all", "all", place)
        )
        for place in ("outdoor", "outdoor-50m", "outdoor-100m")
    }
    assert area["outdoor-50m"] == pytest.approx(area["outdoor"])
    assert area["outdoor-100m"] == pytest.approx(area["outdoor"])
    assert manifest(tmp_path / "out")["provenance"]["indicative"] is True
