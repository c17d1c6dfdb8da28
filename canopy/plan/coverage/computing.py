"""Where a run is computed: in this process, by several on this machine, or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from canopy.coverage.engine.parts import parts_of
from canopy.coverage.engine.preparing import Prepared
from canopy.coverage.engine.solve import solve
from canopy.coverage.result import CoverageResult
from canopy.errors import Refused
from canopy.plan.coverage.gathering import Gathered
from canopy.plan.coverage.holding import held_for
from canopy.plan.coverage.running import Solver

MOST_WORKERS = 256

TILE_CELLS = 256
"""Side of the tiles by which runs are told apart [cells]."""
MANY_OVER_TERRAIN, MANY_BY_DISTANCE = 32, 800
"""Tiles from which processes are worth their start.

Measured on two cores with Camden's 2,820 sites at 10 m and a reach of 5 km: a tile over
terrain takes 1.4 s of one core, and 0.3 s are lost where numba gives two threads equal
shares of it; by distance alone 0.06 s and 0.01 s. Starting two processes took 1.5 s, on a
busy machine up to 10 s of processor time between them.
"""


@contextmanager
def solver_for(cluster: str | None, workers: int | None, folder: Path) -> Iterator[Solver]:
    """A solver, connected while the block lasts.

    cluster: address of a dask scheduler; it is connected at once, so that one that does not
    answer is known before inputs are read. workers: processes on this machine; 0 computes in
    this one, None leaves it to the size of the run. folder: on a disk, for the layers of a
    run that is too large for memory.
    """
    if cluster is not None and workers is not None:
        raise Refused("name the address of a cluster or a number of workers here, not both")
    if workers is not None and not 0 <= workers <= MOST_WORKERS:
        raise Refused(f"{workers:,} workers: choose 0 to {MOST_WORKERS}")
    if cluster is None:
        yield _on_this_machine(workers, folder)
        return
    from canopy.plan.coverage.cluster import connected  # dask takes half a second to load
    from canopy.plan.coverage.distributing import on

    with connected(cluster) as client:
        yield on(client, folder)


def _on_this_machine(workers: int | None, folder: Path) -> Solver:
    def solver(
        gathered: Gathered, prepared: Prepared, progress: Callable[[float], None]
    ) -> CoverageResult:
        count = workers_for(prepared) if workers is None else workers
        if count == 0:
            return solve(prepared, progress, held_for(prepared, folder))
        from canopy.plan.coverage.cluster import local_workers
        from canopy.plan.coverage.distributing import on

        with local_workers(count) as client:
            return on(client, folder)(gathered, prepared, progress)

    return solver


def workers_for(prepared: Prepared) -> int:
    """How many processes are worth starting on this machine; 0 for none."""
    from dask.system import CPU_COUNT

    tiles = sum(
        bool(prepared.mask(each).any()) for each in parts_of(prepared.grid.shape, TILE_CELLS)
    )
    many = MANY_OVER_TERRAIN if any(prepared.along_paths.values()) else MANY_BY_DISTANCE
    return int(CPU_COUNT) if tiles >= many and CPU_COUNT > 1 else 0
