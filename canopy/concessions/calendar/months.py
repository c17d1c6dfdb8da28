"""Months counted from a date, and terms that are given in months."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    return 29 if month == 2 and calendar.isleap(year) else _DAYS[month - 1]


def month_end(day: date) -> date:
    """The last day of the month that `day` lies in."""
    return day.replace(day=days_in_month(day.year, day.month))


def add_months(day: date, months: int) -> date:
    """The corresponding date `months` later, or earlier where negative.

    A month that is too short has its last day instead: 31 August less 6 months is the last of
    February. This is the corresponding date rule of Dodds v Walker [1981] 1 WLR 1027. Months
    added one after the other can therefore end earlier than all added at once.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, days_in_month(year, month0 + 1)))


def term_end(start: date, months: int) -> date:
    """The last day of a term of `months` that begins with `start`.

    Where the last month lacks the day of `start` it is the day before that month's last one, so
    that years and periods of payment, which begin with `add_months`, fill the term. A term "from
    and including" 29, 30 or 31 of a month is usually read to end with the shorter month, a day
    later: terms give their last day then.
    """
    return add_months(start, months) - ONE_DAY


def has_leap_day(start: date, end: date) -> bool:
    """Whether a 29 February lies between two days, both counted."""
    return any(
        calendar.isleap(year) and start <= date(year, 2, 29) <= end
        for year in range(start.year, end.year + 1)
    )
