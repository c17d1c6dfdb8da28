"""Coverage kernels and a whole run, against their bars.

    python benchmarks/bench_coverage.py [--runs 5] [--data FOLDER]

Ten thousand lamp columns on 10 by 10 km at 10 m with a reach of 500 m, UMi, on one core: best
server alone, and with the second server, SINR, counts and probability. With `--data`, or
CANOPY_REAL_DATA, also Camden's existing LTE cells over OS Terrain 50, as whole processes on
all cores, with sites left out by the stated bound and with none left out. Medians are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np

from canopy.coverage.engine.budget import LinkBudget
from canopy.coverage.engine.open_kernel import Best, Frame, best_two
from canopy.coverage.engine.preparing import prepare
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.site_arrays import bin_sites
from canopy.coverage.engine.solve import solve
from canopy.coverage.grid import Grid
from canopy.coverage.sites.site import RadioSite

LAMPS = 10_000
BUDGET = LinkBudget("lte-2100", 20.0, 1200.0, 1.5, 9.0, -105.0)


def lamps() -> Problem:
    """The problem of the bars: about 73 million links."""
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 10_000, (2, LAMPS))
    sites = tuple(
        RadioSite(
            f"lamp-{at}", "a", "lte-2100", 500_000 + x[at], 200_000 + y[at], 8.0, 2140.0, 20.0, 40.0
        )
        for at in range(LAMPS)
    )
    grid = Grid(27700, 500_000.0, 210_000.0, 10.0, 1000, 1000)
    return Problem(grid, sites, BUDGET, reach_m=500.0)


def timed(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Seconds of the first call, and the median of `runs` more."""
    started = time.perf_counter()
    work()
    first = time.perf_counter() - started
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return first, statistics.median(found)


def kernels(runs: int) -> None:
    """The two rows of the kernels, on one core."""
    numba.set_num_threads(1)
    problem = lamps()
    prepared = prepare(problem)
    sites = prepared.sites["a"]
    mask = np.ones(problem.grid.shape, np.bool_)
    frame = Frame(0, 0, problem.grid.cell_m)

    def best_only() -> None:
        best = Best.empty(problem.grid.shape)
        best_two(best, mask, frame, sites, bin_sites(sites), prepared.tables, False)

    for name, work, bar in (
        ("best server", best_only, 0.08),
        ("second server, SINR, counts, probability", lambda: solve(prepared), 0.35),
    ):
        first, median = timed(work, runs)
        print(f"UMi, {name}: {median:.3f} s (bar {bar} s); first call {first:.2f} s")
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)


def camden(data: Path, cell_m: int, runs: int) -> None:
    """Camden's existing cells, whole processes."""
    boundaries = data / "data" / "boundaries"
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            command = [
                sys.executable, "-m", "canopy", "coverage", "run",
                "--area", str(boundaries / "camden_wards.geojson"), "--area-id", "WD13CD",
                "--area-name", "WD13NM", "--tech", "lte-1800", "--resolution", str(cell_m),
                "--sites", str(data / "data" / "radio" / "opencellid_camden_area.csv"),
                "--terrain", str(data / "data" / "terrain"), "--even-ground",
                "--reach", "5000", "--out", f"{folder}/out",
            ]  # fmt: skip
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            found.append(time.perf_counter() - started)
    bar = 60 if cell_m == 10 else 12
    each = ", ".join(f"{one:.1f}" for one in found)
    print(
        f"Camden, {cell_m} m, 2,820 sites: {statistics.median(found):.1f} s (bar {bar} s): {each}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--data", type=Path, default=os.environ.get("CANOPY_REAL_DATA"))
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    kernels(given.runs)
    if given.data is None:
        print("Camden was not run: --data names no folder")
        return
    for cell_m in (25, 10):
        camden(Path(given.data), cell_m, max(1, given.runs // 2))


if __name__ == "__main__":
    main()
