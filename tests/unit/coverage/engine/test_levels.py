"""Best server, SINR and counts, held against the sums written out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from small_runs import BUDGET, GRID, scattered, site, slope, terrain

from canopy.coverage.engine.merging import Layers
from canopy.coverage.engine.parts import parts_of
from canopy.coverage.engine.preparing import prepare
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.solve import solve, solve_part
from canopy.coverage.propagation.tr38901 import path_loss
from canopy.coverage.result import CoverageResult
from canopy.coverage.sites.antennas import three_gpp
from canopy.coverage.validity import Validity
from canopy.errors import Refused


def levels_one_by_one(problem: Problem) -> np.ndarray:  # type: ignore[type-arg]
    """Level of every site in every cell [dBm], by the published formulas; -inf beyond reach."""
    x, y = np.meshgrid(problem.grid.eastings_m, problem.grid.northings_m)
    found = []
    for each in problem.sites:
        distance = np.hypot(x - each.easting_m, y - each.northing_m)
        losses = path_loss("umi", distance, each.frequency_mhz / 1000, each.antenna_height_m, 1.5)
        seen = losses.los_probability
        loss = seen * losses.los_db + (1 - seen) * losses.nlos_db
        level = each.eirp_dbm - 10 * math.log10(1200) - loss
        found.append(np.where(distance <= problem.reach_m, level, -np.inf))
    return np.array(found)


def assert_is_the_sum(problem: Problem, result: CoverageResult) -> None:
    levels = levels_one_by_one(problem)
    ranked = np.sort(levels, axis=0)
    np.testing.assert_allclose(result.rsrp_dbm, ranked[-1], atol=2e-3)
    power = 10 ** (levels / 10)
    noise = 10 ** (problem.budget.noise_dbm / 10)
    with np.errstate(divide="ignore"):
        sinr = 10 * np.log10(power.max(axis=0) / (noise + power.sum(axis=0) - power.max(axis=0)))
    reached = np.isfinite(ranked[-1])
    np.testing.assert_allclose(result.sinr_db[reached], sinr[reached], atol=0.02)
    finite = np.isfinite(ranked[-2])
    margin = ranked[-1][finite] - ranked[-2][finite]
    np.testing.assert_allclose(result.margin_db[finite], margin, atol=3e-3)
    sure = np.abs(levels + 105).min(axis=0) > 0.01  # no site is at the threshold itself
    above = (levels >= -105).sum(axis=0)
    np.testing.assert_array_equal(result.servers_above[sure], above[sure])


@pytest.mark.parametrize("count", [2, 60])
def test_levels_are_those_of_every_site_by_itself(count: int) -> None:
    """Best level, margin, SINR and counts equal the sums over all sites."""
    problem = Problem(GRID, scattered(count), BUDGET, reach_m=400.0)
    assert_is_the_sum(problem, solve(prepare(problem)))


def test_sites_that_differ_are_compared_by_level_not_by_distance() -> None:
    """Powers and heights differ from site to site."""
    sites = tuple(
        replace(each, eirp_dbm=30.0 + 3 * (i % 7), antenna_height_m=5.0 + i % 3)
        for i, each in enumerate(scattered(50))
    )
    problem = Problem(GRID, sites, BUDGET, reach_m=400.0)
    assert_is_the_sum(problem, solve(prepare(problem)))


def test_operators_do_not_disturb_each_other() -> None:
    """A second operator changes the count of operators, and nobody else's SINR."""
    mine = scattered(10)
    other = tuple(
        replace(each, site_id=f"o{i}", operator="b") for i, each in enumerate(scattered(10, seed=5))
    )
    alone = solve(prepare(Problem(GRID, mine, BUDGET, reach_m=400.0)))
    both = solve(prepare(Problem(GRID, (*other, *mine), BUDGET, reach_m=400.0)))
    np.testing.assert_array_equal(both.by_operator["a"].sinr_db, alone.by_operator["a"].sinr_db)
    assert both.operators == ("a", "b")
    assert both.operators_above.max() == 2


