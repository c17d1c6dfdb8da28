"""The k nearest are shapely's, in one order, on both databases."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from placed_assets import BNG, EAST, NORTH, at, drawn, geometries, holding

from canopy.assets.tables import Asset
from canopy.db.engine import Database
from canopy.db.nearest import MAX_NEIGHBOURS, Neighbour, nearest
from canopy.errors import BadFilter


def _expected(
    rows: list[shapely.Geometry], place: shapely.Geometry, k: int
) -> list[tuple[int, float]]:
    metres = np.round(shapely.distance(rows, place), 6) if rows else np.array([])
    order = np.lexsort((np.arange(len(rows)), metres))[:k]
    return [(int(row) + 1, float(metres[row])) for row in order]


def _pairs(found: list[Neighbour]) -> list[tuple[int, float]]:
    return [(each.key, round(each.distance_m, 6)) for each in found]


def test_ties_go_to_the_lower_key(database: Database) -> None:
    """Eight points at 5 m: the first three by key, whatever order the index has them in."""
    ring = [at(x, y) for x, y in ((3, 4), (-3, 4), (4, -3), (0, 5), (5, 0), (-5, 0), (0, -5))]
    with holding(database, [at(9, 9), *ring]) as session:
        found = nearest(session, Asset, at(0, 0), 3, BNG)
    assert found == [Neighbour(2, 5.0), Neighbour(3, 5.0), Neighbour(4, 5.0)]


def test_distances_equal_to_a_micrometre_are_ties(database: Database) -> None:
    """The last bits of a distance do not decide: 0.1 + 0.2 is as near as 0.3."""
    with holding(database, [at(0, 0.3000000001), at(0, 0.1 + 0.2), at(0.3, 0)]) as session:
        found = nearest(session, Asset, at(0, 0), 3, BNG)
    assert [each.key for each in found] == [1, 2, 3]


def test_fewer_than_k_are_all_there_are(database: Database) -> None:
    """Asking for ten of two gives two; null and empty geometries are near nothing."""
    with holding(database, [at(1, 0), None, shapely.Point(), at(0, 3)]) as session:
        found = nearest(session, Asset, at(0, 0), 10, BNG)
    assert found == [Neighbour(1, 1.0), Neighbour(4, 3.0)]


def test_an_empty_table_has_no_neighbours(database: Database) -> None:
    """Neither with a limit on the distance nor without."""
    with holding(database, [None]) as session:
        assert nearest(session, Asset, at(0, 0), 5, BNG) == []
        assert nearest(session, Asset, at(0, 0), 5, BNG, within_m=10) == []


def test_within_m_is_inclusive(database: Database) -> None:
    """A row at the very limit is found, one a millimetre beyond is not."""
    with holding(database, [at(3, 4), at(3, 4.001)]) as session:
        assert nearest(session, Asset, at(0, 0), 5, BNG, within_m=5) == [Neighbour(1, 5.0)]
        assert nearest(session, Asset, at(0, 0), 5, BNG, within_m=4.999) == []


def test_only_rows_that_satisfy_the_conditions_count(database: Database) -> None:
    """The nearest cctv may be farther than several lampposts."""
    with holding(database, [at(n, 0) for n in range(1, 6)]) as session:
        found = nearest(session, Asset, at(0, 0), 2, BNG, Asset.kind == "cctv")
    assert found == [Neighbour(2, 2.0), Neighbour(4, 4.0)]


@pytest.mark.parametrize("away_m", [0, 40, 3_000, 90_000])
def test_a_place_far_from_everything_has_neighbours(database: Database, away_m: float) -> None:
    """From a place in the sea the town's nearest row is found, at its distance."""
    rng = np.random.default_rng(7)
    rows = list(shapely.points(EAST + rng.uniform(0, 2000, 400), NORTH + rng.uniform(0, 2000, 400)))
    place = at(-away_m, -away_m / 3)
    with holding(database, rows) as session:
        assert _pairs(nearest(session, Asset, place, 7, BNG)) == _expected(rows, place, 7)


def test_a_polygon_has_neighbours(database: Database) -> None:
    """Nearest to an area: what lies in it is at 0 m, in order of key."""
    area = drawn("POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))")
    with holding(database, [at(12, 5), at(9, 9), at(1, 1), at(-1, 5)]) as session:
        found = nearest(session, Asset, area, 4, BNG)
    assert _pairs(found) == [(2, 0.0), (3, 0.0), (4, 1.0), (1, 2.0)]


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(geometries, max_size=9), place=geometries, k=st.integers(1, 10))
def test_generated_neighbours_are_shapelys(
    database: Database, rows: list[shapely.Geometry], place: shapely.Geometry, k: int
) -> None:
    """Any mix of geometries, any k: shapely's distances, sorted by (distance, key)."""
    with holding(database, rows) as session:
        assert _pairs(nearest(session, Asset, place, k, BNG)) == _expected(rows, place, k)


@pytest.mark.parametrize("k", [0, -1, MAX_NEIGHBOURS + 1])
def test_a_k_out_of_range_is_refused(gpkg_database: Database, k: int) -> None:
    """k is 1 to 10,000."""
    with gpkg_database.reading() as session, pytest.raises(BadFilter, match="1 to 10,000"):
        nearest(session, Asset, at(0, 0), k, BNG)
