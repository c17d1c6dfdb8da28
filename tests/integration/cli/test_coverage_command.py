"""``canopy coverage run``, as a process would run it."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import dask
import pytest
import rasterio
from typer.testing import CliRunner

from canopy.cli.application import application
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_list import sites_to_csv
from canopy.errors import CanopyError, ClusterUnavailable, Refused

WARDS = {"W1": (-0.160, 51.540, -0.152, 51.545), "W2": (-0.152, 51.540, -0.144, 51.545)}
"""Two wards side by side, by west, south, east, north."""


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder with wards, people and two lamp columns in the first ward."""
    features = [
        {"type": "Feature", "properties": {"code": code, "name": f"Ward {code}"},
         "geometry": box(*edges)}
        for code, edges in WARDS.items()
    ]  # fmt: skip
    wards = {"type": "FeatureCollection", "features": features}
    (tmp_path / "wards.geojson").write_text(json.dumps(wards))
    (tmp_path / "people.csv").write_text("code,people\nW1,1000\nW2,500\n")
    lamps = (lamp("a", 528_000.0), lamp("b", 528_100.0))
    sites_to_csv(lamps, tmp_path / "sites.csv")
    return tmp_path


def lamp(operator: str, easting_m: float, technology: str = "lte-1800") -> RadioSite:
    return RadioSite(
        site_id=f"lamp-{operator}",
        operator=operator,
        technology=technology,
        easting_m=easting_m,
        northing_m=184_150.0,
        antenna_height_m=8.0,
        frequency_mhz=1842.5,
        bandwidth_mhz=20.0,
        eirp_dbm=37.0,
    )


def command(folder: Path, *more: str) -> list[str]:
    people = "zones=wards.geojson counts=people.csv zone-id=code counts-id=code column=people"
    options = [
        part
        for each in people.split()
        for name, _, value in [each.partition("=")]
        for part in (f"--people-{name}", str(folder / value) if "." in value else value)
    ]
    return [
        "coverage", "run", "--area", str(folder / "wards.geojson"), "--area-id", "code",
        "--area-name", "name", "--name", "Town", "--sites", str(folder / "sites.csv"),
        "--tech", "lte-1800", "--resolution", "25", "--out", str(folder / "out"), *options, *more,
    ]  # fmt: skip


