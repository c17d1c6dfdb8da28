"""CSV and XLSX: what spreadsheets do to data, and what is done against it."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
import shapely
from export_assets import BNG, STAMP, WGS84, assets, joined

from canopy.assets.batches import AssetBatch
from canopy.assets.exporters import ExportReport, workbook, write

LINE = shapely.LineString([(530_000, 180_000), (530_010.5, 180_020.25)])


def export(batch: AssetBatch, path: Path, crs: str = BNG) -> ExportReport:
    return write([batch], path, path.suffix[1:], storage_crs=BNG, crs=crs, stamp=STAMP)


def csv_rows(batch: AssetBatch, folder: Path, crs: str = BNG) -> list[dict[str, str]]:
    export(batch, folder / "a.csv", crs)
    with (folder / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_begins_with_a_byte_order_mark(tmp_path: Path) -> None:
    """Excel needs the mark to read names with accents."""
    export(assets(name=["Señor Ørsted"]), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().startswith(b'\xef\xbb\xbf"asset_id"')


def test_csv_of_points_has_easting_and_northing(tmp_path: Path) -> None:
    """Points in a projected CRS are two numbers with every digit, and no WKT column."""
    (row,) = csv_rows(assets([shapely.Point(530_000.1, 180_000.123456789)]), tmp_path)
    assert (float(row["easting"]), float(row["northing"])) == (530_000.1, 180_000.123456789)
    assert "wkt" not in row


def test_csv_in_4326_has_longitude_and_latitude(tmp_path: Path) -> None:
    """In a geographic CRS the columns are called what they hold."""
    (row,) = csv_rows(assets([shapely.Point(530_000, 180_000)]), tmp_path, WGS84)
    assert float(row["longitude"]) == pytest.approx(-0.12833, abs=1e-5)
    assert float(row["latitude"]) == pytest.approx(51.50399, abs=1e-5)


def test_csv_with_lines_has_wkt_for_all(tmp_path: Path) -> None:
    """As soon as one position is no point, WKT holds them all; a line has no easting."""
    batch = joined([assets(), assets([LINE, None], kind="duct", asset_id=["d", "e"])])
    point, line, nowhere = csv_rows(batch, tmp_path)
    assert point["wkt"] == "POINT (530000 180000)"
    assert shapely.from_wkt(line["wkt"]) == LINE
    assert (line["easting"], nowhere["easting"], nowhere["wkt"]) == ("", "", "")


@pytest.mark.parametrize("text", ["=1+1", "+44 20", "-", "@SUM(A1)", "\tx", "\rx"])
def test_csv_text_that_excel_would_run_is_guarded(tmp_path: Path, text: str) -> None:
    """A text that begins like a formula gets an apostrophe, and the report says so."""
    (row,) = csv_rows(assets(name=[text]), tmp_path)
    assert row["name"] == "'" + text
    losses = export(assets(name=[text]), tmp_path / "a.csv").losses
    assert (
        "Texts beginning with =, +, -, @ or white space that got an apostrophe in front: 1."
        in losses
    )


def test_csv_numbers_below_zero_are_left_alone(tmp_path: Path) -> None:
    """A minus sign before a number is no formula."""
    (row,) = csv_rows(assets(attributes=[{"ground_m_aod": -2.5}]), tmp_path)
    assert row["ground_m_aod"] == "-2.5"


def test_csv_holds_dates_times_and_lists_as_text(tmp_path: Path) -> None:
    """Dates and times are ISO 8601, times with their offset, lists JSON."""
    batch = assets(
        observed_on=[date(2024, 2, 29)],
        created_at=[datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)],
        designations=[("listed", "sssi")],
        attributes=[{"heritage": True, "attachments": [{"mass_kg": 3.5}]}],
    )
    (row,) = csv_rows(batch, tmp_path)
    names = ("observed_on", "created_at", "designations", "heritage", "attachments")
    assert [row[name] for name in names] == [
        "2024-02-29",
        "2024-01-02T03:04:05+00:00",
        '["listed","sssi"]',
        "true",
        '[{"mass_kg":3.5}]',
    ]


def test_csv_says_that_it_holds_neither_licence_nor_crs(tmp_path: Path) -> None:
    """What must travel beside a CSV file is in the report."""
    losses = export(assets(), tmp_path / "a.csv").losses
    assert losses == (
        "CSV has no place for attribution and licence: pass them on with the file "
        "(Contains OS data © Crown copyright; Anytown Council; OGL-UK-3.0).",
        "CSV has no place for the CRS: coordinates are EPSG:27700.",
    )


def test_attributes_nobody_knows_have_no_column(tmp_path: Path) -> None:
    """Of a kind's many attributes a table for people has those that hold something."""
    (row,) = csv_rows(assets(attributes=[{"lamp_w": 35.0}]), tmp_path)
    assert "lamp_w" in row
    assert "mpan" not in row
    assert "owner" in row


