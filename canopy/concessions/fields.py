"""The types that fields of terms have: ranges, places, and how dates may be written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer

CLOSED = ConfigDict(extra="forbid")
"""For every record of terms: a field that is not known is a slip, and is refused."""

MAX_POUNDS = 100_000_000
FIRST_DAY, LAST_DAY = date(1800, 1, 1), date(2400, 12, 31)
"""Between which any day of an agreement lies: beyond them it is a slip."""
_SPACE = 0x20
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_ISO_DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_BRITISH_DAY = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})")


def _day(value: object) -> object:
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise ValueError("write a date as 2026-04-01, without a time")
    day = value
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValueError(no_date(value)) from None
    assert isinstance(day, date)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"{day} lies outside {FIRST_DAY.year} to {LAST_DAY.year}")
    return day


def no_date(text: str) -> str:
    """Why a text is no date, and how one is written; a day that the calendar lacks is told so."""
    found = _ISO_DAY.fullmatch(text) or _BRITISH_DAY.fullmatch(text)
    if found is None:
        return f"{text} is no date; write one as 2026-04-01"
    year, month, day = (int(found[part]) for part in ("year", "month", "day"))
    try:
        meant = date(year, month, day)
    except ValueError:
        return f"{text} is no date: the calendar has no such day; write one as 2026-04-01"
    return f"{text} is no date; write one as 2026-04-01 (is it {meant}?)"


def _month(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return month_of(value)
    found = _MONTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value} is no month; write one as 2026-04")
    return date(int(found[1]), int(found[2]), 1)


def _printable(text: str) -> str:
    """As databases and calendar files can hold it."""
    if any(ord(each) < _SPACE and each not in "\t\n" for each in text):
        raise ValueError("a text has no control characters")
    return text


def month_of(day: date) -> date:
    """The first of the month that a day lies in: how months are kept."""
    return day.replace(day=1)


Day = Annotated[date, BeforeValidator(_day)]
Month = Annotated[
    date,
    BeforeValidator(_month, json_schema_input_type=Annotated[str, Field(pattern=_MONTH.pattern)]),
    PlainSerializer(lambda month: f"{month:%Y-%m}", return_type=str, when_used="json"),
]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
"""A short name by which one part of an agreement names another."""
Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_printable)]
Pounds = Annotated[Decimal, Field(ge=0, le=MAX_POUNDS, decimal_places=2)]
"""An amount of money [GBP]."""
Rate = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=6)]
"""Money for each of a unit; up to a millionth of a pound [GBP/unit]."""
Fraction = Annotated[Decimal, Field(ge=0, le=1, decimal_places=6)]
"""A part of a whole: 0.2 is 20 %."""
Change = Annotated[Decimal, Field(ge=-1, le=1, decimal_places=8)]
"""A change in a year: 0.031 is 3.1 %."""
Quantity = Annotated[Decimal, Field(ge=0, le=10_000_000, decimal_places=3)]
"""How many of a unit: nodes, metres."""
Years = Annotated[int, Field(ge=1, le=50)]
Months = Annotated[int, Field(ge=0, le=1200)]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with given terms: which field, and the rule that it breaks."""

    field: str
    rule: str
