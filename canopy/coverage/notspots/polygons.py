"""Not-spots as polygons: connected cells of one class, along the exact edges of the cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes
from scipy import ndimage

from canopy.coverage.demand.layer import DemandLayer
from canopy.coverage.grid import Grid
from canopy.coverage.notspots.classes import Classes, Spot
from canopy.errors import LimitExceeded, Refused

MAX_POLYGONS = 500_000

SMOOTH_AREA_TOLERANCE = 0.05
"""Most by which smoothing may change the area of a polygon, as a share."""

_SIDE_BY_SIDE = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])


@dataclass(frozen=True, slots=True, eq=False)
class SpotPolygon:
    """Cells of one class that lie side by side.

    Attributes:
        spot_id: of the class and the outer corner of its first cell (northernmost, then
            westernmost), such as "total-529000-185000": the same in two runs of one grid for
            as long as that cell is its first.
        spot: the class.
        polygon: valid, holes kept, in the grid's CRS.
        cells: how many.
        area_m2: of the cells, also where the outline was smoothed [m2].
        demand: amount of each layer's kind in the cells, where it is known; NaN where it is
            known in none of them.
        demand_unknown_m2: area of the cells in which any of the layers is unknown [m2].
    """

    spot_id: str
    spot: Spot
    polygon: shapely.Polygon
    cells: int
    area_m2: float
    demand: dict[str, float]
    demand_unknown_m2: float


def spot_polygons(
    grid: Grid,
    classes: Classes,
    layers: Sequence[DemandLayer] = (),
    *,
    wanted: Sequence[Spot] = (Spot.TOTAL, Spot.PARTIAL),
    within: NDArray[np.bool_] | None = None,
) -> tuple[SpotPolygon, ...]:
    """Polygons of the classes `wanted`, from north to south and west to east.

    Parameters
    ----------
    grid : Grid
    classes : array of `Spot`
    layers : sequence of DemandLayer
        On the same grid; each polygon gets its sums over the cells, so the polygons of a class
        add up to the class.
    wanted : sequence of Spot
    within : array of bool, optional
        The cells to look at; all, where not given. A cell counts wholly or not at all.

    Raises
    ------
    LimitExceeded
        Beyond `MAX_POLYGONS`: aggregate to larger cells first.
    """
    _require_frame(grid, classes, layers)
    chosen = np.ones(grid.shape, bool) if within is None else within
    labels, kinds = _labelled(classes, chosen, wanted)
    many = len(kinds)
    cells = np.bincount(labels.ravel(), minlength=many + 1)[1:]
    amounts = {layer.kind: _sums(labels, layer.per_cell, many) for layer in layers}
    missing = np.zeros(grid.shape, bool)
    for layer in layers:
        missing |= np.isnan(layer.per_cell)
    unknown = np.bincount(labels[missing], minlength=many + 1)[1:]
    ids = _ids(grid, labels, kinds)
    cell_m2 = grid.cell_m**2
    outlines = _outlines(grid, labels, many)
    found = (
        SpotPolygon(
            ids[index],
            kinds[index],
            outlines[index],
            int(cells[index]),
            float(cells[index] * cell_m2),
            {kind: float(values[index]) for kind, values in amounts.items()},
            float(unknown[index] * cell_m2),
        )
        for index in range(many)
    )
    return tuple(sorted(found, key=lambda one: _first_corner(one.polygon)))


def smoothed(
    polygon: shapely.Polygon, cell_m: float, tolerance: float = SMOOTH_AREA_TOLERANCE
) -> shapely.Polygon:
    """The polygon with the corners of its cells cut off, for drawing.

    Each corner is replaced by the two points half a cell from it along its edges, so a
    staircase becomes a straight slope. A ring has four more corners that turn out than in,
    hence each ring's area changes by cell_m**2 / 2; where that is more than `tolerance` of
    the polygon's area less is cut. Neighbours that share a border of cells keep sharing it,
    but for slivers of less than half a cell beside small polygons and where three meet.
    Figures stay those of the cells.
    """
    if not 0 < tolerance <= 1:
        raise Refused(f"a tolerance of {tolerance} is no share of an area")
    rings = [polygon.exterior, *polygon.interiors]
    # Cutting at a distance c takes c**2 / 2 off each of the four corners in excess.
    most = math.sqrt(tolerance * polygon.area / (2.0 * len(rings)))
    cut_m = min(cell_m / 2.0, most)
    shell, *holes = (_cut(np.asarray(ring.coords), cut_m) for ring in rings)
    return shapely.Polygon(shell, holes)


def _require_frame(grid: Grid, classes: Classes, layers: Sequence[DemandLayer]) -> None:
    if classes.shape != grid.shape:
        raise Refused(f"classes of shape {classes.shape} do not fit a grid of {grid.shape}")
    for layer in layers:
        if layer.grid != grid:
            raise Refused(f"the layer {layer.kind} lies on another grid: resample it first")
    if len({layer.kind for layer in layers}) != len(layers):
        raise Refused("two layers are of one kind: a figure could be either's")


def _labelled(
    classes: Classes, chosen: NDArray[np.bool_], wanted: Sequence[Spot]
) -> tuple[NDArray[np.int32], list[Spot]]:
    """Each connected group of cells numbered from 1, and the class of each."""
    labels = np.zeros(classes.shape, np.int32)
    kinds: list[Spot] = []
    for spot in wanted:
        groups, many = ndimage.label((classes == spot) & chosen, _SIDE_BY_SIDE)
        if len(kinds) + many > MAX_POLYGONS:
            raise LimitExceeded(
                f"over {MAX_POLYGONS:,} separate spots: aggregate to larger cells first"
            )
        labels = np.where(groups > 0, groups + len(kinds), labels).astype(np.int32)
        kinds += [spot] * many
    return labels, kinds


def _sums(labels: NDArray[np.int32], values: NDArray[np.float64], many: int) -> NDArray[np.float64]:
    known = np.isfinite(values)
    total = np.bincount(labels[known], values[known], many + 1)[1:]
    counted = np.bincount(labels[known], minlength=many + 1)[1:]
    return np.where(counted > 0, total, np.nan)


def _ids(grid: Grid, labels: NDArray[np.int32], kinds: list[Spot]) -> list[str]:
    found, first = np.unique(labels.ravel(), return_index=True)
    places = first[found > 0]
    west = grid.west_m + (places % grid.columns) * grid.cell_m
    north = grid.north_m - (places // grid.columns) * grid.cell_m
    return [
        f"{kind.name.lower().replace('_', '-')}-{x:g}-{y:g}"
        if x % 1 or y % 1
        else f"{kind.name.lower().replace('_', '-')}-{x:.0f}-{y:.0f}"
        for kind, x, y in zip(kinds, west.tolist(), north.tolist(), strict=True)
    ]


def _outlines(grid: Grid, labels: NDArray[np.int32], many: int) -> list[shapely.Polygon]:
    """Polygon of each label, made in whole cells so that shared corners are equal."""
    rings: list[shapely.Polygon | None] = [None] * many
    for geometry, value in shapes(
        labels, mask=labels > 0, connectivity=4, transform=Affine.identity()
    ):
        shell, *holes = geometry["coordinates"]
        rings[int(value) - 1] = shapely.Polygon(shell, holes)
    outlines = shapely.transform(
        np.array(rings, dtype=object),
        lambda points: np.column_stack(
            [grid.west_m + points[:, 0] * grid.cell_m, grid.north_m - points[:, 1] * grid.cell_m]
        ),
    )
    broken = np.flatnonzero(~shapely.is_valid(outlines))
    for index in broken:
        outlines[index] = shapely.make_valid(outlines[index], method="structure")
    return list(outlines)


def _first_corner(polygon: shapely.Polygon) -> tuple[float, float]:
    points = shapely.get_coordinates(polygon)
    north = points[:, 1].max()
    return -float(north), float(points[points[:, 1] == north, 0].min())


def _cut(ring: NDArray[np.float64], cut_m: float) -> NDArray[np.float64]:
    corners = ring[:-1]
    before, after = np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)
    turns = (corners[:, 0] - before[:, 0]) * (after[:, 1] - corners[:, 1]) != (
        corners[:, 1] - before[:, 1]
    ) * (after[:, 0] - corners[:, 0])
    corners = corners[turns]
    to_before = np.roll(corners, 1, axis=0) - corners
    to_after = np.roll(corners, -1, axis=0) - corners
    points = np.empty((2 * len(corners), 2))
    points[0::2] = corners + to_before / np.hypot(*to_before.T)[:, None] * cut_m
    points[1::2] = corners + to_after / np.hypot(*to_after.T)[:, None] * cut_m
    same = (points == np.roll(points, 1, axis=0)).all(axis=1)
    kept: NDArray[np.float64] = points[~same]
    return kept
