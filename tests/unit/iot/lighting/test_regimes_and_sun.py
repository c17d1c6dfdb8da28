"""Regimes are read as councils write them, and become times by the sun and the clock."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from canopy.errors import Refused
from canopy.iot.lighting.regimes import Regime, regime_of
from canopy.iot.lighting.sun import (
    BANDS,
    altitude_deg,
    burning,
    burning_hours,
    daylight,
    daylight_lux,
)

LONDON = ZoneInfo("Europe/London")
PLACE = (-0.13, 51.5)


@pytest.mark.parametrize(
    ("written", "regime"),
    [
        ("35/18", Regime(35, 18)),
        ("Photocell 70 / 35 lux", Regime(70, 35)),
        ("Continuous", Regime(is_continuous=True)),
        ("Dusk-Dawn", Regime(is_assumed=True)),
        ("35/18 part-night 00:00-05:30", Regime(35, 18, False, time(0), time(5, 30))),
        ("Dusk to dawn, off 2330 to 0530", Regime(
            off_from=time(23, 30), off_to=time(5, 30), is_assumed=True
        )),
        ("35/18 dim 22:00=70 00:00=50%", Regime(
            35, 18, steps=((time(22), 70.0), (time(0), 50.0))
        )),
    ],
)  # fmt: skip
def test_regimes_are_read_as_councils_write_them(written: str, regime: Regime) -> None:
    """Levels, part-night hours and dimming steps, in words that are in use."""
    assert regime == regime_of(written)


@pytest.mark.parametrize(
    "written", ["", "as required", "35/18 dim 22:00=170", "part-night 9:75-5:00"]
)
def test_what_says_no_regime_is_refused(written: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(Refused):
        regime_of(written)


def test_daylight_at_the_end_of_civil_twilight_is_that_of_the_almanac() -> None:
    """3.4 lux with the sun 6 degrees below (Explanatory Supplement, table of illuminance)."""
    assert daylight_lux(-6.0) == pytest.approx(3.4, abs=0.05)


def test_the_bands_of_daylight_meet() -> None:
    """Within 0.5 %: the published cubics are joined where bands meet."""
    (_, low, _), (_, high, _), _ = BANDS
    for edge in (low, high):
        assert daylight_lux(edge - 1e-6) == pytest.approx(daylight_lux(edge + 1e-6), rel=0.005)


@pytest.mark.parametrize("lux", [5.0, 18.0, 35.0, 70.0, 200.0])
def test_altitude_and_daylight_are_each_others_inverse(lux: float) -> None:
    """To a millionth."""
    assert daylight_lux(altitude_deg(lux)) == pytest.approx(lux, rel=1e-6)


def test_daylight_beyond_its_bands_is_an_error() -> None:
    """No light is made up for the night."""
    with pytest.raises(ValueError, match="-12 to 5"):
        daylight_lux(-12.1)


def night(
    regime: str, day: str, place: tuple[float, float] = PLACE
) -> list[tuple[str, str, float]]:
    begin = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    spans = burning(regime_of(regime), *place, begin, begin + timedelta(days=1), LONDON)
    return [
        (f"{each.start.astimezone(LONDON):%H:%M}", f"{each.end.astimezone(LONDON):%H:%M}",
         each.level)
        for each in spans
    ]  # fmt: skip


def sun_up(day: date, longitude: float, latitude: float) -> tuple[str, str]:
    """(sunrise, sunset), UTC, by the low-accuracy formulas of the Astronomical Almanac: mean
    anomaly and longitude, two terms of the equation of the centre; the sun at -0.833 degrees."""
    n = (day - date(2000, 1, 1)).days - longitude / 360
    anomaly = math.radians((357.528 + 0.9856003 * n) % 360)
    mean = (280.460 + 0.9856474 * n) % 360
    seen = math.radians(mean + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    tilt = math.radians(23.439 - 4e-7 * n)
    declination = math.asin(math.sin(tilt) * math.sin(seen))
    ascension = math.degrees(math.atan2(math.cos(tilt) * math.sin(seen), math.cos(seen)))
    behind = (mean - ascension + 180) % 360 - 180
    noon = 12 * 60 - 4 * (longitude + behind)
    phi = math.radians(latitude)
    cosine = (math.sin(math.radians(-0.833)) - math.sin(phi) * math.sin(declination)) / (
        math.cos(phi) * math.cos(declination)
    )
    half = 4 * math.degrees(math.acos(cosine))
    rises, sets = (
        f"{int(each) // 60:02}:{int(each) % 60:02}" for each in (noon - half, noon + half)
    )
    return rises, sets


def test_a_photocell_lamp_burns_between_sunset_and_sunrise() -> None:
    """London, 21 December 2026: the lamp comes on after sunset and goes off before sunrise, within
    civil twilight."""
    sunset, sunrise = sun_up(date(2026, 12, 21), *PLACE)[1], sun_up(date(2026, 12, 22), *PLACE)[0]
    assert (sunset, sunrise) == ("15:53", "08:04")
    ((on, off, level),) = night("35/18", "2026-12-21")
    assert (sunset < on < "16:35", "07:20" < off < sunrise, level) == (True, True, 100.0)


def test_brighter_levels_burn_longer() -> None:
    """70/35 comes on before and goes off after 35/18, all year."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    hours = [
        burning_hours(burning(regime_of(each), *PLACE, begin, begin + timedelta(days=365), LONDON))
        for each in ("35/18", "70/35", "Continuous")
    ]
    assert hours[0] < hours[1] < hours[2] == pytest.approx(365 * 24)


def test_part_night_lamps_are_off_in_the_small_hours_of_local_time() -> None:
    """In summer time too, when the small hours begin an hour earlier in UTC."""
    winter = night("35/18 part-night 00:00-05:30", "2026-12-21")
    summer = night("35/18 part-night 00:00-05:30", "2026-06-21")
    assert [(winter[0][1], winter[1][0]), len(summer)] == [("00:00", "05:30"), 1]
    assert summer[0][1] == "00:00"


def test_dimming_steps_hold_until_the_next_of_the_same_night() -> None:
    """Full until the first; the last lasts till dawn."""
    spans = night("35/18 dim 22:00=70 00:00=50 05:00=100", "2026-12-21")
    assert [each[2] for each in spans] == [100.0, 70.0, 50.0, 100.0]
    assert [each[0] for each in spans[1:]] == ["22:00", "00:00", "05:00"]


def test_the_day_lies_between_two_nights() -> None:
    """No lamp of a photocell is expected to burn while the sun is up."""
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    end = begin + timedelta(days=10)
    days = daylight(*PLACE, begin, end)
    spans = burning(regime_of("70/35"), *PLACE, begin, end, LONDON)
    assert len(days) == 10
    assert all(span.end <= start or span.start >= stop for start, stop in days for span in spans)
