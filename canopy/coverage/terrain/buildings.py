"""Buildings set upon the ground: a surface from terrain and footprints with heights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine
from shapely.geometry.base import BaseGeometry

from canopy.coverage.grid import Grid
from canopy.coverage.terrain.heights import HeightGrid
from canopy.coverage.terrain.resampling import resampled
from canopy.coverage.terrain.tiles import Heights, require_modest
from canopy.errors import Refused

MAX_FOOTPRINTS = 2_000_000
"""Buildings of one surface; London has about as many."""

MAX_VERTICES = 50_000_000
"""Vertices of all footprints together."""

TALLEST_M = 1_000.0
"""Heights of buildings accepted [m]; the tallest stands at 828."""

_AT_ONCE = 20_000
_SMALL_CELLS = 64
"""An outline whose box has more cells than this is taken to hold the centre of one."""

Rule = Literal["centre", "touched"]


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a building covers.

    Attributes:
        name: its identifier, to be named by.
        outline: polygon or multipolygon in the run's CRS.
        height_m: of the roof above the ground, or above `base_m` where given [m]; None when
            not known.
        base_m: of the building's foot above the datum [m], for a roof that is level; None
            lets the roof follow the ground.
    """

    name: str
    outline: BaseGeometry
    height_m: float | None
    base_m: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class BuiltSurface:
    """A surface, and what became of the footprints.

    Attributes:
        surface: ground and roofs; NaN where the ground is unknown and no level roof is.
        burned: footprints that raised a cell's height or could have: those in the grid.
        assumed_height: of those, how many have the height that the caller states.
        without_height: footprints left out, having no height.
        outside: footprints that do not touch the grid.
        too_small: footprints in the grid that hold no cell's centre (rule "centre").
        invalid: "name: reason" of each footprint left out as it is wrong.
    """

    surface: HeightGrid
    burned: int
    assumed_height: int
    without_height: int
    outside: int
    too_small: int
    invalid: tuple[str, ...]


def with_buildings(
    terrain: HeightGrid,
    footprints: Sequence[Footprint],
    grid: Grid,
    *,
    rule: Rule = "centre",
    default_height_m: float | None = None,
) -> BuiltSurface:
    """The surface over `grid`: the terrain, brought onto its cells, and the buildings on it.

    A cell has a building's height where its centre lies in the outline (rule "centre"), or
    where the outline touches it at all ("touched": narrow buildings are kept, and all look
    up to a cell wider). The surface is terrain plus height, the highest where buildings
    overlap; a building with `base_m` has a level roof at base plus height, and never lies
    below the ground. default_height_m: for footprints without a height [m]; None leaves
    them out, counted. The terrain must reach half of its cell beyond the grid.

    Refused for a surface instead of terrain, another CRS, or more than the stated limits.
    """
    if terrain.what != "terrain":
        raise Refused("buildings stand on terrain; this raster is a surface that has them already")
    _require_limits(footprints, default_height_m)
    require_modest("the surface", grid.rows, grid.columns)
    _require_same_crs(footprints, grid)
    ground = resampled(terrain, grid)
    judged = [(each, _fault(each)) for each in footprints]
    invalid = [f"{each.name}: {fault}" for each, fault in judged if fault]
    sound = [each for each, fault in judged if not fault]
    inside = [each for each in sound if _touches(each, grid)]
    known = [each for each in inside if _has_height(each) or default_height_m is not None]
    heights = {id(each): _height(each, default_height_m) for each in known}
    loose = [(each.outline, heights[id(each)]) for each in known if each.base_m is None]
    level = [
        (each.outline, each.base_m + heights[id(each)]) for each in known if each.base_m is not None
    ]
    above = _burned(loose, grid, rule)
    surface = ground.height_m + np.where(np.isnan(above), np.float32(0), above)
    surface = np.fmax(surface, _burned(level, grid, rule))
    return BuiltSurface(
        HeightGrid(grid, surface, "surface", terrain.sources),
        burned=len(known),
        assumed_height=sum(not _has_height(each) for each in known),
        without_height=len(inside) - len(known),
        outside=len(sound) - len(inside),
        too_small=_without_centre(known, grid) if rule == "centre" else 0,
        invalid=tuple(invalid),
    )


