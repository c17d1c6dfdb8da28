"""Predictions corrected by measurements: an offset and a slope for each environment.

measured = offset + slope * predicted, by robust regression (`huber`), on part of the cells;
the rest, whole blocks of ground that the regression never saw, say what the correction is
worth. Cells next to each other see the same buildings, so cells drawn one by one would make
any correction look good (Roberts, D. R. et al., 2017, Cross-validation strategies for data
with temporal, spatial, hierarchical, or phylogenetic structure, Ecography 40, 913-929).

A corrected prediction stays a prediction: `CalibratedLevels` and `MeasuredCells` are different
types, and no function here writes a measured level into a predicted layer.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid
from canopy.coverage.measurements.huber import huber_line
from canopy.coverage.measurements.snapping import MeasuredCells
from canopy.errors import Refused

Floats = NDArray[np.float64]

MIN_TRAINING_CELLS = 30
"""Fewest cells that a line is fitted to in one environment."""

MIN_HELD_OUT_CELLS = 10
"""Fewest cells that it is judged by."""

MIN_BLOCKS = 4
"""Fewest blocks of ground that the cells of an environment must lie in."""

MIN_SPREAD_DB = 3.0
"""Least standard deviation of the predictions of an environment [dB] that gives a slope."""


@dataclass(frozen=True, slots=True)
class HoldOut:
    """How cells are set aside.

    Attributes:
        seed: the same seed sets the same blocks aside.
        share: of the cells of an environment, 0.1 to 0.5; the blocks are drawn until it is met.
        block_m: side of the blocks [m], on multiples of itself in the CRS.
    """

    seed: int
    share: float = 0.25
    block_m: float = 500.0

    def __post_init__(self) -> None:
        if not 0.1 <= self.share <= 0.5 or not self.block_m > 0 or self.seed < 0:
            raise Refused(f"a share of 0.1 to 0.5, a side and a seed of 0 or more: not {self}")


@dataclass(frozen=True, slots=True)
class Agreement:
    """Predicted less measured over some cells.

    Attributes:
        cells: how many.
        bias_db: mean [dB]; above 0 the prediction is too high.
        rmse_db: root mean square [dB].
    """

    cells: int
    bias_db: float
    rmse_db: float


@dataclass(frozen=True, slots=True)
class EnvironmentFit:
    """The correction of one environment, and what it is worth.

    Attributes:
        environment: its word.
        offset_db, slope: measured = offset + slope * predicted.
        scale_db: robust standard deviation of what is left over [dB].
        training_before, training_after: on the cells that the line was fitted to.
        held_out_before, held_out_after: on those set aside.
    """

    environment: str
    offset_db: float
    slope: float
    scale_db: float
    training_before: Agreement
    training_after: Agreement
    held_out_before: Agreement
    held_out_after: Agreement

    @property
    def is_better(self) -> bool:
        """Whether the correction lowers the error where it was not fitted."""
        return self.held_out_after.rmse_db < self.held_out_before.rmse_db


@dataclass(frozen=True, slots=True)
class NotFitted:
    """An environment that is left as predicted, and why."""

    environment: str
    cells: int
    reason: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """The corrections of one operator's technology.

    Attributes:
        fits: by environment, those that could be fitted.
        not_fitted: the others.
        unusable: cells measured where no level is predicted (unknown, or no site reaches).
        hold_out: how cells were set aside.
    """

    fits: tuple[EnvironmentFit, ...]
    not_fitted: tuple[NotFitted, ...]
    unusable: int
    hold_out: HoldOut


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedLevels:
    """Predicted levels after correction.

    Attributes:
        rsrp_dbm: float32 [dBm]; NaN and -inf stay as they were.
        corrected: where a correction was made; elsewhere the level is as predicted.
    """

    rsrp_dbm: NDArray[np.float32]
    corrected: NDArray[np.bool_]


def calibrate(
    measured: MeasuredCells,
    predicted_dbm: NDArray[np.floating],
    environments: NDArray[np.object_],
    hold_out: HoldOut,
) -> Calibration:
    """Offset and slope of each environment from measured cells of one operator.

    Parameters
    ----------
    measured : MeasuredCells
        Of one operator and technology (`MeasuredCells.of`).
    predicted_dbm : array of the grid's shape
        Predicted level of that operator [dBm]; cells with NaN or -inf are not used.
    environments : object array of str, of the grid's shape
        The environment of each cell, such as "urban"; "" where not known, and not used.
    hold_out : HoldOut
        Equal inputs and an equal seed give an equal result.

    Raises
    ------
    Refused
        When two operators or technologies are mixed, and when no environment has the
        `MIN_TRAINING_CELLS`, `MIN_HELD_OUT_CELLS`, `MIN_BLOCKS` and `MIN_SPREAD_DB` it takes.
    """
    _require_one_network(measured)
    grid = measured.grid
    if predicted_dbm.shape != grid.shape or environments.shape != grid.shape:
        raise Refused(f"levels and environments must have the measured grid's shape {grid.shape}")
    predicted = predicted_dbm.ravel()[measured.cell].astype(np.float64)
    where = environments.ravel()[measured.cell]
    usable = np.isfinite(predicted)
    fits: list[EnvironmentFit] = []
    left: list[NotFitted] = []
    for environment in sorted(set(where[usable].tolist()) - {""}):
        chosen = np.flatnonzero(usable & (where == environment))
        blocks = _blocks(grid, measured.cell[chosen], hold_out.block_m)
        try:
            fit = _fitted(
                environment, predicted[chosen], measured.median_dbm[chosen], blocks, hold_out
            )
        except Refused as refusal:
            left.append(NotFitted(environment, len(chosen), refusal.detail))
        else:
            fits.append(fit)
    if not fits:
        why = "; ".join(f"{one.environment}: {one.reason}" for one in left)
        raise Refused(f"no environment can be calibrated: {why or 'no measured cell is usable'}")
    return Calibration(tuple(fits), tuple(left), int((~usable).sum()), hold_out)


def corrected(
    calibration: Calibration,
    predicted_dbm: NDArray[np.floating],
    environments: NDArray[np.object_],
) -> CalibratedLevels:
    """Predicted levels with each environment's correction."""
    levels = predicted_dbm.astype(np.float64)
    done = np.zeros(levels.shape, bool)
    for fit in calibration.fits:
        chosen = (environments == fit.environment) & np.isfinite(levels)
        levels[chosen] = fit.offset_db + fit.slope * levels[chosen]
        done |= chosen
    return CalibratedLevels(levels.astype(np.float32), done)


