"""Figures of a run, and the tables and layers that were asked for besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from canopy.coverage.demand.layer import RESIDENTS, DemandLayer
from canopy.coverage.files.bundle import PlacedLayer
from canopy.coverage.files.columns import Table
from canopy.coverage.files.layers import LayerKind, RasterLayer
from canopy.coverage.notspots.classes import (
    Classes,
    Levels,
    combine,
    indoor_levels,
    relied_on,
    services,
)
from canopy.coverage.notspots.figures import ALL_OPERATORS, FigureRow, FigureTable, Theme
from canopy.coverage.notspots.operators import OperatorSet
from canopy.coverage.result import CoverageResult
from canopy.coverage.sites.technologies import technology
from canopy.plan.coverage.besides import Broadband, broadband_layers
from canopy.plan.coverage.blocks import Services, aggregated, strongest
from canopy.plan.coverage.calibrating import Judged
from canopy.plan.coverage.comparing import (
    SERVICES,
    beside_ofcom,
    handover_rows,
    handover_table,
    ofcom_table,
)
from canopy.plan.coverage.explaining import indoor_loss_db
from canopy.plan.coverage.gathering import WHOLE, Gathered
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.result_tables import (
    broadband_table,
    calibration_table,
    measured_table,
)

AS_PREDICTED = "outdoor-as-predicted"
"""Place of figures of uncorrected levels, where the others are of corrected ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What follows from who covers which cell; notes are for the run's explanation."""

    figures: tuple[FigureRow, ...]
    tables: tuple[Table, ...]
    layers: tuple[PlacedLayer, ...]
    notes: tuple[str, ...]


def counted(
    gathered: Gathered, result: CoverageResult, found: Services, judgement: Judged | None
) -> Counted:
    """All figures, tables and layers that the request asks for."""
    request = gathered.request
    counting = _Counting(gathered, result, found)
    counting.outdoors()
    counting.indoors()
    if judgement is not None:
        counting.measured(judgement)
    for side_m in request.results.aggregate_m:
        counting.blocks(side_m)
    if request.results.handover:
        counting.handed_over()
    counting.beside_ofcom()
    if gathered.besides.broadband is not None:
        counting.fixed(gathered.besides.broadband)
    return Counted(
        tuple(counting.figures),
        tuple(counting.tables),
        tuple(counting.layers),
        tuple(counting.notes),
    )


class _Counting:
    """Figures, tables and layers so far."""

    def __init__(self, gathered: Gathered, result: CoverageResult, found: Services) -> None:
        self.figures: list[FigureRow] = []
        self.tables: list[Table] = []
        self.layers: list[PlacedLayer] = []
        self.notes: list[str] = []
        self._gathered, self._result, self._found = gathered, result, found
        self._table = FigureTable(result.grid, gathered.areas, gathered.demand)
        self._theme = Theme(gathered.request.technology)

    @property
    def _request(self) -> RunRequest:
        return self._gathered.request

    def outdoors(self) -> None:
        self._add(self._found.by_operator, self._theme)
        for layer in self._gathered.demand:
            if layer.kind == RESIDENTS:
                self._say_who_is_beyond(layer)

    def _say_who_is_beyond(self, layer: DemandLayer) -> None:
        """How many of the zones' people are in no figure, so that sums can be followed."""
        counted = sum(
            row.residents
            for row in self.figures
            if row.area_id == WHOLE
            and row.operator == ALL_OPERATORS
            and row.residents is not None
            and not np.isnan(row.residents)
        )
        known = layer.total + layer.outside
        if known - counted >= 1:
            self.notes.append(
                f"Of {known:,.0f} people in the zones {known - counted:,.0f} are in no figure: "
                "they live outside the area, or where the outlines of zones and area differ."
            )

    def indoors(self) -> None:
        """Figures inside buildings, by the loss of P.2109 at the technology's frequency."""
        if self._request.indoor is None:
            return
        within = indoor_levels(dict(self._found.levels), indoor_loss_db(self._request))
        self._add(self._covered(within), Theme(self._theme.technology, "indoor"))

    def measured(self, judgement: Judged) -> None:
        """What measured levels say, and the corrected levels where predictions are corrected."""
        self.tables += [
            calibration_table(judgement, self._request.environment),
            measured_table(judgement),
        ]
        if not judgement.applied:
            return
        predicted = {name: each.rsrp_dbm for name, each in self._result.by_operator.items()}
        self._add(self._covered(predicted), Theme(self._theme.technology, AS_PREDICTED))
        self._add_corrected(judgement.levels)

    def _add_corrected(self, levels: Mapping[str, Levels]) -> None:
        said = "corrected by measurements; -inf where no site reaches, NaN where not known"
        every = LayerKind(
            "calibrated_operator_rsrp_dbm",
            "dBm",
            f"Reference level of each operator's best server, one band an operator, {said}",
            float("nan"),
            "NEAREST",
        )
        best = LayerKind(
            "calibrated_rsrp_dbm",
            "dBm",
            f"Best reference level of any operator, {said}",
            float("nan"),
            "NEAREST",
        )
        grid = self._result.grid
        names = tuple(levels)
        bands = tuple(levels[name].astype(np.float32) for name in names)
        self.layers += [
            PlacedLayer(
                RasterLayer(best, (strongest(levels).astype(np.float32),), (best.name,)), grid
            ),
            PlacedLayer(RasterLayer(every, bands, names), grid),
        ]

    def blocks(self, side_m: float) -> None:
        found = aggregated(self._found, side_m, self._table, self._theme)
        self.figures += found.figures
        self.layers += found.layers

    def handed_over(self) -> None:
        rows = handover_rows(self._found.by_operator, self._table, self._theme)
        self.tables.append(handover_table(rows))

    def beside_ofcom(self) -> None:
        source, published = self._request.results.ofcom, self._gathered.besides.published
        if source is None or published is None:
            return
        generation = technology(self._request.technology).generation
        service = source.service or SERVICES.get(generation, generation)
        operators = len(self._found.by_operator)
        beside = beside_ofcom(self.figures, published, service, WHOLE, operators)
        self.tables.append(ofcom_table(beside.rows))
        self.notes += beside.notes
        self.notes.append(
            f"Ofcom's figures are those of {published.area_name} ({published.area_id}) in "
            f"{published.file}; whether {self._request.name} is the same area is not checked."
        )

    def fixed(self, broadband: Broadband) -> None:
        self.tables.append(broadband_table(broadband.rows))
        self.layers += broadband_layers(broadband)

    def _covered(self, levels: Mapping[str, Levels]) -> dict[str, Classes]:
        return services(
            levels,
            self._gathered.problem.budget.threshold_dbm,
            OperatorSet(tuple(levels)),
            relied_on(self._result.flag),
        )

    def _add(self, by_operator: Mapping[str, Classes], theme: Theme) -> None:
        self.figures += self._table.over_operators(combine(by_operator), theme)
        self.figures += self._table.by_operator(by_operator, theme)
