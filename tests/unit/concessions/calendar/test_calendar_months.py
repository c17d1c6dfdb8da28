"""Months, terms and financial years are exact, at month ends and in leap years too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.concessions.calendar.financial_years import FinancialYear, years_between
from canopy.concessions.calendar.months import add_months, has_leap_day, month_end, term_end

DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"),
        ("2027-08-31", -6, "2027-02-28"),
        ("2028-08-31", -6, "2028-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2099-12-31", 2, "2100-02-28"),
    ],
)
def test_months_end_on_the_corresponding_date_or_the_last(
    day: str, months: int, expected: str
) -> None:
    """A date that the month does not have becomes its last day; 2100 is no leap year."""
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


@given(DAYS, st.integers(0, 1200))
def test_counting_back_and_forth_never_passes_the_date(day: date, months: int) -> None:
    """A date counted back, and on again, is the same day or up to three days earlier."""
    again = add_months(add_months(day, -months), months)
    assert timedelta(0) <= day - again <= timedelta(days=3)


@pytest.mark.parametrize(
    ("months", "expected"), [(144, date(2038, 3, 31)), (204, date(2043, 3, 31))]
)
def test_term_ends_the_day_before_its_anniversary(months: int, expected: date) -> None:
    """Twelve years from 1 April 2026 end on 31 March 2038, seventeen on 31 March 2043."""
    assert term_end(date(2026, 4, 1), months) == expected


def test_term_from_a_leap_day() -> None:
    """A year from 29 February ends the day before the last of the next February."""
    assert term_end(date(2024, 2, 29), 12) == date(2025, 2, 27)
    assert term_end(date(2024, 2, 29), 60) == date(2029, 2, 27)
    assert term_end(date(2026, 1, 31), 1) == date(2026, 2, 27)


def test_month_end_knows_leap_years() -> None:
    """February 2028 has 29 days."""
    assert month_end(date(2028, 2, 3)) == date(2028, 2, 29)


@given(DAYS, st.integers(0, 3000))
def test_leap_day_is_found_where_one_lies(start: date, days: int) -> None:
    """Every day looked at one by one says the same."""
    within = (start + timedelta(days=at) for at in range(days + 1))
    each = any((day.month, day.day) == (2, 29) for day in within)
    assert has_leap_day(start, start + timedelta(days=days)) == each


@given(DAYS)
def test_every_day_lies_in_its_financial_year(day: date) -> None:
    """Years run from April to March without gap or overlap."""
    year = FinancialYear.of(day)
    assert year.start <= day <= year.end
    assert FinancialYear(year.begins + 1).start == year.end + timedelta(days=1)


def test_financial_years_are_written_as_councils_do() -> None:
    """2026/27, and 2099/00 at the turn of the century; years over a term are listed."""
    years = years_between(date(2026, 3, 31), date(2027, 4, 1))
    assert [str(year) for year in years] == ["2025/26", "2026/27", "2027/28"]
    assert str(FinancialYear(2099)) == "2099/00"
    assert [year.days for year in years] == [365, 365, 366]
