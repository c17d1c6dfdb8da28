"""P.1812 over generated hills: area runs, and the same paths one at a time."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.engine.budget import LinkBudget
from canopy.coverage.engine.preparing import field_of, prepare
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.solve import Part, solve_operator
from canopy.coverage.grid import Grid
from canopy.coverage.propagation.p1812.prediction import Terms, TerrainProfile, predict
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.terrain.heights import HeightGrid
from canopy.coverage.terrain.sampling import fill_profile

BUDGET = LinkBudget("lorawan-868", 0.125, 1.0, 1.5, 6.0, -126.0)
CLUTTER_M = 10.0
HEIGHT_M = 25.0
TERMS = Terms(
    frequency_ghz=0.8681,
    tx_height_m=HEIGHT_M,
    rx_height_m=BUDGET.receiver_height_m,
    delta_n=45.0,
    sea_n0=325.0,
    latitude_deg=51.5,
)
PEER = Path(__file__).with_name("py1812_paths.py")
Answer = Callable[[list["OnePath"]], tuple[list[float], float]]


@dataclass(frozen=True, slots=True)
class OnePath:
    """A profile of a run: distances [km] and ground [m]."""

    distance_km: NDArray[np.float64]
    ground_m: NDArray[np.float64]


def hills(cell_m: float, cells: int, seed: int = 7) -> HeightGrid:
    """Valleys of about fifteen cells, up to 120 m deep, with 2 m of roughness."""
    rng = np.random.default_rng(seed)
    knots = rng.uniform(0, 120, (cells // 15 + 2, cells // 15 + 2))
    at = np.arange(cells) / 15
    low = at.astype(int)
    share = at - low
    rows = knots[low] * (1 - share)[:, np.newaxis] + knots[low + 1] * share[:, np.newaxis]
    height = rows[:, low] * (1 - share) + rows[:, low + 1] * share
    height += rng.normal(0, 2, height.shape)
    grid = Grid(27700, 500_000.0, 200_000.0 + cells * cell_m, cell_m, cells, cells)
    return HeightGrid(grid, height.astype(np.float32), "terrain")


def area(reach_m: float, step_m: float) -> Problem:
    """Four masts near the middle of a square of hills; each reaches `reach_m`.

    The cells are those of the terrain, so every cell in reach has a path of its own.
    """
    cells = int(2.2 * reach_m / step_m) + 8
    ground = hills(step_m, cells)
    middle = cells * step_m / 2
    sites = tuple(
        RadioSite(
            f"mast-{at}", "a", "lorawan-868", 500_000 + middle + 0.3 * step_m * at,
            200_000 + middle - 0.7 * step_m * at, HEIGHT_M, 868.1, 0.125, 16.15,
        )
        for at in range(4)
    )  # fmt: skip
    return Problem(
        ground.grid, sites, BUDGET, reach_m, environment="suburban", model="p1812",
        terrain=ground, clutter_height_m=CLUTTER_M, sinr_change_db=None,
    )  # fmt: skip


def run_rate(problem: Problem, runs: int) -> tuple[float, int]:
    """Median paths a second of the whole engine, warm, and how many paths a run has."""
    prepared = prepare(problem)
    rows, columns = problem.grid.shape
    part = Part(0, 0, rows, columns)
    links = solve_operator(prepared, "a", part).links_evaluated
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        solve_operator(prepared, "a", part)
        seconds.append(time.perf_counter() - started)
    return links / float(np.median(seconds)), links


def some_paths(problem: Problem, count: int) -> list[OnePath]:
    """Paths of the first mast to cells all over its reach."""
    assert problem.terrain is not None
    field = field_of(problem.terrain)
    mast = problem.sites[0]
    rng = np.random.default_rng(3)
    room = np.empty(int(problem.reach_m / field.cell_m) + 3, np.float32)
    found = []
    for _ in range(count):
        away, bearing = problem.reach_m * np.sqrt(rng.uniform(0.1, 1)), rng.uniform(0, 2 * np.pi)
        last = fill_profile(
            field.height_m, field.west_m, field.north_m, field.cell_m,
            mast.easting_m, mast.northing_m, mast.easting_m + away * np.sin(bearing),
            mast.northing_m + away * np.cos(bearing), field.cell_m, room,
        )  # fmt: skip
        found.append(
            OnePath(np.linspace(0, away / 1000, last + 1), room[: last + 1].astype(np.float64))
        )
    return found


def by_predict(paths: list[OnePath]) -> tuple[list[float], float]:
    """Losses by Canopy's own function for one path, and the seconds that took."""
    profiles = [TerrainProfile.over_land(one.distance_km, one.ground_m, CLUTTER_M) for one in paths]
    predict(profiles[0], TERMS)
    started = time.perf_counter()
    losses = [predict(profile, TERMS).loss_db for profile in profiles]
    return losses, time.perf_counter() - started


def by_py1812(python: str) -> Answer:
    """Losses by Py1812 in the environment of `python`, where it and its maps are installed."""

    def answer(paths: list[OnePath]) -> tuple[list[float], float]:
        asked = {
            "frequency_ghz": TERMS.frequency_ghz,
            "heights_m": [TERMS.tx_height_m, TERMS.rx_height_m],
            "clutter_m": CLUTTER_M,
            "air": [TERMS.delta_n, TERMS.sea_n0],
            "latitude_deg": TERMS.latitude_deg,
            "paths": [[one.distance_km.tolist(), one.ground_m.tolist()] for one in paths],
        }
        told = subprocess.run(
            [python, str(PEER)], input=json.dumps(asked), check=True, capture_output=True, text=True
        )
        found = json.loads(told.stdout)
        return found["losses_db"], found["seconds"]

    return answer
