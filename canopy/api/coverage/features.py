"""Not-spots and sites of a run as GeoJSON, page by page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import numpy as np
import shapely
from fastapi import APIRouter, Query, Response

from canopy.api.coverage.deps import SeenRun
from canopy.api.coverage.documents import RUNS, attribution
from canopy.api.deps import DatabaseOf
from canopy.api.problems import BadRequest
from canopy.db.engine import Database
from canopy.errors import NotFound, NotReadyYet
from canopy.plan.coverage import queries
from canopy.plan.coverage.placing import Box, area_of_degrees, lonlat_shapes
from canopy.plan.coverage.queries import RunAndJob
from canopy.plan.coverage.tables import CoverageRun, NotSpot, RadioCell

router = APIRouter(prefix=RUNS, tags=["coverage"])

GEOJSON = "application/geo+json"
MOST_FEATURES = 1_000
_DECIMALS = 7
"""Of degrees: about a centimetre."""
_MARGIN_DEG = 1e-4
_SPOT = "status operators area_m2 residents premises road_m demand_unknown_m2".split()
_CELL = (
    "site_id operator technology antenna_height_m frequency_mhz bandwidth_mhz eirp_dbm "
    "azimuth_deg downtilt_deg position_uncertainty_m assumed source asset_id"
).split()

Limit = Annotated[int, Query(ge=1, le=MOST_FEATURES)]
After = Annotated[int, Query(ge=-1, le=2**31 - 1, description="Of the page before, from its link")]
Status = Literal["total", "partial", "unknown"]


@router.get("/{run_id}/not-spots", response_class=Response)
def not_spots(
    seen: SeenRun,
    database: DatabaseOf,
    bbox: Annotated[
        str | None, Query(max_length=200, description="west,south,east,north [degrees, CRS84]")
    ] = None,
    status: Annotated[list[Status], Query(max_length=3)] = [],  # noqa: B006  (FastAPI copies it)
    limit: Limit = 100,
    after: After = -1,
) -> Response:
    """Patches where nobody, or not everybody, covers, or where it is not known, in CRS84."""
    run = finished(seen)
    box = None if bbox is None else _clipped(_box(bbox), run)
    found: Sequence[NotSpot] = ()
    if bbox is None or box is not None:
        area = None if box is None else (area_of_degrees(box, database), database.srid)
        with database.reading() as session:
            found = queries.page_of_spots(
                session, run, limit + 1, after=after, statuses=status, within=area
            )
            session.expunge_all()
    asked = {"bbox": [bbox] if bbox else [], "status": status, "limit": [limit]}
    return _page(run, "not-spots", found, limit, asked, database)


@router.get("/{run_id}/cells", response_class=Response)
def cells(
    seen: SeenRun,
    database: DatabaseOf,
    operator: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 100,
    after: After = -1,
) -> Response:
    """The sites that a run used; the layers of servers call them by their `number`."""
    run = finished(seen)
    with database.reading() as session:
        found = queries.page_of_cells(session, run, limit + 1, after=after, operator=operator)
        session.expunge_all()
    asked = {"operator": [operator] if operator else [], "limit": [limit]}
    return _page(run, "cells", found, limit, asked, database)


def finished(seen: RunAndJob) -> CoverageRun:
    """A run that is done. Raises NotReadyYet while it waits or runs, NotFound otherwise."""
    run, job = seen
    if run.finished_at is not None:
        return run
    state = "failed" if job is None else job.state
    if state in ("queued", "running"):
        raise NotReadyYet(f"The coverage run {run.run_id} is {state}; ask again when it is done.")
    raise NotFound(f"The coverage run {run.run_id} has no result: it is {state}.")


def _box(text: str) -> Box:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise _bad_box(text) from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # NaN is neither
        raise _bad_box(text)
    return west, south, east, north


def _bad_box(text: str) -> BadRequest:
    return BadRequest(
        f"bbox={text[:100]}: write four numbers, west,south,east,north [degrees, longitude "
        "before latitude], west below east and south below north."
    )


def _clipped(box: Box, run: CoverageRun) -> Box | None:
    """What a box has in common with a run's own, beyond which there is nothing to find."""
    west, south, east, north = run.bounds_lonlat
    low = max(box[0], west - _MARGIN_DEG), max(box[1], south - _MARGIN_DEG)
    high = min(box[2], east + _MARGIN_DEG), min(box[3], north + _MARGIN_DEG)
    return (*low, *high) if low[0] < high[0] and low[1] < high[1] else None


def _page(
    run: CoverageRun,
    what: str,
    found: Sequence[NotSpot] | Sequence[RadioCell],
    limit: int,
    asked: Mapping[str, object],
    database: Database,
) -> Response:
    rows: list[NotSpot | RadioCell] = [*found[:limit]]
    links = []
    if len(found) > limit:
        query = urlencode({**asked, "after": [rows[-1].number]}, doseq=True)
        href = f"{RUNS}/{run.run_id}/{what}?{query}"
        links.append({"rel": "next", "href": href, "type": GEOJSON})
    shapes = np.empty(len(rows), dtype=object)
    shapes[:] = [row.geom for row in rows]
    moved = shapely.transform(
        shapely.orient_polygons(lonlat_shapes(shapes, database)),
        lambda points: np.round(points, _DECIMALS),
    )
    document = {
        "type": "FeatureCollection",
        "numberReturned": len(rows),
        "indicative": bool(run.is_indicative),
        "attribution": attribution(run),
        "links": links,
        "features": [
            _feature(row, json.loads(text))
            for row, text in zip(rows, shapely.to_geojson(moved), strict=True)
        ],
    }
    return Response(json.dumps(document, ensure_ascii=False), media_type=GEOJSON)


def _feature(row: NotSpot | RadioCell, geometry: Any) -> dict[str, Any]:
    if isinstance(row, NotSpot):
        name, told = row.spot_id, {each: getattr(row, each) for each in _SPOT}
    else:
        name, told = row.site_id, {each: getattr(row, each) for each in _CELL}
        told["estimated"] = bool(row.is_estimated)
    return {
        "type": "Feature",
        "id": name,
        "geometry": geometry,
        "properties": {"number": row.number, **told},
    }
