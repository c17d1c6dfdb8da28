"""Street lighting over HTTP: units, mismatches, faults, findings, proposals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from canopy.access.rules import Principal
from canopy.api.deps import DatabaseOf, PolicyOf
from canopy.api.iot.deps import MOST, KeeperOf, TendingOf
from canopy.assets.queries import now_utc
from canopy.assets.ready.keeping import refresh
from canopy.db.engine import Database
from canopy.iot.lighting import checking, condition, differing, posts, queries, streams
from canopy.iot.lighting.gathering import Window
from canopy.iot.lighting.judging import Kind, Tolerance
from canopy.iot.lighting.matching import State
from canopy.iot.lighting.tables import LightingUnit

router = APIRouter(tags=["iot"])
MOST_DAYS = 7
_ZONE = ZoneInfo("Europe/London")
NumberOf = Annotated[int, Path(ge=1, le=2**53)]
AfterOf = Annotated[int, Query(ge=0, le=2**53)]
LimitOf = Annotated[int, Query(ge=1, le=MOST)]


class UnitOut(BaseModel):
    """A lamp of a lighting management system, and the lamppost it was matched with."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    system: str
    ref: str
    column_ref: str
    street: str
    gateway: str
    lamp_w: float | None
    regime: str | None
    asset_id: str | None
    match: str
    reason: str
    listed_at: datetime


class UnitsOut(BaseModel):
    """A page of units; `next` is the `after` of the next one."""

    units: list[UnitOut]
    next: int | None


class BareLamppostOut(BaseModel):
    """A lamppost that no unit is matched with."""

    number: int
    asset_id: str
    source: str
    ref: str
    street: str


class SharingOut(BaseModel):
    """A unit on a lamppost that other units are on too."""

    model_config = ConfigDict(from_attributes=True)

    unit: int
    system: str
    unit_ref: str
    asset_id: str
    lamppost: str
    matched_by: str
    others: list[str]


class MismatchesOut(BaseModel):
    """Units without a lamppost, lampposts without a unit, and units that share a lamppost, each
    with where it goes on."""

    units: list[UnitOut]
    next_unit: int | None
    lampposts: list[BareLamppostOut]
    next_lamppost: int | None
    shared: list[SharingOut]
    next_shared: int | None


class DifferenceOut(BaseModel):
    """What a system and the catalogue say differently of one lamp."""

    model_config = ConfigDict(from_attributes=True)

    unit: int
    system: str
    unit_ref: str
    asset_id: str
    lamppost: str
    field: str
    in_system: str
    in_catalogue: str


class DifferencesOut(BaseModel):
    """Those of a page of units; `next` is the `after` of the next one."""

    differences: list[DifferenceOut]
    next: int | None


class FaultOut(BaseModel):
    """A fault that a system reported; open where `ended_at` is null."""

    id: int
    system: str
    unit_ref: str
    asset_id: str | None
    code: str
    kind: str
    detail: str
    begun_at: datetime
    ended_at: datetime | None


class FaultsOut(BaseModel):
    """A page of faults."""

    faults: list[FaultOut]
    next: int | None


class FindingOut(BaseModel):
    """What readings say of a lamp or, without `asset_id`, of a gateway."""

    model_config = ConfigDict(from_attributes=True)

    kind: Kind
    asset_id: str
    name: str
    gateway: str
    since: datetime | None
    detail: str


class FindingsOut(BaseModel):
    """What was found in a window. Of `unknown` lamps no regime or position is known; `left_out`
    datastreams are of personal risk, and not looked at."""

    begin: datetime
    end: datetime
    lamps: int
    unknown: int
    left_out: int
    findings: list[FindingOut]


class ProposalOut(BaseModel):
    """A condition grade that readings suggest."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    asset_id: str
    condition: int
    reason: str
    evidence: dict[str, float | int | str]
    state: str
    proposed_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    note: str


class ProposalsOut(BaseModel):
    """A page of proposals; `left_out` more rest on datastreams of personal risk."""

    proposals: list[ProposalOut]
    left_out: int
    next: int | None


class DecisionIn(BaseModel):
    """What becomes of a proposal, and why."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["accepted", "refused"]
    note: Annotated[str, Field(max_length=1_000)] = ""


@router.get("/iot/lighting/units")
def list_units(
    database: DatabaseOf, principal: KeeperOf, after: AfterOf = 0, limit: LimitOf = 100,
    match: State | None = None, system: Annotated[str | None, Query(max_length=64)] = None,
) -> UnitsOut:  # fmt: skip
    """Units that are listed, by number."""
    with database.reading() as session:
        rows = queries.units_after(session, after, limit + 1, state=match, system=system)
        seen = _seen(session, database, principal, [each.asset_id for each in rows])
        units = [_unit(each, seen) for each in rows[:limit]]
    return UnitsOut(units=units, next=units[-1].id if len(rows) > limit else None)


