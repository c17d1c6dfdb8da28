"""Routes of departments beside each other, and equipment at one place."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from canopy.errors import Refused
from canopy.plan.overlaps import Besides, Duplicates, Together, duplicates


def found(*assets: tuple[str, str | None, shapely.Geometry | None], **how: float) -> Duplicates:
    kinds, departments, shapes = zip(*assets, strict=True)
    geometries = np.empty(len(shapes), object)
    geometries[:] = shapes
    return duplicates(kinds, departments, geometries, **how)


def route(y: float, begins: float = 0, ends: float = 1_000) -> LineString:
    return LineString([(begins, y), (ends, y)])


def test_routes_beside_each_other_are_counted_once() -> None:
    """CCTV's 1,000 m beside 600 m of traffic's, 5 m apart: 600 m of street has both."""
    told = found(("duct", "CCTV", route(0)), ("duct", "Traffic", route(5, 200, 800)))
    (only,) = told.besides
    assert (only.first, only.second) == ("CCTV", "Traffic")
    assert only.first_m == pytest.approx(600)
    assert only.second_m == pytest.approx(600)
    assert only.overlap_m == pytest.approx(600)


def test_a_route_in_parts_is_as_long_as_the_street() -> None:
    """Two short parts that meet are one stretch, and one that lies beside two is not doubled."""
    told = found(
        ("duct", "A", route(0)),
        ("duct", "B", route(4, 0, 40)), ("duct", "B", route(4, 40, 80)),
        ("duct", "B", route(-4, 0, 80)),
    )  # fmt: skip
    (only,) = told.besides
    assert only.first_m == pytest.approx(80)


@pytest.mark.parametrize(
    "other",
    [
        LineString([(500, -500), (500, 500)]),  # a crossing
        route(5, 0, 45),  # a connection
        route(11),  # the next street
    ],
)
def test_crossings_connections_and_other_streets_are_no_duplicates(other: LineString) -> None:
    assert found(("duct", "A", route(0)), ("duct", "B", other)).besides == ()


def test_a_department_does_not_duplicate_itself_nor_another_kind() -> None:
    told = found(("duct", "A", route(0)), ("duct", "A", route(5)), ("fibre", "B", route(5)))
    assert told.besides == ()


def test_equipment_at_one_place_is_counted_by_asset() -> None:
    """Three of parking's cameras near two of safety's; one further off."""
    told = found(
        ("cctv", "Parking", Point(0, 0)), ("cctv", "Parking", Point(5, 0)),
        ("cctv", "Parking", Point(500, 0)), ("cctv", "Parking", Point(900, 0)),
        ("cctv", "Safety", Point(10, 0)), ("cctv", "Safety", Point(520, 0)),
        ("wifi_ap", "Libraries", Polygon([(0, 0), (4, 0), (4, 4), (0, 4)])),
    )  # fmt: skip
    assert told.together == (Together("cctv", "Parking", "Safety", 3, 2),)


def test_what_nobody_is_known_to_look_after_is_counted_and_left_out() -> None:
    told = found(
        ("cctv", None, Point(0, 0)), ("cctv", " ", Point(0, 0)), ("cctv", "A", None),
        ("cctv", "A", Point()), ("cctv", "B", Point(0, 0)),
    )  # fmt: skip
    assert (told.together, told.besides, told.unknown) == ((), (), 4)


@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 30), st.integers(0, 300),
                       st.integers(60, 400)), max_size=8)
)  # fmt: skip
def test_never_more_than_there_is_and_the_same_in_any_order(
    routes: list[tuple[str, int, int, int]],
) -> None:
    """Of each department no more than its own routes."""
    assets = [("duct", who, route(y, begins, begins + long)) for who, y, begins, long in routes]
    if not assets:
        return
    told = found(*assets)
    backwards = found(*reversed(assets))
    for one, other in zip(told.besides, backwards.besides, strict=True):
        assert isinstance(one, Besides)
        assert one.overlap_m == pytest.approx(other.overlap_m)
        assert one.first_m <= sum(each[3] for each in routes if each[0] == "A") + 1e-6
        assert one.second_m <= sum(each[3] for each in routes if each[0] == "B") + 1e-6


def test_distances_and_lengths_that_make_no_sense_are_refused() -> None:
    with pytest.raises(Refused, match="above 0"):
        found(("duct", "A", route(0)), near_m=0.0)
    with pytest.raises(Refused, match="one length"):
        duplicates(["duct"], ["A", "B"], np.array([route(0)], object))
