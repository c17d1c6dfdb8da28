"""GeoPackage, shapefile, FlatGeobuf, GeoParquet: values, gaps, CRS, several layers."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from source_files import geopackage, lamps, read_all, read_one, shapefile

from canopy.assets.importers import fingerprint, open_tables
from canopy.errors import BadSource

UPRNS = [10_000_480_247, 10_000_480_248, 10_000_480_249]
STREETS = ["Café Row", "Mill Lane", "Mill Lane"]


def flatgeobuf(folder: Path) -> Path:
    path = folder / "lamps.fgb"
    lamps().to_file(path, driver="FlatGeobuf", engine="pyogrio", SPATIAL_INDEX="NO")
    return path


def geoparquet(folder: Path) -> Path:
    path = folder / "lamps.parquet"
    lamps().to_parquet(path)
    return path


@pytest.mark.parametrize("make", [geopackage, shapefile, flatgeobuf, geoparquet])
def test_formats_give_the_same_rows(tmp_path: Path, make: object) -> None:
    """The same lamps come out of every vector format, unknown heights as None."""
    read = read_one(make(tmp_path))  # type: ignore[operator]
    assert read.columns["ref"] == ["LC0000", "LC0001", "LC0002"]
    assert read.columns["height_m"] == [5, None, 7]
    assert read.columns["uprn"] == UPRNS
    assert read.columns["street"] == STREETS
    assert [g.wkt for g in read.geometries] == [
        f"POINT ({x} 185110.5)" for x in (524800.25, 524801.25, 524802.25)
    ]
    assert read.table.declared_crs == "EPSG:27700"
    assert read.numbers == [1, 2, 3]
    assert read.table.row_count == 3


def test_layers_each_have_their_own_crs(tmp_path: Path) -> None:
    """A GeoPackage's layers are tables, each in the CRS of its own; tables have none."""
    path = tmp_path / "all.gpkg"
    lamps().to_file(path, layer="lamps", engine="pyogrio")
    lamps(5).set_crs(4326, allow_override=True).to_file(path, layer="cctv", engine="pyogrio")
    pyogrio.write_dataframe(pd.DataFrame({"ref": ["A"]}), path, layer="owners")
    found = {t.name: (t.declared_crs, t.row_count, t.has_geometry) for t in open_tables(path)}
    assert found == {
        "lamps": ("EPSG:27700", 3, True),
        "cctv": ("EPSG:4326", 5, True),
        "owners": (None, 1, False),
    }


def test_a_layer_is_chosen_by_name(tmp_path: Path) -> None:
    """`layer` keeps one table; a wrong name is refused with the right ones."""
    path = geopackage(tmp_path)
    assert [table.name for table in open_tables(path, layer="lamps")] == ["lamps"]
    with pytest.raises(BadSource, match="'lamps'") as caught:
        open_tables(path, layer="cctv")
    assert caught.value.members["code"] == "no-such-layer"


def test_dates_and_booleans_are_typed(tmp_path: Path) -> None:
    """Dates, times and booleans of a GeoPackage arrive as Python's own."""
    frame = lamps(2)
    frame["installed"] = [dt.date(2018, 8, 23), None]
    frame["seen"] = pd.to_datetime(["2018-08-23T21:00:09Z", None])
    frame["lit"] = [True, False]
    path = tmp_path / "lamps.gpkg"
    frame.to_file(path, engine="pyogrio", use_arrow=True)
    read = read_one(path)
    assert read.columns["installed"] == [dt.date(2018, 8, 23), None]
    assert read.columns["seen"] == [dt.datetime(2018, 8, 23, 21, 0, 9, tzinfo=dt.UTC), None]
    assert read.columns["lit"] == [True, False]


