"""Hours by a local clock, also where the clock jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.iot.rules.hours import EPOCH, is_open, opened_at
from canopy.iot.rules.rule import DAYS_OF_WEEK, Hours

LONDON = ZoneInfo("Europe/London")


def hours(begins: str, ends: str, *days: str) -> Hours:
    return Hours.model_validate(
        {"from": begins, "until": ends, **({"days": list(days)} if days else {})}
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "opened"),
    [
        ("2026-07-01T06:59", None),  # 07:59 in summer
        ("2026-07-01T07:00", "2026-07-01T07:00"),
        ("2026-07-01T16:59", "2026-07-01T07:00"),
        ("2026-07-01T17:00", None),
        ("2026-01-05T07:59", None),
        ("2026-01-05T08:00", "2026-01-05T08:00"),
    ],
)
def test_office_hours_follow_the_local_clock(at: str, opened: str | None) -> None:
    """From 8 to 18 in London is an hour earlier in UTC by summer."""
    assert opened_at(hours("08:00", "18:00"), utc(at)) == (opened and utc(opened))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    """Friday from 22:00 until 06:00 includes the small hours of Saturday, not those of Friday."""
    friday = hours("22:00", "06:00", "fri")
    assert opened_at(friday, utc("2026-11-28T05:59")) == utc("2026-11-27T22:00")
    assert not is_open(friday, utc("2026-11-27T05:00"))
    assert not is_open(friday, utc("2026-11-28T22:00"))


def test_an_hour_that_comes_twice_belongs_to_it_twice() -> None:
    """On 25 October 2026 the clock shows 01:00 to 02:00 twice: from 01:30 until 01:45 is more."""
    early = hours("01:30", "01:45")
    assert opened_at(early, utc("2026-10-25T01:40")) == utc("2026-10-25T00:30")
    assert not is_open(early, utc("2026-10-25T01:45"))


def test_an_hour_that_is_skipped_gives_nothing() -> None:
    """On 29 March 2026 the clock goes from 01:00 to 02:00: hours within begin and end there."""
    skipped = hours("01:15", "01:45")
    assert not any(
        is_open(skipped, utc("2026-03-29T00:00") + timedelta(minutes=minute))
        for minute in range(180)
    )
    across = hours("01:15", "03:00")
    assert opened_at(across, utc("2026-03-29T01:30")) == utc("2026-03-29T01:00")
    assert not is_open(across, utc("2026-03-29T02:00"))


def test_hours_that_follow_each_other_are_one() -> None:
    """A weekend begins on Saturday at midnight; every day of the week has no beginning."""
    weekend = hours("00:00", "24:00", "sat", "sun")
    assert opened_at(weekend, utc("2026-11-29T20:00")) == utc("2026-11-28T00:00")
    assert not is_open(weekend, utc("2026-11-30T00:00"))
    assert opened_at(hours("00:00", "24:00"), utc("2026-11-29T20:00")) == EPOCH
    assert opened_at(None, utc("2026-11-29T20:00")) == EPOCH


@given(
    minutes=st.integers(0, 366 * 1_440),
    begins=st.integers(0, 1_439),
    ends=st.integers(0, 1_439),
    days=st.sets(st.sampled_from(DAYS_OF_WEEK), min_size=1),
)
def test_hours_are_what_the_clock_shows(
    minutes: int, begins: int, ends: int, days: set[str]
) -> None:
    """Away from the two nights on which the clock jumps, it is open when the clock says so."""
    at = utc("2026-01-01T00:00") + timedelta(minutes=minutes)
    local = at.astimezone(LONDON)
    if (local.month, local.day) in ((3, 28), (3, 29), (3, 30), (10, 24), (10, 25), (10, 26)):
        return
    shown = local.hour * 60 + local.minute
    today, before = DAYS_OF_WEEK[local.weekday()], DAYS_OF_WEEK[local.weekday() - 1]
    if begins < ends:
        expected = today in days and begins <= shown < ends
    else:
        expected = (today in days and shown >= begins) or (before in days and shown < ends)
    asked = hours(*(f"{each // 60:02}:{each % 60:02}" for each in (begins, ends)), *days)
    assert is_open(asked, at) == expected
