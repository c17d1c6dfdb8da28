"""What a run says of one place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import shapely
from fastapi import APIRouter, Query

from canopy.api.coverage.deps import ReadableRunOf, SeenRun
from canopy.api.coverage.documents import RUNS, attribution
from canopy.api.coverage.features import finished
from canopy.api.coverage.view_documents import (
    OperatorOut,
    PlaceOut,
    ReadingOut,
    ServerOut,
    ServersOut,
)
from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.db.engine import Database
from canopy.errors import NotReadyYet
from canopy.plan.coverage import queries
from canopy.plan.coverage.placing import lonlat_shapes
from canopy.plan.coverage.tables import CoverageRun, RadioCell
from canopy.render.coverage import ramp
from canopy.settings import Settings

if TYPE_CHECKING:
    from canopy.coverage.engine.hearing import Hearing
    from canopy.plan.coverage.places import OperatorReading, Place, Reading, Stored

router = APIRouter(prefix=RUNS, tags=["coverage"])

Sites = dict[int, tuple[RadioCell, list[float]]]
"""By number, each with its longitude and latitude."""
Lon = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]


@router.get("/{run_id}/at")
def at_place(
    seen: SeenRun,
    readable: ReadableRunOf,
    database: DatabaseOf,
    settings: SettingsOf,
    lon: Lon,
    lat: Lat,
) -> PlaceOut:
    """What a run stored of the cell at a place, and every site's level there, computed anew."""
    from canopy.coverage.grid import Grid
    from canopy.plan.coverage.places import place_in, stored_at

    run = finished(seen)
    grid = Grid(**run.grid)
    place = place_in(grid, lon, lat)
    threshold_dbm = run.threshold_dbm if run.threshold_dbm is not None else math.nan
    stored = stored_at(readable.folder, place, threshold_dbm)
    servers = _servers(run, place, stored, database, settings)
    stored_numbers = [each for each in (stored.server, stored.second_server) if each is not None]
    named = _sites(run, stored_numbers, database)
    return PlaceOut(
        run_id=run.run_id,
        lon=lon,
        lat=lat,
        easting_m=place.easting_m,
        northing_m=place.northing_m,
        cell_m=grid.cell_m,
        epsg=grid.epsg,
        technology=run.technology,
        threshold_dbm=threshold_dbm,
        indicative=bool(run.is_indicative),
        attribution=attribution(run),
        trust=stored.validity.name.lower(),
        status=None if stored.spot is None else stored.spot.name.lower(),
        server=_site_id(named, stored.server),
        second_server=_site_id(named, stored.second_server),
        readings=[_reading(each) for each in stored.readings],
        operators=[_operator(each) for each in stored.operators],
        servers=servers,
    )


def _reading(reading: Reading) -> ReadingOut:
    look = ramp(reading.kind.name)
    return ReadingOut(
        layer=reading.kind.name,
        title=look.title,
        unit=look.unit,
        state=reading.state,
        value=reading.value,
    )


def _operator(reading: OperatorReading) -> OperatorOut:
    from canopy.coverage.notspots.classes import Service

    covers = {Service.COVERED: True, Service.NOT_COVERED: False}.get(reading.service)
    return OperatorOut(
        operator=reading.operator,
        state=reading.level.state,
        level_dbm=reading.level.value,
        probability=reading.probability.value,
        covers=covers,
    )


def _servers(
    run: CoverageRun, place: Place, stored: Stored, database: Database, settings: Settings
) -> ServersOut:
    from canopy.plan.coverage.places import hearing_at
    from canopy.plan.coverage.rereading import reread

    inputs = settings.coverage_inputs
    now = reread(run, None if inputs is None else inputs.absolute(), database)
    if now.problem is None:
        return _no_servers("stale", now.reason)
    try:
        hearing = hearing_at(now.problem, place)
    except NotReadyYet as error:
        return _no_servers("busy", error.detail)
    sites = _sites(run, [each.number for each in hearing.heard], database)
    return ServersOut(
        state="current",
        reason="",
        servers=_heard(hearing, sites, run.threshold_dbm or 0.0),
        in_reach=hearing.in_reach,
        complete=hearing.is_complete,
        differs_db=_difference(hearing, stored),
    )


def _no_servers(state: Literal["stale", "busy"], reason: str) -> ServersOut:
    return ServersOut(
        state=state, reason=reason, servers=[], in_reach=None, complete=None, differs_db=None
    )


def _heard(hearing: Hearing, sites: Sites, threshold_dbm: float) -> list[ServerOut]:
    found = []
    for each in hearing.heard:
        row, position = sites[each.number]
        level = _known(each.level_dbm)
        found.append(
            ServerOut(
                number=each.number,
                site_id=row.site_id,
                operator=row.operator,
                position=position,
                antenna_height_m=row.antenna_height_m,
                frequency_mhz=row.frequency_mhz,
                estimated=bool(row.is_estimated),
                distance_m=each.distance_m,
                level_dbm=level,
                probability=_known(each.probability),
                covers=None if level is None else level >= threshold_dbm,
            )
        )
    return found


def _difference(hearing: Hearing, stored: Stored) -> float | None:
    (level,) = (each.value for each in stored.readings if each.kind.name == "rsrp_dbm")
    if level is None or not hearing.heard or math.isnan(hearing.heard[0].level_dbm):
        return None
    return hearing.heard[0].level_dbm - level


def _sites(run: CoverageRun, numbers: Sequence[int], database: Database) -> Sites:
    """Sites of a run with their longitude and latitude."""
    with database.reading() as session:
        found = queries.cells_numbered(session, run, numbers)
        session.expunge_all()
    shapes = np.empty(len(found), dtype=object)
    shapes[:] = [row.geom for row in found.values()]
    positions = shapely.get_coordinates(lonlat_shapes(shapes, database)).round(7).tolist()
    return {number: (row, at) for (number, row), at in zip(found.items(), positions, strict=True)}


def _site_id(sites: Sites, number: int | None) -> str | None:
    return sites[number][0].site_id if number is not None and number in sites else None


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
