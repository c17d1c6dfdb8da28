"""Choosing sites: sets, greedy choice with its bound, and the proven best.

    python benchmarks/bench_siting.py [--runs 5] [--seed 1] [--quick]

10,000 candidates over 1,000,000 demand cells of 10 m at two reaches, 1,000 sites; and 100 of them
proven over cells of 100 m. Medians of whole calls, kernels compiled before; beside each the most
memory that the process held so far. With spopt and pulp
installed, its maximal covering on 2,000 candidates by 1,000 cells beside ours in the same run.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from canopy.coverage.grid import Grid
from canopy.plan.siting.exact import covered_by, solve
from canopy.plan.siting.greedy import choose
from canopy.plan.siting.rules import Rules
from canopy.plan.siting.sets import CoverageSets, within_reach

SIDE_M = 10_000.0
CANDIDATES = 10_000


def places(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    return 400_000 + rng.uniform(0, SIDE_M, count), 300_000 - rng.uniform(0, SIDE_M, count)


def grid(cell_m: float) -> Grid:
    side = int(SIDE_M / cell_m)
    return Grid(27700, 400_000.0, 300_000.0, cell_m, side, side)


def median_s(act: Callable[[], object], runs: int) -> float:
    act()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def greedy(reach_m: float, runs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = places(rng, CANDIDATES)
    weights = rng.gamma(0.3, 1.0, 1_000_000)
    sets = within_reach(x, y, reach_m, grid(10))
    building = median_s(lambda: within_reach(x, y, reach_m, grid(10)), runs)
    rules = Rules(CANDIDATES, sites=1_000)
    choosing = median_s(lambda: choose(sets, weights, rules), runs)
    found = choose(sets, weights, rules)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{reach_m:g} m: {sets.cells.size / 1e6:.1f} M pairs, sets {building:.2f} s, choice "
        f"{choosing:.2f} s, {peak:.2f} GB at the most; {found.sentence()}"
    )


def exact(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = places(rng, CANDIDATES)
    weights = rng.gamma(0.3, 1.0, 10_000)
    sets = within_reach(x, y, 200.0, grid(100))
    began = time.perf_counter()
    found = solve(sets, weights, Rules(CANDIDATES, sites=100), time_limit_s=300.0)
    took = time.perf_counter() - began
    standing = "proven" if found.is_proven else f"gap {found.gap:.2%}"
    print(
        f"exact, cells of 100 m, 100 sites: {took:.1f} s, {standing}; greedy covers "
        f"{found.greedy.covered / found.covered:.2%} of it"
    )


def beside_spopt(seed: int) -> None:
    if importlib.util.find_spec("spopt") is None:
        print("spopt is not installed: `pip install spopt pulp` to have it beside")
        return
    import pulp
    from spopt.locate import MCLP

    rng = np.random.default_rng(seed)
    x, y = places(rng, 2_000)
    to_x, to_y = places(rng, 1_000)
    weights = rng.gamma(0.3, 1.0, 1_000)
    apart = np.hypot(to_x[:, None] - x[None, :], to_y[:, None] - y[None, :])
    began = time.perf_counter()
    model = MCLP.from_cost_matrix(apart, weights, 500.0, p_facilities=30)
    model.solve(pulp.PULP_CBC_CMD(msg=False))
    theirs_s = time.perf_counter() - began
    began = time.perf_counter()
    near = apart <= 500.0
    starts = np.concatenate([[0], np.cumsum(near.sum(axis=0))]).astype(np.int64)
    cells = np.nonzero(near.T)[1].astype(np.int32)
    sets = CoverageSets(starts, cells, 1_000)
    ours = solve(sets, weights, Rules(2_000, sites=30))
    ours_s = time.perf_counter() - began
    chosen = np.flatnonzero([each.value() > 0.5 for each in model.fac_vars]).astype(np.int32)
    theirs = covered_by(sets, weights, chosen)
    print(
        f"2,000 by 1,000: spopt {theirs_s:.2f} s covers {theirs:.6f}; ours {ours_s:.2f} s covers "
        f"{ours.covered:.6f}, {theirs_s / ours_s:.0f} x faster"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="once, without the proof")
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    runs = 1 if chosen.quick else chosen.runs
    greedy(200.0, runs, chosen.seed)
    greedy(500.0, runs, chosen.seed)
    if not chosen.quick:
        exact(chosen.seed)
    beside_spopt(chosen.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
