"""Energy of meters: nothing is lost between bands and days, and nothing missing is zero."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.concessions.metering.intervals import (
    EnergyInterval,
    MeterEnergy,
    RegisterRead,
    between_reads,
    meter_energy,
)
from canopy.concessions.metering.sums import DaysEnergy, energy_by_band
from canopy.concessions.terms.time_bands import TimeBand, minutes_by_day
from canopy.errors import BadTerms, Refused

HALF_HOUR = timedelta(minutes=30)
LONDON = "Europe/London"


def band(name: str, begins: str = "00:00", ends: str = "24:00", days: str = "all") -> TimeBand:
    return TimeBand(name=name, price=Decimal("0.2"), from_time=begins, to_time=ends, days=days)  # type: ignore[arg-type]


ALL_DAY = (band("all"),)
TWO = (band("day", "07:00", "23:00"), band("night", "23:00", "07:00"))


def half_hours(first: datetime, count: int, kwh: str = "1") -> MeterEnergy:
    """So many half hours with the same energy."""
    return meter_energy(
        "M",
        [
            EnergyInterval(first + at * HALF_HOUR, first + (at + 1) * HALF_HOUR, Decimal(kwh))
            for at in range(count)
        ],
    )


def of_days(meter: MeterEnergy | None, bands: tuple[TimeBand, ...], *days: date) -> DaysEnergy:
    return energy_by_band(meter, bands, LONDON, days[0], days[-1], Decimal(8760))


def test_half_hours_are_put_into_bands_of_local_time() -> None:
    """A day of British Summer Time: the night ends at 06:00 UTC and begins at 22:00."""
    meter = half_hours(datetime(2026, 6, 30, 23, tzinfo=UTC), 48)
    found = of_days(meter, TWO, date(2026, 7, 1))
    assert {name: each.measured for name, each in found.bands.items()} == {"day": 32, "night": 16}
    assert (found.missing_seconds, found.sum_of("split"), found.sum_of("expected")) == (0, 0, 0)


@pytest.mark.parametrize(
    ("day", "hours", "night"), [(date(2026, 3, 29), 23, 7), (date(2026, 10, 25), 25, 9)]
)
def test_days_on_which_the_clocks_change_are_longer_or_shorter(
    day: date, hours: int, night: int
) -> None:
    """At 8,760 kWh a year an hour without readings is counted at 1 kWh."""
    found = of_days(None, TWO, day)
    assert found.missing_seconds == hours * 3600
    assert found.bands["night"].expected == night
    assert found.sum_of("expected") == hours
    assert not found.has_readings


def test_an_edge_that_the_clocks_skip_is_the_moment_of_the_change() -> None:
    """01:30 does not come on 29 March 2026: the first band ends, and the next begins, at 02:00."""
    bands = (band("early", "00:00", "01:30"), band("late", "01:30", "24:00"))
    found = of_days(None, bands, date(2026, 3, 29))
    assert (found.bands["early"].expected, found.bands["late"].expected) == (1, 22)


def test_a_reading_over_an_edge_is_shared_by_time_and_told_apart() -> None:
    """A day's 24 kWh in winter: 16 hours of day, 8 of night, all of it `split`."""
    midnight = datetime(2026, 1, 10, tzinfo=UTC)
    meter = meter_energy("M", [EnergyInterval(midnight, midnight + timedelta(days=1), Decimal(24))])
    found = of_days(meter, TWO, date(2026, 1, 10))
    assert (found.bands["day"].split, found.bands["night"].split) == (16, 8)
    assert found.sum_of("measured") == 0
    assert of_days(meter, ALL_DAY, date(2026, 1, 10)).sum_of("measured") == 24


