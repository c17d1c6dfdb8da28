"""The sheets of a valuation's workbook: inputs as numbers, what follows from them as formulas."""

from __future__ import annotations

from dataclasses import dataclass

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from canopy.concessions.appraisal import formulas
from canopy.concessions.appraisal.value import Valuation, ValuedYear
from canopy.concessions.schedule.lines import Side, YearTotal
from canopy.concessions.valuation.discounting import Discount, factors, shift_of, year_times

_FOREVER = 1_000_000
"""Years that stand for the end of the last band."""


@dataclass(frozen=True, slots=True)
class Styles:
    """Formats that cells are written in."""

    heading: Format
    money: Format
    day: Format
    part: Format
    text: Format


def _heads(sheet: Worksheet, styles: Styles, *headings: str) -> None:
    sheet.set_column(0, len(headings) - 1, 14)
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, styles.heading)


def rates_sheet(
    book: xlsxwriter.Workbook, sheet: Worksheet, valuation: Valuation, styles: Styles
) -> None:
    """Discount rates by bands, and when in a year its cash falls."""
    _heads(sheet, styles, "rates", "after year", "until year", "rate a year", "", "years earlier")
    sheet.write_number(1, 5, shift_of(valuation.basis.timing))
    book.define_name("years_earlier", "=Rates!$F$2")
    row = 1
    given: tuple[tuple[formulas.Terms, Discount | None], ...] = (
        ("real", valuation.basis.real),
        ("nominal", valuation.basis.nominal),
    )
    for terms, discount in given:
        if discount is None:
            continue
        first, begins = row, 0.0
        for band in discount.bands:
            until = _FOREVER if band.until is None else band.until
            sheet.write_string(row, 0, terms)
            for column, number in enumerate((begins, until, band.rate)):
                sheet.write_number(row, column + 1, number)
            row, begins = row + 1, until
        for letter, name in zip("BCD", ("begins", "until", "rate"), strict=True):
            book.define_name(f"{terms}_{name}", f"=Rates!${letter}${first + 1}:${letter}${row}")


def schedule_sheet(
    book: xlsxwriter.Workbook, sheet: Worksheet, valuation: Valuation, styles: Styles
) -> None:
    """Every line, with names for the columns that totals are made of."""
    _heads(
        sheet, styles, "due", "first", "last", "charge", "side", "what", "account", "net", "VAT",
        "assumed",
    )  # fmt: skip
    for row, line in enumerate(valuation.lines, 1):
        for column, day in enumerate((line.due, line.first, line.last)):
            sheet.write_datetime(row, column, day, styles.day)
        for column, text in enumerate((line.charge, line.side, line.what, line.account), 3):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 7, line.net_pence / 100, styles.money)
        sheet.write_number(row, 8, line.vat_pence / 100, styles.money)
        sheet.write_string(row, 9, "yes" if line.assumed else "no")
    last = len(valuation.lines) + 1
    for name, letter in (("due", "A"), ("side", "E"), ("account", "G"), ("net", "H")):
        book.define_name(f"line_{name}", f"=Schedule!${letter}$2:${letter}${last}")


