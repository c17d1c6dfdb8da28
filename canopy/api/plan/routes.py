"""Suitability over HTTP: rules, scores, each score explained, and what to find out first.

Planners and above read it, each from the catalogue as their role sees it: a score rests on no
field that the one who asks may not see.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from canopy.access.rules import Principal, Role
from canopy.api.concessions.prospects import ProspectOut, ProspectsOut
from canopy.api.deps import DatabaseOf, principal_of
from canopy.api.plan.documents import (
    SUITABILITY,
    ExplainedOut,
    FactGapOut,
    GapOut,
    LinkOut,
    ProvenanceOut,
    RuleOut,
    RulesOut,
    ScoreOut,
    ScoresOut,
    SurveyOut,
    TechnologyOut,
)
from canopy.api.problems import BadRequest
from canopy.assets.kinds import Kind
from canopy.assets.queries import now_utc
from canopy.errors import NotAllowed, NotFound
from canopy.plan.suitability import answers
from canopy.plan.suitability.computing import Suitability
from canopy.plan.suitability.explaining import explained, lines, rank_of
from canopy.plan.suitability.keeping import KeptSuitability
from canopy.plan.suitability.prospects import prospects_of
from canopy.plan.suitability.rules import Rules
from canopy.plan.suitability.rules_file import json_schema
from canopy.plan.suitability.scoring import SuitabilityClass
from canopy.plan.suitability.survey import survey

MOST_SCORES = 1_000
MOST_GAPS = 1_000
_STAMP_CHARS = 12

router = APIRouter(prefix="/plan", tags=["plan"])


def planner_of(principal: Annotated[Principal, Depends(principal_of)]) -> Principal:
    """A principal who may read the plan. Raises NotAllowed."""
    if not principal.role.reaches(Role.planner):
        raise NotAllowed("The plan needs a token with the role planner, estates or admin.")
    return principal


def kept_of(request: Request) -> KeptSuitability:
    """The measured assets that the service keeps."""
    kept: KeptSuitability = request.app.state.suitability
    return kept


PlannerOf = Annotated[Principal, Depends(planner_of)]
KeptOf = Annotated[KeptSuitability, Depends(kept_of)]
TechnologyOf = Annotated[
    str, Query(max_length=40, description="One that the rules have, such as small_cell")
]
DayOf = Annotated[date | None, Query(description="On which ages are counted; today")]


@router.get("/suitability/rules")
def show_rules(principal: PlannerOf, kept: KeptOf) -> RulesOut:
    """The rules that scores are made by, with the source of each."""
    found = kept.rules()
    return RulesOut(
        title=found.rules.title, name=found.name, sha256=found.sha256,
        technologies=_technologies(found.rules),
    )  # fmt: skip


def _technologies(rules: Rules) -> list[TechnologyOut]:
    return [
        TechnologyOut(
            name=name, label=each.label, kinds=[str(kind) for kind in each.kinds],
            reach_m=each.reach_m, suitable_from=each.suitable_from,
            possible_from=each.possible_from, confident_from=each.confident_from,
            hard=[_given(asdict(rule)) for rule in rules.technology(name).hard],
            factors=[_given(asdict(rule)) for rule in each.factors],
        )
        for name, each in rules.technologies.items()
    ]  # fmt: skip


def _given(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if value not in (None, (), {})}


@router.get("/suitability/schema")
def rules_schema() -> dict[str, Any]:
    """JSON Schema of a rule file, for editors that help while one writes."""
    return json_schema()


@router.get("/suitability", response_model=ScoresOut, response_model_exclude_none=True)
def list_scores(
    database: DatabaseOf,
    principal: PlannerOf,
    kept: KeptOf,
    technology: TechnologyOf = "small_cell",
    kind: Annotated[list[Kind] | None, Query(max_length=20)] = None,
    suitability: Annotated[list[SuitabilityClass] | None, Query(max_length=4)] = None,
    day: DayOf = None,
    limit: Annotated[int, Query(ge=1, le=MOST_SCORES)] = 100,
    after: Annotated[
        str | None, Query(max_length=40, description="Of the page before, from its link")
    ] = None,
    f: Annotated[Literal["json", "geojson", "csv"], Query(description="Format")] = "json",
) -> ScoresOut | Response:
    """Assets by falling score for one technology; the next page is in `links`."""
    asked = _Asked(
        technology, day or now_utc().date(), tuple(map(str, kind or ())),
        tuple(map(str, suitability or ())), limit, f,
    )  # fmt: skip
    found, scored = kept.scored(database, principal, asked.day, technology)
    places = answers.chosen_places(scored, asked.kinds, asked.classes, _after(after, found))
    page = places[:limit]
    links = asked.links(found, page) if len(places) > limit else []
    if f == "geojson":
        document = answers.as_geojson(scored, found.provenance, page, database.storage_crs)
        document["links"] = [each.model_dump() for each in links]
        return JSONResponse(document, media_type="application/geo+json")
    if f == "csv":
        return Response(answers.as_csv(scored, page), media_type="text/csv; charset=utf-8")
    return ScoresOut(
        technology=technology, label=scored.technology.label, scored=len(scored),
        classes=answers.class_counts(scored),
        assets=[ScoreOut.model_validate(each) for each in lines(scored, page)],
        provenance=ProvenanceOut.model_validate(found.provenance),
        links=links,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What pages of scores are of."""

    technology: str
    day: date
    kinds: tuple[str, ...]
    classes: tuple[str, ...]
    limit: int
    f: str

    def links(self, found: Suitability, page: list[int]) -> list[LinkOut]:
        """To the page after one that is not the last."""
        pairs = [("technology", self.technology), ("day", f"{self.day}")]
        pairs += [("kind", each) for each in self.kinds]
        pairs += [("suitability", each) for each in self.classes]
        pairs += [("limit", f"{self.limit}"), ("f", self.f)]
        pairs.append(("after", f"{_stamp(found)}.{page[-1] + 1}"))
        return [LinkOut(href=f"{SUITABILITY}?{urlencode(pairs)}", rel="next")]