def _require_limits(footprints: Sequence[Footprint], default_height_m: float | None) -> None:
    if len(footprints) > MAX_FOOTPRINTS:
        raise Refused(
            f"{len(footprints):,} footprints are more than a surface takes ({MAX_FOOTPRINTS:,}); "
            "choose a smaller area"
        )
    vertices = int(shapely.get_num_coordinates([each.outline for each in footprints]).sum())
    if vertices > MAX_VERTICES:
        raise Refused(
            f"footprints with {vertices:,} vertices are more than a surface takes "
            f"({MAX_VERTICES:,}); choose a smaller area or simplify them"
        )
    if default_height_m is not None and not 0 < default_height_m <= TALLEST_M:
        raise Refused(
            f"the height assumed for buildings is {default_height_m} m; "
            f"above 0 to {TALLEST_M:g} m is accepted"
        )


def _require_same_crs(footprints: Sequence[Footprint], grid: Grid) -> None:
    if not footprints:
        return
    bounds = shapely.total_bounds([each.outline for each in footprints])
    if not np.isfinite(bounds).all():
        return
    west, south, east, north = grid.bounds_m
    is_degrees = np.abs(bounds[::2]).max() <= 180 and np.abs(bounds[1::2]).max() <= 90
    if is_degrees and not (west <= 180 and east >= -180 and south <= 90 and north >= -90):
        raise Refused(
            f"the footprints are in degrees, and the grid in metres of EPSG:{grid.epsg}; "
            "bring them into its CRS first"
        )


def _fault(footprint: Footprint) -> str:
    outline, height, base = footprint.outline, footprint.height_m, footprint.base_m
    if outline is None or outline.is_empty:
        return "it has no outline"
    if outline.geom_type not in ("Polygon", "MultiPolygon"):
        return f"its outline is a {outline.geom_type}, not a polygon"
    if not outline.is_valid:
        return str(shapely.is_valid_reason(outline))
    if base is not None and not math.isfinite(base):
        return f"its foot is at {base} m"
    if _has_height(footprint) and not 0 < float(height or 0) <= TALLEST_M:
        return f"its height is {height} m; above 0 to {TALLEST_M:g} m is accepted"
    return ""


def _has_height(footprint: Footprint) -> bool:
    return footprint.height_m is not None and not math.isnan(footprint.height_m)


def _height(footprint: Footprint, default_height_m: float | None) -> float:
    given = footprint.height_m if _has_height(footprint) else default_height_m
    return math.nan if given is None else given


def _touches(footprint: Footprint, grid: Grid) -> bool:
    west, south, east, north = grid.bounds_m
    box = footprint.outline.bounds
    return bool(box[0] <= east and box[2] >= west and box[1] <= north and box[3] >= south)


def _burned(shapes: Iterable[tuple[BaseGeometry, float]], grid: Grid, rule: Rule) -> Heights:
    """The highest value over each cell, NaN where there is none."""
    rising = sorted(shapes, key=lambda shape: shape[1])  # the last one written stays
    if not rising:
        return np.full(grid.shape, np.nan, dtype=np.float32)
    burned: Heights = rasterize(
        rising,
        out_shape=grid.shape,
        fill=np.nan,
        transform=_transform(grid),
        all_touched=rule == "touched",
        dtype="float32",
    )
    return burned


def _transform(grid: Grid) -> Affine:
    return Affine(grid.cell_m, 0.0, grid.west_m, 0.0, -grid.cell_m, grid.north_m)


def _without_centre(footprints: Sequence[Footprint], grid: Grid) -> int:
    """How many outlines hold no centre of a cell, looked for among those that may be so small."""
    return sum(
        _without_centre_among(footprints[first : first + _AT_ONCE], grid)
        for first in range(0, len(footprints), _AT_ONCE)
    )


def _without_centre_among(footprints: Sequence[Footprint], grid: Grid) -> int:
    outlines = np.array([each.outline for each in footprints], dtype=object)
    west, south, east, north = shapely.bounds(outlines).T
    first, end = ((x - grid.west_m) // grid.cell_m for x in (west, east))
    top, bottom = ((grid.north_m - y) // grid.cell_m for y in (north, south))
    wide = (end - first + 1).astype(np.int64)
    cells = wide * (bottom - top + 1).astype(np.int64)
    small = np.flatnonzero(cells <= _SMALL_CELLS)
    # One row for each cell of each box: which outline, and the cell's number in its box.
    outline = np.repeat(small, cells[small])
    number = np.arange(outline.size) - np.repeat(
        np.cumsum(cells[small]) - cells[small], cells[small]
    )
    x = grid.west_m + (first[outline] + number % wide[outline] + 0.5) * grid.cell_m
    y = grid.north_m - (top[outline] + number // wide[outline] + 0.5) * grid.cell_m
    held = outline[shapely.contains_xy(outlines[outline], x, y)]
    return int(small.size - np.unique(held).size)
