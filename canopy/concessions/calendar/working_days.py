"""Working days: Monday to Friday, without the bank holidays of a nation of the UK.

Bank holidays come from the `holidays` package. Those of coming years are as the law has them
today: one that is proclaimed later, such as for a coronation, is not known before.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Literal

import holidays
import numpy as np
from numpy.typing import NDArray

from canopy.concessions.calendar.months import ONE_DAY
from canopy.errors import Refused

Nation = Literal["england-wales", "scotland", "northern-ireland"]
Roll = Literal["as-is", "following", "preceding", "modified-following"]

_SUBDIVISIONS: dict[Nation, str] = {
    "england-wales": "ENG",
    "scotland": "SCT",
    "northern-ireland": "NIR",
}
FIRST_YEAR, LAST_YEAR = 1975, 2100
"""For which bank holidays are known: before, the present days were not yet all in law."""
_SATURDAY = 5
_EPOCH = date(1970, 1, 1).toordinal()
_BUSDAY_ROLLS: dict[Roll, Literal["following", "preceding", "modifiedfollowing"]] = {
    "following": "following",
    "preceding": "preceding",
    "modified-following": "modifiedfollowing",
}


@lru_cache(maxsize=512)
def bank_holidays(nation: Nation, year: int) -> frozenset[date]:
    """The bank and public holidays of a year. Raises Refused outside 1975 to 2100."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(f"bank holidays are known from {FIRST_YEAR} to {LAST_YEAR}, not in {year}")
    found = holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=year)
    return frozenset(found)


def is_working_day(day: date, nation: Nation) -> bool:
    return day.weekday() < _SATURDAY and day not in bank_holidays(nation, day.year)


def add_working_days(day: date, count: int, nation: Nation) -> date:
    """The working day `count` after `day`, or before it where negative.

    The day itself is not counted. With 0, `day` itself where it is a working day, else the one
    before it: what has to be done by a Sunday is done by the Friday.
    """
    if count == 0:
        return rolled(day, "preceding", nation)
    step = ONE_DAY if count > 0 else -ONE_DAY
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day, nation)
    return day


def working_days_between(start: date, end: date, nation: Nation) -> int:
    """Working days after `start` up to and with `end`; 0 where `end` is not later."""
    days = (date.fromordinal(at) for at in range(start.toordinal() + 1, end.toordinal() + 1))
    return sum(is_working_day(day, nation) for day in days)


def rolled(day: date, roll: Roll, nation: Nation) -> date:
    """`day` moved to a working day as `roll` says.

    "modified-following" stays in the month: where the following working day is in the next one,
    the preceding is taken.
    """
    if roll == "as-is" or is_working_day(day, nation):
        return day
    step = -ONE_DAY if roll == "preceding" else ONE_DAY
    moved = day
    while not is_working_day(moved, nation):
        moved += step
    if roll == "modified-following" and moved.month != day.month:
        return rolled(day, "preceding", nation)
    return moved


def rolled_ordinals(days: NDArray[np.int32], roll: Roll, nation: Nation) -> NDArray[np.int32]:
    """As `rolled`, of many days at once: ordinals of `date`. Raises Refused where it does."""
    if roll == "as-is" or not len(days):
        return days
    moved = np.busday_offset(
        (days - _EPOCH).astype("datetime64[D]"),
        0,
        roll=_BUSDAY_ROLLS[roll],
        busdaycal=_calendar(
            nation, *(date.fromordinal(int(day)).year for day in (days.min(), days.max()))
        ),
    )
    return moved.astype(np.int32) + np.int32(_EPOCH)


@lru_cache(maxsize=64)
def _calendar(nation: Nation, first_year: int, last_year: int) -> np.busdaycalendar:
    """Working days of some years, and of those next to them that a day may be moved into."""
    years = range(max(first_year - 1, FIRST_YEAR), min(last_year + 1, LAST_YEAR) + 1)
    ends = {first_year, last_year} - set(years)
    closed = [day for year in (*years, *ends) for day in bank_holidays(nation, year)]
    return np.busdaycalendar(holidays=np.array(sorted(closed), "datetime64[D]"))