def _stamp(found: Suitability) -> str:
    told = found.provenance
    return told.assets_sha256[:_STAMP_CHARS] + told.rules_sha256[:_STAMP_CHARS]


def _after(after: str | None, found: Suitability) -> int:
    """The rank that the page before ended with. Raises BadRequest."""
    if after is None:
        return 0
    stamp, _, rank = after.partition(".")
    if not (rank.isascii() and rank.isdigit() and len(rank) < 10):
        raise BadRequest("after: take it from the link to the next page.")
    if stamp != _stamp(found):
        raise BadRequest(
            "after: the catalogue or the rules have changed since that page; begin again without."
        )
    return int(rank)


@router.get("/suitability/assets/{asset_id}", response_model=ExplainedOut)
def explain_score(
    asset_id: UUID,
    database: DatabaseOf,
    principal: PlannerOf,
    kept: KeptOf,
    technology: TechnologyOf = "small_cell",
    day: DayOf = None,
) -> ExplainedOut:
    """One asset's score, rule by rule: value, points, weight, source and the rule's own words."""
    found, scored = kept.scored(database, principal, day or now_utc().date(), technology)
    place = rank_of(scored, str(asset_id))
    if place is None:
        raise NotFound(f"No asset {asset_id} is scored for {technology}.")
    return ExplainedOut(
        technology=technology, label=scored.technology.label, scored=len(scored),
        score=ScoreOut.model_validate(lines(scored, [place])[0]),
        rules=[RuleOut.model_validate(each) for each in explained(scored, place)],
        provenance=ProvenanceOut.model_validate(found.provenance),
    )  # fmt: skip


@router.get("/survey", response_model=SurveyOut, response_model_exclude_none=True)
def show_survey(
    database: DatabaseOf,
    principal: PlannerOf,
    kept: KeptOf,
    technology: TechnologyOf = "small_cell",
    day: DayOf = None,
    limit: Annotated[int, Query(ge=1, le=MOST_GAPS)] = 100,
) -> SurveyOut:
    """Which unknown facts of which assets move the ranking most."""
    found, scored = kept.scored(database, principal, day or now_utc().date(), technology)
    gaps = survey(scored, limit)
    return SurveyOut(
        technology=technology, left_out=gaps.left_out,
        facts=[FactGapOut.model_validate(each) for each in gaps.facts],
        gaps=[
            GapOut(
                fact=each.fact, moves=each.moves, worst=each.worst, best=each.best,
                fields=list(each.fields), asset=ScoreOut.model_validate(each.line),
            )
            for each in gaps.gaps
        ],
        provenance=ProvenanceOut.model_validate(found.provenance),
    )  # fmt: skip


@router.post("/suitability/prospects")
def count_prospects(
    wanted: Annotated[dict[str, Any], Body()],
    database: DatabaseOf,
    principal: PlannerOf,
    kept: KeptOf,
    technology: TechnologyOf = "small_cell",
    day: DayOf = None,
) -> ProspectsOut:
    """What unlet assets may bring, groups without `assets` counted by suitability and kind."""
    _, scored = kept.scored(database, principal, day or now_utc().date(), technology)
    asked, told = prospects_of(wanted, scored)
    return ProspectsOut(
        prices=asked.prices,
        groups=[
            ProspectOut(
                group=each.group, let=[float(x) for x in each.let],
                income_pence=[round(100 * float(x)) for x in each.income.amounts],
            )
            for each in asked.expected()
        ],
        sources=[*asked.sources(), *told],
    )  # fmt: skip
