"""Rows of a sheet, and where their cells are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

Kind = Literal["text", "money", "day", "part", "plain"]


@dataclass(frozen=True, slots=True)
class Styles:
    """Formats that cells are written in."""

    heading: Format
    money: Format
    day: Format
    part: Format
    text: Format


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with the figure that Canopy has for it."""

    text: str
    value: float


Cell = str | float | Decimal | date | Formula | None


def heads(sheet: Worksheet, styles: Styles, headings: Sequence[str]) -> None:
    """Headings in the first row, which stays in sight."""
    sheet.set_column(0, len(headings) - 1, 14)
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, styles.heading)


class Table:
    """A sheet whose rows are added one after the other."""

    def __init__(self, sheet: Worksheet, styles: Styles, columns: Sequence[tuple[str, Kind]]):
        self._sheet = sheet
        self._formats: dict[Kind, Format | None] = {
            "text": None, "plain": None, "money": styles.money, "day": styles.day,
            "part": styles.part,
        }  # fmt: skip
        self._columns = [(heading, self._formats[kind]) for heading, kind in columns]
        self.rows = 0
        heads(sheet, styles, [heading for heading, _ in columns])

    @property
    def next_row(self) -> int:
        """The number of the row that is added next, as formulas count."""
        return self.rows + 2

    def add(self, *cells: Cell) -> int:
        """Adds a row; its number, as formulas count."""
        self.rows += 1
        for column, cell in enumerate(cells):
            self._write(column, cell)
        return self.rows + 1

    def ref(self, heading: str, row: int) -> str:
        """A cell, for formulas of any sheet."""
        names = [name for name, _ in self._columns]
        return f"'{self._sheet.get_name()}'!${xl_col_to_name(names.index(heading))}${row}"

    def _write(self, column: int, cell: Cell) -> None:
        form = self._columns[column][1]
        if isinstance(cell, Formula):
            self._sheet.write_formula(self.rows, column, cell.text, form, cell.value)
        elif isinstance(cell, date):
            self._sheet.write_datetime(self.rows, column, cell, form)
        elif isinstance(cell, str):
            self._sheet.write_string(self.rows, column, cell)
        elif cell is not None:
            self._sheet.write_number(self.rows, column, float(cell), form)