def years_sheet(sheet: Worksheet, valuation: Valuation, styles: Styles) -> None:
    """Years of the valuation; a column without figures stays empty below its heading."""
    _heads(
        sheet, styles, "year", "first", "last", "income", "cost", "net", "change of prices",
        "price level", "time of discount", "net, real", "real factor", "present value, real",
        "nominal factor", "present value, nominal",
    )  # fmt: skip
    times = year_times(len(valuation.years) + 1, valuation.basis.timing)[1:]
    real = factors(valuation.basis.real, times)
    discount = valuation.basis.nominal
    nominal = None if discount is None else factors(discount, times)
    before: float | None = None
    for at, year in enumerate(valuation.years):
        row = at + 1
        net = (year.income_pence - year.cost_pence) / 100
        sheet.write_number(row, 0, year.number)
        sheet.write_datetime(row, 1, year.first, styles.day)
        sheet.write_datetime(row, 2, year.last, styles.day)
        for column, side, figure in _sides(3, year):
            is_open = at == 0 and valuation.basis.from_day is None
            formula = (formulas.due_until if is_open else formulas.due_between)(side, row + 1)
            sheet.write_formula(row, column, formula, styles.money, figure)
        sheet.write_formula(row, 5, f"=D{row + 1}-E{row + 1}", styles.money, net)
        sheet.write_formula(row, 8, f"=A{row + 1}-years_earlier", styles.part, times[at])
        if year.price_level is not None:
            _real_year(sheet, row, before, year.price_level, (net, float(real[at])), styles)
            before = year.price_level
        if nominal is not None:
            sheet.write_formula(
                row, 12, formulas.factor("nominal", row + 1), styles.part, nominal[at]
            )
            sheet.write_formula(row, 13, f"=F{row + 1}*M{row + 1}", styles.money, net * nominal[at])


def _real_year(
    sheet: Worksheet,
    row: int,
    level_before: float | None,
    level: float,
    net_and_factor: tuple[float, float],
    styles: Styles,
) -> None:
    """Change and level of prices, and what they make of a year's net amount."""
    net, factor = net_and_factor
    change = 0.0 if level_before is None else level / level_before - 1
    grown = f"=1+G{row + 1}" if level_before is None else f"=H{row}*(1+G{row + 1})"
    sheet.write_number(row, 6, change, styles.part)
    sheet.write_formula(row, 7, grown, styles.part, level)
    sheet.write_formula(row, 9, f"=F{row + 1}/H{row + 1}", styles.money, net / level)
    sheet.write_formula(row, 10, formulas.factor("real", row + 1), styles.part, factor)
    sheet.write_formula(row, 11, f"=J{row + 1}*K{row + 1}", styles.money, net / level * factor)


def financial_years_sheet(sheet: Worksheet, valuation: Valuation, styles: Styles) -> None:
    """Totals of revenue, then of capital, which are never summed."""
    _heads(sheet, styles, "financial year", "first", "last", "account", "income", "cost", "net")
    row = 0
    for account, totals in valuation.financial_years.items():
        for year, total in totals.items():
            row += 1
            net = (total.income_pence - total.cost_pence) / 100
            sheet.write_string(row, 0, f"{year}")
            sheet.write_datetime(row, 1, year.start, styles.day)
            sheet.write_datetime(row, 2, year.end, styles.day)
            sheet.write_string(row, 3, account)
            for column, side, figure in _sides(4, total):
                formula = formulas.due_between(side, row + 1, account)
                sheet.write_formula(row, column, formula, styles.money, figure)
            formula = f"=E{row + 1}-F{row + 1}"
            sheet.write_formula(row, 6, formula, styles.money, net)


def _sides(column: int, of: ValuedYear | YearTotal) -> tuple[tuple[int, Side, float], ...]:
    """Income and cost with the columns they are in, from `column` on."""
    return (
        (column, "income", of.income_pence / 100),
        (column + 1, "cost", of.cost_pence / 100),
    )


def cover_sheet(sheet: Worksheet, valuation: Valuation, styles: Styles) -> None:
    """The guaranteed minimum of contract years over their costs."""
    _heads(sheet, styles, "contract year", "first", "guaranteed", "costs", "cover")
    for row, year in enumerate(valuation.cover, 1):
        sheet.write_number(row, 0, year.number)
        sheet.write_datetime(row, 1, year.first, styles.day)
        sheet.write_number(row, 2, year.guaranteed_pence / 100, styles.money)
        sheet.write_number(row, 3, year.cost_pence / 100, styles.money)
        formula = f'=IF(D{row + 1}>0,C{row + 1}/D{row + 1},"")'
        sheet.write_formula(row, 4, formula, styles.part, "" if year.ratio is None else year.ratio)
