"""Points in cells: premises, postcodes, footfall counters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.coverage.demand.cutting import Whole, sums
from canopy.coverage.demand.layer import FOOTFALL, PREMISES, DemandLayer, Floats
from canopy.coverage.grid import Grid
from canopy.errors import Refused


@dataclass(frozen=True, slots=True, eq=False)
class WeightedPoints:
    """Places, each with how much it counts for (1 where nothing is said).

    Attributes:
        easting_m, northing_m: in the grid's CRS [m]; NaN where the place is not known.
        weights: >= 0, finite.
        what: what they are, for a note: "premises", "postcodes".
    """

    easting_m: Floats
    northing_m: Floats
    weights: Floats
    what: str = "points"

    def __post_init__(self) -> None:
        if not len(self.easting_m) == len(self.northing_m) == len(self.weights):
            raise Refused(f"{self.what}: as many eastings as northings and weights are needed")
        if not (np.isfinite(self.weights) & (self.weights >= 0)).all():
            raise Refused(f"{self.what}: a weight is negative or not a number")

    @classmethod
    def each_one(cls, easting_m: Floats, northing_m: Floats, what: str) -> WeightedPoints:
        """Points that count for one each."""
        return cls(easting_m, northing_m, np.ones(len(easting_m)), what)

    def geometries(self) -> NDArray[np.object_]:
        """As shapely points."""
        points: NDArray[np.object_] = shapely.points(self.easting_m, self.northing_m)
        return points


def cells_of_points(grid: Grid, easting_m: Floats, northing_m: Floats) -> Whole:
    """Flat index of the cell that each point lies in, -1 beyond the grid or where NaN.

    A point on an edge belongs to the cell east or south of it.
    """
    known = np.isfinite(easting_m) & np.isfinite(northing_m)
    column = np.floor((np.where(known, easting_m, -np.inf) - grid.west_m) / grid.cell_m)
    row = np.floor((grid.north_m - np.where(known, northing_m, np.inf)) / grid.cell_m)
    inside = known & (column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows)
    flat = np.where(inside, row, 0) * grid.columns + np.where(inside, column, 0)
    return np.where(inside, flat.astype(np.int64), -1)


def points_per_cell(
    grid: Grid, points: WeightedPoints, *, kind: str = PREMISES, unit: str = "premises"
) -> DemandLayer:
    """The sum of the points' weights in each cell.

    The list is taken as complete over the grid: a cell without a point is 0, not unknown.
    What lies beyond the grid, or has no position, is in `outside` and told in the notes.
    """
    cells = cells_of_points(grid, points.easting_m, points.northing_m)
    inside = cells >= 0
    per_cell = sums(cells[inside], points.weights[inside], grid.rows * grid.columns)
    unplaced = int((~(np.isfinite(points.easting_m) & np.isfinite(points.northing_m))).sum())
    beyond = int((~inside).sum()) - unplaced
    notes = [f"{int(inside.sum()):,} {points.what} counted in the cell each lies in"]
    if beyond:
        notes.append(f"{beyond:,} {points.what} lie beyond the grid")
    if unplaced:
        notes.append(f"{unplaced:,} {points.what} have no position and are in no cell")
    outside = float(points.weights[~inside].sum())
    shaped = per_cell.reshape(grid.shape)
    return DemandLayer(grid, kind, unit, shaped, outside, None, tuple(notes))


def footfall_per_cell(grid: Grid, counters: WeightedPoints) -> DemandLayer:
    """Footfall of the counters in each cell [people per day, or as the counters count].

    A counter speaks of its own cell only: cells without one are unknown, not empty.
    """
    counted = points_per_cell(grid, counters, kind=FOOTFALL, unit="people per day")
    ones = WeightedPoints.each_one(counters.easting_m, counters.northing_m, counters.what)
    has_one = points_per_cell(grid, ones).per_cell > 0
    per_cell = np.where(has_one, counted.per_cell, np.nan)
    notes = (*counted.notes, "cells without a counter are unknown")
    return DemandLayer(grid, FOOTFALL, counted.unit, per_cell, counted.outside, None, notes)
