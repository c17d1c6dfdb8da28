"""A run whose tiles are solved by dask workers, on this machine or on others.

A tile carries its halo and depends on nothing else, so nothing has to be put on a worker
before, and one that is lost takes nothing with it but the tile under way: the scheduler
hands that to another. A few tiles for each worker are under way at a time, whatever the size
of the run; every answer is put in its place in the layers when it comes.
"""

from __future__ import annotations

import pickle
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import dask
import numba
from distributed import Client, Future, KilledWorker, get_worker, wait

from canopy.coverage.compiled import ONE_AT_A_TIME
from canopy.coverage.engine.holding import Held, in_memory
from canopy.coverage.engine.parts import Part, PartAnswer, parts_of
from canopy.coverage.engine.preparing import Prepared
from canopy.coverage.engine.solve import assemble
from canopy.coverage.engine.tiles import Tile, cut
from canopy.coverage.result import CoverageResult
from canopy.errors import ClusterUnavailable
from canopy.plan.coverage.cluster import (
    WORKERS_WAIT_S,
    Build,
    agreed_build,
    lost,
    own_build,
    worker_count,
)
from canopy.plan.coverage.gathering import Gathered
from canopy.plan.coverage.holding import held_for
from canopy.plan.coverage.running import Solver

SIDES_CELLS = (256, 128, 64)
"""Sides that tiles may have [cells]: the largest of which there are enough is taken."""
TILES_PER_WORKER = 8
"""How many are enough: tiles differ in what they cost, and the last ones are waited for."""
UNDER_WAY_PER_WORKER = 2
"""One is solved while the next is on its way."""
RETRIES = 2
"""Of a tile that failed on a worker. How many workers it may outlive is dask's
``distributed.scheduler.allowed-failures``."""
_BEAT_S = 1.0


def on(client: Client, folder: Path) -> Solver:
    """A solver by the workers of `client`; layers too large for memory are held in `folder`."""

    def solver(
        gathered: Gathered, prepared: Prepared, progress: Callable[[float], None]
    ) -> CoverageResult:
        return solve_on(client, prepared, progress, held_for(prepared, folder))

    return solver


def solve_on(
    client: Client,
    prepared: Prepared,
    progress: Callable[[float], None],
    held: Held = in_memory,
) -> CoverageResult:
    """The whole run by the workers of `client`; the same as in one process, bit for bit.

    progress: called with the share that is done, 0 to 1, at least once a second; what it
    raises calls back the tiles under way and stops the run. A worker that is lost costs its
    tile a new attempt. Raises ClusterUnavailable where the workers are not of one build,
    all are lost, or a tile ends every worker that takes it.
    """
    build = agreed_build(client)
    parts = _tiling(prepared.grid.shape, worker_count(client))
    share = 0.0

    def say(done: float) -> None:
        nonlocal share
        share = done
        progress(done)

    tiles = _answers(client, prepared, parts, build, lambda: progress(share))
    with client.as_current(), closing(tiles) as answers:
        return assemble(prepared, answers, len(parts), say, held)


def _tiling(shape: tuple[int, int], workers: int) -> list[Part]:
    for side in SIDES_CELLS:
        parts = list(parts_of(shape, side))
        if len(parts) >= TILES_PER_WORKER * workers:
            break
    return parts


def _answers(
    client: Client,
    prepared: Prepared,
    parts: Sequence[Part],
    build: Build,
    idle: Callable[[], None],
) -> Generator[tuple[Part, PartAnswer]]:
    """The parts as they are answered; `idle` is called while nothing comes."""
    run_id = uuid.uuid4().hex
    waiting = iter(parts)
    under_way: dict[Future[Any], Part] = {}
    try:
        while True:
            room = UNDER_WAY_PER_WORKER * max(1, worker_count(client)) - len(under_way)
            for part in islice(waiting, max(0, room)):
                under_way[_send(client, cut(prepared, part), build, run_id)] = part
            if not under_way:
                return
            for future in _landed(client, list(under_way), idle):
                part = under_way.pop(future)
                try:
                    answer = _answer_of(future, part)
                finally:  # a frame that a traceback holds would keep it on the cluster
                    future.release()
                yield part, answer
    finally:
        if client.status == "running":  # else they went with the scheduler
            client.cancel(list(under_way), force=True)


def _send(client: Client, tile: Tile, build: Build, run_id: str) -> Future[Any]:
    """Let a worker solve a tile.

    The tile travels within the task, not as data of some worker, which would be lost with
    it; so dask need not warn of its size. It is pickled here, since arrays that dask unpacks
    cannot be written to, and numba would compile every kernel again for them.
    """
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
        return client.submit(
            solve_tile,
            pickle.dumps(tile, pickle.HIGHEST_PROTOCOL),
            build,
            key=f"canopy-tile-{run_id}-{tile.part.row}-{tile.part.column}",
            retries=RETRIES,
        )


def solve_tile(pickled: bytes, build: Build) -> PartAnswer:
    """What a worker does: solve a tile, if it is of the build that all are to be of.

    A process solves one tile at a time, with as many threads as dask gives it: numba's own
    then never outnumber the cores, and none of its threading layers is asked too much.
    """
    own = own_build()
    if own != build:
        raise ClusterUnavailable(f"a worker has {own}, the others {build}")
    with ONE_AT_A_TIME:
        numba.set_num_threads(min(get_worker().state.nthreads, numba.get_num_threads()))
        tile: Tile = pickle.loads(pickled)
        return tile.answer()


def _landed(
    client: Client, under_way: list[Future[Any]], idle: Callable[[], None]
) -> set[Future[Any]]:
    """Those that have an answer, or have failed; one at least."""
    seen_at = time.monotonic()
    while True:
        try:
            landed: set[Future[Any]] = wait(under_way, _BEAT_S, "FIRST_COMPLETED").done
            return landed
        except TimeoutError:
            idle()
        except CancelledError as error:
            raise lost(error) from error
        if worker_count(client):
            seen_at = time.monotonic()
        elif time.monotonic() - seen_at > WORKERS_WAIT_S:
            raise ClusterUnavailable(
                f"all workers were lost, and none came within {WORKERS_WAIT_S:g} s"
            )


def _answer_of(future: Future[Any], part: Part) -> PartAnswer:
    try:
        answer: PartAnswer = future.result()
    except KilledWorker as error:
        raise ClusterUnavailable(
            f"the tile at row {part.row}, column {part.column} ended every worker that took it, "
            f"{error.allowed_failures + 1} in all: look into their logs, most likely for want of "
            "memory"
        ) from error
    except CancelledError as error:
        raise lost(error) from error
    return answer
