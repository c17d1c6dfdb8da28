"""The formulas of the workbook: names of ranges, and what totals are made of.

Every sheet's rows begin under one row of headings, so row 2 is the first.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from canopy.concessions.schedule.lines import Side
from canopy.concessions.terms.charges import Account

FIRST_ROW = 2
Terms = Literal["real", "nominal"]


def sum_of(sheet: str, column: str, rows: int) -> str:
    """The sum of a column of a sheet, to the penny."""
    return f"=ROUND(SUM('{sheet}'!{column}{FIRST_ROW}:{column}{rows + 1}),2)"


def due_between(side: Side, row: int, account: Account | None = None) -> str:
    """What falls due from the day in column B up to the one in C, of the named schedule."""
    wanted = f',line_due,">="&B{row},line_due,"<="&C{row}'
    wanted += f',line_account,"{account}"' if account else ""
    return f'=SUMIFS(line_net,line_side,"{side}"{wanted})'


def due_until(side: Side, row: int) -> str:
    """What falls due up to the day in column C, however early, of the named schedule."""
    return f'=SUMIFS(line_net,line_side,"{side}",line_due,"<="&C{row})'


def costs_for(row: int, last: date) -> str:
    """Revenue costs for days from the one in column B up to another."""
    return (
        '=SUMIFS(line_net,line_side,"cost",line_account,"revenue",'
        f'line_first,">="&B{row},line_first,"<="&DATE({last.year},{last.month},{last.day}))'
    )


def factor(terms: Terms, row: int) -> str:
    """The discount factor at the time in column I: each band discounts its own years only."""
    begins, until, rate = (f"{terms}_{name}" for name in ("begins", "until", "rate"))
    time = f"I{row}"
    years = f"(({time}+{until}-ABS({time}-{until}))/2-{begins})"  # least of time and until
    return f"=EXP(-SUMPRODUCT(({time}>{begins})*{years}*LN(1+{rate})))"


def return_of(column: str, rows: int) -> str:
    """The internal rate of return of a column of the sheet of years."""
    return f"=IRR(Years!{column}{FIRST_ROW}:{column}{rows + 1})"