def test_missing_time_is_counted_as_expected_and_estimates_are_told() -> None:
    """18 hours of readings, one of them estimated; 6 hours have none."""
    first = datetime(2026, 1, 10, tzinfo=UTC)
    given_readings = [
        EnergyInterval(
            first + timedelta(hours=at), first + timedelta(hours=at + 1), Decimal(3), at == 17
        )
        for at in range(18)
    ]
    found = of_days(meter_energy("M", given_readings), ALL_DAY, date(2026, 1, 10))
    (energy,) = found.bands.values()
    assert (energy.measured, energy.estimated, energy.expected) == (51, 3, 6)
    assert (energy.kwh, found.missing_seconds) == (60, 6 * 3600)


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(2020, 1, 1), date(2035, 1, 1)),
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 4000), st.integers(0, 999)), max_size=40),
    st.sampled_from(["01:30", "07:00", "02:00", "23:30"]),
)
def test_no_energy_is_lost_between_bands_and_days(
    first: date, parts: list[tuple[int, int, int]], edge: str
) -> None:
    """Intervals of any length, with gaps: all days together hold what the meter told."""
    at = datetime(first.year, first.month, first.day, tzinfo=UTC) + timedelta(days=1)
    told = []
    for gap, length, kwh in parts:
        start = at + timedelta(minutes=gap)
        at = start + timedelta(minutes=length)
        told.append(EnergyInterval(start, at, Decimal(kwh)))
    bands = (band("one", "00:00", edge), band("two", edge, "24:00"))
    days = (first, (at + timedelta(days=2)).date())
    whole = of_days(meter_energy("M", told), bands, *days)
    metered = whole.sum_of("measured") + whole.sum_of("split")
    assert metered == pytest.approx(sum(each.kwh for each in told))
    missing = (days[1] - days[0]).days * 86400 + 86400 - sum(60 * part[1] for part in parts)
    assert whole.missing_seconds == pytest.approx(missing, abs=3600)  # the clocks may change
    assert whole.sum_of("expected") == pytest.approx(Decimal(whole.missing_seconds) / 3600)
    middle = days[0] + (days[1] - days[0]) / 2
    halves = [
        of_days(meter_energy("M", told), bands, days[0], middle),
        of_days(meter_energy("M", told), bands, middle + timedelta(days=1), days[1]),
    ]
    for name in ("one", "two"):
        parts_kwh = sum(half.bands[name].kwh for half in halves)
        assert parts_kwh == pytest.approx(whole.bands[name].kwh)


def read(day: int, kwh: str, *, estimated: bool = False) -> RegisterRead:
    return RegisterRead(datetime(2026, 1, day, tzinfo=UTC), Decimal(kwh), estimated)


def test_energy_is_the_difference_of_reads() -> None:
    """In any order; what an estimated read bounds is estimated on both sides."""
    reads = [read(9, "130"), read(1, "100"), read(5, "110", estimated=True), read(12, "131.5")]
    found = list(between_reads("M", reads))
    assert [(each.start.day, each.kwh, each.is_estimated) for each in found] == [
        (1, 10, True), (5, 20, True), (9, Decimal("1.5"), False),
    ]  # fmt: skip


def test_a_register_begins_again_at_0_after_its_last_number() -> None:
    """99,990 then 15 on five digits is 25 kWh; without the digits, or by little, it is refused."""
    over = [read(1, "99990"), read(2, "15")]
    assert [each.kwh for each in between_reads("M", over, 5)] == [25]
    with pytest.raises(Refused, match="falls from 99990 to 15"):
        list(between_reads("M", over))
    with pytest.raises(Refused, match="falls from 500 to 499"):
        list(between_reads("M", [read(1, "500"), read(2, "499")], 5))
    with pytest.raises(Refused, match="two reads are of 2026-01-01"):
        list(between_reads("M", [read(1, "5"), read(1, "6")]))


MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("intervals", "told"),
    [
        ([(MIDNIGHT, MIDNIGHT, "1")], "ends when or before"),
        ([(MIDNIGHT, MIDNIGHT + HALF_HOUR, "-1")], "is of -1 kWh"),
        ([(MIDNIGHT, MIDNIGHT + HALF_HOUR, "NaN")], "is of NaN kWh"),
        ([(MIDNIGHT.replace(tzinfo=None), MIDNIGHT.replace(tzinfo=None) + HALF_HOUR, "1")],
         "no time zone"),
        ([(MIDNIGHT, MIDNIGHT + 2 * HALF_HOUR, "1"), (MIDNIGHT + HALF_HOUR,
          MIDNIGHT + 3 * HALF_HOUR, "1")], "before the one from 2026-01-01 00:00 UTC has ended"),
    ],
)  # fmt: skip
def test_readings_that_cannot_be_are_refused(
    intervals: list[tuple[datetime, datetime, str]], told: str
) -> None:
    """Each with its meter and time."""
    with pytest.raises(Refused, match=told):
        meter_energy("M", [EnergyInterval(*each[:2], Decimal(each[2])) for each in intervals])


@pytest.mark.parametrize(
    ("bands", "told"),
    [
        ([band("day", "07:00", "23:00")], "Monday 00:00 has no band"),
        ([*TWO, band("peak", "16:00", "19:00")], "Monday 16:00 has peak and another band"),
        ([band("week", days="weekdays")], "Saturday 00:00 has no band"),
        ([band("day", "00:00", "23:30")], "Monday 23:30 has no band"),
    ],
)
def test_bands_that_leave_a_gap_or_overlap_are_refused(bands: list[TimeBand], told: str) -> None:
    """The first minute of the week that is wrong is named."""
    with pytest.raises(BadTerms, match=told):
        minutes_by_day(bands)


def test_weekdays_and_weekends_cover_the_week() -> None:
    """Saturday and Sunday have a band of their own."""
    week = minutes_by_day([band("work", days="weekdays"), band("rest", days="weekends")])
    assert [day[0][2] for day in week] == ["work"] * 5 + ["rest"] * 2
