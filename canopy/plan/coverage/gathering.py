"""Reads what a run needs: sites, area, heights and people, each with its hash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio.features
import shapely
from affine import Affine
from numpy.typing import NDArray

from canopy.coverage.demand.layer import DemandLayer
from canopy.coverage.demand.residents import residents_per_cell
from canopy.coverage.demand.zones import Zones, read_polygons, with_counts
from canopy.coverage.engine.budget import LinkBudget
from canopy.coverage.engine.problem import Problem
from canopy.coverage.files.provenance import Input, height_inputs, opencellid_input
from canopy.coverage.grid import Grid
from canopy.coverage.sites.checking import Finding, check_sites
from canopy.coverage.sites.opencellid import SiteRules, read_opencellid
from canopy.coverage.sites.opencellid_rows import Radio
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_list import COLUMNS, sites_from_csv
from canopy.coverage.sites.technologies import technology
from canopy.coverage.sites.technology import Generation, Technology
from canopy.coverage.terrain.archives import sha256_of
from canopy.coverage.terrain.heights import HeightGrid
from canopy.coverage.terrain.mosaic import heights_over
from canopy.errors import Refused
from canopy.plan.coverage.request import PeopleSource, RunRequest

_RADIOS: dict[Generation, Radio] = {"2g": "GSM", "3g": "UMTS", "4g": "LTE", "5g": "NR"}
"""Radio types of OpenCelliD by generation."""
_EPSG = 27700


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """A run with all its inputs read.

    Attributes:
        request: what was asked.
        problem: for the engine.
        zones: the polygons of the area.
        demand: layers on the problem's grid.
        inputs: every file, with hash, licence and attribution.
        notes: what a reader of the result must know of the inputs.
        left_out: sites farther from the area than the reach.
    """

    request: RunRequest
    problem: Problem
    zones: Zones
    demand: tuple[DemandLayer, ...]
    inputs: tuple[Input, ...]
    notes: tuple[str, ...]
    left_out: int


def gather(request: RunRequest) -> Gathered:
    """Everything that `request` names. Raises Refused or BadSource, naming file and fault."""
    chosen = technology(request.technology)
    zones = read_polygons(
        request.area, id_field=request.area_id, name_field=request.area_name, epsg=_EPSG
    )
    area = shapely.union_all(zones.polygons)
    west, south, east, north = area.bounds
    grid = Grid.over((west, south, east, north), request.resolution_m, epsg=_EPSG)
    reach_m = request.reach_m or chosen.macro.reach_m
    sites, inputs = _sites(request, chosen)
    near = tuple(site for site in sites if _distance_m(site, area.bounds) <= reach_m)
    if not near:
        raise Refused(
            f"none of the {len(sites):,} sites of {request.technology} lies within "
            f"{reach_m:,.0f} m of {request.area.name}"
        )
    terrain, notes = _terrain(request, near, grid)
    findings = check_sites(near, terrain if request.without_terrain == "refuse" else None)
    _refuse_faults(findings)
    people = _people(request.people, grid)
    if terrain is not None:
        inputs += height_inputs(terrain.sources)
    inputs += tuple(_plain(path) for path in _read_besides(request))
    problem = Problem(
        grid=grid,
        sites=near,
        budget=budget_of(chosen, request),
        reach_m=reach_m,
        environment=request.environment,
        model=request.model,
        terrain=terrain,
        without_terrain=request.without_terrain,
        mask=_mask(area, grid),
        sinr_change_db=request.sinr_change_db,
    )
    return Gathered(
        request,
        problem,
        zones,
        people,
        inputs,
        (*notes, *zones.notes, *_warned(findings)),
        len(sites) - len(near),
    )


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


def _sites(
    request: RunRequest, chosen: Technology
) -> tuple[tuple[RadioSite, ...], tuple[Input, ...]]:
    sites: list[RadioSite] = []
    inputs: list[Input] = []
    for path in request.sites:
        if _is_site_list(path):
            found = sites_from_csv(path, epsg=_EPSG)
            inputs.append(_plain(path))
        else:
            found = _opencellid(path, chosen)
            inputs.append(opencellid_input(path.name, sha256_of(path)))
        sites += (site for site in found if site.technology == chosen.technology_id)
    if not sites:
        names = ", ".join(path.name for path in request.sites)
        raise Refused(f"{names}: none of the sites is of {request.technology}")
    return tuple(sites), tuple(inputs)


def _is_site_list(path: Path) -> bool:
    if path.suffix == ".gz":
        return False
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return file.readline().strip() == ",".join(COLUMNS)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error


def _opencellid(path: Path, chosen: Technology) -> tuple[RadioSite, ...]:
    radio = _RADIOS.get(chosen.generation)
    if radio is None:
        raise Refused(
            f"{path.name}: OpenCelliD knows no {chosen.name}; give a list of sites instead"
        )
    rules = SiteRules(technologies={radio: chosen.technology_id})
    return read_opencellid(path, radios=(radio,), rules=rules).sites


def _distance_m(site: RadioSite, bounds: tuple[float, float, float, float]) -> float:
    west, south, east, north = bounds
    away_x = max(west - site.easting_m, site.easting_m - east, 0.0)
    away_y = max(south - site.northing_m, site.northing_m - north, 0.0)
    return float(np.hypot(away_x, away_y))


def _terrain(
    request: RunRequest, sites: tuple[RadioSite, ...], grid: Grid
) -> tuple[HeightGrid | None, tuple[str, ...]]:
    """Heights over the grid and its sites, with a margin for what lies between cells."""
    if not request.terrain:
        return None, ("No terrain was given: the ground is taken as even.",)
    west, south, east, north = grid.bounds_m
    margin = 200.0
    found = heights_over(
        (
            min([west, *(site.easting_m for site in sites)]) - margin,
            min([south, *(site.northing_m for site in sites)]) - margin,
            max([east, *(site.easting_m for site in sites)]) + margin,
            max([north, *(site.northing_m for site in sites)]) + margin,
        ),
        request.terrain,
        epsg=_EPSG,
        source_epsg=_EPSG,
    )
    notes = list(found.notes)
    if found.missing_tiles:
        notes.append(f"No terrain was given for {', '.join(found.missing_tiles)}.")
    return found.heights, tuple(notes)


def _people(source: PeopleSource | None, grid: Grid) -> tuple[DemandLayer, ...]:
    if source is None:
        return ()
    zones = read_polygons(source.zones, id_field=source.zone_id, epsg=_EPSG)
    counted = with_counts(zones, source.counts, id_field=source.counts_id, count_field=source.count)
    return (residents_per_cell(grid, counted).layer,)


def _mask(area: shapely.Geometry, grid: Grid) -> NDArray[np.bool_]:
    """The cells that the area touches."""
    transform = Affine(grid.cell_m, 0, grid.west_m, 0, -grid.cell_m, grid.north_m)
    burned = rasterio.features.rasterize(
        [(area, 1)], out_shape=grid.shape, transform=transform, all_touched=True, dtype="uint8"
    )
    mask: NDArray[np.bool_] = burned.astype(np.bool_)
    return mask


def _read_besides(request: RunRequest) -> Iterable[Path]:
    yield request.area
    if request.people is not None:
        yield from {request.people.zones, request.people.counts} - {request.area}


def _plain(path: Path) -> Input:
    return Input(path.name, sha256_of(path))


def _refuse_faults(findings: list[Finding]) -> None:
    faults = [each for each in findings if each.level == "error"]
    if faults:
        told = "; ".join(f"{each.site_id}, {each.field}: {each.message}" for each in faults[:5])
        more = f"; and {len(faults) - 5:,} more" if len(faults) > 5 else ""
        raise Refused(f"the sites cannot be used as they are: {told}{more}")


_WARNINGS_TOLD = 5


def _warned(findings: list[Finding]) -> tuple[str, ...]:
    """The first warnings, and how many there are by field."""
    told = [f"{each.site_id}, {each.field}: {each.message}." for each in findings]
    if len(told) <= _WARNINGS_TOLD:
        return tuple(told)
    return (*told[:_WARNINGS_TOLD], f"There are {len(told):,} such warnings about sites.")
