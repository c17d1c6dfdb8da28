"""What readings say of lamps; what says nothing is not called a failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from canopy.iot.lighting.judging import Finding, Lamp, Tolerance, judge
from canopy.iot.lighting.sun import Span

NIGHT = datetime(2026, 11, 1, 17, tzinfo=UTC)
DAWN = datetime(2026, 11, 2, 7, tzinfo=UTC)
UNTIL = datetime(2026, 11, 2, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hourly(*values: tuple[datetime, float]) -> list[tuple[datetime, float]]:
    """A value an hour from the night's begin on, the last given one held."""
    given = dict(values)
    found, value = [], 0.0
    for at in range(25):
        moment = NIGHT + at * HOUR
        value = given.get(moment, value)
        found.append((moment, value))
    return found


def lamp(name: str = "LC-1", **fields: object) -> Lamp:
    """A lamp of 40 W that burned as it should."""
    usual = {
        "is_on": hourly((NIGHT, 1.0), (DAWN, 0.0)),
        "power_w": hourly((NIGHT, 39.0), (DAWN, 0.0)),
        "last_at": UNTIL, "lamp_w": 40.0, "spans": [Span(NIGHT, DAWN, 100.0)],
        "daylight": [(DAWN, UNTIL)], "gateway": "B-1",
    }  # fmt: skip
    return Lamp(name, name, **{**usual, **fields})  # type: ignore[arg-type]


def kinds(*lamps: Lamp, tolerance: Tolerance | None = None) -> list[tuple[str, str]]:
    return [(each.kind, each.name) for each in found(*lamps, tolerance=tolerance)]


def found(*lamps: Lamp, tolerance: Tolerance | None = None) -> list[Finding]:
    return judge(lamps, UNTIL, tolerance or Tolerance())


def test_a_lamp_that_burns_as_it_should_is_not_told() -> None:
    """Whether by state, level or power."""
    by_level = lamp(is_on=[], power_w=[], level_pct=hourly((NIGHT, 50.0), (DAWN, 0.0)))
    assert kinds(lamp(), lamp(power_w=[]), by_level) == []


def test_a_lamp_that_is_switched_on_and_takes_no_power_has_failed() -> None:
    """And is not also told as dark."""
    (one,) = found(lamp(power_w=hourly((NIGHT, 0.4))))
    assert (one.kind, one.since) == ("lamp-failure", NIGHT)
    assert "under 4 W of its 40 W" in one.detail


def test_a_dimmed_lamp_has_not_failed() -> None:
    """At a tenth of its level it may take a tenth of its power."""
    dim = lamp(
        power_w=hourly((NIGHT, 4.0), (DAWN, 0.0)), level_pct=hourly((NIGHT, 10.0), (DAWN, 0.0)),
    )  # fmt: skip
    assert kinds(dim) == []


def test_a_node_that_says_it_is_broken_is_believed() -> None:
    """Since the first time."""
    assert kinds(lamp(failed=[NIGHT])) == [("lamp-failure", "LC-1")]


def test_a_lamp_that_burns_by_day_is_a_day_burner() -> None:
    """One reading after dawn is let pass, a run is not."""
    always = lamp(is_on=hourly((NIGHT, 1.0)), power_w=hourly((NIGHT, 39.0)))
    late = DAWN + HOUR
    once = lamp(power_w=[], is_on=hourly((NIGHT, 1.0), (late, 0.0)))
    assert kinds(always) == [("day-burner", "LC-1")]
    assert kinds(once) == []


def test_a_part_night_lamp_that_burns_through_is_on_wrongly() -> None:
    """In the dark it is no day burner."""
    spans = [Span(NIGHT, NIGHT + 7 * HOUR, 100.0), Span(DAWN - HOUR, DAWN, 100.0)]
    assert kinds(lamp(spans=spans)) == [("on-wrongly", "LC-1")]


def test_a_lamp_that_is_not_switched_on_is_off_wrongly() -> None:
    """It has not failed: its node says that it is off."""
    dark = lamp(is_on=hourly((NIGHT, 0.0)), power_w=hourly((NIGHT, 0.0)))
    assert kinds(dark) == [("off-wrongly", "LC-1")]


def test_some_minutes_about_switching_are_let_pass() -> None:
    """Cloud makes photocells switch earlier than a clear sky."""
    early = [(NIGHT - timedelta(minutes=m), 1.0) for m in (19, 10, 5)]
    assert kinds(lamp(power_w=[], is_on=early)) == []
    strict = Tolerance(switching=timedelta(minutes=3))
    assert kinds(lamp(power_w=[], is_on=early), tolerance=strict) == [("on-wrongly", "LC-1")]


def test_a_silent_gateway_is_told_and_its_lamps_are_not() -> None:
    """Nobody knows whether they burn: what they said before is no failure either."""
    mute = {"last_at": UNTIL - timedelta(days=2), "power_w": hourly((NIGHT, 0.0))}
    lamps = [lamp("LC-1", **mute), lamp("LC-2", **mute), lamp("LC-3", gateway="B-2")]
    (one,) = found(*lamps)
    assert (one.kind, one.name, one.asset_id) == ("gateway-silent", "B-1", "")
    assert "none of its 2 lamps" in one.detail


def test_one_silent_lamp_among_others_has_lost_contact() -> None:
    """Not failed, and its gateway is not silent."""
    lamps = [lamp("LC-1", last_at=None, power_w=[], is_on=[]), lamp("LC-2")]
    assert kinds(*lamps) == [("no-contact", "LC-1")]


@pytest.mark.parametrize(
    ("metered_kwh", "kind"), [(0.56, None), (0.30, "energy-low"), (0.90, "energy-high")]
)
def test_energy_is_held_against_wattage_by_hours(metered_kwh: float, kind: str | None) -> None:
    """40 W for 14 h are 0.56 kWh."""
    register = [(NIGHT, 100.0), (DAWN, 100.0 + metered_kwh)]
    assert [name for name, _ in kinds(lamp(energy_kwh=register))] == ([kind] if kind else [])


def test_energy_of_a_short_time_is_not_judged() -> None:
    """Readings must speak for half of the burning hours."""
    register = [(NIGHT, 100.0), (NIGHT + 2 * HOUR, 105.0)]
    assert kinds(lamp(energy_kwh=register)) == []


def test_a_lamp_of_unknown_regime_is_judged_by_what_needs_none() -> None:
    """A failure is told, switching is not."""
    assert kinds(lamp(spans=None, power_w=hourly((NIGHT, 0.0)))) == [("lamp-failure", "LC-1")]
    assert kinds(lamp(spans=None, power_w=[], is_on=hourly((NIGHT, 1.0)))) == []
