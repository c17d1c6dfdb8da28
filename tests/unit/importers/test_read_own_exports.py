"""What Canopy's own exports say of themselves is read, and what names a kind suggests it."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from source_files import lamps, read_all, read_one, text_file

from canopy.assets.batches import COMMON_COLUMNS, AssetBatch
from canopy.assets.exporters import FORMATS, ExportStamp, write
from canopy.assets.importers import open_tables
from canopy.assets.importers.own_export import is_own_export, kind_called
from canopy.assets.importers.stated import LONGEST_CHARS, Stated, stated, stated_in

BNG = "EPSG:27700"
STAMP = ExportStamp(
    audience="admin",
    title="Ashcombe",
    attribution=("Contains OS data © Crown copyright", "Ashcombe Council"),
    licence="OGL-UK-3.0",
    generated_at=datetime(2026, 1, 1, tzinfo=UTC),
)
CREDIT = "Contains OS data © Crown copyright; Ashcombe Council"


def export(folder: Path, fmt: str) -> Path:
    """A lamppost and a duct as a file of this format."""
    shapes = [shapely.Point(530_000, 180_000), shapely.LineString([(530_000, 180_000), (5e5, 2e5)])]
    columns: dict[str, list[object]] = {name: [None, None] for name in COMMON_COLUMNS}
    columns |= {"kind": ["lamppost", "duct"], "ref": ["L1", "D1"], "name": ["High St", None]}
    columns |= {"asset_id": [f"00000000-0000-4000-8000-00000000000{i}" for i in range(2)]}
    array = np.empty(2, dtype=object)
    array[:] = shapes
    batch = AssetBatch(columns, [{"lamp_w": 35.0, "adopted_highway": True}, {"bores": 4}], array)
    path = folder / f"own{FORMATS[fmt].suffix}"
    write([batch], path, fmt, storage_crs=BNG, crs=BNG, stamp=STAMP)
    return path


@pytest.mark.parametrize(
    "fmt", ["gpkg", "geojson", "geoparquet", "xlsx", "shapefile", "kml", "flatgeobuf"]
)
def test_licence_and_attribution_of_an_export_are_read(tmp_path: Path, fmt: str) -> None:
    """Each format that has room for them gives them back with every table."""
    tables = open_tables(export(tmp_path, fmt))
    assert {(t.licence, t.attribution) for t in tables} == {("OGL-UK-3.0", CREDIT)}


@pytest.mark.parametrize("fmt", list(FORMATS))
def test_every_export_is_known_as_one(tmp_path: Path, fmt: str) -> None:
    """All columns are there under their full names, also where the format cuts or drops them."""
    tables = open_tables(export(tmp_path, fmt))
    assert [is_own_export(table.columns) for table in tables] == [True] * len(tables)
    assert "adopted_highway" in {name for table in tables for name in table.columns}


@pytest.mark.parametrize("fmt", ["gpkg", "xlsx", "shapefile"])
def test_tables_of_an_export_suggest_their_kinds(tmp_path: Path, fmt: str) -> None:
    """Layers, sheets and shapefiles are named for kinds, and the README sheet is no table."""
    kinds = [table.suggested_kind for table in open_tables(export(tmp_path, fmt))]
    assert sorted(map(str, kinds)) == ["duct", "lamppost"]


def test_sheets_of_an_export_have_the_crs_of_its_readme(tmp_path: Path) -> None:
    """The README sheet tells the CRS that a worksheet has no place for."""
    assert {table.declared_crs for table in open_tables(export(tmp_path, "xlsx"))} == {BNG}


def test_title_of_an_exported_placemark_is_no_name(tmp_path: Path) -> None:
    """A nameless asset is titled by its ref; its name stays unknown."""
    read = read_one(export(tmp_path, "kml"))
    assert read.columns["name"] == ["High St", None]


def test_a_readme_sheet_of_somebody_else_stays_a_table(tmp_path: Path) -> None:
    """Only beside an export's sheets is README known to be no data."""
    book = openpyxl.Workbook()
    book.active.title = "README"
    book.active.append(["ref", "easting", "northing"])
    book.active.append(["L1", 530_000, 180_000])
    book.create_sheet("Lamps").append(["ref", "easting", "northing"])
    book.save(tmp_path / "a.xlsx")
    assert [t.name for t in open_tables(tmp_path / "a.xlsx")] == ["README", "Lamps"]


