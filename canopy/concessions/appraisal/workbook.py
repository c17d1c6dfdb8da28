"""A valuation as XLSX in which everything that follows from something is a live formula.

Inputs are index figures, volumes, the rates and amounts of charges, tiers, discount rates, and
when in a year its cash falls: change one, and the schedule, the totals and the present values
follow. Formulas carry the figures of Canopy too, for programs that show a file without computing
it. When something is due, and which days a line is for, are not recomputed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from canopy.concessions.appraisal import formulas
from canopy.concessions.appraisal.book.table import Styles
from canopy.concessions.appraisal.live_sheets import live_sheets
from canopy.concessions.appraisal.sheets import (
    cover_sheet,
    deposit_sheet,
    financial_years_sheet,
    rates_sheet,
    schedule_sheet,
    years_sheet,
)
from canopy.concessions.appraisal.value import Valuation, Worth
from canopy.concessions.valuation.returns import Irr
from canopy.errors import LimitExceeded, Refused

FIRST_DAY = date(1900, 3, 1)
"""Before it, dates of a spreadsheet are those of a calendar that never was."""
MOST_LINES = 1_000_000
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(valuation: Valuation, path: Path, created: datetime) -> None:
    """Write the workbook; `created` is put in its properties.

    Raises Refused for days before March 1900 and where the file cannot be written,
    LimitExceeded beyond a million lines.
    """
    if valuation.first_day < FIRST_DAY:
        raise Refused(f"a workbook holds no day before {FIRST_DAY}; write CSV or JSON instead")
    if len(valuation.lines) > MOST_LINES:
        raise LimitExceeded(f"a sheet holds {MOST_LINES:,} lines, not {len(valuation.lines):,}")
    try:
        with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
            _fill(book, valuation, created)
    except xlsxwriter.exceptions.FileCreateError as error:
        raise Refused(f"{path} cannot be written: {error}") from error


def _fill(book: xlsxwriter.Workbook, valuation: Valuation, created: datetime) -> None:
    book.set_properties(
        {"title": f"Value of {valuation.agreement.ref}", "created": created.replace(tzinfo=None)}
    )
    styles = Styles(
        book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        book.add_format({"num_format": "#,##0.00"}),
        book.add_format({"num_format": "yyyy-mm-dd"}),
        book.add_format({"num_format": "0.000000"}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    names = ("Summary", "Financial years", "Years", "Cover", "Rates", "Schedule")
    sheets = {name: book.add_worksheet(name) for name in names}
    live = live_sheets(book, valuation, styles)
    rates_sheet(book, sheets["Rates"], valuation, styles)
    schedule_sheet(book, sheets["Schedule"], valuation, live, styles)
    years_sheet(sheets["Years"], valuation, live, styles)
    financial_years_sheet(sheets["Financial years"], valuation, styles)
    cover_sheet(sheets["Cover"], valuation, live, styles)
    if valuation.deposit:
        deposit_sheet(book.add_worksheet("Deposit"), valuation, styles)
    _summary(sheets["Summary"], valuation, styles)


def _summary(sheet: Worksheet, valuation: Valuation, styles: Styles) -> None:
    agreement = valuation.agreement
    count = len(valuation.years)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    facts = (
        ("agreement", agreement.ref),
        ("title", agreement.title),
        ("currency", agreement.currency),
        ("years from", f"{valuation.first_day}"),
    )
    for row, (name, text) in enumerate(facts):
        sheet.write_string(row, 0, name, styles.heading)
        sheet.write_string(row, 1, text, styles.text)
    totals = (
        ("income", "D", Worth(valuation.income_pence, None)),
        ("cost", "E", Worth(valuation.cost_pence, None)),
        ("net", "F", Worth(valuation.income_pence - valuation.cost_pence, None)),
        ("present value, real", "L", valuation.real),
        ("present value, nominal", "N", valuation.nominal),
    )
    row = len(facts)
    for name, column, worth in totals:
        sheet.write_string(row, 0, name, styles.heading)
        if worth.pence is None:
            sheet.write_string(row, 1, f"none: {worth.reason}", styles.text)
        else:
            formula = formulas.sum_of("Years", column, count)
            sheet.write_formula(row, 1, formula, styles.money, worth.pence / 100)
        row += 1
    for name, column, found in (
        ("rate of return, real", "J", valuation.real_irr),
        ("rate of return, nominal", "F", valuation.nominal_irr),
    ):
        sheet.write_string(row, 0, name, styles.heading)
        _return(sheet, row, formulas.return_of(column, count), found, styles)
        row += 1
    _sentences(sheet, row + 1, "assumption", valuation.assumptions, styles)
    row += 1 + len(valuation.assumptions)
    _sentences(sheet, row, "source", valuation.sources, styles)


def _return(sheet: Worksheet, row: int, formula: str, found: Irr, styles: Styles) -> None:
    if found.rate is None:
        sheet.write_string(row, 1, f"none: {found.reason}", styles.text)
    else:
        sheet.write_formula(row, 1, formula, styles.part, found.rate)


def _sentences(
    sheet: Worksheet, row: int, name: str, sentences: Sequence[str], styles: Styles
) -> None:
    for at, sentence in enumerate(sentences):
        sheet.write_string(row + at, 0, name, styles.heading)
        sheet.write_string(row + at, 1, sentence, styles.text)
