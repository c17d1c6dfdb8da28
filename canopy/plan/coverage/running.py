"""A run from request to files: levels, not-spots, and figures by ward and for the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from canopy import __version__
from canopy.coverage.engine.preparing import Prepared, prepare
from canopy.coverage.engine.solve import solve
from canopy.coverage.files.bundle import Manifest, write_run
from canopy.coverage.files.columns import Table, real, text
from canopy.coverage.files.provenance import Method, Provenance
from canopy.coverage.files.spots import spot_layer
from canopy.coverage.notspots.classes import (
    Classes,
    combine,
    indoor_levels,
    relied_on,
    services,
)
from canopy.coverage.notspots.figures import FigureRow, FigureTable, ReportAreas, Theme
from canopy.coverage.notspots.operators import OperatorSet
from canopy.coverage.notspots.polygons import SpotPolygon, spot_polygons
from canopy.coverage.propagation.choice import METHODS
from canopy.coverage.propagation.p2109 import EDITION as P2109
from canopy.coverage.propagation.p2109 import entry_loss
from canopy.coverage.result import CoverageResult
from canopy.coverage.sites.technologies import technology
from canopy.plan.coverage.gathering import Gathered, gather
from canopy.plan.coverage.request import RunRequest
from canopy.render.coverage.ramps import ramp

WHOLE = "all"
"""Id of the whole area in the figures."""
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
        result: the layers.
        spots: `canopy.coverage.notspots.classes.Spot` of each cell over all operators.
        polygons: the not-spots.
        figures: rows by area: over all operators, then by operator.
        explanation: methods, assumptions and notes, a sentence each.
        provenance: for every file.
    """

    gathered: Gathered
    result: CoverageResult
    spots: Classes
    polygons: tuple[SpotPolygon, ...]
    figures: tuple[FigureRow, ...]
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
) -> Outcome:
    """Compute a run.

    at: its time, with a zone. progress: told the share that is done and what is being done;
    what it raises stops the run. solver: how and where the levels are computed; the outcome
    is the same by each.
    """
    say = progress or _silent
    say(0.0, "reading inputs")
    gathered = gather(request)
    prepared = prepare(gathered.problem)
    result = solver(gathered, prepared, lambda share: say(0.1 + 0.8 * share, "computing levels"))
    say(0.9, "finding not-spots")
    problem, operators = gathered.problem, OperatorSet(prepared.operators)
    by_operator = services(
        {name: layers.rsrp_dbm for name, layers in result.by_operator.items()},
        problem.budget.threshold_dbm,
        operators,
        relied_on(result.flag),
    )
    spots = combine(by_operator)
    areas = ReportAreas(gathered.zones.ids, gathered.zones.names, gathered.zones.polygons)
    table = FigureTable(problem.grid, areas.with_whole(WHOLE, request.name), gathered.demand)
    theme = Theme(request.technology)
    figures = (
        *table.over_operators(spots, theme),
        *table.by_operator(by_operator, theme),
        *_indoors(request, result, problem.budget.threshold_dbm, operators, table),
    )
    polygons = spot_polygons(problem.grid, spots, gathered.demand, within=problem.mask)
    return Outcome(
        gathered,
        result,
        spots,
        polygons,
        figures,
        _explained(gathered, prepared),
        _provenance(gathered, prepared, at),
    )


def write(outcome: Outcome, folder: Path) -> Manifest:
    """Write a run's files to a new folder, whole or not at all."""
    request = outcome.gathered.request
    drawn = {"png", "kmz", "pmtiles"} & set(request.formats)
    grid = outcome.result.grid
    return write_run(
        outcome.result,
        folder,
        provenance=outcome.provenance,
        polygons=(spot_layer(outcome.polygons, grid, outcome.gathered.demand),),
        tables=(figure_table(outcome.figures), explanation_table(outcome.explanation)),
        styles={name: ramp(name) for name in DRAWN} if drawn else None,
        formats=request.formats,
    )


def figure_table(rows: Sequence[FigureRow]) -> Table:
    """The figures as a table for files."""
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
            real("demand_unknown", [row.demand_unknown_m2 for row in rows], "m²"),
        ),
    )


def explanation_table(sentences: Sequence[str]) -> Table:
    """What the run assumed, a sentence a row."""
    return Table("assumptions", "What the run assumed", (text("sentence", list(sentences)),))


def _indoors(
    request: RunRequest,
    result: CoverageResult,
    threshold_dbm: float,
    operators: OperatorSet,
    table: FigureTable,
) -> tuple[FigureRow, ...]:
    """Figures inside buildings, by the loss of P.2109 at the technology's frequency."""
    if request.indoor is None:
        return ()
    levels = {name: layers.rsrp_dbm for name, layers in result.by_operator.items()}
    within = indoor_levels(levels, indoor_loss_db(request))
    found = services(within, threshold_dbm, operators, relied_on(result.flag))
    theme = Theme(request.technology, "indoor")
    return (*table.over_operators(combine(found), theme), *table.by_operator(found, theme))


def indoor_loss_db(request: RunRequest) -> float:
    """What is lost into the kind of building asked for, at the share of places asked for [dB]."""
    assert request.indoor is not None
    frequency_ghz = technology(request.technology).frequency_mhz / 1000
    loss, _ = entry_loss(frequency_ghz, request.indoor_share, request.indoor)
    return float(loss)


def _explained(gathered: Gathered, prepared: Prepared) -> tuple[str, ...]:
    problem = gathered.problem
    told = [*prepared.explanation, *gathered.notes]
    estimated = sum(site.estimated for site in problem.sites)
    if estimated:
        assumed = sorted({name for site in problem.sites for name in site.assumed})
        told.append(
            f"{estimated:,} of {len(problem.sites):,} sites are estimates; assumed of sites: "
            f"{', '.join(assumed)}. The result is indicative and shows no target as met."
        )
    if gathered.left_out:
        told.append(
            f"{gathered.left_out:,} sites lie farther than {problem.reach_m:,.0f} m from the area "
            "and were left out."
        )
    adrift = prepared.provenance["sites_on_even_ground"]
    if adrift != "0":
        told.append(
            f"The ground under {adrift} sites is not known: it is taken as even on their paths."
        )
    request = gathered.request
    if request.indoor is not None:
        told.append(
            f"Indoors {indoor_loss_db(request):.1f} dB are taken off, what {request.indoor} "
            f"buildings lose at most in {request.indoor_share:.0%} of places ({P2109})."
        )
    told.append("This is a screening estimate by published models, not Ofcom's data and no survey.")
    return tuple(told)


def _provenance(gathered: Gathered, prepared: Prepared, at: datetime) -> Provenance:
    used = sorted({stage.method for stages in prepared.stages for stage in stages})
    methods = [Method(name, METHODS[name].edition) for name in used]
    if gathered.problem.terrain is not None:
        methods.append(Method("terrain", "Recommendation ITU-R P.526-15, §4.5.1"))
    if gathered.request.indoor is not None:
        methods.append(Method("buildings", P2109))
    return Provenance(
        title=gathered.request.name,
        generated_at=at,
        canopy_version=__version__,
        inputs=gathered.inputs,
        methods=tuple(methods),
        indicative=any(site.estimated for site in gathered.problem.sites),
    )


def _silent(share: float, doing: str) -> None:
    """Nobody asked."""
