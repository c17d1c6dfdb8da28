"""A scenario's figures, from the catalogue, a coverage run and the register, with provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from canopy import __version__
from canopy.access.rules import Principal, Role
from canopy.concessions.appraisal.value import Basis, value
from canopy.concessions.register import writing as register
from canopy.concessions.register.valuing import Schedules
from canopy.db.engine import Database
from canopy.errors import CanopyError, NotFound, NotReadyYet, Refused
from canopy.plan.coverage import queries as coverage
from canopy.plan.coverage.tables import CoverageFigure, CoverageRun
from canopy.plan.scenarios import queries
from canopy.plan.scenarios.figures import (
    Figure,
    TargetResult,
    chosen_places,
    held_against,
    phase_figures,
    site_figures,
)
from canopy.plan.scenarios.scenario import Scenario
from canopy.plan.scenarios.sited import Sited, baseline_of, baseline_run
from canopy.plan.scenarios.storing import Kept
from canopy.plan.scenarios.tables import PlanResult
from canopy.plan.suitability.computing import Suitability, suitability
from canopy.plan.suitability.explaining import Line, lines
from canopy.plan.suitability.rules_file import RuleFile
from canopy.plan.suitability.scoring import Scored

_AMOUNTS = ("area", "residents", "premises", "road")


@dataclass(frozen=True, slots=True)
class Result:
    """What a version of a scenario comes to.

    Attributes:
        chosen: id, ref, rank and score of each site, best first.
        provenance: what the figures rest on; the same of it gives the same figures.
        choosing: how sites were chosen, with bound, curve and conflicts; None where they are
            the best by their score.
        places: ranks of the chosen, from 0, in the order of `chosen`.
    """

    kept: Kept
    figures: tuple[Figure, ...]
    targets: tuple[TargetResult, ...]
    chosen: tuple[dict[str, Any], ...]
    provenance: dict[str, Any]
    choosing: dict[str, Any] | None = None
    places: tuple[int, ...] = ()

    @property
    def inputs_sha256(self) -> str:
        return hashlib.sha256(
            orjson.dumps(self.provenance, option=orjson.OPT_SORT_KEYS)
        ).hexdigest()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What scenarios are computed with.

    Attributes:
        kept: gives the measured assets to a principal where they are kept already.
    """

    database: Database
    rule_file: RuleFile
    schedules: Schedules
    day: date
    kept: Callable[[Principal], Suitability] | None = None

    def suitability(self, session: Session, scenario: Scenario) -> Suitability:
        """The catalogue's assets as the scenario's audience sees them, measured."""
        principal = Principal(Role(scenario.audience), f"scenario:{scenario.name}")
        if self.kept is not None:
            return self.kept(principal)
        return suitability(session, self.database, principal, self.rule_file, self.day)


def compute(session: Session, kept: Kept, inputs: Inputs) -> Result:
    """The figures now. Raises NotFound for a coverage run or agreement that is not there."""
    scenario = kept.scenario
    found = inputs.suitability(session, scenario)
    scored = found.scored(scenario.technology)
    chosen = _sites(session, found, scored, kept, inputs)
    covered, run = _coverage(session, kept)
    earned, agreement = _money(session, kept, inputs.schedules)
    figures = [*chosen.figures, *covered, *earned]
    provenance = _provenance(kept, found, inputs, run, agreement, chosen.baseline)
    return Result(
        kept,
        tuple(figures),
        tuple(held_against(scenario.targets, figures, scenario.phases)),
        tuple(_told(line, each) for line, each in chosen_lines(scored, chosen)),
        provenance,
        None if scenario.siting is None else dict(chosen.told),
        chosen.places,
    )


