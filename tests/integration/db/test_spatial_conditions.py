"""bbox, intersects, within and dwithin agree with shapely on both databases."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from placed_assets import BNG, EAST, NORTH, areas, at, drawn, geometries, holding, keys, offsets
from sqlalchemy import ColumnElement, and_, not_
from sqlalchemy.orm import aliased

from canopy.assets.tables import Asset
from canopy.db import spatial
from canopy.db.engine import Database
from canopy.db.spatial_sql import Box
from canopy.errors import BadFilter, LimitExceeded

generated = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""The database is empty again after each example: `holding` rolls back."""

several = st.lists(geometries, max_size=8)

SHAPES = (
    drawn("POINT (5 5)"),
    drawn("POINT (0 5)"),  # on a side of the square
    drawn("POINT (0 0)"),  # on its corner
    drawn("POINT (-0.001 5)"),
    drawn("LINESTRING (-5 5, 15 5)"),  # through it
    drawn("LINESTRING (2 2, 8 8)"),
    drawn("LINESTRING (0 2, 0 8)"),  # along its side
    drawn("LINESTRING (0 2, 5 5)"),  # from its side inwards
    drawn("LINESTRING (-5 -5, -1 -1)"),
    drawn("LINESTRING (-2 2, 2 -2)"),  # through its corner
    drawn("LINESTRING (-3 2, 2 -3)"),  # its box meets, it does not
    drawn("MULTIPOINT (5 5, 50 50)"),
    drawn("MULTIPOINT (0 0, 10 10)"),
    drawn("MULTILINESTRING ((1 1, 2 2), (3 3, 4 4))"),
    drawn("POLYGON ((1 1, 9 1, 9 9, 1 9, 1 1))"),
    drawn("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))"),  # the square itself
    drawn("POLYGON ((10 0, 20 0, 20 10, 10 10, 10 0))"),  # shares a side
    drawn(
        "POLYGON ((-50 -50, 60 -50, 60 60, -50 60, -50 -50), (-9 -9, 19 -9, 19 19, -9 19, -9 -9))"
    ),  # around it
    drawn("MULTIPOLYGON (((1 1, 2 1, 2 2, 1 1)), ((-9 -9, -8 -9, -8 -8, -9 -9)))"),
)
SQUARE = drawn("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))")
RING = drawn("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0), (4 4, 6 4, 6 6, 4 6, 4 4))")
TWO_PARTS = drawn("MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0)), ((5 5, 9 5, 9 9, 5 5)))")
TRIANGLE = drawn("POLYGON ((0 0, 10 5, 0 10, 0 0))")
AREAS = {"square": SQUARE, "ring": RING, "two-parts": TWO_PARTS, "triangle": TRIANGLE}


def _expected(truths: NDArray[np.bool_]) -> list[int]:
    return [int(row) + 1 for row in np.flatnonzero(truths)]


def _box_at(min_x: float, min_y: float, max_x: float, max_y: float) -> Box:
    return (EAST + min_x, NORTH + min_y, EAST + max_x, NORTH + max_y)


def test_bbox_is_the_closed_box(database: Database) -> None:
    """A geometry that only touches a side or a corner of the box is found."""
    with holding(database, SHAPES) as session:
        found = keys(session, spatial.bbox(Asset, _box_at(0, 0, 10, 10), BNG))
    assert found == _expected(shapely.intersects(SHAPES, SQUARE))


@pytest.mark.parametrize("area", AREAS.values(), ids=AREAS)
def test_intersects_is_shapelys(database: Database, area: shapely.Geometry) -> None:
    """Every kind of geometry and of touching gives shapely's answer."""
    with holding(database, SHAPES) as session:
        found = keys(session, spatial.intersects(Asset, area, BNG))
    assert found == _expected(shapely.intersects(SHAPES, area))


@pytest.mark.parametrize("area", AREAS.values(), ids=AREAS)
def test_within_is_shapelys(database: Database, area: shapely.Geometry) -> None:
    """What lies wholly on the boundary is not within; what starts on it is."""
    with holding(database, SHAPES) as session:
        found = keys(session, spatial.within(Asset, area, BNG))
    assert found == _expected(shapely.within(SHAPES, area))


def test_a_boundary_point_intersects_and_is_not_within(database: Database) -> None:
    """Sides, corners, hole sides and slanted sides: touched, not entered."""
    boundary = [at(0, 5), at(10, 10), at(5, 4), at(4, 4)]
    slanted = [at(5, 2.5), at(0, 0), at(2, 9)]
    with holding(database, [*boundary, *slanted]) as session:
        assert keys(session, spatial.intersects(Asset, RING, BNG))[:4] == [1, 2, 3, 4]
        assert keys(session, spatial.within(Asset, RING, BNG)) == [5, 7]
        assert keys(session, spatial.intersects(Asset, TRIANGLE, BNG))[-3:] == [5, 6, 7]
        assert keys(session, spatial.within(Asset, TRIANGLE, BNG)) == [3, 4]


