"""Numbers of sources: what is missing is told, a new start and a full turn are understood."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.iot.care.counting.following import Gap, Seen, Standing, follow, number_of

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
COUNTING = Standing("", 99, BEGIN, steps=50)


def seen(numbers: list[int], epoch: str = "", begin: datetime = BEGIN) -> list[Seen]:
    """Numbers a minute apart, from a minute after a moment."""
    return [
        Seen(begin + timedelta(minutes=place), number, epoch)
        for place, number in enumerate(numbers, 1)
    ]


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("17", ("", 17)), ("a:b:17", ("a:b", 17)), ("", None), ("x17", None), ("17a", None),
        ("٣", None), ("1" * 19, None),
    ],
)  # fmt: skip
def test_a_key_counts_where_it_ends_in_a_number(key: str, found: tuple[str, int] | None) -> None:
    """Alone, or after a session; in plain digits, of a size that can be stored."""
    assert number_of(key) == found


@pytest.mark.parametrize(
    ("last", "numbers", "gaps"),
    [
        (99, [100, 101], []),
        (99, [103, 104], [Gap(99, 103, 3)]),
        (65_530, [65_531, 65_535, 1], [Gap(65_531, 65_535, 3), Gap(65_535, 1, 1)]),
        (254, [255, 0, 1], []),
        (40_000, [1, 2, 4], [Gap(2, 4, 1)]),  # it started again
        (99, [5_000_000, 5_000_001], []),  # so far on: another count
    ],
)
def test_gaps_are_told_and_turns_and_starts_are_not(
    last: int, numbers: list[int], gaps: list[Gap]
) -> None:
    """In whatever order numbers are given: they go by time."""
    shuffled = seen(numbers)
    random.Random(1).shuffle(shuffled)
    assert follow(COUNTING._replace(number=last), shuffled)[1] == gaps


def test_a_new_session_is_a_new_start() -> None:
    """A LoRaWAN device that joins again counts from 0."""
    after, gaps = follow(COUNTING._replace(epoch="one"), seen([0, 1, 2], "two"))
    assert after is not None
    assert (gaps, after.restarts, after.epoch) == ([], 1, "two")


def test_what_comes_late_is_missing_no_more() -> None:
    """It is told when it is found to be missing, and taken off what is."""
    after, _ = follow(COUNTING, seen([104], begin=BEGIN + timedelta(hours=1)))
    later, gaps = follow(after, seen([100, 101]))
    assert after is not None
    assert later is not None
    assert (after.missing, later.missing, gaps) == (4, 2, [])


def test_message_ids_that_do_not_count_are_not_followed() -> None:
    """Times as keys, or drawn numbers, give no gaps."""
    drawn = random.Random(3)
    for numbers in ([1_700_000_000 + 60 * n for n in range(500)],
                    [drawn.randrange(10**9) for _ in range(500)]):  # fmt: skip
        assert follow(None, seen(numbers))[1] == []


@given(st.sets(st.integers(30, 300), max_size=100))
def test_as_many_are_missing_as_were_lost(lost: set[int]) -> None:
    """Whichever are lost between others: most come, so it counts still."""
    numbers = [n for n in range(30)] + [n for n in range(30, 301) if n not in lost or n % 2]
    gaps = follow(None, seen([*numbers, 301]))[1]
    assert sum(gap.missing for gap in gaps) == 301 - len(numbers)