def sheets(batch: AssetBatch, folder: Path) -> dict[str, list[tuple[object, ...]]]:
    export(batch, folder / "a.xlsx")
    book = openpyxl.load_workbook(folder / "a.xlsx")
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def xlsx_row(batch: AssetBatch, folder: Path) -> dict[object, object]:
    heading, row = sheets(batch, folder)["lamppost"]
    return dict(zip(heading, row, strict=True))


def test_xlsx_keeps_leading_zeros_and_formulas_as_text(tmp_path: Path) -> None:
    """A UPRN stays text, and a text that looks like a formula stays a text."""
    row = xlsx_row(assets(uprn=["000012345678"], name=["=1+1"]), tmp_path)
    assert row["uprn"] == "000012345678"
    assert row["name"] == "=1+1"
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx")["lamppost"]["F2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_xlsx_holds_typed_values(tmp_path: Path) -> None:
    """Numbers, truths and dates are cells of those types; unknown values empty cells."""
    row = xlsx_row(
        assets(
            observed_on=[date(2024, 2, 29)],
            height_m=[8.25],
            attributes=[{"heritage": False, "design_life_y": 25}],
        ),
        tmp_path,
    )
    assert row["observed_on"] == datetime(2024, 2, 29)  # noqa: DTZ001 - Excel has no zones
    assert (row["height_m"], row["heritage"], row["design_life_y"]) == (8.25, False, 25)
    assert row["owner"] is None
    assert (row["easting"], row["northing"]) == (530_000, 180_000)


def test_xlsx_begins_with_attribution_and_licence(tmp_path: Path) -> None:
    """The first sheet says whose data these are, under which licence, and the CRS."""
    found = sheets(assets(), tmp_path)
    assert list(found) == ["README", "lamppost"]
    named = {row[0]: row[2] for row in found["README"]}
    assert named["licence"] == "OGL-UK-3.0"
    assert named["attribution"] == "Contains OS data © Crown copyright\nAnytown Council"
    assert named["coordinates"] == "EPSG:27700"


def test_xlsx_goes_on_in_another_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows beyond a sheet's limit are in the next one, none lost and none twice."""
    monkeypatch.setattr(workbook, "SHEET_ROWS", 4)
    found = sheets(assets([shapely.Point(530_000, 180_000)] * 7), tmp_path)
    refs = {name: [row[4] for row in rows[1:]] for name, rows in found.items() if name != "README"}
    assert refs == {
        "lamppost": ["lamppost-0", "lamppost-1", "lamppost-2"],
        "lamppost 2": ["lamppost-3", "lamppost-4", "lamppost-5"],
        "lamppost 3": ["lamppost-6"],
    }


def test_xlsx_says_what_its_cells_cannot_hold(tmp_path: Path) -> None:
    """Long texts, early dates, times and the 17th digit are counted."""
    batch = assets(
        [shapely.Point(530_000.12345678901, 180_000)],
        name=["x" * 40_000],
        observed_on=[date(1850, 1, 1)],
        created_at=[datetime(2026, 1, 1, tzinfo=UTC)],
        height_m=[0.1 + 0.2],
    )
    report = export(batch, tmp_path / "a.xlsx")
    assert report.losses == (
        "Dates before March 1900 held as text: 1.",
        "Numbers rounded to 16 significant digits: 1.",
        "Texts cut at 32,767 characters, the most a cell holds: 1.",
        "Times held as text, as Excel knows no time zone: 1.",
        "XLSX has no field for the CRS: coordinates are EPSG:27700, as the README sheet says.",
    )
    assert len(str(xlsx_row(batch, tmp_path)["name"])) == 32_767


def test_xlsx_leaves_out_wkt_that_no_cell_holds(tmp_path: Path) -> None:
    """A position too long for a cell is left out whole, never cut."""
    many = shapely.LineString([(530_000 + i * 0.123456, 180_000) for i in range(3_000)])
    report = export(assets([many], kind="duct"), tmp_path / "a.xlsx")
    assert any(loss.startswith("Positions left out") for loss in report.losses)
    (_, row) = sheets(assets([many], kind="duct"), tmp_path)["duct"]
    assert row[-1] is None
