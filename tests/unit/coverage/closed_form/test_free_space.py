"""P.525: worked losses, the near field, and what is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.propagation.free_space import free_space_loss
from canopy.coverage.validity import Validity

# 20 log(4π 10⁹ / 299792458) = 32.4478 dB at 1 km and 1 MHz; the Recommendation rounds to 32.4.
WORKED = [
    (1000.0, 1.0, 32.448),
    # + 20 log 1000 = 60
    (1000.0, 1000.0, 92.448),
    # + 20 log 2400 = 67.6042, - 20
    (100.0, 2400.0, 80.052),
    # + 20 log 868.1 = 58.7714, + 20 log 15 = 23.5218
    (15_000.0, 868.1, 114.741),
    # + 20 log 26500 = 88.4649, - 20
    (100.0, 26_500.0, 100.913),
    # + 20 log 5600 = 74.9638, - 60
    (1.0, 5600.0, 47.412),
    # + 20 log 300000 = 109.5424, - 60
    (1.0, 300_000.0, 81.990),
]


@pytest.mark.parametrize(("distance_m", "frequency_mhz", "expected_db"), WORKED)
def test_free_space_gives_the_worked_losses(
    distance_m: float, frequency_mhz: float, expected_db: float
) -> None:
    """Within the rounding of the arithmetic."""
    loss, flag = free_space_loss(distance_m, frequency_mhz)
    assert float(loss) == pytest.approx(expected_db, abs=1e-3)
    assert flag == Validity.IN_RANGE


@given(d=st.floats(1, 1e5), f=st.floats(300, 3e5))
def test_twice_as_far_or_as_high_loses_six_decibels(d: float, f: float) -> None:
    """20 log 2 = 6.0206 dB, of distance and of frequency alike."""
    loss, _ = free_space_loss([d, 2 * d, d], [f, f, 2 * f])
    assert loss[1] - loss[0] == pytest.approx(6.0206, abs=1e-4)
    assert loss[2] == pytest.approx(loss[1], abs=1e-9)


def test_the_near_field_is_flagged_and_a_gain_is_refused() -> None:
    """At 299.792458 MHz the wave is 1 m long; below 1 m / 4π = 0.0796 m the loss would be < 0."""
    loss, flags = free_space_loss([1.0, 0.999, 0.0796, 0.0795, 0.0, -1.0], 299.792458)
    refused = Validity.REFUSED
    near = Validity.EXTRAPOLATED
    assert list(flags) == [Validity.IN_RANGE, near, near, refused, refused, refused]
    assert [math.isnan(each) for each in loss] == [False, False, False, True, True, True]


def test_what_is_not_known_stays_unknown() -> None:
    """NaN in gives NaN out."""
    loss, flags = free_space_loss([math.nan, 100.0, 100.0], [900.0, math.nan, -900.0])
    assert [math.isnan(each) for each in loss] == [True, True, True]
    assert list(flags) == [Validity.UNKNOWN, Validity.UNKNOWN, Validity.REFUSED]
