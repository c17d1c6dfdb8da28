"""What stands between two places: sight over a surface, diffraction over terrain."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled_fast
from canopy.coverage.propagation.p526 import bullington_loss
from canopy.coverage.terrain.sampling import fill_profile

CLEAR, BLOCKED, NOT_KNOWN = 1, 2, 0
"""Answers of `sight_over`."""


class HeightField(NamedTuple):
    """Heights as kernels read them; see `canopy.coverage.terrain.heights.HeightGrid`."""

    height_m: NDArray[np.float32]
    west_m: float
    north_m: float
    cell_m: float


NO_HEIGHTS = HeightField(np.full((1, 1), np.nan, np.float32), 0.0, 0.0, 1.0)


@compiled_fast
def sight_over(
    surface: HeightField,
    from_x: float,
    from_y: float,
    from_m: float,
    to_x: float,
    to_y: float,
    to_m: float,
    earth_m: float,
) -> int:
    """Whether a receiver sees an antenna over a surface: `CLEAR`, `BLOCKED` or `NOT_KNOWN`.

    from_m, to_m: both above the datum, NaN where the ground is not known. The surface is read
    at each cell that the line meets one step of a cell apart, ends left out: an antenna on a
    mast beside a wall and a receiver in a street of one cell are not blocked by their own
    cell. It is read from the receiver on, near which most lines are blocked; what is blocked
    for sure is, whatever else of the surface is not known.
    """
    if math.isnan(from_m) or math.isnan(to_m):
        return NOT_KNOWN
    rows, columns = surface.height_m.shape
    length = math.hypot(to_x - from_x, to_y - from_y)
    steps = math.ceil(length / surface.cell_m)
    if steps < 2:
        return CLEAR
    share = 1.0 / steps
    column = (from_x - surface.west_m) / surface.cell_m
    row = (surface.north_m - from_y) / surface.cell_m
    column_step = (to_x - from_x) / surface.cell_m * share
    row_step = (from_y - to_y) / surface.cell_m * share
    rise = (to_m - from_m) * share
    bulge = length * length * share * share / (2 * earth_m)
    start_column, start_row = math.floor(column), math.floor(row)
    end_column = math.floor(column + column_step * steps)
    end_row = math.floor(row + row_step * steps)
    answer = CLEAR
    for step in range(steps - 1, 0, -1):
        here_column = math.floor(column + column_step * step)
        here_row = math.floor(row + row_step * step)
        if (here_column == start_column and here_row == start_row) or (
            here_column == end_column and here_row == end_row
        ):
            continue
        if here_row < 0 or here_row >= rows or here_column < 0 or here_column >= columns:
            answer = NOT_KNOWN
            continue
        height = surface.height_m[here_row, here_column]
        if height + bulge * step * (steps - step) > from_m + rise * step:
            return BLOCKED
        if math.isnan(height):
            answer = NOT_KNOWN
    return answer


@compiled_fast
def terrain_excess_db(
    terrain: HeightField,
    from_x: float,
    from_y: float,
    from_m: float,
    to_x: float,
    to_y: float,
    to_m: float,
    wavelength_m: float,
    earth_m: float,
    profile: NDArray[np.float32],
) -> float:
    """What the relief adds to a loss that was measured over even ground [dB], >= 0.

    The Bullington diffraction loss (Recommendation ITU-R P.526-15, §4.5.1) of the terrain
    profile, less that of an even slope between the same two feet: an empirical method has
    even ground in its figures already. NaN where a height of the profile is missing.

    profile: float32 workspace for the heights, one for each cell of the terrain and two more.
    """
    last = fill_profile(
        terrain.height_m, terrain.west_m, terrain.north_m, terrain.cell_m,
        from_x, from_y, to_x, to_y, terrain.cell_m, profile,
    )  # fmt: skip
    foot = float(profile[0])
    head = float(profile[last])
    if math.isnan(foot) or math.isnan(head):
        return np.nan
    if last < 2:
        return 0.0
    step = math.hypot(to_x - from_x, to_y - from_y) / last
    rough = bullington_loss(profile, last, step, foot + from_m, head + to_m, wavelength_m, earth_m)
    if not rough > 0.0:
        return rough
    slope = (head - foot) / last
    for at in range(last + 1):
        profile[at] = np.float32(foot + slope * at)
    even = bullington_loss(profile, last, step, foot + from_m, head + to_m, wavelength_m, earth_m)
    return max(0.0, rough - even)