@generated
@given(rows=several, area=areas)
def test_generated_areas_are_searched_as_shapely_does(
    database: Database, rows: list[shapely.Geometry], area: shapely.Geometry
) -> None:
    """intersects and within equal shapely's for any mix of valid geometries."""
    with holding(database, rows) as session:
        found = keys(session, spatial.intersects(Asset, area, BNG))
        inside = keys(session, spatial.within(Asset, area, BNG))
    assert found == _expected(shapely.intersects(rows, area))
    assert inside == _expected(shapely.within(rows, area))


@generated
@given(rows=several, corner=st.tuples(offsets, offsets), size=st.tuples(offsets, offsets))
def test_generated_boxes_are_searched_as_shapely_does(
    database: Database,
    rows: list[shapely.Geometry],
    corner: tuple[float, float],
    size: tuple[float, float],
) -> None:
    """bbox equals shapely's intersection with the box, lines and points among the boxes."""
    (x, y), (width, height) = corner, (abs(size[0]), abs(size[1]))
    box = _box_at(x, y, x + width, y + height)
    area = shapely.MultiPoint([box[:2], (box[0], box[3]), box[2:], (box[2], box[1])]).convex_hull
    with holding(database, rows) as session:
        found = keys(session, spatial.bbox(Asset, box, BNG))
    assert found == _expected(shapely.intersects(rows, area))


@generated
@given(rows=several, place=geometries, distance=st.integers(0, 80).map(lambda n: n / 4))
def test_generated_distances_are_shapelys_to_a_micrometre(
    database: Database, rows: list[shapely.Geometry], place: shapely.Geometry, distance: float
) -> None:
    """dwithin is inclusive at distances that are equal to a micrometre."""
    with holding(database, rows) as session:
        found = keys(session, spatial.dwithin(Asset, place, distance, BNG))
    assert found == _expected(shapely.distance(rows, place) <= distance + 5e-7)


def test_dwithin_includes_the_very_distance(database: Database) -> None:
    """3-4-5: a point at 5 m is within 5 m, and not within 4.999 m."""
    with holding(database, [at(3, 4), at(3, 4.001)]) as session:
        assert keys(session, spatial.dwithin(Asset, at(0, 0), 5, BNG)) == [1]
        assert keys(session, spatial.dwithin(Asset, at(0, 0), 4.999, BNG)) == []
        assert keys(session, spatial.dwithin(Asset, at(3, 4), 0, BNG)) == [1]


def test_dwithin_a_polygon_counts_its_inside_as_near(database: Database) -> None:
    """The distance to a polygon is nil inside it, and the way to its hole's side in a hole."""
    with holding(database, [at(2, 2), at(5, 5), at(12, 5)]) as session:
        assert keys(session, spatial.dwithin(Asset, RING, 0, BNG)) == [1]
        assert keys(session, spatial.dwithin(Asset, RING, 1, BNG)) == [1, 2]
        assert keys(session, spatial.dwithin(Asset, RING, 2, BNG)) == [1, 2, 3]


def test_rounding_of_the_index_is_rechecked(database: Database) -> None:
    """Points millimetres outside a side, where the index's float32 box has them inside."""
    side = 530_123.457
    points = [shapely.Point(side + step * 0.001, NORTH) for step in range(-20, 21)]
    box = (side - 100, NORTH - 1, side, NORTH + 1)
    with holding(database, points) as session:
        assert keys(session, spatial.bbox(Asset, box, BNG)) == list(range(1, 22))
        assert keys(session, spatial.intersects(Asset, shapely.box(*box), BNG)) == list(
            range(1, 22)
        )
        assert keys(session, spatial.within(Asset, shapely.box(*box), BNG)) == list(range(1, 21))


def test_no_rows_give_no_keys(database: Database) -> None:
    """An empty table answers every question with nothing."""
    with holding(database, []) as session:
        assert keys(session, spatial.bbox(Asset, _box_at(-1e5, -1e5, 1e5, 1e5), BNG)) == []
        assert keys(session, spatial.intersects(Asset, SQUARE, BNG)) == []
        assert keys(session, spatial.within(Asset, SQUARE, BNG)) == []
        assert keys(session, spatial.dwithin(Asset, SQUARE, 1e6, BNG)) == []


EMPTY_OR_NULL = (None, shapely.Point(), shapely.LineString(), shapely.Polygon(), at(5, 5))


