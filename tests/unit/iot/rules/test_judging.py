"""What raises an alarm and what clears it, as rules say it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
import shapely
from heard import BEGIN_US, MINUTE_US, heard, reading, rule, told
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.iot.flags import bits
from canopy.iot.rules.judging import hear_all, look, noticed
from canopy.iot.rules.memory import ALLOWANCE_US, Memory

SQUARE = shapely.box(-1.0, 52.0, -0.9, 52.1)

VALUES = st.floats(-100, 100, allow_nan=False)
SERIES = st.lists(st.tuples(st.integers(0, 600), VALUES), max_size=60, unique_by=lambda e: e[0])
"""Minutes and numbers, ten hours of them."""
SHORT = st.lists(
    st.tuples(st.integers(0, ALLOWANCE_US // 1_000_000 - 1), VALUES),
    min_size=1, max_size=40, unique_by=lambda each: each[0],
)  # fmt: skip
"""Seconds and numbers, no further apart than readings may be late."""
CUTS = st.lists(st.integers(0, 60), max_size=6)


def test_it_is_raised_when_it_has_held_and_cleared_below_the_other_limit() -> None:
    """Above 40 for 10 minutes; 38 is between the limits and changes nothing."""
    values = [(0, 41), (5, 50), (10, 45), (15, 38), (20, 41), (25, 36), (30, 35)]
    _, changes = heard(rule(), [reading(*each) for each in values])
    assert told(changes) == [("pending", 0), ("raised", 10), ("cleared", 30)]


def test_the_limit_itself_is_not_beyond_it() -> None:
    """Above 40 means above 40, and a run that touches it begins anew."""
    values = [(0, 41), (5, 40), (9, 41), (12, 41)]
    memory, changes = heard(rule(), [reading(*each) for each in values])
    assert told(changes) == [("pending", 0), ("dropped", 5), ("pending", 9)]
    assert memory.track.machine.since_us == BEGIN_US + 9 * MINUTE_US


def test_below_a_limit() -> None:
    """A battery below 20 %, well again at 30; the value is told as it was."""
    of = rule({"kind": "threshold", "below": 20, "clears_at": 30})
    _, changes = heard(of, [reading(0, 25), reading(1, 19.5), reading(2, 29), reading(3, 30)])
    assert told(changes) == [("raised", 1), ("cleared", 3)]


def test_two_readings_hours_apart_do_not_make_a_duration() -> None:
    """What was not seen for longer than an hour did not hold."""
    _, changes = heard(rule(), [reading(0, 50), reading(180, 50), reading(195, 50)])
    assert told(changes) == [("pending", 0), ("raised", 195)]


def test_a_rate_is_measured_in_the_stated_time() -> None:
    """A river that rises by more than 10 cm an hour, 3 cm in 15 minutes."""
    of = rule({"kind": "rate", "above": 10, "per_min": 60, "direction": "rise"})
    values = [(0, 100), (15, 102), (30, 105), (45, 104), (60, 90)]
    _, changes = heard(of, [reading(*each) for each in values])
    assert told(changes) == [("raised", 30), ("cleared", 45)]
    assert changes[0].value == pytest.approx(12)


@pytest.mark.parametrize(("direction", "raised"), [("rise", 0), ("fall", 1), ("either", 1)])
def test_a_rate_has_a_direction(direction: str, raised: int) -> None:
    """A fall of 100 in a minute is no rise."""
    of = rule({"kind": "rate", "above": 10, "direction": direction})
    _, changes = heard(of, [reading(0, 100), reading(1, 0)])
    assert len(changes) == raised


def test_a_thing_that_leaves_its_area() -> None:
    """By the positions of its readings; one without a fix, or without a position, says nothing."""
    of = rule({"kind": "fence", "alarm": "outside", "polygon": [[0, 0], [1, 0], [1, 1]]})
    at = [
        reading(0, 1.0, longitude=-0.95, latitude=52.05),
        reading(1, 1.0, longitude=-0.5, latitude=52.05, flags=bits(["no-position-fix"])),
        reading(2, 1.0),
        reading(3, None, longitude=-0.5, latitude=52.05),
        reading(4, None, longitude=-0.95, latitude=52.05),
    ]
    _, changes = heard(of, at, fence=SQUARE)
    assert told(changes) == [("raised", 3), ("cleared", 4)]


def test_a_thing_that_enters_an_area() -> None:
    """The same the other way round."""
    of = rule({"kind": "fence", "alarm": "inside", "polygon": [[0, 0], [1, 0], [1, 1]]})
    at = [reading(n, None, longitude=x, latitude=52.05) for n, x in enumerate((-0.5, -0.95, -0.5))]
    assert told(heard(of, at, fence=SQUARE)[1]) == [("raised", 1), ("cleared", 2)]


@pytest.mark.parametrize("flag", ["bad-quality", "spike", "stuck", "drift", "unlikely", "stale"])
def test_doubted_readings_raise_nothing_unless_asked(flag: str) -> None:
    """A rule may name the flags that count all the same."""
    of, asked = rule({"kind": "threshold", "above": 40}), {"kind": "threshold", "above": 40}
    doubted = [reading(0, 99, flags=bits([flag]))]
    assert heard(of, doubted)[1] == []
    assert told(heard(rule(asked, with_flagged=[flag]), doubted)[1]) == [("raised", 0)]


def test_old_readings_raise_nothing() -> None:
    """Importing last week is no alarm; what came a day late at most is."""
    of = rule({"kind": "threshold", "above": 40})
    late_us = 24 * 60 * MINUTE_US
    at_us = reading(0, 1).at_us
    assert heard(of, [reading(0, 99, arrived_us=at_us + late_us + 1)])[1] == []
    assert len(heard(of, [reading(0, 99, arrived_us=at_us + late_us)])[1]) == 1


def test_texts_and_what_is_no_number_are_not_judged() -> None:
    """Neither raises nor clears."""
    of = rule({"kind": "threshold", "above": 40})
    values = [None, float("nan"), float("inf")]
    assert heard(of, [reading(n, each) for n, each in enumerate(values)])[1] == []


def test_it_is_raised_only_in_its_hours_and_cleared_at_any_time() -> None:
    """Raised at 05:59 by the local clock, cleared at 06:05; not raised again after 06:00."""
    hours = {"from": "22:00", "until": "06:00", "time_zone": "UTC"}
    of = rule({"kind": "threshold", "above": 40}, hours=hours)
    day_us = 86_400_000_000
    morning = ((BEGIN_US // day_us + 1) * day_us - BEGIN_US) // MINUTE_US + 359
    values = [(morning, 50), (morning + 6, 30), (morning + 7, 50)]
    assert told(heard(of, [reading(*each) for each in values])[1]) == [
        ("raised", morning), ("cleared", morning + 6),
    ]  # fmt: skip


def test_what_flutters_is_told_three_times_and_then_calmed() -> None:
    """Up and down each minute for two hours: three alarms, the last until half an hour of calm."""
    of = rule({"kind": "threshold", "above": 40})
    values = [reading(n, 50 if n % 2 else 30) for n in range(120)]
    memory, changes = heard(of, values)
    assert [each.became for each in changes] == [*("raised", "cleared") * 2, "raised"]
    assert memory.track.machine.flutters
    _, later = hear_all(of, memory, [reading(120 + n, 30) for n in range(40)])
    assert told(later) == [("cleared", 150)]


def test_what_flutters_and_falls_silent_is_cleared_by_the_clock() -> None:
    """Nothing more comes: half an hour after the last reading that was back."""
    of = rule({"kind": "threshold", "above": 40})
    memory, _ = heard(of, [reading(n, 50 if n % 2 else 30) for n in range(7)])
    now_us = BEGIN_US + 36 * MINUTE_US
    assert look(of, memory, now_us - 1, BEGIN_US)[1] == []
    assert told(look(of, memory, now_us, BEGIN_US)[1]) == [("cleared", 36)]


@pytest.mark.parametrize("by", ["arrival", "phenomenon"])
def test_silence_is_raised_by_the_clock_and_ended_by_a_reading(by: str) -> None:
    """By arrival an old reading ends it, by phenomenon time only a new one."""
    of = rule({"kind": "missing", "silent_min": 30, "by": by})
    memory, _ = heard(of, [reading(0, 1)])
    assert look(of, memory, BEGIN_US + 30 * MINUTE_US - 1, 0)[1] == []
    memory, raised = look(of, memory, BEGIN_US + 30 * MINUTE_US, 0)
    assert [(each.became, each.since_us) for each in raised] == [("raised", BEGIN_US)]
    memory, _ = hear_all(of, memory, [reading(-5, 1, arrived_us=BEGIN_US + 35 * MINUTE_US)])
    became = [each.became for each in look(of, memory, BEGIN_US + 36 * MINUTE_US, 0)[1]]
    assert became == (["cleared"] if by == "arrival" else [])


def test_silence_of_what_never_spoke_is_reckoned_from_its_registering() -> None:
    """And not from 1970."""
    of = rule({"kind": "missing", "silent_min": 30})
    at_us = BEGIN_US + 29 * MINUTE_US
    assert look(of, Memory(), at_us, BEGIN_US)[1] == []
    assert len(look(of, Memory(), at_us + MINUTE_US, BEGIN_US)[1]) == 1


def test_silence_outside_of_the_hours_does_not_count() -> None:
    """A sensor that rests by night is missed half an hour after the hours begin."""
    hours = {"from": "08:00", "until": "18:00", "time_zone": "UTC"}
    of = rule({"kind": "missing", "silent_min": 30}, hours=hours)
    day_us = 86_400_000_000
    eight_us = (BEGIN_US // day_us + 1) * day_us + 8 * 60 * MINUTE_US
    memory, _ = heard(of, [reading(0, 1)])
    told_at = [
        minute for minute in (-60, 1, 29, 30)
        if look(of, memory, eight_us + minute * MINUTE_US, 0)[1]
    ]  # fmt: skip
    assert told_at == [30]


def test_a_happening_is_raised_until_it_is_seen_to() -> None:
    """And told with when it happened."""
    of = rule({"kind": "ingestion", "happenings": ["dead-letters"]})
    memory, raised = noticed(of, Memory(), True, BEGIN_US - MINUTE_US, BEGIN_US)
    memory, again = noticed(of, memory, True, BEGIN_US - MINUTE_US, BEGIN_US + MINUTE_US)
    _, over = noticed(of, memory, False, BEGIN_US - MINUTE_US, BEGIN_US + 2 * MINUTE_US)
    assert (raised[0].since_us, again) == (BEGIN_US - MINUTE_US, [])
    assert told(over) == [("cleared", 2)]


@given(series=SERIES, duration=st.integers(0, 30), cuts=CUTS)
def test_it_comes_to_the_same_in_one_batch_or_many(
    series: list[tuple[int, float]], duration: int, cuts: list[int]
) -> None:
    """Readings in order, cut anywhere: the same changes, and the same to remember."""
    of = rule({"kind": "threshold", "above": 40, "clears_at": 0, "for_min": duration})
    readings = [reading(*each) for each in sorted(series)]
    places = [0, *sorted(min(each, len(readings)) for each in cuts), len(readings)]
    batches = [readings[a:b] for a, b in pairwise(places)]
    assert heard(of, *batches) == heard(of, readings)


@given(series=SHORT, duration=st.integers(0, 5), seed=st.integers(0, 9))
def test_the_order_of_arrival_does_not_matter_within_the_allowance(
    series: list[tuple[int, float]], duration: int, seed: int
) -> None:
    """One by one and shuffled: where it stands in the end is the same, twice over too."""
    of = rule({"kind": "threshold", "above": 40, "clears_at": 0, "for_min": duration})
    readings = [reading(second / 60, value) for second, value in series]
    shuffled = random.Random(seed).sample(readings, len(readings))
    in_order, _ = heard(of, sorted(readings))
    memory, changes = heard(of, *([each] for each in shuffled))
    assert memory.track == in_order.track
    assert heard(of, shuffled, shuffled[::-1])[0] == in_order
    standing = {"raised": "raised", "cleared": "ok", "dropped": "ok", "pending": "pending"}
    last = standing[changes[-1].became] if changes else "ok"
    assert last == in_order.track.machine.phase


@given(series=SERIES, duration=st.integers(0, 30), shuffle=st.randoms(use_true_random=False))
def test_it_is_never_raised_below_the_threshold(
    series: list[tuple[int, float]], duration: int, shuffle: random.Random
) -> None:
    """In whatever order readings come, what raises is above 40, and what clears at 0 or below."""
    of = rule({"kind": "threshold", "above": 40, "clears_at": 0, "for_min": duration})
    readings = [reading(*each) for each in series]
    shuffle.shuffle(readings)
    memory, changes = heard(of, *([each] for each in readings))
    raising = [each.value for each in changes if each.became == "raised" and each.value is not None]
    clearing = [
        each.value for each in changes if each.became == "cleared" and each.value is not None
    ]
    assert all(value > 40 for value in raising)
    assert all(value <= 0 for value in clearing)
    if memory.track.machine.phase == "raised":
        assert max(value for _, value in series) > 40


@given(values=st.lists(st.floats(0.001, 40), max_size=60))
def test_nothing_changes_between_the_limits(values: list[float]) -> None:
    """Raised stays raised, ok stays ok."""
    of = rule({"kind": "threshold", "above": 40, "clears_at": 0})
    between = [reading(n + 1, value) for n, value in enumerate(values)]
    assert heard(of, between)[1] == []
    assert told(heard(of, [reading(0, 41), *between])[1]) == [("raised", 0)]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=40))
def test_after_three_alarms_in_an_hour_the_next_waits_for_calm(
    spells: list[tuple[bool, int]],
) -> None:
    """However a number jumps about: half an hour at least lies between the third and the next."""
    of = rule({"kind": "threshold", "above": 40})
    ups = [is_up for is_up, minutes in spells for _ in range(minutes)]
    changes = heard(of, [reading(n, 50 if up else 30) for n, up in enumerate(ups)])[1]
    raised = [(each.at_us - BEGIN_US) // MINUTE_US for each in changes if each.became == "raised"]
    runs = zip(raised, raised[2:], raised[3:], strict=False)
    assert all(after - third >= 30 for first, third, after in runs if third - first <= 60)
