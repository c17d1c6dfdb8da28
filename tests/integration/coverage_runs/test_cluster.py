"""A run on dask workers, real processes each, equals the run in one process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest
from coverage_town import ASKED, assert_same_layers, lamp, write_inputs
from distributed import Client
from slow_tiles import slow_down

import canopy
from canopy.coverage.engine.preparing import Prepared, prepare
from canopy.coverage.engine.solve import solve
from canopy.coverage.grid import Grid
from canopy.coverage.result import CoverageResult
from canopy.coverage.terrain.heights import HeightGrid
from canopy.errors import ClusterUnavailable, Refused
from canopy.plan.coverage import computing, holding
from canopy.plan.coverage.cluster import connected, local_workers
from canopy.plan.coverage.computing import solver_for, workers_for
from canopy.plan.coverage.distributing import UNDER_WAY_PER_WORKER, on, solve_on
from canopy.plan.coverage.gathering import Gathered, gather
from canopy.plan.coverage.request_json import from_json

PAUSE_S = 0.5
Start = Callable[[int], Client]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Gathered:
    """The town at 4 m with forty lamp columns on rough ground."""
    folder = write_inputs(tmp_path_factory.mktemp("town") / "inputs")
    gathered = gather(from_json({**ASKED, "resolution_m": 4.0}, folder))
    rng = np.random.default_rng(3)
    places = zip(rng.uniform(527_600, 528_900, 40), rng.uniform(183_700, 184_700, 40), strict=True)
    lamps = tuple(
        replace(
            lamp("ab"[number % 2], float(x)),
            site_id=f"lamp-{number}",
            northing_m=float(y),
            antenna_height_m=6.0 + number % 4,
        )
        for number, (x, y) in enumerate(places)
    )
    frame = Grid(27700, 526_000.0, 186_000.0, 50.0, 80, 80)
    heights = (rng.normal(0, 6, frame.shape) + 60).astype(np.float32)
    problem = replace(gathered.problem, sites=lamps, terrain=HeightGrid(frame, heights, "terrain"))
    return replace(gathered, problem=problem)


@pytest.fixture(scope="module")
def prepared(town: Gathered) -> Prepared:
    return prepare(town.problem)


@pytest.fixture(scope="module")
def whole(prepared: Prepared) -> CoverageResult:
    """The run in this process; it also compiles what the workers then find compiled."""
    return solve(prepared)


@pytest.fixture
def start(whole: CoverageResult) -> Any:
    """Call it for a client of so many new workers on this machine."""
    with ExitStack() as stack:
        yield lambda count: stack.enter_context(local_workers(count))


def quiet(_: float) -> None:
    """Nobody asked."""


def tasks_of(client: Client) -> int:
    """How many tasks the scheduler knows."""
    return int(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))


def kill_one(client: Client) -> int:
    """End a worker that has a tile under way, as the system would for want of memory."""
    busy = next(address for address, tiles in client.processing().items() if tiles)
    process_id: int = client.run(os.getpid, workers=[busy])[busy]
    os.kill(process_id, signal.SIGKILL)
    left = [address for address in client.nthreads() if address != busy]
    if left:
        client.run(slow_down, 0.0, workers=left)
    return process_id


class Counted:
    """Progress that counts how many tiles the scheduler has to be computed at the most."""

    def __init__(self, client: Client) -> None:
        self.client, self.most = client, 0

    def __call__(self, _: float) -> None:
        waiting = self.client.run_on_scheduler(
            lambda dask_scheduler: [
                task.key for task in dask_scheduler.tasks.values() if task.state != "memory"
            ]
        )
        self.most = max(self.most, len(waiting))


def at_first_answer(act: Callable[[], object]) -> Callable[[float], None]:
    """Progress that acts once, when the first tile has come in."""
    waiting = [act]

    def say(share: float) -> None:
        if share > 0 and waiting:
            waiting.pop()()

    return say


def test_one_two_and_four_workers_find_the_same(
    prepared: Prepared, whole: CoverageResult, start: Start
) -> None:
    """To the bit, and the same as without any; a few tiles are under way at a time."""
    client = start(1)
    for count in (1, 2, 4):
        client.cluster.scale(count)
        client.wait_for_workers(count, timeout=60)
        known = Counted(client)
        assert_same_layers(solve_on(client, prepared, known), whole)
        assert 1 <= known.most <= UNDER_WAY_PER_WORKER * count


def test_a_killed_worker_costs_its_tile_a_new_attempt(
    prepared: Prepared, whole: CoverageResult, start: Start
) -> None:
    """The run goes on with those that are left, and finds the same."""
    client = start(2)
    client.run(slow_down, PAUSE_S)
    killed: list[int] = []
    found = solve_on(client, prepared, at_first_answer(lambda: killed.append(kill_one(client))))
    assert_same_layers(found, whole)
    assert killed
    assert killed[0] not in client.run(os.getpid).values()


def test_the_only_worker_may_be_killed(
    prepared: Prepared, whole: CoverageResult, start: Start
) -> None:
    """The run waits for the one that takes its place."""
    client = start(1)
    client.run(slow_down, PAUSE_S)
    found = solve_on(client, prepared, at_first_answer(lambda: kill_one(client)))
    assert_same_layers(found, whole)


def test_a_tile_that_ends_every_worker_ends_the_run(prepared: Prepared, start: Start) -> None:
    """Where dask allows no failure, the first is told with the tile and what to look at."""
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        client = start(1)
    client.run(slow_down, PAUSE_S)
    with pytest.raises(ClusterUnavailable, match=r"row \d+, column \d+ ended every worker"):
        solve_on(client, prepared, at_first_answer(lambda: kill_one(client)))


def test_what_progress_raises_calls_all_tiles_back(prepared: Prepared, start: Start) -> None:
    """The run stops with it, and nothing of it is left on the cluster."""
    client = start(1)

    def cancel() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve_on(client, prepared, at_first_answer(cancel))
    deadline = time.monotonic() + 20
    while tasks_of(client) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert tasks_of(client) == 0


def test_a_cluster_that_goes_away_is_named(prepared: Prepared, start: Start) -> None:
    """The run ends, and does not wait for ever."""
    client = start(1)
    with pytest.raises(ClusterUnavailable, match="the cluster was lost"):
        solve_on(client, prepared, at_first_answer(client.cluster.close))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "post://office:1", "tls://127.0.0.1:1"])
def test_an_address_that_does_not_answer_is_refused(address: str) -> None:
    """Within dask's own timeout, also where it is no address, or TLS is not set up."""
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "500ms"}),
        pytest.raises(ClusterUnavailable, match=f"no dask scheduler answered at {address}"),
        connected(address),
    ):
        pass


