"""Residents of census zones spread over cells: dasymetric mapping.

The people of a zone go to the cells by share of what shows where people live (footprints of
buildings, postcodes, premises); only where a zone holds none of that are they spread evenly
over its area, and the zone says so. The people of every zone add up to its count, whatever
the grid; those of the part beyond the grid are counted apart (the pycnophylactic property:
Tobler, W. R., 1979, Smooth pycnophylactic interpolation for geographical regions, JASA 74,
519-530; binary and weighted dasymetric: Eicher, C. L. and Brewer, C. A., 2001, Dasymetric
mapping and areal interpolation, Cartography and Geographic Information Science 28, 125-138).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.coverage.demand.cutting import Whole, sums
from canopy.coverage.demand.layer import RESIDENTS, DemandLayer, Floats
from canopy.coverage.demand.overlaps import Geometries, Overlaps, cell_overlaps
from canopy.coverage.demand.points import WeightedPoints, cells_of_points
from canopy.coverage.demand.zones import Zones
from canopy.coverage.grid import Grid
from canopy.errors import Refused

_OVERLAP_SHARE = 1e-3
"""Share of a cell by which zones may overlap before it is told: boundaries are generalised."""


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """Buildings that people live in, and how many people a square metre of each counts for.

    Attributes:
        polygons: in the grid's CRS, valid.
        weights: of a square metre of footprint, >= 0, such as the number of storeys.
    """

    polygons: Geometries
    weights: Floats

    def __post_init__(self) -> None:
        if len(self.polygons) != len(self.weights):
            raise Refused("footprints need as many weights as polygons")
        if not (np.isfinite(self.weights) & (self.weights >= 0)).all():
            raise Refused("footprints: a weight is negative or not a number")


class Spread(StrEnum):
    """How the people of a zone were spread over it."""

    BY_WEIGHTS = "weights"
    BY_AREA = "area"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ZoneSpread:
    """What became of one zone's people; `inside + outside` is its count."""

    zone_id: str
    how: Spread
    inside: float
    outside: float


