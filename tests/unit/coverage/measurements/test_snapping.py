"""Measurements brought to cells."""

from __future__ import annotations

import numpy as np

from canopy.coverage.grid import Grid
from canopy.coverage.measurements.reading import Measurements
from canopy.coverage.measurements.snapping import MeasuredCells, snapped

GRID = Grid(27700, 0.0, 20.0, 10.0, 2, 2)


def measurements(*rows: tuple[float, float, float, str]) -> Measurements:
    east, north, level, operator = (list(column) for column in zip(*rows, strict=True))
    many = len(rows)
    return Measurements(
        np.array(east, float),
        np.array(north, float),
        np.full(many, np.datetime64("2026-05-01T00:00:00", "ms")),
        np.array(level, float),
        np.array(operator, object),
        np.full(many, "lte", object),
        np.full(many, "", object),
    )


def summary(cells: MeasuredCells) -> list[tuple[int, str, float, int, float]]:
    return list(
        zip(
            cells.cell.tolist(),
            cells.operator.tolist(),
            cells.median_dbm.tolist(),
            cells.count.tolist(),
            cells.spread_db.tolist(),
            strict=True,
        )
    )


def test_a_cell_has_the_median_of_its_levels_for_each_operator() -> None:
    """-90, -100, -140: -100, with deviations 10, 0 and 40, so 10. Even: the mean of two."""
    cells = snapped(
        measurements(
            (5, 15, -90, "ee"),
            (6, 14, -140, "ee"),
            (7, 13, -100, "ee"),
            (5, 15, -80, "o2"),
            (15, 5, -70, "ee"),
            (16, 5, -80, "ee"),
        ),
        GRID,
    )
    assert summary(cells) == [
        (0, "ee", -100.0, 3, 10.0),
        (3, "ee", -75.0, 2, 5.0),
        (0, "o2", -80.0, 1, 0.0),
    ]


def test_measurements_beyond_the_grid_are_counted_and_in_no_cell() -> None:
    """Also when none is in it."""
    cells = snapped(measurements((5, 25, -90, "ee"), (-1, 5, -90, "ee")), GRID)
    assert (len(cells), cells.outside) == (0, 2)


def test_one_network_is_picked_out() -> None:
    """Others' cells are not among it."""
    cells = snapped(measurements((5, 15, -90, "ee"), (5, 15, -80, "o2")), GRID)
    assert cells.of("o2", "lte").median_dbm.tolist() == [-80.0]
    assert len(cells.of("o2", "nr")) == 0
