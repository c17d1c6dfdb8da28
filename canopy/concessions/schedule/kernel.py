"""Instalments of charges in 64-bit whole numbers, compiled.

Days are ordinals of `date`: 1 is 1 January of the year 1. Nothing here can pass 64 bits while
yearly amounts stay below `columns.MAX_YEAR_PENCE`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Whole = NDArray[np.int64]

_FREE = -1
_ACTUAL_366, _BY_PERIOD = 1, 2
_QUARTER_MONTH = np.array([3, 6, 9, 12])
_QUARTER_DAY = np.array([25, 24, 29, 25])


def compiled(function: F) -> F:
    return cast(F, numba.njit(cache=True, error_model="numpy", nogil=True)(function))


@compiled
def half_up(numerator: int, denominator: int) -> int:
    """Of numbers that are not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


@compiled
def ordinal(year: int, month: int, day: int) -> int:
    """Days since 31 December of the year before 1, in the Gregorian calendar."""
    shifted = year - 1 if month <= 2 else year
    month0 = month + 9 if month <= 2 else month - 3
    leaps = shifted // 4 - shifted // 100 + shifted // 400
    return 365 * shifted + leaps + (153 * month0 + 2) // 5 + day - 306


@compiled
def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@compiled
def days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@compiled
def period_start(year: int, month: int, day: int, months: int, number: int) -> int:
    """The first day of a period; year, month and day are the anchor's."""
    if months == 0:
        quarter = number % 4
        return ordinal(
            year + (number - quarter) // 4, _QUARTER_MONTH[quarter], _QUARTER_DAY[quarter]
        )
    count = year * 12 + month - 1 + number * months
    at_year, at_month = count // 12, count % 12 + 1
    return ordinal(at_year, at_month, min(day, days_in_month(at_year, at_month)))


@compiled
def holds_leap_day(first: int, last: int, around_year: int) -> bool:
    """Whether a 29 February lies between two days of about `around_year`, both counted."""
    for year in range(around_year - 1, around_year + 3):
        if is_leap(year):
            day = ordinal(year, 2, 29)
            if first <= day <= last:
                return True
    return False


@compiled
def part_of_year(amount: int, position: int, per_year: int) -> int:
    return half_up(amount * (position + 1), per_year) - half_up(amount * position, per_year)


@compiled
def count_lines(
    first: Whole, last: Whole, anchors: Whole, months: Whole, numbers: Whole, counts: Whole
) -> None:
    """At most how many lines each row gives: its periods. `anchors` are year, month, day."""
    for row in range(len(first)):
        year, month, day = anchors[row]
        number = numbers[row]
        while period_start(year, month, day, months[row], number) <= last[row]:
            number += 1
        counts[row] = number - numbers[row]


@compiled
def fill_lines(
    first: Whole,
    last: Whole,
    anchors: Whole,
    months: Whole,
    numbers: Whole,
    proration: Whole,
    vat_percent: Whole,
    begins: Whole,
    changes: Whole,
    amounts: Whole,
    offsets: Whole,
    out_row: NDArray[np.int32],
    out_first: NDArray[np.int32],
    out_last: NDArray[np.int32],
    out_net: Whole,
    out_vat: Whole,
) -> None:
    """The lines of every row from its offset on; a period with nothing payable has out_row -1."""
    for row in range(len(first)):
        year, month, day = anchors[row]
        step = months[row]
        per_year = 4 if step == 0 else 12 // step
        change = begins[row]
        end = begins[row + 1]
        at = offsets[row]
        number = numbers[row]
        start = period_start(year, month, day, step, number)
        while start <= last[row]:
            following = period_start(year, month, day, step, number + 1)
            position = number % per_year
            low, high = max(start, first[row]), min(following - 1, last[row])
            while change + 1 < end and changes[change + 1] <= low:
                change += 1
            payable, by_year, least, most = 0, 0, 0, 0
            here = change
            while here < end and changes[here] <= high:
                until = high
                if here + 1 < end:
                    until = min(high, changes[here + 1] - 1)
                days = until - max(low, changes[here]) + 1
                if amounts[here] != _FREE and days > 0:
                    least = min(least, amounts[here]) if payable else amounts[here]
                    most = max(most, amounts[here])
                    payable += days
                    by_year += amounts[here] * days
                here += 1
            out_row[at] = row if payable > 0 else -1
            out_first[at] = low
            out_last[at] = high
            length = following - start
            if payable == length and least == most:
                net = part_of_year(most, position, per_year)
            elif payable == length or proration[row] == _BY_PERIOD:
                net = half_up(by_year, length * per_year)
            else:
                basis = 365
                if proration[row] == _ACTUAL_366:
                    opens = period_start(year, month, day, step, number - position)
                    closes = period_start(year, month, day, step, number - position + per_year)
                    around = year + (number * max(step, 3 * (step == 0))) // 12
                    if holds_leap_day(opens, closes - 1, around):
                        basis = 366
                net = half_up(by_year, basis)
            out_net[at] = net
            out_vat[at] = half_up(net * vat_percent[row], 100)
            at += 1
            number += 1
            start = following
