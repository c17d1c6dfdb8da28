"""Buildings stand on the ground in the surface, and none is lost without a word."""

from __future__ import annotations

import numpy as np
import pytest
from height_files_made import geotiff, grid_of
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from canopy.coverage.grid import Grid
from canopy.coverage.terrain.buildings import Footprint, with_buildings
from canopy.coverage.terrain.geotiff import read_geotiff
from canopy.errors import Refused

TEN = Grid(27700, 0, 100, 10, 10, 10)


def _ground(height: float = 50.0):
    return grid_of(np.full((10, 10), height), north=100, cell=10)


def _footprint(outline, height=10.0, base=None, name="B1"):
    return Footprint(name, outline, height, base)


def test_roof_stands_its_height_above_the_ground():
    """Four cells whose centres lie in the outline rise by 10 m, the others stay."""
    built = with_buildings(_ground(), [_footprint(box(20, 20, 40, 40))], TEN)
    expected = np.full((10, 10), 50.0)
    expected[6:8, 2:4] = 60
    np.testing.assert_array_equal(built.surface.height_m, expected)
    assert (built.surface.what, built.burned) == ("surface", 1)


def test_ground_without_buildings_is_its_own_surface():
    """No footprint at all is an answer too."""
    built = with_buildings(_ground(), [], TEN)
    np.testing.assert_array_equal(built.surface.height_m, np.full((10, 10), 50))
    assert built.burned == 0


def test_highest_building_is_kept_where_they_overlap():
    """Whatever the order they come in."""
    tower = _footprint(box(20, 20, 30, 30), 80, name="tower")
    hall = _footprint(box(0, 0, 100, 100), 5, name="hall")
    one = with_buildings(_ground(), [tower, hall], TEN).surface.height_m
    other = with_buildings(_ground(), [hall, tower], TEN).surface.height_m
    np.testing.assert_array_equal(one, other)
    assert (one[7, 2], one[0, 0]) == (130, 55)


def test_level_roof_counts_from_its_base():
    """With a base the roof is level on sloping ground, and known where the ground is not."""
    ground = np.tile(np.arange(10.0), (10, 1))
    ground[5, 5] = np.nan
    built = with_buildings(
        grid_of(ground, north=100, cell=10), [_footprint(box(0, 0, 100, 100), 6, 1.5)], TEN
    )
    # 7.5 m everywhere, but where the ground is at 8 and 9 m.
    np.testing.assert_array_equal(built.surface.height_m[5], [7.5] * 8 + [8, 9])


def test_unknown_ground_stays_unknown_under_a_building():
    """A height above unknown ground is unknown."""
    ground = np.full((10, 10), 50.0)
    ground[7, 2] = np.nan
    terrain = grid_of(ground, north=100, cell=10)
    built = with_buildings(terrain, [_footprint(box(20, 20, 40, 40))], TEN)
    assert np.isnan(built.surface.height_m[7, 2])
    assert np.isnan(built.surface.height_m).sum() == 1


def test_touched_cells_can_be_asked_for():
    """A wall 1 m wide holds no centre: counted, and kept by the other rule."""
    wall = _footprint(box(21, 0, 22, 100), 3)
    by_centre = with_buildings(_ground(), [wall], TEN)
    touched = with_buildings(_ground(), [wall], TEN, rule="touched")
    assert (by_centre.too_small, touched.too_small) == (1, 0)
    np.testing.assert_array_equal(by_centre.surface.height_m, np.full((10, 10), 50))
    np.testing.assert_array_equal(touched.surface.height_m[:, 2], np.full(10, 53))


@pytest.mark.parametrize("height", [None, float("nan")])
def test_buildings_without_height_are_left_out_and_counted(height):
    """No height is made up for them unless the caller states one."""
    house = _footprint(box(20, 20, 40, 40), height)
    without = with_buildings(_ground(), [house], TEN)
    assumed = with_buildings(_ground(), [house], TEN, default_height_m=6)
    assert (without.without_height, without.burned, without.assumed_height) == (1, 0, 0)
    assert without.surface.height_m.max() == 50
    assert (assumed.without_height, assumed.burned, assumed.assumed_height) == (0, 1, 1)
    assert assumed.surface.height_m.max() == 56


BOW_TIE = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])


@pytest.mark.parametrize(
    ("footprint", "reason"),
    [
        (_footprint(BOW_TIE), "Self-intersection"),
        (_footprint(Polygon()), "no outline"),
        (_footprint(box(0, 0, 10, 10).exterior), "LinearRing"),
        (_footprint(box(0, 0, 10, 10), 0.0), "height is 0.0 m"),
        (_footprint(box(0, 0, 10, 10), 5000.0), "height is 5000.0 m"),
        (_footprint(box(0, 0, 10, 10), 5.0, float("inf")), "foot is at inf"),
    ],
)
def test_wrong_footprints_are_named(footprint, reason):
    """Each is left out with its name and the reason; the rest are burned."""
    good = _footprint(box(20, 20, 40, 40), name="good")
    built = with_buildings(_ground(), [footprint, good], TEN)
    (fault,) = built.invalid
    assert fault.startswith("B1: ")
    assert reason in fault
    assert built.burned == 1


def test_buildings_elsewhere_are_counted():
    """A footprint outside the grid changes nothing and is told."""
    built = with_buildings(_ground(), [_footprint(box(500, 500, 510, 510))], TEN)
    assert (built.outside, built.burned) == (1, 0)


def test_footprints_in_degrees_are_refused():
    """Degrees on a grid of metres would leave every building out."""
    far = Grid(27700, 520_000, 180_000, 10, 10, 10)
    terrain = grid_of(np.zeros((10, 10)), west=520_000, north=180_000, cell=10)
    with pytest.raises(Refused, match="in degrees"):
        with_buildings(terrain, [_footprint(box(-0.2, 51.5, -0.1, 51.6))], far)


def test_surface_takes_no_buildings_twice(tmp_path):
    """A surface model has its buildings already."""
    dsm = read_geotiff(geotiff(tmp_path / "dsm.tif", np.ones((2, 2), np.float32)), what="surface")
    with pytest.raises(Refused, match="already"):
        with_buildings(dsm, [], dsm.grid)


@settings(deadline=None)  # the first call compiles
@given(st.floats(-2, 2), st.floats(-2, 2))
def test_ground_is_bilinear_on_finer_cells(east, north):
    """On a slope the finer ground is the slope, and roofs follow it."""
    centre = (np.arange(10) + 0.5) * 10
    plane = 100 + east * centre + north * (100 - centre)[:, None]
    grid = Grid(27700, 10, 90, 2, 40, 40)
    built = with_buildings(
        grid_of(plane, north=100, cell=10), [_footprint(box(0, 0, 100, 100), 7)], grid
    )
    expected = 107 + east * grid.eastings_m + north * grid.northings_m[:, None]
    np.testing.assert_allclose(built.surface.height_m, expected, atol=1e-3)
