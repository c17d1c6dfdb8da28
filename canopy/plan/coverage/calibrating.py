"""Predictions of a run judged by measured levels, and corrected by them where that is asked.

A correction is a step of its own: the layers of prediction stay as they are, the corrected
levels are layers beside them, and no measured level is in either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.grid import Grid
from canopy.coverage.measurements.calibration import (
    Agreement,
    Calibration,
    EnvironmentFit,
    calibrate,
    corrected,
)
from canopy.coverage.measurements.reading import MeasurementFile, Measurements
from canopy.coverage.measurements.snapping import MeasuredCells, snapped
from canopy.coverage.sites.technology import Technology
from canopy.errors import Refused
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.wishes import MeasurementSource

Levels = NDArray[np.float32]

_SAME_GENERATION = {"2g": ("gsm",), "3g": ("umts",), "4g": ("lte",), "5g": ("nr",)}
"""What files call a technology, besides the generation itself."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What measurements say of one operator's predictions.

    Attributes:
        operator: slug.
        measurements, cells: how many there are, and in how many cells with a predicted level.
        before: of all those cells; None where there are none.
        fit: the line and what it is worth; None where none could be fitted.
        applied: whether its predictions are corrected.
        reason: why not, or "".
    """

    operator: str
    measurements: int
    cells: int
    before: Agreement | None
    fit: EnvironmentFit | None
    applied: bool
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """All operators' verdicts, and the levels that follow.

    Attributes:
        verdicts: by operator, in the run's order.
        levels: by operator, corrected where a verdict is applied, else as predicted [dBm].
        cells: what was measured, by cell.
        notes: a sentence each.
    """

    verdicts: tuple[Verdict, ...]
    levels: dict[str, Levels]
    cells: MeasuredCells
    notes: tuple[str, ...]

    @property
    def applied(self) -> bool:
        """Whether any operator's levels are corrected."""
        return any(one.applied for one in self.verdicts)


def require_told_apart(source: MeasurementSource, operators: tuple[str, ...]) -> None:
    """Raises Refused where measurements could be of any of several operators."""
    if source.operator is None and len(operators) > 1:
        raise Refused(
            f"{source.file.name}: the run has the operators {', '.join(operators)}: name the "
            "column that tells whose level was measured"
        )


def judged(
    request: RunRequest,
    measured: MeasurementFile,
    levels: Mapping[str, Levels],
    grid: Grid,
    chosen: Technology,
) -> Judged:
    """What the measured levels say of the predicted `levels` of each operator."""
    source = request.measurements
    assert source is not None
    mine, others = _of_this_run(measured.measurements, source, tuple(levels), chosen)
    cells = snapped(mine, grid)
    environments = np.full(grid.shape, request.environment, dtype=object)
    verdicts, answer = [], {}
    for operator, predicted in levels.items():
        theirs = cells.of(operator, chosen.technology_id)
        verdict, calibration = _verdict(operator, theirs, predicted, environments, source)
        verdicts.append(verdict)
        answer[operator] = predicted
        if verdict.applied and calibration is not None:
            answer[operator] = corrected(calibration, predicted, environments).rsrp_dbm
    notes = [_sentence(one, request.environment) for one in verdicts]
    if others:
        notes.append(
            f"{measured.name}: {others:,} measurements are of other operators or technologies."
        )
    if cells.outside:
        notes.append(f"{measured.name}: {cells.outside:,} measurements lie beyond the run's cells.")
    return Judged(tuple(verdicts), answer, cells, tuple(notes))


def _of_this_run(
    measurements: Measurements,
    source: MeasurementSource,
    operators: tuple[str, ...],
    chosen: Technology,
) -> tuple[Measurements, int]:
    """Those of the run's operators and technology, named as the run does; how many are not."""
    require_told_apart(source, operators)
    words = {
        "",
        chosen.technology_id,
        chosen.generation,
        *_SAME_GENERATION.get(chosen.generation, ()),
    }
    spoken = np.array([str(word).casefold() for word in measurements.technology], dtype=object)
    slugs = np.array(["-".join(str(w).casefold().split()) for w in measurements.operator], object)
    if source.operator is None:
        slugs[:] = operators[0]
    chosen_rows = np.isin(spoken, list(words)) & np.isin(slugs, list(operators))
    at = np.flatnonzero(chosen_rows)
    return (
        replace(
            measurements,
            easting_m=measurements.easting_m[at],
            northing_m=measurements.northing_m[at],
            time=measurements.time[at],
            rsrp_dbm=measurements.rsrp_dbm[at],
            operator=slugs[at],
            technology=np.full(len(at), chosen.technology_id, dtype=object),
            cell=measurements.cell[at],
        ),
        len(measurements) - len(at),
    )


def _verdict(
    operator: str,
    cells: MeasuredCells,
    predicted: Levels,
    environments: NDArray[np.object_],
    source: MeasurementSource,
) -> tuple[Verdict, Calibration | None]:
    levels = predicted.ravel()[cells.cell].astype(np.float64)
    usable = np.isfinite(levels)
    error = levels[usable] - cells.median_dbm[usable]
    many, measurements = int(usable.sum()), int(cells.count.sum())
    before = None
    if many:
        before = Agreement(many, float(error.mean()), float(np.sqrt((error**2).mean())))
    if not many:
        reason = "no cell with a prediction was measured"
        return Verdict(operator, measurements, 0, None, None, False, reason), None
    try:
        calibration = calibrate(cells, predicted, environments, source.hold_out())
    except Refused as refusal:
        found = Verdict(operator, measurements, many, before, None, False, refusal.detail)
        return found, None
    (fit,) = calibration.fits
    reason = "" if source.apply else "not asked for"
    if source.apply and not fit.is_better:
        reason = "it does not lower the error in the cells set aside"
    verdict = Verdict(operator, measurements, many, before, fit, not reason, reason)
    return verdict, calibration


def _sentence(one: Verdict, environment: str) -> str:
    if one.before is None:
        return f"Measurements of {one.operator}: {one.reason}."
    told = (
        f"Measurements of {one.operator} in {one.cells:,} cells: predictions are "
        f"{one.before.bias_db:+.1f} dB off on average, {one.before.rmse_db:.1f} dB RMSE"
    )
    if one.fit is None:
        return f"{told}; nothing is fitted: {one.reason}."
    after = one.fit.held_out_after
    told += (
        f"; {environment}: measured = {one.fit.offset_db:.1f} dB + {one.fit.slope:.2f} * "
        f"predicted leaves {after.rmse_db:.1f} dB RMSE in {after.cells:,} cells set aside"
    )
    done = "it is applied to the predictions" if one.applied else f"not applied: {one.reason}"
    return f"{told}; {done}."
