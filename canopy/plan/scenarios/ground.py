"""What is there to be covered: not-spots of a coverage run and demand, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from canopy.coverage.grid import Grid
from canopy.errors import LimitExceeded, Refused
from canopy.plan.coverage import queries
from canopy.plan.coverage.tables import CoverageRun, NotSpot
from canopy.plan.scenarios.siting_asked import SPOT_MEASURES, UNITS, Measure, Siting
from canopy.plan.suitability.facts import Floats
from canopy.plan.suitability.measuring import Points
from canopy.plan.suitability.rules import Demand

MOST_SPOTS = 200_000
MOST_CELLS = 25_000_000
CELLS_IN_REACH = 8
_COLUMNS = {"residents": "residents", "premises": "premises", "area": "area_m2", "road": "road_m"}


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Amounts on a grid over all that any candidate can cover.

    Attributes:
        amounts: of each measure, one for each cell, row by row.
        totals: of each measure over the whole area, also beyond the grid.
        notes: how they were made, and what is not known.
        units: of each measure that is there.
    """

    grid: Grid
    amounts: Mapping[Measure, Floats]
    totals: Mapping[Measure, float]
    notes: tuple[str, ...]
    units: Mapping[Measure, str]


def grid_around(x_m: Floats, y_m: Floats, reach_m: float, cell_m: float, epsg: int) -> Grid:
    """The cells within reach of any candidate. Raises LimitExceeded beyond `MOST_CELLS`."""
    west, south = float(x_m.min()) - reach_m, float(y_m.min()) - reach_m
    east, north = float(x_m.max()) + reach_m, float(y_m.max()) + reach_m
    if (east - west) * (north - south) / cell_m**2 > MOST_CELLS:
        raise LimitExceeded(
            f"cells of {cell_m:g} m over all candidates are more than {MOST_CELLS:,}: set a larger "
            "siting.cell_m, or choose among fewer assets"
        )
    return Grid.over((west, south, east, north), cell_m, epsg=epsg)


def ground(
    session: Session,
    siting: Siting,
    grid: Grid,
    run: CoverageRun | None,
    demand: tuple[Points | None, Demand | None],
) -> Ground:
    """All measures that the scenario can be told of, those of its objective at the least.

    run: the finished run with the not-spots. demand: points, and what the rules say of them.
    Raises Refused where a measure of the objective is not known.
    """
    amounts: dict[Measure, Floats] = {}
    totals: dict[Measure, float] = {}
    notes: list[str] = []
    if run is not None:
        spots = _spots(session, run, siting.spots)
        for measure, found in _of_spots(grid, spots, notes).items():
            amounts[measure], totals[measure] = found
    points, asked = demand
    units = dict(UNITS)
    if points is not None and asked is not None:
        amounts["demand"] = _of_points(grid, points)
        totals["demand"] = float(points.amounts.sum())
        units["demand"] = asked.unit
        notes.append(f"Demand: {asked.unit} ({asked.source}).")
    missing = [each for each in siting.objective if each != "npv" and each not in amounts]
    if missing:
        raise Refused(_why_missing(missing[0], run))
    return Ground(grid, amounts, totals, tuple(notes), units)


def _why_missing(measure: Measure, run: CoverageRun | None) -> str:
    if measure == "demand":
        return "siting.objective: demand is not known: the rules of suitability name no demand"
    if run is None:
        return (
            f"siting.objective: {measure} are of not-spots: name a finished coverage run of today "
            "as siting.baseline_run, or as the do-minimum's coverage_run"
        )
    return (
        f"siting.objective: the coverage run {run.run_id} counted no {measure} in its not-spots: "
        "compute one that is given them"
    )


def _spots(session: Session, run: CoverageRun, statuses: Sequence[str]) -> Sequence[NotSpot]:
    found = queries.page_of_spots(session, run, MOST_SPOTS + 1, statuses=statuses)
    if len(found) > MOST_SPOTS:
        raise LimitExceeded(
            f"the coverage run {run.run_id} has more than {MOST_SPOTS:,} not-spots: compute it "
            "with larger cells"
        )
    return found


def _of_spots(
    grid: Grid, spots: Sequence[NotSpot], notes: list[str]
) -> dict[Measure, tuple[Floats, float]]:
    """Each measure by cell and in all. What a not-spot holds is spread evenly over it."""
    label, part = _labels(grid, np.array([each.geom for each in spots], dtype=object))
    many = np.bincount(label[label >= 0], minlength=len(spots))
    found: dict[Measure, tuple[Floats, float]] = {}
    for measure in SPOT_MEASURES:
        told = [getattr(each, _COLUMNS[measure]) for each in spots]
        unknown = sum(each is None for each in told)
        if told and unknown == len(told):
            continue
        if unknown:
            notes.append(f"{measure}: not known of {unknown:,} not-spots, and counted as none.")
        whole = np.array([0.0 if each is None else each for each in told], np.float64)
        by_cell = np.divide(whole * part, many, out=np.zeros(len(spots)), where=many > 0)
        cells = np.where(label >= 0, np.append(by_cell, 0.0)[label], 0.0)
        found[measure] = (cells, float(whole.sum()))
    many_told = "1 not-spot" if len(spots) == 1 else f"{len(spots):,} not-spots"
    notes.append(f"{many_told}; what one holds is spread evenly over it.")
    return found


def _labels(grid: Grid, shapes: NDArray[np.object_]) -> tuple[NDArray[np.int32], Floats]:
    """The not-spot of each cell, -1 for none; and the part of each that lies on the grid.

    A not-spot without a cell's centre in it takes the cell that it lies on.
    """
    if not shapes.size:
        return np.full(grid.rows * grid.columns, -1, np.int32), np.zeros(0)
    from rasterio.features import rasterize  # takes a second to load
    from rasterio.transform import Affine

    frame = (
        grid.west_m, grid.north_m - grid.rows * grid.cell_m,
        grid.west_m + grid.columns * grid.cell_m, grid.north_m,
    )  # fmt: skip
    inside = shapely.clip_by_rect(shapes, *frame)
    whole = shapely.area(shapes)
    part = np.divide(shapely.area(inside), whole, out=np.zeros(shapes.size), where=whole > 0)
    there = np.flatnonzero(part > 0)
    if not there.size:
        return np.full(grid.rows * grid.columns, -1, np.int32), part
    burned = rasterize(
        [(inside[i], int(i)) for i in there],
        out_shape=grid.shape,
        fill=-1,
        transform=Affine(grid.cell_m, 0.0, grid.west_m, 0.0, -grid.cell_m, grid.north_m),
        dtype="int32",
    ).ravel()
    without = np.setdiff1d(there, burned)
    points = shapely.point_on_surface(inside[without])
    at = _cell_of(grid, shapely.get_x(points), shapely.get_y(points))
    burned[at[at >= 0]] = without[at >= 0]
    return burned, part


def _of_points(grid: Grid, points: Points) -> Floats:
    at = _cell_of(grid, points.x_m, points.y_m)
    on = at >= 0
    return np.bincount(at[on], points.amounts[on], grid.rows * grid.columns).astype(np.float64)


def _cell_of(grid: Grid, x_m: Floats, y_m: Floats) -> NDArray[np.int64]:
    """Number of the cell of each place; -1 beyond the grid."""
    column = np.floor((x_m - grid.west_m) / grid.cell_m).astype(np.int64)
    row = np.floor((grid.north_m - y_m) / grid.cell_m).astype(np.int64)
    on = (column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows)
    return np.where(on, row * grid.columns + column, -1)
