"""Both accounts as XLSX: each on its own sheet, with totals that are live formulas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from canopy.concessions.appraisal.accounts.documents import (
    COLUMNS,
    Row,
    economic_rows,
    financial_rows,
)
from canopy.concessions.appraisal.accounts.made import Accounts
from canopy.concessions.appraisal.accounts.rows import FIGURES, figures
from canopy.errors import LimitExceeded, Refused

MOST_ROWS = 1_000_000
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FINANCIAL = (
    "year",
    "account",
    "income",
    "cost",
    "net",
    "borrowed",
    "repaid",
    "net after financing",
)


def write_accounts(found: Accounts, path: Path, created: datetime) -> None:
    """Write the workbook. Raises Refused where it cannot be, LimitExceeded beyond a sheet."""
    detail = list(financial_rows(found))
    economic = list(economic_rows(found))
    if max(len(detail), len(economic)) > MOST_ROWS:
        raise LimitExceeded(f"a sheet holds {MOST_ROWS:,} rows", limit=MOST_ROWS)
    try:
        with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
            book.set_properties(
                {"title": f"Accounts of {found.agreement.ref}",
                 "created": created.replace(tzinfo=None)}
            )  # fmt: skip
            bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
            money = book.add_format({"num_format": "#,##0.00"})
            _financial(book.add_worksheet("Financial"), found, bold, money)
            _figures(book.add_worksheet("Appraisal"), found, bold)
            _table(book.add_worksheet("Financial detail"), detail, bold, money)
            _table(book.add_worksheet("Economic"), economic, bold, money)
            _told(book.add_worksheet("Assumptions"), found, bold)
    except xlsxwriter.exceptions.FileCreateError as error:
        raise Refused(f"{path} cannot be written: {error}") from error


def _financial(sheet: Worksheet, found: Accounts, bold: Format, money: Format) -> None:
    """Sums of the detail by year and account; net and totals follow from them."""
    _heads(sheet, _FINANCIAL, bold)
    for row, each in enumerate(found.years, 1):
        at = row + 1
        sheet.write_string(row, 0, f"{each.year}")
        sheet.write_string(row, 1, each.account)
        for column, (part, side, pence) in enumerate(
            (
                (each.account, "income", each.income_pence),
                (each.account, "cost", each.cost_pence),
                (f"{each.account}, financing", "income", each.borrowed_pence),
                (f"{each.account}, financing", "cost", each.repaid_pence),
            )
        ):
            where = 2 + column + (column > 1)
            formula = (
                f"=SUMIFS('Financial detail'!I:I,'Financial detail'!B:B,A{at},"
                f"'Financial detail'!E:E,\"{part}\",'Financial detail'!F:F,\"{side}\")"
            )
            sheet.write_formula(row, where, formula, money, pence / 100)
        sheet.write_formula(row, 4, f"=C{at}-D{at}", money, each.net_pence / 100)
        after = each.net_after_financing_pence / 100
        sheet.write_formula(row, 7, f"=E{at}+F{at}-G{at}", money, after)


def _figures(sheet: Worksheet, found: Accounts, bold: Format) -> None:
    _heads(sheet, FIGURES, bold)
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 2, 60)
    for row, (name, shown, why) in enumerate(figures(found), 1):
        for column, text in enumerate((name, shown, why)):
            sheet.write_string(row, column, text)


def _table(sheet: Worksheet, rows: Iterable[Row], bold: Format, money: Format) -> None:
    _heads(sheet, COLUMNS, bold)
    for at, row in enumerate(rows, 1):
        for column, text in enumerate(row[:-1]):
            sheet.write_string(at, column, str(text))
        sheet.write_number(at, len(row) - 1, row[-1] / 100, money)


def _told(sheet: Worksheet, found: Accounts, bold: Format) -> None:
    sheet.set_column(1, 1, 120)
    told = [*(("assumption", each) for each in found.assumptions)]
    told += [("source", each) for each in found.sources]
    for row, (name, text) in enumerate(told):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, text)


def _heads(sheet: Worksheet, names: Sequence[str], bold: Format) -> None:
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
    sheet.set_column(0, len(names) - 1, 18)
    sheet.freeze_panes(1, 0)
