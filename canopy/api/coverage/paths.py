"""The path profile between two places, as numbers and as a drawing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from canopy.api.coverage.deps import PlannerOf, seen_run
from canopy.api.coverage.features import finished
from canopy.api.coverage.view_documents import ObstructionOut, PointOut, ProfileOut
from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.api.problems import BadRequest
from canopy.render.coverage.profile_plot import (
    LEAST_WIDTH_PX,
    MOST_WIDTH_PX,
    ProfilePlot,
    profile_svg,
)

if TYPE_CHECKING:
    from canopy.plan.coverage.profiles import RunProfile

router = APIRouter(tags=["coverage"])

MOST_K = 100.0
Antenna = Annotated[
    float, Query(gt=0, le=1_000, allow_inf_nan=False, description="Above the ground [m]")
]
_SENTENCES = {
    "clear": "Clear: 60 % of the first Fresnel zone is free.",
    "obstructed": "Obstructed: the ray is free, but not 60 % of the first Fresnel zone.",
    "blocked": "Blocked: the ground cuts the ray.",
    "unknown": "Not known: heights that decide it are missing.",
}


@router.get(
    "/coverage/profile",
    response_model=ProfileOut,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
def profile(
    database: DatabaseOf,
    settings: SettingsOf,
    principal: PlannerOf,
    run: Annotated[UUID, Query(description="Whose terrain is looked at")],
    start: Annotated[str, Query(alias="from", max_length=100, description="lon,lat [degrees]")],
    end: Annotated[str, Query(alias="to", max_length=100, description="lon,lat [degrees]")],
    frequency_mhz: Annotated[float, Query(ge=30, le=300_000, allow_inf_nan=False)],
    from_height_m: Antenna = 10.0,
    to_height_m: Antenna = 10.0,
    k_factor: Annotated[
        float, Query(gt=0, le=MOST_K, allow_inf_nan=False, description="Of the effective Earth")
    ] = 4 / 3,
    f: Annotated[Literal["json", "svg"], Query(description="Format of the answer")] = "json",
    width: Annotated[
        int, Query(ge=LEAST_WIDTH_PX, le=MOST_WIDTH_PX, description="Of the drawing [px]")
    ] = 720,
) -> ProfileOut | Response:
    """The terrain between two places, whether antennas see each other, and with what clearance."""
    from canopy.plan.coverage.profiles import profile_over

    found_run = finished(seen_run(run, database, principal))
    a, b = _position("from", start), _position("to", end)
    inputs = settings.coverage_inputs
    found = profile_over(
        found_run,
        None if inputs is None else inputs.absolute(),
        (a[0], a[1]),
        (b[0], b[1]),
        antenna_start_m=from_height_m,
        antenna_end_m=to_height_m,
        frequency_mhz=frequency_mhz,
        k_factor=k_factor,
    )
    told = _profile(found, found_run.run_id, a, b, from_height_m, to_height_m)
    if f == "svg":
        return Response(profile_svg(_plot(told), width), media_type="image/svg+xml")
    return told


def _position(name: str, text: str) -> list[float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise _bad_position(name, text) from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):  # NaN is neither
        raise _bad_position(name, text)
    return [lon, lat]


def _bad_position(name: str, text: str) -> BadRequest:
    return BadRequest(
        f"{name}={text[:50]}: write longitude,latitude in degrees, such as -0.15,51.5"
    )


def _profile(
    found: RunProfile, run_id: str, a: list[float], b: list[float], a_m: float, b_m: float
) -> ProfileOut:
    sight = found.sight
    worst = sight.worst
    return ProfileOut(
        **{"from": a, "to": b},
        run_id=run_id,
        from_height_m=a_m,
        to_height_m=b_m,
        frequency_mhz=sight.frequency_mhz,
        k_factor=sight.k_factor,
        length_m=float(sight.profile.distance_m[-1]),
        verdict=found.verdict,
        sentence=_SENTENCES[found.verdict],
        visible=sight.is_visible,
        clear=sight.is_clear,
        least_clearance_m=None if worst is None else float(sight.clearance_m[worst]),
        least_clearance_ratio=None if worst is None else float(sight.clearance_ratio[worst]),
        points_looked_at=int(sight.profile.distance_m.size),
        points=[_point(found, int(at)) for at in found.told],
        obstructions=[ObstructionOut.model_validate(each) for each in found.obstructions],
        terrain_of_run=found.is_of_run,
        notes=list(found.notes),
        attribution=list(found.sources),
    )


def _point(found: RunProfile, at: int) -> PointOut:
    sight = found.sight
    return PointOut(
        distance_m=float(sight.profile.distance_m[at]),
        ground_m=_known(sight.profile.height_m[at]),
        bulge_m=float(sight.bulge_m[at]),
        ray_m=_known(sight.ray_m[at]),
        fresnel_m=float(sight.fresnel_radius_m[at]),
        clearance_m=_known(sight.clearance_m[at]),
        clearance_ratio=_known(sight.clearance_ratio[at]),
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _plot(told: ProfileOut) -> ProfilePlot:
    def of(value: float | None) -> float:
        return math.nan if value is None else value

    kilometres = f"{told.length_m / 1000:.2f} km at {told.frequency_mhz:g} MHz"
    least = ""
    if told.least_clearance_m is not None and told.least_clearance_ratio is not None:
        least = (
            f" The least clearance is {told.least_clearance_m:.1f} m, "
            f"{told.least_clearance_ratio:.0%} of the first Fresnel radius there."
        )
    return ProfilePlot(
        title=f"Path profile of {kilometres}",
        description=f"{told.sentence}{least} Stretches in the way: {len(told.obstructions)}.",
        distance_m=[each.distance_m for each in told.points],
        ground_m=[of(each.ground_m) + each.bulge_m for each in told.points],
        ray_m=[of(each.ray_m) for each in told.points],
        fresnel_m=[each.fresnel_m for each in told.points],
    )
