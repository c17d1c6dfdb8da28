"""Levels where loss depends on distance alone: best two servers, total power, counts.

Three passes, each by the cheapest way that is still exact:

- the best two servers of a cell are sought among the few sites that could be one of them
  anywhere in its block of 16 by 16 cells, by bounds that hold for any curve;
- the total power takes every site within reach, along rows, in the order of the sites, so
  that the sum does not depend on how the area was cut;
- how many sites reach the threshold is counted by the rings in which each does.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled_fast, compiled_parallel
from canopy.coverage.engine.loss_tables import (
    BUCKET_SHIFT,
    FIRST_BUCKET,
    LossTables,
    bucket_of,
    loss_at,
)
from canopy.coverage.engine.site_arrays import SiteArrays, SiteBins

BLOCK = 16
"""Cells to a side of the blocks that bounds are taken over."""
_ROWS_TOGETHER = 32
_NOBODY = np.int64(0x7F800000) << np.int64(32)
"""Infinitely far."""
SLACK_DB = np.float32(1e-3)
"""Bounds are widened by this much, so that rounding cannot drop a site."""


@compiled_fast
def _gap(low: float, high: float, at: float) -> float:
    """Distance from `at` to the interval, 0 inside it."""
    return max(max(low - at, at - high), 0.0)


class Frame(NamedTuple):
    """Where the part of a run grid lies that a kernel fills.

    Attributes:
        column_0, row_0: of its first cell in the run grid; multiples of `BLOCK`.
        cell_m: side of a cell [m].
    """

    column_0: int
    row_0: int
    cell_m: float


class Block(NamedTuple):
    """Bounds of the centres of a block's cells, as site coordinates are given [m]."""

    west: float
    east: float
    north: float
    south: float


@compiled_fast
def block_at(frame: Frame, top: int, left: int) -> Block:
    """The whole block whose first cell is (`top`, `left`), also where the part cuts it."""
    return Block(
        (frame.column_0 + left + 0.5) * frame.cell_m,
        (frame.column_0 + left + BLOCK - 0.5) * frame.cell_m,
        (frame.row_0 + top + 0.5) * frame.cell_m,
        (frame.row_0 + top + BLOCK - 0.5) * frame.cell_m,
    )


@compiled_fast
def _sure_level(block: Block, sites: SiteArrays, tables: LossTables, site: int) -> np.float32:
    """Level [dBm] that a site surely gives everywhere in a block, -inf if not all is in reach."""
    far_x = max(sites.x_m[site] - block.west, block.east - sites.x_m[site])
    far_y = max(sites.y_m[site] - block.north, block.south - sites.y_m[site])
    squared = far_x * far_x + far_y * far_y
    if squared > sites.reach_m[site] * sites.reach_m[site]:
        return np.float32(-np.inf)
    bucket = bucket_of(np.float32(squared))
    return sites.level_dbm[site] - tables.most_db[sites.curve[site], bucket]


@compiled_fast
def most_level(block: Block, sites: SiteArrays, tables: LossTables, site: int) -> np.float32:
    """Level [dBm] that a site gives nowhere in a block more than, -inf if it is out of reach."""
    near_x = max(max(block.west - sites.x_m[site], sites.x_m[site] - block.east), 0.0)
    near_y = max(max(block.north - sites.y_m[site], sites.y_m[site] - block.south), 0.0)
    squared = near_x * near_x + near_y * near_y
    if squared > sites.reach_m[site] * sites.reach_m[site] * 1.000001:
        return np.float32(-np.inf)
    bucket = bucket_of(np.float32(squared * 0.999999))
    return sites.level_dbm[site] - tables.least_db[sites.curve[site], bucket]


@compiled_fast
def _candidates(
    block: Block,
    sites: SiteArrays,
    bins: SiteBins,
    tables: LossTables,
    two: bool,
    found: NDArray[np.int32],
    most_dbm: NDArray[np.float32],
) -> int:
    """Fill `found` with the sites that may be first (or second) somewhere in the block.

    A site stays when its best level in the block, which goes to `most_dbm`, is not below
    what another site (two others) surely give everywhere in it. The strongest come first.
    """
    first_column, last_column, first_row, last_row = bins_near(block, bins)
    sure_first = np.float32(-np.inf)
    sure_second = np.float32(-np.inf)
    for row in range(first_row, last_row + 1):
        begin = bins.starts[row * bins.columns + first_column]
        end = bins.starts[row * bins.columns + last_column + 1]
        for at in range(begin, end):
            sure = _sure_level(block, sites, tables, bins.order[at])
            if sure > sure_first:
                sure_second = sure_first
                sure_first = sure
            elif sure > sure_second:
                sure_second = sure
    least = (sure_second if two else sure_first) - SLACK_DB
    count = 0
    for row in range(first_row, last_row + 1):
        begin = bins.starts[row * bins.columns + first_column]
        end = bins.starts[row * bins.columns + last_column + 1]
        for at in range(begin, end):
            most = most_level(block, sites, tables, bins.order[at])
            if most >= least and most > -np.inf:
                place_by_level(found, most_dbm, count, bins.order[at], most)
                count += 1
    return count