@router.get("/iot/lighting/mismatches")
def list_mismatches(
    database: DatabaseOf, principal: KeeperOf, after_unit: AfterOf = 0, after_lamppost: AfterOf = 0,
    after_shared: AfterOf = 0, limit: LimitOf = 100,
) -> MismatchesOut:  # fmt: skip
    """Units without a lamppost, with the reason; lampposts without a unit; units that share one."""
    with database.reading() as session:
        rows = queries.mismatched_after(session, after_unit, limit + 1)
        units = [UnitOut.model_validate(each) for each in rows[:limit]]
        bare = posts.without_unit(session, database, principal, after_lamppost, limit + 1)
        sharing, more = differing.sharing(session, database, principal, after_shared, limit)
    lampposts = [
        BareLamppostOut(
            number=place, asset_id=post.asset_id, source=post.source, ref=post.ref,
            street=post.street,
        )
        for place, post in bare[:limit]
    ]  # fmt: skip
    return MismatchesOut(
        units=units, next_unit=units[-1].id if len(rows) > limit else None, lampposts=lampposts,
        next_lamppost=lampposts[-1].number if len(bare) > limit else None,
        shared=[SharingOut.model_validate(each) for each in sharing], next_shared=more,
    )  # fmt: skip


@router.get("/iot/lighting/differences")
def list_differences(
    database: DatabaseOf, principal: KeeperOf, after: AfterOf = 0, limit: LimitOf = 100
) -> DifferencesOut:
    """Wattage and regime of matched units that are not those of their lampposts."""
    with database.reading() as session:
        found, more = differing.differences(session, database, principal, after, limit)
    told = [DifferenceOut.model_validate(each) for each in found]
    return DifferencesOut(differences=told, next=more)


@router.get("/iot/lighting/faults")
def list_faults(
    database: DatabaseOf, principal: KeeperOf, after: AfterOf = 0, limit: LimitOf = 100,
    ended: bool = False,
) -> FaultsOut:  # fmt: skip
    """Faults that systems reported; ended ones where they are asked for."""
    with database.reading() as session:
        rows = queries.faults_after(session, after, limit + 1, with_ended=ended)
        seen = _seen(session, database, principal, [each for _, each in rows])
        faults = [
            FaultOut(
                id=each.id, system=each.system, unit_ref=each.unit_ref,
                asset_id=asset_id if asset_id in seen else None,
                code=each.code, kind=each.kind, detail=each.detail, begun_at=each.begun_at,
                ended_at=each.ended_at,
            )
            for each, asset_id in rows[:limit]
        ]  # fmt: skip
    return FaultsOut(faults=faults, next=faults[-1].id if len(rows) > limit else None)


@router.get("/iot/lighting/findings")
def list_findings(
    on: TendingOf,
    principal: KeeperOf,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 3,
    until: AwareDatetime | None = None,
) -> FindingsOut:
    """Lamps' readings held against sun, regime and wattage."""
    end = now_utc() if until is None else until
    window = Window(end - timedelta(days=days), end, _ZONE)
    done = checking.check(on.database, on.readings, principal, window, Tolerance())
    return FindingsOut(
        begin=window.begin, end=window.end, lamps=done.lamps, unknown=len(done.unknown),
        left_out=done.left_out.total(),
        findings=[FindingOut.model_validate(each) for each in done.findings],
    )  # fmt: skip


@router.get("/iot/lighting/proposals")
def list_proposals(
    database: DatabaseOf, principal: KeeperOf, after: AfterOf = 0, limit: LimitOf = 100,
    state: Literal["open", "accepted", "refused"] | None = "open",
) -> ProposalsOut:  # fmt: skip
    """Condition grades that readings suggest, with what they rest on."""
    with database.reading() as session:
        rows = queries.proposals_after(session, after, limit + 1, state)
        seen = _seen(session, database, principal, [each.asset_id for each in rows])
        page = [each for each in rows[:limit] if each.asset_id in seen]
        told = streams.resting_on_single(session, page)
        shown = [ProposalOut.model_validate(each) for each in told]
        more = rows[limit - 1].id if len(rows) > limit else None
    return ProposalsOut(proposals=shown, left_out=len(page) - len(told), next=more)


@router.post("/iot/lighting/proposals/{number}/decision")
def decide_proposal(
    database: DatabaseOf, policy: PolicyOf, principal: KeeperOf, number: NumberOf, body: DecisionIn
) -> ProposalOut:
    """Take a proposed grade over, as a revision of the asset that names the readings; or not."""
    if body.decision == "refused":
        found = condition.refuse(database, number, principal, now_utc(), body.note)
    else:
        found = condition.accept(
            database, number, principal, now_utc(),
            lambda session, fids: refresh(session, database, policy, fids),
        )  # fmt: skip
    return ProposalOut.model_validate(found)


def _seen(
    session: Session, database: Database, principal: Principal, asset_ids: Sequence[str | None]
) -> set[str]:
    """Those assets that a principal sees: it is not to learn of the others."""
    return set(posts.posts_of(session, database, principal, [each for each in asset_ids if each]))


def _unit(unit: LightingUnit, seen: set[str]) -> UnitOut:
    told = UnitOut.model_validate(unit)
    if unit.asset_id is None or unit.asset_id in seen:
        return told
    return told.model_copy(update={"asset_id": None, "reason": ""})
