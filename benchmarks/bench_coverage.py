"""Coverage kernels and a whole run, against their bars.

    python benchmarks/bench_coverage.py [--runs 5] [--data FOLDER] [--py1812 PYTHON]

Ten thousand lamp columns on 10 by 10 km at 10 m with a reach of 500 m, UMi, on one core: best
server alone, and with the second server, SINR, counts and probability. P.1812 over hills, whole
runs of the engine on one core in which every cell in reach has a path of its own, beside the same
method for one path at a time and, where `--py1812` names a Python with it, Py1812. With `--data`,
or CANOPY_REAL_DATA, also Camden's existing LTE cells over OS Terrain 50, as whole processes on
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
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
from radio.point_to_area import OnePath, area, by_predict, by_py1812, run_rate, some_paths

from canopy.coverage.engine.budget import LinkBudget
from canopy.coverage.engine.open_kernel import Best, Frame, best_two
from canopy.coverage.engine.preparing import prepare
from canopy.coverage.engine.problem import SINR_CHANGE_DB, Problem
from canopy.coverage.engine.site_arrays import bin_sites
from canopy.coverage.engine.solve import Part, solve, solve_operator
from canopy.coverage.grid import Grid
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.terrain.heights import HeightGrid

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


def built_up() -> Problem:
    """The same columns among blocks of buildings of 6 to 24 m: sight decided over a surface of
    10 m cells, on ground known every 50 m. No site is left out: every link in reach is looked at.

    Blocks are 60 by 40 m between streets of 20 m, which leaves half of the ground open.
    """
    problem = lamps()
    grid = Grid(27700, 499_980.0, 210_020.0, 10.0, 1004, 1004)  # two cells around the sites'
    ground = Grid(27700, 499_900.0, 210_100.0, 50.0, 204, 204)
    block = np.zeros(grid.shape, np.bool_)
    rows, columns = np.indices(grid.shape)
    block[(rows % 6 < 4) & (columns % 8 < 6)] = True
    storeys = np.random.default_rng(2).integers(2, 9, (grid.rows // 6 + 1, grid.columns // 8 + 1))
    roofs = np.where(block, 3.0 * storeys[rows // 6, columns // 8], 0.0).astype(np.float32)
    return replace(
        problem,
        terrain=HeightGrid(ground, np.zeros(ground.shape, np.float32), "terrain"),
        surface=HeightGrid(grid, roofs, "surface"),
        sight="surface",
        sinr_change_db=None,
    )


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


def buildings(runs: int) -> None:
    """The row with buildings, on all cores; as many runs as take about half a minute."""
    for name, change in (("every link", None), ("sites left out by the bound", SINR_CHANGE_DB)):
        prepared = prepare(replace(built_up(), sinr_change_db=change))
        looked = solve_operator(prepared, "a", Part(0, 0, *prepared.problem.grid.shape))
        _, median = timed(lambda prepared=prepared: solve(prepared), min(runs, 3))
        print(
            f"UMi with buildings, {name}: {median:.2f} s (bar 8 s) for "
            f"{looked.links_evaluated:,} links"
        )


def point_to_area(runs: int, py1812: str | None) -> None:
    """The two rows of P.1812, on one core, beside what does one path at a time."""
    numba.set_num_threads(1)
    for reach_m, step_m, bar in ((1_000.0, 10.0, 410_000), (10_000.0, 50.0, 180_000)):
        problem = area(reach_m, step_m)
        rate, links = run_rate(problem, runs)
        print(
            f"P.1812, {reach_m / 1000:g} km in steps of {step_m:g} m: {rate:,.0f} paths/s "
            f"(bar {bar:,}/s) over {links:,} paths"
        )
        beside(some_paths(problem, 200), rate, py1812)
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    if py1812 is None:
        print(
            "Py1812 was not run: it is on no package index and its maps may not be passed on; "
            "--py1812 names the Python of an environment that has both"
        )


def beside(paths: list[OnePath], rate: float, py1812: str | None) -> None:
    """How much slower one path at a time is, and by how much the answers differ."""
    ours, seconds = by_predict(paths)
    print(f"  predict: {len(paths) / seconds:,.0f} paths/s, {rate * seconds / len(paths):,.0f} x")
    if py1812 is None:
        return
    theirs, seconds = by_py1812(py1812)(paths)
    apart = np.abs(np.subtract(ours, theirs)).max()
    print(
        f"  Py1812: {len(paths) / seconds:,.0f} paths/s, {rate * seconds / len(paths):,.0f} x; "
        f"at most {apart:.4f} dB apart"
    )


def camden(data: Path, cell_m: int, runs: int, sinr_change_db: float = SINR_CHANGE_DB) -> None:
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
                "--reach", "5000", "--sinr-change", str(sinr_change_db), "--out", f"{folder}/out",
            ]  # fmt: skip
            found.append(whole_process(command))
    bar = 60 if cell_m == 10 else 12
    seconds, peaks = zip(*found, strict=True)
    left_out = "sites left out by the bound" if sinr_change_db else "no site left out"
    print(
        f"Camden, {cell_m} m, 2,820 sites, {left_out}: {statistics.median(seconds):.1f} s "
        f"(bar {bar} s), {max(peaks):,} MB (bar 2,000 MB): "
        + ", ".join(f"{one:.1f}" for one in seconds)
    )


def whole_process(command: list[str]) -> tuple[float, int]:
    """Wall time [s] and peak memory [MB] of a command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, usage.ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--data", type=Path, default=os.environ.get("CANOPY_REAL_DATA"))
    parser.add_argument("--py1812", help="Python of an environment with Py1812 and its maps")
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    kernels(given.runs)
    buildings(given.runs)
    point_to_area(given.runs, given.py1812)
    if given.data is None:
        print("Camden was not run: --data names no folder")
        return
    for cell_m in (25, 10):
        camden(Path(given.data), cell_m, max(1, given.runs // 2))
    camden(Path(given.data), 25, 1, sinr_change_db=0)


if __name__ == "__main__":
    main()