def _provenance(
    kept: Kept, found: Suitability, inputs: Inputs, run: Mapping[str, Any] | None,
    agreement: Mapping[str, Any] | None, baseline: Mapping[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    scenario, told = kept.scenario, asdict(found.provenance)
    provenance = {
        "scenario": kept.label, "scenario_sha256": scenario.sha256, "rules": told["rules"],
        "rules_sha256": told["rules_sha256"], "assets_sha256": told["assets_sha256"],
        "day": inputs.day.isoformat(), "role": scenario.audience, "coverage_run": run,
        "agreement": agreement, "canopy_version": __version__,
    }  # fmt: skip
    if scenario.siting is not None:
        provenance["baseline_run"] = baseline
    return provenance


def provenance_now(session: Session, kept: Kept, inputs: Inputs) -> dict[str, Any]:
    """What figures would rest on if they were computed now, without computing them.

    Raises as `compute`.
    """
    found = inputs.suitability(session, kept.scenario)
    _, run = _coverage(session, kept)
    _, agreement = _money(session, kept, inputs.schedules)
    return _provenance(
        kept, found, inputs, run, agreement, baseline_of(baseline_run(session, kept.scenario))
    )


def _sites(
    session: Session, found: Suitability, scored: Scored, kept: Kept, inputs: Inputs
) -> Sited:
    """The best by score, or by what they cover where the scenario has a siting."""
    scenario = kept.scenario
    if scenario.siting is None:
        places = chosen_places(scored, scenario.assets)
        figures = site_figures(scored, places, scenario.phases)
        return Sited(tuple(places), ({},) * len(places), {}, tuple(figures), None)
    from canopy.plan.scenarios.choosing import sited  # the solver takes a second to load

    chosen = sited(session, found, scored, scenario, inputs.database.srid)
    if chosen.told["conflicts"]:
        return chosen
    figures = [
        *site_figures(scored, chosen.places, ()),
        *phase_figures(scored, chosen.places, [each["phase"] for each in chosen.each],
                       scenario.phases),
        *chosen.figures,
    ]  # fmt: skip
    return replace(chosen, figures=tuple(figures))


def used(
    session: Session, found: Suitability, scored: Scored, kept: Kept, inputs: Inputs
) -> list[tuple[int, str | None]]:
    """Rank, from 0, and phase of each site that a scenario uses, in the order of choice.

    None for a site beyond the last phase. For those who need no figures; else `compute` has them.
    """
    scenario = kept.scenario
    if scenario.siting is None:
        phases = [each.name for each in scenario.phases for _ in range(each.sites)]
        places = chosen_places(scored, scenario.assets)
        return list(zip(places, (phases + [None] * len(places)), strict=False))
    from canopy.plan.scenarios.choosing import picked_places

    return picked_places(session, found, scored, scenario, inputs.database.srid)


def chosen_lines(scored: Scored, chosen: Sited) -> list[tuple[Line, Mapping[str, Any]]]:
    """What the scores say of each chosen site, and what the choice does."""
    return list(zip(lines(scored, list(chosen.places)), chosen.each, strict=True))


def _told(line: Line, each: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "asset_id": line.asset_id, "source": line.source, "ref": line.ref, "name": line.name,
        "kind": line.kind, "ward": line.ward, "rank": line.rank, "score": line.score,
        "suitability": str(line.suitability), "x_m": line.x_m, "y_m": line.y_m, **each,
    }  # fmt: skip


def _coverage(session: Session, kept: Kept) -> tuple[list[Figure], dict[str, Any] | None]:
    """Shares by status of the whole area over all operators, as the run counted them."""
    run_id = kept.scenario.coverage_run
    if run_id is None:
        return [], None
    run, job = coverage.run_and_job(session, str(run_id))
    if not Role(kept.scenario.audience).reaches(run.audience):
        raise NotFound(f"There is no coverage run {run_id}.")
    if run.finished_at is None:
        state = "not computed" if job is None else job.state
        raise NotReadyYet(f"The coverage run {run_id} is {state}; compute it before the scenario.")
    rows = [
        row
        for row in coverage.figures(session, run)
        if row.area_id == "all" and row.operator == "all" and row.status != "beyond"
    ]
    figures = [figure for row in rows for figure in _shares(row, run)]
    return figures, {"run_id": run.run_id, "manifest_sha256": run.manifest_sha256}


def _shares(row: CoverageFigure, run: CoverageRun) -> list[Figure]:
    status = row.status.replace("-", "_")
    note = "Indicative: sites of the run are estimated." if run.is_indicative else None
    shares = {amount: getattr(row, f"{amount}_share") for amount in _AMOUNTS}
    return [
        Figure(f"{row.place}_{amount}_{status}_share", round(float(share), 6), "of 1", note)
        for amount, share in shares.items()
        if share is not None
    ]


def _money(
    session: Session, kept: Kept, schedules: Schedules
) -> tuple[list[Figure], dict[str, Any] | None]:
    """The council's account of the agreement, in money of its first year."""
    ref = kept.scenario.agreement
    if ref is None:
        return [], None
    if not Role(kept.scenario.audience).reaches(Role.estates):
        raise Refused("money of one agreement is for estates: set the scenario's audience to that")
    held = register.find(session, ref)
    provenance = {
        "ref": ref, "version": held.version, "sources": list(schedules.inputs().sources),
    }  # fmt: skip
    try:
        found = value(held.agreement, schedules.inputs().indices(held.agreement), Basis())
    except CanopyError as error:
        return [Figure("npv_real_gbp", None, "£", error.detail)], provenance
    income = sum(year.income_pence for year in found.years)
    cost = sum(year.cost_pence for year in found.years)
    worth = found.real
    return [
        Figure("npv_real_gbp", None if worth.pence is None else worth.pence / 100, "£",
               worth.reason),
        Figure("income_gbp", income / 100, "£", "Nominal, over the whole term."),
        Figure("council_cost_gbp", cost / 100, "£", "Nominal, over the whole term."),
    ], provenance  # fmt: skip


def store(session: Session, result: Result, author: str, at: datetime) -> None:
    """Keep a result. Raises Refused for a scenario that is not stored itself."""
    kept = result.kept
    if kept.scenario_id is None:
        raise Refused(f"put {kept.scenario.name} first, so that its figures have a version")
    session.add(
        PlanResult(
            scenario_id=kept.scenario_id, version=kept.version,
            figures=[asdict(each) for each in result.figures], chosen=list(result.chosen),
            provenance=result.provenance, choosing=result.choosing,
            inputs_sha256=result.inputs_sha256, author=author, computed_at=at,
        )
    )  # fmt: skip
    session.flush()


def changed_since(session: Session, result: Result) -> list[str] | None:
    """What differs from what the newest stored figures rest on; None where there are none."""
    kept = result.kept
    row = None if kept.scenario_id is None else queries.newest_result(session, kept.scenario_id)
    if row is None:
        return None
    return differing(row.provenance, result.provenance)


def differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What figures rest on now and did not then, by name."""
    return [
        f"{name.replace('_', ' ')}: {_short(was.get(name))} then, {_short(now.get(name))} now"
        for name in now
        if was.get(name) != now.get(name)
    ]


def _short(value_of: Any) -> str:
    text = value_of if isinstance(value_of, str) else orjson.dumps(value_of).decode()
    return text if len(text) <= 60 else f"{text[:12]}…"
