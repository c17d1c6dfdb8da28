"""When a datastream is silent, how a battery stands, and how readings are summed up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from canopy.iot.viewing.history import floored, summed_up
from canopy.iot.viewing.silent import battery, is_battery, is_silent, is_stale, trend

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def falling(per_day: float, days: int = 20, last: float = 50.0) -> list[tuple[datetime, float]]:
    """Daily means that end at a value."""
    return [(NOW - day * DAY, last - per_day * day) for day in reversed(range(days))]


@pytest.mark.parametrize(
    ("interval_s", "ago", "silent", "stale"),
    [(600, 20, False, False), (600, 21, True, True), (None, 1_440, False, False),
     (None, 1_441, False, True), (600, None, True, True), (None, None, False, True)],
)  # fmt: skip
def test_two_intervals_without_a_word_are_silence(
    interval_s: int | None, ago: int | None, silent: bool, stale: bool
) -> None:
    """One that does not say how often it reports is never silent, and stale after a day."""
    last = None if ago is None else NOW - ago * MINUTE
    assert is_silent(interval_s, last, NOW) is silent
    assert is_stale(interval_s, last, NOW) is stale


@pytest.mark.parametrize(
    ("latest", "ucum", "expected_low", "per_day", "state"),
    [
        (19.9, "%", None, 0.0, "low"), (20.0, "%", None, 0.0, "fine"),
        (3.1, "V", 3.2, 0.0, "low"), (50.0, "%", None, -0.4, "fine"),
        (50.0, "%", None, -0.6, "falling"), (50.0, "%", None, 0.6, "fine"),
        (3.6, "V", None, -0.01, "falling"), (3.6, "V", None, -0.001, "fine"),
        (None, "%", None, -1.0, "unknown"),
    ],
)  # fmt: skip
def test_a_battery_is_low_or_will_be_within_two_months(
    latest: float | None, ucum: str, expected_low: float | None, per_day: float, state: str
) -> None:
    """By what is expected of it, else by a fifth of its charge, else by a tenth of what it has."""
    assert battery(latest, ucum, expected_low, falling(per_day)).state == state


def test_too_few_days_are_no_trend() -> None:
    """A week is, and its slope is what was put in."""
    assert trend(falling(-2.0, days=6)) is None
    assert trend(falling(-2.0, days=7)) == pytest.approx(-2.0)
    assert battery(50.0, "V", None, falling(-2.0, days=6)).state == "unknown"


def test_days_left_go_to_the_limit() -> None:
    """From 50 % at one a day it is thirty days to 20 %."""
    assert battery(50.0, "%", None, falling(-1.0)).days_left == pytest.approx(30.0)
    assert battery(50.0, "%", None, falling(1.0)).days_left is None


@pytest.mark.parametrize(
    ("names", "told"),
    [(("battery", "Charge", "x"), True), (("u", "Battery voltage", "x"), True),
     (("vbat", "Voltage", "x"), True), (("temperature", "Air temperature", "x"), False)],
)  # fmt: skip
def test_batteries_are_known_by_their_names(names: tuple[str, str, str], told: bool) -> None:
    """Of the stream, the property or its definition."""
    assert is_battery(*names) is told


def test_readings_are_summed_up_by_span() -> None:
    """Texts count and give no number; two readings of one interval speak for it once."""
    hour = NOW.replace(minute=0)
    rows: list[tuple[datetime, float | None]] = [
        (hour, 1.0), (hour + MINUTE, 3.0), (hour + 20 * MINUTE, None), (hour + 61 * MINUTE, 7.0),
    ]  # fmt: skip
    first, second = summed_up(rows, 3_600, 900)
    assert first == (hour, 3, 1.0, 2.0, 3.0, 0.5)
    assert second == (hour + 60 * MINUTE, 1, 7.0, 7.0, 7.0, 0.25)
    assert summed_up(rows[:1], 3_600, None)[0].coverage is None


def test_spans_begin_where_the_stored_ones_do() -> None:
    """Counted from 1970, before it too."""
    assert floored(NOW + 7 * MINUTE, 900) == NOW
    assert floored(datetime(1969, 12, 31, 23, 59, tzinfo=UTC), 86_400) == datetime(
        1969, 12, 31, tzinfo=UTC
    )