@pytest.mark.parametrize(
    "condition",
    [
        spatial.bbox(Asset, _box_at(0, 0, 10, 10), BNG),
        spatial.intersects(Asset, SQUARE, BNG),
        spatial.within(Asset, SQUARE, BNG),
        spatial.dwithin(Asset, SQUARE, 1000, BNG),
    ],
    ids=["bbox", "intersects", "within", "dwithin"],
)
def test_null_and_empty_geometries_never_match(
    database: Database, condition: ColumnElement[bool]
) -> None:
    """They satisfy no condition, and every negation, on its own or inside an AND."""
    with holding(database, EMPTY_OR_NULL) as session:
        assert keys(session, condition) == [5]
        assert keys(session, not_(condition)) == [1, 2, 3, 4]
        assert keys(session, not_(and_(condition, Asset.kind == "lamppost"))) == [1, 2, 3, 4]


def test_conditions_combine(database: Database) -> None:
    """Two areas and an attribute in one statement, negated and not."""
    with holding(database, [at(1, 1), at(2, 2), at(8, 8), at(20, 20)]) as session:
        found = keys(
            session,
            spatial.intersects(Asset, SQUARE, BNG),
            ~spatial.bbox(Asset, _box_at(0, 0, 1, 1), BNG),
            spatial.dwithin(Asset, at(0, 0), 6, BNG) | (Asset.kind == "lamppost"),
        )
    assert found == [2, 3]


def test_the_same_statement_takes_other_areas(database: Database) -> None:
    """A cached statement is asked again with another area, not with the first one."""
    with holding(database, [at(1, 1), at(30, 30)]) as session:
        first = keys(session, spatial.within(Asset, drawn("POLYGON ((0 0, 2 0, 2 2, 0 0))"), BNG))
        assert first == []  # on its slanted side
        near = drawn("POLYGON ((0 0, 3 0, 3 3, 0 3, 0 0))")
        far = drawn("POLYGON ((29 29, 32 29, 32 32, 29 32, 29 29))")
        assert keys(session, spatial.within(Asset, near, BNG)) == [1]
        assert keys(session, spatial.within(Asset, far, BNG)) == [2]


def test_more_areas_than_a_connection_keeps(database: Database) -> None:
    """A hundred searches one after the other, each with an area of its own."""
    with holding(database, [at(n, 0) for n in range(100)]) as session:
        found = [
            keys(session, spatial.intersects(Asset, at(n, 0).buffer(0.4), BNG)) for n in range(100)
        ]
    assert found == [[n + 1] for n in range(100)]


def test_an_alias_is_searched(database: Database) -> None:
    """A condition on an alias of the class finds the alias's rows."""
    other = aliased(Asset)
    with holding(database, [at(5, 5), at(50, 50)]) as session:
        for condition in (
            spatial.bbox(other, _box_at(0, 0, 10, 10), BNG),
            spatial.within(other, SQUARE, BNG),
        ):
            found = session.query(Asset.fid).join(other, other.fid == Asset.fid).filter(condition)
            assert [fid for (fid,) in found] == [1]


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (shapely.Polygon(), "empty"),
        (drawn("POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))"), "not valid: Self-intersection"),
        (shapely.GeometryCollection([at(0, 0), SQUARE]), "collection"),
        (shapely.Point(math.inf, 0), "finite"),
    ],
    ids=["empty", "bow-tie", "collection", "infinite"],
)
def test_an_area_that_cannot_be_searched_is_refused(area: shapely.Geometry, said: str) -> None:
    """The reason is given before any database is asked."""
    with pytest.raises(BadFilter, match=said):
        spatial.intersects(Asset, area, BNG)


def test_an_area_of_too_many_vertices_is_refused() -> None:
    """More than 100,000 vertices are not searched."""
    line = shapely.LineString(np.column_stack([np.arange(100_001.0), np.zeros(100_001)]))
    with pytest.raises(LimitExceeded, match="100,001 vertices"):
        spatial.intersects(Asset, line, BNG)


@pytest.mark.parametrize("distance", [-1.0, math.nan, math.inf, 2e8])
def test_a_distance_out_of_range_is_refused(distance: float) -> None:
    """Distances are 0 to 1e8 m."""
    with pytest.raises(BadFilter, match="between 0 and"):
        spatial.dwithin(Asset, at(0, 0), distance, BNG)


@pytest.mark.parametrize(
    ("box", "said"),
    [((1, 0, 0, 1), "upside down"), ((0, 0, 1, math.nan), "finite"), ((0, 0, math.inf, 1), "fin")],
)
def test_a_box_that_cannot_be_searched_is_refused(box: Box, said: str) -> None:
    """Upside down and unbounded boxes are told apart from empty answers."""
    with pytest.raises(BadFilter, match=said):
        spatial.bbox(Asset, box, BNG)
