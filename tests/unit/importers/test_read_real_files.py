"""The real council, operator and sensor files, where they are at hand.

CANOPY_REAL_DATA is the folder that holds `data/assets/camden_street_lighting_2018.csv`
and its neighbours.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from source_files import read_all, read_one

from canopy.assets.importers import open_tables

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(
        "CANOPY_REAL_DATA" not in os.environ, reason="CANOPY_REAL_DATA names no folder"
    ),
]

OFDS = "ducting/NIGER_TELECOMS_ofds-{}_17feb2026.{}"


def real(name: str) -> Path:
    return Path(os.environ["CANOPY_REAL_DATA"]) / "data" / name


def test_camden_street_lights_are_all_read() -> None:
    """9,527 rows, none lost, none warned of; the quoted position stays one value."""
    read = read_one(real("assets/camden_street_lighting_2018.csv"))
    assert len(read.numbers) == 9_527
    assert (read.rejects, read.warnings, read.table.notices) == ([], [], ())
    assert read.columns["Location"][0] == "(51.551088, -0.201358)"
    assert sum(not ward for ward in read.columns["Ward Name"]) == 17


def test_cheltenham_has_461_rows_of_which_two_are_blank() -> None:
    """459 rows and the two blank trailers at lines 461 and 462; UPRNs keep their zeros."""
    read = read_one(real("property/cheltenham_land_assets_2023.csv"))
    assert len(read.numbers) == 459
    assert [(i.code, i.row) for i in read.warnings] == [("blank-rows", 461)]
    assert "2 blank row(s): line 461, 462" in read.warnings[0].message
    assert read.columns["UPRN"][0] == "010000480247"


def test_cheltenham_twin_has_the_same_459() -> None:
    """The GeoJSON twin gives 459 points in longitude and latitude."""
    read = read_one(real("property/cheltenham_land_assets_2023.geojson"))
    assert (len(read.numbers), read.table.declared_crs) == (459, "EPSG:4326")


def test_trafford_has_163_cameras() -> None:
    """163 rows without a single remark."""
    read = read_one(real("cctv/trafford_cctv_cameras.csv"))
    assert (len(read.numbers), read.rejects, read.warnings) == (163, [], [])


def test_opencellid_has_no_header() -> None:
    """9,749 rows in 14 numbered columns, the first row being data."""
    read = read_one(real("radio/opencellid_camden_area.csv"))
    assert len(read.numbers) == 9_749
    assert read.table.columns == tuple(f"column_{i}" for i in range(1, 15))
    assert read.numbers[0] == 1
    assert [issue.code for issue in read.table.notices] == ["no-header"]


@pytest.mark.parametrize(("section", "kind"), [("nodes", "chamber"), ("spans", "fibre")])
def test_ofds_counts_equal_the_geojson_publication(section: str, kind: str) -> None:
    """As many nodes and spans as the GeoJSON files hold, with the same ids and places."""
    twin = json.loads(real(OFDS.format(section, "geojson")).read_text(encoding="utf-8"))
    tables = {
        table.suggested_kind: table for table in open_tables(real(OFDS.format("json", "json")))
    }
    read = next(
        r for r in read_all(real(OFDS.format("json", "json"))) if r.table.suggested_kind == kind
    )
    assert set(tables) == {"chamber", "fibre"}
    assert sorted(read.columns["ref"]) == sorted(f["properties"]["id"] for f in twin["features"])
    flat = read_one(real(OFDS.format(section, "geojson")))
    assert flat.table.suggested_kind == kind
    assert {g.wkt for g in flat.geometries} == {g.wkt for g in read.geometries}


def test_zipped_sensor_week_is_a_table_per_file() -> None:
    """The zipped CSV files, separated by semicolons, are each a table with a position."""
    tables = open_tables(real("iot/aberdeen_luftdaten_2019-03-01_07.zip"))
    assert len({table.name for table in tables}) == len(tables)
    assert all({"lat", "lon"} <= set(table.columns) for table in tables)


def test_terrain_tiles_are_refused_as_no_assets() -> None:
    """A zipped terrain grid is refused, naming what is in it."""
    with pytest.raises(Exception, match=r"TQ27\.asc") as caught:
        open_tables(real("terrain/tq27.zip"))
    assert caught.value.members["code"] == "wrong-kind"
