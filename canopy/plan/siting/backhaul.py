"""Joining chosen sites to fibre along ducts at least cost.

The graph's nodes are chambers, sites and points of presence; its edges are ducts, and trenches
that would have to be dug. The cheapest tree that joins given nodes is Steiner's problem; it is
answered within twice the least cost by K. Mehlhorn, "A faster approximation algorithm for the
Steiner problem in graphs" (Information Processing Letters 27, 1988), as networkx has it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import networkx as nx
from networkx.algorithms.approximation import steiner_tree

from canopy.errors import Refused

FIBRE = "fibre"
"""A node that stands for all points of presence: between them nothing has to be laid."""
Way = Literal["duct", "trench"]


@dataclass(frozen=True, slots=True)
class Link:
    """A stretch between two nodes.

    Attributes:
        length_m: above 0 [m].
        cost_pence: of using or digging all of it, 0 or more [p].
    """

    start: str
    end: str
    way: Way
    length_m: float
    cost_pence: int


@dataclass(frozen=True, slots=True)
class Backhaul:
    """What joins sites to fibre.

    Attributes:
        links: that are used, in the order given.
        unjoined: sites from which no way leads to fibre.
    """

    links: tuple[Link, ...]
    unjoined: tuple[str, ...]

    @property
    def cost_pence(self) -> int:
        return sum(link.cost_pence for link in self.links)

    def length_m(self, way: Way) -> float:
        """Of all links of one way together [m]."""
        return sum(link.length_m for link in self.links if link.way == way)


def join(links: Sequence[Link], fibre_at: Iterable[str], sites: Sequence[str]) -> Backhaul:
    """The links that join the sites to any point of presence, at no more than twice least cost.

    Of links between the same two nodes the cheapest counts, the first of equal ones. Raises
    Refused for a link without length or with a cost below 0, and where fibre is nowhere.
    """
    graph = _graph(links, fibre_at)
    if FIBRE not in graph:
        raise Refused("there is no point of presence to join the sites to")
    reached = nx.node_connected_component(graph, FIBRE)
    joined = [site for site in sites if site in reached]
    tree = steiner_tree(graph.subgraph(reached), [FIBRE, *joined], weight="cost", method="mehlhorn")
    used = sorted(
        at for *_, at in tree.edges(data="link") if at is not None
    )  # the links to FIBRE itself are none
    return Backhaul(
        tuple(links[at] for at in used), tuple(site for site in sites if site not in reached)
    )


def _graph(links: Sequence[Link], fibre_at: Iterable[str]) -> nx.Graph[Any]:
    graph: nx.Graph[Hashable] = nx.Graph()
    for at, link in enumerate(links):
        if not link.length_m > 0 or link.cost_pence < 0:
            raise Refused(
                f"link {at + 1}, {link.start} to {link.end}: its length must be above 0 m and its "
                "cost not below 0"
            )
        known = graph.get_edge_data(link.start, link.end)
        if known is None or link.cost_pence < known["cost"]:
            graph.add_edge(link.start, link.end, cost=link.cost_pence, link=at)
    for node in fibre_at:
        graph.add_edge(FIBRE, node, cost=0, link=None)
    return graph