@compiled_fast
def bins_near(block: Block, bins: SiteBins) -> tuple[int, int, int, int]:
    """First and last column, first and last row of the bins that may reach a block.

    Where none does, the last row is before the first.
    """
    first_column = max(0, math.floor((block.west - bins.reach_m - bins.west_m) / bins.side_m))
    last_column = min(
        bins.columns - 1, math.floor((block.east + bins.reach_m - bins.west_m) / bins.side_m)
    )
    first_row = max(0, math.floor((block.north - bins.reach_m - bins.north_m) / bins.side_m))
    last_row = min(
        bins.rows - 1, math.floor((block.south + bins.reach_m - bins.north_m) / bins.side_m)
    )
    if first_column > last_column:
        return 0, 0, 0, -1
    return first_column, last_column, first_row, last_row


@compiled_fast
def place_by_level(
    found: NDArray[np.int32],
    most_dbm: NDArray[np.float32],
    count: int,
    site: int,
    most: np.float32,
) -> None:
    """Put a site among the `count` found so far, kept from the strongest to the weakest."""
    place = count
    while place > 0 and most_dbm[place - 1] < most:
        most_dbm[place] = most_dbm[place - 1]
        found[place] = found[place - 1]
        place -= 1
    found[place] = site
    most_dbm[place] = most


@compiled_fast
def _alike(found: NDArray[np.int32], sites: SiteArrays, tables: LossTables) -> bool:
    """Whether the nearest of the found sites is always the strongest."""
    if found.size == 0 or not tables.is_rising[sites.curve[found[0]]]:
        return False
    for site in found[1:]:
        if (
            sites.curve[site] != sites.curve[found[0]]
            or sites.level_dbm[site] != sites.level_dbm[found[0]]
            or sites.reach_m[site] != sites.reach_m[found[0]]
        ):
            return False
    return True


