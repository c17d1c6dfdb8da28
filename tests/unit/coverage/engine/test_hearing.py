"""Every site of one cell, held against the sums written out and against the run itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_runs import BUDGET, GRID, scattered, site, slope, terrain

from canopy.coverage.engine.hearing import heard_at
from canopy.coverage.engine.preparing import prepare
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.solve import solve
from canopy.coverage.propagation.tr38901 import path_loss

CELLS = [(0, 0), (17, 23), (39, 39)]


@pytest.mark.parametrize("cell", CELLS)
def test_levels_are_those_of_the_published_formulas(cell: tuple[int, int]) -> None:
    """Of twenty sites over even ground, strongest first: TR 38.901 UMi at each distance."""
    problem = Problem(GRID, scattered(20), BUDGET, reach_m=800.0)
    found = heard_at(problem, *cell)
    x, y = GRID.eastings_m[cell[1]], GRID.northings_m[cell[0]]
    expected = {}
    for number, each in enumerate(problem.sites):
        distance = np.hypot(x - each.easting_m, y - each.northing_m)
        losses = path_loss("umi", np.array([distance]), 1.8425, 8.0, 1.5)
        seen = losses.los_probability[0]
        loss = seen * losses.los_db[0] + (1 - seen) * losses.nlos_db[0]
        if distance <= 800:
            expected[number] = 40.0 - 10 * np.log10(1200) - loss
    told = {each.number: each.level_dbm for each in found.heard}
    assert list(told) == sorted(expected, key=expected.__getitem__, reverse=True)
    assert list(told.values()) == pytest.approx([expected[each] for each in told], abs=2e-3)
    assert (found.in_reach, found.is_complete) == (len(expected), True)


@pytest.mark.parametrize("model", ["auto", "p1812"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_first_two_are_those_of_the_run(cell: tuple[int, int], model: str) -> None:
    """Over rough ground, two operators: server, level, second server and margin."""
    sites = tuple(
        replace(each, operator="ab"[number % 2]) for number, each in enumerate(scattered(60))
    )
    problem = Problem(GRID, sites, BUDGET, reach_m=400.0, terrain=terrain(15.0), model=model)
    result = solve(prepare(problem))
    first, second = heard_at(problem, *cell).heard[:2]
    assert (first.number, second.number) == (result.server[cell], result.second_server[cell])
    assert first.level_dbm == pytest.approx(result.rsrp_dbm[cell], abs=1e-4)
    assert first.level_dbm - second.level_dbm == pytest.approx(result.margin_db[cell], abs=1e-3)
    assert first.probability == pytest.approx(result.probability[cell], abs=1e-6)


def test_what_was_not_looked_at_is_told() -> None:
    """Ten sites looked at for a list of ten may not be the strongest: it says so."""
    problem = Problem(GRID, scattered(60), BUDGET, reach_m=800.0, terrain=terrain(150.0))
    cut = heard_at(problem, 5, 5, most=10, looked_at=10)
    whole = heard_at(problem, 5, 5, most=10)
    assert (len(cut.heard), cut.is_complete) == (10, False)
    assert (len(whole.heard), whole.is_complete) == (10, True)
    assert whole.heard[-1].level_dbm > cut.heard[-1].level_dbm


def test_a_site_over_unknown_ground_has_no_level_and_stands_last() -> None:
    """It is not left out, and not told as weak."""
    known = slope()
    heights = known.height_m.copy()
    heights[:, 30:32] = np.nan
    sites = (site(0, 530_050.0, 180_200.0), site(1, 530_390.0, 180_200.0))
    problem = Problem(GRID, sites, BUDGET, reach_m=900.0, terrain=replace(known, height_m=heights))
    near, far = heard_at(problem, 20, 35).heard
    assert (near.number, far.number) == (1, 0)
    assert -80 < near.level_dbm < -30
    assert np.isnan(far.level_dbm)


def test_a_cell_out_of_reach_hears_nobody() -> None:
    """The list is empty, and complete."""
    problem = Problem(GRID, (site(0, 533_000.0, 180_000.0),), BUDGET, reach_m=100.0)
    found = heard_at(problem, 0, 0)
    assert (found.heard, found.in_reach, found.is_complete) == ((), 0, True)
