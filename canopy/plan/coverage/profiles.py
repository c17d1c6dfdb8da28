"""Terrain and line of sight between two places, over the heights that a run was given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.line_of_sight import (
    ENOUGH_CLEARANCE,
    MAX_POINTS,
    LineOfSight,
    line_of_sight,
)
from canopy.coverage.terrain.mosaic import HeightMosaic, heights_over, tiles_at
from canopy.coverage.terrain.tiles import Tile
from canopy.errors import LimitExceeded, Refused
from canopy.geo import WGS84, transformer
from canopy.plan.coverage.inputs import input_file, without_path
from canopy.plan.coverage.rereading import recorded
from canopy.plan.coverage.tables import CoverageRun

LONGEST_M = 100_000.0
MOST_HEIGHTS = 16_000_000
"""Cells of terrain read for one profile: 64 MB."""
MOST_TOLD = 500
"""Points of a profile that are told; all of them count for what is found."""
MOST_OBSTRUCTIONS = 50
MARGIN_M = 200.0
STEPS_A_CELL = 5
"""Points of the path to a cell of the terrain: between their centres heights are bilinear."""

Verdict = Literal["clear", "obstructed", "blocked", "unknown"]
"""60 % of the first Fresnel zone is free; the ray is, but less of the zone; the ray is not;
it hangs on heights that are not known."""
Degrees = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Obstruction:
    """A stretch of the path with less than 60 % of the first Fresnel zone free.

    Attributes:
        from_m, to_m: its first and last point, from the first antenna [m].
        worst_m: where the ratio is least [m].
        clearance_m: of the ray there [m], negative where the ray is cut.
        clearance_ratio: clearance by Fresnel radius there.
    """

    from_m: float
    to_m: float
    worst_m: float
    clearance_m: float
    clearance_ratio: float


@dataclass(frozen=True, slots=True, eq=False)
class RunProfile:
    """A path over a run's terrain.

    Attributes:
        sight: the path, point by point.
        verdict: the answer in a word.
        told: indices of the points to show: the ends, and of each stretch the least clear.
        obstructions: in order, at most `MOST_OBSTRUCTIONS`.
        is_of_run: whether the heights are, byte for byte, those of the run.
        notes: what to mind, a sentence each.
        sources: what must be named beside it.
    """

    sight: LineOfSight
    verdict: Verdict
    told: NDArray[np.intp]
    obstructions: tuple[Obstruction, ...]
    is_of_run: bool
    notes: tuple[str, ...]
    sources: tuple[str, ...]


def profile_over(
    run: CoverageRun,
    inputs: Path | None,
    start: Degrees,
    end: Degrees,
    *,
    antenna_start_m: float,
    antenna_end_m: float,
    frequency_mhz: float,
    k_factor: float,
) -> RunProfile:
    """The path between two positions (longitude, latitude) over the terrain of a run.

    The other arguments are as in `canopy.coverage.line_of_sight.line_of_sight`. Raises Refused
    where the run had no terrain or it is gone, LimitExceeded beyond `LONGEST_M`.
    """
    if inputs is None:
        raise Refused("No folder of inputs is set here: there is no terrain to look at.")
    epsg = int(run.grid["epsg"])
    lon, lat = np.array([start, end], np.float64).T
    x, y = transformer(WGS84, f"EPSG:{epsg}").xy(lon, lat)
    if not np.isfinite([x, y]).all():
        raise Refused(f"a position of the path has no coordinates in EPSG:{epsg}")
    length_m = float(np.hypot(x[1] - x[0], y[1] - y[0]))
    if length_m > LONGEST_M:
        raise LimitExceeded(
            f"A path of {length_m / 1000:,.1f} km is longer than the {LONGEST_M / 1000:g} that "
            "are looked at."
        )
    box = x.min() - MARGIN_M, y.min() - MARGIN_M, x.max() + MARGIN_M, y.max() + MARGIN_M
    with without_path(inputs):
        mosaic = _terrain(run, inputs, tuple(map(float, box)), epsg)
    sight = line_of_sight(
        mosaic.heights,
        (float(x[0]), float(y[0])),
        (float(x[1]), float(y[1])),
        antenna_a_m=antenna_start_m,
        antenna_b_m=antenna_end_m,
        frequency_mhz=frequency_mhz,
        k_factor=k_factor,
        step_m=_step_m(mosaic, length_m),
    )
    used = {(each.name, each.sha256) for each in mosaic.heights.sources}
    is_of_run = used <= recorded(run)
    return RunProfile(
        sight,
        verdict_of(sight),
        points_told(sight),
        tuple(obstructions(sight))[:MOST_OBSTRUCTIONS],
        is_of_run,
        tuple(_notes(sight, mosaic, is_of_run)),
        tuple(dict.fromkeys(each.licence for each in mosaic.heights.sources if each.licence)),
    )


def _step_m(mosaic: HeightMosaic, length_m: float) -> float:
    """A fifth of a cell, or what a long path over fine terrain allows."""
    return max(mosaic.heights.grid.cell_m / STEPS_A_CELL, length_m / (MAX_POINTS - 1))


def verdict_of(sight: LineOfSight) -> Verdict:
    """The answer in a word; "unknown" only where known heights do not decide it."""
    if sight.is_visible is False:
        return "blocked"
    if sight.is_clear is False:
        return "obstructed"
    return "unknown" if sight.is_clear is None or sight.is_visible is None else "clear"


def points_told(sight: LineOfSight, most: int = MOST_TOLD) -> NDArray[np.intp]:
    """Indices of at most `most` points: the ends, and of each stretch the one that matters most.

    That is one whose height is not known, else the least clear: no obstruction is lost.
    """
    points = sight.clearance_ratio.size
    if points <= most:
        return np.arange(points)
    matter = np.where(np.isnan(sight.clearance_ratio), -np.inf, sight.clearance_ratio)
    stretches = np.array_split(np.arange(1, points - 1), most - 2)
    inner = [int(stretch[np.argmin(matter[stretch])]) for stretch in stretches]
    return np.array([0, *inner, points - 1])


def obstructions(sight: LineOfSight) -> Iterable[Obstruction]:
    """The stretches where too little of the first Fresnel zone is free."""
    with np.errstate(invalid="ignore"):
        is_short = sight.clearance_ratio < ENOUGH_CLEARANCE
    runs = groupby(enumerate(is_short.tolist()), key=itemgetter(1))
    distance = sight.profile.distance_m
    for short, points in runs:
        if not short:
            continue
        stretch = np.array([at for at, _ in points])
        worst = int(stretch[np.argmin(sight.clearance_ratio[stretch])])
        yield Obstruction(
            float(distance[stretch[0]]),
            float(distance[stretch[-1]]),
            float(distance[worst]),
            float(sight.clearance_m[worst]),
            float(sight.clearance_ratio[worst]),
        )


def _terrain(run: CoverageRun, inputs: Path, box: tuple[float, ...], epsg: int) -> HeightMosaic:
    names = run.request.get("terrain") or ()
    if not names:
        raise Refused(f"The run {run.run_id} took even ground: it has no terrain to look at.")
    west, south, east, north = box
    bounds = (west, south, east, north)
    tiles: list[Tile] = []
    for name in names:
        path = input_file(inputs, name, or_folder=True)
        tiles += tiles_at(path, epsg=epsg, bounds=bounds, bounds_epsg=epsg)
    finest_m = min((each.frame.cell_x for each in tiles if each.frame.epsg == epsg), default=1.0)
    if (east - west) * (north - south) / finest_m**2 > MOST_HEIGHTS:
        raise LimitExceeded(
            f"Around the path lie more than the {MOST_HEIGHTS:,} heights that are read for one; "
            "choose a shorter path."
        )
    return heights_over(bounds, tiles, epsg=epsg, source_epsg=epsg)


def _notes(sight: LineOfSight, mosaic: HeightMosaic, is_of_run: bool) -> Iterable[str]:
    yield from sight.notes
    if sight.profile.what == "terrain":
        yield "Heights are of the bare ground: buildings and trees are not in them."
    if sight.unknown_points:
        yield f"{sight.unknown_points:,} heights of the path are not known."
    if mosaic.missing_tiles and sight.unknown_points:
        yield f"These tiles would cover it: {', '.join(mosaic.missing_tiles[:10])}."
    if not is_of_run:
        yield "The terrain was changed since the run."
    yield from mosaic.notes