def figures(folder: Path) -> list[dict[str, str]]:
    with (folder / "out" / "figures.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def over_all(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows of the whole area, over all operators."""
    return [row for row in rows if row["area_id"] == "all" and row["operator"] == "all"]


def test_a_run_writes_rasters_polygons_tables_and_what_it_assumed(given: Path) -> None:
    """Every file has its hash in the manifest, and the figures add up to the people given."""
    ran = CliRunner().invoke(application("coverage"), command(given), catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert "UMi street canyon" in ran.output
    manifest = json.loads((given / "out" / "manifest.json").read_text())
    assert {"rsrp_dbm.tif", "polygons.gpkg", "not_spots.geojson", "figures.csv"} <= {
        each["name"] for each in manifest["files"]
    }
    first = manifest["files"][0]
    content = (given / "out" / first["name"]).read_bytes()
    assert first["sha256"] == hashlib.sha256(content).hexdigest()
    inputs = {each["name"] for each in manifest["provenance"]["inputs"]}
    assert inputs == {"wards.geojson", "people.csv", "sites.csv"}
    whole = over_all(figures(given))
    people = next(name for name in whole[0] if name.startswith("residents"))
    assert sum(float(row[people] or 0) for row in whole) == pytest.approx(1500, abs=1e-6)


def test_indoors_fewer_are_covered(given: Path) -> None:
    """Figures indoors stand beside those outdoors, and what was taken off is said."""
    words = command(given, "--indoor", "thermally-efficient")
    ran = CliRunner().invoke(application("coverage"), words, catch_exceptions=False)
    assert "P.2109-1" in " ".join(ran.output.split())
    covered = {
        row["place"]: float(row["area [m²]"] or 0)
        for row in over_all(figures(given))
        if row["status"] == "full"
    }
    assert covered["indoor"] < covered["outdoor"]


def test_the_same_run_gives_the_same_levels(given: Path) -> None:
    """The rasters of two runs have the same values to the bit."""
    found = []
    for name in ("one", "two"):
        words = command(given)
        words[words.index(str(given / "out"))] = str(given / name)
        CliRunner().invoke(application("coverage"), words, catch_exceptions=False)
        with rasterio.open(given / name / "rsrp_dbm.tif") as raster:
            found.append(raster.read(1).tobytes())
    assert found[0] == found[1]


def test_workers_find_what_one_process_finds(given: Path) -> None:
    """Every raster of two processes has the values of that of one."""
    found = {}
    for workers in ("0", "2"):
        words = command(given, "--workers", workers, "--resolution", "10", "--formats", "cog")
        words[words.index(str(given / "out"))] = str(given / workers)
        ran = CliRunner().invoke(application("coverage"), words, catch_exceptions=False)
        assert ran.exit_code == 0, ran.output
        found[workers] = {}
        for path in (given / workers).glob("*.tif"):
            with rasterio.open(path) as raster:
                found[workers][path.name] = raster.read().tobytes()
    assert len(found["0"]) == 12
    assert found["0"] == found["2"]


def test_a_cluster_that_does_not_answer_is_told_before_inputs_are_read(given: Path) -> None:
    """With its address; nothing is written."""
    (given / "sites.csv").write_text("no list of sites\n")
    words = command(given, "--cluster", "tcp://127.0.0.1:1")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "500ms"}),
        pytest.raises(ClusterUnavailable, match=r"answered at tcp://127\.0\.0\.1:1"),
    ):
        CliRunner().invoke(application("coverage"), words, catch_exceptions=False)
    assert not (given / "out").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--model", "itm"], "auto or one of umi, uma, rma"),
        (["--resolution", "0.5"], "choose 1 to 500 m"),
        (["--environment", "town"], "dense urban, urban, suburban, rural"),
        (["--indoor", "tent"], "traditional, thermally-efficient"),
        (["--indoor-share", "1"], "choose above 0, below 1"),
        (["--reach", "5"], "choose above 10"),
        (["--formats", "shapefile"], "use cog, geopackage"),
        (["--workers", "257"], "choose 0 to 256"),
    ],
)
def test_what_cannot_be_run_is_refused_and_nothing_is_written(
    given: Path, more: list[str], said: str
) -> None:
    """The message names what may be given, and there is no folder."""
    words = [*command(given), *more]
    with pytest.raises(Refused, match=said):
        CliRunner().invoke(application("coverage"), words, catch_exceptions=False)
    assert not (given / "out").exists()


def test_sites_of_another_technology_are_named(given: Path) -> None:
    """A list without a site of the technology asked for is no empty result."""
    sites_to_csv((lamp("a", 528_000.0, "nr-3500"),), given / "sites.csv")
    with pytest.raises(CanopyError, match=r"sites\.csv: none of the sites is of lte-1800"):
        CliRunner().invoke(application("coverage"), command(given), catch_exceptions=False)


@pytest.mark.real_data
def test_camden_runs_on_its_real_files(real_data: Path, tmp_path: Path) -> None:
    """Estimated cells make the result indicative; every resident is in the figures."""
    boundaries = real_data / "data" / "boundaries"
    words = [
        "coverage", "run", "--area", str(boundaries / "camden_wards.geojson"),
        "--area-id", "WD13CD", "--area-name", "WD13NM", "--name", "Camden",
        "--sites", str(real_data / "data" / "radio" / "opencellid_camden_area.csv"),
        "--tech", "lte-1800", "--resolution", "100", "--even-ground",
        "--terrain", str(real_data / "data" / "terrain"), "--out", str(tmp_path / "out"),
        "--people-zones", str(boundaries / "camden_lsoa.geojson"),
        "--people-counts", str(boundaries / "camden_lsoa_population_2020.csv"),
        "--people-zone-id", "LSOA11CD", "--people-counts-id", "LSOA11CD",
        "--people-column", "Persons_All-Ages",
    ]  # fmt: skip
    ran = CliRunner().invoke(application("coverage"), words, catch_exceptions=False)
    assert ran.exit_code == 0
    assert "2,820 of 2,820 sites are estimates" in ran.output
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["provenance"]["indicative"] is True
    rows = [
        row for row in figures(tmp_path) if row["area_id"] == "all" and row["operator"] == "all"
    ]
    people = next(name for name in rows[0] if name.startswith("residents"))
    # Generalised ward outlines leave out slivers of the zones: 279,516 people in all.
    assert sum(float(row[people] or 0) for row in rows) == pytest.approx(279_516, rel=0.005)
