"""Scenarios over HTTP: put, listed, cloned, computed as jobs, and held against each other.

Planners and above use them. A scenario has an audience, the role whose eyes its figures are
computed with; one beyond one's role is answered as if there were none.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from canopy.access.rules import Principal, Role
from canopy.api.deps import DatabaseOf, SettingsOf
from canopy.api.plan.routes import KeptOf, PlannerOf
from canopy.api.plan.scenario_documents import (
    SCENARIOS,
    CloneIn,
    ComparedFigureOut,
    ComparisonOut,
    DifferenceOut,
    ResultOut,
    RunOfScenario,
    ScenarioLine,
    ScenarioOut,
    ScenariosOut,
)
from canopy.assets.queries import now_utc
from canopy.db.engine import Database
from canopy.errors import NotAllowed, NotFound, Refused
from canopy.jobs.tables import Job
from canopy.plan.scenarios import jobs
from canopy.plan.scenarios.comparing import as_csv, compared
from canopy.plan.scenarios.computing import Inputs, Result, compute, differing, provenance_now
from canopy.plan.scenarios.difference import as_geojson, difference, reach_of
from canopy.plan.scenarios.results import newest
from canopy.plan.scenarios.scenario import DO_MINIMUM, scenario_of
from canopy.plan.scenarios.storing import Kept, Note, clone, every, find, put
from canopy.plan.scenarios.telling import document, sites_csv, target_document
from canopy.plan.suitability.keeping import KeptSuitability

MOST_COMPARED = 10
NameOf = Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
VersionOf = Annotated[
    int | None, Query(ge=0, le=1_000_000_000, description="One version; else the newest")
]
LabelOf = Annotated[str, Query(max_length=80, description="NAME or NAME@VERSION")]

router = APIRouter(tags=["plan"])


@router.get(SCENARIOS)
def list_scenarios(database: DatabaseOf, principal: PlannerOf) -> ScenariosOut:
    """All scenarios that you may see, the do-minimum among them."""
    with database.reading() as session:
        seen = [each for each in every(session) if _sees(principal, each)]
    return ScenariosOut(scenarios=[
        ScenarioLine(
            name=each.scenario.name, version=each.version, title=each.scenario.title,
            technology=each.scenario.technology, most_sites=each.scenario.assets.most,
            audience=each.scenario.audience, is_sited=each.scenario.siting is not None,
            cloned_from=each.cloned_from,
        )
        for each in seen
    ])  # fmt: skip


@router.get(SCENARIOS + "/{name}")
def show_scenario(
    name: NameOf, database: DatabaseOf, principal: PlannerOf, version: VersionOf = None
) -> ScenarioOut:
    """What a scenario says, in its newest version or another."""
    with database.reading() as session:
        return _out(_seen(session, principal, name, version))


@router.put(SCENARIOS + "/{name}")
def put_scenario(
    name: NameOf,
    wanted: Annotated[dict[str, Any], Body()],
    database: DatabaseOf,
    principal: PlannerOf,
    reason: Annotated[str, Query(max_length=500, description="Kept with the version")] = "",
) -> ScenarioOut:
    """Store a scenario, as a new one or the next version; unchanged, it stays what it is.

    The body has the fields of a scenario's file, as JSON.
    """
    scenario = scenario_of({**wanted, "name": wanted.get("name", name)}, name)
    if scenario.name != name:
        raise Refused(f"the body's name is {scenario.name}, the address's {name}")
    if not principal.role.reaches(scenario.audience):
        raise NotAllowed(f"A scenario for {scenario.audience} is put by who may see it.")
    with database.writing() as session:
        try:
            _seen(session, principal, name, None)
        except NotFound:
            if any(each.scenario.name == name for each in every(session)):
                raise Refused(f"the name {name} is taken; choose another") from None
        note = Note(principal.name, reason or "over HTTP", now_utc())
        return _out(put(session, scenario, note))


@router.post(SCENARIOS + "/{name}/clone", status_code=201)
def clone_scenario(
    name: NameOf, wanted: CloneIn, database: DatabaseOf, principal: PlannerOf, response: Response
) -> ScenarioOut:
    """Copy the newest version under another name."""
    with database.writing() as session:
        _seen(session, principal, name, None)
        note = Note(principal.name, wanted.reason, now_utc())
        told = _out(clone(session, name, wanted.name, wanted.title, note))
    response.headers["Location"] = f"{SCENARIOS}/{wanted.name}"
    return told


@router.post(SCENARIOS + "/{name}/runs", status_code=202)
def start_run_of_scenario(
    name: NameOf,
    database: DatabaseOf,
    settings: SettingsOf,
    principal: PlannerOf,
    response: Response,
    version: VersionOf = None,
) -> RunOfScenario:
    """Have a scenario's sites chosen and its figures computed and stored, by a job."""
    with database.writing() as session:
        kept = _seen(session, principal, name, version)
        job = jobs.submit(
            session, kept, principal.name, settings.plan_rules, settings.concession_inputs,
            now_utc(),
        )  # fmt: skip
        told = _run_out(job)
    response.headers["Location"] = f"{SCENARIOS}/{name}/runs/{told.number}"
    return told


@router.get(SCENARIOS + "/{name}/runs/{number}")
def show_run_of_scenario(
    name: NameOf,
    number: Annotated[int, PathParameter(ge=1, le=2**63 - 1)],
    database: DatabaseOf,
    principal: PlannerOf,
) -> RunOfScenario:
    """How a run stands; what it stored is the scenario's result."""
    with database.reading() as session:
        job = jobs.run_of(session, name, number)
        _seen(session, principal, name, int(job.request["version"]))
        return _run_out(job)


