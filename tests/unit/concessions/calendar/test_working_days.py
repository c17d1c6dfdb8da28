"""Working days by the bank holidays of each nation."""

from __future__ import annotations

from datetime import date
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.concessions.calendar.working_days import (
    Nation,
    Roll,
    add_working_days,
    bank_holidays,
    is_working_day,
    rolled,
    rolled_ordinals,
    working_days_between,
)
from canopy.errors import Refused

# gov.uk/bank-holidays, as published for these years.
PUBLISHED = [
    ("england-wales", "2022-06-03", True),  # Platinum Jubilee
    ("england-wales", "2022-09-19", True),  # State Funeral of Queen Elizabeth II
    ("scotland", "2023-05-08", True),  # Coronation of King Charles III
    ("scotland", "2026-01-02", True),
    ("england-wales", "2026-01-02", False),
    ("scotland", "2026-04-06", False),  # Easter Monday
    ("northern-ireland", "2026-04-06", True),
    ("northern-ireland", "2026-03-17", True),  # St Patrick
    ("northern-ireland", "2026-07-13", True),  # Battle of the Boyne, substitute day
    ("scotland", "2026-08-03", True),  # Summer, first Monday
    ("england-wales", "2026-08-31", True),  # Summer, last Monday
    ("scotland", "2026-11-30", True),  # St Andrew
    ("england-wales", "2026-12-28", True),  # Boxing Day, substitute day
    ("england-wales", "2020-05-08", True),  # Early May, moved to VE Day
    ("england-wales", "2020-05-04", False),
]


@pytest.mark.parametrize(("nation", "day", "expected"), PUBLISHED)
def test_bank_holidays_are_those_published(nation: Nation, day: str, expected: bool) -> None:
    """Fifteen days on which the nations differ, or which were proclaimed for one year."""
    when = date.fromisoformat(day)
    assert (when in bank_holidays(nation, when.year)) == expected


def test_years_without_known_holidays_are_refused() -> None:
    """Nothing is made up for them."""
    with pytest.raises(Refused, match="from 1975 to 2100"):
        bank_holidays("scotland", 2101)


@pytest.mark.parametrize(
    ("roll", "expected"),
    [
        ("as-is", "2026-05-31"),
        ("following", "2026-06-01"),
        ("preceding", "2026-05-29"),
        ("modified-following", "2026-05-29"),
    ],
)
def test_payment_day_is_rolled_as_agreed(roll: str, expected: str) -> None:
    """Sunday 31 May 2026: the modified following day stays in May."""
    moved = rolled(date(2026, 5, 31), roll, "england-wales")  # type: ignore[arg-type]
    assert moved == date.fromisoformat(expected)


def test_no_working_days_is_the_last_working_day() -> None:
    """What is due by Sunday is done on Friday."""
    assert add_working_days(date(2026, 5, 31), 0, "scotland") == date(2026, 5, 29)


@settings(max_examples=50)
@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.integers(1, 40),
    st.sampled_from(["england-wales", "scotland", "northern-ireland"]),
)
def test_working_days_added_are_counted_again(day: date, count: int, nation: Nation) -> None:
    """What is added can be counted, and begun from a working day taken away again."""
    later = add_working_days(day, count, nation)
    assert working_days_between(day, later, nation) == count
    assert is_working_day(later, nation)
    start = add_working_days(later, -count, nation)
    assert add_working_days(start, count, nation) == later


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dates(date(1980, 1, 1), date(2095, 1, 1)), max_size=20),
    st.sampled_from(get_args(Roll)),
    st.sampled_from(get_args(Nation)),
)
def test_many_days_are_rolled_as_each_is(days: list[date], roll: Roll, nation: Nation) -> None:
    """Arrays of days agree with one day at a time."""
    given_days = np.array([day.toordinal() for day in days], np.int32)
    expected = [rolled(day, roll, nation).toordinal() for day in days]
    assert rolled_ordinals(given_days, roll, nation).tolist() == expected


def test_many_days_outside_known_holidays_are_refused() -> None:
    """One of them is enough, and days that stay as they are need no holidays."""
    days = np.array([date(2030, 1, 5).toordinal(), date(2101, 1, 1).toordinal()], np.int32)
    with pytest.raises(Refused, match="not in 2101"):
        rolled_ordinals(days, "following", "scotland")
    assert rolled_ordinals(days, "as-is", "scotland") is days
