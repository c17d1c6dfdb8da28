"""What is told of a path: a word for the whole, its obstructions, and points to draw."""

from __future__ import annotations

import numpy as np
import pytest

from canopy.coverage.grid import Grid
from canopy.coverage.line_of_sight import LineOfSight, line_of_sight
from canopy.coverage.terrain.heights import HeightGrid
from canopy.plan.coverage.profiles import obstructions, points_told, verdict_of

GRID = Grid(27700, 500_000.0, 200_500.0, 10.0, 1_200, 100)
START, END = (500_105.0, 200_005.0), (511_105.0, 200_005.0)


def path(antenna_m: float = 20.0, **walls_m: float) -> LineOfSight:
    """Eleven kilometres over ground at 0 m, but for walls at given columns (``c300=40``)."""
    heights = np.zeros(GRID.shape, np.float32)
    for name, height_m in walls_m.items():
        heights[:, int(name[1:])] = height_m
    ground = HeightGrid(GRID, heights, "terrain")
    return line_of_sight(
        ground, START, END, antenna_a_m=antenna_m, antenna_b_m=antenna_m,
        frequency_mhz=15_000.0, k_factor=np.inf,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("walls", "verdict"),
    [({}, "clear"), ({"c300": 18.0}, "obstructed"), ({"c300": 21.0}, "blocked"),
     ({"c300": np.nan}, "unknown"), ({"c300": np.nan, "c700": 21.0}, "blocked")],
)  # fmt: skip
def test_the_verdict_is_of_what_is_known(walls: dict[str, float], verdict: str) -> None:
    """A height that is not known leaves it open, unless a known one decides."""
    assert verdict_of(path(**walls)) == verdict


def test_every_stretch_in_the_way_is_told_once() -> None:
    """Two walls: each with its place, and the clearance there."""
    found = list(obstructions(path(c300=25.0, c301=30.0, c700=19.0)))
    told = [(each.from_m, each.to_m, each.worst_m) for each in found]
    assert told[0] == pytest.approx((2_900.0, 2_910.0, 2_910.0))
    assert told[1] == pytest.approx((6_900.0, 6_900.0, 6_900.0))
    assert [each.clearance_m for each in found] == pytest.approx([-10.0, 1.0])


def test_a_long_path_is_told_in_few_points_and_loses_no_wall() -> None:
    """Of 1,101 points 100: the ends, each wall, and the one whose height is not known."""
    sight = path(c300=25.0, c301=30.0, c333=np.nan, c700=19.0)
    found = points_told(sight, 100)
    assert len(found) == 100
    assert (found[0], found[-1]) == (0, 1_100)
    assert (np.diff(found) > 0).all()
    assert {291, 323, 690} <= set(found.tolist())


def test_a_short_path_is_told_whole() -> None:
    """Every point."""
    assert points_told(path(), 2_000).tolist() == list(range(1_101))
