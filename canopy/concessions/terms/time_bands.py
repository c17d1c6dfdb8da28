"""Times of the day and week that energy is priced by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from canopy.concessions.fields import CLOSED, Name, Rate
from canopy.errors import BadTerms

Days = Literal["all", "weekdays", "weekends"]
ClockTime = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
"""Hours and minutes: 07:30; 24:00 is the end of the day."""
DAY_MINUTES = 24 * 60
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SATURDAY = 5


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name} is no time zone; write one as Europe/London")
    return name


TimeZone = Annotated[str, AfterValidator(_zone)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBand:
    """A time of the day, or all of it, and its price.

    Attributes:
        name: such as day or night; each band of a charge has its own.
        price: before indexation [GBP/kWh].
        from_time: the local time at which it begins, 00:00 if not given.
        to_time: up to which it lasts, 24:00 if not given. One that is before from_time goes over
            midnight; both its parts are of the days that `days` names.
        days: "weekdays" are Monday to Friday, bank holidays too.
    """

    __pydantic_config__: ClassVar = CLOSED

    name: Name
    price: Rate
    from_time: ClockTime = "00:00"
    to_time: ClockTime = "24:00"
    days: Days = "all"

    def __post_init__(self) -> None:
        if self.from_time == self.to_time or self.from_time == "24:00":
            raise BadTerms("a band lasts from one time to another", field="to_time")

    def minutes(self, weekday: int) -> list[tuple[int, int]]:
        """Stretches of minutes of a day that it holds; 0 is Monday."""
        if self.days != "all" and (self.days == "weekends") != (weekday >= _SATURDAY):
            return []
        begins, ends = _minute(self.from_time), _minute(self.to_time)
        if begins < ends:
            return [(begins, ends)]
        return [each for each in ((0, ends), (begins, DAY_MINUTES)) if each[0] < each[1]]


def minutes_by_day(bands: Sequence[TimeBand]) -> list[list[tuple[int, int, str]]]:
    """Of Monday to Sunday: from which minute to which each band lasts, in order.

    Raises BadTerms where a minute of the week has no band, or two.
    """
    return [_of_day(bands, weekday) for weekday in range(len(_WEEK))]


def _of_day(bands: Sequence[TimeBand], weekday: int) -> list[tuple[int, int, str]]:
    parts = sorted((*part, band.name) for band in bands for part in band.minutes(weekday))
    at = 0
    for begins, ends, name in [*parts, (DAY_MINUTES, DAY_MINUTES, "")]:
        if begins != at:
            told = "no band" if begins > at else f"{name} and another band"
            raise BadTerms(
                f"{_WEEK[weekday]} {min(at, begins) // 60:02}:{min(at, begins) % 60:02} has {told}",
                field="bands",
            )
        at = ends
    return parts


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name that was checked."""
    return ZoneInfo(name)
