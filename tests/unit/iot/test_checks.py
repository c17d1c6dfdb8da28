"""Checks of readings against those beside them and around them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.iot.care.quality.rules import Checks, check, drifted, wrong
from canopy.iot.flags import names

NAN = float("nan")


def flags(checks: Checks, values: list[float], at_s: list[float] | None = None) -> list[str]:
    """The flag of each reading, a minute apart unless said otherwise."""
    times = [60.0 * place for place in range(len(values))] if at_s is None else at_s
    found = check(checks, 60, np.array([int(s * 1e6) for s in times], np.int64), np.array(values))
    return ["+".join(names(each)) for each in found.tolist()]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([1, 1, 9, 1, 1], ["", "", "spike", "", ""]),
        ([1, 2, 3, 4, 5], [""] * 5),
        ([1, 1, 90, 90, 90], [""] * 5),  # a step is no spike
        ([1, 6, 1], [""] * 3),
        ([9, 1], [""] * 2),
        ([1, NAN, 9, NAN, 1], ["", "", "spike", "", ""]),
        ([0, 1.7e308, -1.7e308, 0], ["", "spike", "spike", ""]),
    ],
)
def test_a_spike_is_far_from_both_beside_it(values: list[float], found: list[str]) -> None:
    """Argo's test 9, the threshold exclusive; the first and last reading have no judge."""
    assert flags(Checks(spike=5.0), values) == found


@pytest.mark.parametrize(
    ("within", "values", "found"),
    [
        (0.0, [1, 1, 1, 1, 2], ["", "", "stuck", "stuck", ""]),
        (0.0, [1, 1], ["", ""]),
        (0.1, [1, 1.05, 1.1, 1.15, 1.2], ["", "", "stuck", "stuck", "stuck"]),
        (0.1, [1, 1.2, 1, 1.2, 1], [""] * 5),
        (0.0, [1, NAN, 1, 1], ["", "", "", "stuck"]),
    ],
)
def test_a_sensor_is_stuck_from_the_reading_on_that_makes_it_so(
    within: float, values: list[float], found: list[str]
) -> None:
    """QARTOD test 8."""
    assert flags(Checks(stuck=3, stuck_within=within + 1e-12), values) == found


def test_what_comes_after_a_gap_says_so() -> None:
    """QARTOD test 1, on the time of the reading; a text after a gap as well."""
    at_s = [0, 60, 240, 421, 481]
    assert flags(Checks(gap=3), [1, 1, NAN, 1, 1], at_s) == ["", "", "", "gap", ""]


@given(st.lists(st.floats(-1e6, 1e6) | st.just(NAN), max_size=30))
def test_flags_do_not_depend_on_the_sign(values: list[float]) -> None:
    """Turned upside down, the same readings are in doubt; without checks none is."""
    checks = Checks(spike=10, stuck=4, stuck_within=0.5)
    assert flags(checks, values) == flags(checks, [-each for each in values])
    assert set(flags(Checks(), values)) <= {""}


def hours(count: int, *offsets: float) -> np.ndarray:
    """Hourly means of neighbours that go up and down together, a column each."""
    day = 10 + 5 * np.sin(np.arange(count) / 4)
    return np.column_stack([day + each for each in offsets])


@pytest.mark.parametrize(("off", "is_drift"), [(0.5, False), (2.5, True), (-2.5, True)])
def test_drift_is_from_the_median_of_the_neighbours(off: float, is_drift: bool) -> None:
    """One neighbour that is far off itself changes nothing."""
    around = hours(24, 0.0, 0.1, -0.1, 40.0)
    own = hours(24, off)[:, 0]
    found = drifted(Checks(drift=2.0), own, around)
    assert (found is not None) is is_drift
    if found is not None:
        assert found == pytest.approx(off - 0.05)


def test_neighbours_that_differ_among_themselves_accuse_nobody() -> None:
    """Their own spread, as a scaled median absolute deviation, three times, is no drift."""
    own = hours(24, 5.0)[:, 0]
    assert drifted(Checks(drift=2.0), own, hours(24, -6.0, -3.0, 0.0, 3.0, 6.0)) is None
    assert drifted(Checks(drift=2.0), own, hours(24, -0.6, -0.3, 0.0, 0.3, 0.6)) is not None


def test_too_few_hours_or_neighbours_say_nothing() -> None:
    """Half of the hours must have enough of them."""
    own, around = hours(24, 9.0)[:, 0], hours(24, 0.0, 0.1, 0.2)
    gone = around.copy()
    gone[:13, 0] = NAN
    own_gone = own.copy()
    own_gone[:13] = NAN
    assert drifted(Checks(drift=2.0), own, around) is not None
    assert drifted(Checks(drift=2.0), own, gone) is None
    assert drifted(Checks(drift=2.0), own_gone, around) is None
    assert drifted(Checks(drift=2.0), own, around[:, :2]) is None


@pytest.mark.parametrize(
    ("checks", "field"),
    [
        (Checks(spike=-1), "spike"), (Checks(spike=NAN), "spike"), (Checks(stuck=1), "stuck"),
        (Checks(stuck_within=-1), "stuck_within"), (Checks(gap=2), "gap"),
        (Checks(drift=1, drift_within_m=0), "drift_within_m"),
        (Checks(drift=1, drift_hours=0), "drift_hours"),
        (Checks(drift=1, drift_neighbours=1), "drift_neighbours"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_named(checks: Checks, field: str) -> None:
    """With its field; a gap needs a datastream that says how often it reports."""
    assert [name for name, _ in wrong(checks, None)] == [field]
