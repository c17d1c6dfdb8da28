"""Levels where loss depends on what lies between site and cell, or on where an antenna points.

A link along a path costs a hundred times one by distance, so a cell takes its sites from
the strongest bound downwards and stops when no site left can change its answer: none can
be first or second, none can reach the threshold, and all of them together cannot move the
SINR by more than the stated bound. The bound of a site is its level by distance alone,
which obstruction and antenna pattern only lower.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import compiled_fast, compiled_parallel
from canopy.coverage.engine.loss_tables import LossTables, bucket_of, loss_at
from canopy.coverage.engine.obstruction import (
    BLOCKED,
    CLEAR,
    HeightField,
    sight_over,
    terrain_excess_db,
)
from canopy.coverage.engine.open_kernel import (
    BLOCK,
    SLACK_DB,
    Best,
    Block,
    Frame,
    bins_near,
    block_at,
    most_level,
)
from canopy.coverage.engine.point_to_area import (
    PointToArea,
    Workspace,
    over_free_space_db,
    workspace,
)
from canopy.coverage.engine.site_arrays import SiteArrays, SiteBins
from canopy.coverage.propagation.p1812.loss import free_space_over
from canopy.coverage.sites.antenna_kernel import pattern_loss_db
from canopy.coverage.terrain.sampling import height_at

EXPECTED, LINE_OF_SIGHT, NO_SIGHT = 0, 1, 2
"""Rows of a curve's tables: sight weighed by its probability, seen, not seen."""
SIGHTS = 3


class PathRules(NamedTuple):
    """How a link's loss is found beyond its distance.

    Attributes:
        by_surface: sight is decided over the surface, else weighed by its probability.
        over_terrain: diffraction over the terrain is added.
        receiver_m: height of the receiver above the ground [m].
        west_m, north_m: corner of the run grid in its CRS [m].
        noise_mw: in the reference band [mW].
        load: share of the time that other sites transmit, 0 to 1.
        threshold_dbm: level that counts as covered [dBm].
        most_change: largest share of noise and interference that the sites left out may
            make up together; below 0 no site is left out.
    """

    by_surface: bool
    over_terrain: bool
    receiver_m: float
    west_m: float
    north_m: float
    noise_mw: float
    load: float
    threshold_dbm: float
    most_change: float


