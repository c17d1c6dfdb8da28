"""What a run found, as rows of the catalogue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
import shapely
from sqlalchemy.orm import Session

from canopy import __version__
from canopy.coverage.files.layers import run_layers
from canopy.coverage.notspots.classes import Spot
from canopy.coverage.notspots.polygons import SpotPolygon, spot_polygons
from canopy.coverage.sites.site import RadioSite
from canopy.db.engine import Database
from canopy.geo import Geometries
from canopy.plan.coverage import queries
from canopy.plan.coverage.placing import stored
from canopy.plan.coverage.running import Outcome
from canopy.plan.coverage.tables import CoverageFigure, CoverageRun, NotSpot, RadioCell

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Found:
    """A run's result, ready to be stored.

    Attributes:
        run: values of columns of `coverage_run`.
        cells, spots, figures: rows of the other tables, but for the run's own number.
    """

    run: Row
    cells: list[Row]
    spots: list[Row]
    figures: list[Row]


def found_by(outcome: Outcome, database: Database) -> Found:
    """A run's outcome as rows. Not-spots are total, partial, and where it is not known."""
    return Found(
        _run_values(outcome),
        _cell_rows(outcome, database),
        _spot_rows(outcome, database),
        [
            {"number": number, **{name: _known(value) for name, value in asdict(row).items()}}
            for number, row in enumerate(outcome.figures)
        ],
    )


def store(
    session: Session,
    run: CoverageRun,
    found: Found,
    *,
    folder: str,
    manifest_sha256: str,
    now: datetime,
) -> None:
    """Record that a run is done, with all that it found."""
    for name, value in found.run.items():
        setattr(run, name, value)
    run.folder, run.manifest_sha256, run.finished_at = folder, manifest_sha256, now
    mine = {"run_id": run.id}
    queries.add_rows(session, RadioCell, [mine | row for row in found.cells])
    queries.add_rows(session, NotSpot, [mine | row for row in found.spots])
    queries.add_rows(session, CoverageFigure, [mine | row for row in found.figures])
    session.flush()


def _run_values(outcome: Outcome) -> Row:
    result = outcome.result
    return {
        "is_indicative": result.indicative,
        "threshold_dbm": result.threshold_dbm,
        "operators": list(result.operators),
        "layers": [
            {
                "name": layer.kind.name,
                "unit": layer.kind.unit,
                "description": layer.kind.description,
                "bands": list(layer.band_names),
                "file": f"{layer.kind.name}.tif",
            }
            for layer in run_layers(result)
        ],
        "canopy_version": __version__,
        "explanation": list(outcome.explanation),
        "provenance": outcome.provenance.with_parameters(result.provenance).document(),
    }


def _cell_rows(outcome: Outcome, database: Database) -> list[Row]:
    sites = outcome.gathered.problem.sites
    points = shapely.points([site.easting_m for site in sites], [site.northing_m for site in sites])
    places = stored(np.atleast_1d(points), outcome.result.grid.epsg, database)
    return [
        _cell_row(site, number) | {"geom": place}
        for number, (site, place) in enumerate(zip(sites, places, strict=True))
    ]


def _cell_row(site: RadioSite, number: int) -> Row:
    directed = site.pattern is not None
    return {
        "number": number,
        "site_id": site.site_id,
        "operator": site.operator,
        "technology": site.technology,
        "antenna_height_m": float(site.antenna_height_m),
        "frequency_mhz": float(site.frequency_mhz),
        "bandwidth_mhz": float(site.bandwidth_mhz),
        "eirp_dbm": float(site.eirp_dbm),
        "azimuth_deg": float(site.azimuth_deg) if directed else None,
        "downtilt_deg": float(site.downtilt_deg) if directed else None,
        "is_estimated": site.estimated,
        "position_uncertainty_m": _known(site.position_uncertainty_m),
        "assumed": list(site.assumed),
        "source": site.source,
        "asset_id": site.asset_id or None,
    }


def _spot_rows(outcome: Outcome, database: Database) -> list[Row]:
    gathered, grid = outcome.gathered, outcome.result.grid
    unknown = spot_polygons(
        grid,
        outcome.spots,
        gathered.demand,
        wanted=(Spot.UNKNOWN,),
        within=gathered.problem.mask,
    )
    found = (*outcome.polygons, *unknown)
    outlines: Geometries = np.empty(len(found), dtype=object)
    outlines[:] = [spot.polygon for spot in found]
    operators = list(outcome.result.operators)
    return [
        _spot_row(spot, number, operators) | {"geom": place}
        for number, (spot, place) in enumerate(
            zip(found, stored(outlines, grid.epsg, database), strict=True)
        )
    ]


def _spot_row(spot: SpotPolygon, number: int, operators: Sequence[str]) -> Row:
    return {
        "number": number,
        "spot_id": spot.spot_id,
        "status": spot.spot.name.lower(),
        "operators": operators,
        "area_m2": spot.area_m2,
        "residents": _known(spot.demand.get("residents")),
        "premises": _known(spot.demand.get("premises")),
        "road_m": _known(spot.demand.get("road_m")),
        "demand_unknown_m2": spot.demand_unknown_m2,
    }


def _known(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value
