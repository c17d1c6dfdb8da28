"""P.1812 in area runs: held against the method path by path, and what a run says of it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from small_runs import BUDGET, GRID, scattered, site, terrain

from canopy.coverage.engine.merging import Layers
from canopy.coverage.engine.parts import parts_of
from canopy.coverage.engine.preparing import field_of, prepare
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.solve import solve, solve_part
from canopy.coverage.grid import Grid
from canopy.coverage.propagation.p1812.loss import location_sigma
from canopy.coverage.propagation.p1812.prediction import Terms, TerrainProfile, predict
from canopy.coverage.propagation.p1812.refractivity import Refractivity
from canopy.coverage.result import CoverageResult
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.terrain.heights import HeightGrid
from canopy.coverage.terrain.sampling import fill_profile
from canopy.coverage.validity import Validity
from canopy.errors import Refused

COARSE = Grid(27700, 529_200.0, 181_200.0, 50.0, 40, 40)
"""2 km by 2 km on the cells of `terrain`."""
LATITUDE_DEG = 51.51
PART_OF_CARRIER_DB = 10 * math.log10(1200)


def mast(easting_m: float = 530_110.0, northing_m: float = 180_090.0, **given: object) -> RadioSite:
    """One site of 25 m above the ground."""
    return site(0, easting_m, northing_m, antenna_height_m=25.0, eirp_dbm=60.0, **given)


def over(ground: HeightGrid, **given: object) -> Problem:
    """A mast by P.1812 over `ground`, its clutter that of the suburbs, unless given."""
    usual: dict[str, object] = {
        "grid": COARSE,
        "sites": (mast(),),
        "budget": BUDGET,
        "reach_m": 1_200.0,
        "environment": "suburban",
        "model": "p1812",
        "terrain": ground,
    }
    return Problem(**usual | given)  # type: ignore[arg-type]


def solved(problem: Problem) -> CoverageResult:
    return solve(prepare(problem))


def exact_loss(
    ground: HeightGrid, one: RadioSite, x: float, y: float, clutter_m: float = 10.0
) -> float:
    """The loss of one path by `predict`, along the profile that a run reads [dB]."""
    field = field_of(ground)
    heights = np.empty(200, np.float32)
    last = fill_profile(
        field.height_m, field.west_m, field.north_m, field.cell_m,
        one.easting_m, one.northing_m, x, y, field.cell_m, heights,
    )  # fmt: skip
    length_km = math.hypot(x - one.easting_m, y - one.northing_m) / 1000
    profile = TerrainProfile.over_land(
        np.linspace(0, length_km, last + 1), heights[: last + 1], clutter_m
    )
    terms = Terms(
        frequency_ghz=one.frequency_mhz / 1000,
        tx_height_m=one.antenna_height_m,
        rx_height_m=BUDGET.receiver_height_m,
        delta_n=45,
        sea_n0=325,
        latitude_deg=LATITUDE_DEG,
    )
    return predict(profile, terms).loss_db


def far_enough(problem: Problem, least_m: float = 110.0) -> NDArray[np.bool_]:
    """Cells of a problem with one site that are within reach, two steps away and more."""
    x, y = np.meshgrid(problem.grid.eastings_m, problem.grid.northings_m)
    one = problem.sites[0]
    away = np.hypot(x - one.easting_m, y - one.northing_m)
    return (away > least_m) & (away <= problem.reach_m)  # type: ignore[no-any-return]


@pytest.mark.parametrize("relief_m", [0.0, 4.0, 25.0])
@pytest.mark.parametrize("frequency_mhz", [60.0, 868.0, 3500.0])
def test_levels_are_those_of_each_path_by_itself(relief_m: float, frequency_mhz: float) -> None:
    """Within 0.01 dB of the exact method over flat, rolling and rough ground."""
    ground = terrain(relief_m)
    one = mast(frequency_mhz=frequency_mhz)
    problem = over(ground, sites=(one,))
    level = solved(problem).rsrp_dbm
    rows, columns = np.nonzero(far_enough(problem))
    exact = [
        exact_loss(ground, one, COARSE.eastings_m[column], COARSE.northings_m[row])
        for row, column in zip(rows, columns, strict=True)
    ]
    expected = 60 - PART_OF_CARRIER_DB - np.array(exact)
    np.testing.assert_allclose(level[rows, columns], expected, atol=0.01)


def test_between_the_heights_a_level_is_interpolated() -> None:
    """At the centres of the terrain's cells it is exact, between them near to its neighbours."""
    ground = terrain(5.0)
    fine = replace(COARSE, cell_m=10.0, columns=200, rows=200)
    coarse_level = solved(over(ground)).rsrp_dbm
    problem = over(ground, grid=fine)
    level = solved(problem).rsrp_dbm
    far = far_enough(over(ground), 300.0)
    np.testing.assert_allclose(level[2::5, 2::5][far], coarse_level[far], atol=0.01)
    assert np.isfinite(level[far_enough(problem)]).all()