class Along(NamedTuple):
    """What the paths of one operator's sites add to `Best`; all of the part's shape.

    Attributes:
        interference_mw: float32, power of all sites but the first [mW], NaN where a site's
            level that could matter is unknown.
        above: uint16, sites at or above the threshold.
        sight: uint8, row of the tables that the first site's loss came from.
        evaluated: int64 (blocks), links whose path was looked at.
    """

    interference_mw: NDArray[np.float32]
    above: NDArray[np.uint16]
    sight: NDArray[np.uint8]
    evaluated: NDArray[np.int64]

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> Along:
        blocks = -(-shape[0] // BLOCK) * -(-shape[1] // BLOCK)
        return cls(
            np.zeros(shape, np.float32),
            np.zeros(shape, np.uint16),
            np.zeros(shape, np.uint8),
            np.zeros(blocks, np.int64),
        )


class Patterns(NamedTuple):
    """Antenna patterns as tables of loss [dB] at each degree, float32 (patterns, 360).

    `most_db`: float64 (patterns), what the two together are held to [dB].
    """

    horizontal_db: NDArray[np.float32]
    vertical_db: NDArray[np.float32]
    most_db: NDArray[np.float64]


class Wave(NamedTuple):
    """What a curve needs beyond its tables; one entry for each row of the tables.

    Attributes:
        length_m: float64, wavelength [m].
        earth_m: median effective Earth radius of the run [m].
    """

    length_m: NDArray[np.float64]
    earth_m: float


@compiled_fast
def _in_reach(
    block: Block,
    bins: SiteBins,
    sites: SiteArrays,
    tables: LossTables,
    found: NDArray[np.int32],
    most_dbm: NDArray[np.float32],
) -> int:
    """Fill `found` with all sites in reach of a block, unordered; how many."""
    first_column, last_column, first_row, last_row = bins_near(block, bins)
    count = 0
    for row in range(first_row, last_row + 1):
        begin = bins.starts[row * bins.columns + first_column]
        end = bins.starts[row * bins.columns + last_column + 1]
        for at in range(begin, end):
            most = most_level(block, sites, tables, bins.order[at])
            if most > -np.inf:
                found[count] = bins.order[at]
                most_dbm[count] = most
                count += 1
    return count


@compiled_fast
def _pattern_loss(
    sites: SiteArrays, site: int, patterns: Patterns, dx: float, dy: float, drop_m: float
) -> float:
    """Loss [dB] of a site's antenna towards a place `dx` east and `dy` south of it."""
    bearing = math.degrees(math.atan2(dx, -dy))
    elevation = -math.degrees(math.atan2(drop_m, math.hypot(dx, dy)))
    number = sites.pattern[site]
    return pattern_loss_db(
        patterns.horizontal_db[number],
        patterns.vertical_db[number],
        bearing,
        elevation,
        sites.azimuth_deg[site],
        sites.downtilt_deg[site],
        patterns.most_db[number],
    )


class Ranking(NamedTuple):
    """The sites in reach of a block, from the strongest bound to the weakest.

    Of equal bounds the lower position comes first, so that sums, and where they are broken
    off, do not depend on how the area was cut.

    Attributes:
        sites: int32, positions in the site arrays.
        most_dbm: float32, the bound of each over the block [dBm].
        rest_mw: float64, sum of the bounds from each on [mW], one entry more.
    """

    sites: NDArray[np.int32]
    most_dbm: NDArray[np.float32]
    rest_mw: NDArray[np.float64]


@compiled_fast
def _rank(block: Block, sites: SiteArrays, bins: SiteBins, tables: LossTables) -> Ranking:
    found = np.empty(sites.x_m.size, np.int32)
    most_dbm = np.empty(sites.x_m.size, np.float32)
    count = _in_reach(block, bins, sites, tables, found, most_dbm)
    by_position = np.argsort(found[:count], kind="mergesort")
    order = by_position[np.argsort(-most_dbm[by_position], kind="mergesort")]
    ranked_dbm = most_dbm[order]
    rest_mw = np.zeros(count + 1)
    for at in range(count - 1, -1, -1):
        rest_mw[at] = rest_mw[at + 1] + 10 ** (np.float64(ranked_dbm[at]) / 10)
    return Ranking(found[order], ranked_dbm, rest_mw)


class Paths(NamedTuple):
    """What a link's loss is found from: the run's tables, heights and rules.

    Put together inside the kernel: numba takes no tuple of tuples into a parallel loop.
    """

    tables: LossTables
    patterns: Patterns
    terrain: HeightField
    surface: HeightField
    clutter: HeightField
    wave: Wave
    area: PointToArea
    rules: PathRules


class Cells(NamedTuple):
    """The state of a block's cells while its sites come in; all of (`BLOCK`, `BLOCK`).

    `receiver_m` is above the datum, filled only where sight is decided over a surface.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    first_dbm: NDArray[np.float64]
    second_dbm: NDArray[np.float64]
    first_mw: NDArray[np.float64]
    others_mw: NDArray[np.float64]
    unknown_dbm: NDArray[np.float64]
    above: NDArray[np.uint16]
    sight: NDArray[np.uint8]
    receiver_m: NDArray[np.float64]


@compiled_fast
def _no_cells() -> Cells:
    shape = (BLOCK, BLOCK)
    return Cells(
        np.full(shape, np.int32(-1)),
        np.full(shape, np.int32(-1)),
        np.full(shape, -np.inf),
        np.full(shape, -np.inf),
        np.zeros(shape),
        np.zeros(shape),
        np.full(shape, -np.inf),
        np.zeros(shape, np.uint16),
        np.zeros(shape, np.uint8),
        np.full(shape, np.nan),
    )


@compiled_fast
def _add(
    cells: Cells, i: int, j: int, site: int, here: float, sight: int, threshold_dbm: float
) -> None:
    """Let a cell hear a site at the level `here` [dBm]."""
    here_mw = 10 ** (here / 10)
    if here >= threshold_dbm:
        cells.above[i, j] += np.uint16(1)
    if here > cells.first_dbm[i, j] or (here == cells.first_dbm[i, j] and site < cells.first[i, j]):
        cells.second[i, j] = cells.first[i, j]
        cells.second_dbm[i, j] = cells.first_dbm[i, j]
        cells.others_mw[i, j] += cells.first_mw[i, j]
        cells.first[i, j] = site
        cells.first_dbm[i, j] = here
        cells.first_mw[i, j] = here_mw
        cells.sight[i, j] = sight
        return
    cells.others_mw[i, j] += here_mw
    if here > cells.second_dbm[i, j] or (
        here == cells.second_dbm[i, j] and site < cells.second[i, j]
    ):
        cells.second[i, j] = site
        cells.second_dbm[i, j] = here


@compiled_fast
def _is_settled(
    cells: Cells, wanted: NDArray[np.bool_], most_dbm: float, rest_mw: float, rules: PathRules
) -> bool:
    """Whether no site left can change what any cell of the block is told.

    Their bounds are below the second level and the threshold, and all of them together are
    below the share of noise and interference that may be left out.
    """
    if rules.most_change < 0:
        return False
    rows, columns = wanted.shape
    for i in range(rows):
        for j in range(columns):
            if wanted[i, j] and (
                most_dbm >= min(cells.second_dbm[i, j], rules.threshold_dbm) - SLACK_DB
                or rest_mw * rules.load
                > rules.most_change * (rules.noise_mw + rules.load * cells.others_mw[i, j])
            ):
                return False
    return True


@compiled_fast
def _excess(
    site: int,
    x: float,
    y: float,
    by_area: bool,
    sites: SiteArrays,
    paths: Paths,
    room: Workspace,
) -> float:
    """What the path adds to the loss by distance at a place [dB], NaN where it is unknown.

    by_area: P.1812 over free space, else diffraction over the terrain.
    """
    rules = paths.rules
    if by_area:
        return over_free_space_db(
            paths.terrain,
            paths.clutter,
            paths.area,
            sites.curve[site],
            rules.west_m + sites.x_m[site],
            rules.north_m - sites.y_m[site],
            sites.antenna_m[site],
            rules.west_m + x,
            rules.north_m - y,
            rules.receiver_m,
            sites.on_terrain[site],
            room,
        )
    return terrain_excess_db(
        paths.terrain,
        rules.west_m + sites.x_m[site],
        rules.north_m - sites.y_m[site],
        sites.antenna_m[site],
        rules.west_m + x,
        rules.north_m - y,
        rules.receiver_m,
        paths.wave.length_m[sites.curve[site]],
        paths.wave.earth_m,
        room.ground_m,
    )


class Lattice(NamedTuple):
    """The centres of the terrain's cells around a block, where its excess is computed.

    The terrain says nothing between them, so neither need what it adds to a loss be
    computed between them: it is interpolated, as the heights are. `x_m`, `y_m`: of the
    north-western node, as site coordinates are given.
    """

    x_m: float
    y_m: float
    pitch_m: float
    rows: int
    columns: int


@compiled_fast
def _lattice(block: Block, terrain: HeightField, rules: PathRules) -> Lattice:
    """The nodes that enclose the centres of a block's cells."""
    pitch = terrain.cell_m
    origin_x = terrain.west_m + pitch / 2 - rules.west_m
    origin_y = rules.north_m - (terrain.north_m - pitch / 2)
    first_column = math.floor((block.west - origin_x) / pitch)
    last_column = math.ceil((block.east - origin_x) / pitch)
    first_row = math.floor((block.north - origin_y) / pitch)
    last_row = math.ceil((block.south - origin_y) / pitch)
    return Lattice(
        origin_x + first_column * pitch,
        origin_y + first_row * pitch,
        pitch,
        max(2, int(last_row - first_row) + 1),
        max(2, int(last_column - first_column) + 1),
    )


@compiled_fast
def _fill_nodes(
    nodes: NDArray[np.float64],
    lattice: Lattice,
    site: int,
    by_area: bool,
    sites: SiteArrays,
    paths: Paths,
    room: Workspace,
) -> None:
    for row in range(lattice.rows):
        for column in range(lattice.columns):
            nodes[row, column] = _excess(
                site,
                lattice.x_m + column * lattice.pitch_m,
                lattice.y_m + row * lattice.pitch_m,
                by_area,
                sites,
                paths,
                room,
            )


@compiled_fast
def _between(nodes: NDArray[np.float64], lattice: Lattice, x: float, y: float) -> float:
    """The excess at a place, bilinear between the nodes around it."""
    across = (x - lattice.x_m) / lattice.pitch_m
    down = (y - lattice.y_m) / lattice.pitch_m
    column = min(max(int(across), 0), lattice.columns - 2)
    row = min(max(int(down), 0), lattice.rows - 2)
    across -= column
    down -= row
    upper = nodes[row, column] + across * (nodes[row, column + 1] - nodes[row, column])
    lower = nodes[row + 1, column] + across * (nodes[row + 1, column + 1] - nodes[row + 1, column])
    return upper + down * (lower - upper)


@compiled_fast
def _ground_at(x: float, y: float, paths: Paths) -> float:
    """Height of the ground at a place [m above the datum], NaN where it is not known."""
    terrain, rules = paths.terrain, paths.rules
    return height_at(
        terrain.height_m, terrain.west_m, terrain.north_m, terrain.cell_m,
        rules.west_m + x, rules.north_m - y,
    )  # fmt: skip


@compiled_fast
def _fill_receivers(
    receivers_m: NDArray[np.float64], block: Block, cell_m: float, paths: Paths
) -> None:
    """The height of each cell's receiver above the datum, NaN where it is not known."""
    for i in range(receivers_m.shape[0]):
        for j in range(receivers_m.shape[1]):
            ground_m = _ground_at(block.west + j * cell_m, block.north + i * cell_m, paths)
            receivers_m[i, j] = ground_m + paths.rules.receiver_m


@compiled_fast
def _row_of_sight(
    site: int,
    antenna_m: float,
    x: float,
    y: float,
    receiver_m: float,
    sites: SiteArrays,
    paths: Paths,
) -> int:
    """The row of the tables by what the surface hides; -1 where a height is unknown.

    antenna_m, receiver_m: above the datum.
    """
    rules = paths.rules
    sight = sight_over(
        paths.surface,
        rules.west_m + sites.x_m[site],
        rules.north_m - sites.y_m[site],
        antenna_m,
        rules.west_m + x,
        rules.north_m - y,
        receiver_m,
        paths.wave.earth_m,
    )
    if sight == CLEAR:
        return LINE_OF_SIGHT
    return NO_SIGHT if sight == BLOCKED else -1


class Extras(NamedTuple):
    """What a site's paths add at the nodes around a block, and where it is taken from.

    Attributes:
        terrain_db, area_db: at the nodes, for diffraction and for P.1812 [dB].
        between, area_between: whether cells take it from the nodes, each.
        over_terrain: whether diffraction is added at all.
        beyond_m2: squared distance beyond which P.1812 answers [m²].
    """

    terrain_db: NDArray[np.float64]
    area_db: NDArray[np.float64]
    between: bool
    area_between: bool
    over_terrain: bool
    beyond_m2: float


@compiled_fast
def _extras(
    nodes: NDArray[np.float64],
    block: Block,
    cell_m: float,
    site: int,
    sites: SiteArrays,
    paths: Paths,
    lattice: Lattice,
    room: Workspace,
) -> Extras:
    """Fill the nodes of a site that some cell of the block will ask."""
    rules = paths.rules
    beyond = paths.area.beyond_m2[sites.curve[site]]
    over_terrain = rules.over_terrain and sites.on_terrain[site]
    is_fine = cell_m < paths.terrain.cell_m
    between = over_terrain and is_fine
    area_between = is_fine and not paths.area.by_cell
    terrain_db, area_db = nodes[0], nodes[1]
    nearest, farthest = _squared_distances(block, sites.x_m[site], sites.y_m[site])
    if between and nearest <= beyond:
        _fill_nodes(terrain_db, lattice, site, False, sites, paths, room)
    if area_between and farthest > beyond:
        _fill_nodes(area_db, lattice, site, True, sites, paths, room)
    return Extras(terrain_db, area_db, between, area_between, over_terrain, beyond)


@compiled_fast
def _squared_distances(block: Block, x_m: float, y_m: float) -> tuple[float, float]:
    """From a site to the nearest and the farthest point of a block [m²]."""
    near_x = max(max(block.west - x_m, x_m - block.east), 0.0)
    near_y = max(max(block.north - y_m, y_m - block.south), 0.0)
    far_x = max(x_m - block.west, block.east - x_m)
    far_y = max(y_m - block.north, block.south - y_m)
    return near_x * near_x + near_y * near_y, far_x * far_x + far_y * far_y


@compiled_fast
def _area_loss(
    site: int,
    x: float,
    y: float,
    squared: float,
    sites: SiteArrays,
    paths: Paths,
    lattice: Lattice,
    extras: Extras,
    room: Workspace,
) -> float:
    """The loss at a place by P.1812 [dB], not below that of the table; NaN where unknown."""
    curve = sites.curve[site]
    if extras.area_between:
        more = _between(extras.area_db, lattice, x, y)
    else:
        more = _excess(site, x, y, True, sites, paths, room)
    loss = more + free_space_over(max(squared, 1.0), paths.area.frequency_ghz[curve])
    least = float(loss_at(paths.tables.loss_db[curve], np.float32(squared)))
    return least if loss < least else loss


@compiled_fast
def _hear(
    cells: Cells,
    wanted: NDArray[np.bool_],
    block: Block,
    cell_m: float,
    site: int,
    sites: SiteArrays,
    paths: Paths,
    lattice: Lattice,
    nodes: NDArray[np.float64],
    room: Workspace,
) -> int:
    """Let all cells of a block hear a site; how many links that was."""
    rules = paths.rules
    tables = paths.tables
    curve = sites.curve[site]
    reach2 = sites.reach_m[site] * sites.reach_m[site]
    extras = _extras(nodes, block, cell_m, site, sites, paths, lattice, room)
    antenna_m = sites.antenna_m[site] + _ground_at(sites.x_m[site], sites.y_m[site], paths)
    links = 0
    for i in range(wanted.shape[0]):
        y = block.north + i * cell_m
        dy = y - sites.y_m[site]
        for j in range(wanted.shape[1]):
            x = block.west + j * cell_m
            dx = x - sites.x_m[site]
            squared = dx * dx + dy * dy
            if not wanted[i, j] or squared > reach2:
                continue
            links += 1
            row = EXPECTED
            loss = np.nan
            if squared > extras.beyond_m2:
                loss = _area_loss(site, x, y, squared, sites, paths, lattice, extras, room)
            else:
                if rules.by_surface:
                    row = _row_of_sight(site, antenna_m, x, y, cells.receiver_m[i, j], sites, paths)
                if row >= 0:
                    loss = float(loss_at(tables.loss_db[curve + row], np.float32(squared)))
                    if extras.over_terrain and row != LINE_OF_SIGHT:
                        if extras.between:
                            loss += _between(extras.terrain_db, lattice, x, y)
                        else:
                            loss += _excess(site, x, y, False, sites, paths, room)
            if sites.pattern[site] >= 0:
                drop = sites.antenna_m[site] - rules.receiver_m
                loss += _pattern_loss(sites, site, paths.patterns, dx, dy, drop)
            if math.isnan(loss):
                bucket = bucket_of(np.float32(squared))
                bound = float(sites.level_dbm[site] - tables.least_db[curve, bucket])
                cells.unknown_dbm[i, j] = max(cells.unknown_dbm[i, j], bound)
            else:
                here = float(sites.level_dbm[site]) - loss
                _add(cells, i, j, site, here, row, rules.threshold_dbm)
    return links


@compiled_fast
def _fill_block(
    best: Best,
    along: Along,
    mask: NDArray[np.bool_],
    frame: Frame,
    top: int,
    left: int,
    sites: SiteArrays,
    bins: SiteBins,
    tables: LossTables,
    patterns: Patterns,
    terrain: HeightField,
    surface: HeightField,
    clutter: HeightField,
    wave: Wave,
    area: PointToArea,
    rules: PathRules,
) -> int:
    """Fill the cells of a block that are asked for; how many links were looked at."""
    wanted = mask[top : min(mask.shape[0], top + BLOCK), left : min(mask.shape[1], left + BLOCK)]
    if not wanted.any():
        return 0
    paths = Paths(tables, patterns, terrain, surface, clutter, wave, area, rules)
    block = block_at(frame, top, left)
    ranking = _rank(block, sites, bins, tables)
    room = workspace(bins.reach_m, terrain, area)
    lattice = _lattice(block, terrain, rules)
    nodes = np.empty((2, lattice.rows, lattice.columns))
    cells = _no_cells()
    if rules.by_surface:
        _fill_receivers(cells.receiver_m, block, frame.cell_m, paths)
    links = 0
    for at in range(ranking.sites.size):
        if _is_settled(cells, wanted, ranking.most_dbm[at], ranking.rest_mw[at], rules):
            break
        links += _hear(
            cells, wanted, block, frame.cell_m, ranking.sites[at], sites, paths, lattice,
            nodes, room,
        )  # fmt: skip
    _write(best, along, wanted, top, left, cells)
    return links


@compiled_fast
def _write(
    best: Best, along: Along, wanted: NDArray[np.bool_], top: int, left: int, cells: Cells
) -> None:
    """Put a block's cells where they belong; a stronger site that is unknown hides the first."""
    for i in range(wanted.shape[0]):
        for j in range(wanted.shape[1]):
            if not wanted[i, j]:
                continue
            row, column = top + i, left + j
            best.first[row, column] = cells.first[i, j]
            best.second[row, column] = cells.second[i, j]
            best.first_dbm[row, column] = cells.first_dbm[i, j]
            best.second_dbm[row, column] = cells.second_dbm[i, j]
            along.interference_mw[row, column] = cells.others_mw[i, j]
            along.above[row, column] = cells.above[i, j]
            along.sight[row, column] = cells.sight[i, j]
            if cells.unknown_dbm[i, j] > -np.inf:
                along.interference_mw[row, column] = np.nan
            if cells.unknown_dbm[i, j] > cells.first_dbm[i, j]:
                best.first[row, column] = -1
                best.first_dbm[row, column] = np.nan


@compiled_parallel
def best_two_along(
    best: Best,
    along: Along,
    mask: NDArray[np.bool_],
    frame: Frame,
    sites: SiteArrays,
    bins: SiteBins,
    tables: LossTables,
    patterns: Patterns,
    terrain: HeightField,
    surface: HeightField,
    clutter: HeightField,
    wave: Wave,
    area: PointToArea,
    rules: PathRules,
) -> None:
    """Fill `best` and `along` where `mask` says so; of equal levels the lower position wins.

    `sites.curve` counts rows of the tables: `SIGHTS` to a class, the expected one first;
    the bounds of that first row hold for all that the rules may choose. The first site is
    NaN where a site of unknown level could be stronger.
    """
    rows, columns = mask.shape
    down = (rows + BLOCK - 1) // BLOCK
    across = (columns + BLOCK - 1) // BLOCK
    looked = along.evaluated
    for number in numba.prange(down * across):
        top = (number // across) * BLOCK
        left = (number % across) * BLOCK
        looked[number] = _fill_block(
            best, along, mask, frame, top, left, sites, bins, tables, patterns, terrain,
            surface, clutter, wave, area, rules,
        )  # fmt: skip
