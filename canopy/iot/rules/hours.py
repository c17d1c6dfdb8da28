"""Hours of a local clock as spans of time, whatever the clock does in spring and autumn.

An hour that the clock shows twice belongs to the hours both times. One that it skips gives them
nothing: they begin, or end, at the jump.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from canopy.iot.rules.rule import DAYS_OF_WEEK, Hours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_SECOND = timedelta(seconds=1)


def opened_at(hours: Hours | None, at: datetime) -> datetime | None:
    """When the hours that a moment lies in began, UTC; None outside of them.

    Hours that follow each other without a gap are one. Without hours it is always 1970.
    """
    if hours is None:
        return EPOCH
    begun: datetime | None = None
    local = at.astimezone(ZoneInfo(hours.time_zone)).date()
    for back in range(-1, 9):  # a whole week of days may follow each other
        span = _span(hours.time_zone, hours.from_, hours.until, local - back * _DAY)
        if DAYS_OF_WEEK[(local - back * _DAY).weekday()] not in hours.days:
            continue
        reached = at if begun is None else begun
        if span[0] <= reached and (reached < span[1] or (begun is not None and begun <= span[1])):
            begun = min(reached, span[0])
    if begun is not None and at - begun > _WEEK:
        return EPOCH  # what holds for a week holds for all
    return begun


def is_open(hours: Hours | None, at: datetime) -> bool:
    """Whether a moment lies in the hours."""
    return opened_at(hours, at) is not None


@lru_cache(maxsize=1_024)
def _span(zone: str, begins: str, ends: str, day: date) -> tuple[datetime, datetime]:
    """The hours that begin on a day: from the first of these moments to the second."""
    last = day + _DAY if ends == "24:00" or ends <= begins else day
    until = time(0) if ends == "24:00" else time.fromisoformat(ends)
    place = ZoneInfo(zone)
    return (
        _moment(datetime.combine(day, time.fromisoformat(begins)), place, fold=0),
        _moment(datetime.combine(last, until), place, fold=1),
    )


def _moment(shown: datetime, place: ZoneInfo, fold: int) -> datetime:
    """When the clock shows that: the first or (`fold` 1) the last time; the jump that skips it."""
    found = shown.replace(tzinfo=place, fold=fold).astimezone(UTC)
    if found.astimezone(place).replace(tzinfo=None) == shown:
        return found
    early = shown.replace(tzinfo=place, fold=1).astimezone(UTC)
    late = shown.replace(tzinfo=place, fold=0).astimezone(UTC)
    before = early.astimezone(place).utcoffset()
    while late - early > _SECOND:
        middle = early + (late - early) / 2
        if middle.astimezone(place).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
