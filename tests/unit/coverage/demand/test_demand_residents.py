"""People of zones spread over cells: nobody lost, nobody invented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from canopy.coverage.demand.points import WeightedPoints
from canopy.coverage.demand.residents import Footprints, Spread, residents_per_cell
from canopy.coverage.demand.zones import Zones, read_polygons, with_counts
from canopy.coverage.grid import Grid

GRID = Grid(27700, 0.0, 40.0, 10.0, 4, 4)
WEST, EAST = shapely.box(0, 0, 20, 40), shapely.box(20, 0, 40, 40)


def zones(*polygons: shapely.Polygon, counts: tuple[float, ...]) -> Zones:
    ids = tuple(f"z{index}" for index in range(len(polygons)))
    return Zones(ids, ids, np.array(polygons, dtype=object), np.array(counts, dtype=float))


def points(*places: tuple[float, float, float]) -> WeightedPoints:
    east, north, weights = np.array(places, dtype=float).T
    return WeightedPoints(east, north, weights, "postcodes")


def test_without_weights_people_are_spread_by_area() -> None:
    """80 people over eight whole cells are ten in each; the other zone's 16 are two in each."""
    result = residents_per_cell(GRID, zones(WEST, EAST, counts=(80.0, 16.0)))
    assert result.layer.per_cell.tolist() == [[10.0, 10.0, 2.0, 2.0]] * 4
    assert [zone.how for zone in result.zones] == [Spread.BY_AREA, Spread.BY_AREA]


def test_people_live_where_the_weights_are() -> None:
    """A zone's 80 go 3 to 1 to its two postcodes; the zone without any keeps its area share."""
    result = residents_per_cell(
        GRID, zones(WEST, EAST, counts=(80.0, 16.0)), points((5, 35, 3), (15, 5, 1))
    )
    expected = [[60.0, 0, 2, 2], [0, 0, 2, 2], [0, 0, 2, 2], [0, 20.0, 2, 2]]
    assert result.layer.per_cell.tolist() == expected
    assert [zone.how for zone in result.zones] == [Spread.BY_WEIGHTS, Spread.BY_AREA]
    assert "people of 1 zones spread evenly over their area: they hold no postcodes" in (
        result.layer.notes
    )


def test_a_building_across_a_boundary_counts_on_either_side_by_its_area() -> None:
    """10 m by 10 m from x = 12 to 22: 80 m2 is all of the west's weight, 20 m2 of the east's.

    In the west 80 people go to the one cell it touches there, in the east 16 to its one.
    """
    building = Footprints(np.array([shapely.box(12, 0, 22, 10)], dtype=object), np.ones(1))
    result = residents_per_cell(GRID, zones(WEST, EAST, counts=(80.0, 16.0)), building)
    expected = np.zeros((4, 4))
    expected[3, 1], expected[3, 2] = 80.0, 16.0
    np.testing.assert_allclose(result.layer.per_cell, expected, atol=1e-9)


def test_storeys_weigh_a_footprint() -> None:
    """Two equal footprints, one with three storeys: it has three quarters of the people."""
    houses = np.array([shapely.box(2, 2, 8, 8), shapely.box(12, 2, 18, 8)], dtype=object)
    result = residents_per_cell(
        GRID, zones(WEST, counts=(80.0,)), Footprints(houses, np.array([1.0, 3.0]))
    )
    assert result.layer.per_cell[3, :2].tolist() == pytest.approx([20.0, 60.0])


def test_a_zone_partly_beyond_the_grid_is_split() -> None:
    """A zone with a quarter of its area in the grid leaves three quarters outside, and says so."""
    result = residents_per_cell(GRID, zones(shapely.box(30, 0, 70, 40), counts=(100.0,)))
    assert (result.layer.total, result.layer.outside) == pytest.approx((25.0, 75.0))
    assert (result.zones[0].inside, result.zones[0].outside) == pytest.approx((25.0, 75.0))


def test_an_unknown_count_makes_its_cells_unknown_and_never_zero() -> None:
    """The east's count is not known; and no zone speaks of the grid's northern row."""
    south_west, south_east = shapely.box(0, 0, 20, 30), shapely.box(20, 0, 40, 30)
    result = residents_per_cell(GRID, zones(south_west, south_east, counts=(60.0, np.nan)))
    nan = np.nan
    expected = [[nan] * 4] + [[10.0, 10.0, nan, nan]] * 3
    np.testing.assert_array_equal(result.layer.per_cell, expected)
    assert result.zones[1].how is Spread.UNKNOWN
    assert (result.layer.total, result.layer.outside) == (60.0, 0.0)


@given(
    st.lists(st.tuples(st.floats(-20, 60), st.floats(-20, 60), st.floats(0, 9)), max_size=30),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
)
@example([(-10.0, -10.0, 5e-324)], 1.0, 0.0)
def test_every_zone_keeps_its_count(
    places: list[tuple[float, float, float]], one: float, other: float
) -> None:
    """Whatever the weights, people in the grid and beyond it add up to the zones' counts."""
    shapes = zones(shapely.box(-15, -15, 22, 33), shapely.box(22, -15, 55, 33), counts=(one, other))
    weights = points(*places) if places else None
    result = residents_per_cell(GRID, shapes, weights)
    assert result.layer.total + result.layer.outside == pytest.approx(one + other, rel=1e-9)


@pytest.mark.real_data
def test_camdens_people_are_all_placed(real_data: Path) -> None:
    """279,516 residents of 133 zones in 2020 (the table's own sum) are in the 10 m cells."""
    folder = real_data / "data" / "boundaries"
    outlines = read_polygons(folder / "camden_lsoa.geojson", id_field="LSOA11CD")
    counted = with_counts(
        outlines,
        folder / "camden_lsoa_population_2020.csv",
        id_field="LSOA11CD",
        count_field="Persons_All-Ages",
    )
    grid = Grid.over(tuple(shapely.total_bounds(counted.polygons)), 10.0)
    layer = residents_per_cell(grid, counted).layer
    assert len(counted.ids) == 133
    assert (layer.total, layer.outside) == (pytest.approx(279_516.0, abs=1e-6), 0.0)
