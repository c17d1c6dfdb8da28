"""Tables by ward and for the council."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from canopy.coverage.demand.layer import DemandLayer
from canopy.coverage.demand.residents import residents_per_cell
from canopy.coverage.demand.zones import Zones
from canopy.coverage.grid import Grid
from canopy.coverage.notspots.classes import Service, Spot
from canopy.coverage.notspots.figures import FigureRow, FigureTable, ReportAreas, Theme
from canopy.errors import Refused

GRID = Grid(27700, 0.0, 20.0, 10.0, 4, 2)
LTE = Theme("lte-1800")
T, P, F, U = Spot.TOTAL, Spot.PARTIAL, Spot.FULL, Spot.UNKNOWN
CLASSES = np.array([[T, P, F, U], [F, F, F, F]], np.uint8)


def wards(*polygons: shapely.Polygon) -> ReportAreas:
    ids = tuple(f"w{index}" for index in range(len(polygons)))
    return ReportAreas(ids, ids, np.array(polygons, dtype=object))


def premises(values: list[list[float]]) -> DemandLayer:
    return DemandLayer(GRID, "premises", "premises", np.array(values, dtype=float))


def by_status(rows: tuple[FigureRow, ...], area: str) -> dict[str, FigureRow]:
    return {row.status: row for row in rows if row.area_id == area}


def test_a_cell_on_a_boundary_is_split_by_its_exact_share() -> None:
    """The wards meet at x = 14: the partial cell is 40 % in the west and 60 % in the east."""
    areas = wards(shapely.box(0, 0, 14, 20), shapely.box(14, 0, 40, 20))
    rows = FigureTable(GRID, areas, [premises([[1, 10, 0, 0], [0, 0, 0, 0]])]).over_operators(
        CLASSES, LTE
    )
    west, east = by_status(rows, "w0"), by_status(rows, "w1")
    assert (west["partial"].area_m2, east["partial"].area_m2) == pytest.approx((40.0, 60.0))
    assert (west["partial"].premises, east["partial"].premises) == pytest.approx((4.0, 6.0))
    assert (west["total"].premises, east["total"].premises) == (1.0, 0.0)


def test_unknown_is_a_status_of_its_own_and_shares_add_up_to_one() -> None:
    """Of 800 m2: total, partial and unknown an eighth each, full five."""
    rows = FigureTable(GRID, wards(shapely.box(0, 0, 40, 20))).over_operators(CLASSES, LTE)
    shares = {row.status: row.area_share for row in rows}
    assert shares == pytest.approx(
        {"unknown": 0.125, "total": 0.125, "partial": 0.125, "at-least-one": 0.0, "full": 0.625}
    )
    assert {row.residents for row in rows} == {None}


def test_wards_add_up_to_the_council() -> None:
    """For every status: area, and people counted zone by zone up to the council's edge.

    The edge at x = 33 runs through cells; the zone's 90 people live on this side of it.
    """
    zone = shapely.box(0, 0, 33, 20)
    people = residents_per_cell(
        GRID, Zones(("z",), ("z",), np.array([zone], dtype=object), np.array([90.0]))
    ).layer
    areas = wards(shapely.box(0, 0, 14, 20), shapely.box(14, 0, 33, 20)).with_whole("c", "Council")
    rows = FigureTable(GRID, areas, [people]).over_operators(CLASSES, LTE)
    one, other, whole = (by_status(rows, area) for area in ("w0", "w1", "c"))
    assert {s: whole[s].area_m2 for s in whole} == pytest.approx(
        {s: one[s].area_m2 + other[s].area_m2 for s in one}
    )
    assert {s: whole[s].residents for s in whole} == pytest.approx(
        {s: one[s].residents + other[s].residents for s in one}
    )
    assert sum(row.residents or 0.0 for row in whole.values()) == pytest.approx(90.0)


def test_what_lies_beyond_the_run_is_told() -> None:
    """A ward half outside the grid has a status for that half, of which nothing is known."""
    rows = FigureTable(
        GRID, wards(shapely.box(0, 0, 80, 20)), [premises([[1] * 4, [1] * 4])]
    ).over_operators(CLASSES, LTE)
    beyond = by_status(rows, "w0")["beyond"]
    assert (beyond.area_m2, beyond.area_share) == pytest.approx((800.0, 0.5))
    assert np.isnan(beyond.premises)


def test_an_area_of_unknown_people_is_told_and_not_counted_as_none() -> None:
    """The only partial cell has no count of premises."""
    rows = FigureTable(
        GRID, wards(shapely.box(0, 0, 40, 20)), [premises([[1, np.nan, 1, 1], [1] * 4])]
    ).over_operators(CLASSES, LTE)
    partial = by_status(rows, "w0")["partial"]
    assert np.isnan(partial.premises)
    assert partial.demand_unknown_m2 == 100.0


def test_each_operator_has_its_own_rows() -> None:
    """Half of the cells covered by one, all unknown of the other."""
    one = np.full((2, 4), Service.COVERED, np.uint8)
    one[0] = Service.NOT_COVERED
    table = FigureTable(GRID, wards(shapely.box(0, 0, 40, 20)))
    rows = table.by_operator({"a": one, "b": np.zeros((2, 4), np.uint8)}, LTE)
    assert [(row.operator, row.status, row.area_m2) for row in rows] == [
        ("a", "unknown", 0.0),
        ("a", "not-covered", 400.0),
        ("a", "covered", 400.0),
        ("b", "unknown", 800.0),
        ("b", "not-covered", 0.0),
        ("b", "covered", 0.0),
    ]


def test_two_layers_of_one_kind_are_refused() -> None:
    """A figure could be either's."""
    with pytest.raises(Refused, match="one layer of each"):
        FigureTable(GRID, wards(shapely.box(0, 0, 40, 20)), [premises([[1] * 4] * 2)] * 2)
