"""In the hour that clocks show twice the order of a file's rows tells which time round is meant."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from canopy.iot.history.repeated import RepeatedHours
from canopy.iot.payloads.reading import Reading
from canopy.iot.payloads.times import instant_with_hints

LONDON = ZoneInfo("Europe/London")


def read(*walls: str, keys: str = "") -> list[str]:
    """The times in UTC of a file's readings on the morning of 25 October 2026."""
    hours = RepeatedHours(LONDON)
    found: list[str] = []
    for at, wall in enumerate(walls):
        moment, hints = instant_with_hints(f"2026-10-25T{wall}", "the time", LONDON)
        key = keys[at : at + 1]
        reading = Reading(
            source="7", stream="P1", at=moment, result=1.0, hints=hints, source_key=key
        )
        (moved,) = hours.read("a.csv", (reading,))
        assert isinstance(moved.at, datetime)
        found.append(f"{moved.at:%H:%M}")
    return found


@pytest.mark.parametrize(
    ("walls", "expected"),
    [
        ("00:30 01:00 01:30 01:00 01:30 02:00", "23:30 00:00 00:30 01:00 01:30 02:00"),
        ("00:55 01:55 01:05 01:15 02:05", "23:55 00:55 01:05 01:15 02:05"),
        ("01:00 01:00 01:30 01:30 02:00", "00:00 01:00 00:30 01:30 02:00"),
        ("02:00 01:30 01:00 01:30 01:00 00:30", "02:00 01:30 01:00 00:30 00:00 23:30"),
        ("00:30 01:30 02:30", "23:30 00:30 02:30"),
    ],
    ids=["in order", "other minutes", "sorted by the clock", "newest first", "once only"],
)
def test_the_order_of_rows_tells_the_time_round(walls: str, expected: str) -> None:
    """A wall time that was there, or one before it, is of the other time round."""
    assert " ".join(read(*walls.split())) == expected


def test_messages_with_keys_of_their_own_share_a_minute() -> None:
    """Two messages of one minute, told apart by their keys, are of the same time round."""
    assert read("01:00", "01:00", "01:01", keys="123") == ["00:00", "00:00", "00:01"]


def test_a_later_file_begins_anew() -> None:
    """Rows of one file say nothing of another's."""
    hours = RepeatedHours(LONDON)
    moment, hints = instant_with_hints("2026-10-25T01:30", "the time", LONDON)
    reading = Reading(source="7", stream="P1", at=moment, result=1.0, hints=hints)
    assert hours.read("a.csv", (reading,)) == hours.read("b.csv", (reading,)) == (reading,)
    assert hours.second == 0
