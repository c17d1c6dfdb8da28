"""Profiles, Fresnel zones and whether antennas see each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.coverage.grid import Grid
from canopy.coverage.line_of_sight import fresnel_radius_m, line_of_sight, terrain_profile
from canopy.coverage.terrain.heights import HeightGrid
from canopy.errors import Refused

CELL = 100.0
A, B = (550.0, 550.0), (10_550.0, 550.0)


def _heights(values=None, what="terrain", epsg=27700) -> HeightGrid:
    """Level ground at 0 m, 11 km by 1.1 km, or the row of heights along the path."""
    ground = np.zeros((11, 112), dtype=np.float32)
    if values is not None:
        ground[:] = values
    return HeightGrid(Grid(epsg, 0.0, 1100.0, CELL, 112, 11), ground, what)


def _with_wall(height: float, column: int = 55) -> HeightGrid:
    """Level ground with one cell's width of `height`; column 55 is in the middle of A to B."""
    row = np.zeros(112)
    row[column] = height
    return _heights(row)


def _sight(heights, a=A, b=B, antenna_a_m=30.0, antenna_b_m=30.0, **more):
    settings = {"frequency_mhz": 6000.0, "k_factor": math.inf} | more
    return line_of_sight(
        heights, a, b, antenna_a_m=antenna_a_m, antenna_b_m=antenna_b_m, **settings
    )


@pytest.mark.parametrize(
    ("f_ghz", "d1_km", "d2_km"),
    [(6, 5, 5), (26, 0.5, 0.5), (0.868, 1, 9), (80, 0.1, 1.9), (1.8, 20, 30), (38, 2, 3)],
)
def test_first_fresnel_radius_is_that_of_p530(f_ghz, d1_km, d2_km):
    """ITU-R P.530 gives F1 = 17.3 sqrt(d1 d2 / (f d)), rounded from 17.31: 0.1 %."""
    expected = 17.3 * math.sqrt(d1_km * d2_km / (f_ghz * (d1_km + d2_km)))
    actual = fresnel_radius_m(f_ghz * 1000, np.array(d1_km * 1000), np.array(d2_km * 1000))
    assert actual == pytest.approx(expected, rel=1e-3)


def test_middle_of_ten_kilometres_at_six_gigahertz():
    """lambda = 0.04996540967 m; sqrt(0.04996540967 * 5000 * 5000 / 10000) = 11.1765 m."""
    sight = _sight(_heights())
    assert sight.fresnel_radius_m[50] == pytest.approx(11.1765, abs=1e-4)
    assert (sight.fresnel_radius_m[0], sight.fresnel_radius_m[-1]) == (0, 0)


def test_effective_earth_bulges_in_the_middle():
    """5 km * 5 km / (2 * 4/3 * 6371 km) = 1.47151 m; nothing at the ends."""
    sight = _sight(_heights(), k_factor=4 / 3)
    assert sight.bulge_m[50] == pytest.approx(1.47151, abs=1e-5)
    assert (sight.bulge_m[0], sight.bulge_m[-1]) == (0, 0)
    assert sight.clearance_m[50] == pytest.approx(30 - 1.47151, abs=1e-5)


def test_antennas_over_level_ground_see_each_other():
    """30 m up, 11 m of Fresnel zone is free: visible and clear."""
    sight = _sight(_heights())
    assert (sight.is_visible, sight.is_clear, sight.worst) == (True, True, 50)
    assert sight.clearance_ratio[50] == pytest.approx(30 / 11.1765, rel=1e-5)
    assert np.isnan(sight.clearance_ratio[[0, -1]]).all()


@pytest.mark.parametrize(
    ("wall_m", "visible", "clear"),
    [
        (23.2, True, True),  # 6.8 m of 11.1765 m: 0.608
        (23.4, True, False),  # 6.6 m: 0.591
        (29.9, True, False),
        (30.0, False, False),  # the ray touches it
        (40.0, False, False),
    ],
)
def test_clearance_is_tested_at_six_tenths(wall_m, visible, clear):
    """Six tenths of the first Fresnel radius have to be free, 6.706 m in the middle."""
    sight = _sight(_with_wall(wall_m))
    assert (sight.is_visible, sight.is_clear, sight.worst) == (visible, clear, 50)


def test_bulge_alone_can_hide():
    """1 m antennas 10 km apart: the bulge of 1.47 m is above them; on a flat Earth not."""
    low = {"antenna_a_m": 1.0, "antenna_b_m": 1.0}
    assert _sight(_heights(), k_factor=4 / 3, **low).is_visible is False
    assert _sight(_heights(), **low).is_visible is True