def _require_one_network(measured: MeasuredCells) -> None:
    networks = sorted(set(zip(measured.operator, measured.technology, strict=True)))
    if len(networks) != 1:
        raise Refused(
            f"measurements of {len(networks)} operators and technologies: calibrate one at a time"
        )


def _blocks(grid: Grid, cell: NDArray[np.int64], block_m: float) -> NDArray[np.int64]:
    """A number for the block of ground that each cell's centre lies in."""
    row, column = np.divmod(cell, grid.columns)
    east = np.floor(grid.eastings_m[column] / block_m).astype(np.int64)
    north = np.floor(grid.northings_m[row] / block_m).astype(np.int64)
    _, block = np.unique(np.column_stack([north, east]), axis=0, return_inverse=True)
    return block.ravel().astype(np.int64)


def _fitted(
    environment: str, predicted: Floats, measured: Floats, blocks: NDArray[np.int64], how: HoldOut
) -> EnvironmentFit:
    held = _held_out(environment, blocks, how)
    train = ~held
    _require_enough(predicted, blocks, held)
    line = huber_line(predicted[train], measured[train])
    if line.slope <= 0:
        raise Refused(f"levels measured fall where predictions rise (slope {line.slope:.2f})")
    after = line.offset + line.slope * predicted
    return EnvironmentFit(
        environment,
        line.offset,
        line.slope,
        line.scale,
        _agreement(predicted[train], measured[train]),
        _agreement(after[train], measured[train]),
        _agreement(predicted[held], measured[held]),
        _agreement(after[held], measured[held]),
    )


def _held_out(environment: str, blocks: NDArray[np.int64], how: HoldOut) -> NDArray[np.bool_]:
    """Whole blocks, in an order drawn from the seed, until the share of cells is met."""
    count = np.bincount(blocks)
    seeds = np.random.SeedSequence([how.seed, zlib.crc32(environment.encode())])
    order = np.random.default_rng(seeds).permutation(len(count))
    before = np.cumsum(count[order]) - count[order]
    chosen = order[before < how.share * len(blocks)]
    return np.isin(blocks, chosen)


def _require_enough(predicted: Floats, blocks: NDArray[np.int64], held: NDArray[np.bool_]) -> None:
    training, judging, ground = int((~held).sum()), int(held.sum()), int(blocks.max()) + 1
    if ground < MIN_BLOCKS:
        raise Refused(f"its cells lie in {ground} blocks of ground, and {MIN_BLOCKS} are needed")
    if training < MIN_TRAINING_CELLS or judging < MIN_HELD_OUT_CELLS:
        raise Refused(
            f"{training} cells to fit and {judging} set aside, where {MIN_TRAINING_CELLS} and "
            f"{MIN_HELD_OUT_CELLS} are needed: measure in more cells"
        )
    spread = float(np.std(predicted[~held]))
    if spread < MIN_SPREAD_DB:
        raise Refused(
            f"its predictions vary by {spread:.1f} dB, and a slope needs {MIN_SPREAD_DB:g} dB: "
            "measure nearer to and farther from the sites"
        )


def _agreement(predicted: Floats, measured: Floats) -> Agreement:
    error = predicted - measured
    return Agreement(len(error), float(error.mean()), float(np.sqrt((error**2).mean())))
