"""Tiles and cells read from a run's files: the same values as from the whole layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from coverage_runs import GRID, levels, provenance

from canopy.coverage.files.layers import RUN_LAYERS, RasterLayer
from canopy.coverage.files.parts import MOST_READ, layer_file
from canopy.coverage.files.rasters import write_cog
from canopy.coverage.files.tiles import frame_of, tile_cells
from canopy.coverage.files.value_tiles import (
    FIRST,
    NONE,
    SCALES,
    UNKNOWN,
    change,
    numbers,
    real_values,
)
from canopy.coverage.grid import Grid
from canopy.errors import BadSource, NotFound

KINDS = {kind.name: kind for kind in RUN_LAYERS}
LEVEL = KINDS["rsrp_dbm"]


@pytest.fixture
def level_file(tmp_path: Path) -> Path:
    """A layer of levels as a run writes it."""
    path = tmp_path / "rsrp_dbm.tif"
    write_cog(RasterLayer(LEVEL, (levels(),), ("rsrp_dbm",)), GRID, path, provenance())
    return path


@pytest.mark.parametrize("zoom", [9, 12, 15, 18])
def test_a_tile_reads_what_the_whole_layer_holds_there(level_file: Path, zoom: int) -> None:
    """Every pixel, at zooms that show all of the run and a street of it."""
    columns, rows = frame_of(GRID).tiles(zoom)
    cells = tile_cells(GRID, zoom, columns[len(columns) // 2], rows[len(rows) // 2])
    assert cells is not None
    with layer_file(level_file) as layer:
        assert (layer.grid, layer.bands) == (GRID, ("rsrp_dbm",))
        found = layer.under(cells, "rsrp_dbm")
    expected = levels().ravel()[cells.flat]
    np.testing.assert_array_equal(found[cells.inside], expected[cells.inside])


def test_a_large_run_is_read_from_its_coarser_copies(tmp_path: Path) -> None:
    """Twice as many cells as are read: a pixel shows a value of the cells around it."""
    side = 2 * MOST_READ
    grid = Grid(27700, 500_000.0, 300_000.0, 5.0, side, side)
    ramp = np.tile(np.arange(side, dtype=np.float32), (side, 1))
    path = tmp_path / "rsrp_dbm.tif"
    write_cog(RasterLayer(LEVEL, (ramp,), ("rsrp_dbm",)), grid, path, provenance())
    columns, rows = frame_of(grid).tiles(8)
    cells = tile_cells(grid, 8, columns[0], rows[0], 512)
    assert cells is not None
    with layer_file(path) as layer:
        found = layer.under(cells, "rsrp_dbm")
    away = found[cells.inside] - ramp.ravel()[cells.flat][cells.inside]
    assert np.abs(away).max() <= 3


def test_a_cell_gives_its_value_by_band(level_file: Path) -> None:
    """Also what is not known, and where no site reaches."""
    with layer_file(level_file) as layer:
        assert layer.at(100, 0) == {"rsrp_dbm": pytest.approx(-70.0)}
        assert np.isnan(layer.at(0, 0)["rsrp_dbm"])
        assert layer.at(549, 599)["rsrp_dbm"] == -np.inf


def test_a_band_that_is_not_there_is_named(level_file: Path) -> None:
    """So is a file that is no raster."""
    cells = tile_cells(GRID, 9, *(axis[0] for axis in frame_of(GRID).tiles(9)))
    assert cells is not None
    with layer_file(level_file) as layer, pytest.raises(NotFound, match="'ee'"):
        layer.under(cells, "ee")
    level_file.write_text("no raster")
    with pytest.raises(BadSource, match="rsrp_dbm"), layer_file(level_file):
        pass


def test_a_tile_beyond_the_run_has_no_cells() -> None:
    """Nothing is read for it."""
    assert tile_cells(GRID, 12, 0, 0) is None


def test_numbers_part_what_a_threshold_parts() -> None:
    """A level just below a whole decibel is on the side of it that it is on in the run."""
    scale = SCALES["rsrp_dbm"]
    at = np.array([-105.0, np.nextafter(np.float32(-105.0), np.float32(-200)), -70.25])
    found = (numbers(at, scale).astype(np.float64) - FIRST) * scale.step + scale.offset
    assert found.tolist() == [-105.0, -105.0078125, -70.25]


def test_three_numbers_are_no_values() -> None:
    """Not known and not reached are told apart; the scale's ends hold what is beyond them."""
    given = np.array([np.nan, -np.inf, np.inf, -1e9])
    assert numbers(given, SCALES["margin_db"]).tolist() == [UNKNOWN, NONE, 65_535, FIRST]


def test_whole_numbers_have_their_own_mark_for_not_known() -> None:
    """255 operators are none that are known; no operator is a fact."""
    counts = real_values(np.array([0, 3, 255], np.uint8), KINDS["operators_above"])
    assert numbers(counts, SCALES["operators_above"]).tolist() == [FIRST, FIRST + 3, UNKNOWN]


def test_a_change_is_told_where_both_are_known() -> None:
    """A site where there was none counts as the largest change; none in either as none."""
    after = np.array([-90.0, -np.inf, -80.0, np.nan, -np.inf])
    before = np.array([-95.5, -80.0, -np.inf, -80.0, -np.inf])
    found = change(after, before)
    assert found.tolist()[:3] == [5.5, -200.0, 200.0]
    assert np.isnan(found[3])
    assert found[4] == -np.inf
