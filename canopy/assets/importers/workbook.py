"""XLSX workbooks: every visible sheet with rows is a table.

Sheets are streamed; only the workbook's list of distinct texts is held in memory, as
the format requires. Numbers that are whole become int, since Excel has no other way to
hold a UPRN; dates come typed.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from canopy.assets.importers.base import BATCH_ROWS, RawBatch, RawValue, RowIssue, SourceTable
from canopy.assets.importers.crs_text import declared_crs
from canopy.assets.importers.faults import bad_source
from canopy.assets.importers.headings import SAMPLE_ROWS, find_headings, is_blank
from canopy.assets.importers.mojibake import repair_columns
from canopy.assets.importers.own_export import is_own_export, named_for_kind
from canopy.assets.importers.stated import stated
from canopy.assets.importers.whole_numbers import whole

_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    NotImplementedError,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    ParseError,
    InvalidFileException,
)
_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
_NULL_DATES = frozenset({dt.date(1899, 12, 30), dt.date(1899, 12, 31), dt.date(1900, 1, 1)})
_MIDNIGHT = dt.time(0)
_NOT_CALCULATED = re.compile(rb"(?:</f>|<f[^<>]*/>)\s*(?:<v>\s*</v>|<v\s*/>)?\s*</c>")
README = "README"
"""The sheet of an export that tells licence, attribution and CRS."""

FEWEST_COLUMNS = 3
"""Columns of a table of assets: its position, and something about it."""

_SCAN_BYTES = 1 << 20
_NAMED_ROWS = 10


def open_workbook(path: Path, *, header_row: int | None = None) -> list[SourceTable]:
    """The tables of a workbook.

    Title rows above the header are skipped; `header_row` says which row has the names (0
    for none). Hidden sheets are left out unless there is no other, and the README sheet
    of a workbook that Canopy exported is no table: it says what the others are. Raises
    BadSource when no sheet has rows, and for damaged workbooks.
    """
    notices: list[RowIssue] = []
    found: list[SourceTable] = []
    with _opened(path) as book:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in book.worksheets:
            if visible and sheet not in visible:
                notices.append(_skipped_sheet(sheet.title, "hidden"))
                continue
            table = _table(path, sheet, header_row)
            if table is None:
                notices.append(_skipped_sheet(sheet.title, "empty"))
            else:
                found.append(table)
    if not found:
        raise bad_source(path, "empty-file", "has no sheet with rows in it.")
    notices += _not_calculated(path)
    if any(is_own_export(table.columns) for table in found):
        found = _own_sheets(path, found)
    elif len(found) > 1:
        notes = _notes(found)
        notices += [_skipped_sheet(each.name, "a single column of notes") for each in notes]
        found = [named_for_kind(table) for table in found if table not in notes]
    return [replace(table, notices=(*table.notices, *notices)) for table in found]


def _notes(found: list[SourceTable]) -> list[SourceTable]:
    """Sheets of a single column beside a real table: remarks, contacts, change logs."""
    if max(len(table.columns) for table in found) < FEWEST_COLUMNS:
        return []
    return [table for table in found if len(table.columns) == 1]


def _own_sheets(path: Path, found: list[SourceTable]) -> list[SourceTable]:
    """The sheets of an export, with what its README sheet says of all of them."""
    said: dict[str, object] = {}
    with _opened(path) as book:
        if README in book.sheetnames:
            for _, row in islice(_rows(path, book[README]), SAMPLE_ROWS):
                if not row or is_blank(row[0]):
                    break
                said[str(row[0])] = next((value for value in row[1:] if value is not None), None)
    credit, crs = stated(said), declared_crs(str(said.get("coordinates") or ""))
    sheets = [table for table in found if table.name != README]
    return [named_for_kind(credit.of(replace(table, declared_crs=crs))) for table in sheets]


def _skipped_sheet(title: str, why: str) -> RowIssue:
    return RowIssue(None, "sheet-skipped", f"Sheet {title!r} is {why} and was skipped.")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        # openpyxl warns of styles and validations it drops; values are all that is read.
        warnings.simplefilter("ignore", UserWarning)
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        except _FAULTS as error:
            raise _damaged(path, error) from error
        try:
            yield book
        finally:
            book.close()


def _damaged(path: Path, error: Exception, row: int | None = None) -> Exception:
    where = "" if row is None else f" after row {row:,}"
    text = " ".join(str(error).split())[:160]
    return bad_source(
        path,
        "damaged",
        f"is a damaged workbook{where} ({type(error).__name__}: {text}); open it in Excel and "
        "save it again.",
        row=row,
    )


def _rows(path: Path, sheet: Any) -> Iterator[tuple[int, tuple[RawValue, ...]]]:
    """(row number, values) of every row from the first, empty ones included."""
    sheet.reset_dimensions()  # the stated extent is often wrong
    number = 0
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, row
    except _FAULTS as error:
        raise _damaged(path, error, number) from error


def _table(path: Path, sheet: Any, header_row: int | None) -> SourceTable | None:
    estimate = sheet.max_row
    title = str(sheet.title)
    sample = list(islice(_rows(path, sheet), SAMPLE_ROWS))
    sample = _without_trailing_blanks(sample)
    if not sample:
        return None
    numbers = [number for number, _ in sample]
    headings = find_headings([row for _, row in sample], numbers, header_row=header_row)
    before = headings.rows_before_data
    first_row = numbers[before - 1] + 1 if before else numbers[0]
    reader = _SheetReader(path, title, headings.names, first_row)
    notices = list(headings.notices)
    if before == len(sample):
        notices.append(RowIssue(None, "no-rows", f"Sheet {title!r} has a header but no rows."))
    return SourceTable(
        path=path,
        name=title,
        format="XLSX",
        columns=headings.names,
        batches=reader,
        row_count=None if estimate is None else max(0, estimate - first_row + 1),
        notices=tuple(notices),
    )


def _without_trailing_blanks(
    rows: list[tuple[int, tuple[RawValue, ...]]],
) -> list[tuple[int, tuple[RawValue, ...]]]:
    filled = [index for index, (_, row) in enumerate(rows) if not all(map(is_blank, row))]
    return rows[: filled[-1] + 1] if filled else []


@dataclass(frozen=True, slots=True)
class _SheetReader:
    """One pass over a sheet's data rows, each call from the first."""

    path: Path
    title: str
    names: tuple[str, ...]
    first_row: int

    def __call__(self) -> Iterator[RawBatch]:
        blank: list[int] = []
        with _opened(self.path) as book:
            rows = _rows(self.path, book[self.title])
            for _ in range(self.first_row - 1):
                next(rows, None)
            while True:
                chunk = list(islice(rows, BATCH_ROWS))
                if not chunk:
                    break
                yield self._batch(chunk, blank)
        if blank:
            yield RawBatch([], {name: [] for name in self.names}, warnings=[_blank(blank)])

    def _batch(self, chunk: list[tuple[int, tuple[RawValue, ...]]], blank: list[int]) -> RawBatch:
        numbers: list[int] = []
        rows: list[list[RawValue]] = []
        warned: list[RowIssue] = []
        width = len(self.names)
        for number, values in chunk:
            if all(map(is_blank, values)):
                blank.append(number)
                continue
            if tuple(values[:width]) == self.names:
                message = f"Row {number} repeats the column names and was skipped."
                warned.append(RowIssue(number, "repeated-header", message))
                continue
            warned += self._outside(number, values[width:])
            row = [*values[:width], *[None] * (width - len(values))]
            numbers.append(number)
            rows.append(row)
        columns = {
            name: [
                self._value(row[index], number, name, warned)
                for number, row in zip(numbers, rows, strict=True)
            ]
            for index, name in enumerate(self.names)
        }
        warned += repair_columns(columns, numbers)
        return RawBatch(numbers, columns, None, [], warned)

    def _outside(self, number: int, values: Sequence[RawValue]) -> list[RowIssue]:
        return [
            RowIssue(
                number,
                "outside-table",
                f"Cell {get_column_letter(len(self.names) + index)}{number} holds "
                f"{str(value)[:60]!r} under no heading and was left out.",
            )
            for index, value in enumerate(values, 1)
            if not is_blank(value)
        ]

    def _value(self, value: RawValue, number: int, name: str, warned: list[RowIssue]) -> RawValue:
        """A cell's value; Excel's errors and null dates become None, and are said."""
        kind = type(value)
        if kind is float:
            return whole(value)
        if kind is str:
            if value in _ERRORS:
                message = f"Row {number}, {name}: the formula gives {value}; taken as unknown."
                warned.append(RowIssue(number, "cell-error", message, name))
                return None
            return value
        is_null = value == _MIDNIGHT if kind is dt.time else False
        if isinstance(value, dt.datetime):
            is_null = value.time() == _MIDNIGHT and value.date() in _NULL_DATES
        if is_null:
            message = (
                f"Row {number}, {name}: the date cell holds {value}, which is Excel's zero; "
                "taken as unknown."
            )
            warned.append(RowIssue(number, "null-date", message, name))
            return None
        return value


def _blank(numbers: list[int]) -> RowIssue:
    listed = ", ".join(map(str, numbers[:_NAMED_ROWS]))
    more = f" and {len(numbers) - _NAMED_ROWS} more" if len(numbers) > _NAMED_ROWS else ""
    message = f"Skipped {len(numbers)} blank row(s): row {listed}{more}."
    return RowIssue(numbers[0], "blank-rows", message)


def _not_calculated(path: Path) -> list[RowIssue]:
    """Formulas whose result was never stored: they read as empty, and nobody would know."""
    count = 0
    with zipfile.ZipFile(path) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        for name in sheets:
            kept = b""
            with archive.open(name) as stream:
                while block := stream.read(_SCAN_BYTES):
                    text = kept + block
                    count += len(_NOT_CALCULATED.findall(text))
                    kept = text[max(text.rfind(b"<c "), 0) :] if b"<c " in text else b""
                    kept = b"" if _NOT_CALCULATED.search(kept) else kept
    if not count:
        return []
    message = (
        f"{count} formula(s) in {path.name} have no stored result and read as unknown; open it "
        "in Excel, let it calculate, and save it."
    )
    return [RowIssue(None, "formula-not-calculated", message)]