@router.get(SCENARIOS + "/{name}/result", response_model=ResultOut)
def show_result(
    name: NameOf,
    request: Request,
    database: DatabaseOf,
    principal: PlannerOf,
    kept: KeptOf,
    version: VersionOf = None,
    f: Annotated[
        Literal["json", "csv"], Query(description="csv: the sites in the order of choice")
    ] = "json",
) -> ResultOut | Response:
    """What was computed last of a version, and what has changed since."""
    with database.reading() as session:
        found = _seen(session, principal, name, version)
        stored = newest(session, found)
    if stored is None:
        raise NotFound(f"{found.label} has no figures yet; POST to its runs.")
    if f == "csv":
        return Response(sites_csv(stored.result), media_type="text/csv; charset=utf-8")
    inputs = _inputs(request, database, kept, found)
    try:
        with database.reading() as session:
            changed = differing(stored.result.provenance, provenance_now(session, found, inputs))
    except NotFound as gone:
        changed = [gone.detail]
    return ResultOut(
        author=stored.author, computed_at=stored.computed_at, changed=changed,
        **document(stored.result),
    )  # fmt: skip


@router.get("/plan/comparison", response_model=ComparisonOut)
def compare_scenarios(
    request: Request,
    database: DatabaseOf,
    principal: PlannerOf,
    kept: KeptOf,
    scenario: Annotated[
        list[str], Query(min_length=1, max_length=MOST_COMPARED, description="NAME or NAME@VERSION")
    ],
    f: Annotated[Literal["json", "csv"], Query(description="Format")] = "json",
) -> ComparisonOut | Response:
    """Stored figures side by side, the do-minimum first."""
    inputs = _inputs(request, database, kept, _minimum(database))
    wanted = dict.fromkeys((DO_MINIMUM, *scenario))
    with database.reading() as session:
        found = [_result(session, principal, each, inputs) for each in wanted]
    results = [each for each, _ in found]
    if f == "csv":
        return Response(as_csv(results), media_type="text/csv; charset=utf-8")
    return ComparisonOut(
        scenarios=[each.kept.label for each in results],
        computed_at=[at for _, at in found],
        figures=[ComparedFigureOut.model_validate(row) for row in compared(results)],
        targets={
            each.kept.label: [target_document(target) for target in each.targets]
            for each in results
        },
    )


@router.get("/plan/difference", response_model=DifferenceOut)
def show_difference(
    request: Request,
    database: DatabaseOf,
    principal: PlannerOf,
    kept: KeptOf,
    after: LabelOf,
    before: LabelOf = DO_MINIMUM,
) -> Response:
    """What differs from one scenario to another, site by site and ward by ward, as GeoJSON."""
    inputs = _inputs(request, database, kept, _minimum(database))
    with database.reading() as session:
        pair = [_result(session, principal, each, inputs)[0] for each in (before, after)]
    one, other = (reach_of(each, _technology_m(each, inputs)) for each in pair)
    found = difference(pair[0], pair[1], (one, other))
    told = as_geojson(found, database.storage_crs)
    return JSONResponse(told, media_type="application/geo+json")


def _sees(principal: Principal, kept: Kept) -> bool:
    return principal.role.reaches(kept.scenario.audience)


def _seen(session: Session, principal: Principal, name: str, version: int | None) -> Kept:
    """A scenario that the principal may see. Raises NotFound."""
    kept = find(session, name, version)
    if not _sees(principal, kept):
        raise NotFound(f"There is no scenario {name!r}; `canopy plan scenario list`.")
    return kept


def _result(
    session: Session, principal: Principal, label: str, inputs: Inputs
) -> tuple[Result, datetime | None]:
    """As it is stored; the do-minimum is computed where it is not. Raises NotFound."""
    name, sign, version = label.partition("@")
    if sign and not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Refused(f"{label}: write NAME or NAME@VERSION")
    kept = _seen(session, principal, name, int(version) if sign else None)
    stored = newest(session, kept)
    if stored is not None:
        return stored.result, stored.computed_at
    if name == DO_MINIMUM:
        return compute(session, kept, inputs), None
    raise NotFound(f"{kept.label} has no figures yet; POST to its runs.")


def _technology_m(result: Result, inputs: Inputs) -> float | None:
    try:
        return inputs.rule_file.rules.technology(result.kept.scenario.technology).reach_m
    except NotFound:
        return None


def _minimum(database: Database) -> Kept | None:
    """The do-minimum where its figures are not stored, so that they are computed now."""
    with database.reading() as session:
        found = find(session, DO_MINIMUM)
        return found if newest(session, found) is None else None


def _inputs(
    request: Request, database: Database, kept: KeptSuitability, computed: Kept | None
) -> Inputs:
    """What the figures of `computed` are computed with: its assets are measured before any
    session is open, since that opens one of its own."""
    day = now_utc().date()
    inputs = Inputs(database, kept.rules(), request.app.state.schedules, day)
    if computed is None:
        return inputs
    scenario = computed.scenario
    principal = Principal(Role(scenario.audience), f"scenario:{scenario.name}")
    found = kept.of(database, principal, day)
    return replace(inputs, kept=lambda _: found)


def _out(kept: Kept) -> ScenarioOut:
    return ScenarioOut(
        name=kept.scenario.name, version=kept.version, sha256=kept.scenario.sha256,
        cloned_from=kept.cloned_from, scenario=kept.scenario.document(),
    )  # fmt: skip


def _run_out(job: Job) -> RunOfScenario:
    return RunOfScenario(
        number=job.id, scenario=f"{job.request['name']}@{job.request['version']}",
        state=job.state, message=job.message, result=job.result, error=job.error,
        created_at=job.created_at, ended_at=job.ended_at,
    )  # fmt: skip
