"""Predictions corrected by measurements, and judged where they were not fitted."""

from __future__ import annotations

import numpy as np
import pytest

from canopy.coverage.grid import Grid
from canopy.coverage.measurements.calibration import (
    Calibration,
    HoldOut,
    calibrate,
    corrected,
)
from canopy.coverage.measurements.huber import huber_line
from canopy.coverage.measurements.snapping import MeasuredCells
from canopy.errors import Refused

GRID = Grid(27700, 0.0, 2000.0, 50.0, 40, 40)
"""4 by 4 blocks of 500 m, each of 100 cells."""
SEED = HoldOut(seed=7)


def predictions() -> np.ndarray:
    """-60 dBm in the north-west, falling to about -120 in the south-east."""
    row, column = np.mgrid[0:40, 0:40]
    return -60.0 - 0.75 * (row + column)


def environments(word: str = "urban") -> np.ndarray:
    return np.full(GRID.shape, word, dtype=object)


def measured(levels: np.ndarray, cells: np.ndarray) -> MeasuredCells:
    many = len(cells)
    return MeasuredCells(
        GRID,
        cells,
        np.full(many, "ee", object),
        np.full(many, "lte", object),
        levels.ravel()[cells],
        np.full(many, 5),
        np.zeros(many),
        0,
    )


def every_fourth() -> np.ndarray:
    return np.arange(0, 1600, 4)


def test_a_line_is_found_among_wild_values() -> None:
    """y = 3 + 2 x at 20 points; four of them 100 too high do not move it."""
    x = np.arange(20.0)
    y = 3.0 + 2.0 * x
    y[[2, 7, 11, 18]] += 100.0
    line = huber_line(x, y)
    assert (line.offset, line.slope) == pytest.approx((3.0, 2.0), abs=1e-6)


def test_the_huber_line_is_where_its_weighted_residuals_cancel() -> None:
    """Huber's estimating equations hold at the answer: sum psi = sum psi x = 0."""
    rng = np.random.default_rng(3)
    x = rng.uniform(-120, -60, 200)
    y = 5.0 + 0.8 * x + rng.standard_t(2, 200) * 4
    line = huber_line(x, y)
    residual = y - line.offset - line.slope * x
    psi = np.clip(residual, -1.345 * line.scale, 1.345 * line.scale)
    assert abs(psi.sum()) < 1e-3
    assert abs((psi * (x - x.mean())).sum()) < 1e-2


def test_offset_and_slope_are_recovered_and_the_error_goes() -> None:
    """Measured = -10 + 0.9 predicted: at -90 dBm that is -91, at -60 it is -64."""
    calibration = calibrate(
        measured(-10.0 + 0.9 * predictions(), every_fourth()), predictions(), environments(), SEED
    )
    (fit,) = calibration.fits
    assert (fit.offset_db, fit.slope) == pytest.approx((-10.0, 0.9), abs=1e-9)
    assert fit.held_out_after.rmse_db == pytest.approx(0.0, abs=1e-9)
    assert fit.held_out_before.rmse_db > 1.0
    assert fit.is_better
    levels = corrected(
        calibration, np.array([[-90.0, -60.0, np.nan, -np.inf]]), environments()[:1, :4]
    )
    np.testing.assert_allclose(levels.rsrp_dbm, [[-91.0, -64.0, np.nan, -np.inf]], atol=1e-5)
    assert levels.corrected.tolist() == [[True, True, False, False]]


def test_whole_blocks_are_held_out() -> None:
    """A quarter of 400 cells in 16 blocks of 25 is four whole blocks: 100 cells and 300."""
    (fit,) = calibrate(
        measured(predictions() - 5.0, every_fourth()), predictions(), environments(), SEED
    ).fits
    assert (fit.training_before.cells, fit.held_out_before.cells) == (300, 100)
    assert (fit.training_before.bias_db, fit.held_out_before.bias_db) == pytest.approx((5.0, 5.0))


def test_the_same_seed_gives_the_same_answer() -> None:
    """And another seed holds out other ground."""
    rng = np.random.default_rng(1)
    levels = predictions() + rng.normal(0, 6, GRID.shape)

    def run(seed: int) -> Calibration:
        return calibrate(
            measured(levels, every_fourth()), predictions(), environments(), HoldOut(seed)
        )

    assert run(7) == run(7)
    assert run(7).fits[0].held_out_before != run(8).fits[0].held_out_before


def test_noise_alone_is_not_called_an_improvement_beyond_it() -> None:
    """Measured as predicted, with noise of 6 dB: the correction stays near none."""
    rng = np.random.default_rng(5)
    levels = predictions() + rng.normal(0, 6, GRID.shape)
    (fit,) = calibrate(measured(levels, np.arange(1600)), predictions(), environments(), SEED).fits
    assert fit.slope == pytest.approx(1.0, abs=0.05)
    assert fit.held_out_after.rmse_db == pytest.approx(6.0, abs=0.6)


def test_each_environment_has_its_own_line_and_the_small_one_is_left_alone() -> None:
    """The north is 5 dB lower, the south 12; ten cells of woodland are too few."""
    words = environments("urban")
    words[20:] = "suburban"
    words[0, :10] = "woodland"
    levels = predictions() - 5.0
    levels[20:] -= 7.0
    calibration = calibrate(measured(levels, np.arange(1600)), predictions(), words, SEED)
    assert {fit.environment: round(fit.training_before.bias_db, 6) for fit in calibration.fits} == {
        "suburban": 12.0,
        "urban": 5.0,
    }
    (left,) = calibration.not_fitted
    assert (left.environment, left.cells) == ("woodland", 10)
    assert "its cells lie in 1 blocks of ground, and 4 are needed" in left.reason


@pytest.mark.parametrize(
    ("levels", "cells", "reason"),
    [
        (predictions() - 5.0, np.arange(0, 1600, 60), "cells to fit and"),
        (-170.0 - predictions(), every_fourth(), "levels measured fall where predictions rise"),
    ],
)
def test_too_little_or_contrary_data_is_refused(
    levels: np.ndarray, cells: np.ndarray, reason: str
) -> None:
    """No correction is better than one that 27 cells, or the wrong file, suggest."""
    with pytest.raises(Refused, match=reason):
        calibrate(measured(levels, cells), predictions(), environments(), SEED)


def test_predictions_that_hardly_vary_give_no_slope() -> None:
    """1 dB of variation among the predictions."""
    flat = -90.0 + np.random.default_rng(0).normal(0, 1, GRID.shape)
    with pytest.raises(Refused, match="a slope needs 3 dB"):
        calibrate(measured(flat - 5.0, every_fourth()), flat, environments(), SEED)


def test_cells_without_a_prediction_are_told_and_not_used() -> None:
    """Unknown and out of reach: 40 of the 400 measured cells lie in the unknown rows."""
    levels = predictions()
    levels[:2], levels[2:4] = np.nan, -np.inf
    calibration = calibrate(
        measured(predictions() - 5.0, every_fourth()), levels, environments(), SEED
    )
    assert calibration.unusable == 40
    assert calibration.fits[0].training_before.bias_db == pytest.approx(5.0)


def test_two_networks_are_not_calibrated_together() -> None:
    """One operator's levels say nothing of another's sites."""
    both = measured(predictions(), every_fourth())
    both.operator[0] = "o2"
    with pytest.raises(Refused, match="of 2 operators and technologies"):
        calibrate(both, predictions(), environments(), SEED)
