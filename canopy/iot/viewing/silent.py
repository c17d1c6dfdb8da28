"""Which datastreams have been silent for too long, and which batteries are running low. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

GRACE = 2.0
"""A datastream is silent after this many of its intervals: one reading may be late or lost."""
UNKNOWN_AFTER = timedelta(days=1)
"""A value whose datastream does not say how often it reports is shown as stale after this."""
LOW_PERCENT = 20.0
"""A battery below this is low, where its datastream says nothing of what is expected."""
LEAST_DAYS = 7
"""Fewer daily means than this are no trend."""
AHEAD_DAYS = 60.0
"""A battery that will be low within this is falling."""

BatteryState = Literal["low", "falling", "fine", "unknown"]


def silent_after(interval_s: int | None) -> timedelta | None:
    """How long a datastream may say nothing; None where it does not say how often it reports."""
    return timedelta(seconds=interval_s * GRACE) if interval_s else None


def is_silent(interval_s: int | None, last: datetime | None, now: datetime) -> bool:
    """Whether nothing came for longer than expected; False where nothing is expected."""
    longest = silent_after(interval_s)
    return longest is not None and (last is None or now - last > longest)


def is_stale(interval_s: int | None, last: datetime | None, now: datetime) -> bool:
    """Whether a value is too old to be taken for what is so now."""
    if last is None:
        return True
    return now - last > (silent_after(interval_s) or UNKNOWN_AFTER)


def is_battery(stream: str, property_name: str, definition: str) -> bool:
    """Whether a datastream tells of a battery, by its names."""
    told = f"{stream} {property_name} {definition}".lower()
    return "batter" in told or "vbat" in told or "bat_v" in told


@dataclass(frozen=True, slots=True)
class Battery:
    """`low_below` is in the datastream's unit, `per_day` what it gains a day by a straight line
    through its daily means, `days_left` until it is low."""

    state: BatteryState
    low_below: float | None
    per_day: float | None = None
    days_left: float | None = None


def battery(
    latest: float | None,
    ucum: str | None,
    expected_low: float | None,
    means: Sequence[tuple[datetime, float]],
) -> Battery:
    """How a battery stands.

    ucum: ``%`` for a state of charge, else whatever it is measured in. expected_low: the least
    that is expected, in that unit. means: daily means in order of time.
    """
    low = expected_low if expected_low is not None else LOW_PERCENT if ucum == "%" else None
    slope = trend(means)
    if latest is None:
        return Battery("unknown", low, slope)
    if low is not None and latest < low:
        return Battery("low", low, slope, 0.0)
    if slope is None:
        return Battery("unknown" if low is None else "fine", low)
    if low is None:  # nothing says when it is low: a tenth in two months is a fall
        is_falling = -slope * AHEAD_DAYS > 0.1 * abs(latest)
        return Battery("falling" if is_falling else "fine", None, slope)
    left = (latest - low) / -slope if slope < 0 else None
    is_falling = left is not None and left <= AHEAD_DAYS
    return Battery("falling" if is_falling else "fine", low, slope, left)


def trend(means: Sequence[tuple[datetime, float]]) -> float | None:
    """What daily means gain a day, by least squares; None for too few of them."""
    if len(means) < LEAST_DAYS:
        return None
    first = means[0][0]
    days = [(at - first) / timedelta(days=1) for at, _ in means]
    centre = sum(days) / len(days)
    mean = sum(value for _, value in means) / len(means)
    spread = sum((day - centre) ** 2 for day in days)
    if spread == 0:
        return None
    pairs = zip(days, means, strict=True)
    return sum((day - centre) * (value - mean) for day, (_, value) in pairs) / spread