def test_parts_by_p1812_are_the_whole_to_the_bit() -> None:
    """A run in parts of 16 cells equals the run in one."""
    prepared = prepare(over(terrain(10.0), grid=GRID, sites=scattered(20), reach_m=700.0))
    whole = solve(prepared)
    layers = Layers.empty(prepared)
    for part in parts_of(GRID.shape, 16):
        layers.put(part, solve_part(prepared, part))
    pieces = layers.result()
    for name in ("rsrp_dbm", "server", "second_server", "sinr_db", "servers_above", "flag"):
        np.testing.assert_array_equal(getattr(pieces, name), getattr(whole, name))


def test_sites_left_out_by_free_space_change_little() -> None:
    """Servers and counts are the same, and no SINR moves by more than 0.1 dB."""
    problem = over(terrain(8.0), grid=GRID, sites=scattered(150), reach_m=900.0)
    pruned = solved(problem)
    every = solved(replace(problem, sinr_change_db=None))
    np.testing.assert_array_equal(pruned.server, every.server)
    np.testing.assert_array_equal(pruned.second_server, every.second_server)
    np.testing.assert_array_equal(pruned.servers_above, every.servers_above)
    assert np.abs(pruned.sinr_db - every.sinr_db).max() <= 0.1


def test_no_level_is_above_that_in_free_space() -> None:
    """Of 1842.5 MHz: 92.4 + 20 log10(1.8425) + 20 log10(d) dB, over the horizontal distance."""
    problem = over(terrain(15.0), clutter_height_m=0.0)
    x, y = np.meshgrid(COARSE.eastings_m, COARSE.northings_m)
    one = problem.sites[0]
    km = np.hypot(x - one.easting_m, y - one.northing_m) / 1000
    free = 60 - PART_OF_CARRIER_DB - (92.4 + 20 * math.log10(1.8425) + 20 * np.log10(km))
    assert (solved(problem).rsrp_dbm <= free + 0.001).all()


def test_higher_clutter_takes_away() -> None:
    """No level gains by higher clutter, and beyond the first steps all lose."""
    ground = terrain(2.0)
    levels = [
        solved(over(ground, clutter_height_m=height)).rsrp_dbm for height in (0.0, 10.0, 20.0)
    ]
    far = far_enough(over(ground), 300.0)
    assert (levels[1][far] < levels[0][far]).all()
    assert (levels[2][far] < levels[1][far]).all()


def test_a_surface_is_the_clutter_where_there_is_one() -> None:
    """12 m of surface over the terrain are the same as 12 m given."""
    ground = terrain(6.0)
    surface = replace(ground, height_m=ground.height_m + np.float32(12), what="surface")
    by_cell = solved(over(ground, surface=surface))
    given = solved(over(ground, clutter_height_m=12.0))
    np.testing.assert_allclose(by_cell.rsrp_dbm, given.rsrp_dbm, atol=0.01)
    assert "height of the surface" in by_cell.provenance["p1812_clutter"]


def test_sight_over_a_surface_is_not_asked_by_p1812() -> None:
    """Sight is in the method, so the levels are those of the same run without it."""
    ground = terrain(6.0)
    surface = replace(ground, height_m=ground.height_m + np.float32(12), what="surface")
    problem = over(ground, surface=surface)
    np.testing.assert_array_equal(
        solved(replace(problem, sight="surface")).rsrp_dbm, solved(problem).rsrp_dbm
    )


def test_unknown_ground_on_a_path_gives_no_level() -> None:
    """Cells behind the gap are unknown, those before it are not."""
    ground = terrain(5.0)
    ground.height_m[20:25, :] = np.nan  # from 180,450 to 180,700 m, north of the mast
    result = solved(over(ground))
    assert (result.flag[0, 12:25] == Validity.UNKNOWN).all()
    assert np.isnan(result.rsrp_dbm[0, 12:25]).all()
    assert np.isfinite(result.rsrp_dbm[-2, 12:25]).all()


def test_a_site_without_ground_stands_on_even_ground() -> None:
    """Its levels are those over a flat terrain, clutter and all."""
    ground, flat = terrain(0.0), terrain(0.0)
    ground.height_m[:] = np.nan
    flat.height_m[:] = 0
    even = solved(over(ground, without_terrain="even"))
    np.testing.assert_allclose(even.rsrp_dbm, solved(over(flat)).rsrp_dbm, atol=1e-3)


def test_flags_are_those_of_the_method() -> None:
    """Below 250 m it was not made for the distance; beyond it was."""
    problem = over(terrain(3.0))
    flags = solved(problem).flag
    near = ~far_enough(problem, 240.0) & far_enough(problem, 0.0)
    assert (flags[near] == Validity.EXTRAPOLATED).all()
    assert (flags[far_enough(problem, 260.0)] == Validity.IN_RANGE).all()


