"""XLSX: a README sheet with attribution and licence, then one sheet per kind.

Rows go straight to disk (`constant_memory`). Text is written as text, so nothing becomes
a formula or loses a leading zero. A kind with more rows than a sheet holds goes on in
``<kind> 2``.

Source: Microsoft, *Excel specifications and limits*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import xlsxwriter
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from canopy.assets.exporters.cells import PositionColumns, empty_texts, text_columns
from canopy.assets.exporters.columns import iso_text
from canopy.assets.exporters.report import Layer, Tally
from canopy.assets.exporters.selection import Selection
from canopy.assets.exporters.spooled import SpooledKind
from canopy.assets.exporters.stamp import ExportStamp

Put = Callable[..., object]
"""Writes one value: row, column, value."""

SHEET_ROWS = 1_048_576
"""Rows of a sheet, the header's included."""

LONGEST_TEXT = 32_767
"""Characters of a cell."""

FIRST_DATE = date(1900, 3, 1)
"""Before this Excel's calendar is wrong (it has a 29 February 1900)."""

_CUT = "Texts cut at 32,767 characters, the most a cell holds: {count}."
_NO_WKT = (
    "Positions left out, as their WKT is longer than the 32,767 characters of a cell: {count}."
)
_EMPTY = "Empty texts that look like unknown values: {count}."
_EARLY = "Dates before March 1900 held as text: {count}."
_TIMES = "Times held as text, as Excel knows no time zone: {count}."
_DIGITS = "Numbers rounded to 16 significant digits: {count}."
_NO_CRS = "XLSX has no field for the CRS: coordinates are {crs}, as the README sheet says."


def write(selection: Selection, path: Path, stamp: ExportStamp, tally: Tally) -> list[Layer]:
    """Write the README sheet and the kinds' sheets."""
    selection = selection.without_empty_attributes(tally)
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": stamp.title,
                "comments": stamp.text(),
                "created": stamp.generated_at_utc.replace(tzinfo=None),
            }
        )
        _readme(book.add_worksheet("README"), selection, stamp)
        formats = _Formats(
            book.add_format({"bold": True, "text_wrap": True}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        layers = [
            layer
            for table in selection.tables
            for layer in _Sheets(book, table, selection.crs, formats, tally).write()
        ]
    tally.lose(_NO_CRS.format(crs=selection.crs))
    return layers


class _Formats:
    def __init__(self, heading: CellFormat, day: CellFormat) -> None:
        self.heading, self.day = heading, day


def _readme(sheet: Worksheet, selection: Selection, stamp: ExportStamp) -> None:
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 3, 60)
    lines = [(name.replace("_", " "), text) for name, text in stamp.entries().items()]
    lines.append(("coordinates", selection.crs))
    row = 0
    for name, text in lines:
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 2, text[:LONGEST_TEXT])
        row += 1
    row += 1
    for column, heading in enumerate(("sheet", "column", "description", "unit")):
        sheet.write_string(row, column, heading)
    for table in selection.tables:
        for field in table.fields:
            row += 1
            described = (table.name, field.label, field.description, field.unit)
            for column, text in enumerate(described):
                sheet.write_string(row, column, text)


class _Sheets:
    """The sheet or sheets of one kind."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        table: SpooledKind,
        crs: str,
        formats: _Formats,
        tally: Tally,
    ) -> None:
        self._book, self._table, self._formats, self._tally = book, table, formats, tally
        self._positions = PositionColumns.of(crs, table.geometry_types)
        self._columns = (*(field.label for field in table.fields), *self._positions.names)
        self._wkt = len(self._columns) - 1 if self._positions.has_wkt else None

    def write(self) -> list[Layer]:
        layers: list[Layer] = []
        batches = _cells(self._table, self._positions)
        waiting = next(batches, None)
        while waiting is not None or not layers:
            number = len(layers) + 1
            name = self._table.name if number == 1 else f"{self._table.name} {number}"
            sheet = self._book.add_worksheet(name)
            self._head(sheet)
            row = 1
            while waiting is not None and row < SHEET_ROWS:
                room = waiting.slice(0, SHEET_ROWS - row)
                self._rows(sheet, row, room)
                row += room.num_rows
                rest = waiting.slice(room.num_rows)
                waiting = rest if rest.num_rows else next(batches, None)
            sheet.autofilter(0, 0, max(row - 1, 1), len(self._columns) - 1)
            layers.append(Layer(name, row - 1, self._columns))
        return layers

    def _head(self, sheet: Worksheet) -> None:
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(self._columns) - 1, 16)
        for column, label in enumerate(self._columns):
            sheet.write_string(0, column, label, self._formats.heading)

    def _rows(self, sheet: Worksheet, first: int, batch: pa.RecordBatch) -> None:
        for _, texts in text_columns(batch):
            self._tally.lose(_EMPTY, empty_texts(texts))
        filled = [
            (number, self._writer(sheet, number, array.type), self._values(array))
            for number, array in enumerate(batch.columns)
            if array.null_count < len(array)
        ]
        for offset in range(batch.num_rows):
            for number, put, values in filled:
                value = values[offset]
                if value is not None:
                    put(first + offset, number, value)

    def _values(self, array: pa.Array) -> list[object]:
        if pa.types.is_timestamp(array.type):
            self._tally.lose(_TIMES, len(array) - array.null_count)
            array = iso_text(array)
        values: list[object] = array.to_pylist()
        return values

    def _writer(self, sheet: Worksheet, number: int, kind: pa.DataType) -> Put:
        put: Put = sheet.write_number
        if pa.types.is_boolean(kind):
            put = sheet.write_boolean
        elif pa.types.is_floating(kind):
            put = self._number_writer(sheet)
        elif pa.types.is_date(kind):
            put = self._date_writer(sheet)
        elif pa.types.is_string(kind) or pa.types.is_timestamp(kind):
            put = self._text_writer(sheet, is_wkt=number == self._wkt)
        return put

    def _number_writer(self, sheet: Worksheet) -> Callable[[int, int, float], object]:
        def put(row: int, column: int, value: float) -> None:
            if float(f"{value:.16G}") != value:
                self._tally.lose(_DIGITS)
            sheet.write_number(row, column, value)

        return put

    def _date_writer(self, sheet: Worksheet) -> Callable[[int, int, date], object]:
        def put(row: int, column: int, value: date) -> None:
            if value < FIRST_DATE:
                self._tally.lose(_EARLY)
                sheet.write_string(row, column, value.isoformat())
            else:
                sheet.write_datetime(row, column, value, self._formats.day)

        return put

    def _text_writer(self, sheet: Worksheet, *, is_wkt: bool) -> Callable[[int, int, str], object]:
        def put(row: int, column: int, value: str) -> None:
            if len(value) <= LONGEST_TEXT:
                sheet.write_string(row, column, value)
            elif is_wkt:
                self._tally.lose(_NO_WKT)
            else:
                self._tally.lose(_CUT)
                sheet.write_string(row, column, value[:LONGEST_TEXT])

        return put


def _cells(table: SpooledKind, positions: PositionColumns) -> Iterator[pa.RecordBatch]:
    return (positions.in_place_of_wkb(batch) for batch in table.batches())
