"""The sheets of a valuation's workbook: inputs as numbers, what follows from them as formulas."""

from __future__ import annotations

from datetime import date

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from canopy.concessions.appraisal import formulas
from canopy.concessions.appraisal.book.amounts import contract_year
from canopy.concessions.appraisal.book.indexes import change_formula
from canopy.concessions.appraisal.book.lines import charge_of, net_formula, with_quiet_guarantees
from canopy.concessions.appraisal.book.live import Live
from canopy.concessions.appraisal.book.table import Formula, Styles, heads
from canopy.concessions.appraisal.value import Valuation, ValuedYear, price_months
from canopy.concessions.calendar.months import ONE_DAY
from canopy.concessions.schedule.lines import Line, Side, YearTotal
from canopy.concessions.terms.payment import VAT_PERCENT
from canopy.concessions.valuation.discounting import Discount, factors, shift_of, year_times

_FOREVER = 1_000_000
"""Years that stand for the end of the last band."""


def rates_sheet(
    book: xlsxwriter.Workbook, sheet: Worksheet, valuation: Valuation, styles: Styles
) -> None:
    """Discount rates by bands, and when in a year its cash falls."""
    heads(sheet, styles, ("rates", "after year", "until year", "rate a year", "", "years earlier"))
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
    book: xlsxwriter.Workbook, sheet: Worksheet, valuation: Valuation, live: Live, styles: Styles
) -> None:
    """Every line, with names for the columns that totals are made of."""
    lines = valuation.lines
    if valuation.basis.from_day is None and valuation.basis.last_day is None:
        lines = tuple(with_quiet_guarantees(lines, live))
    heads(sheet, styles, ("due", "first", "last", "charge", "side", "what", "account", "net", "VAT",
        "assumed"))  # fmt: skip
    for row, line in enumerate(lines, 1):
        for column, day in enumerate((line.due, line.first, line.last)):
            sheet.write_datetime(row, column, day, styles.day)
        for column, text in enumerate((line.charge, line.side, line.what, line.account), 3):
            sheet.write_string(row, column, text)
        net = net_formula(line, live)
        if net is None:
            sheet.write_number(row, 7, line.net_pence / 100, styles.money)
        else:
            sheet.write_formula(row, 7, net.text, styles.money, net.value)
        vat = f"=ROUND(H{row + 1}*{_vat_percent(line, live)}/100,2)"
        sheet.write_formula(row, 8, vat, styles.money, line.vat_pence / 100)
        sheet.write_string(row, 9, "yes" if line.assumed else "no")
    last = len(lines) + 1
    for name, letter in (
        ("due", "A"),
        ("first", "B"),
        ("side", "E"),
        ("account", "G"),
        ("net", "H"),
    ):
        book.define_name(f"line_{name}", f"=Schedule!${letter}$2:${letter}${last}")


def _vat_percent(line: Line, live: Live) -> int:
    """Costs are kept without VAT."""
    charge = charge_of(line, live)
    return 0 if line.side == "cost" else VAT_PERCENT[charge.vat or live.figures.agreement.vat]


def years_sheet(sheet: Worksheet, valuation: Valuation, live: Live, styles: Styles) -> None:
    """Years of the valuation; a column without figures stays empty below its heading."""
    heads(sheet, styles, ("year", "first", "last", "income", "cost", "net", "change of prices",
        "price level", "time of discount", "net, real", "real factor", "present value, real",
        "nominal factor", "present value, nominal"))  # fmt: skip
    times = year_times(len(valuation.years) + 1, valuation.basis.timing)[1:]
    real = factors(valuation.basis.real, times)
    discount = valuation.basis.nominal
    nominal = None if discount is None else factors(discount, times)
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
            change = price_change(valuation, live, at)
            _real_year(sheet, row, change, year.price_level, (net, float(real[at])), styles)
        if nominal is not None:
            sheet.write_formula(
                row, 12, formulas.factor("nominal", row + 1), styles.part, nominal[at]
            )
            sheet.write_formula(row, 13, f"=F{row + 1}*M{row + 1}", styles.money, net * nominal[at])


def price_change(valuation: Valuation, live: Live, at: int) -> Formula | None:
    """The change of prices into the year after `at` others; none into the first."""
    if at == 0:
        return None
    series = valuation.indices[valuation.basis.deflator]
    return change_formula(live, series, price_month(valuation, at))


def price_month(valuation: Valuation, at: int) -> date:
    """The month whose figure is the prices of the year after `at` others."""
    return price_months(valuation.first_day, at + 1, valuation.basis.price_lag_months)[-1]


def _real_year(
    sheet: Worksheet,
    row: int,
    change: Formula | None,
    level: float,
    net_and_factor: tuple[float, float],
    styles: Styles,
) -> None:
    """Change and level of prices, and what they make of a year's net amount."""
    net, factor = net_and_factor
    grown = f"=1+G{row + 1}" if change is None else f"=H{row}*(1+G{row + 1})"
    if change is None:
        sheet.write_number(row, 6, 0, styles.part)
    else:
        sheet.write_formula(row, 6, change.text, styles.part, change.value)
    sheet.write_formula(row, 7, grown, styles.part, level)
    sheet.write_formula(row, 9, f"=F{row + 1}/H{row + 1}", styles.money, net / level)
    sheet.write_formula(row, 10, formulas.factor("real", row + 1), styles.part, factor)
    sheet.write_formula(row, 11, f"=J{row + 1}*K{row + 1}", styles.money, net / level * factor)


def financial_years_sheet(sheet: Worksheet, valuation: Valuation, styles: Styles) -> None:
    """Totals of revenue, then of capital, which are never summed."""
    heads(sheet, styles, ("financial year", "first", "last", "account", "income", "cost", "net"))
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


def cover_sheet(sheet: Worksheet, valuation: Valuation, live: Live, styles: Styles) -> None:
    """The guaranteed minimum of contract years over their costs.

    Costs are those of the sheet of lines, unless the valuation leaves some of them out.
    """
    is_whole = valuation.basis.from_day is None and valuation.basis.last_day is None
    heads(sheet, styles, ("contract year", "first", "guaranteed", "costs", "cover"))
    for row, year in enumerate(valuation.cover, 1):
        sheet.write_number(row, 0, year.number)
        sheet.write_datetime(row, 1, year.first, styles.day)
        cells = [cell for (_, number), cell in live.minimums.items() if number == year.number]
        sheet.write_formula(
            row, 2, "=" + "+".join(cells), styles.money, year.guaranteed_pence / 100
        )
        if is_whole:
            last = contract_year(live, year.number)[1] - ONE_DAY
            formula = formulas.costs_for(row + 1, last)
            sheet.write_formula(row, 3, formula, styles.money, year.cost_pence / 100)
        else:
            sheet.write_number(row, 3, year.cost_pence / 100, styles.money)
        formula = f'=IF(D{row + 1}>0,C{row + 1}/D{row + 1},"")'
        sheet.write_formula(row, 4, formula, styles.part, "" if year.ratio is None else year.ratio)


def deposit_sheet(sheet: Worksheet, valuation: Valuation, styles: Styles) -> None:
    """What is held, beside every total: to the council above 0, given back below."""
    heads(sheet, styles, ("day", "what", "held"))
    for row, each in enumerate(valuation.deposit, 1):
        sheet.write_datetime(row, 0, each.day, styles.day)
        sheet.write_string(row, 1, each.what)
        sheet.write_number(row, 2, each.pence / 100, styles.money)
