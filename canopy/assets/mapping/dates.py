"""Dates as files hold them: UK, US and ISO order, month names, serial and unix numbers.

Source: the serial numbers of ECMA-376 part 1 §18.17.4.1 (1900 date system), in which
day 1 is 1 January 1900 and day 60 a 29 February that never was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from canopy.assets.mapping.values import Unreadable, as_datetime, as_text, is_unknown

DateOrder = Literal["dmy", "mdy", "ymd"]

EARLIEST_YEAR, LATEST_YEAR = 1600, 2199
"""Years outside are refused as misread."""

TWO_DIGIT_PIVOT = 69
"""00-68 are 2000-2068 and 69-99 are 1969-1999, as in POSIX."""

NULL_DATES: frozenset[date] = frozenset(
    {date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1970, 1, 1), date(1, 1, 1)}
)
"""What spreadsheets and databases write for 'no date': serial 0 and 1, unix 0, year 1."""

_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = (10_000, 80_000)
"""Serial numbers read as dates: May 1927 to January 2119."""
_UNIX_SECONDS = (100_000_000, 4_102_444_800)
"""Unix times read as dates: March 1973 to January 2100 [s]; a thousand times that in ms."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june",
            "jul july", "aug august", "sep sept september", "oct october", "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_TIME = (
    r"(?:[T ,]+\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?\s*"
    r"(?:z|utc|gmt|bst|[+-]\d{2}:?\d{2})?)?"
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMERIC = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})" + _TIME, re.IGNORECASE)
_NAMED = re.compile(
    r"(?:[a-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[-/. ]+([a-z]{3,9})[-/., ]+(\d{4}|\d{2})"
    + _TIME,
    re.IGNORECASE,
)
_NAMED_US = re.compile(
    r"([a-z]{3,9})[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4}|\d{2})" + _TIME, re.IGNORECASE
)
_ZERO = re.compile(r"[0\-/.: T]*0[0\-/.: T]*|0{1,2}[-/.]0?1[-/.]1900.*|1900[-/.]0?1[-/.]00.*")


def parse_date(value: object, order: DateOrder = "dmy") -> date | Unreadable | None:
    """A calendar date; None when unknown or one of `NULL_DATES`.

    order: how all-number dates such as 03/04/2018 are meant. A date that is possible
    only in the other order is refused, not turned round. Times of day are dropped, 12-
    or 24-hour. Numbers are spreadsheet serials or unix times.
    """
    found = as_datetime(value)
    if found is None:
        if is_unknown(value):
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            found_or = _from_number(float(value))
        else:
            found_or = _from_text(as_text(value), order)
        if not isinstance(found_or, date):
            return found_or
        found = found_or
    if found in NULL_DATES:
        return None
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        return Unreadable(as_text(value), f"not between {EARLIEST_YEAR} and {LATEST_YEAR}")
    return found


def _from_number(number: float) -> date | Unreadable | None:
    if number in (0, 1):
        return None
    if _SERIALS[0] <= number <= _SERIALS[1]:
        return _EXCEL_EPOCH + timedelta(days=int(number))
    if number > _UNIX_SECONDS[1]:
        number /= 1000
    if _UNIX_SECONDS[0] <= number <= _UNIX_SECONDS[1]:
        return datetime.fromtimestamp(number, tz=UTC).date()
    return Unreadable(f"{number:g}", "no date")


def _from_text(text: str, order: DateOrder) -> date | Unreadable | None:
    if len(text) > 60:
        return Unreadable(text, "no date")
    if _ZERO.fullmatch(text):
        return None
    match = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        return _date(text, match[1], match[2], match[3])
    match = _NUMERIC.fullmatch(text)
    if match:
        day, month = (match[2], match[1]) if order == "mdy" else (match[1], match[2])
        return _date(text, match[3], month, day)
    for pattern, day_at, month_at in ((_NAMED, 1, 2), (_NAMED_US, 2, 1)):
        match = pattern.fullmatch(text)
        if match and match[month_at].casefold() in _MONTHS:
            return _date(text, match[3], str(_MONTHS[match[month_at].casefold()]), match[day_at])
    try:
        return _from_number(float(text))
    except (ValueError, OverflowError):
        return Unreadable(text, "no date")


def _date(text: str, year: str, month: str, day: str) -> date | Unreadable:
    full_year = int(year)
    if len(year) == 2:
        full_year += 1900 if full_year >= TWO_DIGIT_PIVOT else 2000
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        hint = " in the order day/month/year" if int(month) > 12 else ""
        return Unreadable(text, f"no calendar date{hint}")


def has_two_digit_year(value: object) -> bool:
    """True for text such as 03/04/18, whose century is a guess."""
    match = _NUMERIC.fullmatch(as_text(value)) or _NAMED.fullmatch(as_text(value))
    return match is not None and len(match[3]) == 2


def order_evidence(values: Iterable[object]) -> tuple[int, int, int]:
    """How many all-number dates can only be day-first, only month-first, or are either."""
    day_first = month_first = either = 0
    for value in values:
        match = _NUMERIC.fullmatch(as_text(value)) if isinstance(value, str) else None
        if not match:
            continue
        first, second = int(match[1]), int(match[2])
        if first > 12 >= second:
            day_first += 1
        elif second > 12 >= first:
            month_first += 1
        elif first != second:
            either += 1
    return day_first, month_first, either