def test_workers_of_another_build_are_refused(
    prepared: Prepared, whole: CoverageResult, start: Start
) -> None:
    """Before the run, and also one that turns up within it; processors may not be mixed."""
    client = start(2)
    assert_same_layers(solve_on(client, prepared, quiet), whole)
    first, _ = client.nthreads()
    client.run(lambda: os.environ.update(NUMBA_CPU_NAME="generic"), workers=[first])
    with (
        pytest.raises(ClusterUnavailable, match="different processors"),
        connected(client.scheduler.address),
    ):
        pass
    client.run(lambda: os.environ.update(NUMBA_CPU_NAME="generic"))

    def change_version() -> None:
        client.run(lambda: setattr(canopy, "__version__", "0.0.9"))

    with pytest.raises(ClusterUnavailable, match=r"a worker has Canopy 0\.0\.9"):
        solve_on(client, prepared, at_first_answer(change_version))
    with pytest.raises(ClusterUnavailable, match=r"0\.0\.9, .*this process Canopy"):
        solve_on(client, prepared, quiet)


def test_layers_too_large_for_memory_are_held_in_files(
    town: Gathered,
    prepared: Prepared,
    whole: CoverageResult,
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By either way of computing, and the layers are the same to the bit."""
    monkeypatch.setattr(holding, "_SMALL_BYTES", 0)
    monkeypatch.setattr(holding, "MEMORY_SHARE", 1e-9)
    with solver_for(None, 0, tmp_path) as here:
        found = here(town, prepared, quiet)
    assert_same_layers(found, whole)
    assert isinstance(found.rsrp_dbm.base, np.memmap)
    found = on(start(1), tmp_path)(town, prepared, quiet)
    assert_same_layers(found, whole)
    assert isinstance(found.by_operator["a"].rsrp_dbm.base, np.memmap)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("cells", "cores", "workers"), [(1000, 4, 0), (1025, 4, 4), (1025, 1, 0), (64, 4, 0)]
)
def test_many_tiles_take_every_core_by_default(
    town: Gathered, monkeypatch: pytest.MonkeyPatch, cells: int, cores: int, workers: int
) -> None:
    """From so many tiles of 256 cells, where there is more than one core."""
    monkeypatch.setattr("dask.system.CPU_COUNT", cores)
    monkeypatch.setattr(computing, "MANY_OVER_TERRAIN", 17)
    grid = replace(town.problem.grid, rows=cells, columns=cells)
    assert workers_for(prepare(replace(town.problem, grid=grid, mask=None))) == workers


@pytest.mark.parametrize(
    ("cluster", "workers", "said"),
    [("tcp://127.0.0.1:1", 2, "not both"), (None, 257, "choose 0 to 256"), (None, -1, "0 to 256")],
)
def test_what_cannot_be_started_is_refused(
    tmp_path: Path, cluster: str | None, workers: int, said: str
) -> None:
    """Before anything is read."""
    with pytest.raises(Refused, match=said), solver_for(cluster, workers, tmp_path):
        pass