def test_a_sheet_of_notes_is_skipped_and_said(tmp_path: Path) -> None:
    """A single column of remarks beside a register does not make a choice of sheet needed."""
    book = openpyxl.Workbook()
    book.active.title = "Register"
    book.active.append(["ref", "easting", "northing"])
    book.active.append(["L1", 530_000, 180_000])
    notes = book.create_sheet("Notes")
    notes.append(["Heights are to the lantern"])
    notes.append(["Contact the lighting team"])
    book.save(tmp_path / "a.xlsx")
    (read,) = read_all(tmp_path / "a.xlsx")
    assert read.table.name == "Register"
    assert "sheet-skipped" in read.codes["notice"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lamppost", "lamppost"), ("Lamp Posts", "lamppost"), ("DUCTS", "duct"),
        ("street_furniture", "street_furniture"), ("Small cells", "small_cell_site"),
        ("duct_line", "duct"), ("lamppost 2", "lamppost"), ("Wi-Fi access points", "wifi_ap"),
        ("lamppost survey", None), ("wards", None), ("", None),
    ],
)  # fmt: skip
def test_names_that_are_kinds(name: str, kind: str | None) -> None:
    """Case, spaces, a plural and what exports add do not matter; more words do."""
    assert kind_called(name) == kind


def test_layers_named_for_kinds_suggest_them(tmp_path: Path) -> None:
    """A council's GeoPackage of several kinds needs no choice of layer; other names do."""
    path = tmp_path / "network.gpkg"
    for layer in ("Ducts", "chamber", "Wards"):
        lamps().to_file(path, layer=layer, engine="pyogrio")
    found = {table.name: table.suggested_kind for table in open_tables(path)}
    assert found == {"Ducts": "duct", "chamber": "chamber", "Wards": None}


def test_an_unrelated_columns_file_renames_nothing(tmp_path: Path) -> None:
    """Only the table that exports write is believed."""
    lamps().to_file(tmp_path / "lamppost.shp", engine="pyogrio")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in tmp_path.glob("lamppost.*"):
            archive.write(part, part.name)
        archive.writestr("columns.txt", "ref is the column number\n")
    (read,) = read_all(tmp_path / "a.zip")
    assert read.table.columns == ("ref", "height_m", "uprn", "street")


@pytest.mark.parametrize("word", ["licence", "License", "LICENCE"])
def test_either_spelling_of_licence_is_read(word: str) -> None:
    """British or American, in any case."""
    assert stated({word: "CC-BY-4.0"}) == Stated("CC-BY-4.0", None)
    assert stated_in(f"Lamps of Anytown\n{word}: CC-BY-4.0\n") == Stated("CC-BY-4.0", None)


@pytest.mark.parametrize("said", ["", " ", "not stated", None, 7 * "x" * LONGEST_CHARS])
def test_what_names_no_licence_is_unknown(said: object) -> None:
    """Blank, 'not stated', or the whole wording of a licence."""
    assert stated({"licence": said}) == Stated(None, None)


def test_geojson_states_its_licence_at_the_top_too(tmp_path: Path) -> None:
    """Members of the collection itself, as some portals write them."""
    text = (
        '{"type": "FeatureCollection", "license": "OGL", "attribution": ["A", "B"], "features": '
        '[{"type": "Feature", "properties": {}, "geometry": null}]}'
    )
    (table,) = open_tables(text_file(tmp_path, "a.geojson", text))
    assert (table.licence, table.attribution) == ("OGL", "A; B")
