"""Chosen sites joined to fibre along the catalogue's ducts, and what that takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from canopy.errors import LimitExceeded
from canopy.plan.siting.backhaul import Backhaul, Link, join
from canopy.plan.suitability.facts import Floats
from canopy.plan.suitability.gathering import Lines
from canopy.plan.suitability.network import DuctGraph, duct_graph
from canopy.plan.suitability.rules import Cost, Network

MOST_NODES = 300_000
_LEAST_M = 1e-3


@dataclass(frozen=True, slots=True)
class Joined:
    """What joins sites to fibre.

    Attributes:
        duct_m, trench_m: lengths [m].
        cost_gbp: of laying all of it [£]; None where the rules name no cost.
        unjoined: names of sites from which no way leads to fibre.
    """

    duct_m: float
    trench_m: float
    cost_gbp: float | None
    unjoined: tuple[str, ...]


def joined(
    lines: Lines, network: Network, cost: Cost | None, names: Sequence[str], x_m: Floats,
    y_m: Floats,
) -> Joined | None:  # fmt: skip
    """None where no fibre route can be seen. Without costs the shortest tree is sought.

    Raises LimitExceeded for a network beyond `MOST_NODES` places where ducts meet.
    """
    graph = duct_graph(lines.ducts, lines.fibre, lines.chambers, network.snap_m)
    if not graph.leads.any():
        return None
    if graph.node.size > MOST_NODES:
        raise LimitExceeded(f"the ducts meet at more than {MOST_NODES:,} places")
    duct, trench = (1.0, 1.0) if cost is None else (cost.duct_gbp_per_m, cost.trench_gbp_per_m)
    joints, lead_ins = _lead_ins(graph, network, names, x_m, y_m, trench)
    links = [*lead_ins, *_ducts(graph, joints, duct)]
    found = join(links, _fibre_nodes(graph, joints), [link.start for link in lead_ins])
    reached = {link.start for link in lead_ins} - set(found.unjoined)
    return Joined(
        round(found.length_m("duct"), 2), round(found.length_m("trench"), 2),
        None if cost is None else _pounds(found),
        tuple(name for i, name in enumerate(names) if _site(i) not in reached),
    )  # fmt: skip


Joints = dict[int, list[tuple[float, str]]]


def _site(number: int) -> str:
    return f"site {number}"


def _pounds(found: Backhaul) -> float:
    return found.cost_pence / 100


def _lead_ins(
    graph: DuctGraph, network: Network, names: Sequence[str], x_m: Floats, y_m: Floats,
    gbp_per_m: float,
) -> tuple[Joints, list[Link]]:  # fmt: skip
    """A straight trench from each site to the nearest line that leads to fibre."""
    leading = np.flatnonzero(graph.leads)
    points = shapely.points(x_m, y_m)
    (asked, found), apart = shapely.STRtree(graph.lines[leading]).query_nearest(
        points, max_distance=network.most_lead_in_m, return_distance=True, all_matches=False
    )
    joints: Joints = defaultdict(list)
    links = []
    for i, line, far_m in zip(asked.tolist(), leading[found].tolist(), apart, strict=True):
        name = f"joint {i}"
        joints[line].append((float(graph.lines[line].project(points[i])), name))
        links.append(_link(_site(i), name, "trench", float(far_m), gbp_per_m))
    return joints, links


def _ducts(graph: DuctGraph, joints: Joints, gbp_per_m: float) -> Iterator[Link]:
    for line in np.flatnonzero(graph.leads & ~graph.is_fibre).tolist():
        for (start_m, start), (end_m, end) in pairwise(sorted(_on(graph, line, joints))):
            if start != end:
                yield _link(start, end, "duct", end_m - start_m, gbp_per_m)


def _fibre_nodes(graph: DuctGraph, joints: Joints) -> Iterator[str]:
    for line in np.flatnonzero(graph.is_fibre).tolist():
        yield from (name for _, name in _on(graph, line, joints))


def _on(graph: DuctGraph, line: int, joints: Joints) -> list[tuple[float, str]]:
    """Places along a line from its start [m], with their names."""
    part = slice(graph.starts[line], graph.starts[line + 1])
    nodes = zip(graph.along_m[part].tolist(), graph.node[part].tolist(), strict=True)
    return [*((along, f"node {node}") for along, node in nodes), *joints.get(line, ())]


def _link(start: str, end: str, way: str, length_m: float, gbp_per_m: float) -> Link:
    length_m = max(length_m, _LEAST_M)
    pence = round(length_m * gbp_per_m * 100)
    return Link(start, end, "trench" if way == "trench" else "duct", length_m, pence)
