"""Working days by the bank holidays of each nation."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.concessions.calendar.working_days import (
    Nation,
    add_working_days,
    bank_holidays,
    is_working_day,
    rolled,
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
        ("none", "2026-05-31"),
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
