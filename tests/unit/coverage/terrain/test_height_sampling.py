"""Heights at points and along links."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.coverage.terrain.sampling import (
    fill_nearest_profile,
    fill_profile,
    height_at,
    nearest_at,
)

WEST, NORTH, CELL = 1000.0, 2000.0, 10.0
ROWS, COLUMNS = 30, 40
STEPS = np.arange(ROWS * COLUMNS, dtype=np.float32).reshape(ROWS, COLUMNS)

inside_x = st.floats(WEST + CELL / 2, WEST + (COLUMNS - 0.5) * CELL)
inside_y = st.floats(NORTH - (ROWS - 0.5) * CELL, NORTH - CELL / 2)
slope = st.floats(-5, 5)


def _plane(east: float, north: float) -> np.ndarray:
    x = WEST + (np.arange(COLUMNS) + 0.5) * CELL
    y = NORTH - (np.arange(ROWS) + 0.5) * CELL
    return (100 + east * (x - WEST) + north * (y[:, None] - NORTH)).astype(np.float32)


@settings(deadline=None)  # the first call compiles
@given(slope, slope, inside_x, inside_y)
def test_plane_is_reproduced(east, north, x, y):
    """Between the centres a plane is a plane, to the precision of float32."""
    expected = 100 + east * (x - WEST) + north * (y - NORTH)
    actual = height_at(_plane(east, north), WEST, NORTH, CELL, x, y)
    assert actual == pytest.approx(expected, abs=1e-3)


@settings(deadline=None)  # the first call compiles
@given(slope, slope, inside_x, inside_y, inside_x, inside_y)
def test_profile_of_a_plane_is_a_straight_line(east, north, x0, y0, x1, y1):
    """Profiles and single heights agree."""
    out = np.empty(100, dtype=np.float64)
    last = fill_profile(_plane(east, north), WEST, NORTH, CELL, x0, y0, x1, y1, 10.0, out)
    start = 100 + east * (x0 - WEST) + north * (y0 - NORTH)
    end = 100 + east * (x1 - WEST) + north * (y1 - NORTH)
    np.testing.assert_allclose(out[: last + 1], np.linspace(start, end, last + 1), atol=2e-3)


@settings(deadline=None)  # the first call compiles
@given(inside_x, inside_y, inside_x, inside_y, st.floats(1, 50), st.integers(0, 1000))
def test_profile_is_the_same_from_the_other_end(x0, y0, x1, y1, step, seed):
    """Reversed, a profile is its mirror image."""
    heights = np.random.default_rng(seed).uniform(0, 100, (ROWS, COLUMNS)).astype(np.float32)
    there, back = np.empty(1000), np.empty(1000)
    last = fill_profile(heights, WEST, NORTH, CELL, x0, y0, x1, y1, step, there)
    assert last == fill_profile(heights, WEST, NORTH, CELL, x1, y1, x0, y0, step, back)
    np.testing.assert_allclose(there[: last + 1], back[: last + 1][::-1], atol=1e-3)


@settings(deadline=None)  # the first call compiles
@given(
    st.floats(WEST - 30, WEST + COLUMNS * CELL + 30),
    st.floats(NORTH - ROWS * CELL - 30, NORTH + 30),
    inside_x,
    inside_y,
)
def test_nearest_profile_agrees_with_single_cells(x0, y0, x1, y1):
    """Each sample is the cell it lies in, or its neighbour when it lies on the line."""
    out = np.empty(200, dtype=np.float32)
    last = fill_nearest_profile(STEPS, WEST, NORTH, CELL, x0, y0, x1, y1, 10.0, out)
    nearby = []
    for i in range(last + 1):
        x, y = x0 + (x1 - x0) * i / last, y0 + (y1 - y0) * i / last
        nearby.append(
            [
                nearest_at(STEPS, WEST, NORTH, CELL, x + dx, y + dy)
                for dx in (-1e-5, 0, 1e-5)
                for dy in (-1e-5, 0, 1e-5)
            ]
        )
    same = (np.array(nearby) == out[: last + 1, None]) | (
        np.isnan(nearby) & np.isnan(out[: last + 1, None])
    )
    assert same.any(axis=1).all()


@pytest.mark.parametrize(
    ("distance", "step", "pieces"),
    [(100, 10, 10), (101, 10, 11), (9, 10, 1), (0, 10, 1), (30 + 1e-11, 10, 3), (55, 20, 3)],
)
def test_path_is_cut_into_equal_parts_of_at_most_a_step(distance, step, pieces):
    """ceil(distance / step), one at least; rounding makes no extra part."""
    out = np.empty(100, dtype=np.float32)
    for fill in (fill_profile, fill_nearest_profile):
        args = (STEPS, WEST, NORTH, CELL, 1100.0, 1900.0, 1100.0 + distance, 1900.0)
        assert fill(*args, step, out) == pieces


@pytest.mark.parametrize("fill", [fill_profile, fill_nearest_profile])
def test_nothing_is_written_where_there_is_no_room(fill):
    """A workspace one too short is refused, one that fits is filled."""
    path = (STEPS, WEST, NORTH, CELL, 1100.0, 1900.0, 1200.0, 1900.0, 10.0)
    assert fill(*path, np.zeros(10, dtype=np.float32)) == -1
    assert fill(*path, np.zeros(11, dtype=np.float32)) == 10


@pytest.mark.parametrize("fill", [fill_profile, fill_nearest_profile])
@pytest.mark.parametrize("wrong", range(5))
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_positions_and_steps_that_are_no_numbers_are_refused(fill, wrong, value):
    """NaN and infinity give -1, not heights; an infinite step is one piece."""
    path = [1100.0, 1900.0, 1200.0, 1900.0, 10.0]
    path[wrong] = value
    expected = 1 if (wrong, value) == (4, math.inf) else -1
    assert fill(STEPS, WEST, NORTH, CELL, *path, np.zeros(50, dtype=np.float32)) == expected


def test_heights_at_centres_are_exact():
    """A centre has the height of its cell, also in the last row and column."""
    x, y = WEST + 39.5 * CELL, NORTH - 29.5 * CELL
    assert height_at(STEPS, WEST, NORTH, CELL, x, y) == STEPS[29, 39]
    assert height_at(STEPS, WEST, NORTH, CELL, WEST + 5, NORTH - 5) == STEPS[0, 0]


def test_unknown_height_is_unknown_as_far_as_it_weighs():
    """NaN reaches to the neighbouring centres, and not to them."""
    heights = STEPS.copy()
    heights[10, 10] = np.nan
    x, y = WEST + 10.5 * CELL, NORTH - 10.5 * CELL
    assert math.isnan(height_at(heights, WEST, NORTH, CELL, x + 9.9, y))
    assert math.isnan(height_at(heights, WEST, NORTH, CELL, x - 9.9, y + 9.9))
    assert height_at(heights, WEST, NORTH, CELL, x + 10, y) == STEPS[10, 11]
    assert math.isnan(nearest_at(heights, WEST, NORTH, CELL, x, y))


def test_profile_along_known_centres_does_not_ask_the_unknown_row_beside_it():
    """A height of no weight may be unknown."""
    heights = STEPS.copy()
    heights[11] = np.nan
    y = NORTH - 10.5 * CELL
    out = np.empty(20, dtype=np.float32)
    last = fill_profile(heights, WEST, NORTH, CELL, WEST + 5, y, WEST + 105, y, 10.0, out)
    np.testing.assert_array_equal(out[: last + 1], STEPS[10, :11])
    # Row 10 counts up by one from 400; 3 m are three tenths of a cell.
    assert height_at(heights, WEST, NORTH, CELL, WEST + 8, y) == pytest.approx(400.3)


@pytest.mark.parametrize(
    ("x", "y"),
    [(WEST - 0.1, 1900), (WEST + 400.1, 1900), (1100, NORTH + 0.1), (1100, NORTH - 300.1)],
)
def test_outside_is_unknown(x, y):
    """No height is known outside the raster, by either rule."""
    assert math.isnan(height_at(STEPS, WEST, NORTH, CELL, x, y))
    assert math.isnan(nearest_at(STEPS, WEST, NORTH, CELL, x, y))


def test_profile_that_leaves_the_raster_is_unknown_outside():
    """Samples outside are NaN, those inside are not."""
    out = np.empty(20, dtype=np.float32)
    fill = (STEPS, WEST, NORTH, CELL, 1380.0, 1900.0, 1420.0, 1900.0, 10.0, out)
    assert fill_nearest_profile(*fill) == 4
    np.testing.assert_array_equal(np.isnan(out[:5]), [False, False, False, True, True])
    assert fill_profile(*fill) == 4
    np.testing.assert_array_equal(np.isnan(out[:5]), [False, False, True, True, True])
