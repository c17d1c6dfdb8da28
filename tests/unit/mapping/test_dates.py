"""Dates as files hold them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.assets.mapping.dates import order_evidence, parse_date
from canopy.assets.mapping.values import Unreadable

DAY = date(2018, 8, 23)


@pytest.mark.parametrize(
    "written",
    [
        "23/08/2018",
        "23/08/2018 09:00:09 PM",
        "23-08-18",
        "23.8.2018 9:00",
        "2018-08-23",
        "2018-08-23T21:00:09Z",
        "2018-08-23 21:00:09.123+01:00",
        "20180823",
        "23 Aug 2018",
        "23rd August 2018",
        "Thursday, 23 August 2018",
        "August 23, 2018",
        "23-Aug-18",
        datetime(2018, 8, 23, 21, tzinfo=UTC),
        date(2018, 8, 23),
        43335,
        43335.875,
        "43335",
        1535058009,
        1535058009000,
    ],
)  # fmt: skip
def test_date_is_read_in_every_usual_form(written: object) -> None:
    """UK order, ISO, month names, 12-hour times, spreadsheet serials, unix seconds and ms."""
    assert parse_date(written) == DAY


def test_us_order_is_used_when_the_column_is_known_for_it() -> None:
    """The order is a property of the column, never of one value."""
    assert parse_date("03/04/2018", "mdy") == date(2018, 3, 4)
    assert parse_date("03/04/2018", "dmy") == date(2018, 4, 3)
    assert isinstance(parse_date("08/23/2018", "dmy"), Unreadable)


@pytest.mark.parametrize(
    "written",
    ["00/01/1900", "01/01/1900", "1899-12-30", "0000-00-00", "1900-01-00", "01/01/1970", 0, 1,
     datetime(1899, 12, 30, tzinfo=UTC)],
)  # fmt: skip
def test_null_dates_are_unknown(written: object) -> None:
    """What a spreadsheet or database writes for 'no date' is not a date."""
    assert parse_date(written) is None


@pytest.mark.parametrize("written", ["31/02/2018", "2018", "soon", "1/2/3/4", "23/08/1066", True])
def test_what_is_no_date_is_unreadable(written: object) -> None:
    """Impossible days, bare years and years outside 1600-2199 are refused."""
    assert isinstance(parse_date(written), Unreadable)


def test_two_digit_years_pivot_at_69() -> None:
    """00-68 are this century, 69-99 the last, as in POSIX."""
    assert parse_date("01/02/68") == date(2068, 2, 1)
    assert parse_date("01/02/69") == date(1969, 2, 1)


def test_order_evidence_counts_what_each_date_shows() -> None:
    """Days above 12 show the order; equal numbers and names show nothing."""
    seen = order_evidence(["23/08/2018", "08/23/2018", "03/04/2018", "05/05/2018", "3 May 2018"])
    assert seen == (1, 1, 1)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.binary()))
def test_parse_date_never_raises(value: object) -> None:
    """Anything is a date, unknown or unreadable."""
    read = parse_date(value)
    assert read is None or isinstance(read, date | Unreadable)


@given(st.dates(date(1901, 1, 1), date(2068, 12, 31)), st.sampled_from(["%d/%m/%Y", "%Y-%m-%d"]))
def test_written_dates_are_read_back(day: date, form: str) -> None:
    """UK and ISO text of any day in range is that day."""
    expected = None if day == date(1970, 1, 1) else day
    assert parse_date(day.strftime(form)) == expected
