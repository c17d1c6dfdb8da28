"""Fixed-broadband not-spots of an area by themselves, without radio sites."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import shapely

from canopy import __version__
from canopy.coverage.demand.zones import read_polygons
from canopy.coverage.files.provenance import Input, Provenance
from canopy.coverage.files.rasters import write_cog
from canopy.coverage.files.replacing import whole_folder
from canopy.coverage.files.tables import write_csv
from canopy.coverage.grid import Grid
from canopy.coverage.notspots.figures import ReportAreas
from canopy.coverage.terrain.archives import sha256_of
from canopy.plan.coverage.besides import Broadband, broadband_layers, fixed_broadband
from canopy.plan.coverage.gathering import EPSG, WHOLE
from canopy.plan.coverage.request import BroadbandRequest
from canopy.plan.coverage.result_tables import broadband_table, explanation_table


@dataclass(frozen=True, slots=True, eq=False)
class BroadbandOutcome:
    """What was found, and of what; `notes` are a sentence each."""

    found: Broadband
    notes: tuple[str, ...]
    provenance: Provenance


def run_broadband(request: BroadbandRequest, at: datetime) -> BroadbandOutcome:
    """Premises that go without, by ward and on a grid. at: its time, with a zone.

    Raises Refused or BadSource, naming the file.
    """
    zones = read_polygons(
        request.area, id_field=request.area_id, name_field=request.area_name, epsg=EPSG
    )
    areas = ReportAreas(zones.ids, zones.names, zones.polygons).with_whole(WHOLE, request.name)
    west, south, east, north = shapely.total_bounds(zones.polygons).tolist()
    grid = Grid.over((west, south, east, north), request.resolution_m, epsg=EPSG)
    found = fixed_broadband(request.broadband, areas, grid)
    area = Input(request.area.name, sha256_of(request.area))
    provenance = Provenance(
        title=request.name,
        generated_at=at,
        canopy_version=__version__,
        inputs=(area, *found.inputs),
        parameters=(("cell_m", f"{grid.cell_m:g}"), ("crs", f"EPSG:{grid.epsg}")),
    )
    return BroadbandOutcome(found, (*zones.notes, *found.notes), provenance)


def write_broadband(outcome: BroadbandOutcome, folder: Path) -> list[str]:
    """Write table, layers and notes to a new folder, whole or not at all; the files' names."""
    with whole_folder(folder) as unfinished:
        for table in (broadband_table(outcome.found.rows), explanation_table(outcome.notes)):
            write_csv(table, unfinished / f"{table.name}.csv", outcome.provenance)
        for placed in broadband_layers(outcome.found):
            path = unfinished / f"{placed.layer.kind.name}.tif"
            write_cog(placed.layer, placed.grid, path, outcome.provenance)
        return sorted(path.name for path in unfinished.iterdir())
