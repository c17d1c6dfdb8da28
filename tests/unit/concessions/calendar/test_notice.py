"""Deadlines of notice, breaks and their windows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.concessions.calendar.breaks import FixedBreak, RollingBreak, Window, ends_after
from canopy.concessions.calendar.notice import (
    NoticePeriod,
    Service,
    decide_by,
    earliest_event,
    latest_safe_posting,
    notice_deadline,
    warning_dates,
)
from canopy.concessions.calendar.working_days import Nation, add_working_days
from canopy.errors import Refused

PERIODS = st.builds(
    NoticePeriod,
    st.integers(0, 400),
    st.sampled_from(["months", "clear-months", "days", "clear-days"]),
)
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("event", "period", "expected"),
    [
        ("2038-03-31", NoticePeriod(9), "2037-06-30"),
        ("2031-04-01", NoticePeriod(6), "2030-10-01"),
        ("2027-08-31", NoticePeriod(6), "2027-02-28"),
        ("2028-08-31", NoticePeriod(6), "2028-02-29"),
        ("2031-04-01", NoticePeriod(6, "clear-months"), "2030-09-30"),
        ("2026-03-31", NoticePeriod(14, "days"), "2026-03-17"),
        ("2026-03-31", NoticePeriod(14, "clear-days"), "2026-03-16"),
        ("2026-03-31", NoticePeriod(0, "days"), "2026-03-31"),
    ],
)
def test_deadline_is_counted_back_from_the_event(
    event: str, period: NoticePeriod, expected: str
) -> None:
    """Months by the corresponding date; clear periods need one day more."""
    assert notice_deadline(date.fromisoformat(event), period) == date.fromisoformat(expected)


@given(DAYS, PERIODS)
def test_notice_by_the_deadline_is_always_in_time(event: date, period: NoticePeriod) -> None:
    """Counted forward from service, the event is never too early."""
    assert earliest_event(notice_deadline(event, period), period) <= event


@given(DAYS, PERIODS)
def test_deadline_gives_away_three_days_at_most(event: date, period: NoticePeriod) -> None:
    """Four days after the deadline notice is too late by any count."""
    late = notice_deadline(event, period) + timedelta(days=4)
    assert earliest_event(late, period) > event


def test_negative_notice_is_refused() -> None:
    """A period before it begins is a slip."""
    with pytest.raises(Refused, match="negative"):
        NoticePeriod(-1)


def test_warnings_come_twelve_six_three_and_one_months_before() -> None:
    """The dates of the worked break on 1 April 2031."""
    days = ["2029-10-01", "2030-04-01", "2030-07-01", "2030-09-01"]
    assert warning_dates(date(2030, 10, 1)) == [date.fromisoformat(day) for day in days]


@pytest.mark.parametrize(
    ("nation", "expected"),
    [("england-wales", "2026-04-01"), ("scotland", "2026-04-02")],
)
def test_posting_allows_for_bank_holidays_of_the_nation(nation: str, expected: str) -> None:
    """To be served by Tuesday 7 April 2026: Easter Monday is a bank holiday in England only."""
    service = Service(nation=nation)  # type: ignore[arg-type]
    assert latest_safe_posting(date(2026, 4, 7), service) == date.fromisoformat(expected)


@pytest.mark.parametrize("nation", ["england-wales", "scotland", "northern-ireland"])
def test_a_notice_posted_on_the_last_day_is_served_in_time(nation: Nation) -> None:
    """Whatever day the deadline is; a day later it is not."""
    service = Service(nation=nation)
    for at in range(730):
        deadline = date(2029, 7, 1) + timedelta(days=at)
        posted = latest_safe_posting(deadline, service)
        assert add_working_days(posted, 2, nation) <= deadline
        later = add_working_days(posted, 1, nation)
        assert add_working_days(later, 2, nation) > deadline


def test_decision_begins_a_committee_cycle_before_posting() -> None:
    """Ten weeks before the last safe posting."""
    service = Service(decision_lead_days=70)
    assert decide_by(date(2030, 10, 1), service) == date(2030, 7, 19)


def test_break_window_lies_between_most_and_least_notice() -> None:
    """Notice of not more than 12 and not less than 6 months."""
    window = FixedBreak(date(2031, 4, 1), NoticePeriod(6), NoticePeriod(12)).window()
    assert window == Window(date(2030, 4, 1), date(2030, 10, 1))
    assert [window.holds(date(2030, 3, 31)), window.holds(date(2030, 10, 1))] == [False, True]


def test_break_without_a_day_for_notice_is_refused() -> None:
    """Not less than 12 and not more than 6 months leave no day."""
    with pytest.raises(Refused, match="can never be used"):
        FixedBreak(date(2031, 4, 1), NoticePeriod(12), NoticePeriod(6)).window()


@pytest.mark.parametrize(
    ("served", "expected"), [("2028-01-15", "2031-04-01"), ("2031-01-31", "2031-07-31")]
)
def test_rolling_break_ends_not_before_its_day(served: str, expected: str) -> None:
    """Six months from service, and never before the fifth anniversary."""
    rolling = RollingBreak(date(2031, 4, 1), NoticePeriod(6))
    assert rolling.earliest_end(date.fromisoformat(served)) == date.fromisoformat(expected)
    assert rolling.first_useful_service() == date(2030, 10, 1)


def test_rolling_break_that_counts_service_waits_for_it() -> None:
    """Served after the day, it ends six months later; before, it has no effect."""
    rolling = RollingBreak(date(2031, 4, 1), NoticePeriod(6), counts_for="service")
    assert rolling.earliest_end(rolling.first_useful_service()) == date(2031, 10, 1)
    with pytest.raises(Refused, match="2031-04-01"):
        rolling.earliest_end(date(2031, 3, 31))


def test_break_after_the_end_is_seen() -> None:
    """The day after the last is the end itself; two days after is no break."""
    assert not ends_after(date(2038, 4, 1), date(2038, 3, 31))
    assert ends_after(date(2038, 4, 2), date(2038, 3, 31))
