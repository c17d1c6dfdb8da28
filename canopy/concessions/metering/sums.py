"""The energy of some days by tariff band: what was measured, and what was not."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from canopy.concessions.metering.intervals import MeterEnergy
from canopy.concessions.rounding import EXACT
from canopy.concessions.terms.time_bands import TimeBand, minutes_by_day, zone_of

YEAR_SECONDS = 365 * 24 * 3600
_MINUTE = timedelta(minutes=1)
_ZERO = Decimal(0)


@dataclass(slots=True)
class BandEnergy:
    """Energy of one band [kWh].

    Attributes:
        measured: as the meter told, in intervals that lie within the band and the days.
        estimated: that the source of the readings calls so.
        split: of intervals that reach over an edge of the band or of the days, shared by time.
        expected: for the time without readings, at the expected energy of a year.
    """

    measured: Decimal = _ZERO
    estimated: Decimal = _ZERO
    split: Decimal = _ZERO
    expected: Decimal = _ZERO

    @property
    def kwh(self) -> Decimal:
        return self.measured + self.estimated + self.split + self.expected


@dataclass(frozen=True, slots=True)
class DaysEnergy:
    """The energy of days `first` to `last`, both counted.

    Attributes:
        missing_seconds: of them that have no reading.
        has_readings: whether any time of them has one.
    """

    first: date
    last: date
    bands: dict[str, BandEnergy] = field(default_factory=dict)
    missing_seconds: int = 0
    has_readings: bool = False

    def sum_of(self, part: str) -> Decimal:
        """Of one of the parts that a band's energy has."""
        return sum((getattr(band, part) for band in self.bands.values()), _ZERO)


def energy_by_band(
    meter: MeterEnergy | None,
    bands: Sequence[TimeBand],
    time_zone: str,
    first: date,
    last: date,
    expected_kwh_per_year: Decimal,
) -> DaysEnergy:
    """The energy of days, by bands of local time.

    `expected_kwh_per_year` is for 365 days, spread evenly: time without a reading has its part
    of it, told apart as `expected`. An edge that a change of the clocks makes twice is its first
    time; one that it skips is the moment of the change. Bands are taken as terms have them,
    covering every minute of the week once.
    """
    sums = {band.name: BandEnergy() for band in bands}
    covered_in_all, length = 0, 0
    for begins, ends, name in _windows(bands, time_zone, first, last):
        covered = 0 if meter is None else _add(meter, begins, ends, sums[name])
        missing = ends - begins - covered
        if missing:
            part = EXACT.multiply(expected_kwh_per_year, Decimal(missing))
            sums[name].expected += EXACT.divide(part, Decimal(YEAR_SECONDS))
        covered_in_all += covered
        length += ends - begins
    return DaysEnergy(first, last, sums, length - covered_in_all, covered_in_all > 0)


def _add(meter: MeterEnergy, begins: int, ends: int, into: BandEnergy) -> int:
    """Adds what the meter told of a window; the seconds of it that have a reading."""
    covered = 0
    at = max(0, bisect_right(meter.starts, begins) - 1)
    while at < len(meter.starts) and meter.starts[at] < ends:
        start, end = meter.starts[at], meter.ends[at]
        inside = min(end, ends) - max(start, begins)
        if inside > 0:
            covered += inside
            kwh = meter.kwh[at]
            if inside < end - start:
                kwh = EXACT.divide(EXACT.multiply(kwh, Decimal(inside)), Decimal(end - start))
            if meter.is_estimated[at]:
                into.estimated += kwh
            elif inside < end - start:
                into.split += kwh
            else:
                into.measured += kwh
        at += 1
    return covered


def _windows(
    bands: Sequence[TimeBand], time_zone: str, first: date, last: date
) -> Iterator[tuple[int, int, str]]:
    """Stretches of one band from the first midnight to the last, in seconds since 1970, UTC."""
    week, zone = minutes_by_day(bands), zone_of(time_zone)

    opens, name = _second(first, 0, zone), ""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        for minute, _, band in week[day.weekday()]:
            begins = _second(day, minute, zone)
            if name and band != name and begins > opens:
                yield opens, begins, name
                opens = begins
            name = band
    yield opens, _second(last + timedelta(days=1), 0, zone), name


def _second(day: date, minute: int, zone: ZoneInfo) -> int:
    """The first moment of a day whose clock shows a minute of it, or more where that is skipped."""
    wanted = datetime.combine(day, time(minute // 60, minute % 60))
    moment = wanted.replace(tzinfo=zone).astimezone(UTC)
    while (moment - _MINUTE).astimezone(zone).replace(tzinfo=None) >= wanted:
        moment -= _MINUTE
    return int(moment.timestamp())