@dataclass(frozen=True, slots=True, eq=False)
class Residents:
    """The layer, and how each zone was spread."""

    layer: DemandLayer
    zones: tuple[ZoneSpread, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Shares:
    """Weights of pairs of a zone and a cell, and of each zone's part beyond the grid."""

    zone: Whole
    cell: Whole
    weight: Floats
    outside: Floats

    def of_zones(self) -> Floats:
        """The whole weight of each zone, in the grid and beyond it."""
        return sums(self.zone, self.weight, len(self.outside)) + self.outside


def residents_per_cell(
    grid: Grid, zones: Zones, weights: Footprints | WeightedPoints | None = None
) -> Residents:
    """People of each cell, from counts of zones.

    Parameters
    ----------
    grid : Grid
    zones : Zones
        In the grid's CRS.
    weights : Footprints, WeightedPoints or None
        Where in the zones people live. A footprint across a boundary counts on either side
        by its area there; a point on one counts for the zone that comes first.

    Returns
    -------
    Residents
        The layer is NaN in cells that no zone touches and in cells of zones without a count;
        `described_m2` is the area of each cell within zones of known count.
    """
    overlaps = cell_overlaps(grid, zones.polygons)
    by_area = _Shares(overlaps.polygon, overlaps.cell, overlaps.area_m2, overlaps.outside_m2)
    known = np.isfinite(zones.counts)
    by_weight = None if weights is None else _weighted(grid, zones, weights)
    weighted = np.zeros(len(zones.ids), bool) if by_weight is None else by_weight.of_zones() > 0
    people = np.zeros(grid.rows * grid.columns)
    outside = np.zeros(len(zones.ids))
    for shares, chosen in ((by_weight, weighted & known), (by_area, ~weighted & known)):
        if shares is not None:
            _place(people, outside, shares, np.where(chosen, zones.counts, 0.0))
    reports = _reports(zones, weighted, outside)
    per_cell, described = _described(grid, overlaps, known, people)
    notes = (*zones.notes, *_notes(reports, overlaps, weights))
    beyond = float(outside.sum())
    layer = DemandLayer(grid, RESIDENTS, "people", per_cell, beyond, described, notes)
    return Residents(layer, reports)


def _place(people: Floats, outside: Floats, shares: _Shares, counts: Floats) -> None:
    """Adds each zone's `counts` to its cells and to its part beyond the grid, by share."""
    whole = shares.of_zones()
    # The share before the people: people by weight overflow where weights are tiny.
    part = np.divide(
        shares.weight, whole[shares.zone], out=np.zeros_like(shares.weight), where=shares.weight > 0
    )
    beyond = np.divide(shares.outside, whole, out=np.zeros_like(counts), where=shares.outside > 0)
    people += sums(shares.cell, part * counts[shares.zone], len(people))
    outside += beyond * counts


def _described(
    grid: Grid, overlaps: Overlaps, known: NDArray[np.bool_], people: Floats
) -> tuple[Floats, Floats]:
    counted = known[overlaps.polygon]
    described = overlaps.per_cell(np.where(counted, overlaps.area_m2, 0.0))
    missing = overlaps.per_cell(np.where(counted, 0.0, overlaps.area_m2)) > 0
    placed = people.reshape(grid.shape)
    # A point in a zone's sliver of a cell can count although the shared area is rounded off.
    nothing = missing | ((described == 0) & (placed == 0))
    return np.where(nothing, np.nan, placed), described


def _weighted(grid: Grid, zones: Zones, weights: Footprints | WeightedPoints) -> _Shares:
    if isinstance(weights, WeightedPoints):
        return _of_points(grid, zones, weights)
    return _of_footprints(grid, zones, weights)


def _of_points(grid: Grid, zones: Zones, points: WeightedPoints) -> _Shares:
    placed = np.flatnonzero(np.isfinite(points.easting_m) & np.isfinite(points.northing_m))
    tree = shapely.STRtree(zones.polygons)
    of_point, of_zone = tree.query(points.geometries()[placed], predicate="intersects")
    order = np.lexsort((of_zone, of_point))
    point, first = np.unique(of_point[order], return_index=True)
    zone, point = of_zone[order][first], placed[point]
    cell = cells_of_points(grid, points.easting_m[point], points.northing_m[point])
    weight, inside = points.weights[point], cell >= 0
    outside = sums(zone[~inside], weight[~inside], len(zones.ids))
    return _Shares(zone[inside], cell[inside], weight[inside], outside)


def _of_footprints(grid: Grid, zones: Zones, footprints: Footprints) -> _Shares:
    tree = shapely.STRtree(zones.polygons)
    building, zone = tree.query(footprints.polygons, predicate="intersects")
    parts = footprints.polygons[building]
    zones_met = np.bincount(building, minlength=len(footprints.polygons))
    across = np.flatnonzero(zones_met[building] > 1)
    edge = np.flatnonzero(~shapely.covers(zones.polygons[zone], parts))
    cut = np.union1d(across, edge)
    parts[cut] = _areas_only(shapely.intersection(parts[cut], zones.polygons[zone[cut]]))
    overlaps = cell_overlaps(grid, parts)
    per_m2 = footprints.weights[building]
    outside = sums(zone, overlaps.outside_m2 * per_m2, len(zones.ids))
    weight = overlaps.area_m2 * per_m2[overlaps.polygon]
    return _Shares(zone[overlaps.polygon], overlaps.cell, weight, outside)


def _areas_only(parts: Geometries) -> Geometries:
    """What of each intersection has area; those that only touch become empty polygons."""
    mixed = np.flatnonzero(~np.isin(shapely.get_type_id(parts), (3, 6)))
    for index in mixed:
        pieces = shapely.get_parts(parts[index])
        parts[index] = shapely.multipolygons(pieces[shapely.get_type_id(pieces) == 3])
    return parts


def _reports(zones: Zones, weighted: NDArray[np.bool_], outside: Floats) -> tuple[ZoneSpread, ...]:
    def report(index: int) -> ZoneSpread:
        count = float(zones.counts[index])
        if np.isnan(count):
            return ZoneSpread(zones.ids[index], Spread.UNKNOWN, count, count)
        how = Spread.BY_WEIGHTS if weighted[index] else Spread.BY_AREA
        beyond = float(outside[index])
        return ZoneSpread(zones.ids[index], how, count - beyond, beyond)

    return tuple(report(index) for index in range(len(zones.ids)))


def _notes(
    reports: tuple[ZoneSpread, ...],
    overlaps: Overlaps,
    weights: Footprints | WeightedPoints | None,
) -> list[str]:
    by_area = sum(report.how is Spread.BY_AREA for report in reports)
    unknown = sum(report.how is Spread.UNKNOWN for report in reports)
    by_weight = len(reports) - by_area - unknown
    what = weights.what if isinstance(weights, WeightedPoints) else "building footprints"
    notes = []
    if by_weight:
        notes.append(f"people of {by_weight} zones spread by {what}")
    if by_area:
        why = "" if weights is None else f": they hold no {what}"
        notes.append(f"people of {by_area} zones spread evenly over their area{why}")
    if unknown:
        notes.append(f"{unknown} zones have no count: their cells are unknown")
    cell_m2 = overlaps.grid.cell_m**2
    if overlaps.per_cell(overlaps.area_m2).max(initial=0.0) > cell_m2 * (1 + _OVERLAP_SHARE):
        notes.append("zones overlap: people of either are counted where they do")
    return notes
