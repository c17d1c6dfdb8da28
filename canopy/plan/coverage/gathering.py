"""Reads what a run needs: sites, area, heights and demand, each with its hash."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray

from canopy.coverage.demand.layer import DemandLayer
from canopy.coverage.demand.zones import read_polygons
from canopy.coverage.engine.budget import LinkBudget
from canopy.coverage.engine.problem import Problem
from canopy.coverage.files.provenance import Input
from canopy.coverage.grid import Grid
from canopy.coverage.notspots.figures import ReportAreas
from canopy.coverage.propagation.p1812.refractivity import (
    BRITISH_ISLES,
    Refractivity,
    read_map,
    refractivity_at,
)
from canopy.coverage.sites.checking import Finding, check_sites
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.technologies import technology
from canopy.coverage.sites.technology import Technology
from canopy.coverage.terrain.archives import sha256_of
from canopy.errors import Refused
from canopy.geo import WGS84, transformer
from canopy.plan.coverage.asset_sites import Catalogue, candidate_sites
from canopy.plan.coverage.besides import Besides, read_besides
from canopy.plan.coverage.demand import demand_of
from canopy.plan.coverage.heights import GroundHeights, ground_heights, named_tiles
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.site_files import SitesFound, sites_in_files
from canopy.plan.coverage.sources import RefractivityMaps

EPSG = 27700
"""CRS that runs are computed in: the British National Grid."""

WHOLE = "all"
"""Id of the whole area in the figures."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """A run with all its inputs read.

    Attributes:
        request: what was asked.
        problem: for the engine.
        areas: the polygons of the area and, last, the whole of it.
        demand: layers on the problem's grid.
        besides: what stands beside the run's own answer.
        inputs: every file, with hash, licence and attribution.
        notes: what a reader of the result must know of the inputs.
        left_out: sites farther from the area than the reach.
    """

    request: RunRequest
    problem: Problem
    areas: ReportAreas
    demand: tuple[DemandLayer, ...]
    besides: Besides
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]
    left_out: int


def gather(request: RunRequest, catalogue: Catalogue | None = None) -> Gathered:
    """Everything that `request` names. Raises Refused or BadSource, naming file and fault.

    catalogue: for candidates on assets.
    """
    chosen = technology(request.technology)
    zones = read_polygons(
        request.area, id_field=request.area_id, name_field=request.area_name, epsg=EPSG
    )
    area = shapely.union_all(zones.polygons)
    grid = Grid.over(area.bounds, request.resolution_m, epsg=EPSG)
    reach_m = request.reach_m or _usual_reach_m(request, chosen)
    found = _sites(request, chosen, catalogue, _grown(area.bounds, reach_m))
    near = tuple(site for site in found.sites if _distance_m(site, area.bounds) <= reach_m)
    if not near:
        raise Refused(
            f"none of the {len(found.sites):,} sites of {request.technology} lies within "
            f"{reach_m:,.0f} m of {request.area.name}: {_whereabouts(found.sites, area.bounds)}"
        )
    heights = ground_heights(request, near, grid)
    findings = check_sites(near, heights.terrain if request.without_terrain == "refuse" else None)
    _refuse_faults(findings, heights)
    demand = demand_of(request, grid)
    areas = ReportAreas(zones.ids, zones.names, zones.polygons).with_whole(WHOLE, request.name)
    besides = read_besides(request, areas, grid)
    air, air_inputs = _air(request.refractivity, grid)
    problem = Problem(
        grid=grid,
        sites=near,
        budget=budget_of(chosen, request),
        reach_m=reach_m,
        environment=request.environment,
        model=request.model,
        sight=request.decided_sight,
        terrain=heights.terrain,
        without_terrain=request.without_terrain,
        surface=heights.surface,
        mask=_mask(area, grid),
        sinr_change_db=request.sinr_change_db or None,
        clutter_height_m=request.clutter_height_m,
        refractivity=air,
    )
    return Gathered(
        request,
        problem,
        areas,
        demand.layers,
        besides,
        (
            *found.inputs, *heights.inputs, _plain(request.area),
            *demand.inputs, *besides.inputs, *air_inputs,
        ),
        (
            *found.notes, *heights.notes, *zones.notes,
            *demand.notes, *besides.notes, *_warned(findings),
        ),
        len(found.sites) - len(near),
    )  # fmt: skip


def budget_of(chosen: Technology, request: RunRequest) -> LinkBudget:
    """The receiver's side of a technology, with what the request sets otherwise."""
    threshold = request.threshold_dbm
    return LinkBudget(
        technology=chosen.technology_id,
        bandwidth_mhz=chosen.bandwidth_mhz,
        reference_carriers=chosen.reference_carriers,
        receiver_height_m=chosen.receiver_height_m,
        noise_figure_db=chosen.noise_figure_db,
        threshold_dbm=chosen.threshold_dbm if threshold is None else threshold,
        load=request.load,
        shannon_share=chosen.shannon_share,
        most_bps_per_hz=chosen.most_bps_per_hz,
        least_sinr_db=chosen.least_sinr_db,
    )


