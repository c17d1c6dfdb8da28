"""Map tiles of a run's layers, as pictures or as values, and of the change between two runs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from canopy import __version__
from canopy.api.coverage.deps import (
    PlannerOf,
    ReadableRun,
    ReadableRunOf,
    SeenRun,
    readable_run,
    seen_run,
)
from canopy.api.coverage.documents import RUNS, attribution
from canopy.api.coverage.view_documents import ScaleOut, TileSetOut, TileSetsOut
from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.api.ogc.answers import is_known
from canopy.api.problems import BadRequest
from canopy.errors import NotFound
from canopy.plan.coverage.tables import CoverageRun
from canopy.render.coverage import ramp

if TYPE_CHECKING:
    from canopy.coverage.files.layers import LayerKind

router = APIRouter(prefix=RUNS, tags=["coverage"])

PNG, VALUES = "image/png", "application/octet-stream"
MAX_ZOOM = 22
VARY = "Accept-Encoding, Authorization"

Operator = Annotated[str | None, Query(max_length=100, description="Of a layer by operator")]
Zoom = Annotated[int, Path(ge=0, le=MAX_ZOOM)]
Place = Annotated[int, Path(ge=0, lt=2**MAX_ZOOM)]


def other_run(
    database: DatabaseOf,
    settings: SettingsOf,
    principal: PlannerOf,
    minus: Annotated[
        UUID | None, Query(description="Of another run of the same cells: draw the change")
    ] = None,
) -> tuple[CoverageRun, ReadableRun] | None:
    """The run to compare with, read as the first one is. Raises as for that."""
    if minus is None:
        return None
    seen = seen_run(minus, database, principal)
    return seen[0], readable_run(seen, database, settings)


OtherRun = Annotated[tuple[CoverageRun, ReadableRun] | None, Depends(other_run)]


@router.get("/{run_id}/tiles")
def tile_sets(seen: SeenRun, readable: ReadableRunOf) -> TileSetsOut:
    """What can be drawn of a run, and what the numbers of its tiles stand for."""
    from canopy.coverage.files.layers import OPERATOR_PROBABILITY, OPERATOR_RSRP, RUN_LAYERS

    run = seen[0]
    every = (
        *((kind, []) for kind in RUN_LAYERS),
        *((kind, list(run.operators or ())) for kind in (OPERATOR_RSRP, OPERATOR_PROBABILITY)),
    )
    return TileSetsOut(
        run_id=run.run_id,
        bounds=run.bounds_lonlat,
        min_zoom=0,
        max_zoom=MAX_ZOOM,
        indicative=bool(run.is_indicative),
        attribution=attribution(run),
        tilesets=[_tile_set(run, kind, operators) for kind, operators in every],
    )


def _tile_set(run: CoverageRun, kind: LayerKind, operators: list[str]) -> TileSetOut:
    from canopy.coverage.files.value_tiles import BEYOND, COMPARED, FIRST, NONE, SCALES, UNKNOWN

    look, scale = ramp(kind.name), SCALES.get(kind.name)
    return TileSetOut(
        layer=kind.name,
        title=look.title,
        unit=look.unit,
        operators=operators,
        compares=kind.name in COMPARED,
        values=None
        if scale is None
        else ScaleOut(
            offset=scale.offset,
            step=scale.step,
            beyond=BEYOND,
            unknown=UNKNOWN,
            none=NONE,
            first=FIRST,
        ),
        href=f"{RUNS}/{run.run_id}/tiles/{kind.name}/{{z}}/{{y}}/{{x}}",
    )


@router.get(
    "/{run_id}/tiles/{layer}/{z}/{y}/{x}",
    response_class=Response,
    responses={200: {"content": {PNG: {}, VALUES: {}}}, 304: {"description": "Not Modified"}},
)
def tile(
    request: Request,
    seen: SeenRun,
    readable: ReadableRunOf,
    other: OtherRun,
    layer: Annotated[str, Path(max_length=100)],
    z: Zoom,
    y: Place,
    x: Place,
    operator: Operator = None,
    f: Annotated[
        Literal["png", "values"],
        Query(description="A picture in the layer's colours, or numbers of 16 bits"),
    ] = "png",
    size: Annotated[Literal["256", "512"], Query(description="Pixels to a side")] = "256",
    threshold: Annotated[
        float | None,
        Query(ge=-1e6, le=1e6, description="Draw nothing below [the layer's unit]; pictures only"),
    ] = None,
) -> Response:
    """One tile of WebMercatorQuad; 404 where no cell of the run lies under it."""
    if threshold is not None and f == "values":
        raise BadRequest("threshold is for pictures: values come as they are.")
    run = seen[0]
    asked = (layer, z, y, x, operator, f, size, threshold, __version__)
    hashes = (run.manifest_sha256, other and other[0].manifest_sha256)
    etag = f'"{hashlib.sha256(repr((hashes, asked)).encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Vary": VARY, "Cache-Control": "private, no-cache"}
    if is_known(etag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    from canopy.plan.coverage.viewing import TileAsked, picture, shown, value_tile

    wanted = TileAsked(layer, operator, z, x, y, int(size))
    found = shown(readable.folder, wanted, None if other is None else other[1].folder)
    if found is None:
        raise NotFound(f"The coverage run {run.run_id} has no cell under the tile {z}/{y}/{x}.")
    if f == "values":
        return Response(value_tile(found), media_type=VALUES, headers=headers)
    return Response(picture(found, threshold), media_type=PNG, headers=headers)
