"""The one cash flow as XLSX: what is put in is a number, what follows from it is a formula.

Formulas carry Canopy's own figures too, for programs that show a file without computing it.
Change a sum of an agreement, how many sites are let, a price level, the discount rate or the part
that is used for connectivity, and the years, the parts and the present value follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from canopy.assets.exporters.stamp import ExportStamp
from canopy.concessions.appraisal.book.table import Cell, Formula, Styles, Table
from canopy.plan.cashflow.gathering import CashFlow
from canopy.plan.cashflow.rows import SIGNS, CashRow, YearCash, by_name, by_year
from canopy.plan.report.telling import kind_words
from canopy.plan.report.words import Words

DISCOUNT_RATE = 0.035
"""Real, of the first 30 years: HM Treasury, The Green Book (2022), annex 6."""
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_FIXED = 7
"""Columns of the sheet of lines before its years."""
_LINES = "Lines"


_PARTS: dict[str, Callable[[CashRow], str]] = {
    "kind": lambda row: kind_words(row.kind),
    "operator": lambda row: row.operator,
    "ward": lambda row: row.ward,
}


def write_workbook(cash: CashFlow, words: Words, path: Path, stamp: ExportStamp) -> None:
    """Write it. The figures that follow from one line are to the penny."""
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties(
            {"title": stamp.title, "created": stamp.generated_at_utc.replace(tzinfo=None),
             "comments": "Exempt: Local Government Act 1972, Schedule 12A, paragraph 3"}
        )  # fmt: skip
        styles = Styles(
            book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
            book.add_format({"num_format": "#,##0.00;[Red]-#,##0.00"}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
            book.add_format({"num_format": "0.000000"}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        sheets = {
            name: book.add_worksheet(name)
            for name in ("Read me", "Cash flow", "By kind", "By operator", "By ward", "Inputs",
                         "New sites", _LINES, "Ranges")
        }  # fmt: skip
        _read_me(sheets["Read me"], cash, stamp, styles)
        inputs = _inputs(sheets["Inputs"], cash, words, styles)
        _lines(sheets[_LINES], cash, styles)
        _years(sheets["Cash flow"], cash, words, inputs, styles)
        for name, of in _PARTS.items():
            _parts(sheets[f"By {name}"], cash, name, of, styles)
        _new_sites(sheets["New sites"], cash, styles)
        _ranges(sheets["Ranges"], cash, styles)


def _read_me(sheet: Worksheet, cash: CashFlow, stamp: ExportStamp, styles: Styles) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    told = [
        ("Title", stamp.title),
        ("Edition", "Exempt (Local Government Act 1972, Schedule 12A, Part 1, paragraph 3)"),
        ("Made", stamp.generated_at_utc.isoformat()),
        ("Money", "Pounds of each year; a year is 1 April to 31 March; money counts when it is "
                  "due. Sums that come in and go out are both above 0 in Lines; Sign tells which."),
        ("Cash flow", "Every year sums the lines. Change a number in Inputs, New sites or Lines "
                      "and it follows."),
        ("New sites", "Sites let × price × price level is what a group earns; Lines share it out "
                      "over wards, and the check tells any difference."),
        ("Present value", "Net money in prices of the first year, discounted to its middle."),
        *(("Note", each) for each in cash.notes),
        *(("Left out", f"{ref}: {reason}") for ref, reason in cash.left_out.items()),
        *(("Source", each) for each in cash.sources),
    ]  # fmt: skip
    for row, (name, text) in enumerate(told):
        sheet.write_string(row, 0, name, styles.heading)
        sheet.write_string(row, 1, text, styles.text)


def _inputs(sheet: Worksheet, cash: CashFlow, words: Words, styles: Styles) -> dict[str, str]:
    """What can be changed; addresses by name."""
    table = Table(sheet, styles, (("Input", "text"), ("Value", "part"), ("From year", "plain"),
                                  ("Source", "text")))  # fmt: skip
    found = {}
    row = table.add("Discount rate, real", DISCOUNT_RATE, None, "The Green Book (2022), annex 6")
    found["rate"] = table.ref("Value", row)
    first = table.next_row
    for each in words.use:
        table.add(f"Part of income used for: {each.text}", each.percent_of_income / 100,
                  each.from_year, each.source)  # fmt: skip
    if words.use:
        last = table.next_row - 1
        found["percents"] = f"Inputs!$B${first}:$B${last}"
        found["from"] = f"Inputs!$C${first}:$C${last}"
    first = table.next_row
    for year, level in zip(cash.years, cash.levels.tolist(), strict=True):
        table.add(f"Price level of {year}", level, year.begins, "see Read me")
    found["levels"] = f"{first}"
    return found


def _lines(sheet: Worksheet, cash: CashFlow, styles: Styles) -> None:
    """One line of money each, as it is in the report."""
    table = Table(sheet, styles, (
        ("From", "text"), ("Name", "text"), ("Kind", "text"), ("Ward", "text"),
        ("Operator", "text"), ("Account", "text"), ("Sign", "plain"),
        *((f"{year}", "money") for year in cash.years), ("All years", "money"),
    ))  # fmt: skip
    first, last = xl_col_to_name(_FIXED), xl_col_to_name(_FIXED + len(cash.years) - 1)
    for each in cash.rows:
        row = table.next_row
        amounts = [each.pence.get(year, 0) / 100 for year in cash.years]
        sign = Formula(f'=IF(RIGHT(F{row},6)="income",1,-1)', SIGNS[each.account])
        total = Formula(f"=SUM({first}{row}:{last}{row})", sum(amounts))
        table.add(each.source, each.name, kind_words(each.kind), each.ward, each.operator,
                  each.account, sign, *amounts, total)  # fmt: skip


def _span(column: int, rows: int) -> str:
    name = xl_col_to_name(column)
    return f"{_LINES}!${name}$2:${name}${max(rows, 1) + 1}"


def _years(
    sheet: Worksheet, cash: CashFlow, words: Words, inputs: dict[str, str], styles: Styles
) -> None:
    table = Table(sheet, styles, (
        ("Financial year", "text"), ("First year", "plain"), ("Agreements", "money"),
        ("New sites", "money"), ("Running costs", "money"), ("Capital", "money"),
        ("Net", "money"), ("Of it for connectivity", "money"), ("Stays with the council", "money"),
        ("Price level", "part"), ("Net, real", "money"), ("Discount factor", "part"),
        ("Present value", "money"),
    ))  # fmt: skip
    rows = len(cash.rows)
    found = by_year(cash.rows, cash.years, words.used)
    level_row = int(inputs["levels"])
    for at, year in enumerate(found):
        row, money = table.next_row, _span(_FIXED + at, rows)
        real = year.net / 100 / float(cash.levels[at])
        factor = (1 + DISCOUNT_RATE) ** -(at + 0.5)
        table.add(
            f"{year.year}", year.year.begins,
            *_sums(money, rows, year),
            Formula(f"=C{row}+D{row}-E{row}-F{row}", year.net / 100),
            _connectivity(row, year, inputs),
            Formula(f"=G{row}-H{row}", year.left / 100),
            Formula(f"=Inputs!$B${level_row + at}", float(cash.levels[at])),
            Formula(f"=G{row}/J{row}", real),
            Formula(f"=(1+{inputs['rate']})^-({at}+0.5)", factor),
            Formula(f"=K{row}*L{row}", real * factor),
        )  # fmt: skip
    _total(table, found, cash)


def _sums(money: str, rows: int, year: YearCash) -> list[Cell]:
    source, account, sign = _span(0, rows), _span(5, rows), _span(6, rows)
    return [
        Formula(f'=SUMIFS({money},{source},"agreement",{sign},1)', year.agreements / 100),
        Formula(f'=SUMIFS({money},{source},"new sites",{sign},1)', year.new_sites / 100),
        Formula(f'=SUMIFS({money},{account},"cost")', year.running / 100),
        Formula(f'=SUMIFS({money},{account},"capital cost")', year.capital / 100),
    ]


def _connectivity(row: int, year: YearCash, inputs: dict[str, str]) -> Cell:
    if "percents" not in inputs:
        return 0.0
    used = f'SUMIFS({inputs["percents"]},{inputs["from"]},"<="&B{row})'
    return Formula(f"=ROUND(MAX(0,C{row}+D{row})*{used},2)", year.connectivity / 100)


def _total(table: Table, years: Sequence[YearCash], cash: CashFlow) -> None:
    last = table.next_row - 1
    net = np.array([each.net for each in years]) / 100
    real = net / cash.levels
    factors = (1 + DISCOUNT_RATE) ** -(np.arange(len(years)) + 0.5)
    sums = (
        sum(each.agreements for each in years) / 100, sum(each.new_sites for each in years) / 100,
        sum(each.running for each in years) / 100, sum(each.capital for each in years) / 100,
        float(net.sum()), sum(each.connectivity for each in years) / 100,
        sum(each.left for each in years) / 100,
    )  # fmt: skip
    table.add(
        "All years", None,
        *(Formula(f"=SUM({name}2:{name}{last})", each)
          for name, each in zip("CDEFGHI", sums, strict=True)),
        None, Formula(f"=SUM(K2:K{last})", float(real.sum())), None,
        Formula(f"=SUM(M2:M{last})", float((real * factors).sum())),
    )  # fmt: skip


def _parts(
    sheet: Worksheet, cash: CashFlow, what: str, name: Callable[[CashRow], str], styles: Styles
) -> None:
    """Net money by what lines say of themselves."""
    table = Table(sheet, styles, (
        (what.capitalize(), "text"), *((f"{year}", "money") for year in cash.years),
        ("All years", "money"),
    ))  # fmt: skip
    rows = len(cash.rows)
    key = _span({"kind": 2, "ward": 3, "operator": 4}[what], rows)
    last = xl_col_to_name(len(cash.years))
    for group, years in by_name(cash.rows, name, cash.years).items():
        row = table.next_row
        table.add(
            group,
            *(Formula(
                f"=SUMIFS({_span(_FIXED + at, rows)},{key},$A{row},{_span(6, rows)},1)"
                f"-SUMIFS({_span(_FIXED + at, rows)},{key},$A{row},{_span(6, rows)},-1)",
                each.net / 100) for at, each in enumerate(years)),
            Formula(f"=SUM(B{row}:{last}{row})", sum(each.net for each in years) / 100),
        )  # fmt: skip


def _new_sites(sheet: Worksheet, cash: CashFlow, styles: Styles) -> None:
    table = Table(sheet, styles, (
        ("Group", "text"), ("Year", "text"), ("Sites", "plain"), ("Let", "part"),
        ("Price of the first year", "money"), ("Price level", "part"), ("Earned", "money"),
        ("In Lines", "money"), ("Difference", "money"),
    ))  # fmt: skip
    rows = len(cash.rows)
    for group in cash.groups:
        for at, year in enumerate(cash.years):
            row = table.next_row
            level = float(cash.levels[at])
            earned = round(float(group.let[at]) * group.price_gbp * level, 2)
            lined = sum(
                each.pence.get(year, 0) for each in cash.rows
                if each.name == group.name and each.account == "income"
            ) / 100  # fmt: skip
            table.add(
                group.name, f"{year}", group.sites, float(group.let[at]), group.price_gbp,
                Formula(f"=INDEX('Cash flow'!$J:$J,{at + 2})", level),
                Formula(f"=ROUND(D{row}*E{row}*F{row},2)", earned),
                Formula(f'=SUMIFS({_span(_FIXED + at, rows)},{_span(1, rows)},A{row},'
                        f'{_span(5, rows)},"income")', lined),
                Formula(f"=G{row}-H{row}", earned - lined),
            )  # fmt: skip


def _ranges(sheet: Worksheet, cash: CashFlow, styles: Styles) -> None:
    """Of the simulation, which no formula repeats."""
    table = Table(sheet, styles, (("What", "text"), ("P10", "money"), ("P50", "money"),
                                  ("P90", "money"), ("Source", "text")))  # fmt: skip
    found = cash.ranges
    if found is None:
        table.add(f"not known: {cash.without_ranges}")
        return
    table.add("Present value, real", *found.npv, "10,000 draws, seed 20260401")
    for year, row in zip(cash.years, found.by_year, strict=True):
        table.add(f"Cash of {year}, real", *row)
    for swing in found.swings:
        table.add(f"Present value by {swing.factor} at its P10 and P90", swing.low_gbp, None,
                  swing.high_gbp)  # fmt: skip
    for each in found.sources:
        table.add(f"Source: {each}")
