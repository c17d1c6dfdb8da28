"""When a lamp should burn: daylight from the sun's elevation, and the regime's clock times.

Daylight is that of a clear sky on level ground; cloud switches photocells earlier, so that
comparisons allow some minutes.

Source: P. K. Seidelmann (ed.), Explanatory Supplement to the Astronomical Almanac, University
Science Books 1992, section 9.3: illuminance of the sun by its altitude, as a cubic of the altitude
over 90 degrees in log10 lux, in bands of altitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from astral import Observer, SunDirection
from astral.sun import time_at_elevation

from canopy.iot.lighting.regimes import Regime

BANDS = (
    (-12.0, -5.0, (2.70, 12.17, -431.69, -1899.83)),
    (-5.0, -0.8, (2.88, 21.81, -258.11, -858.36)),
    (-0.8, 5.0, (2.88, 22.26, -207.64, 1034.30)),
)
"""(lowest altitude, highest altitude [degrees], coefficients)."""
_DAY = timedelta(days=1)
_BISECTIONS = 40


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a lamp should burn, UTC. level: of its full power [%], over 0."""

    start: datetime
    end: datetime
    level: float

    @property
    def hours(self) -> float:
        """Its length [h]."""
        return (self.end - self.start).total_seconds() / 3600


def daylight_lux(altitude_deg: float) -> float:
    """Illuminance on level ground [lux] with the sun at an altitude of -12 to 5 [degrees].

    ValueError outside.
    """
    for low, high, (a, b, c, d) in BANDS:
        if low <= altitude_deg <= high:
            x = altitude_deg / 90.0
            return float(10.0 ** (a + x * (b + x * (c + x * d))))
    raise ValueError(f"altitude {altitude_deg} is not -12 to 5 degrees")


@lru_cache(maxsize=200)
def altitude_deg(lux: float) -> float:
    """The sun's altitude [degrees] at which daylight is so bright, 0.01 to 1,000 lux."""
    low, high = -12.0, 5.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if daylight_lux(middle) < lux else (low, middle)
    return (low + high) / 2


def burning(
    regime: Regime,
    longitude: float,
    latitude: float,
    begin: datetime,
    end: datetime,
    zone: ZoneInfo,
) -> list[Span]:
    """The times between two moments in which a lamp should burn, in order, each at one level.

    longitude, latitude: WGS 84 [degrees]. begin, end: with a time zone. zone: of the regime's
    clock times.
    """
    if regime.is_continuous:
        return _stepped(regime, begin.astimezone(UTC), end.astimezone(UTC), zone)
    spans: list[Span] = []
    day = begin.astimezone(UTC).date() - _DAY
    while day <= end.astimezone(UTC).date():
        night = _night(regime, round(longitude, 2), round(latitude, 2), day)
        if night is not None:
            start, stop = max(night[0], begin), min(night[1], end)
            if start < stop:
                spans += _stepped(regime, start, stop, zone)
        day += _DAY
    return spans


def daylight(
    longitude: float, latitude: float, begin: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """The times between two moments in which the sun stands above the horizon, in order."""
    found = []
    longitude, latitude = round(longitude, 2), round(latitude, 2)
    day = begin.astimezone(UTC).date() - _DAY
    while day <= end.astimezone(UTC).date() + _DAY:
        rises = _crossing(longitude, latitude, 0.0, day, SunDirection.RISING)
        sets = _crossing(longitude, latitude, 0.0, day, SunDirection.SETTING)
        if rises is not None and sets is not None and max(rises, begin) < min(sets, end):
            found.append((max(rises, begin), min(sets, end)))
        day += _DAY
    return found


def burning_hours(spans: list[Span]) -> float:
    """Hours at full power that come to the same energy [h]."""
    return sum(each.hours * each.level / 100 for each in spans)


def _night(
    regime: Regime, longitude: float, latitude: float, day: date
) -> tuple[datetime, datetime] | None:
    """Dusk of a day and the dawn after it; None where it does not get dark."""
    dusk = _crossing(longitude, latitude, altitude_deg(regime.on_lux), day, SunDirection.SETTING)
    dawn = _crossing(
        longitude, latitude, altitude_deg(regime.off_lux), day + _DAY, SunDirection.RISING
    )
    return None if dusk is None or dawn is None or dawn <= dusk else (dusk, dawn)


@lru_cache(maxsize=20_000)
def _crossing(
    longitude: float, latitude: float, altitude: float, day: date, direction: SunDirection
) -> datetime | None:
    observer = Observer(latitude, longitude)
    try:
        return time_at_elevation(observer, altitude, day, direction, UTC, with_refraction=False)
    except ValueError:
        return None


def _stepped(regime: Regime, start: datetime, end: datetime, zone: ZoneInfo) -> list[Span]:
    """One stretch cut where its level changes; parts in which the lamp is off are left out."""
    clocks = [at for at, _ in regime.steps]
    if regime.off_from is not None and regime.off_to is not None:
        clocks += [regime.off_from, regime.off_to]
    edges = {start, end}
    day = start.astimezone(zone).date() - _DAY
    while day <= end.astimezone(zone).date():
        for clock in clocks:
            at = datetime.combine(day, clock, zone).astimezone(UTC)
            if start < at < end:
                edges.add(at)
        day += _DAY
    ordered = sorted(edges)
    spans = []
    for one, other in pairwise(ordered):
        level = _level(regime, one.astimezone(zone).time())
        if level > 0:
            spans.append(Span(one, other, level))
    return spans


def _level(regime: Regime, clock: time) -> float:
    if regime.off_from is not None and regime.off_to is not None:
        inside = _minutes_after(clock, regime.off_from)
        if inside < _minutes_after(regime.off_to, regime.off_from):
            return 0.0
    if not regime.steps:
        return 100.0
    # A night begins at noon: the last step at or before this clock time holds.
    passed = _minutes_after(clock, time(12))
    held = [
        (since, level)
        for at, level in regime.steps
        if (since := _minutes_after(at, time(12))) <= passed
    ]
    return max(held)[1] if held else 100.0


def _minutes_after(clock: time, since: time) -> float:
    seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
    before = (since.hour * 60 + since.minute) * 60 + since.second
    return ((seconds - before) % 86_400) / 60
