"""Ground and surface heights for a run: over its cells, its sites and all between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from canopy.coverage.files.provenance import Input, height_inputs
from canopy.coverage.grid import Grid
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.terrain.archives import sha256_of
from canopy.coverage.terrain.buildings import BuiltSurface, Footprint, with_buildings
from canopy.coverage.terrain.heights import HeightGrid
from canopy.coverage.terrain.mosaic import HeightMosaic, heights_over
from canopy.errors import BadSource, Refused
from canopy.plan.coverage.features import Features, read_features
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.sources import SURFACE_CELL_M, FeatureFile, SurfaceSource

_TERRAIN_MARGIN_M, _SURFACE_MARGIN_M = 200.0, 100.0
"""How far heights are read beyond cells and sites [m]: bilinear heights lie between four, and a
surface stands on terrain that reaches farther."""

_BELOW_M = 5.0
"""What terrain of 50 m cells may well lie above a finer surface in a cutting [m]: chosen by us."""
_BELOW_TOLD, _MOST_BELOW = 0.01, 0.5
"""Share of places that lie lower from which it is said, and beyond which it is refused."""

_TILES_NAMED = 20

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class GroundHeights:
    """Heights for a run.

    Attributes:
        terrain, surface: None where none was given.
        inputs: their files.
        notes: what a reader of the result must know.
        missing_tiles: names of the tiles that would cover ground without a height.
    """

    terrain: HeightGrid | None
    surface: HeightGrid | None
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]
    missing_tiles: tuple[str, ...]


def ground_heights(request: RunRequest, sites: tuple[RadioSite, ...], grid: Grid) -> GroundHeights:
    """The terrain and the surface over the grid and its sites.

    Raises Refused or BadSource, naming the file: also for heights in another CRS.
    """
    if not request.terrain:
        note = "No terrain was given: the ground is taken as even."
        return GroundHeights(None, None, (), (note,), ())
    found = heights_over(
        _around(grid, sites, _TERRAIN_MARGIN_M),
        request.terrain,
        epsg=grid.epsg,
        source_epsg=grid.epsg,
    )
    notes = list(_notes(found, "terrain"))
    inputs = height_inputs(found.heights.sources)
    surface = None
    if request.surface is not None:
        box = _around(grid, sites, _SURFACE_MARGIN_M)
        surface, more, told = _surface(request.surface, found.heights, box)
        inputs, notes = (*inputs, *more), [*notes, *told]
    return GroundHeights(found.heights, surface, inputs, tuple(notes), found.missing_tiles)


def named_tiles(names: tuple[str, ...]) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - _TILES_NAMED:,} more" if len(names) > _TILES_NAMED else ""
    return ", ".join(names[:_TILES_NAMED]) + more


def _around(grid: Grid, sites: tuple[RadioSite, ...], margin_m: float) -> Box:
    west, south, east, north = grid.bounds_m
    return (
        min([west, *(site.easting_m for site in sites)]) - margin_m,
        min([south, *(site.northing_m for site in sites)]) - margin_m,
        max([east, *(site.easting_m for site in sites)]) + margin_m,
        max([north, *(site.northing_m for site in sites)]) + margin_m,
    )


def _notes(found: HeightMosaic, what: str) -> tuple[str, ...]:
    notes = list(found.notes)
    if found.missing_tiles:
        notes.append(f"No {what} was given for {named_tiles(found.missing_tiles)}.")
    if found.void_cells:
        notes.append(
            f"The {what} has no height in {found.void_cells:,} of its cells: what depends on them "
            "is unknown."
        )
    return tuple(notes)


def _surface(
    source: SurfaceSource, terrain: HeightGrid, box: Box
) -> tuple[HeightGrid, tuple[Input, ...], tuple[str, ...]]:
    epsg = terrain.grid.epsg
    if source.buildings is None:
        found = heights_over(
            box, source.rasters, source.cell_m, epsg=epsg, source_epsg=epsg, what="surface"
        )
        told = (*_notes(found, "surface"), *_below_the_ground(found.heights, terrain))
        return found.heights, height_inputs(found.heights.sources), told
    buildings = read_features(source.buildings, epsg)
    grid = Grid.over(box, source.cell_m or SURFACE_CELL_M, epsg=epsg)
    built = with_buildings(terrain, _footprints(buildings), grid, default_height_m=source.height_m)
    if not built.burned:
        raise BadSource(
            f"{buildings.file} has no building with a height near the area: state one for those "
            "without (--buildings-height)"
        )
    read = Input(buildings.file, sha256_of(source.buildings.file))
    told = _said_of_buildings(built, source, source.buildings)
    return built.surface, (read,), (*buildings.notes, *told)


def _below_the_ground(surface: HeightGrid, terrain: HeightGrid) -> tuple[str, ...]:
    """What is to be said of a surface that is lower than the terrain at its cells' centres.

    Raises Refused where that is so nearly everywhere: datum or unit are then not the same.
    """
    frame, ground = surface.grid, terrain.grid
    rows, columns = np.indices(ground.shape)
    south_m = frame.north_m - ground.north_m + (rows + 0.5) * ground.cell_m
    east_m = ground.west_m - frame.west_m + (columns + 0.5) * ground.cell_m
    row, column = np.floor(south_m / frame.cell_m), np.floor(east_m / frame.cell_m)
    inside = (row >= 0) & (row < frame.rows) & (column >= 0) & (column < frame.columns)
    at = (row[inside].astype(np.intp), column[inside].astype(np.intp))
    above_m = surface.height_m[at] - terrain.height_m[inside]
    above_m = above_m[np.isfinite(above_m)]
    if above_m.size == 0:
        return ()
    share = float((above_m < -_BELOW_M).mean())
    told = (
        f"The surface lies more than {_BELOW_M:g} m below the ground in {share:.0%} of places; "
        f"half of it lies {np.median(above_m):.1f} m above the ground or higher"
    )
    if share > _MOST_BELOW:
        raise Refused(f"{told}: are both heights above the same datum, and in metres?")
    return (f"{told}.",) if share >= _BELOW_TOLD else ()


def _footprints(buildings: Features) -> list[Footprint]:
    heights = [None if np.isnan(height) else float(height) for height in buildings.values]
    return [
        Footprint(name or f"number {number}", outline, height)
        for number, (name, outline, height) in enumerate(
            zip(buildings.names, buildings.outlines(), heights, strict=True), 1
        )
    ]


def _said_of_buildings(
    built: BuiltSurface, source: SurfaceSource, file: FeatureFile
) -> tuple[str, ...]:
    name, cell_m = file.file.name, built.surface.grid.cell_m
    told = [f"{name}: {built.burned:,} buildings stand on the terrain in cells of {cell_m:g} m."]
    if built.assumed_height:
        told.append(
            f"{name}: {built.assumed_height:,} buildings state no height and have "
            f"{source.height_m:g} m, as was asked."
        )
    if built.without_height:
        told.append(f"{name}: {built.without_height:,} buildings state no height: left out.")
    if built.too_small:
        told.append(f"{name}: {built.too_small:,} buildings hold no cell's centre: left out.")
    if built.invalid:
        told.append(
            f"{name}: {len(built.invalid):,} buildings cannot be used, the first: "
            f"{built.invalid[0]}."
        )
    return tuple(told)
