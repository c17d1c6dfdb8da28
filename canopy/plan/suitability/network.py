"""Ways to fibre along ducts: a graph of the catalogue's lines, and the shortest way through it.

How lines join: where an end of a line, or a chamber, lies within the snapping distance of
another end, a chamber or anywhere on a line, they are one node. Lines that cross without a
chamber or an end there do not join: one may pass below the other. All of a fibre route counts as
fibre, so that the way ends where ducts first meet one. From an asset a straight lead-in goes to
the nearest point of any line that leads to fibre; a joint is made there.

Source of the shortest ways: E. W. Dijkstra, "A note on two problems in connexion with graphs"
(Numerische Mathematik 1, 1959), as SciPy has it, from all nodes with fibre at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from canopy.plan.suitability.facts import Bools, Floats

Geometries = NDArray[np.object_]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class DuctGraph:
    """Lines with the nodes on them, in order along each.

    Attributes:
        lines: LineStrings in a CRS of metres.
        starts: where each line's nodes begin in `node` and `along_m`, one more than lines.
        node: number of each node on a line.
        along_m: where it lies from the line's start [m], rising along a line.
        is_fibre: whether each line is a fibre route.
        from_fibre_m: of each node, its way to fibre [m]; infinite where there is none.
        leads: whether each line leads to fibre.
    """

    lines: Geometries
    starts: Places
    node: Places
    along_m: Floats
    is_fibre: Bools
    from_fibre_m: Floats
    leads: Bools

    @property
    def nodes(self) -> int:
        return self.from_fibre_m.size


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """The way to fibre of each of many points.

    Attributes:
        along_m: along ducts [m]; NaN where there is no way.
        lead_in_m: straight to the nearest duct that leads to fibre [m]; NaN likewise.
    """

    along_m: Floats
    lead_in_m: Floats

    @property
    def total_m(self) -> Floats:
        return self.along_m + self.lead_in_m


def duct_graph(ducts: Geometries, fibre: Geometries, chambers: Geometries, snap_m: float) -> (
    DuctGraph
):  # fmt: skip
    """The graph of ducts and fibre routes. Lines may be of many parts; empty ones are left out.

    snap_m: above 0; ends that lie within it of each other in a chain are all one node.
    """
    lines, is_fibre = _single_lines(ducts, fibre)
    points = _points(lines, chambers)
    if not lines.size:
        none, no = np.zeros(0, np.intp), np.zeros(0, np.bool_)
        return DuctGraph(lines, np.zeros(1, np.intp), none, np.zeros(0), no, np.zeros(0), no)
    node_of, count = _joined(points, snap_m)
    line, node, along = _nodes_on(lines, points, node_of, snap_m)
    starts = np.searchsorted(line, np.arange(lines.size + 1)).astype(np.intp)
    matrix = _matrix(line, node, along, count)
    sources = np.unique(node[is_fibre[line]])
    if sources.size:
        distance = dijkstra(matrix, directed=False, indices=sources, min_only=True)
    else:
        distance = np.full(count, np.inf)
    leads = np.isfinite(distance[node[starts[:-1]]])
    return DuctGraph(lines, starts, node, along, is_fibre, distance, leads)


def ways(graph: DuctGraph, x_m: Floats, y_m: Floats, most_lead_in_m: float) -> Ways:
    """Of each point [m]; NaN for a point without a position or too far from any duct."""
    along, lead_in = np.full(x_m.size, np.nan), np.full(x_m.size, np.nan)
    leading = np.flatnonzero(graph.leads)
    placed = np.flatnonzero(np.isfinite(x_m) & np.isfinite(y_m))
    if not leading.size or not placed.size:
        return Ways(along, lead_in)
    points = shapely.points(x_m[placed], y_m[placed])
    tree = shapely.STRtree(graph.lines[leading])
    (asked, found), distance = tree.query_nearest(
        points, max_distance=most_lead_in_m, return_distance=True, all_matches=True
    )
    if not asked.size:
        return Ways(along, lead_in)
    line = leading[found]
    further = _along(graph, line, points[asked])
    order = np.lexsort((line, further, distance, asked))  # of equally near ducts the shorter way
    first = order[np.unique(asked[order], return_index=True)[1]]
    at = placed[asked[first]]
    along[at], lead_in[at] = further[first], distance[first]
    return Ways(along, lead_in)


def _along(graph: DuctGraph, line: Places, points: Geometries) -> Floats:
    """From the point of each line that is nearest to each point, to fibre [m]."""
    offset = shapely.line_locate_point(graph.lines[line], points)
    # Nodes of all lines in one rising row: each line's begin above the end of the one before.
    lengths = shapely.length(graph.lines) + 1.0
    base = np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    owner = np.repeat(np.arange(graph.lines.size), np.diff(graph.starts))
    after = np.searchsorted(base[owner] + graph.along_m, base[line] + offset)
    right = np.clip(after, graph.starts[line], graph.starts[line + 1] - 1)
    left = np.clip(after - 1, graph.starts[line], graph.starts[line + 1] - 1)
    ends = [
        np.abs(graph.along_m[side] - offset) + graph.from_fibre_m[graph.node[side]]
        for side in (left, right)
    ]
    shortest: Floats = np.where(graph.is_fibre[line], 0.0, np.minimum(*ends))
    return shortest


def _single_lines(ducts: Geometries, fibre: Geometries) -> tuple[Geometries, Bools]:
    parts, flags = [], []
    for shapes, flag in ((ducts, False), (fibre, True)):
        single = shapely.get_parts(shapely.force_2d(shapes[~shapely.is_missing(shapes)]))
        single = single[(shapely.get_type_id(single) == 1) & (shapely.length(single) > 0)]
        parts.append(single)
        flags.append(np.full(single.size, flag))
    return np.concatenate(parts), np.concatenate(flags)


def _points(lines: Geometries, chambers: Geometries) -> Geometries:
    standing = chambers[~(shapely.is_missing(chambers) | shapely.is_empty(chambers))]
    ends = [shapely.get_point(lines, 0), shapely.get_point(lines, -1)]
    return np.concatenate([*ends, shapely.centroid(standing)])


def _joined(points: Geometries, snap_m: float) -> tuple[Places, int]:
    """The node of each point: points within `snap_m` of each other are one."""
    xy = shapely.get_coordinates(points)
    pairs = cKDTree(xy).query_pairs(snap_m, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(xy), len(xy)))
    count, node_of = connected_components(links, directed=False)
    return node_of.astype(np.intp), int(count)


def _nodes_on(
    lines: Geometries, points: Geometries, node_of: Places, snap_m: float
) -> tuple[Places, Places, Floats]:
    """(line, node, along [m]) of every point within `snap_m` of a line, in order along lines.

    A line's own ends are on it wherever they are; a node that comes twice at once, once.
    """
    tree = shapely.STRtree(lines)
    at, line = tree.query(points, predicate="dwithin", distance=snap_m)
    own = np.arange(2 * lines.size)  # the first points are the lines' own ends
    ends = np.concatenate([np.zeros(lines.size), shapely.length(lines)])
    along = np.concatenate([shapely.line_locate_point(lines[line], points[at]), ends])
    line = np.concatenate([line, own % lines.size])
    node = node_of[np.concatenate([at, own])]
    _, distinct = np.unique(np.stack([line, node, np.round(along, 6)]), axis=1, return_index=True)
    line, node, along = line[distinct], node[distinct], along[distinct]
    order = np.lexsort((node, along, line))
    return line[order], node[order], along[order]


def _matrix(line: Places, node: Places, along: Floats, count: int) -> csr_array:
    """Lengths between neighbouring nodes; of several between the same two the shortest."""
    here = np.flatnonzero((line[1:] == line[:-1]) & (node[1:] != node[:-1]))
    one, other = np.minimum(node[here], node[here + 1]), np.maximum(node[here], node[here + 1])
    # A sparse matrix takes 0 for no edge: nodes that lie upon each other are a hair apart.
    length = np.maximum(along[here + 1] - along[here], 1e-9)
    order = np.lexsort((length, other, one))
    one, other, length = one[order], other[order], length[order]
    first = np.ones(one.size, np.bool_)
    first[1:] = (one[1:] != one[:-1]) | (other[1:] != other[:-1])
    return csr_array((length[first], (one[first], other[first])), shape=(count, count))
