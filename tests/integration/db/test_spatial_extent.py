"""The extent is exact on both databases, although their indexes are float32."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from placed_assets import EAST, NORTH, at, drawn, geometries, holding

from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.db.extent import extent


def test_nothing_has_no_extent(database: Database) -> None:
    """None for no rows, and for rows with null or empty geometries only."""
    with holding(database, []) as session:
        assert extent(session, Asset) is None
    with holding(database, [None, shapely.Polygon()]) as session:
        assert extent(session, Asset) is None


def test_one_point_is_its_own_extent(database: Database) -> None:
    """To the last bit, which float32 has not."""
    point = shapely.Point(530_123.457, 180_987.123)
    with holding(database, [point, None]) as session:
        assert extent(session, Asset) == point.bounds


def test_only_rows_that_satisfy_the_conditions_count(database: Database) -> None:
    """The extent of the cctv alone, and None where no row satisfies the condition."""
    with holding(database, [at(-9, -9), at(1, 2), at(9, 9), at(3, 5)]) as session:
        box = (EAST + 1, NORTH + 2, EAST + 3, NORTH + 5)
        assert extent(session, Asset, Asset.kind == "cctv") == box
        assert extent(session, Asset, Asset.kind == "mast") is None


def test_a_close_race_is_decided_in_double_precision(database: Database) -> None:
    """Many rows within a float32 step of the edge: the true extremes are found."""
    rng = np.random.default_rng(11)
    rows = shapely.points(EAST + rng.uniform(0, 0.2, 300), NORTH + rng.uniform(0, 0.2, 300))
    with holding(database, rows) as session:
        assert extent(session, Asset) == tuple(shapely.total_bounds(rows))


def test_lines_and_polygons_have_exact_extents(database: Database) -> None:
    """Stored boxes of lines and polygons are not rounded either."""
    rows = [
        drawn("LINESTRING (0.111 0.333, 7.777 3)"),
        drawn("POLYGON ((1 1, 9.123 1, 4 8.765, 1 1))"),
    ]
    with holding(database, rows) as session:
        assert extent(session, Asset) == tuple(shapely.total_bounds(rows))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(geometries, min_size=1, max_size=8), shift=st.floats(-300_000, 300_000))
def test_generated_extents_are_shapelys(
    database: Database, rows: list[shapely.Geometry], shift: float
) -> None:
    """Anywhere on the grid, to the last bit."""
    moved = [shapely.transform(row, lambda xy: xy + shift) for row in rows]
    with holding(database, moved) as session:
        assert extent(session, Asset) == pytest.approx(tuple(shapely.total_bounds(moved)), abs=0)
