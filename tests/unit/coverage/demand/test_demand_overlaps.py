"""The area that polygons share with cells, and lines cut at cells' edges."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.coverage.demand.overlaps import cell_overlaps
from canopy.coverage.grid import Grid
from canopy.errors import Refused

GRID = Grid(27700, 529_000.0, 185_000.0, 10.0, 7, 5)
BOXES = shapely.box(
    *np.broadcast_arrays(
        GRID.eastings_m[None, :] - 5,
        GRID.northings_m[:, None] - 5,
        GRID.eastings_m[None, :] + 5,
        GRID.northings_m[:, None] + 5,
    )
)


def areas(*polygons: shapely.Geometry, grid: Grid = GRID) -> np.ndarray:
    overlaps = cell_overlaps(grid, np.array(polygons, dtype=object))
    return overlaps.per_cell(overlaps.area_m2)


def test_a_triangle_is_cut_exactly() -> None:
    """The right triangle over two cells by two has half of two cells and one whole one."""
    triangle = shapely.Polygon([(529_000, 184_980), (529_020, 184_980), (529_000, 185_000)])
    expected = np.zeros(GRID.shape)
    expected[0, 0], expected[1, 0], expected[1, 1] = 50.0, 100.0, 50.0
    np.testing.assert_allclose(areas(triangle), expected, atol=1e-6)


def test_a_hole_takes_area_away_whichever_way_its_ring_runs() -> None:
    """A block of nine cells with a hole of 4 m by 4 m in the middle cell."""
    shell = [(529_000, 184_970), (529_030, 184_970), (529_030, 185_000), (529_000, 185_000)]
    hole = [(529_013, 184_983), (529_017, 184_983), (529_017, 184_987), (529_013, 184_987)]
    one, other = shapely.Polygon(shell, [hole]), shapely.Polygon(shell[::-1], [hole])
    expected = np.zeros(GRID.shape)
    expected[:3, :3] = 100.0
    expected[1, 1] = 84.0
    np.testing.assert_allclose(areas(one), expected, atol=1e-6)
    np.testing.assert_allclose(areas(other), expected, atol=1e-6)


def test_the_part_beyond_the_grid_is_told() -> None:
    """A polygon around the whole grid fills every cell and has the rest outside."""
    around = shapely.box(528_900, 184_900, 529_200, 185_100)
    overlaps = cell_overlaps(GRID, np.array([around], dtype=object))
    assert overlaps.area_m2.tolist() == [100.0] * 35
    assert overlaps.outside_m2.tolist() == pytest.approx([300 * 200 - 3500])


def test_a_polygon_that_misses_the_grid_shares_nothing() -> None:
    """North, south, east and west of the grid; each outside area is its own."""
    beside = [
        shapely.box(529_010, 185_010, 529_030, 185_020),
        shapely.box(529_010, 184_900, 529_030, 184_910),
        shapely.box(529_080, 184_960, 529_090, 184_990),
        shapely.box(528_900, 184_960, 528_990, 184_990),
    ]
    overlaps = cell_overlaps(GRID, np.array(beside, dtype=object))
    assert overlaps.cell.size == 0
    assert overlaps.outside_m2.tolist() == pytest.approx([200.0, 200.0, 300.0, 2700.0])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-30, 100), st.integers(-80, 30)), min_size=3, max_size=12, unique=True
    ),
    st.floats(0.5, 25.0),
)
def test_areas_equal_geos_intersections(points: list[tuple[int, int]], radius_m: float) -> None:
    """Cell by cell the same as GEOS's overlay of the polygon and the cell's square."""
    hull = shapely.convex_hull(shapely.multipoints([(529_000 + x, 185_000 + y) for x, y in points]))
    shape = hull.difference(shapely.Point(529_033.3, 184_971.7).buffer(radius_m))
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    polygon = shapely.MultiPolygon(parts)
    expected = shapely.area(shapely.intersection(BOXES, polygon))
    np.testing.assert_allclose(areas(polygon), expected, atol=1e-6)


def test_lines_and_broken_outlines_are_refused() -> None:
    """What has no area, and what crosses itself, is refused with its place in the list."""
    bow = shapely.Polygon(
        [(529_000, 184_980), (529_020, 185_000), (529_020, 184_980), (529_000, 185_000)]
    )
    with pytest.raises(Refused, match="geometry 0 is LINESTRING"):
        areas(shapely.LineString([(0, 0), (1, 1)]))
    with pytest.raises(Refused, match="polygon 0 is not valid"):
        areas(bow)
