"""P.526: the knife edge and the Bullington construction."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import fresnel

from canopy.coverage.propagation.p526 import bullington_loss, knife_edge_loss

EARTH_M = 6_371_000 * 4 / 3


@pytest.mark.parametrize("nu", [-0.7, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0])
def test_the_knife_edge_is_the_fresnel_integral_within_its_error(nu: float) -> None:
    """Equation 31 stays within 0.2 dB of the integral of equation 30."""
    sine, cosine = fresnel(nu)
    exact = -20 * math.log10(math.hypot(1 - cosine - sine, cosine - sine) / 2)
    assert knife_edge_loss(nu) == pytest.approx(exact, abs=0.2)


def test_a_grazed_edge_costs_six_decibels() -> None:
    """J(0) is 6.03 dB by equation 31, and nothing is lost below its range."""
    # 6.9 + 20 log10(sqrt(1.01) - 0.1) = 6.9 + 20 log10(0.904988)
    assert knife_edge_loss(0.0) == pytest.approx(6.033, abs=1e-3)
    assert knife_edge_loss(-0.78) == 0.0


def test_one_edge_half_way_is_worked_by_hand() -> None:
    """A 50 m edge half way on 10 km between antennas at 20 m, 1 m wave, flat Earth."""
    heights = np.zeros(101, np.float32)
    heights[50] = 50
    # h = 30 m, d1 = d2 = 5 km: nu = 30 sqrt(2 * 10000 / (1 * 5000 * 5000)) = 0.848528
    # J = 6.9 + 20 log10(sqrt(0.748528² + 1) + 0.748528) = 6.9 + 20 log10(1.997662) = 12.9103
    # + (1 - exp(-12.9103 / 6)) (10 + 0.2) = 0.883714 * 10.2 = 9.0139
    found = bullington_loss(heights, 100, 100.0, 20.0, 20.0, 1.0, 1e12)
    assert found == pytest.approx(21.924, abs=2e-3)


profiles = arrays(np.float32, st.integers(4, 120), elements=st.floats(0, 200, width=32))


@settings(deadline=None)  # the first call compiles
@given(heights=profiles, tx=st.floats(1, 100), rx=st.floats(1, 100))
def test_the_way_back_is_as_long(heights: np.ndarray, tx: float, rx: float) -> None:  # type: ignore[type-arg]
    """Reversing the path changes nothing."""
    last = heights.size - 1
    there = bullington_loss(heights, last, 50.0, heights[0] + tx, heights[-1] + rx, 0.16, EARTH_M)
    turned = np.ascontiguousarray(heights[::-1])
    back = bullington_loss(turned, last, 50.0, heights[-1] + rx, heights[0] + tx, 0.16, EARTH_M)
    assert there == pytest.approx(back, abs=0.01)


@settings(deadline=None)  # the first call compiles
@given(heights=profiles, tx=st.floats(1, 100), rx=st.floats(1, 100), more=st.floats(0, 50))
def test_a_higher_obstacle_never_helps(
    heights: np.ndarray,
    tx: float,
    rx: float,
    more: float,  # type: ignore[type-arg]
) -> None:
    """Raising all but the ends does not lower the loss of a blocked path."""
    last = heights.size - 1
    ends = (float(heights[0]) + tx, float(heights[-1]) + rx)
    raised = heights.copy()
    raised[1:-1] += np.float32(300)
    higher = raised.copy()
    higher[1:-1] += np.float32(more)
    low = bullington_loss(raised, last, 50.0, *ends, 0.16, EARTH_M)
    assert bullington_loss(higher, last, 50.0, *ends, 0.16, EARTH_M) >= low - 0.01


def test_an_unknown_height_leaves_the_loss_unknown() -> None:
    """NaN on the path gives NaN, in the middle and at an antenna."""
    heights = np.full(20, 10, np.float32)
    heights[7] = np.nan
    assert math.isnan(bullington_loss(heights, 19, 50.0, 20.0, 20.0, 0.16, EARTH_M))
    heights[7] = 10
    assert math.isnan(bullington_loss(heights, 19, 50.0, math.nan, 20.0, 0.16, EARTH_M))
