"""Ways to fibre along ducts: how lines join, and how far it is."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from canopy.plan.suitability.network import DuctGraph, Ways, duct_graph, ways

Line = list[tuple[float, float]]
NOTHING = np.empty(0, dtype=object)


def shapes(*lines: Line) -> NDArray[np.object_]:
    return np.array([shapely.LineString(line) for line in lines] or [], dtype=object)


def graph(
    *ducts: Line, fibre: tuple[Line, ...] = (), chambers: tuple[tuple[float, float], ...] = ()
) -> DuctGraph:
    points = np.array([shapely.Point(at) for at in chambers], dtype=object)
    return duct_graph(shapes(*ducts), shapes(*fibre), points, 1.0)


def way(of: DuctGraph, x: float, y: float, most: float = 250.0) -> tuple[float, float]:
    found: Ways = ways(of, np.array([x]), np.array([y]), most)
    return round(float(found.along_m[0]), 6), round(float(found.lead_in_m[0]), 6)


FIBRE: Line = [(100, -50), (100, 50)]


def test_the_way_is_along_the_duct_and_a_straight_lead_in() -> None:
    """10 m to the duct, and 60 along it to the fibre."""
    assert way(graph([(0, 0), (100, 0)], fibre=(FIBRE,)), 40, 10) == (60.0, 10.0)


def test_fibre_itself_is_the_end_of_the_way() -> None:
    """Beside a fibre route there is only the lead-in."""
    assert way(graph([(0, 0), (100, 0)], fibre=(FIBRE,)), 103, 30) == (0.0, 3.0)


def test_ends_within_the_snapping_distance_join() -> None:
    """Half a metre of sloppy digitising is no gap; two metres are."""
    near = graph([(0, 0), (50, 0)], [(50.5, 0), (100, 0)], fibre=(FIBRE,))
    far = graph([(0, 0), (50, 0)], [(52, 0), (100, 0)], fibre=(FIBRE,))
    assert way(near, 0, 0) == (99.5, 0.0)
    assert way(far, 0, 0, most=20) == pytest.approx((np.nan, np.nan), nan_ok=True)


def test_lines_that_cross_do_not_join_without_a_chamber() -> None:
    """One may pass below the other; a chamber at the crossing joins them."""
    ducts = ([(0.0, 0.0), (60.0, 0.0)], [(30.0, -30.0), (30.0, 60.0), (100.0, 40.0)])
    apart = graph(*ducts, fibre=(FIBRE,))
    joined = graph(*ducts, fibre=(FIBRE,), chambers=((30, 0.4),))
    assert np.isnan(way(apart, 0, 0, most=5)[0])
    # 30 m along the first duct, 60 to the bend and the sloping rest of the second
    assert way(joined, 0, 0)[0] == pytest.approx(30 + 60 + np.hypot(70, 20), abs=0.5)


def test_an_end_on_the_middle_of_a_line_joins_it() -> None:
    """A branch needs no chamber."""
    tee = graph([(0, 0), (100, 0)], [(50, 0.2), (50, 40)], fibre=(FIBRE,))
    assert way(tee, 50, 40) == pytest.approx((39.8 + 50, 0.0))


def test_the_nearest_duct_that_leads_nowhere_is_not_taken() -> None:
    """A dead stretch close by does not hide the live one behind it."""
    two = graph([(0, 5), (60, 5)], [(0, 20), (100, 20)], fibre=(FIBRE,))
    assert way(two, 40, 0) == (60.0, 20.0)


def test_without_a_way_nothing_is_made_up() -> None:
    """No fibre, no ducts, no position, or too long a lead-in: NaN."""
    assert np.isnan(way(graph([(0, 0), (100, 0)]), 0, 0)[0])
    assert np.isnan(way(graph(), 0, 0)[0])
    live = graph([(0, 0), (100, 0)], fibre=(FIBRE,))
    assert np.isnan(way(live, 50, 400)[0])
    assert np.isnan(way(live, np.nan, np.nan)[0])


def test_of_two_ways_round_the_shorter_counts() -> None:
    """A ring is walked whichever way is less."""
    ring = graph(
        [(100, 0), (0, 0), (0, 100), (100, 100), (100, 50)], fibre=([(100, -50), (100, 0)],)
    )
    assert way(ring, 50, 0) == (50.0, 0.0)
    closed = graph([(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)], fibre=([(0, 0), (-5, 0)],))
    assert way(closed, 0, 9) == (9.0, 0.0)


def test_parallel_ducts_between_two_chambers_are_the_shorter() -> None:
    """Lengths of parallel edges are not added up."""
    graph_of_two = graph(
        [(0, 0), (100, 0)], [(0, 0), (50, 80), (100, 0)], [(0, 0), (-10, 0)], fibre=(FIBRE,)
    )
    assert way(graph_of_two, -10, 0) == (110.0, 0.0)


def test_distances_are_those_of_another_library() -> None:
    """On a torn street grid, from every crossing, as networkx finds them."""
    rng = np.random.default_rng(11)
    side = 9
    whole = nx.grid_2d_graph(side, side)
    kept = [edge for edge in whole.edges if rng.random() < 0.72]
    ducts = [[(100.0 * x, 100.0 * y) for x, y in edge] for edge in kept]
    found = graph(*ducts, fibre=([(0, 0), (-30, 0)],))
    known = nx.Graph()
    known.add_nodes_from(whole.nodes)
    known.add_edges_from(kept, weight=100.0)
    expected = nx.single_source_dijkstra_path_length(known, (0, 0))
    for x, y in whole.nodes:
        along, lead_in = way(found, 100.0 * x, 100.0 * y, most=0.5)
        assert along == pytest.approx(expected.get((x, y), np.nan), nan_ok=True)
        assert lead_in == pytest.approx(0.0 if (x, y) in expected else np.nan, nan_ok=True)
