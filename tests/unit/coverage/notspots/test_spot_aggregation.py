"""Blocks of 50 m and 100 m."""

from __future__ import annotations

import numpy as np
import pytest

from canopy.coverage.grid import Grid
from canopy.coverage.notspots.aggregation import (
    aggregated_service,
    aggregated_spots,
    block_grid,
    on_cells,
)
from canopy.coverage.notspots.classes import Service, Spot, service
from canopy.errors import Refused

NAN = np.nan


def test_blocks_lie_on_the_lines_of_the_national_grid() -> None:
    """A run from (529010, 184990) of 10 m cells: blocks of 50 m begin at 529000 and 185000."""
    blocks = block_grid(Grid(27700, 529_010.0, 184_990.0, 10.0, 10, 7), 50.0)
    assert (blocks.west_m, blocks.north_m) == (529_000.0, 185_000.0)
    assert blocks.shape == (2, 3)


def test_a_block_has_the_share_and_the_best_level_of_its_known_cells() -> None:
    """25 m cells in a 50 m block: one covered of three known, one unknown; best -100 dBm."""
    grid = Grid(27700, 0.0, 50.0, 25.0, 2, 2)
    levels = np.array([[-100.0, -110.0], [-np.inf, NAN]], np.float32)
    blocks = aggregated_service(grid, levels, service(levels, -105.0), 50.0)
    assert blocks.share_covered.tolist() == [[pytest.approx(1 / 3)]]
    assert blocks.share_known.tolist() == [[0.75]]
    assert blocks.classes.tolist() == [[Service.NOT_COVERED]]
    assert blocks.level_dbm.tolist() == [[-100.0]]


def test_of_equal_classes_the_worse_is_taken() -> None:
    """Two cells full and two partial are a partial block: it is not flattered."""
    grid = Grid(27700, 0.0, 50.0, 25.0, 2, 2)
    spots = np.array([[Spot.FULL, Spot.PARTIAL], [Spot.PARTIAL, Spot.FULL]], np.uint8)
    blocks = aggregated_spots(grid, np.zeros((2, 2)), spots, 50.0)
    assert (blocks.classes.tolist(), blocks.share_covered.tolist()) == ([[Spot.PARTIAL]], [[1.0]])


def test_a_block_of_unknown_cells_stays_unknown() -> None:
    """No share, no level and no class is made up."""
    grid = Grid(27700, 0.0, 100.0, 50.0, 2, 2)
    levels = np.full((2, 2), NAN)
    blocks = aggregated_service(grid, levels, service(levels, -105.0), 100.0)
    assert np.isnan(blocks.share_covered[0, 0])
    assert np.isnan(blocks.level_dbm[0, 0])
    assert (blocks.classes[0, 0], blocks.share_known[0, 0]) == (Service.UNKNOWN, 0.0)


def test_cells_beyond_the_run_are_not_known_and_do_not_vote() -> None:
    """One cell of 25 m in a block of 100 m: 1 of 16 known, and it decides."""
    grid = Grid(27700, 75.0, 25.0, 25.0, 1, 1)
    levels = np.array([[-90.0]])
    blocks = aggregated_service(grid, levels, service(levels, -105.0), 100.0)
    assert blocks.grid == Grid(27700, 0.0, 100.0, 100.0, 1, 1)
    assert (blocks.share_known[0, 0], blocks.classes[0, 0]) == (1 / 16, Service.COVERED)


def test_cells_outside_the_area_do_not_vote() -> None:
    """Three of four cells lie outside and have no level: the one within decides alone."""
    grid = Grid(27700, 0.0, 50.0, 25.0, 2, 2)
    levels = np.array([[-90.0, NAN], [NAN, NAN]], np.float32)
    within = np.isfinite(levels)
    blocks = aggregated_service(grid, levels, service(levels, -105.0), 50.0, within)
    assert blocks.classes.tolist() == [[Service.COVERED]]
    assert (blocks.share_covered.tolist(), blocks.share_known.tolist()) == ([[1.0]], [[0.25]])


def test_each_cell_finds_the_class_of_its_block() -> None:
    """Cells of 25 m from 25 m on: the first column is alone in its block of 50 m."""
    grid = Grid(27700, 25.0, 50.0, 25.0, 3, 2)
    levels = np.array([[-90.0, -120.0, -120.0], [-90.0, -120.0, -90.0]], np.float32)
    blocks = aggregated_service(grid, levels, service(levels, -105.0), 50.0)
    assert blocks.classes.tolist() == [[Service.COVERED, Service.NOT_COVERED]]
    assert on_cells(blocks, grid).tolist() == [[2, 1, 1], [2, 1, 1]]


def test_cells_that_do_not_make_up_a_block_are_refused() -> None:
    """20 m cells do not fit in 50 m; 10 m cells from 3 m on lie across the lines."""
    with pytest.raises(Refused, match="no whole number of cells"):
        block_grid(Grid(27700, 0.0, 20.0, 20.0, 1, 1), 50.0)
    with pytest.raises(Refused, match="do not lie on multiples"):
        block_grid(Grid(27700, 3.0, 20.0, 10.0, 1, 1), 50.0)
