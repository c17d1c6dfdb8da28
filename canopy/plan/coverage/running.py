"""A run from request to files: levels, not-spots, and figures by ward and for the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from canopy.coverage.demand.layer import FOOTFALL
from canopy.coverage.engine.preparing import Prepared, prepare
from canopy.coverage.engine.solve import solve
from canopy.coverage.files.bundle import Manifest, PlacedLayer, write_run
from canopy.coverage.files.columns import Table
from canopy.coverage.files.provenance import Provenance
from canopy.coverage.files.spots import spot_layer
from canopy.coverage.notspots.classes import Classes, Levels, combine, relied_on, services
from canopy.coverage.notspots.figures import FigureRow
from canopy.coverage.notspots.operators import OperatorSet
from canopy.coverage.notspots.polygons import SpotPolygon, spot_polygons
from canopy.coverage.result import CoverageResult
from canopy.coverage.sites.technologies import technology
from canopy.coverage.validity import Validity
from canopy.errors import Refused
from canopy.plan.coverage.asset_sites import Catalogue
from canopy.plan.coverage.blocks import Services
from canopy.plan.coverage.calibrating import Judged, judged, require_told_apart
from canopy.plan.coverage.comparing import MOST_PAIRED
from canopy.plan.coverage.counting import counted
from canopy.plan.coverage.explaining import explained, provenance_of
from canopy.plan.coverage.gathering import Gathered, gather
from canopy.plan.coverage.request import RunRequest
from canopy.plan.coverage.result_tables import explanation_table, figure_table
from canopy.render.coverage.ramps import ramp

DRAWN = ("rsrp_dbm", "sinr_db", "operators_above", "probability")
"""Layers drawn as pictures where pictures are asked for."""

Progress = Callable[[float, str], None]
Solver = Callable[[Gathered, Prepared, Callable[[float], None]], CoverageResult]
"""From inputs and what the kernels need to the layers, telling the share that is done."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a run found.

    Attributes:
        gathered: the inputs.
        result: the layers, as predicted.
        spots: `canopy.coverage.notspots.classes.Spot` of each cell over all operators.
        polygons: the not-spots.
        figures: rows by area: over all operators, then by operator.
        tables, layers: what else was asked for.
        explanation: methods, assumptions and notes, a sentence each.
        provenance: for every file.
    """

    gathered: Gathered
    result: CoverageResult
    spots: Classes
    polygons: tuple[SpotPolygon, ...]
    figures: tuple[FigureRow, ...]
    tables: tuple[Table, ...]
    layers: tuple[PlacedLayer, ...]
    explanation: tuple[str, ...]
    provenance: Provenance


def solve_here(
    gathered: Gathered, prepared: Prepared, progress: Callable[[float], None]
) -> CoverageResult:
    """The layers, computed in this process and kept nowhere."""
    return solve(prepared, progress)


def run(
    request: RunRequest,
    at: datetime,
    progress: Progress | None = None,
    solver: Solver = solve_here,
    catalogue: Catalogue | None = None,
) -> Outcome:
    """Compute a run.

    at: its time, with a zone. progress: told the share that is done and what is being done;
    what it raises stops the run. solver: how and where the levels are computed; the outcome
    is the same by each. catalogue: where candidates on assets are read.
    """
    say = progress or _silent
    say(0.0, "reading inputs")
    gathered = gather(request, catalogue)
    prepared = prepare(gathered.problem)
    _require_answerable(request, prepared)
    result = solver(gathered, prepared, lambda share: say(0.1 + 0.8 * share, "computing levels"))
    say(0.9, "finding not-spots")
    judgement = _judged(gathered, result)
    found = _services(gathered, prepared, result, judgement)
    more = counted(gathered, result, found, judgement)
    problem = gathered.problem
    return Outcome(
        gathered,
        result,
        found.spots,
        spot_polygons(problem.grid, found.spots, gathered.demand, within=problem.mask),
        more.figures,
        more.tables,
        more.layers,
        explained(gathered, prepared, judgement, more.notes),
        provenance_of(gathered, prepared, judgement, at),
    )


def write(outcome: Outcome, folder: Path) -> Manifest:
    """Write a run's files to a new folder, whole or not at all."""
    request = outcome.gathered.request
    drawn = {"png", "kmz", "pmtiles"} & set(request.formats)
    grid, demand = outcome.result.grid, outcome.gathered.demand
    units = {layer.kind: layer.unit for layer in demand}
    return write_run(
        outcome.result,
        folder,
        provenance=outcome.provenance,
        polygons=(spot_layer(outcome.polygons, grid, demand),),
        tables=(
            figure_table(outcome.figures, units.get(FOOTFALL, "")),
            *outcome.tables,
            explanation_table(outcome.explanation),
        ),
        rasters=outcome.layers,
        styles={name: ramp(name) for name in DRAWN} if drawn else None,
        formats=request.formats,
    )


def _require_answerable(request: RunRequest, prepared: Prepared) -> None:
    """Refuse what could not be answered before levels are computed, and not after."""
    operators = prepared.operators
    methods = {stage.method for stages in prepared.stages for stage in stages}
    # P.1812 alone takes its clutter from a surface that sight is not decided over.
    is_used = request.decided_sight == "surface" or "p1812" in methods
    if request.surface is not None and not is_used:
        raise Refused(f"a surface is given, and with sight {request.sight!r} it is not used")
    if request.measurements is not None:
        require_told_apart(request.measurements, operators)
    if request.results.handover and not 2 <= len(operators) <= MOST_PAIRED:
        raise Refused(
            f"handover is told between 2 to {MOST_PAIRED} operators; the sites are of "
            f"{len(operators)}: {', '.join(operators[:20])}"
        )


def _judged(gathered: Gathered, result: CoverageResult) -> Judged | None:
    measured = gathered.besides.measured
    if measured is None:
        return None
    return judged(
        gathered.request,
        measured,
        {name: layers.rsrp_dbm for name, layers in result.by_operator.items()},
        result.grid,
        technology(gathered.request.technology),
    )


def _services(
    gathered: Gathered, prepared: Prepared, result: CoverageResult, judgement: Judged | None
) -> Services:
    """Who covers which cell: by the corrected levels where predictions are corrected."""
    levels: dict[str, Levels] = {
        name: layers.rsrp_dbm for name, layers in result.by_operator.items()
    }
    if judgement is not None:
        levels = dict(judgement.levels)
    by_operator = services(
        levels,
        gathered.problem.budget.threshold_dbm,
        OperatorSet(prepared.operators),
        relied_on(result.flag),
    )
    within = result.flag != Validity.OUTSIDE
    return Services(result.grid, levels, by_operator, combine(by_operator), within)


def _silent(share: float, doing: str) -> None:
    """Nobody asked."""