def test_beyond_every_reach_there_is_no_level() -> None:
    """The level is -inf and known, with no service and no server."""
    corners = ((530_005.0, 180_395.0), (530_395.0, 180_395.0), (530_005.0, 180_005.0))
    for number, corner in enumerate(corners):
        alone = solve(prepare(Problem(GRID, (site(number, *corner),), BUDGET, reach_m=50.0)))
        assert np.isfinite(alone.rsrp_dbm).sum() < 100
    problem = Problem(GRID, (site(0, *corners[0]),), BUDGET, reach_m=50.0)
    result = solve(prepare(problem))
    assert result.rsrp_dbm[-1, -1] == -np.inf
    assert result.server[-1, -1] == -1
    assert result.throughput_mbps[-1, -1] == 0
    assert result.flag[-1, -1] == Validity.IN_RANGE


def test_cells_that_were_not_asked_for_are_marked() -> None:
    """They have no level and the flag OUTSIDE."""
    mask = np.zeros(GRID.shape, bool)
    mask[5:20, 7:30] = True
    problem = Problem(GRID, scattered(5), BUDGET, reach_m=400.0, mask=mask)
    result = solve(prepare(problem))
    assert (result.flag[~mask] == Validity.OUTSIDE).all()
    assert np.isnan(result.rsrp_dbm[~mask]).all()
    assert np.isfinite(result.rsrp_dbm[mask]).all()


@pytest.mark.parametrize("over_terrain", [False, True])
def test_parts_are_the_whole_to_the_bit(over_terrain: bool) -> None:
    """A run in parts of 16 cells equals the run in one."""
    ground = terrain(10.0) if over_terrain else None
    problem = Problem(GRID, scattered(40), BUDGET, reach_m=400.0, terrain=ground)
    prepared = prepare(problem)
    whole = solve(prepared)
    layers = Layers.empty(prepared)
    for part in parts_of(GRID.shape, 16):
        layers.put(part, solve_part(prepared, part))
    pieces = layers.result()
    for name in ("rsrp_dbm", "server", "second_server", "sinr_db", "servers_above", "flag"):
        np.testing.assert_array_equal(getattr(pieces, name), getattr(whole, name))


def test_sites_left_out_change_little() -> None:
    """Servers and counts are the same, and no SINR moves by more than 0.1 dB."""
    sites = scattered(300)
    problem = Problem(GRID, sites, BUDGET, reach_m=900.0, terrain=terrain(5.0))
    pruned = solve(prepare(problem))
    every = solve(prepare(replace(problem, sinr_change_db=None)))
    np.testing.assert_array_equal(pruned.server, every.server)
    np.testing.assert_array_equal(pruned.second_server, every.second_server)
    np.testing.assert_array_equal(pruned.servers_above, every.servers_above)
    moved = np.abs(pruned.sinr_db - every.sinr_db)
    assert 0 < moved.max() <= 0.1


def test_an_even_slope_adds_nothing() -> None:
    """What terrain adds is what it adds over even ground, so a plane adds 0 dB."""
    problem = Problem(GRID, scattered(20), BUDGET, reach_m=400.0)
    flat = solve(prepare(problem))
    sloped = solve(prepare(replace(problem, terrain=slope())))
    np.testing.assert_allclose(sloped.rsrp_dbm, flat.rsrp_dbm, atol=0.02)


def test_terrain_only_takes_away() -> None:
    """No cell is better for having hills between it and its sites."""
    problem = Problem(GRID, scattered(20), BUDGET, reach_m=400.0)
    flat = solve(prepare(problem))
    rough = solve(prepare(replace(problem, terrain=terrain(15.0))))
    assert (rough.rsrp_dbm <= flat.rsrp_dbm + 2e-3).all()
    assert (rough.rsrp_dbm < flat.rsrp_dbm - 1).any()