def test_text_in_the_wrong_encoding_is_said(tmp_path: Path) -> None:
    """A program that wrote Windows-1252 into a GeoPackage is understood, row by row."""
    path = geopackage(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        for (trigger,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            db.execute(f'DROP TRIGGER "{trigger}"')
        db.execute("UPDATE lamps SET street = CAST(X'436166E92031' AS TEXT) WHERE fid = 2")
        db.execute("UPDATE lamps SET street = CAST(X'43616681' AS TEXT) WHERE fid = 3")
        db.commit()
    read = read_one(path)
    assert read.columns["street"] == ["Café Row", "Café 1"]
    assert [(i.row, i.code) for i in read.warnings] == [(2, "mixed-encoding")]
    assert [(i.row, i.code) for i in read.rejects] == [(3, "bad-encoding")]


def test_undefined_crs_is_undeclared(tmp_path: Path) -> None:
    """A GeoPackage layer with an undefined CRS declares none, and says so."""
    path = tmp_path / "lamps.gpkg"
    with pytest.warns(UserWarning, match="crs"):
        lamps(crs=None).to_file(path, engine="pyogrio")
    table = read_one(path).table
    assert table.declared_crs is None
    assert "unknown-crs" in {issue.code for issue in table.notices}


def test_many_rows_come_in_batches(tmp_path: Path) -> None:
    """Row numbers go on over batches, and a second pass starts again."""
    path = tmp_path / "lamps.gpkg"
    lamps(25_000).to_file(path, engine="pyogrio")
    (table,) = open_tables(path)
    sizes = [len(batch) for batch in table.batches()]
    assert (max(sizes), sum(sizes)) == (10_000, 25_000)
    assert [b.row_numbers[0] for b in table.batches()][:2] == [1, 10_001]


@pytest.mark.parametrize(
    ("encoding", "cpg"), [("UTF-8", True), ("ISO-8859-1", True), ("CP1252", False)]
)
def test_shapefile_text_is_decoded(tmp_path: Path, encoding: str, cpg: bool) -> None:
    """The .cpg is obeyed; without one Windows-1252 is recognised from the bytes."""
    path = shapefile(tmp_path, encoding=encoding)
    if not cpg:
        path.with_suffix(".cpg").unlink()
    assert read_one(path).columns["street"] == STREETS


def test_esri_projection_text_is_recognised(tmp_path: Path) -> None:
    """The .prj that ArcGIS writes for the National Grid is EPSG:27700."""
    path = shapefile(tmp_path)
    path.with_suffix(".prj").write_text(
        'PROJCS["British_National_Grid",GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936",SPHEROID'
        '["Airy_1830",6377563.396,299.3249646]],PRIMEM["Greenwich",0.0],UNIT["Degree",'
        '0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",'
        '400000.0],PARAMETER["False_Northing",-100000.0],PARAMETER["Central_Meridian",-2.0],'
        'PARAMETER["Scale_Factor",0.9996012717],PARAMETER["Latitude_Of_Origin",49.0],'
        'UNIT["Meter",1.0]]'
    )
    assert read_one(path).table.declared_crs == "EPSG:27700"


def test_deleted_dbase_rows_are_skipped(tmp_path: Path) -> None:
    """A row marked deleted in the .dbf is not delivered, and the file not called damaged."""
    path = shapefile(tmp_path)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    start, length = (int.from_bytes(content[i : i + 2], "little") for i in (8, 10))
    content[start + length] = ord("*")
    table.write_bytes(bytes(content))
    assert read_one(path).columns["ref"] == ["LC0000", "LC0002"]


def test_zipped_shapefiles_are_read(tmp_path: Path) -> None:
    """A zip with two shapefiles in folders gives two tables of the zip."""
    shapefile(tmp_path, "lamps")
    path = tmp_path / "council.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in tmp_path.glob("lamps.*"):
            archive.write(part, f"export/a/{part.name}")
            archive.write(part, f"export/b/cctv{part.suffix}")
        archive.writestr("export/licence.pdf", b"%PDF-1.4")
    reads = read_all(path)
    assert [read.table.name for read in reads] == ["lamps", "cctv"]
    assert {read.table.path for read in reads} == {path}
    assert [read.columns["street"] for read in reads] == [STREETS, STREETS]
    assert reads[0].table.declared_crs == "EPSG:27700"


def test_parquet_without_geometry_is_a_table(tmp_path: Path) -> None:
    """A plain Parquet file has columns and no geometry; binary columns are left out."""
    path = tmp_path / "lamps.parquet"
    pd.DataFrame({"ref": ["A"], "h": [np.nan], "blob": [b"x"]}).to_parquet(path)
    read = read_one(path)
    assert read.columns == {"ref": ["A"], "h": [None]}
    assert {issue.code for issue in read.table.notices} == {"binary-column"}


def test_geoparquet_without_crs_is_wgs84_and_null_is_unknown(tmp_path: Path) -> None:
    """GeoParquet says: no `crs` means longitude and latitude, null means not known."""
    path = tmp_path / "a.parquet"
    lamps(crs=None).to_parquet(path)
    assert read_one(path).table.declared_crs is None


def test_empty_layer_says_so(tmp_path: Path) -> None:
    """A layer without rows is readable, with a notice."""
    path = tmp_path / "none.gpkg"
    lamps(1).iloc[:0].to_file(path, engine="pyogrio", geometry_type="Point")
    read = read_one(path)
    assert read.numbers == []
    assert "no-rows" in {issue.code for issue in read.table.notices}


def test_lines_and_polygons_are_kept(tmp_path: Path) -> None:
    """Mixed geometry types in one layer come out as they are."""
    shapes = [shapely.box(0, 0, 9, 9), shapely.LineString([(0, 0), (5, 5)]), None]
    path = tmp_path / "mixed.gpkg"
    frame = gpd.GeoDataFrame({"ref": ["a", "b", "c"]}, geometry=shapes, crs=27700)
    frame.to_file(path, engine="pyogrio", geometry_type="Unknown")
    read = read_one(path)
    assert [None if g is None else g.geom_type for g in read.geometries] == [
        "Polygon",
        "LineString",
        None,
    ]


def test_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    """The same bytes under another name have the same fingerprint; one byte changes it."""
    path = geopackage(tmp_path)
    copy = Path(shutil.copy(path, tmp_path / "copy.gpkg"))
    assert fingerprint(copy) == fingerprint(path)
    copy.write_bytes(path.read_bytes() + b"\0")
    assert fingerprint(copy) != fingerprint(path)


def test_fingerprint_of_a_shapefile_covers_its_parts(tmp_path: Path) -> None:
    """A changed .dbf changes the shapefile's fingerprint though the .shp is the same."""
    path = shapefile(tmp_path)
    before = fingerprint(path)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"Mill", b"Hill"))
    assert fingerprint(path) != before


def test_flatgeobuf_rows_without_geometry_are_rows(tmp_path: Path) -> None:
    """A missing geometry, first, last or between, is None; the other rows keep theirs."""
    rows = lamps(7)
    rows.loc[[0, 2, 3, 6], "geometry"] = None
    path = tmp_path / "lamps.fgb"
    rows.to_file(path, driver="FlatGeobuf", engine="pyogrio", SPATIAL_INDEX="NO")
    read = read_one(path)
    assert [None if g is None else g.x for g in read.geometries] == [
        None, 524801.25, None, None, 524804.25, 524805.25, None,
    ]  # fmt: skip
    assert read.columns["ref"] == [f"LC{i:04d}" for i in range(7)]
