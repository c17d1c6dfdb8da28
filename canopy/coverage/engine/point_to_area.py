"""P.1812 along the paths of an area run, as what it adds to the loss in free space.

Free space is the least that the method can answer at half of the time and of the places, so
a level by free space is a bound that the path only lowers. What is added varies slowly from
place to place, as diffraction over the terrain does.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled, compiled_fast
from canopy.coverage.engine.obstruction import HeightField
from canopy.coverage.propagation.p1812.even import reduce_even
from canopy.coverage.propagation.p1812.loss import Climate, free_space_over, losses
from canopy.coverage.terrain.sampling import fill_nearest_profile, fill_profile, height_at, pieces

TIME_PERCENT = 50.0
"""Of an average year that the loss is not exceeded for: the median, as the other methods give."""
VERTICAL = True
"""Polarisation: it matters below about 100 MHz alone, where masts send vertically."""


class PointToArea(NamedTuple):
    """How P.1812 answers in a run. The arrays have one entry for each row of the tables.

    Attributes:
        beyond_m2: float64, squared horizontal distance beyond which it answers [m²]: -1 for
            the whole reach, infinity where it is not used.
        frequency_ghz: float64.
        delta_n, sea_n0: ΔN [N-units/km] and N0 [N-units].
        latitude_deg: of the middle of the run.
        clutter_m: representative height between the terminals [m].
        by_cell: whether the clutter is read from a raster instead.
        step_m: between the points of a profile at the most [m].
    """

    beyond_m2: NDArray[np.float64]
    frequency_ghz: NDArray[np.float64]
    delta_n: float
    sea_n0: float
    latitude_deg: float
    clutter_m: float
    by_cell: bool
    step_m: float


class Workspace(NamedTuple):
    """Room for one path's heights, used again by every path of a block; float32."""

    ground_m: NDArray[np.float32]
    clutter_m: NDArray[np.float32]


@compiled_fast
def workspace(reach_m: float, terrain: HeightField, area: PointToArea) -> Workspace:
    """Room for paths within `reach_m` and a little more, the clutter as if all the same."""
    step = min(terrain.cell_m, area.step_m)
    points = int((reach_m + 3 * terrain.cell_m) / step) + 3
    return Workspace(np.empty(points, np.float32), np.full(points, area.clutter_m, np.float32))


@compiled_fast
def over_free_space_db(
    terrain: HeightField,
    clutter: HeightField,
    area: PointToArea,
    row: int,
    from_x: float,
    from_y: float,
    from_m: float,
    to_x: float,
    to_y: float,
    to_m: float,
    on_terrain: bool,
    room: Workspace,
) -> float:
    """What P.1812 adds to free space over the horizontal distance [dB], >= 0.

    Lbc (equation 63) of the profile at half of the time, less `free_space_over`. NaN where a
    height is missing. on_terrain: else the ground is taken as even. A path of one step has
    nothing between its ends: free space over the slant.
    """
    length = math.hypot(to_x - from_x, to_y - from_y)
    last = _fill(terrain, clutter, area, from_x, from_y, to_x, to_y, length, on_terrain, room)
    if last < 1:
        return np.nan
    frequency = area.frequency_ghz[row]
    squared = max(length * length, 1.0)
    if last < 2:
        drop = room.ground_m[0] + from_m - (room.ground_m[last] + to_m)
        return 10 * math.log10(1 + drop * drop / squared)
    path = reduce_even(
        room.ground_m, room.clutter_m, last, length / last / 1000, from_m, to_m,
        frequency, area.delta_n, True,
    )  # fmt: skip
    if math.isnan(path.tx + path.rx):
        return np.nan
    given = Climate(frequency, VERTICAL, TIME_PERCENT, area.delta_n, area.sea_n0, area.latitude_deg)
    found = losses(path, given)
    return max(found.lb0p, found.lbc) - free_space_over(squared, frequency)


@compiled_fast
def _fill(
    terrain: HeightField,
    clutter: HeightField,
    area: PointToArea,
    from_x: float,
    from_y: float,
    to_x: float,
    to_y: float,
    length: float,
    on_terrain: bool,
    room: Workspace,
) -> int:
    """Read ground and clutter of a path; how many steps, below 1 where there is no room."""
    if on_terrain:
        last = fill_profile(
            terrain.height_m, terrain.west_m, terrain.north_m, terrain.cell_m,
            from_x, from_y, to_x, to_y, area.step_m, room.ground_m,
        )  # fmt: skip
    else:
        last = pieces(length, area.step_m)
        if last >= room.ground_m.size:
            return -1
        room.ground_m[: last + 1] = 0
    if area.by_cell:
        return fill_nearest_profile(
            clutter.height_m, clutter.west_m, clutter.north_m, clutter.cell_m,
            from_x, from_y, to_x, to_y, area.step_m, room.clutter_m,
        )  # fmt: skip
    return last


@compiled
def fill_clutter(
    clutter_m: NDArray[np.float32], surface: HeightField, terrain: HeightField
) -> None:
    """Fill with how high a surface stands over the terrain at its own cells [m], >= 0.

    NaN where either is unknown.
    """
    rows, columns = surface.height_m.shape
    for row in range(rows):
        y = surface.north_m - (row + 0.5) * surface.cell_m
        for column in range(columns):
            x = surface.west_m + (column + 0.5) * surface.cell_m
            ground = height_at(
                terrain.height_m, terrain.west_m, terrain.north_m, terrain.cell_m, x, y
            )
            above = surface.height_m[row, column] - ground
            clutter_m[row, column] = max(above, 0.0) if above == above else np.nan
