"""XLSX: sheets, title rows, typed cells."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook
from source_files import read_all, read_one, workbook, zipped

from canopy.assets.importers import open_tables


def test_cells_are_typed(tmp_path: Path) -> None:
    """Whole numbers are int, dates are dates, text keeps its zeros, gaps are None."""
    day = dt.datetime.fromisoformat("2018-08-23")
    rows = [
        ["ref", "uprn", "height_m", "installed", "lit"],
        ["007", 10000480247.0, 5.5, day, True],
        ["LC2", None, 6.0, None, False],
    ]
    read = read_one(workbook(tmp_path, rows))
    assert read.rows() == [("007", 10000480247, 5.5, day, True), ("LC2", None, 6, None, False)]
    assert type(read.columns["uprn"][0]) is int
    assert read.numbers == [2, 3]


def test_title_rows_are_skipped(tmp_path: Path) -> None:
    """Rows above the header are no data, and row numbers are the sheet's own."""
    rows = [["Asset register"], ["As at", "April 2023"], [], ["ref", "h", "street"], ["A", 5, "x"]]
    read = read_one(workbook(tmp_path, rows))
    assert read.table.columns == ("ref", "h", "street")
    assert read.numbers == [5]


def test_sheets_are_tables(tmp_path: Path) -> None:
    """Each sheet with rows is a table under its own name; empty ones are named in a notice."""
    book = Workbook()
    book.active.title = "Lamps"
    book.active.append(["ref"])
    book.active.append(["LC1"])
    book.create_sheet("Notes")
    other = book.create_sheet("CCTV")
    other.append(["id", "lon"])
    other.append([1, -2.5])
    path = tmp_path / "assets.xlsx"
    book.save(path)
    reads = read_all(path)
    assert [(r.table.name, r.rows()) for r in reads] == [
        ("Lamps", [("LC1",)]),
        ("CCTV", [(1, -2.5)]),
    ]
    assert [t.name for t in open_tables(path, layer="CCTV")] == ["CCTV"]
    assert any("'Notes'" in issue.message for issue in reads[0].table.notices)


@pytest.mark.parametrize("serial", [0, dt.date(1899, 12, 30), dt.date(1900, 1, 1)])
def test_null_dates_are_unknown(tmp_path: Path, serial: object) -> None:
    """Excel's zero dates become None with the row in a warning."""
    book = Workbook()
    book.active.append(["ref", "installed"])
    book.active.append(["LC1", serial])
    book.active["B2"].number_format = "dd/mm/yyyy"
    path = tmp_path / "lamps.xlsx"
    book.save(path)
    read = read_one(path)
    assert read.columns["installed"] == [None]
    assert [(issue.row, issue.code) for issue in read.warnings] == [(2, "null-date")]


def test_a_wrong_extent_does_not_hide_rows(tmp_path: Path) -> None:
    """A sheet whose stated dimension is A1 still gives all its rows."""
    path = workbook(tmp_path, [["ref", "h"], ["A", 1], ["B", 2]])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b'ref="A1:B3"', b'ref="A1"')
    assert members["xl/worksheets/sheet1.xml"] != sheet
    assert read_one(zipped(tmp_path, "b.xlsx", members)).columns["ref"] == ["A", "B"]


def test_blank_rows_inside_and_after_are_skipped(tmp_path: Path) -> None:
    """Blank rows are skipped with one warning that names them."""
    read = read_one(workbook(tmp_path, [["ref", "h"], ["A", 1], [], ["B", 2], ["", " "], [None]]))
    assert read.numbers == [2, 4]
    assert ["row 3, 5" in issue.message for issue in read.warnings] == [True]


def test_workbooks_in_archives_are_read(tmp_path: Path) -> None:
    """A zip that packs a workbook gives the workbook's sheets."""
    content = workbook(tmp_path, [["ref"], ["A"]]).read_bytes()
    path = zipped(tmp_path, "pack.zip", {"lamps.xlsx": content})
    assert read_one(path).columns["ref"] == ["A"]
