"""The files that councils publish, through the whole importer into a catalogue."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from catalogue import all_assets

from canopy.assets.areas import import_areas
from canopy.assets.intake.pipeline import ImportRequest, run_import
from canopy.assets.intake.report import ImportReport
from canopy.db.engine import Database

pytestmark = pytest.mark.real_data

CAMDEN = "assets/camden_street_lighting_2018.csv"
CHELTENHAM = "property/cheltenham_land_assets_2023.csv"
TRAFFORD = "cctv/trafford_cctv_cameras.csv"
NIGER = "ducting/NIGER_TELECOMS_ofds-json_17feb2026.json"
NIGER_NODES = "ducting/NIGER_TELECOMS_ofds-nodes_17feb2026.geojson"
NIGER_SPANS = "ducting/NIGER_TELECOMS_ofds-spans_17feb2026.geojson"
WARDS = "boundaries/camden_wards.geojson"


@pytest.fixture(scope="module")
def files(real_data: Path) -> Path:
    """The folder that holds assets/, property/, cctv/, ducting/ and boundaries/."""
    return real_data / "data" if (real_data / "data").is_dir() else real_data


def imported(
    database: Database, path: Path, source: str, kind: str | None = None, **options: object
) -> ImportReport:
    """A file by what Canopy proposes for it."""
    request = ImportRequest(path=path, source=source, author="officer", kind=kind, **options)  # type: ignore[arg-type]
    return run_import(database, request)


def test_camden_comes_in_whole_and_once(database: Database, files: Path) -> None:
    """9,527 lampposts read and none rejected; the second time nothing is new."""
    first = imported(database, files / CAMDEN, "camden-lighting")
    assert (first.state, first.read, first.created, first.rejected) == ("done", 9_527, 9_527, 0)
    again = imported(database, files / CAMDEN, "camden-lighting")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 9_527)
    assert again.change_id is None


def test_camdens_pairs_agree_within_13_cm_as_the_report_says(
    gpkg_database: Database, files: Path
) -> None:
    """The report tells the disagreement of the two pairs, and that OSTN15 moved them."""
    report = imported(gpkg_database, files / CAMDEN, "camden-lighting", dry_run=True)
    (said,) = [each.reason for each in report.evidence if " agree: " in each.reason]
    found = re.search(r"([\d.]+) m median, ([\d.]+) m worst, over ([\d,]+) rows", said)
    assert found is not None
    assert (float(found[1]), float(found[2]), found[3]) == (0.07, 0.13, "9,527")


def test_what_camden_does_not_know_stays_unknown(gpkg_database: Database, files: Path) -> None:
    """No height, supply or structural test: not zero, not a default, no key."""
    imported(gpkg_database, files / CAMDEN, "camden-lighting")
    assets = all_assets(gpkg_database)
    assert {(asset["height_m"], asset["power"], asset["ref"]) for asset in assets} == {
        (None, None, None)
    }
    known = set().union(*(asset["attributes"] for asset in assets))  # type: ignore[arg-type]
    assert known & {"structural_result", "structural_test_on", "structural_valid_until_on"} == set()


def test_cheltenhams_csv_lies_where_its_geojson_twin_does(database: Database, files: Path) -> None:
    """Both published forms of the register, matched by ref, lie within half a metre."""
    csv = imported(database, files / CHELTENHAM, "cheltenham-csv", "building")
    twin = imported(
        database, (files / CHELTENHAM).with_suffix(".geojson"), "cheltenham-geojson", "building"
    )
    assert (csv.rejected, twin.rejected) == (0, 0)
    placed: dict[str, dict[object, np.ndarray]] = {}
    for asset in all_assets(database):
        where = np.array([asset["x"], asset["y"]])
        placed.setdefault(str(asset["source"]), {})[asset["ref"]] = where
    one, other = placed["cheltenham-csv"], placed["cheltenham-geojson"]
    assert len(one) == csv.created == 459
    assert one.keys() == other.keys()
    assert None not in one
    assert max(float(np.hypot(*(one[ref] - other[ref]))) for ref in one) < 0.5


def test_traffords_cameras_come_in(database: Database, files: Path) -> None:
    """163 cameras, and nothing new the second time."""
    first = imported(database, files / TRAFFORD, "trafford-cctv")
    again = imported(database, files / TRAFFORD, "trafford-cctv")
    assert (first.read, first.created, first.rejected) == (163, 163, 0)
    assert {asset["kind"] for asset in all_assets(database)} == {"cctv"}
    assert (again.created, again.updated, again.unchanged) == (0, 0, 163)


def test_nigers_network_comes_in_where_it_lies(new_database, files: Path) -> None:
    """Every node becomes a chamber and every span a fibre in a deployment for UTM zone 31N."""
    database = new_database("EPSG:32631")
    report = imported(database, files / NIGER, "niger-ofds")
    assets = all_assets(database)
    kinds = [asset["kind"] for asset in assets]
    (network,) = json.loads((files / NIGER).read_text("utf-8"))["networks"]
    assert (report.state, report.read, report.rejected) == ("done", len(assets), 0)
    assert kinds.count("chamber") == len(network["nodes"])
    assert len(kinds) - kinds.count("chamber") == len(network["spans"])


@pytest.mark.parametrize(("name", "part"), [(NIGER_NODES, "nodes"), (NIGER_SPANS, "spans")])
def test_nigers_geojson_twins_have_as_many(new_database, files: Path, name: str, part: str) -> None:
    """The nodes and spans published as GeoJSON count the same as those in the OFDS JSON."""
    (network,) = json.loads((files / NIGER).read_text("utf-8"))["networks"]
    report = imported(new_database("EPSG:32631"), files / name, f"niger-{part}")
    assert (report.created, report.rejected) == (len(network[part]), 0)


def test_nigers_network_is_out_of_area_in_great_britain(database: Database, files: Path) -> None:
    """A deployment in EPSG:27700 rejects every node and span, and holds nothing after."""
    report = imported(database, files / NIGER, "niger-ofds", accept_valid=True)
    assert (report.state, report.created) == ("refused", 0)
    assert set(report.reject_codes) == {"out-of-area"}
    assert report.rejected == report.read > 0
    assert all_assets(database) == []


def test_camdens_wards_place_its_lampposts(database: Database, files: Path) -> None:
    """Wards loaded after the lampposts give each of them inside the outlines its ward.

    9,429 of the longitudes and latitudes lie in the outlines by shapely alone, too; the 98
    others stand on the borough boundary, which the file draws up to 17 m off.
    """
    imported(database, files / CAMDEN, "camden-lighting")
    report = import_areas(database, files / WARDS, "ward", "camden-wards")
    wards = [asset["ward"] for asset in all_assets(database)]
    known = [ward for ward in wards if ward is not None]
    assert (report.stored, report.repaired) == (18, 0)
    assert report.assets_placed == len(known) == 9_429
