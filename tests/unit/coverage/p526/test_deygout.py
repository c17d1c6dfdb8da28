"""P.526-11: Deygout's construction over up to three edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from canopy.coverage.propagation.p526 import knife_edge_loss
from canopy.coverage.propagation.p526_deygout import deygout_loss, deygout_over
from canopy.errors import Refused

FLAT_M = 1e15
"""A radius that leaves no bulge."""
EARTH_M = 6_371_000 * 4 / 3


def edges(**height_m_at: float) -> NDArray[np.float32]:
    """100 steps far below the path, with edges at the steps named `at20` and so on."""
    profile = np.full(101, -500, np.float32)
    for step, height_m in height_m_at.items():
        profile[int(step.removeprefix("at"))] = height_m
    return profile


# 10 km in steps of 100 m, both antennas at 10 m, λ = 0.3 m, no bulge: C = 10 + 0.4 = 10.4.
WORKED = [
    # One edge of 60 m half way: h = 50 m, ν = 50 sqrt(2 * 10000 / (0.3 * 5000 * 5000)) =
    # 2.581989, J = 6.9 + 20 log(2.675868 + 2.481989) = 21.1495, T = 1 - exp(-3.524917) =
    # 0.970545: 21.1495 + 0.970545 * 10.4
    ({"at50": 60.0}, 31.243),
    # An edge of 30 m at 2 km touches the line from 10 m to 60 m: ν = 0, J = 6.0333 more
    ({"at50": 60.0, "at20": 30.0}, 37.099),
    # and one of 45 m at 7 km, 5 m above the line from 60 m to 10 m: ν = 5 sqrt(2 * 5000 /
    # (0.3 * 2000 * 3000)) = 0.372678, J = 6.9 + 20 log(1.036510 + 0.272678) = 9.2401:
    # 21.1495 + 0.970545 * (6.0333 + 9.2401 + 10.4)
    ({"at50": 60.0, "at20": 30.0, "at70": 45.0}, 46.067),
    # A fourth edge is not seen: of 20 m at 9 km, lower by ν than the one at 7 km
    ({"at50": 60.0, "at20": 30.0, "at70": 45.0, "at90": 20.0}, 46.067),
    # One edge in the line itself: J(0) = 6.0333, T = 1 - exp(-1.005548) = 0.634156:
    # 6.0333 + 0.634156 * 10.4
    ({"at50": 10.0}, 12.629),
    # An edge 10 m below the line: ν = -0.516398, J = 6.9 + 20 log(1.174711 - 0.616398) =
    # 1.8376, T = 1 - exp(-0.306258) = 0.263804: 1.8376 + 0.263804 * 10.4
    ({"at50": 0.0}, 4.581),
    # 15.2 m below it: ν = -0.784925, less than -0.78
    ({"at50": -5.2}, 0.0),
]


@pytest.mark.parametrize(("given_edges", "expected_db"), WORKED)
def test_edges_lose_what_is_worked_by_hand(
    given_edges: dict[str, float], expected_db: float
) -> None:
    """One, two and three edges; a fourth adds nothing; far below the line nothing is lost."""
    found = deygout_loss(edges(**given_edges), 100, 100.0, 10.0, 10.0, 0.3, FLAT_M)
    assert found == pytest.approx(expected_db, abs=2e-3)


def test_the_bulge_of_the_earth_is_an_obstacle() -> None:
    """Half way on 50 km it is 25 km² / 2 a_e = 36.8 m high, between antennas at 10 m."""
    # h = 26.787 m: ν = 26.787 sqrt(2 * 50000 / (0.3 * 25000²)) = 0.618623, J = 11.224,
    # T = 0.845974, C = 10 + 0.04 * 50: 11.224 + 0.845974 * 12
    bulge_m = 25_000**2 / (2 * EARTH_M)
    assert bulge_m == pytest.approx(36.787, abs=1e-2)
    profile = np.zeros(3, np.float32)
    found = deygout_loss(profile, 2, 25_000.0, 10.0, 10.0, 0.3, EARTH_M)
    assert found == pytest.approx(21.376, abs=2e-3)


def test_nothing_between_loses_nothing() -> None:
    """Two samples, or one, are the ends themselves."""
    profile = np.array([0, 100], np.float32)
    assert deygout_loss(profile, 1, 100.0, 10.0, 10.0, 0.3, FLAT_M) == 0.0
    assert deygout_loss(profile[:1], 0, 100.0, 10.0, 10.0, 0.3, FLAT_M) == 0.0


profiles = arrays(np.float32, st.integers(4, 120), elements=st.floats(0, 200, width=32))


@settings(deadline=None)  # the first call compiles
@given(heights=profiles, tx=st.floats(1, 100), rx=st.floats(1, 100))
def test_the_way_back_loses_as_much(heights: NDArray[np.float32], tx: float, rx: float) -> None:
    """Reversing the path changes nothing, but where two edges are equally high by ν."""
    uneven = heights + np.linspace(0, 0.37, heights.size, dtype=np.float32)
    there = deygout_over(uneven, 50.0, tx, rx, 1800.0, EARTH_M)
    back = deygout_over(uneven[::-1], 50.0, rx, tx, 1800.0, EARTH_M)
    assert there == pytest.approx(back, abs=0.01)


@settings(deadline=None)
@given(heights=profiles, tx=st.floats(1, 100), rx=st.floats(1, 100), f=st.floats(100, 30_000))
def test_more_edges_never_lose_less_than_the_highest(
    heights: NDArray[np.float32], tx: float, rx: float, f: float
) -> None:
    """The loss is at least that of the main edge alone, and 0 where that is out of the zone."""
    last = heights.size - 1
    steps = np.arange(1, last)
    first_m, last_m = float(heights[0]) + tx, float(heights[-1]) + rx
    line = first_m + (last_m - first_m) * steps / last
    bulge = 50.0**2 * steps * (last - steps) / (2 * EARTH_M)
    zone = np.sqrt(2 * last / (299.792458 / f * 50.0 * steps * (last - steps)))
    main = knife_edge_loss(float(((heights[1:-1] + bulge - line) * zone).max()))
    found = deygout_over(heights, 50.0, tx, rx, f, EARTH_M)
    assert found >= main - 1e-3
    assert (found == 0) == (main == 0)


@settings(deadline=None)
@given(at=st.integers(1, 99), height=st.floats(10, 200), more=st.floats(0.1, 50))
def test_a_higher_edge_that_stands_alone_loses_more(at: int, height: float, more: float) -> None:
    """By J, T and the same C."""
    low = deygout_loss(edges(**{f"at{at}": height}), 100, 100.0, 10.0, 10.0, 0.3, FLAT_M)
    high = deygout_loss(edges(**{f"at{at}": height + more}), 100, 100.0, 10.0, 10.0, 0.3, FLAT_M)
    assert high > low


def test_what_is_not_known_leaves_the_loss_unknown() -> None:
    """NaN on the path or at an antenna gives NaN."""
    profile = edges(at50=60.0)
    assert math.isnan(deygout_over(profile, 100.0, math.nan, 10.0, 1000.0, EARTH_M))
    profile[7] = np.nan
    assert math.isnan(deygout_over(profile, 100.0, 510.0, 510.0, 1000.0, EARTH_M))


def test_what_is_no_path_is_refused() -> None:
    """One height, no step, no frequency."""
    with pytest.raises(Refused, match="two heights"):
        deygout_over([1.0], 100.0, 10.0, 10.0, 1000.0, EARTH_M)
    with pytest.raises(Refused, match="above 0"):
        deygout_over([1.0, 2.0, 3.0], 0.0, 10.0, 10.0, 1000.0, EARTH_M)
