"""Tables of a run for files: figures, broadband, measurements, and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from canopy.coverage.files.columns import Column, Table, integer, real, text, truth
from canopy.coverage.measurements.calibration import Agreement
from canopy.coverage.notspots.broadband_figures import BroadbandRow
from canopy.coverage.notspots.figures import FigureRow
from canopy.plan.coverage.calibrating import Judged


def figure_table(rows: Sequence[FigureRow], footfall_unit: str = "") -> Table:
    """The figures as a table. footfall_unit: of the layer of footfall, if there is one."""
    return Table(
        "figures",
        "Coverage by area, operator and status",
        (
            text("area_id", [row.area_id for row in rows]),
            text("area_name", [row.area_name for row in rows]),
            text("technology", [row.technology for row in rows]),
            text("place", [row.place for row in rows]),
            text("operator", [row.operator for row in rows], "slug, or all"),
            text("status", [row.status for row in rows]),
            real("area", [row.area_m2 for row in rows], "m²"),
            real("area_share", [row.area_share for row in rows], "1"),
            real("residents", [row.residents for row in rows], "people"),
            real("residents_share", [row.residents_share for row in rows], "1"),
            real("premises", [row.premises for row in rows], "premises"),
            real("premises_share", [row.premises_share for row in rows], "1"),
            real("road", [row.road_m for row in rows], "m"),
            real("road_share", [row.road_share for row in rows], "1"),
            real("footfall", [row.footfall for row in rows], footfall_unit),
            real("demand_unknown", [row.demand_unknown_m2 for row in rows], "m²"),
        ),
    )


def broadband_table(rows: Sequence[BroadbandRow]) -> Table:
    """Fixed broadband by area and theme."""
    return Table(
        "broadband",
        "Premises without fixed broadband, from Ofcom's postcode files",
        (
            text("area_id", [row.area_id for row in rows]),
            text("area_name", [row.area_name for row in rows]),
            text("theme", [str(row.theme) for row in rows], "what is lacked"),
            real("without", [row.premises_without for row in rows], "premises"),
            real("share", [row.share_without for row in rows], "1", "of premises where known"),
            real("premises", [row.premises for row in rows], "premises", "where it is known"),
            integer("postcodes", [row.postcodes for row in rows]),
            integer(
                "postcodes_unknown",
                [row.postcodes_unknown for row in rows],
                description="in no figure: without a value, or without a number of premises",
            ),
        ),
    )


def calibration_table(judgement: Judged, environment: str) -> Table:
    """The verdicts as a table: bias, error and how many cells, before and after."""
    verdicts = judgement.verdicts
    fits = [one.fit for one in verdicts]

    def of(name: str) -> list[Agreement | None]:
        return [None if fit is None else getattr(fit, name) for fit in fits]

    halves = {
        "training": (of("training_before"), of("training_after")),
        "held_out": (of("held_out_before"), of("held_out_after")),
    }
    columns = [
        text("operator", [one.operator for one in verdicts]),
        text("environment", [environment] * len(verdicts)),
        integer("measurements", [one.measurements for one in verdicts]),
        integer("cells", [one.cells for one in verdicts], "", "measured, with a prediction"),
        *_agreement("all", "before", [one.before for one in verdicts]),
        real("offset", [None if fit is None else fit.offset_db for fit in fits], "dB"),
        real("slope", [None if fit is None else fit.slope for fit in fits], "1"),
        real("scale", [None if fit is None else fit.scale_db for fit in fits], "dB"),
    ]
    for half, (before, after) in halves.items():
        many = [None if each is None else each.cells for each in before]
        columns.append(integer(f"{half}_cells", many))
        columns += [*_agreement(half, "before", before), *_agreement(half, "after", after)]
    columns += [
        truth("applied", [one.applied for one in verdicts], "predictions are corrected"),
        text("reason", [one.reason for one in verdicts], "why not"),
    ]
    title = "Predicted less measured levels, before and after measured = offset + slope * predicted"
    return Table("calibration", title, tuple(columns))


def measured_table(judgement: Judged) -> Table:
    """Measured levels by cell; no prediction is in it."""
    cells, grid = judgement.cells, judgement.cells.grid
    row, column = np.divmod(cells.cell, grid.columns)
    return Table(
        "measured_cells",
        "Measured levels by cell and operator",
        (
            real("easting", grid.eastings_m[column], "m", "centre of the cell"),
            real("northing", grid.northings_m[row], "m", "centre of the cell"),
            text("operator", cells.operator.tolist()),
            real("median", cells.median_dbm, "dBm"),
            real("spread", cells.spread_db, "dB", "median absolute deviation"),
            integer("measurements", cells.count),
        ),
    )


def _agreement(half: str, when: str, values: list[Agreement | None]) -> tuple[Column, Column]:
    bias = [None if each is None else each.bias_db for each in values]
    rmse = [None if each is None else each.rmse_db for each in values]
    return (
        real(f"{half}_bias_{when}", bias, "dB", "predicted less measured"),
        real(f"{half}_rmse_{when}", rmse, "dB"),
    )


def explanation_table(sentences: Sequence[str]) -> Table:
    """What the run assumed, a sentence a row."""
    return Table("assumptions", "What the run assumed", (text("sentence", list(sentences)),))
