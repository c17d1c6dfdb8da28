"""A run: from a problem to the layers of its cells, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.finish_kernel import Service, Told, tell
from canopy.coverage.engine.holding import Held, in_memory
from canopy.coverage.engine.loss_tables import LossTables
from canopy.coverage.engine.merging import Layers
from canopy.coverage.engine.open_kernel import (
    Best,
    Frame,
    best_two,
    count_within,
    others_power,
    total_power,
)
from canopy.coverage.engine.parts import OperatorPart, Part, PartAnswer, in_whole_blocks, parts_of
from canopy.coverage.engine.path_kernel import Along, Paths, best_two_along
from canopy.coverage.engine.preparing import Prepared
from canopy.coverage.engine.rings import Rings
from canopy.coverage.engine.site_arrays import SiteArrays, bin_sites
from canopy.coverage.grid import Grid
from canopy.coverage.result import CoverageResult
from canopy.coverage.validity import Validity


class Solvable(Protocol):
    """What a part is solved from: a whole problem, or the tile that was cut from it.

    See `canopy.coverage.engine.preparing.Prepared` for the attributes.
    """

    @property
    def grid(self) -> Grid: ...
    @property
    def operators(self) -> tuple[str, ...]: ...
    @property
    def sites(self) -> dict[str, SiteArrays]: ...
    @property
    def along_paths(self) -> dict[str, bool]: ...
    @property
    def tables(self) -> LossTables: ...
    @property
    def paths(self) -> Paths: ...
    @property
    def service(self) -> Service: ...
    @property
    def rings(self) -> Rings: ...
    def mask(self, part: Part) -> NDArray[np.bool_]:
        """Which cells of a part are asked for."""


def solve_operator(prepared: Solvable, operator: str, part: Part) -> OperatorPart:
    """The best two servers of one operator over a part, and what they are worth."""
    grid = prepared.grid
    sites = prepared.sites[operator].touching(grid, in_whole_blocks(grid, part))
    shape = part.shape
    mask = prepared.mask(part)
    best = Best.empty(shape)
    told = Told.empty(shape)
    frame = Frame(part.column, part.row, grid.cell_m)
    if sites.number.size == 0:
        return _nobody(best, told, mask)
    if prepared.along_paths[operator]:
        along = Along.empty(shape)
        best_two_along(
            best,
            along,
            mask,
            frame,
            sites,
            bin_sites(sites),
            *prepared.paths,
        )
        interference, above, sight = along.interference_mw, along.above, along.sight
        evaluated = int(along.evaluated.sum())
    else:
        best_two(best, mask, frame, sites, bin_sites(sites), prepared.tables, True)
        interference = np.zeros(shape, np.float32)
        power_mw = sites.power_mw
        total_power(interference, frame, sites, power_mw, prepared.tables)
        others_power(interference, best.first, frame, sites, power_mw, prepared.tables)
        above = _count_above(shape, frame, sites, prepared.rings)
        sight = np.zeros(shape, np.uint8)
        evaluated = 0
    tell(told, best, interference, sight, mask, frame, sites, prepared.tables, prepared.service)
    return OperatorPart(
        _in_run_order(best.first, sites),
        _in_run_order(best.second, sites),
        best.first_dbm,
        best.second_dbm,
        above,
        told,
        evaluated,
    )


def _nobody(best: Best, told: Told, mask: NDArray[np.bool_]) -> OperatorPart:
    told.flag[mask] = Validity.IN_RANGE
    told.sinr_db[mask] = -np.inf
    told.probability[mask] = 0
    above = np.zeros(mask.shape, np.uint16)
    return OperatorPart(best.first, best.second, best.first_dbm, best.second_dbm, above, told, 0)


def _in_run_order(positions: NDArray[np.int32], sites: SiteArrays) -> NDArray[np.int32]:
    """Numbers of the run's sites for positions in `sites`, -1 kept."""
    numbers = np.append(sites.number, np.int32(-1))
    return numbers[positions]


def _count_above(
    shape: tuple[int, int], frame: Frame, sites: SiteArrays, rings: Rings
) -> NDArray[np.uint16]:
    """How many of `sites` reach the threshold in each cell, by the rings in which they do."""
    x_m, y_m, from_m, to_m = rings.around(sites)
    steps = np.zeros((shape[0], shape[1] + 1), np.int32)
    count_within(steps, frame, x_m, y_m, from_m, to_m)
    return np.cumsum(steps[:, :-1], axis=1).astype(np.uint16)


def solve_part(prepared: Solvable, part: Part) -> PartAnswer:
    """The answer over one part; depends on nothing but the problem and the part."""
    return PartAnswer(
        {operator: solve_operator(prepared, operator, part) for operator in prepared.operators}
    )


def solve(
    prepared: Prepared,
    progress: Callable[[float], None] | None = None,
    held: Held = in_memory,
) -> CoverageResult:
    """The whole run, in this process.

    progress: called with the share that is done, 0 to 1; what it raises stops the run.
    held: where the layers are.
    """
    parts = list(parts_of(prepared.grid.shape))
    answers = ((part, solve_part(prepared, part)) for part in parts)
    return assemble(prepared, answers, len(parts), progress, held)


def assemble(
    prepared: Prepared,
    answers: Iterable[tuple[Part, PartAnswer]],
    many: int,
    progress: Callable[[float], None] | None = None,
    held: Held = in_memory,
) -> CoverageResult:
    """The whole run from its `many` parts, in any order; as `solve`."""
    say = progress or _silent
    layers = Layers.empty(prepared, held)
    say(0.0)
    for done, (part, answer) in enumerate(answers, 1):
        layers.put(part, answer)
        say(done / many)
    return layers.result()


def _silent(share: float) -> None:
    """Nobody asked."""
