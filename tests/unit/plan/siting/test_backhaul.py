"""Chosen sites are joined to fibre at no more than twice the least cost."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canopy.errors import Refused
from canopy.plan.siting.backhaul import Link, join


def duct(start: str, end: str, cost: int, metres: float = 10.0) -> Link:
    return Link(start, end, "duct", metres, cost)


def test_a_shared_way_is_paid_once() -> None:
    """Two sites behind one chamber: 5 to it, 1 to each, not 4 and 4 from fibre directly."""
    links = [
        duct("pop", "c", 5), duct("c", "a", 1), duct("c", "b", 1), duct("pop", "a", 4),
        Link("pop", "b", "trench", 30.0, 4),
    ]  # fmt: skip
    found = join(links, ["pop"], ["a", "b"])
    assert found.cost_pence <= 2 * 6
    assert found.unjoined == ()


def test_any_point_of_presence_will_do_and_what_cannot_be_joined_is_named() -> None:
    links = [duct("p1", "a", 9), duct("p2", "a", 2, 7.5), duct("x", "y", 1)]
    found = join(links, ["p1", "p2"], ["a", "y"])
    assert found.links == (links[1],)
    assert (found.length_m("duct"), found.length_m("trench")) == (7.5, 0)
    assert found.unjoined == ("y",)


def test_of_two_ways_between_the_same_nodes_the_cheaper_is_taken() -> None:
    dear, cheap = duct("pop", "a", 8), Link("a", "pop", "trench", 5.0, 3)
    assert join([dear, cheap], ["pop"], ["a"]).links == (cheap,)


@pytest.mark.parametrize("wrong", [duct("a", "b", -1), duct("a", "b", 1, 0.0)])
def test_a_link_that_cannot_be_is_named(wrong: Link) -> None:
    with pytest.raises(Refused, match="link 2, a to b"):
        join([duct("pop", "a", 1), wrong], ["pop"], ["a"])


def test_without_fibre_anywhere_nothing_is_joined() -> None:
    with pytest.raises(Refused, match="no point of presence"):
        join([duct("a", "b", 1)], [], ["a"])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 20)), min_size=6, max_size=14
    ),
    st.sets(st.integers(1, 6), min_size=1, max_size=4),
)
def test_it_is_within_twice_the_least_cost(
    edges: list[tuple[int, int, int]], sites: set[int]
) -> None:
    """Against the cheapest of all sets of nodes, each joined by its own cheapest tree."""
    links = [duct(str(a), str(b), cost) for a, b, cost in edges if a != b]
    wanted = [str(each) for each in sorted(sites)]
    if not any("0" in (link.start, link.end) for link in links):
        return
    found = join(links, ["0"], wanted)
    ends = ["0", *(site for site in wanted if site not in found.unjoined)]
    assert found.cost_pence <= 2 * least(links, ends)
    tree = nx.Graph([(link.start, link.end) for link in found.links])
    tree.add_nodes_from(ends)
    assert nx.number_connected_components(tree) == 1


def least(links: list[Link], ends: list[str]) -> int:
    graph = nx.Graph()
    for link in links:
        known = graph.get_edge_data(link.start, link.end)
        if known is None or link.cost_pence < known["cost"]:
            graph.add_edge(link.start, link.end, cost=link.cost_pence)
    graph.add_nodes_from(ends)
    others = [node for node in graph if node not in ends]
    best = None
    for size in range(len(others) + 1):
        for more in combinations(others, size):
            part = graph.subgraph([*ends, *more])
            if nx.is_connected(part):
                tree = nx.minimum_spanning_tree(part, weight="cost")
                cost = sum(data["cost"] for *_, data in tree.edges(data=True))
                best = cost if best is None else min(best, cost)
    assert best is not None
    return best