def _usual_reach_m(request: RunRequest, chosen: Technology) -> float:
    """The longest reach among the classes of site that the request has."""
    classes = [request.site_reading.site_class] if request.sites else []
    if request.assets is not None:
        classes.append(request.assets.site_class)
    return max(chosen.defaults(each).reach_m for each in classes)


def _sites(
    request: RunRequest, chosen: Technology, catalogue: Catalogue | None, within: Box
) -> SitesFound:
    parts = [sites_in_files(request, chosen, EPSG)]
    if request.sites and not parts[0].sites:
        names = ", ".join(path.name for path in request.sites)
        raise Refused(f"{names}: none of the sites is of {request.technology}")
    if request.assets is not None:
        parts.append(candidate_sites(request.assets, chosen, catalogue, within, EPSG))
    return SitesFound(
        tuple(site for part in parts for site in part.sites),
        tuple(each for part in parts for each in part.inputs),
        tuple(note for part in parts for note in part.notes),
    )


def _air(maps: RefractivityMaps | None, grid: Grid) -> tuple[Refractivity, tuple[Input, ...]]:
    """What P.1812 takes for the air, at the middle of the grid."""
    if maps is None:
        return BRITISH_ISLES, ()
    west, south, east, north = grid.bounds_m
    middle = np.array([shapely.Point((west + east) / 2, (south + north) / 2)], dtype=object)
    (place,) = transformer(f"EPSG:{grid.epsg}", WGS84).geometries(middle)
    delta_n, sea_n0 = read_map(maps.delta_n), read_map(maps.sea_n0)
    inputs = tuple(Input(each.name, each.sha256) for each in (delta_n, sea_n0))
    return refractivity_at(delta_n, sea_n0, place.y, place.x), inputs


def _whereabouts(sites: tuple[RadioSite, ...], bounds: Box) -> str:
    """Where sites lie that are nowhere near, so that exchanged columns show."""
    east = [site.easting_m for site in sites]
    north = [site.northing_m for site in sites]
    west_m, south_m, east_m, north_m = bounds
    return (
        f"they lie from {min(east):,.0f} to {max(east):,.0f} m east and {min(north):,.0f} to "
        f"{max(north):,.0f} m north, the area from {west_m:,.0f} to {east_m:,.0f} and "
        f"{south_m:,.0f} to {north_m:,.0f}; are the columns of x and y exchanged, or degrees?"
    )


def _grown(bounds: Box, by_m: float) -> Box:
    west, south, east, north = bounds
    return west - by_m, south - by_m, east + by_m, north + by_m


def _distance_m(site: RadioSite, bounds: Box) -> float:
    west, south, east, north = bounds
    away_x = max(west - site.easting_m, site.easting_m - east, 0.0)
    away_y = max(south - site.northing_m, site.northing_m - north, 0.0)
    return float(np.hypot(away_x, away_y))


def _mask(area: shapely.Geometry, grid: Grid) -> NDArray[np.bool_]:
    """The cells that the area touches."""
    transform = Affine(grid.cell_m, 0, grid.west_m, 0, -grid.cell_m, grid.north_m)
    burned = rasterio.features.rasterize(
        [(area, 1)], out_shape=grid.shape, transform=transform, all_touched=True, dtype="uint8"
    )
    mask: NDArray[np.bool_] = burned.astype(np.bool_)
    return mask


def _plain(path: Path) -> Input:
    return Input(path.name, sha256_of(path))


def _refuse_faults(findings: list[Finding], heights: GroundHeights) -> None:
    faults = [each for each in findings if each.level == "error"]
    if faults:
        told = "; ".join(f"{each.site_id}, {each.field}: {each.message}" for each in faults[:5])
        more = f"; and {len(faults) - 5:,} more" if len(faults) > 5 else ""
        tiles = ""
        if heights.missing_tiles:
            tiles = f". No terrain is given for {named_tiles(heights.missing_tiles)}"
        raise Refused(f"the sites cannot be used as they are: {told}{more}{tiles}")


_WARNINGS_TOLD = 5


def _warned(findings: list[Finding]) -> tuple[str, ...]:
    """The first warnings, and how many there are by field."""
    told = [f"{each.site_id}, {each.field}: {each.message}." for each in findings]
    if len(told) <= _WARNINGS_TOLD:
        return tuple(told)
    return (*told[:_WARNINGS_TOLD], f"There are {len(told):,} such warnings about sites.")