def test_where_a_height_is_missing_the_level_is_unknown() -> None:
    """Unknown ground on the way to all sites gives no level, and the flag says so."""
    ground = terrain(5.0)
    ground.height_m[30:, :] = np.nan  # south of the middle of the grid
    north = tuple(each for each in scattered(40) if each.northing_m > 180_260)
    result = solve(prepare(Problem(GRID, north, BUDGET, reach_m=900.0, terrain=ground)))
    assert (result.flag[-1] == Validity.UNKNOWN).all()
    assert np.isnan(result.rsrp_dbm[-1]).all()
    assert (result.flag[0] == Validity.IN_RANGE).all()


def test_a_site_without_ground_is_refused_by_name() -> None:
    """Or taken on even ground, where the caller says so."""
    ground = terrain(0.0)
    ground.height_m[:] = np.nan
    problem = Problem(GRID, scattered(3), BUDGET, reach_m=400.0, terrain=ground)
    with pytest.raises(Refused, match="under 3 of 3 sites: s0, s1, s2"):
        prepare(problem)
    even = solve(prepare(replace(problem, without_terrain="even")))
    flat = solve(prepare(replace(problem, terrain=None)))
    np.testing.assert_allclose(even.rsrp_dbm, flat.rsrp_dbm, atol=2e-3)


def test_a_sector_radiates_where_it_points() -> None:
    """In front the level is the omnidirectional one, behind it is lower by the pattern."""
    middle = site(0, 530_205.0, 180_205.0)
    sector = replace(middle, pattern=three_gpp(), azimuth_deg=90.0)
    around = solve(prepare(Problem(GRID, (middle,), BUDGET, reach_m=400.0)))
    aimed = solve(prepare(Problem(GRID, (sector,), BUDGET, reach_m=400.0)))
    lost = around.rsrp_dbm - aimed.rsrp_dbm
    row = 19  # the site's own northing is in row 19
    assert lost[row, -1] < 1
    assert lost[row, 0] == pytest.approx(30, abs=1)


def test_a_surface_decides_sight() -> None:
    """Behind a wall the loss is that without sight, in front of it that with sight."""
    ground = terrain(0.0)
    flat = replace(ground, height_m=np.zeros_like(ground.height_m))
    built = np.zeros((300, 300), np.float32)
    built[:, 150] = 30  # a wall from north to south, 10 m cells from 528,700 m
    surface = replace(
        flat, grid=replace(GRID, west_m=528_700.0, north_m=181_700.0, columns=300, rows=300),
        height_m=built, what="surface",
    )  # fmt: skip
    lamp = site(0, 530_105.0, 180_205.0)
    asked = Problem(
        GRID, (lamp,), BUDGET, reach_m=400.0, terrain=flat, surface=surface, sight="surface"
    )
    result = solve(prepare(asked))
    seen = path_loss("umi", 80.0, 1.8425, 8.0, 1.5)
    assert result.rsrp_dbm[19, 2] == pytest.approx(
        40 - 10 * math.log10(1200) - float(seen.los_db), abs=0.01
    )
    hidden = path_loss("umi", 160.0, 1.8425, 8.0, 1.5)
    assert result.rsrp_dbm[19, 26] == pytest.approx(
        40 - 10 * math.log10(1200) - float(hidden.nlos_db), abs=0.01
    )


def test_what_a_run_cannot_use_is_refused() -> None:
    """No site, a repeated id, another technology, an antenna in the ground, another CRS."""
    lamps = scattered(2)
    with pytest.raises(Refused, match="no sites"):
        Problem(GRID, (), BUDGET, reach_m=400.0)
    with pytest.raises(Refused, match="s0 came more than once"):
        Problem(GRID, (lamps[0], lamps[0]), BUDGET, reach_m=400.0)
    with pytest.raises(Refused, match="run each technology by itself"):
        Problem(GRID, (replace(lamps[0], technology="lte-800"),), BUDGET, reach_m=400.0)
    with pytest.raises(Refused, match="antenna_height_m of site s0"):
        Problem(GRID, (replace(lamps[0], antenna_height_m=-1.0),), BUDGET, reach_m=400.0)
    foreign = replace(terrain(0.0), grid=replace(terrain(0.0).grid, epsg=32630))
    with pytest.raises(Refused, match="EPSG:32630"):
        Problem(GRID, lamps, BUDGET, reach_m=400.0, terrain=foreign)
