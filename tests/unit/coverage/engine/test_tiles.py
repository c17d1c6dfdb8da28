"""A part with its halo, sent elsewhere, is solved as on the whole problem."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import BUDGET, GRID, site, terrain

from canopy.coverage.engine.holding import in_files
from canopy.coverage.engine.merging import layer_bytes
from canopy.coverage.engine.parts import PartAnswer, parts_of
from canopy.coverage.engine.preparing import Prepared, prepare
from canopy.coverage.engine.problem import Problem
from canopy.coverage.engine.solve import assemble, solve, solve_part
from canopy.coverage.engine.tiles import Tile, cut
from canopy.coverage.result import CoverageResult
from canopy.coverage.sites.antennas import three_gpp
from canopy.coverage.sites.site import RadioSite
from canopy.errors import Refused


def in_line(spacing_m: float) -> tuple[RadioSite, ...]:
    """Equal sites of two operators in rows and columns on and around the grid; some are high.

    Many are as far from a block as others, so their bounds are equal: sums then depend on
    the order that sites are taken in, and on where it is broken off.
    """
    steps = np.arange(-600.0, 1_000.0, spacing_m)
    places = np.random.default_rng(7).permutation([(x, y) for y in steps for x in steps])
    return tuple(
        site(
            number,
            530_000.0 + float(x),
            180_400.0 - float(y),
            operator="ab"[number % 2],
            antenna_height_m=25.0 if number % 5 == 0 else 8.0,
        )
        for number, (x, y) in enumerate(places)
    )


def problems() -> dict[str, Problem]:
    """One by distance, one over terrain, one over a surface with antennas that point."""
    ground = terrain(2.0)
    mask = np.zeros(GRID.shape, np.bool_)
    mask[3:37, 10:] = True
    plain = Problem(GRID, in_line(40.0), BUDGET, reach_m=600.0, mask=mask)
    houses = np.random.default_rng(4).choice([0.0, 9.0], ground.grid.shape)
    surface = replace(
        ground, what="surface", height_m=(ground.height_m + houses).astype(np.float32)
    )
    sectors = tuple(replace(each, pattern=three_gpp(), azimuth_deg=40.0) for each in in_line(100.0))
    return {
        "distance": plain,
        "terrain": replace(plain, terrain=ground),
        "surface": replace(plain, sites=sectors, terrain=ground, surface=surface, sight="surface"),
    }


def arrays(result: CoverageResult) -> dict[str, np.ndarray[Any, Any]]:
    """Every array of a result by its name."""
    found = {
        each.name: value
        for each in fields(result)
        if isinstance(value := getattr(result, each.name), np.ndarray)
    }
    for operator, layers in result.by_operator.items():
        found |= {f"{operator} {each.name}": getattr(layers, each.name) for each in fields(layers)}
    return found


def assert_equal(one: CoverageResult, other: CoverageResult) -> None:
    ours, theirs = arrays(one), arrays(other)
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert values.tobytes() == theirs[name].tobytes(), name


def sent(tile: Tile) -> PartAnswer:
    """The answer of a tile that was pickled and unpickled."""
    there: Tile = pickle.loads(pickle.dumps(tile))
    return there.answer()


@pytest.mark.parametrize("kind", ["distance", "terrain", "surface"])
@pytest.mark.parametrize("side", [16, 32])
def test_tiles_make_the_whole_to_the_bit(kind: str, side: int) -> None:
    """Also where many sites are equally strong, whichever way their losses are found."""
    prepared = prepare(problems()[kind])
    whole = solve(prepared)
    parts = list(parts_of(GRID.shape, side))
    here = [(part, solve_part(prepared, part)) for part in parts]
    assert_equal(assemble(prepared, here, len(parts)), whole)
    there = [(part, sent(cut(prepared, part))) for part in parts]
    assert_equal(assemble(prepared, there, len(parts)), whole)


def test_a_tile_takes_the_sites_curves_and_heights_that_reach_it() -> None:
    """What lies beyond is not sent: here the sites of the other end, of other heights."""
    near = site(0, 530_100.0, 180_300.0)
    far = tuple(site(at, 530_900.0, 180_200.0, antenna_height_m=10.0 + at) for at in range(1, 9))
    prepared = prepare(Problem(GRID, (near, *far), BUDGET, 250.0, terrain=terrain(10.0)))
    tile = cut(prepared, next(parts_of(GRID.shape, 16)))
    assert tile.sites["a"].number.tolist() == [0]
    assert (tile.tables.loss_db.shape[0], prepared.tables.loss_db.shape[0]) == (3, 27)
    assert tile.terrain.height_m.size < prepared.paths.terrain.height_m.size / 4
    with pytest.raises(ValueError, match="knows nothing of"):
        tile.mask(replace(tile.part, row=16))


@pytest.fixture
def prepared() -> Prepared:
    return prepare(problems()["terrain"])


def test_layers_in_files_are_those_in_memory(prepared: Prepared, tmp_path: Path) -> None:
    """To the bit; and the folder is empty again at once, so that nothing can be left there."""
    held = solve(prepared, held=in_files(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert_equal(held, solve(prepared))
    assert sum(values.nbytes for values in arrays(held).values()) == layer_bytes(prepared)


def test_layers_that_the_disk_has_no_room_for_are_refused(tmp_path: Path) -> None:
    """Before anything is computed, with what was needed and where."""
    with pytest.raises(Refused, match=rf"4,000,000,000,000 MB .* cannot be had in {tmp_path}"):
        in_files(tmp_path)((1_000_000_000, 1_000_000_000), np.float32)