def test_probability_goes_by_the_variation_over_locations() -> None:
    """σ of §4.7 at 1.8425 GHz for 50 m: (0.52 + 0.024 * 1.8425) * 50^0.28 = 1.687 dB."""
    assert location_sigma(1.8425, 50) == pytest.approx(1.687, abs=0.001)
    result = solved(over(terrain(3.0)))
    level, share = result.rsrp_dbm, result.probability
    between = (share > 0.01) & (share < 0.99)
    expected = [
        0.5 * math.erfc((-105 - one) / (1.687 * math.sqrt(2))) for one in level[between].tolist()
    ]
    assert between.sum() > 20
    np.testing.assert_allclose(share[between], expected, atol=0.002)


LONG = Grid(27700, 530_000.0, 180_050.0, 100.0, 150, 1)
"""A strip of 15 km to the east."""


def plain(height_m: float = 0.0) -> HeightGrid:
    """Level ground of 200 m cells under `LONG`."""
    grid = Grid(27700, 528_000.0, 182_000.0, 200.0, 100, 20)
    return HeightGrid(grid, np.full(grid.shape, height_m, np.float32), "terrain")


def along(environment: str, model: str = "auto", **given: object) -> CoverageResult:
    """A mast at the western end of the strip, by the automatic choice."""
    return solved(
        over(
            plain(), grid=LONG, sites=(mast(529_990.0, 180_000.0, **given),), reach_m=15_000.0,
            environment=environment, model=model,
        )
    )  # fmt: skip


@pytest.mark.parametrize("frequency_mhz", [868.1, 1842.5, 3500.0])
def test_no_place_is_better_for_being_beyond_the_border(frequency_mhz: float) -> None:
    """In town UMa hands over to P.1812 at 5 km; the level never rises there over flat ground."""
    level = along("urban", frequency_mhz=frequency_mhz).rsrp_dbm[0]
    assert np.isfinite(level).all()
    beyond = level[48:]  # from 4.85 km on
    assert (np.diff(beyond) <= 0.01).all()
    alone = along("urban", "p1812", frequency_mhz=frequency_mhz).rsrp_dbm[0]
    assert (level[51:] <= alone[51:] + 0.01).all()


def test_flat_ground_loses_more_with_distance() -> None:
    """Along a strip of 15 km, farther is never better."""
    level = along("rural").rsrp_dbm[0]
    assert (np.diff(level[3:]) < 0).all()


def test_lorawan_reaches_over_terrain_by_p1812() -> None:
    """A gateway at 868 MHz in the suburbs, as far as 15 km, in the method's range."""
    result = along("suburban", frequency_mhz=868.1, bandwidth_mhz=0.125)
    assert (result.flag[0, 3:-1] == Validity.IN_RANGE).all()


def test_a_run_says_what_p1812_was_asked_with() -> None:
    """In words and as facts: air and its source, clutter, spacing, width, time."""
    prepared = prepare(over(terrain(1.0)))
    told = " ".join(prepared.explanation)
    assert "ΔN 45 N-units/km and N0 325 N-units (one constant for the British Isles)" in told
    assert "10 m high by the environment (its Table 2)" in told
    assert "profiles of 50 m steps" in told
    assert "P.526" not in told
    assert "Sight" not in told
    facts = prepared.provenance
    assert facts["p1812_delta_n"] == "45"
    assert facts["p1812_sea_n0"] == "325"
    assert facts["p1812_latitude_deg"] == "51.506"  # of 530,200 m east, 180,200 m north
    assert facts["p1812_location_width_m"] == "50"
    assert facts["p1812_time_percent"] == "50"
    given = prepare(
        over(terrain(1.0), clutter_height_m=7.0, refractivity=Refractivity(39, 320, "a survey"))
    )
    assert "7 m high as given" in " ".join(given.explanation)
    assert given.provenance["p1812_refractivity_source"] == "a survey"


def test_the_air_changes_what_lies_beyond_the_horizon() -> None:
    """Where refractivity falls faster the Earth bends away less, and less is lost."""
    usual = over(
        plain(), grid=LONG, sites=(mast(529_990.0, 180_000.0),), reach_m=15_000.0,
        clutter_height_m=0.0,
    )  # fmt: skip
    bent = replace(usual, refractivity=Refractivity(70, 325, "a warm sea"))
    assert (solved(bent).rsrp_dbm[0, 100:] > solved(usual).rsrp_dbm[0, 100:] + 0.1).all()


def test_a_run_without_p1812_says_nothing_of_it() -> None:
    """Neither in words nor as facts."""
    prepared = prepare(Problem(GRID, scattered(3), BUDGET, reach_m=400.0, terrain=terrain(1.0)))
    assert not any(name.startswith("p1812") for name in prepared.provenance)
    assert not any("P.1812" in sentence for sentence in prepared.explanation)


def test_terms_that_no_run_has_are_refused() -> None:
    """Clutter below the ground or above all buildings, and P.1812 without terrain."""
    with pytest.raises(Refused, match="clutter_height_m is -1"):
        over(terrain(0.0), clutter_height_m=-1.0)
    with pytest.raises(Refused, match="clutter_height_m is nan"):
        over(terrain(0.0), clutter_height_m=math.nan)
    with pytest.raises(Refused, match="p1812 works along the terrain"):
        prepare(replace(over(terrain(0.0)), terrain=None))