def test_ray_rises_from_end_to_end():
    """From 20 m to 70 m, a quarter of the way up it is at 32.5 m."""
    sight = _sight(_heights(), antenna_a_m=20, antenna_b_m=70)
    assert sight.ray_m[25] == pytest.approx(32.5)


def test_unknown_height_leaves_the_answer_unknown():
    """A gap in the way is not free; what is known on it is still shown."""
    sight = _sight(_with_wall(np.nan))
    assert (sight.is_visible, sight.is_clear) == (None, None)
    assert sight.unknown_points == 1
    assert sight.worst is not None


def test_known_obstacle_decides_in_spite_of_a_gap():
    """A wall blocks whatever stands in the gap."""
    row = np.zeros(112)
    row[30], row[60] = np.nan, 90
    sight = _sight(_heights(row))
    assert (sight.is_visible, sight.is_clear, sight.worst) == (False, False, 55)


def test_unknown_ground_under_an_antenna_is_unknown():
    """Without the ground at an end nothing can be said, and the note names the end."""
    sight = _sight(_with_wall(np.nan, column=5))
    assert (sight.is_visible, sight.is_clear) == (None, None)
    assert "under antenna A is not known" in sight.notes[0]


def test_path_that_leaves_the_raster_is_unknown():
    """Beyond the raster no height is known."""
    assert _sight(_heights(), b=(12_000.0, 550.0)).is_visible is None


def test_antenna_heights_count_from_the_ground_on_a_surface():
    """A mast of 30 m beside 20 m roofs reaches 30 m, not 50; from the roof it would."""
    surface = _heights(np.full(112, 20.0), what="surface")
    from_ground = _sight(surface, ground=_heights())
    assert (from_ground.ray_m[0], from_ground.clearance_m[50]) == (30, 10)
    assert _sight(surface).ray_m[0] == 50


def test_antenna_within_a_building_is_told():
    """An 8 m column in a cell that a 20 m building covers: noted for both ends."""
    surface = _heights(np.full(112, 20.0), what="surface")
    sight = _sight(surface, ground=_heights(), antenna_a_m=8, antenna_b_m=8)
    assert sight.is_visible is False
    assert sight.notes[0].startswith("Antenna A is 12.0 m below the surface")
    assert sight.notes[1].startswith("Antenna B")


@settings(deadline=None)  # the first call compiles
@given(
    st.integers(0, 1000),
    st.tuples(st.floats(50, 11_150), st.floats(50, 1050)),
    st.tuples(st.floats(50, 11_150), st.floats(50, 1050)),
)
def test_sight_is_mutual(seed, a, b):
    """From the other end everything is mirrored."""
    if math.dist(a, b) < 1:
        b = (a[0] + (300 if a[0] < 5000 else -300), a[1])
    rough = _heights(np.random.default_rng(seed).uniform(0, 60, (11, 112)))
    there, back = _sight(rough, a, b), _sight(rough, b, a)
    np.testing.assert_allclose(there.clearance_m, back.clearance_m[::-1], atol=1e-3)
    np.testing.assert_allclose(there.fresnel_radius_m, back.fresnel_radius_m[::-1], atol=1e-6)


def test_profile_is_equally_spaced_and_has_both_ends():
    """250 m at most 100 m apart are three steps of 83.33 m."""
    ramp = _heights(np.arange(112) * 10.0)
    profile = terrain_profile(ramp, (550.0, 550.0), (800.0, 550.0), 100.0)
    np.testing.assert_allclose(profile.distance_m, [0, 250 / 3, 500 / 3, 250])
    np.testing.assert_allclose(profile.x_m, [550, 550 + 250 / 3, 550 + 500 / 3, 800])
    np.testing.assert_allclose(profile.height_m, [50, 58.3333, 66.6667, 75], atol=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"antenna_a_m": 0.0}, "antenna A is 0.0 m above the ground"),
        ({"antenna_b_m": -3.0}, "antenna B is -3.0 m"),
        ({"antenna_b_m": math.nan}, "antenna B is nan m"),
        ({"frequency_mhz": 10.0}, "outside 30 to 300,000 MHz"),
        ({"frequency_mhz": math.nan}, "outside 30 to 300,000 MHz"),
        ({"k_factor": 0.0}, "effective-earth-radius factor"),
        ({"b": A}, "two different places"),
        ({"b": (math.nan, 0.0)}, "two different places"),
        ({"step_m": 0.0}, "step above 0 m"),
        ({"step_m": 0.01}, "100,000 points"),
        ({"ground": _heights(epsg=32630)}, "differ in CRS"),
    ],
)
def test_senseless_paths_are_refused(change, message):
    """Each with what is wrong."""
    with pytest.raises(Refused, match=message):
        _sight(_heights(), **change)
