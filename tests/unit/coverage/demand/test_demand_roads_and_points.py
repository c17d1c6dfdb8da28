"""Road length, premises and footfall in cells."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from canopy.coverage.demand.points import WeightedPoints, footfall_per_cell, points_per_cell
from canopy.coverage.demand.roads import road_length_per_cell
from canopy.coverage.grid import Grid
from canopy.errors import Refused

GRID = Grid(27700, 100.0, 140.0, 10.0, 4, 4)


def lines(*coordinates: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(one) for one in coordinates], dtype=object)


def test_a_road_is_cut_at_the_edges_of_cells() -> None:
    """A 3-4-5 slope from (100, 140) over 16 m and 12 m: 20 m long, cut at x = 110 and y = 130.

    It leaves the first cell after 10/16 of its way (12.5 m) and the first row after 10/12
    (16.667 m), so the three cells have 12.5, 4.167 and 3.333 m.
    """
    roads = road_length_per_cell(GRID, lines([(100, 140), (116, 128)])).every
    expected = np.zeros((4, 4))
    expected[0, 0], expected[0, 1], expected[1, 1] = 12.5, 20 * (10 / 12 - 10 / 16), 20 / 6
    np.testing.assert_allclose(roads.per_cell, expected, atol=1e-9)


def test_a_road_along_an_edge_is_counted_once() -> None:
    """It belongs to the cells south of it; its length is not doubled."""
    roads = road_length_per_cell(GRID, lines([(100, 120), (140, 120)])).every
    assert roads.per_cell.tolist() == [[0] * 4, [0] * 4, [10.0] * 4, [0] * 4]


def test_classes_are_kept_apart_and_add_up() -> None:
    """An A road of 40 m and a lane of 10 m; what lies beyond the grid is told."""
    roads = road_length_per_cell(
        GRID, lines([(100, 115), (140, 115)], [(135, 105), (145, 105)]), ["A road", "lane"]
    )
    assert {name: layer.total for name, layer in roads.by_class.items()} == {
        "A road": 40.0,
        "lane": 5.0,
    }
    assert (roads.every.total, roads.every.outside) == (45.0, 5.0)


@given(st.lists(st.tuples(st.floats(60, 180), st.floats(60, 180)), min_size=2, max_size=12))
def test_length_in_and_beyond_the_grid_is_the_lines_length(
    points: list[tuple[float, float]],
) -> None:
    """Cutting loses nothing and adds nothing; within is what GEOS clips to the grid's box.

    Lines along the grid's own edge are left to the test of edges.
    """
    line = shapely.LineString(points)
    roads = road_length_per_cell(GRID, np.array([line], dtype=object)).every
    assert roads.total + roads.outside == pytest.approx(line.length, abs=1e-6)
    inner = shapely.box(100 + 1e-9, 100 + 1e-9, 140 - 1e-9, 140 - 1e-9)
    outer = shapely.box(100 - 1e-9, 100 - 1e-9, 140 + 1e-9, 140 + 1e-9)
    legs = [shapely.LineString(leg) for leg in pairwise(points)]
    assert roads.total >= sum(leg.intersection(inner).length for leg in legs) - 1e-5
    assert roads.total <= sum(leg.intersection(outer).length for leg in legs) + 1e-5


def test_premises_are_counted_in_the_cell_each_lies_in() -> None:
    """One on a corner belongs to the cell south-east of it; those beyond or unplaced are told."""
    east = np.array([105.0, 105.0, 110.0, 500.0, np.nan])
    north = np.array([135.0, 131.0, 130.0, 135.0, 135.0])
    layer = points_per_cell(GRID, WeightedPoints.each_one(east, north, "premises"))
    expected = np.zeros((4, 4))
    expected[0, 0], expected[1, 1] = 2.0, 1.0
    assert layer.per_cell.tolist() == expected.tolist()
    assert layer.outside == 2.0
    assert "1 premises have no position and are in no cell" in layer.notes


def test_footfall_is_unknown_where_nobody_counts() -> None:
    """A counter that counted nobody says 0; a cell without a counter says nothing."""
    counters = WeightedPoints(
        np.array([105.0, 115.0]), np.array([135.0, 135.0]), np.array([0.0, 900.0])
    )
    layer = footfall_per_cell(GRID, counters)
    assert layer.per_cell[0, :2].tolist() == [0.0, 900.0]
    assert layer.cells_unknown == 14


def test_a_weight_that_is_no_number_is_refused() -> None:
    """NaN among the weights would make a whole zone NaN later on."""
    with pytest.raises(Refused, match="negative or not a number"):
        WeightedPoints(np.zeros(1), np.zeros(1), np.array([np.nan]))
