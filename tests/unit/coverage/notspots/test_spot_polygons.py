"""Not-spots as polygons with figures."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from canopy.coverage.demand.layer import DemandLayer
from canopy.coverage.grid import Grid
from canopy.coverage.notspots.classes import Spot
from canopy.coverage.notspots.polygons import smoothed, spot_polygons
from canopy.errors import Refused

T, P, F = Spot.TOTAL, Spot.PARTIAL, Spot.FULL


def grid(rows: int, columns: int) -> Grid:
    return Grid(27700, 529_000.0, 185_000.0, 10.0, columns, rows)


def layer(values: list[list[float]], kind: str = "residents") -> DemandLayer:
    per_cell = np.array(values, dtype=float)
    return DemandLayer(grid(*per_cell.shape), kind, "people", per_cell)


def test_a_not_spot_with_a_hole_keeps_its_hole() -> None:
    """Eight cells around a covered one: 800 m2, and the ring inside is the covered cell."""
    classes = np.array([[T, T, T], [T, F, T], [T, T, T]], np.uint8)
    (spot,) = spot_polygons(grid(3, 3), classes)
    assert spot.area_m2 == spot.polygon.area == 800.0
    assert shapely.Polygon(spot.polygon.interiors[0]).equals(
        shapely.box(529_010, 184_980, 529_020, 184_990)
    )
    assert spot.spot_id == "total-529000-185000"


def test_cells_that_meet_at_a_corner_only_are_two_spots() -> None:
    """Walking from one to the other crosses ground of another class."""
    spots = spot_polygons(grid(2, 2), np.array([[T, F], [F, T]], np.uint8))
    assert [spot.spot_id for spot in spots] == ["total-529000-185000", "total-529010-184990"]
    assert [spot.polygon.bounds for spot in spots] == [
        (529_000, 184_990, 529_010, 185_000),
        (529_010, 184_980, 529_020, 184_990),
    ]


def test_each_spot_has_the_people_of_its_cells() -> None:
    """Where people are unknown the area is told, and a spot with none known is not 0."""
    classes = np.array([[T, T, F, P]], np.uint8)
    people = layer([[5.0, np.nan, 100.0, np.nan]])
    total, partial = spot_polygons(grid(1, 4), classes, [people])
    assert (total.demand, total.demand_unknown_m2) == ({"residents": 5.0}, 100.0)
    assert np.isnan(partial.demand["residents"])


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.uint8, (9, 11), elements=st.sampled_from([0, 1, 2, 4])))
def test_polygons_add_up_to_the_cells(classes: np.ndarray) -> None:
    """Area and people of each class; every polygon valid; smoothing keeps 95 % to 105 %."""
    people = layer(np.arange(99.0).reshape(9, 11).tolist())
    spots = spot_polygons(grid(9, 11), classes, [people])
    for kind in (T, P):
        own = [spot for spot in spots if spot.spot is kind]
        assert sum(spot.polygon.area for spot in own) == pytest.approx(
            (classes == kind).sum() * 100
        )
        assert sum(spot.demand["residents"] for spot in own) == pytest.approx(
            people.per_cell[classes == kind].sum()
        )
    assert all(spot.polygon.is_valid for spot in spots)
    drawn = [smoothed(spot.polygon, 10.0) for spot in spots]
    assert all(shape.is_valid for shape in drawn)
    assert [shape.area for shape in drawn] == pytest.approx(
        [spot.area_m2 for spot in spots], rel=0.05 + 1e-9
    )


def test_smoothing_turns_a_staircase_into_a_slope() -> None:
    """A big stair loses cell**2 / 2 = 50 m2 in all, and its steps are 45 degree lines."""
    classes = np.tril(np.full((8, 8), T, np.uint8))
    classes[classes == 0] = F
    (spot,) = spot_polygons(grid(8, 8), classes)
    drawn = smoothed(spot.polygon, 10.0)
    assert spot.polygon.area - drawn.area == pytest.approx(50.0)
    points = np.diff(shapely.get_coordinates(drawn), axis=0)
    slopes = points[(points != 0).all(axis=1)]
    np.testing.assert_allclose(np.abs(slopes[:, 0]), np.abs(slopes[:, 1]))


def test_only_the_cells_within_are_looked_at() -> None:
    """Outside the council nothing is a not-spot of the council."""
    within = np.array([[True, False]])
    (spot,) = spot_polygons(grid(1, 2), np.array([[T, T]], np.uint8), within=within)
    assert spot.cells == 1


def test_a_layer_on_another_grid_is_refused() -> None:
    """Its cells are not these cells."""
    with pytest.raises(Refused, match="the layer residents lies on another grid"):
        spot_polygons(grid(1, 2), np.array([[T, T]], np.uint8), [layer([[1.0]])])
