"""Terrain profiles, and whether one antenna sees another over them.

The ray is drawn straight over an Earth whose radius is k times the true one, so heights
along the path are raised by the bulge d1 d2 / (2 k a). The first Fresnel zone is the
ellipsoid of radius sqrt(lambda d1 d2 / (d1 + d2)) around the ray.

Sources: Recommendation ITU-R P.526-15 (10/2019), §2.1 equation (1) (Fresnel ellipsoids);
Recommendation ITU-R P.530-18 (09/2021), §2.2 (the same radius as 17.3 sqrt(d1 d2 / (f d)) in
km and GHz, and k = 4/3 in the absence of local values). 60 % of the first Fresnel zone free
is the customary test: P.526-15 §4.1 has no diffraction loss from v = -0.78 down, which is a
clearance of 55 %. Valid where rays are (above about 30 MHz) and at heights much below the
distance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.terrain.heights import HeightGrid
from canopy.coverage.terrain.sampling import fill_profile, height_at, pieces
from canopy.errors import Refused

Floats = NDArray[np.float64]
Point = tuple[float, float]

EARTH_RADIUS_M = 6_371_000.0
"""Mean radius of the Earth [m] (ITU-R P.1812, a = 6,371 km)."""

MEDIAN_K = 4.0 / 3.0
"""Effective-earth-radius factor where no local value is known (P.530-18 §2.2)."""

ENOUGH_CLEARANCE = 0.6
"""Share of the first Fresnel radius that has to be free."""

LIGHT_M_PER_S = 299_792_458.0
MAX_POINTS = 100_000
"""Points of one profile."""

FREQUENCY_RANGE_MHZ = (30.0, 300_000.0)


@dataclass(frozen=True, slots=True, eq=False)
class TerrainProfile:
    """Heights at equal distances from one point to another, both included.

    Attributes:
        distance_m: from the first point [m].
        x_m, y_m: positions in the run's CRS [m].
        height_m: above the datum [m], bilinear; NaN where unknown.
        what: "terrain" or "surface".
    """

    distance_m: Floats
    x_m: Floats
    y_m: Floats
    height_m: Floats
    what: Literal["terrain", "surface"]


@dataclass(frozen=True, slots=True, eq=False)
class LineOfSight:
    """One path, point by point, and the answers about it. None stands for "unknown".

    Attributes:
        profile: the heights that could stand in the way.
        bulge_m: of the effective Earth over the chord at each point [m].
        ray_m: height of the ray above the datum [m].
        fresnel_radius_m: of the first Fresnel zone [m], 0 at the antennas.
        clearance_m: of the ray above heights and bulge [m], negative where they rise above.
        clearance_ratio: clearance by Fresnel radius; NaN at the antennas.
        is_visible: whether the ray touches nothing between the antennas; None where that
            depends on heights that are not known.
        is_clear: whether 60 % of the first Fresnel zone is free; None likewise.
        worst: index of the point with the least ratio among the known ones; None without.
        unknown_points: how many heights of the profile are not known.
        frequency_mhz, k_factor: as given.
        notes: what to mind about the ends, a sentence each.
    """

    profile: TerrainProfile
    bulge_m: Floats
    ray_m: Floats
    fresnel_radius_m: Floats
    clearance_m: Floats
    clearance_ratio: Floats
    is_visible: bool | None
    is_clear: bool | None
    worst: int | None
    unknown_points: int
    frequency_mhz: float
    k_factor: float
    notes: tuple[str, ...] = ()


def terrain_profile(
    heights: HeightGrid, a: Point, b: Point, step_m: float | None = None
) -> TerrainProfile:
    """Heights from `a` to `b` (x, y in the grid's CRS [m]), at most `step_m` [m] apart.

    The distance is cut into ceil(distance / step) equal parts; step_m is the side of a cell
    where not given. NaN outside the raster. Refused where the points are one, or more than
    `MAX_POINTS` would be needed.
    """
    step = heights.grid.cell_m if step_m is None else step_m
    distance = math.hypot(b[0] - a[0], b[1] - a[1])
    if not 0 < distance < math.inf:
        raise Refused(f"a path needs two different places; {a} and {b} are given")
    last = int(pieces(distance, step))
    if last < 0:
        raise Refused(f"a profile needs a step above 0 m, not {step}")
    if last >= MAX_POINTS:
        raise Refused(
            f"a path of {distance / 1000:,.1f} km at {step:g} m has more than {MAX_POINTS:,} "
            "points; choose a longer step"
        )
    grid = heights.grid
    values = np.empty(last + 1, dtype=np.float64)
    raster = np.ascontiguousarray(heights.height_m, dtype=np.float32)
    fill_profile(raster, grid.west_m, grid.north_m, grid.cell_m, *a, *b, step, values)
    part = np.arange(last + 1) / last
    x, y = a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])
    return TerrainProfile(part * distance, x, y, values, heights.what)


def line_of_sight(
    heights: HeightGrid,
    a: Point,
    b: Point,
    *,
    antenna_a_m: float,
    antenna_b_m: float,
    frequency_mhz: float,
    k_factor: float = MEDIAN_K,
    step_m: float | None = None,
    ground: HeightGrid | None = None,
) -> LineOfSight:
    """Whether antennas at `a` and `b` see each other over `heights`, and with what clearance.

    heights: what can stand in the way: terrain, or a surface with buildings. antenna_a_m,
    antenna_b_m: above the ground there [m], > 0. ground: what the antennas' heights count
    from; `heights` where not given, which on a surface means from the roof.
    frequency_mhz: 30 to 300,000. k_factor: effective-earth-radius factor, > 0, infinite for
    a flat Earth. step_m: as in `terrain_profile`.

    Heights at the two ends carry the antennas and do not stand in the way. Where a height
    is unknown the answers are None, unless a known one decides them. Refused outside these
    ranges.
    """
    _require_sensible(antenna_a_m, antenna_b_m, frequency_mhz, k_factor)
    profile = terrain_profile(heights, a, b, step_m)
    base = heights if ground is None else ground
    if base.grid.epsg != heights.grid.epsg:
        raise Refused(
            f"ground (EPSG:{base.grid.epsg}) and heights (EPSG:{heights.grid.epsg}) differ in CRS"
        )
    ends = _height(base, a) + antenna_a_m, _height(base, b) + antenna_b_m
    d = float(profile.distance_m[-1])
    d1 = profile.distance_m
    d2 = d1[::-1]
    ray = ends[0] + (ends[1] - ends[0]) * (d1 / d)
    bulge = d1 * d2 / (2 * k_factor * EARTH_RADIUS_M)
    radius = fresnel_radius_m(frequency_mhz, d1, d2)
    clearance = ray - (profile.height_m + bulge)
    ratio = np.full_like(clearance, np.nan)
    ratio[1:-1] = clearance[1:-1] / radius[1:-1]
    return LineOfSight(
        profile=profile,
        bulge_m=bulge,
        ray_m=ray,
        fresnel_radius_m=radius,
        clearance_m=clearance,
        clearance_ratio=ratio,
        is_visible=_all_above(clearance[1:-1], 0.0, ends, strictly=True),
        is_clear=_all_above(ratio[1:-1], ENOUGH_CLEARANCE, ends, strictly=False),
        worst=None if np.isnan(ratio).all() else int(np.nanargmin(ratio)),
        unknown_points=int(np.isnan(profile.height_m).sum()),
        frequency_mhz=frequency_mhz,
        k_factor=k_factor,
        notes=_notes(clearance, ends),
    )


def fresnel_radius_m(frequency_mhz: float, d1_m: Floats, d2_m: Floats) -> Floats:
    """Radius of the first Fresnel zone [m] at `d1_m` and `d2_m` [m] from the two ends.

    Source: ITU-R P.526-15 equation (1) with n = 1. NaN in gives NaN out.
    """
    wavelength = LIGHT_M_PER_S / (frequency_mhz * 1e6)
    radius: Floats = np.sqrt(wavelength * d1_m * d2_m / (d1_m + d2_m))
    return radius


def _require_sensible(a_m: float, b_m: float, frequency_mhz: float, k_factor: float) -> None:
    for name, height in (("A", a_m), ("B", b_m)):
        if not 0 < height < math.inf:
            raise Refused(
                f"antenna {name} is {height} m above the ground; a height above 0 m is needed"
            )
    low, high = FREQUENCY_RANGE_MHZ
    if not low <= frequency_mhz <= high:
        raise Refused(f"{frequency_mhz} MHz is outside {low:g} to {high:,g} MHz")
    if not k_factor > 0:
        raise Refused(f"the effective-earth-radius factor is {k_factor}; it lies above 0")


def _height(heights: HeightGrid, at: Point) -> float:
    grid = heights.grid
    raster = np.ascontiguousarray(heights.height_m, dtype=np.float32)
    return float(height_at(raster, grid.west_m, grid.north_m, grid.cell_m, *at))


def _all_above(
    values: Floats, least: float, ends: tuple[float, float], *, strictly: bool
) -> bool | None:
    """Whether all are; None where that hangs on an unknown one."""
    if any(map(math.isnan, ends)):
        return None
    known = values[~np.isnan(values)]
    if not (known > least if strictly else known >= least).all():
        return False
    return True if known.size == values.size else None


def _notes(clearance: Floats, ends: tuple[float, float]) -> tuple[str, ...]:
    notes = []
    for name, end, free in (("A", ends[0], clearance[0]), ("B", ends[1], clearance[-1])):
        if math.isnan(end):
            notes.append(f"The height of the ground under antenna {name} is not known.")
        elif free < 0:
            notes.append(
                f"Antenna {name} is {-free:.1f} m below the surface there: a building covers "
                "its cell."
            )
    return tuple(notes)
