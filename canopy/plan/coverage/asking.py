"""A run that is asked for: checked as far as can be at once, then stored with its job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import shapely
from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.coverage.demand.zones import read_polygons
from canopy.coverage.grid import Grid
from canopy.coverage.propagation.choice import METHODS
from canopy.coverage.sites.technologies import technology
from canopy.db.engine import Database
from canopy.errors import LimitExceeded, Refused
from canopy.jobs import queries as jobs
from canopy.plan.coverage import queries
from canopy.plan.coverage.asset_sites import selection_of
from canopy.plan.coverage.inputs import without_path
from canopy.plan.coverage.placing import lonlat_bounds, rectangle, stored
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.request_json import from_json, to_json
from canopy.plan.coverage.tables import CoverageRun


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run, and all that wait, may come to.

    Attributes:
        cells: of one run's grid.
        area_km2: of the rectangle around one run's area [km2].
        unended: runs that wait or are computed.
    """

    cells: int
    area_km2: float
    unended: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that can be run, and the cells that it is about."""

    request: RunRequest
    grid: Grid


def check(document: Mapping[str, Any], inputs: Path, limits: Limits) -> Asked:
    """Read a request from JSON values, and its area from the folder `inputs`.

    Rasters are always written: maps of the run are drawn from them.
    Raises Refused, BadSource or LimitExceeded, naming the field or file.
    """
    with without_path(inputs):
        return _checked(from_json(document, inputs), limits)


def _checked(request: RunRequest, limits: Limits) -> Asked:
    technology(request.technology)
    if request.model not in ("auto", *METHODS):
        raise Refused(
            f"the model {request.model!r} is not known: use auto or one of {', '.join(METHODS)}"
        )
    formats = tuple(dict.fromkeys(("cog", *request.formats)))
    return Asked(replace(request, formats=formats), _grid(request, limits))


def _grid(request: RunRequest, limits: Limits) -> Grid:
    """The cells of a request. Raises LimitExceeded before any of them takes memory."""
    zones = read_polygons(request.area, id_field=request.area_id, name_field=request.area_name)
    west, south, east, north = shapely.total_bounds(zones.polygons).tolist()
    area_km2 = (east - west) * (north - south) / 1e6
    if area_km2 > limits.area_km2:
        raise LimitExceeded(
            f"{request.area.name} spans {area_km2:,.0f} km², more than the {limits.area_km2:,.0f} "
            "that a run may; ask for a part of it, or have CANOPY_COVERAGE_MAX_AREA_KM2 raised."
        )
    side = request.resolution_m
    if area_km2 * 1e6 / side**2 <= limits.cells:  # else it may be too large to be made
        grid = Grid.over((west, south, east, north), side)
        if grid.columns * grid.rows <= limits.cells:
            return grid
    raise LimitExceeded(
        f"{request.area.name} at {side:g} m has more than the {limits.cells:,} cells that a run "
        "may; choose larger cells or a smaller area, or have CANOPY_COVERAGE_MAX_CELLS raised."
    )


def submit(
    session: Session,
    database: Database,
    asked: Asked,
    *,
    principal: Principal,
    audience: str,
    inputs: Path,
    runs: Path,
    limits: Limits,
    now: datetime,
) -> CoverageRun:
    """Store a run and the job that computes it. Raises LimitExceeded where too many wait,
    BadFilter where a filter of assets cannot be read.

    inputs, runs: absolute folders, of the files it reads and of what it writes.
    """
    if asked.request.assets is not None:
        selection_of(asked.request.assets, database.storage_crs)  # refused now, not by the job
    waiting = queries.unended(session)
    if waiting >= limits.unended:
        raise LimitExceeded(
            f"{waiting:,} coverage runs wait already; ask again when some are done, or have "
            "CANOPY_COVERAGE_MAX_UNENDED raised."
        )
    run_id = str(uuid4())
    wanted: dict[str, object] = {"run_id": run_id, "inputs": str(inputs), "runs": str(runs)}
    (outline,) = stored(np.array([rectangle(asked.grid)], dtype=object), asked.grid.epsg, database)
    run = CoverageRun(
        run_id=run_id,
        name=asked.request.name,
        technology=asked.request.technology,
        audience=audience,
        request=to_json(asked.request, inputs),
        grid=asdict(asked.grid),
        bounds_lonlat=list(lonlat_bounds(asked.grid)),
        job_id=jobs.submit(session, queries.COVERAGE, wanted, principal.name, now),
        created_by=principal.name,
        created_at=now,
        geom=outline,
    )
    session.add(run)
    session.flush()
    return run