class Best(NamedTuple):
    """The strongest and second strongest site of each cell; all of the part's shape.

    Attributes:
        first, second: int32, positions in the site arrays, -1 where there is none.
        first_dbm, second_dbm: float32, their levels [dBm], -inf where there is none.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    first_dbm: NDArray[np.float32]
    second_dbm: NDArray[np.float32]

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> Best:
        """Nobody anywhere."""
        nobody, nothing = np.int32(-1), np.float32(-np.inf)
        return cls(
            np.full(shape, nobody),
            np.full(shape, nobody),
            np.full(shape, nothing),
            np.full(shape, nothing),
        )


@compiled_fast
def _nearest_two(
    best: Best,
    mask: NDArray[np.bool_],
    frame: Frame,
    top: int,
    left: int,
    found: NDArray[np.int32],
    sites: SiteArrays,
    losses: NDArray[np.float32],
) -> None:
    """Fill a block whose sites are alike: the nearer is the stronger.

    Distance and position are compared as one number, the distance in its upper half, which
    leaves nothing to branch on.
    """
    bottom = min(mask.shape[0], top + BLOCK)
    width = min(mask.shape[1], left + BLOCK) - left
    nearest = np.empty(width, np.int64)
    next_nearest = np.empty(width, np.int64)
    cell = np.float32(frame.cell_m)
    reach2 = np.float32(sites.reach_m[found[0]] * sites.reach_m[found[0]])
    level = sites.level_dbm[found[0]]
    for row in range(top, bottom):
        nearest[:] = _NOBODY
        next_nearest[:] = _NOBODY
        for site in found:
            dy = (frame.row_0 + row + 0.5) * frame.cell_m - sites.y_m[site]
            dy2 = np.float32(dy * dy)
            dx0 = np.float32((frame.column_0 + left + 0.5) * frame.cell_m - sites.x_m[site])
            number = np.int64(site)
            for column in range(width):
                dx = dx0 + cell * np.float32(column)
                squared = np.float32(dx * dx + dy2)
                key = (np.int64(np.float32(squared).view(np.int32)) << np.int64(32)) | number
                before = nearest[column]
                nearest[column] = min(before, key)
                next_nearest[column] = min(next_nearest[column], max(before, key))
        for column in range(width):
            if mask[row, left + column]:
                site_, here = _unpack(nearest[column], reach2, level, losses)
                best.first[row, left + column] = site_
                best.first_dbm[row, left + column] = here
                site_, here = _unpack(next_nearest[column], reach2, level, losses)
                best.second[row, left + column] = site_
                best.second_dbm[row, left + column] = here


@compiled_fast
def _unpack(
    key: np.int64, reach2: np.float32, level: np.float32, losses: NDArray[np.float32]
) -> tuple[np.int32, np.float32]:
    """(site, level [dBm]) of a packed distance, (-1, -inf) when it is out of reach."""
    squared = np.float32(np.int32(key >> np.int64(32)).view(np.float32))
    if key == _NOBODY or squared > reach2:
        return np.int32(-1), np.float32(-np.inf)
    return np.int32(key & np.int64(0x7FFFFFFF)), level - loss_at(losses, squared)


@compiled_fast
def _compare_two(
    best: Best,
    mask: NDArray[np.bool_],
    frame: Frame,
    top: int,
    left: int,
    found: NDArray[np.int32],
    most_dbm: NDArray[np.float32],
    sites: SiteArrays,
    tables: LossTables,
    two: bool,
) -> None:
    """Fill a block whose sites differ, each cell until no site left could still matter."""
    for row in range(top, min(mask.shape[0], top + BLOCK)):
        y = (frame.row_0 + row + 0.5) * frame.cell_m
        for column in range(left, min(mask.shape[1], left + BLOCK)):
            if not mask[row, column]:
                continue
            x = (frame.column_0 + column + 0.5) * frame.cell_m
            first = np.int32(-1)
            second = np.int32(-1)
            first_dbm = np.float32(-np.inf)
            second_dbm = np.float32(-np.inf)
            for at in range(found.size):
                if most_dbm[at] < (second_dbm if two else first_dbm) - SLACK_DB:
                    break
                site = found[at]
                dx = x - sites.x_m[site]
                dy = y - sites.y_m[site]
                squared = dx * dx + dy * dy
                if squared > sites.reach_m[site] * sites.reach_m[site]:
                    continue
                losses = tables.loss_db[sites.curve[site]]
                here = sites.level_dbm[site] - loss_at(losses, np.float32(squared))
                if here > first_dbm or (here == first_dbm and site < first):
                    second = first
                    second_dbm = first_dbm
                    first = site
                    first_dbm = here
                elif here > second_dbm or (here == second_dbm and site < second):
                    second = site
                    second_dbm = here
            best.first[row, column] = first
            best.second[row, column] = second
            best.first_dbm[row, column] = first_dbm
            best.second_dbm[row, column] = second_dbm


@compiled_parallel
def best_two(
    best: Best,
    mask: NDArray[np.bool_],
    frame: Frame,
    sites: SiteArrays,
    bins: SiteBins,
    tables: LossTables,
    two: bool,
) -> None:
    """Fill `best` where `mask` says so; of equal levels the lower position wins.

    Without `two` the second is not sought: its arrays then hold nothing of use.
    """
    rows, columns = mask.shape
    down = (rows + BLOCK - 1) // BLOCK
    across = (columns + BLOCK - 1) // BLOCK
    for number in numba.prange(down * across):
        top = (number // across) * BLOCK
        left = (number % across) * BLOCK
        found = np.empty(sites.x_m.size, np.int32)
        most_dbm = np.empty(sites.x_m.size, np.float32)
        block = block_at(frame, top, left)
        count = _candidates(block, sites, bins, tables, two, found, most_dbm)
        near = found[:count]
        if _alike(near, sites, tables):
            losses = tables.loss_db[sites.curve[near[0]]]
            _nearest_two(best, mask, frame, top, left, near, sites, losses)
        else:
            _compare_two(best, mask, frame, top, left, near, most_dbm, sites, tables, two)


@compiled_fast
def _span(
    dy: float, radius_m: float, x_m: float, column_0: int, columns: int, cell_m: float
) -> tuple[int, int]:
    """Columns [from, to) of a row at `dy` whose centres lie within `radius_m` of `x_m`."""
    square = radius_m * radius_m - dy * dy
    if square < 0:
        return 0, 0
    half = math.sqrt(square)
    begin = math.ceil((x_m - half) / cell_m - 0.5) - column_0
    end = math.floor((x_m + half) / cell_m - 0.5) + 1 - column_0
    begin = min(max(begin, 0), columns)
    return begin, max(begin, min(end, columns))


@compiled_fast
def _add_row(
    total_mw: NDArray[np.float32],
    start: np.int32,
    cell_m: np.float32,
    offset: np.float32,
    dy2: np.float32,
    power_mw: np.float32,
    gains: NDArray[np.float32],
) -> None:
    """Add one site's power to a run of cells; `gains` is the curve's (buckets, 2)."""
    for column in range(total_mw.size):
        dx = cell_m * np.float32(start + np.int32(column)) - offset
        squared = max(np.float32(dx * dx + dy2), np.float32(1.0))
        bucket = (np.float32(squared).view(np.uint32) >> np.uint32(BUCKET_SHIFT)) - np.uint32(
            FIRST_BUCKET
        )
        total_mw[column] += power_mw * (gains[bucket, 0] + squared * gains[bucket, 1])


@compiled_parallel
def total_power(
    total_mw: NDArray[np.float32],
    frame: Frame,
    sites: SiteArrays,
    power_mw: NDArray[np.float32],
    tables: LossTables,
) -> None:
    """Add to `total_mw` the power of every site within reach, in the order of the sites."""
    rows, columns = total_mw.shape
    cell_m = frame.cell_m
    for band in numba.prange((rows + _ROWS_TOGETHER - 1) // _ROWS_TOGETHER):
        top = band * _ROWS_TOGETHER
        bottom = min(top + _ROWS_TOGETHER, rows)
        for site in range(sites.x_m.size):
            x_m = sites.x_m[site]
            y_m = sites.y_m[site]
            reach = sites.reach_m[site]
            first = math.floor((y_m - reach) / cell_m) - frame.row_0
            last = math.ceil((y_m + reach) / cell_m) - frame.row_0
            home = math.floor(x_m / cell_m)
            # Counted from the site's own column, offsets stay small enough for float32
            # and do not depend on where the part begins.
            offset = np.float32(x_m - (home + 0.5) * cell_m)
            gains = tables.gain[sites.curve[site]]
            for row in range(max(top, first), min(bottom, last)):
                dy = (frame.row_0 + row + 0.5) * cell_m - y_m
                begin, end = _span(dy, reach, x_m, frame.column_0, columns, cell_m)
                start = np.int32(frame.column_0 + begin - home)
                part = total_mw[row, begin:end]
                _add_row(
                    part, start, np.float32(cell_m), offset, np.float32(dy * dy),
                    power_mw[site], gains,
                )  # fmt: skip


@compiled_parallel
def others_power(
    total_mw: NDArray[np.float32],
    first: NDArray[np.int32],
    frame: Frame,
    sites: SiteArrays,
    power_mw: NDArray[np.float32],
    tables: LossTables,
) -> None:
    """Turn the power of all sites into that of all but the first, in place.

    The first's share is worked out just as it was added, or their difference would be lost
    in rounding where the first is far stronger than all others.
    """
    rows, columns = total_mw.shape
    cell = np.float32(frame.cell_m)
    for row in numba.prange(rows):
        mine = np.zeros(1, np.float32)
        for column in range(columns):
            site = first[row, column]
            if site < 0:
                continue
            home = math.floor(sites.x_m[site] / frame.cell_m)
            offset = np.float32(sites.x_m[site] - (home + 0.5) * frame.cell_m)
            dy = (frame.row_0 + row + 0.5) * frame.cell_m - sites.y_m[site]
            mine[0] = 0
            _add_row(
                mine, np.int32(frame.column_0 + column - home), cell, offset,
                np.float32(dy * dy), power_mw[site], tables.gain[sites.curve[site]],
            )  # fmt: skip
            total_mw[row, column] = max(total_mw[row, column] - mine[0], np.float32(0))


@compiled_parallel
def count_within(
    steps: NDArray[np.int32],
    frame: Frame,
    x_m: NDArray[np.float64],
    y_m: NDArray[np.float64],
    from_m: NDArray[np.float64],
    to_m: NDArray[np.float64],
) -> None:
    """Count for each cell the rings (`from_m`, `to_m`] around points that it lies in.

    steps: (rows, columns + 1), zeroed; its running sum along a row is the count.
    """
    rows = steps.shape[0]
    columns = steps.shape[1] - 1
    cell_m = frame.cell_m
    for band in numba.prange((rows + _ROWS_TOGETHER - 1) // _ROWS_TOGETHER):
        top = band * _ROWS_TOGETHER
        bottom = min(top + _ROWS_TOGETHER, rows)
        for ring in range(x_m.size):
            first = math.floor((y_m[ring] - to_m[ring]) / cell_m) - frame.row_0
            last = math.ceil((y_m[ring] + to_m[ring]) / cell_m) - frame.row_0
            for row in range(max(top, first), min(bottom, last)):
                dy = (frame.row_0 + row + 0.5) * cell_m - y_m[ring]
                begin, end = _span(dy, to_m[ring], x_m[ring], frame.column_0, columns, cell_m)
                steps[row, begin] += 1
                steps[row, end] -= 1
                if from_m[ring] > 0:
                    begin, end = _span(dy, from_m[ring], x_m[ring], frame.column_0, columns, cell_m)
                    steps[row, begin] -= 1
                    steps[row, end] += 1
